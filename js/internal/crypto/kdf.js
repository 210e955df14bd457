'use strict';
// Deriving keys from passwords and secrets: pbkdf2, scrypt, hkdf, each with a
// callback (on a blocking thread) and at once.

const binding = internalBinding('crypto');
const {
  codes: {
    ERR_CRYPTO_INVALID_KEYLEN,
    ERR_INCOMPATIBLE_OPTION_PAIR,
    ERR_INVALID_ARG_TYPE,
    ERR_OUT_OF_RANGE,
  },
} = require('internal/errors');
const {
  validateFunction, validateInt32, validateInteger, validateString, validateUint32,
} = require('internal/validators');
const { digestName, getArrayBufferOrView, toBuffer } = require('internal/crypto/util');
const { isAnyArrayBuffer, isArrayBufferView } = require('internal/util/types');
const { prepareSecretKey } = require('internal/crypto/keys');

// A native callback that hands the key over as `make` shapes it.
function settle(callback, make) {
  return (error, bytes) => {
    if (error) callback(error);
    else callback(null, make(bytes));
  };
}

const toArrayBuffer = (bytes) => bytes.buffer;

// ---- pbkdf2 ---------------------------------------------------------------------------

function checkPbkdf2(password, salt, iterations, keylen, digest) {
  validateString(digest, 'digest');
  password = getArrayBufferOrView(password, 'password');
  salt = getArrayBufferOrView(salt, 'salt');
  validateInt32(iterations, 'iterations', 1);
  validateInt32(keylen, 'keylen', 0);
  return [password, salt, iterations, keylen, digestName(digest)];
}

// OpenSSL derives no key of no bytes, with the two functions that are its own.
function failureOfNothing(name) {
  return new Error(`${name} derivation failed`);
}

function pbkdf2(password, salt, iterations, keylen, digest, callback) {
  if (typeof digest === 'function') {
    callback = digest;
    digest = undefined;
  }
  const checked = checkPbkdf2(password, salt, iterations, keylen, digest);
  validateFunction(callback, 'callback');
  if (keylen === 0) setImmediate(callback, failureOfNothing('PBKDF2'));
  else binding.pbkdf2(...checked, settle(callback, toBuffer));
}

function pbkdf2Sync(password, salt, iterations, keylen, digest) {
  const checked = checkPbkdf2(password, salt, iterations, keylen, digest);
  if (keylen === 0) throw failureOfNothing('PBKDF2');
  return toBuffer(binding.pbkdf2(...checked));
}

// ---- scrypt ---------------------------------------------------------------------------

// Each cost has a short and a long name; giving both is a mistake.
function cost(options, short, long, fallback) {
  let value = fallback;
  const hasShort = options[short] !== undefined;
  if (hasShort) {
    value = options[short];
    validateUint32(value, short);
  }
  if (options[long] !== undefined) {
    if (hasShort) throw new ERR_INCOMPATIBLE_OPTION_PAIR(short, long);
    value = options[long];
    validateUint32(value, long);
  }
  return value || fallback;
}

function checkScrypt(password, salt, keylen, options) {
  password = getArrayBufferOrView(password, 'password');
  salt = getArrayBufferOrView(salt, 'salt');
  validateInt32(keylen, 'keylen', 0);
  let N = 16384;
  let r = 8;
  let p = 1;
  let maxmem = 32 * 1024 * 1024;
  if (options && options !== undefined) {
    N = cost(options, 'N', 'cost', N);
    r = cost(options, 'r', 'blockSize', r);
    p = cost(options, 'p', 'parallelization', p);
    if (options.maxmem !== undefined) {
      maxmem = options.maxmem;
      validateInteger(maxmem, 'maxmem', 0);
      maxmem ||= 32 * 1024 * 1024;
    }
  }
  binding.checkScrypt(N, r, p, maxmem);
  return [password, salt, N, r, p, maxmem, keylen];
}

function scrypt(password, salt, keylen, options, callback = undefined) {
  if (callback === undefined) {
    callback = options;
    options = undefined;
  }
  const checked = checkScrypt(password, salt, keylen, options);
  validateFunction(callback, 'callback');
  binding.scrypt(...checked, settle(callback, toBuffer));
}

function scryptSync(password, salt, keylen, options = undefined) {
  return toBuffer(binding.scrypt(...checkScrypt(password, salt, keylen, options)));
}

// ---- hkdf -----------------------------------------------------------------------------

// HKDF names what it takes in an order of its own.
const kHkdfTypes = ['ArrayBuffer', 'TypedArray', 'DataView', 'Buffer'];

function bytesOfHkdf(value, name) {
  if (typeof value !== 'string' && !isAnyArrayBuffer(value) && !isArrayBufferView(value)) {
    throw new ERR_INVALID_ARG_TYPE(name, ['string', ...kHkdfTypes], value);
  }
  return getArrayBufferOrView(value, name);
}

function checkHkdf(hash, key, salt, info, length) {
  validateString(hash, 'digest');
  key = prepareSecretKey(key, undefined, 'ikm', ['string', 'SecretKeyObject', ...kHkdfTypes]);
  salt = bytesOfHkdf(salt, 'salt');
  info = bytesOfHkdf(info, 'info');
  validateInteger(length, 'length', 0, require('internal/buffer/limits').kMaxLength);
  if (info.byteLength > 1024) {
    throw new ERR_OUT_OF_RANGE('info', 'must not contain more than 1024 bytes', info.byteLength);
  }
  hash = digestName(hash);
  if (length > 255 * binding.hmacLength(hash)) throw new ERR_CRYPTO_INVALID_KEYLEN();
  return [hash, key, salt, info, length];
}

function hkdf(hash, key, salt, info, length, callback) {
  const checked = checkHkdf(hash, key, salt, info, length);
  validateFunction(callback, 'callback');
  if (length === 0) setImmediate(callback, failureOfNothing('HKDF'));
  else binding.hkdf(...checked, settle(callback, toArrayBuffer));
}

function hkdfSync(hash, key, salt, info, length) {
  const checked = checkHkdf(hash, key, salt, info, length);
  if (length === 0) throw failureOfNothing('HKDF');
  return binding.hkdf(...checked).buffer;
}

module.exports = { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync };
