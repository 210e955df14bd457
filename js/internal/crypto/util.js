'use strict';
// What the parts of node:crypto share: arguments that are bytes in any form,
// and names of digests.

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_CRYPTO_INVALID_DIGEST },
} = require('internal/errors');
const { isAnyArrayBuffer, isArrayBufferView } = require('internal/util/types');
const { Buffer } = require('buffer');

const binding = internalBinding('crypto');

const kBufferTypes = ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];

// `value` as bytes: views and ArrayBuffers as they are, strings decoded.
// 'buffer' as an encoding is an old way to say UTF-8.
function getArrayBufferOrView(value, name, encoding) {
  if (isAnyArrayBuffer(value)) return value;
  if (typeof value === 'string') {
    return Buffer.from(value, encoding === 'buffer' ? 'utf8' : encoding);
  }
  if (!isArrayBufferView(value)) {
    throw new ERR_INVALID_ARG_TYPE(name, ['string', ...kBufferTypes], value);
  }
  return value;
}

// Bytes as a Buffer over the memory the native side made.
function toBuffer(bytes) {
  const { FastBuffer } = require('internal/buffer');
  return new FastBuffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// The canonical name of a digest that must exist.
function digestName(digest) {
  const name = binding.canonicalHash(digest);
  if (name === undefined) throw new ERR_CRYPTO_INVALID_DIGEST(digest);
  return name;
}

module.exports = { digestName, getArrayBufferOrView, kBufferTypes, toBuffer };
