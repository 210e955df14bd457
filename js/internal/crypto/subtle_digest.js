'use strict';

// The algorithms of SubtleCrypto.digest() and what they are told:
// https://w3c.github.io/webcrypto/#algorithm-normalization, for digests.

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_MISSING_OPTION, ERR_OUT_OF_RANGE },
  lazyDOMException,
} = require('internal/errors');
const { emitExperimentalWarning } = require('internal/util');
const { isArrayBuffer, isArrayBufferView, isSharedArrayBuffer } = require('internal/util/types');

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
  'TURBOSHAKE128': 'turboshake128',
  'TURBOSHAKE256': 'turboshake256',
  'KT128': 'kt128',
  'KT256': 'kt256',
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

// [enforceRange], from 0 to `most`
function integer(value, name, most) {
  if (typeof value === 'bigint' || typeof value === 'symbol') {
    throw worded(new ERR_INVALID_ARG_TYPE(name, 'number', value), `${name} in passed algorithm is a ` +
      `${typeof value === 'bigint' ? 'BigInt' : 'Symbol'} and cannot be converted to a number.`);
  }
  const number = Number(value);
  if (!Number.isFinite(number)) {
    throw worded(new ERR_INVALID_ARG_TYPE(name, 'number', value),
                 `${name} in passed algorithm is not a finite number.`);
  }
  const whole = Math.trunc(number);
  if (whole < 0 || whole > most) {
    const error = worded(new ERR_OUT_OF_RANGE(name, `0 to ${most}`, whole),
                         `${name} in passed algorithm is outside the expected range of 0 to ${most}.`);
    // A TypeError, as Web IDL has it.
    const wanted = new TypeError(error.message);
    wanted.code = error.code;
    throw wanted;
  }
  return whole;
}

function outputLength(algorithm, dictionary) {
  const { outputLength: length } = algorithm;
  if (length === undefined) throw missing('outputLength', dictionary);
  return integer(length, 'outputLength', 0xffffffff);
}

// What is wrong with a BufferSource. Its bytes must not change while they are read.
function sourceProblem(value) {
  if (isArrayBuffer(value)) return undefined;
  if (!isArrayBufferView(value)) return 'not instance of ArrayBuffer, Buffer, TypedArray, or DataView';
  return isSharedArrayBuffer(value.buffer) ? 'a view on a SharedArrayBuffer, which is not allowed' : undefined;
}

function bytes(algorithm, name) {
  const value = algorithm[name];
  if (value === undefined) return value;
  const problem = sourceProblem(value);
  if (problem === undefined) return value;
  throw worded(new ERR_INVALID_ARG_TYPE(name, ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], value),
               `${name} in passed algorithm is ${problem}.`);
}

// Algorithms that may still change, as they are written, by the native side's names.
const kExperimental = {
  '__proto__': null,
  'sha3-256': 'SHA3-256',
  'sha3-384': 'SHA3-384',
  'sha3-512': 'SHA3-512',
  'shake128': 'cSHAKE128',
  'shake256': 'cSHAKE256',
  'turboshake128': 'TurboSHAKE128',
  'turboshake256': 'TurboSHAKE256',
  'kt128': 'KT128',
  'kt256': 'KT256',
};

function operationError(message) {
  return lazyDOMException(message, 'OperationError');
}

// Whole bytes of output, and at least one.
function wholeBytes(algorithm, dictionary) {
  const bits = outputLength(algorithm, dictionary);
  if (bits === 0 || bits % 8 !== 0) throw operationError(`Invalid ${dictionary} outputLength`);
  return bits;
}

function turboShakeParams(algorithm) {
  const { domainSeparation = 0x1f } = algorithm;
  const last = integer(domainSeparation, 'domainSeparation', 0xff);
  if (last < 0x01 || last > 0x7f) {
    throw operationError('TurboShakeParams.domainSeparation must be in range 0x01-0x7f');
  }
  return { bits: wholeBytes(algorithm, 'TurboShakeParams'), customization: Uint8Array.of(last) };
}

function kangarooTwelveParams(algorithm) {
  const customization = bytes(algorithm, 'customization') ?? new Uint8Array(0);
  if (customization.byteLength > 512) {
    throw operationError('KangarooTwelveParams.customization must be at most 512 bytes');
  }
  return { bits: wholeBytes(algorithm, 'KangarooTwelveParams'), customization };
}

function cShakeParams(algorithm) {
  const customization = bytes(algorithm, 'customization');
  const functionName = bytes(algorithm, 'functionName');
  const bits = outputLength(algorithm, 'CShakeParams');
  // NIST keeps these names for functions it defines, of which none is a digest of its own here.
  if (functionName !== undefined && functionName.byteLength > 0) {
    throw lazyDOMException('Unsupported CShakeParams functionName', 'NotSupportedError');
  }
  return { bits, customization };
}

// How algorithms that take parameters read them, by the beginning of their names, and what those are called.
const kinds = [
  ['shake', cShakeParams, 'CShakeParams'],
  ['turboshake', turboShakeParams, 'TurboShakeParams'],
  ['kt', kangarooTwelveParams, 'KangarooTwelveParams'],
];

// { name, bits, customization } of the native side.
function normalizeDigest(algorithm) {
  const name = digests[nameOf(algorithm).toUpperCase()];
  if (kExperimental[name] !== undefined) {
    emitExperimentalWarning(`The ${kExperimental[name]} Web Crypto API algorithm`);
  }
  if (name === undefined) throw lazyDOMException('Unrecognized algorithm name', 'NotSupportedError');
  const kind = kinds.find(([prefix]) => name.startsWith(prefix));
  if (kind === undefined) return { name, bits: undefined, customization: undefined };
  const [, read, dictionary] = kind;
  if (typeof algorithm !== 'object') throw missing('outputLength', dictionary);
  return { name, ...read(algorithm) };
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

module.exports = { digest, sourceProblem, supportsDigest };
