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
  },
} = require('internal/errors');
const { emitExperimentalWarning, kEnumerableProperty } = require('internal/util');

const kConstruct = Symbol('construct');

function missingArguments(where, method, required, given) {
  const error = new ERR_MISSING_ARGS('arguments');
  error.message = `Failed to execute '${method}' on '${where}': ${required} ` +
    `argument${required === 1 ? '' : 's'} required, but only ${given} present.`;
  return error;
}

function symbolArgument(method, which) {
  const error = new ERR_INVALID_ARG_TYPE('algorithm', 'string', Symbol.iterator);
  error.message = `Failed to execute '${method}' on 'SubtleCrypto': ${which} argument is a Symbol and cannot be ` +
    'converted to a string.';
  return error;
}

class SubtleCrypto {
  constructor(how = undefined) {
    if (how !== kConstruct) throw new ERR_ILLEGAL_CONSTRUCTOR();
  }

  async digest(algorithm, data) {
    if (this !== subtle) throw new ERR_INVALID_THIS('SubtleCrypto');
    if (arguments.length < 2) throw missingArguments('SubtleCrypto', 'digest', 2, arguments.length);
    if (typeof algorithm === 'symbol') throw symbolArgument('digest', '1st');
    const { digest, sourceProblem } = require('internal/crypto/subtle_digest');
    const problem = sourceProblem(data);
    if (problem !== undefined) {
      const error = new ERR_INVALID_ARG_TYPE('data', ['ArrayBuffer'], data);
      error.message = `Failed to execute 'digest' on 'SubtleCrypto': 2nd argument is ${problem}.`;
      throw error;
    }
    return digest(algorithm, data);
  }

  // Whether an operation takes an algorithm. There is one operation so far.
  static supports(operation, algorithm) {
    emitExperimentalWarning('The supports Web Crypto API method');
    if (arguments.length < 2) throw missingArguments('SubtleCrypto', 'supports', 2, arguments.length);
    if (typeof operation === 'symbol') throw symbolArgument('supports', '1st');
    if (typeof algorithm === 'symbol') throw symbolArgument('supports', '2nd');
    return operation === 'digest' && require('internal/crypto/subtle_digest').supportsDigest(algorithm);
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
Object.defineProperty(SubtleCrypto, 'supports', kEnumerableProperty);
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
