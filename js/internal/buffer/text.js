'use strict';
// Methods of Buffer.prototype that turn bytes into strings and back: toString,
// write, fill, and the one-encoding forms (utf8Slice, hexWrite ...) that
// streams, string_decoder and a few packages call.

const {
  codes: {
    ERR_BUFFER_OUT_OF_BOUNDS,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_OUT_OF_RANGE,
    ERR_UNKNOWN_ENCODING,
  },
} = require('internal/errors');
const { validateInteger, validateNumber, validateString } = require('internal/validators');
const { encodeBriefly } = require('internal/buffer');
const encodings = require('internal/buffer/encodings');
const { kMaxLength } = require('internal/buffer/limits');

const { getEncodingOps, utf8 } = encodings;
const { utf8Slice, utf8Write } = internalBinding('buffer');
const { isView } = ArrayBuffer;

// The operations want a view; a method can be called on anything.
function checkView(value) {
  if (!isView(value)) throw new ERR_INVALID_ARG_TYPE('this', ['Buffer', 'Uint8Array'], value);
}

function requireEncoding(encoding) {
  const ops = getEncodingOps(encoding);
  if (ops === undefined) throw new ERR_UNKNOWN_ENCODING(encoding);
  return ops;
}

function toString(encoding, start, end) {
  const { length } = this;
  if (arguments.length === 0) return utf8Slice(this, 0, length);

  if (start <= 0) start = 0;
  else if (start >= length) return '';
  else start = Math.trunc(start) || 0;

  if (end === undefined || end > length) end = length;
  else end = Math.trunc(end) || 0;
  if (end <= start) return '';

  if (encoding === undefined || encoding === 'utf8') return utf8Slice(this, start, end);
  return requireEncoding(encoding).slice(this, start, end);
}

function validateOffset(value, name, max) {
  validateNumber(value, name);
  if (!Number.isInteger(value)) throw new ERR_OUT_OF_RANGE(name, 'an integer', value);
  if (value < 0 || value > max) throw new ERR_OUT_OF_RANGE(name, `>= 0 && <= ${max}`, value);
}

// write(string), write(string, encoding), write(string, offset, encoding),
// write(string, offset, length, encoding)
function write(string, offset, length, encoding) {
  checkView(this);
  const size = this.length;
  if (offset === undefined) return utf8Write(this, string, 0, size);

  if (length === undefined && typeof offset === 'string') {
    encoding = offset;
    offset = 0;
    length = size;
  } else {
    validateOffset(offset, 'offset', size);
    const rest = size - offset;
    if (length === undefined) {
      length = rest;
    } else if (typeof length === 'string') {
      encoding = length;
      length = rest;
    } else {
      validateOffset(length, 'length', size);
      if (length > rest) length = rest;
    }
  }

  if (!encoding || encoding === 'utf8') return utf8Write(this, string, offset, length);
  return requireEncoding(encoding).write(this, string, offset, length);
}

// ---- fill -------------------------------------------------------------------

const nativeFill = Uint8Array.prototype.fill;
const { fill: nativeFillBytes } = internalBinding('buffer');
const byteLengthOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype), 'byteLength').get;

function fillString(buf, value, offset, end, ops) {
  const { bytes, length } = encodeBriefly(ops, value);
  return nativeFillBytes(buf, bytes, length, offset, end);
}

// fill(value), fill(value, encoding), fill(value, offset, encoding),
// fill(value, offset, end, encoding). Also behind Buffer.alloc(size, fill).
function fillRange(buf, value, offset, end, encoding) {
  let ops;
  if (typeof value === 'string') {
    if (offset === undefined || typeof offset === 'string') {
      encoding = offset;
      offset = 0;
      end = buf.length;
    } else if (typeof end === 'string') {
      encoding = end;
      end = buf.length;
    }
    if (encoding === undefined || encoding === null || encoding === '') {
      ops = utf8;
    } else {
      ops = typeof encoding === 'string' ? getEncodingOps(encoding) : undefined;
      if (ops === undefined) {
        validateString(encoding, 'encoding');
        throw new ERR_UNKNOWN_ENCODING(encoding);
      }
    }
    if (value.length === 0) {
      value = 0;
    } else if (value.length === 1) {
      // One byte repeated is what the engine fills fastest.
      const code = value.charCodeAt(0);
      if ((ops === utf8 && code < 128) || (ops.name === 'latin1' && code < 256)) value = code;
    }
  }

  if (offset === undefined) {
    offset = 0;
    end = buf.length;
  } else {
    validateInteger(offset, 'offset', 0, kMaxLength);
    if (end === undefined) end = buf.length;
    else validateInteger(end, 'end', 0, buf.length);
    if (offset >= end) return buf;
  }

  // `length` may have been redefined by the user; the bytes there are may not.
  if (end > byteLengthOf.call(buf)) throw new ERR_BUFFER_OUT_OF_BOUNDS();
  if (typeof value === 'number' || typeof value === 'boolean') {
    nativeFill.call(buf, value, offset, end);
    return buf;
  }
  let done;
  if (typeof value === 'string') {
    done = fillString(buf, value, offset, end, ops);
  } else if (ArrayBuffer.isView(value)) {
    done = nativeFillBytes(buf, value, value.byteLength, offset, end);
  } else {
    nativeFill.call(buf, value >>> 0, offset, end);
    done = true;
  }
  if (!done) throw new ERR_INVALID_ARG_VALUE('value', value);
  return buf;
}

function fill(value, offset, end, encoding) {
  return fillRange(this, value, offset, end, encoding);
}

// ---- one encoding each ------------------------------------------------------

function indexError() {
  const error = new RangeError('Index out of range');
  error.code = 'ERR_OUT_OF_RANGE';
  return error;
}

function sliceMethod(name, slice) {
  return {
    [name](start = 0, end = this.length) {
      if (this.length === 0) return '';
      start = Math.trunc(start) || 0;
      end = Math.trunc(end) || 0;
      if (start < 0 || end < 0) throw indexError();
      if (end < start) end = start;
      if (end > this.length) throw indexError();
      return slice(this, start, end);
    },
  }[name];
}

function writeMethod(name, nativeWrite) {
  return {
    [name](string, offset, length) {
      offset = Math.trunc(offset) || 0;
      if (offset > this.length) throw new ERR_BUFFER_OUT_OF_BOUNDS('offset');
      length = length === undefined ? this.length - offset : Math.trunc(length) || 0;
      if (offset < 0 || length < 0) throw indexError();
      checkView(this);
      return nativeWrite(this, string, offset, length);
    },
  }[name];
}

function addTextMethods(proto) {
  const names = ['ascii', 'base64', 'base64url', 'latin1', 'hex', 'utf16le', 'utf8'];
  for (const name of names) {
    const prefix = name === 'utf16le' ? 'ucs2' : name;
    proto[`${prefix}Slice`] = sliceMethod(`${prefix}Slice`, encodings[name].slice);
  }
  for (const name of names) {
    const prefix = name === 'utf16le' ? 'ucs2' : name;
    proto[`${prefix}Write`] = writeMethod(`${prefix}Write`, encodings[name].write);
  }
  proto.toString = toString;
  proto.toLocaleString = toString;
  proto.write = write;
  proto.fill = fill;
}

module.exports = { addTextMethods, fillRange };
