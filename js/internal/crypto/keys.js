'use strict';
// KeyObject, as far as secret keys go: bytes that HMAC and HKDF take instead of
// a Buffer. Asymmetric keys are not there yet.

const {
  codes: {
    ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_METHOD_NOT_IMPLEMENTED,
  },
} = require('internal/errors');
const { validateObject, validateOneOf, validateString } = require('internal/validators');
const { isAnyArrayBuffer, isArrayBufferView } = require('internal/util/types');
const { Buffer } = require('buffer');
const { getArrayBufferOrView } = require('internal/crypto/util');
const { kClone, kDeserialize, markTransferMode } = require('internal/worker/js_transferable');

let bytesOf;
let isSecret;
let isKeyObject;

class KeyObject {
  #type;

  static {
    isKeyObject = (value) => typeof value === 'object' && value !== null && #type in value;
  }

  constructor(type, bytes) {
    if (type !== 'secret' && type !== 'public' && type !== 'private') {
      throw new ERR_INVALID_ARG_VALUE('type', type);
    }
    // Only what the native side has makes a key; users cannot.
    if (!(bytes instanceof Uint8Array)) throw new ERR_INVALID_ARG_TYPE('handle', 'object', bytes);
    this.#type = type;
  }

  get type() {
    return this.#type;
  }

  static from(key) {
    const { CryptoKey } = require('internal/webcrypto');
    if (!(key instanceof CryptoKey)) throw new ERR_INVALID_ARG_TYPE('key', 'CryptoKey', key);
    throw new ERR_METHOD_NOT_IMPLEMENTED('KeyObject.from()');
  }

  equals(otherKeyObject) {
    if (!isKeyObject(otherKeyObject)) {
      throw new ERR_INVALID_ARG_TYPE('otherKeyObject', 'KeyObject', otherKeyObject);
    }
    if (otherKeyObject.type !== this.type) return false;
    const own = bytesOf(this);
    const other = bytesOf(otherKeyObject);
    return own.byteLength === other.byteLength && internalBinding('crypto').timingSafeEqual(own, other);
  }
}

Object.defineProperties(KeyObject.prototype, {
  [Symbol.toStringTag]: { __proto__: null, configurable: true, value: 'KeyObject' },
});

class SecretKeyObject extends KeyObject {
  #bytes;

  static {
    bytesOf = (key) => key.#bytes;
    isSecret = (value) => typeof value === 'object' && value !== null && #bytes in value;
  }

  constructor(bytes) {
    super('secret', bytes);
    this.#bytes = bytes;
  }

  get symmetricKeySize() {
    return this.#bytes.length;
  }

  export(options) {
    if (options !== undefined) {
      validateObject(options, 'options');
      validateOneOf(options.format, 'options.format', [undefined, 'buffer', 'jwk']);
      if (options.format === 'jwk') {
        return { kty: 'oct', k: this.#bytes.toString('base64url') };
      }
    }
    return Buffer.from(this.#bytes);
  }

  // A copy of the key arrives in the other thread, as everything in a message.
  [kClone]() {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    return {
      data: new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength)),
      deserializeInfo: 'internal/crypto/keys:ReceivedSecretKey',
    };
  }
}
markTransferMode(SecretKeyObject.prototype, true, false);

// What the clone protocol looks up by name on arrival.
class ReceivedSecretKey {
  static [kDeserialize](bytes) {
    return new SecretKeyObject(copyOf(bytes));
  }
}

const kKeyTypes = ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'KeyObject', 'CryptoKey'];

function createSecretKey(key, encoding) {
  if (typeof key !== 'string' && !isArrayBufferView(key) && !isAnyArrayBuffer(key)) {
    throw new ERR_INVALID_ARG_TYPE('key', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], key);
  }
  const bytes = getArrayBufferOrView(key, 'key', encoding);
  return new SecretKeyObject(copyOf(bytes));
}

function copyOf(bytes) {
  return isAnyArrayBuffer(bytes) ? Buffer.from(bytes.slice(0)) :
    Buffer.from(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

// The bytes of a secret key in any of the forms users may give one.
function prepareSecretKey(key, encoding, name = 'key', types = kKeyTypes) {
  if (isKeyObject(key)) {
    if (!isSecret(key)) throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(key.type, 'secret');
    return bytesOf(key);
  }
  if (typeof key !== 'string' && !isArrayBufferView(key) && !isAnyArrayBuffer(key)) {
    throw new ERR_INVALID_ARG_TYPE(name, types, key);
  }
  return getArrayBufferOrView(key, name, encoding);
}

// Bytes of a key of that type.
function keyBytes(type, { length }) {
  if (type === 'aes') {
    const { validateOneOf } = require('internal/validators');
    validateOneOf(length, 'options.length', [128, 192, 256]);
    return length / 8;
  }
  if (type !== 'hmac') throw new ERR_INVALID_ARG_VALUE('type', type, 'must be a supported key type');
  const { validateInteger } = require('internal/validators');
  validateInteger(length, 'options.length', 8, 2147483647);
  return Math.floor(length / 8);
}

function generateKeySync(type, options) {
  validateString(type, 'type');
  validateObject(options, 'options');
  const bytes = Buffer.alloc(keyBytes(type, options));
  internalBinding('crypto').randomFill(bytes, 0, bytes.length);
  return new SecretKeyObject(bytes);
}

function generateKey(type, options, callback) {
  const { validateFunction } = require('internal/validators');
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  validateFunction(callback, 'callback');
  validateString(type, 'type');
  validateObject(options, 'options');
  const bytes = Buffer.alloc(keyBytes(type, options));
  internalBinding('crypto').randomFillAsync(bytes, 0, bytes.length, (error) => {
    if (error) callback(error);
    else callback(null, new SecretKeyObject(bytes));
  });
}

module.exports = {
  KeyObject, ReceivedSecretKey, createSecretKey, generateKey, generateKeySync, isKeyObject, prepareSecretKey,
};
