'use strict';
// Random bytes, integers and UUIDs. The bytes are the operating system's.

const binding = internalBinding('crypto');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE },
  lazyDOMException,
} = require('internal/errors');
const {
  validateBoolean, validateFunction, validateNumber, validateObject,
} = require('internal/validators');
const { isAnyArrayBuffer, isArrayBufferView, isFloat16Array, isFloat32Array, isFloat64Array,
        isTypedArray } = require('internal/util/types');
const { FastBuffer } = require('internal/buffer');

const kMaxInt32 = 2 ** 31 - 1;
const kMaxPossibleLength = Math.min(require('internal/buffer/limits').kMaxLength, kMaxInt32);

// An offset in elements, as bytes.
function checkOffset(offset, width, length) {
  validateNumber(offset, 'offset');
  offset *= width;
  const max = Math.min(length, kMaxPossibleLength);
  if (Number.isNaN(offset) || offset > max || offset < 0) {
    throw new ERR_OUT_OF_RANGE('offset', `>= 0 && <= ${max}`, offset);
  }
  return offset >>> 0;
}

function checkSize(size, width, offset, length) {
  validateNumber(size, 'size');
  size *= width;
  if (Number.isNaN(size) || size > kMaxPossibleLength || size < 0) {
    throw new ERR_OUT_OF_RANGE('size', `>= 0 && <= ${kMaxPossibleLength}`, size);
  }
  if (size + offset > length) {
    throw new ERR_OUT_OF_RANGE('size + offset', `<= ${length}`, size + offset);
  }
  return size >>> 0;
}

function randomBytes(size, callback) {
  validateNumber(size, 'size', 0, kMaxPossibleLength);
  if (callback !== undefined) validateFunction(callback, 'callback');
  size = Math.trunc(size);
  // The methods of Buffer come with the module.
  require('buffer');
  const buffer = new FastBuffer(size);
  if (callback === undefined) {
    binding.randomFill(buffer, 0, size);
    return buffer;
  }
  binding.randomFillAsync(buffer, 0, size, (error) => {
    if (error) callback(error);
    else callback(null, buffer);
  });
}

function checkTarget(buf) {
  if (!isAnyArrayBuffer(buf) && !isArrayBufferView(buf)) {
    throw new ERR_INVALID_ARG_TYPE('buf', ['ArrayBuffer', 'ArrayBufferView'], buf);
  }
}

function randomFillSync(buf, offset = 0, size) {
  checkTarget(buf);
  const width = buf.BYTES_PER_ELEMENT || 1;
  offset = checkOffset(offset, width, buf.byteLength);
  size = size === undefined ? buf.byteLength - offset : checkSize(size, width, offset, buf.byteLength);
  if (size > 0) binding.randomFill(buf, offset, size);
  return buf;
}

function randomFill(buf, offset, size, callback) {
  checkTarget(buf);
  const width = buf.BYTES_PER_ELEMENT || 1;
  if (typeof offset === 'function') {
    callback = offset;
    offset = 0;
    size = undefined;
  } else if (typeof size === 'function') {
    callback = size;
    size = undefined;
  } else {
    validateFunction(callback, 'callback');
  }
  offset = checkOffset(offset, width, buf.byteLength);
  size = size === undefined ? buf.byteLength - offset : checkSize(size, width, offset, buf.byteLength);
  if (size === 0) {
    callback(null, buf);
    return;
  }
  binding.randomFillAsync(buf, offset, size, (error) => {
    if (error) callback(error);
    else callback(null, buf);
  });
}

// ---- integers ---------------------------------------------------------------------

const kMaxRange = 2 ** 48 - 1;

// Random bytes in stock, so that an integer costs no native call of its own.
const kStock = 6 * 1024;
let stock;
let stockUsed = kStock;

function next48Bits() {
  if (stockUsed + 6 > kStock) {
    stock ??= new FastBuffer(kStock);
    binding.randomFill(stock, 0, kStock);
    stockUsed = 0;
  }
  const value = stock.readUIntBE(stockUsed, 6);
  // Used up: nobody finds past numbers in memory.
  stock.fill(0, stockUsed, stockUsed + 6);
  stockUsed += 6;
  return value;
}

function randomInt(min, max, callback) {
  const minLeftOut = max === undefined || typeof max === 'function';
  if (minLeftOut) {
    callback = max;
    max = min;
    min = 0;
  }
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (!Number.isSafeInteger(min)) throw new ERR_INVALID_ARG_TYPE('min', 'a safe integer', min);
  if (!Number.isSafeInteger(max)) throw new ERR_INVALID_ARG_TYPE('max', 'a safe integer', max);
  if (max <= min) {
    throw new ERR_OUT_OF_RANGE('max', `greater than the value of "min" (${min})`, max);
  }
  const range = max - min;
  if (!(range <= kMaxRange)) {
    throw new ERR_OUT_OF_RANGE(minLeftOut ? 'max' : 'max - min', `<= ${kMaxRange}`, range);
  }

  // Numbers past the last whole multiple of the range would favour small results.
  const limit = kMaxRange - kMaxRange % range;
  let value;
  do value = next48Bits();
  while (value >= limit);
  const result = value % range + min;
  if (callback === undefined) return result;
  process.nextTick(callback, undefined, result);
}

// ---- UUIDs --------------------------------------------------------------------------

const kUuids = 128;
let uuidBytes;
let uuidsUsed = kUuids;
let hexPairs;

function formatUuid(bytes, offset, version) {
  hexPairs ??= Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
  const h = hexPairs;
  // RFC 9562: the version, variant 10.
  return h[bytes[offset]] + h[bytes[offset + 1]] + h[bytes[offset + 2]] + h[bytes[offset + 3]] + '-' +
    h[bytes[offset + 4]] + h[bytes[offset + 5]] + '-' +
    h[bytes[offset + 6] & 0x0f | version << 4] + h[bytes[offset + 7]] + '-' +
    h[bytes[offset + 8] & 0x3f | 0x80] + h[bytes[offset + 9]] + '-' +
    h[bytes[offset + 10]] + h[bytes[offset + 11]] + h[bytes[offset + 12]] +
    h[bytes[offset + 13]] + h[bytes[offset + 14]] + h[bytes[offset + 15]];
}

// The first 48 bits of a UUID of version 7: milliseconds since 1970, the highest first.
function stamp(bytes, offset) {
  bytes.writeUIntBE(Date.now(), offset, 6);
}

function makeUuid(options, version) {
  let uncached = false;
  if (options !== undefined) {
    validateObject(options, 'options');
    if (options.disableEntropyCache !== undefined) {
      validateBoolean(options.disableEntropyCache, 'options.disableEntropyCache');
      uncached = options.disableEntropyCache;
    }
  }
  if (uncached) {
    const bytes = new FastBuffer(16);
    binding.randomFill(bytes, 0, 16);
    if (version === 7) stamp(bytes, 0);
    return formatUuid(bytes, 0, version);
  }
  if (uuidsUsed === kUuids) {
    uuidBytes ??= new FastBuffer(16 * kUuids);
    binding.randomFill(uuidBytes, 0, uuidBytes.length);
    uuidsUsed = 0;
  }
  const offset = uuidsUsed++ * 16;
  if (version === 7) stamp(uuidBytes, offset);
  const uuid = formatUuid(uuidBytes, offset, version);
  uuidBytes.fill(0, offset, offset + 16);
  return uuid;
}

function randomUUID(options) {
  return makeUuid(options, 4);
}

// Sorted by the time they were made, to the millisecond.
function randomUUIDv7(options) {
  return makeUuid(options, 7);
}

// https://w3c.github.io/webcrypto/#Crypto-method-getRandomValues
function getRandomValues(array) {
  if (!isTypedArray(array) || isFloat32Array(array) || isFloat64Array(array) || isFloat16Array?.(array)) {
    throw lazyDOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
  }
  if (array.byteLength > 65536) {
    throw lazyDOMException('The requested length exceeds 65,536 bytes', 'QuotaExceededError');
  }
  if (array.byteLength > 0) binding.randomFill(array, 0, array.byteLength);
  return array;
}

module.exports = { getRandomValues, randomBytes, randomFill, randomFillSync, randomInt, randomUUID, randomUUIDv7 };
