'use strict';
// The Web Crypto API: https://w3c.github.io/webcrypto/. The global `crypto`
// with getRandomValues, randomUUID and subtle.digest; the other methods of
// SubtleCrypto reject with ERR_METHOD_NOT_IMPLEMENTED.

const {
  codes: {
    ERR_ILLEGAL_CONSTRUCTOR,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_THIS,
    ERR_METHOD_NOT_IMPLEMENTED,
    ERR_MISSING_ARGS,
    ERR_MISSING_OPTION,
  },
  lazyDOMException,
} = require('internal/errors');
const { kEnumerableProperty } = require('internal/util');

const kConstruct = Symbol('construct');

function missingArguments(where, method, required, given) {
  const error = new ERR_MISSING_ARGS('arguments');
  error.message = `Failed to execute '${method}' on '${where}': ${required} ` +
    `argument${required === 1 ? '' : 's'} required, but only ${given} present.`;
  return error;
}

const digests = {
  '__proto__': null,
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

// https://w3c.github.io/webcrypto/#algorithm-normalization, for digests.
function normalizeDigest(algorithm) {
  let name = algorithm;
  if (typeof algorithm === 'object' && algorithm !== null) {
    if (algorithm.name === undefined) {
      const error = new ERR_MISSING_OPTION('name');
      error.message = "Failed to normalize algorithm: passed algorithm can not be converted to " +
        "'Algorithm' because 'name' is required in 'Algorithm'.";
      throw error;
    }
    ({ name } = algorithm);
  }
  const digest = digests[`${name}`.toUpperCase()];
  if (digest === undefined) throw lazyDOMException('Unrecognized algorithm name', 'NotSupportedError');
  return digest;
}

class SubtleCrypto {
  constructor(how = undefined) {
    if (how !== kConstruct) throw new ERR_ILLEGAL_CONSTRUCTOR();
  }

  async digest(algorithm, data) {
    if (this !== subtle) throw new ERR_INVALID_THIS('SubtleCrypto');
    if (arguments.length < 2) throw missingArguments('SubtleCrypto', 'digest', 2, arguments.length);
    const { isAnyArrayBuffer, isArrayBufferView } = require('internal/util/types');
    if (!isAnyArrayBuffer(data) && !isArrayBufferView(data)) {
      const error = new ERR_INVALID_ARG_TYPE('data', ['ArrayBuffer'], data);
      error.message = "Failed to execute 'digest' on 'SubtleCrypto': 2nd argument is not instance of " +
        'ArrayBuffer, Buffer, TypedArray, or DataView.';
      throw error;
    }
    const digest = normalizeDigest(algorithm);
    return require('internal/crypto/hash').digestAsync(digest, data);
  }
}

for (const name of [
  'encrypt', 'decrypt', 'sign', 'verify', 'generateKey', 'deriveKey', 'deriveBits', 'importKey',
  'exportKey', 'wrapKey', 'unwrapKey',
]) {
  Object.defineProperty(SubtleCrypto.prototype, name, {
    __proto__: null,
    configurable: true,
    enumerable: true,
    writable: true,
    value: {
      async [name]() {
        if (this !== subtle) throw new ERR_INVALID_THIS('SubtleCrypto');
        throw new ERR_METHOD_NOT_IMPLEMENTED(`SubtleCrypto.${name}()`);
      },
    }[name],
  });
}

let subtle;

class Crypto {
  constructor(how = undefined) {
    if (how !== kConstruct) throw new ERR_ILLEGAL_CONSTRUCTOR();
  }

  get subtle() {
    if (this !== crypto) throw new ERR_INVALID_THIS('Crypto');
    return subtle ??= new SubtleCrypto(kConstruct);
  }

  getRandomValues(array) {
    if (this !== crypto) throw new ERR_INVALID_THIS('Crypto');
    if (arguments.length < 1) {
      throw missingArguments('Crypto', 'getRandomValues', 1, arguments.length);
    }
    return require('internal/crypto/random').getRandomValues(array);
  }

  randomUUID() {
    if (this !== crypto) throw new ERR_INVALID_THIS('Crypto');
    return require('internal/crypto/random').randomUUID();
  }
}

class CryptoKey {
  constructor() {
    throw new ERR_ILLEGAL_CONSTRUCTOR();
  }
}

const tag = (value) => ({ __proto__: null, configurable: true, value });
Object.defineProperties(SubtleCrypto.prototype, {
  [Symbol.toStringTag]: tag('SubtleCrypto'),
  digest: kEnumerableProperty,
});
Object.defineProperties(Crypto.prototype, {
  [Symbol.toStringTag]: tag('Crypto'),
  subtle: kEnumerableProperty,
  getRandomValues: kEnumerableProperty,
  randomUUID: kEnumerableProperty,
});
Object.defineProperties(CryptoKey.prototype, { [Symbol.toStringTag]: tag('CryptoKey') });

const crypto = new Crypto(kConstruct);

module.exports = { Crypto, CryptoKey, SubtleCrypto, crypto };
