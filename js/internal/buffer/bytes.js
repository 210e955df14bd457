'use strict';
// Methods of Buffer.prototype that work on bytes as bytes: copy, compare,
// equals, indexOf and its relatives, swap16/32/64.

const binding = internalBinding('buffer');
const {
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_BUFFER_SIZE,
    ERR_OUT_OF_RANGE,
    ERR_UNKNOWN_ENCODING,
  },
} = require('internal/errors');
const { validateInteger } = require('internal/validators');
const { isUint8Array, isArrayBufferView } = require('internal/util/types');
const { encodeBriefly } = require('internal/buffer');
const { getEncodingOps, utf8 } = require('internal/buffer/encodings');
const { kMaxLength } = require('internal/buffer/limits');

const nativeSet = Uint8Array.prototype.set;
const nativeIndexOf = Uint8Array.prototype.indexOf;
const nativeLastIndexOf = Uint8Array.prototype.lastIndexOf;

// ---- copy ---------------------------------------------------------------------

function toOffset(value, fallback) {
  if (value === undefined) return fallback;
  value = +value;
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ?
    Math.trunc(value) : fallback;
}

function copyBytes(source, target, targetStart, sourceStart, sourceEnd) {
  if (!isArrayBufferView(source)) {
    throw new ERR_INVALID_ARG_TYPE('source', ['Buffer', 'Uint8Array'], source);
  }
  if (!isArrayBufferView(target)) {
    throw new ERR_INVALID_ARG_TYPE('target', ['Buffer', 'Uint8Array'], target);
  }
  const sourceLength = source.byteLength;

  targetStart = toOffset(targetStart, 0);
  if (targetStart < 0) throw new ERR_OUT_OF_RANGE('targetStart', '>= 0', targetStart);
  sourceStart = toOffset(sourceStart, 0);
  if (sourceStart < 0 || sourceStart > sourceLength) {
    throw new ERR_OUT_OF_RANGE('sourceStart', `>= 0 && <= ${sourceLength}`, sourceStart);
  }
  sourceEnd = toOffset(sourceEnd, sourceEnd === undefined ? sourceLength : 0);
  if (sourceEnd < 0) throw new ERR_OUT_OF_RANGE('sourceEnd', '>= 0', sourceEnd);

  const targetLength = target.byteLength;
  if (targetStart >= targetLength || sourceStart >= sourceEnd) return 0;
  let length = Math.min(sourceEnd, sourceLength) - sourceStart;
  if (length > targetLength - targetStart) length = targetLength - targetStart;
  if (length <= 0) return 0;
  return copyRange(source, target, targetStart, sourceStart, length);
}

// The bounds have been checked. A whole view is copied fastest by the engine.
function copyRange(source, target, targetStart, sourceStart, length) {
  if (sourceStart === 0 && length === source.length && isUint8Array(source) && isUint8Array(target)) {
    nativeSet.call(target, source, targetStart);
    return length;
  }
  return binding.copy(source, target, targetStart, sourceStart, length);
}

function copy(target, targetStart, sourceStart, sourceEnd) {
  return copyBytes(this, target, targetStart, sourceStart, sourceEnd);
}

// ---- compare --------------------------------------------------------------------

function compareBuffers(buf1, buf2) {
  if (!isUint8Array(buf1)) throw new ERR_INVALID_ARG_TYPE('buf1', ['Buffer', 'Uint8Array'], buf1);
  if (!isUint8Array(buf2)) throw new ERR_INVALID_ARG_TYPE('buf2', ['Buffer', 'Uint8Array'], buf2);
  return buf1 === buf2 ? 0 : binding.compare(buf1, buf2);
}

function equals(otherBuffer) {
  if (!isUint8Array(otherBuffer)) {
    throw new ERR_INVALID_ARG_TYPE('otherBuffer', ['Buffer', 'Uint8Array'], otherBuffer);
  }
  if (this === otherBuffer) return true;
  if (this.byteLength !== otherBuffer.byteLength) return false;
  return this.byteLength === 0 || binding.compare(this, otherBuffer) === 0;
}

function compare(target, targetStart, targetEnd, sourceStart, sourceEnd) {
  if (!isUint8Array(target)) {
    throw new ERR_INVALID_ARG_TYPE('target', ['Buffer', 'Uint8Array'], target);
  }
  if (arguments.length === 1) return binding.compare(this, target);

  if (targetStart === undefined) targetStart = 0;
  else validateInteger(targetStart, 'targetStart', 0, kMaxLength);
  if (targetEnd === undefined) targetEnd = target.length;
  else validateInteger(targetEnd, 'targetEnd', 0, target.length);
  if (sourceStart === undefined) sourceStart = 0;
  else validateInteger(sourceStart, 'sourceStart', 0, kMaxLength);
  if (sourceEnd === undefined) sourceEnd = this.length;
  else validateInteger(sourceEnd, 'sourceEnd', 0, this.length);

  if (sourceStart >= sourceEnd) return targetStart >= targetEnd ? 0 : -1;
  if (targetStart >= targetEnd) return 1;
  return binding.compareRanges(this, sourceStart, sourceEnd, target, targetStart, targetEnd);
}

// ---- search -----------------------------------------------------------------------

// Where to begin looking for `needleLength` bytes; -1 if there is no such
// place. Negative offsets count from the end, as in String#slice; one past the
// end means the end when looking backwards.
function startOffset(length, offset, needleLength, forward) {
  if (offset < 0) {
    if (offset + length >= 0) return offset + length;
    return forward || needleLength === 0 ? 0 : -1;
  }
  if (offset + needleLength <= length) return offset;
  if (needleLength === 0) return length;
  return forward ? -1 : length - 1;
}

function searchByte(buf, byte, offset, forward) {
  offset = startOffset(buf.length, offset, 1, forward);
  if (offset < 0 || buf.length === 0) return -1;
  return forward ? nativeIndexOf.call(buf, byte, offset) : nativeLastIndexOf.call(buf, byte, offset);
}

// The first `needleLength` bytes of `needle`, that is.
function searchBytes(buf, needle, needleLength, offset, forward, width) {
  const { length } = buf;
  offset = startOffset(length, offset, needleLength, forward);
  if (offset < 0 || needleLength === 0) return offset;
  if (length === 0 || needleLength > length) return -1;
  if (forward && offset + needleLength > length) return -1;
  if (width === 2) {
    // Whole units only, on both sides.
    if (length < 2 || needleLength < 2) return -1;
    offset -= offset % 2;
    if (length % 2 !== 0) buf = new Uint8Array(buf.buffer, buf.byteOffset, length - 1);
  }
  return binding.find(buf, needle, offset, forward, width, needleLength);
}

const kMaxInt32 = 0x7fffffff;
const kMinInt32 = -0x80000000;

function search(buf, value, byteOffset, encoding, forward) {
  if (typeof byteOffset === 'string') {
    encoding = byteOffset;
    byteOffset = undefined;
  } else if (byteOffset > kMaxInt32) {
    byteOffset = kMaxInt32;
  } else if (byteOffset < kMinInt32) {
    byteOffset = kMinInt32;
  }
  // undefined, {} and the like mean "all of it"; null and [] are 0.
  byteOffset = +byteOffset;
  if (Number.isNaN(byteOffset)) byteOffset = forward ? 0 : buf.length;
  byteOffset = Math.trunc(byteOffset) + 0; // Never -0.

  if (typeof value === 'number') return searchByte(buf, value & 0xff, byteOffset, forward);

  let ops = utf8;
  if (encoding !== undefined) ops = getEncodingOps(encoding);

  if (typeof value === 'string') {
    if (ops === undefined) throw new ERR_UNKNOWN_ENCODING(encoding);
    if (value.length === 1 && ops.width === 1 && ops.bound(1) > 0) {
      const code = value.charCodeAt(0);
      if (code < 128 && (ops === utf8 || ops.name === 'latin1' || ops.name === 'ascii')) {
        return searchByte(buf, code, byteOffset, forward);
      }
    }
    const { bytes, length } = encodeBriefly(ops, value);
    return searchBytes(buf, bytes, length, byteOffset, forward, ops.width);
  }
  if (isUint8Array(value)) {
    return searchBytes(buf, value, value.length, byteOffset, forward, ops === undefined ? 1 : ops.width);
  }
  throw new ERR_INVALID_ARG_TYPE('value', ['number', 'string', 'Buffer', 'Uint8Array'], value);
}

function indexOf(value, byteOffset, encoding) {
  return search(this, value, byteOffset, encoding, true);
}

function lastIndexOf(value, byteOffset, encoding) {
  return search(this, value, byteOffset, encoding, false);
}

function includes(value, byteOffset, encoding) {
  return search(this, value, byteOffset, encoding, true) !== -1;
}

// ---- byte order -------------------------------------------------------------------

// Below this many bytes a loop here beats the call into the native side.
const kSwapNatively = 128;

function swap(buf, width) {
  const { length } = buf;
  if (length % width !== 0) throw new ERR_INVALID_BUFFER_SIZE(`${width * 8}-bits`);
  if (length >= kSwapNatively) {
    binding.swap(buf, width);
    return buf;
  }
  for (let start = 0; start < length; start += width) {
    for (let i = start, j = start + width - 1; i < j; i++, j--) {
      const byte = buf[i];
      buf[i] = buf[j];
      buf[j] = byte;
    }
  }
  return buf;
}

function swap16() { return swap(this, 2); }
function swap32() { return swap(this, 4); }
function swap64() { return swap(this, 8); }

function addByteMethods(proto) {
  proto.copy = copy;
  proto.equals = equals;
  proto.compare = compare;
  proto.indexOf = indexOf;
  proto.lastIndexOf = lastIndexOf;
  proto.includes = includes;
  proto.swap16 = swap16;
  proto.swap32 = swap32;
  proto.swap64 = swap64;
}

module.exports = { addByteMethods, compareBuffers, copyRange };
