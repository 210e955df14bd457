'use strict';

// The algorithms of SubtleCrypto.digest() and what they are told:
// https://w3c.github.io/webcrypto/#algorithm-normalization, for digests.

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_MISSING_OPTION, ERR_OUT_OF_RANGE },
  lazyDOMException,
} = require('internal/errors');
const { emitExperimentalWarning } = require('internal/util');
const { isAnyArrayBuffer, isArrayBufferView } = require('internal/util/types');

const digests = {
  '__proto__': null,
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
  'SHA3-256': 'sha3-256',
  'SHA3-384': 'sha3-384',
  'SHA3-512': 'sha3-512',
  'CSHAKE128': 'shake128',
  'CSHAKE256': 'shake256',
};

// An error of a class of Node's with words of Web IDL.
function worded(error, message) {
  error.message = `Failed to normalize algorithm: ${message}`;
  return error;
}

function missing(name, dictionary) {
  return worded(new ERR_MISSING_OPTION(name), 'passed algorithm cannot be converted to ' +
    `'${dictionary}' because '${name}' is required in '${dictionary}'.`);
}

function nameOf(algorithm) {
  if (typeof algorithm !== 'object' || algorithm === null) return `${algorithm}`;
  const { name } = algorithm;
  if (name === undefined) throw missing('name', 'Algorithm');
  if (typeof name === 'symbol') {
    throw worded(new ERR_INVALID_ARG_TYPE('name', 'string', name),
                 'name in passed algorithm is a Symbol and cannot be converted to a string.');
  }
  return `${name}`;
}

// [enforceRange] unsigned long
function outputLength(algorithm) {
  const { outputLength: length } = algorithm;
  if (length === undefined) throw missing('outputLength', 'CShakeParams');
  const number = Number(length);
  if (!Number.isFinite(number)) {
    throw worded(new ERR_INVALID_ARG_TYPE('outputLength', 'number', length),
                 'outputLength in passed algorithm is not a finite number.');
  }
  const whole = Math.trunc(number);
  if (whole < 0 || whole > 0xffffffff) {
    const error = worded(new ERR_OUT_OF_RANGE('outputLength', '0 to 4294967295', whole),
                         'outputLength in passed algorithm is outside the expected range of 0 to 4294967295.');
    // A TypeError, as Web IDL has it.
    const wanted = new TypeError(error.message);
    wanted.code = error.code;
    throw wanted;
  }
  return whole;
}

function bytes(algorithm, name) {
  const value = algorithm[name];
  if (value === undefined || isAnyArrayBuffer(value) || isArrayBufferView(value)) return value;
  throw worded(new ERR_INVALID_ARG_TYPE(name, ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], value),
               `${name} in passed algorithm is not instance of ArrayBuffer, Buffer, TypedArray, or DataView.`);
}

// Algorithms that may still change, as they are written, by the native side's names.
const kExperimental = {
  '__proto__': null,
  'sha3-256': 'SHA3-256',
  'sha3-384': 'SHA3-384',
  'sha3-512': 'SHA3-512',
  'shake128': 'cSHAKE128',
  'shake256': 'cSHAKE256',
};

// { name, bits, customization } of the native side.
function normalizeDigest(algorithm) {
  const name = digests[nameOf(algorithm).toUpperCase()];
  if (kExperimental[name] !== undefined) {
    emitExperimentalWarning(`The ${kExperimental[name]} Web Crypto API algorithm`);
  }
  if (name === undefined) throw lazyDOMException('Unrecognized algorithm name', 'NotSupportedError');
  if (!name.startsWith('shake')) return { name, bits: undefined, customization: undefined };
  if (typeof algorithm !== 'object') throw missing('outputLength', 'CShakeParams');
  const customization = bytes(algorithm, 'customization');
  const functionName = bytes(algorithm, 'functionName');
  const bits = outputLength(algorithm);
  // NIST keeps these names for functions it defines, of which none is a digest of its own here.
  if (functionName !== undefined && functionName.byteLength > 0) {
    throw lazyDOMException('Unsupported CShakeParams functionName', 'NotSupportedError');
  }
  return { name, bits, customization };
}

async function digest(algorithm, data) {
  const { name, bits, customization } = normalizeDigest(algorithm);
  const { digestAsync } = require('internal/crypto/hash');
  if (bits === undefined) return digestAsync(name, data);
  const result = await digestAsync(name, data, Math.ceil(bits / 8), customization);
  // The first bits are those of the upper end of a byte.
  if (bits % 8 !== 0) new Uint8Array(result)[result.byteLength - 1] &= 0xff << (8 - bits % 8);
  return result;
}

function supportsDigest(algorithm) {
  try {
    normalizeDigest(algorithm);
    return true;
  } catch {
    return false;
  }
}

module.exports = { digest, supportsDigest };
