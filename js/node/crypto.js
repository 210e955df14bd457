'use strict';
// node:crypto, first part: random values, digests, HMAC, key derivation, secret
// keys. Ciphers, signatures, key pairs, key agreement and certificates throw
// ERR_METHOD_NOT_IMPLEMENTED. Everything loads on first use.

const { defineLazyValue } = require('internal/lazy');
const {
  codes: {
    ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH,
    ERR_INVALID_ARG_TYPE,
    ERR_METHOD_NOT_IMPLEMENTED,
  },
} = require('internal/errors');

function timingSafeEqual(buf1, buf2) {
  const { isAnyArrayBuffer, isArrayBufferView } = require('internal/util/types');
  const { kBufferTypes } = require('internal/crypto/util');
  for (const [name, value] of [['buf1', buf1], ['buf2', buf2]]) {
    if (isAnyArrayBuffer(value) || isArrayBufferView(value)) continue;
    const error = new ERR_INVALID_ARG_TYPE(name, kBufferTypes, value);
    // Node's native side, which this comes from, does not say what it received.
    error.message = `The "${name}" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.`;
    throw error;
  }
  if (buf1.byteLength !== buf2.byteLength) throw new ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH();
  return internalBinding('crypto').timingSafeEqual(buf1, buf2);
}

// No FIPS-approved module is part of Weft.
function getFips() {
  return 0;
}

function setFips(on) {
  if (on) throw new ERR_METHOD_NOT_IMPLEMENTED('crypto.setFips(true)');
}

// There is no heap set aside for secrets, as in Node without `--secure-heap`.
function secureHeapUsed() {
  return { total: 0, used: 0, utilization: NaN, min: 2 };
}

const exported = { timingSafeEqual, getFips, setFips, secureHeapUsed };

function lazily(id, names) {
  for (const name of names) defineLazyValue(exported, name, () => require(id)[name]);
}

for (const [name, code] of [['Hash', 'DEP0179'], ['Hmac', 'DEP0181']]) {
  defineLazyValue(exported, name, () => require('internal/util').deprecate(
    require('internal/crypto/hash')[name], `crypto.${name} constructor is deprecated.`, code));
}
lazily('internal/crypto/hash', ['createHash', 'createHmac', 'getHashes', 'hash']);
lazily('internal/crypto/random', ['randomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID', 'randomUUIDv7']);
lazily('internal/crypto/kdf', ['hkdf', 'hkdfSync', 'pbkdf2', 'pbkdf2Sync', 'scrypt', 'scryptSync']);
lazily('internal/crypto/keys', ['KeyObject', 'createSecretKey', 'generateKey', 'generateKeySync']);

// Names other parts of the API will have: there, so that a feature test sees
// what Node has, and saying plainly what is missing when called.
for (const name of [
  'checkPrime', 'checkPrimeSync', 'createCipheriv', 'createDecipheriv', 'createDiffieHellman',
  'createDiffieHellmanGroup', 'createECDH', 'createPrivateKey', 'createPublicKey', 'createSign',
  'createVerify', 'diffieHellman', 'generatePrime', 'generatePrimeSync', 'getCipherInfo',
  'getDiffieHellman', 'generateKeyPair', 'generateKeyPairSync', 'privateDecrypt', 'privateEncrypt',
  'publicDecrypt', 'publicEncrypt', 'sign', 'setEngine', 'verify',
  'argon2', 'argon2Sync', 'createMac', 'decapsulate', 'encapsulate', 'parsePKCS12', 'Certificate', 'Cipheriv', 'Decipheriv', 'DiffieHellman', 'DiffieHellmanGroup', 'ECDH', 'Sign',
  'Verify', 'X509Certificate',
]) {
  exported[name] = {
    [name]() { throw new ERR_METHOD_NOT_IMPLEMENTED(`crypto.${name}()`); },
  }[name];
}

// There are none yet.
exported.getCiphers = function getCiphers() { return []; };
exported.getCurves = function getCurves() { return []; };
exported.getMacs = function getMacs() { return []; };

let warnedOfFips = false;
function warnOfFips() {
  if (warnedOfFips) return;
  warnedOfFips = true;
  process.emitWarning('The crypto.fips is deprecated. Please use crypto.getFips()', 'DeprecationWarning', 'DEP0093');
}

defineLazyValue(exported, 'constants', () => require('internal/crypto/constants'), true, false);

Object.defineProperties(exported, {
  // Its older names.
  ...Object.fromEntries(['prng', 'pseudoRandomBytes', 'rng'].map((name) => [name, {
    __proto__: null,
    configurable: true,
    enumerable: false,
    get() { return exported.randomBytes; },
    set(value) {
      Object.defineProperty(exported, name, {
        __proto__: null, configurable: true, enumerable: true, writable: true, value,
      });
    },
  }])),
  fips: {
    __proto__: null,
    configurable: false,
    enumerable: false,
    get() {
      warnOfFips();
      return getFips();
    },
    set(on) {
      warnOfFips();
      setFips(on);
    },
  },
  webcrypto: {
    __proto__: null,
    configurable: false,
    enumerable: true,
    get() { return require('internal/webcrypto').crypto; },
    set: undefined,
  },
  subtle: {
    __proto__: null,
    configurable: false,
    enumerable: true,
    get() { return require('internal/webcrypto').crypto.subtle; },
    set: undefined,
  },
  getRandomValues: {
    __proto__: null,
    configurable: false,
    enumerable: true,
    get() {
      return function getRandomValues(array) { return require('internal/webcrypto').crypto.getRandomValues(array); };
    },
    set: undefined,
  },
});

module.exports = exported;
