'use strict';
// The numbers of a Buffer: read*/write* for integers of 1 to 6 bytes, 64-bit
// BigInts, floats and doubles, both byte orders (Node's "Buffer" documentation,
// buf.readBigInt64BE to buf.writeUIntLE).
//
// Every method is a plain function of `this`, which may be any Uint8Array. The
// check in front of an access is one comparison that the optimizer can reason
// about; telling what exactly was wrong is left to the slow path.

const {
  codes: { ERR_BUFFER_OUT_OF_BOUNDS, ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE },
} = require('internal/errors');
const { validateNumber } = require('internal/validators');

// ---- telling what is wrong ----------------------------------------------

// `last` is the greatest offset at which the access would still fit.
function outOfBounds(value, last, name) {
  if (Math.floor(value) !== value) {
    validateNumber(value, name ?? 'offset');
    throw new ERR_OUT_OF_RANGE(name ?? 'offset', 'an integer', value);
  }
  if (last < 0) throw new ERR_BUFFER_OUT_OF_BOUNDS();
  throw new ERR_OUT_OF_RANGE(name ?? 'offset', `>= ${name ? 1 : 0} and <= ${last}`, value);
}

// Reached when the quick check failed. Offsets past 2 ** 32 are legal and come
// here too: the check knows 32-bit offsets only.
function checkSlowly(buf, offset, width) {
  validateNumber(offset, 'offset');
  const last = buf.length - width;
  if (offset >= 0 && offset <= last && Math.floor(offset) === offset) return;
  outOfBounds(offset, last);
}

function check(buf, offset, width) {
  if ((offset >>> 0) !== offset || offset + width > buf.length) checkSlowly(buf, offset, width);
}

function rangeError(value, min, max, width) {
  const n = typeof min === 'bigint' ? 'n' : '';
  let range;
  if (width <= 4) range = `>= ${min}${n} and <= ${max}${n}`;
  else if (min == 0) range = `>= 0${n} and < 2${n} ** ${width * 8}${n}`;
  else range = `>= -(2${n} ** ${width * 8 - 1}${n}) and < 2${n} ** ${width * 8 - 1}${n}`;
  throw new ERR_OUT_OF_RANGE('value', range, value);
}

// ---- fixed width, reading ------------------------------------------------

function readUInt8(offset = 0) {
  check(this, offset, 1);
  return this[offset];
}

function readInt8(offset = 0) {
  check(this, offset, 1);
  return this[offset] << 24 >> 24;
}

function readUInt16LE(offset = 0) {
  check(this, offset, 2);
  return this[offset] | this[offset + 1] << 8;
}

function readUInt16BE(offset = 0) {
  check(this, offset, 2);
  return this[offset] << 8 | this[offset + 1];
}

function readInt16LE(offset = 0) {
  check(this, offset, 2);
  return (this[offset] | this[offset + 1] << 8) << 16 >> 16;
}

function readInt16BE(offset = 0) {
  check(this, offset, 2);
  return (this[offset] << 8 | this[offset + 1]) << 16 >> 16;
}

function int32LE(buf, offset) {
  return buf[offset] | buf[offset + 1] << 8 | buf[offset + 2] << 16 | buf[offset + 3] << 24;
}

function int32BE(buf, offset) {
  return buf[offset] << 24 | buf[offset + 1] << 16 | buf[offset + 2] << 8 | buf[offset + 3];
}

function readUInt32LE(offset = 0) {
  check(this, offset, 4);
  return int32LE(this, offset) >>> 0;
}

function readUInt32BE(offset = 0) {
  check(this, offset, 4);
  return int32BE(this, offset) >>> 0;
}

function readInt32LE(offset = 0) {
  check(this, offset, 4);
  return int32LE(this, offset);
}

function readInt32BE(offset = 0) {
  check(this, offset, 4);
  return int32BE(this, offset);
}

function readBigUInt64LE(offset = 0) {
  check(this, offset, 8);
  return BigInt(int32LE(this, offset + 4) >>> 0) << 32n | BigInt(int32LE(this, offset) >>> 0);
}

function readBigUInt64BE(offset = 0) {
  check(this, offset, 8);
  return BigInt(int32BE(this, offset) >>> 0) << 32n | BigInt(int32BE(this, offset + 4) >>> 0);
}

function readBigInt64LE(offset = 0) {
  check(this, offset, 8);
  return (BigInt(int32LE(this, offset + 4)) << 32n) + BigInt(int32LE(this, offset) >>> 0);
}

function readBigInt64BE(offset = 0) {
  check(this, offset, 8);
  return (BigInt(int32BE(this, offset)) << 32n) + BigInt(int32BE(this, offset + 4) >>> 0);
}

// ---- fixed width, writing ------------------------------------------------

function toByte(buf, value, offset, min, max) {
  value = +value;
  validateNumber(offset, 'offset');
  if (value > max || value < min) rangeError(value, min, max, 1);
  check(buf, offset, 1);
  buf[offset] = value;
  return offset + 1;
}

function writeUInt8(value, offset = 0) {
  return toByte(this, value, offset, 0, 0xff);
}

function writeInt8(value, offset = 0) {
  return toByte(this, value, offset, -0x80, 0x7f);
}

function put16LE(buf, value, offset, min, max) {
  value = +value;
  if (value > max || value < min) rangeError(value, min, max, 2);
  check(buf, offset, 2);
  buf[offset] = value;
  buf[offset + 1] = value >>> 8;
  return offset + 2;
}

function put16BE(buf, value, offset, min, max) {
  value = +value;
  if (value > max || value < min) rangeError(value, min, max, 2);
  check(buf, offset, 2);
  buf[offset] = value >>> 8;
  buf[offset + 1] = value;
  return offset + 2;
}

function put32LE(buf, value, offset, min, max) {
  value = +value;
  if (value > max || value < min) rangeError(value, min, max, 4);
  check(buf, offset, 4);
  buf[offset] = value;
  buf[offset + 1] = value >>> 8;
  buf[offset + 2] = value >>> 16;
  buf[offset + 3] = value >>> 24;
  return offset + 4;
}

function put32BE(buf, value, offset, min, max) {
  value = +value;
  if (value > max || value < min) rangeError(value, min, max, 4);
  check(buf, offset, 4);
  buf[offset] = value >>> 24;
  buf[offset + 1] = value >>> 16;
  buf[offset + 2] = value >>> 8;
  buf[offset + 3] = value;
  return offset + 4;
}

function writeUInt16LE(value, offset = 0) { return put16LE(this, value, offset, 0, 0xffff); }
function writeUInt16BE(value, offset = 0) { return put16BE(this, value, offset, 0, 0xffff); }
function writeInt16LE(value, offset = 0) { return put16LE(this, value, offset, -0x8000, 0x7fff); }
function writeInt16BE(value, offset = 0) { return put16BE(this, value, offset, -0x8000, 0x7fff); }
function writeUInt32LE(value, offset = 0) { return put32LE(this, value, offset, 0, 0xffffffff); }
function writeUInt32BE(value, offset = 0) { return put32BE(this, value, offset, 0, 0xffffffff); }
function writeInt32LE(value, offset = 0) {
  return put32LE(this, value, offset, -0x80000000, 0x7fffffff);
}
function writeInt32BE(value, offset = 0) {
  return put32BE(this, value, offset, -0x80000000, 0x7fffffff);
}

const kMaxUint64 = 0xffffffffffffffffn;
const kMinInt64 = -0x8000000000000000n;
const kMaxInt64 = 0x7fffffffffffffffn;

// A BigInt goes through two 32-bit halves: arithmetic on BigInts allocates, so
// it is done once, not once a byte.
function checkBigInt(buf, value, offset, min, max) {
  if (value > max || value < min) rangeError(value, min, max, 8);
  check(buf, offset, 8);
}

function store32LE(buf, bits, offset) {
  buf[offset] = bits;
  buf[offset + 1] = bits >>> 8;
  buf[offset + 2] = bits >>> 16;
  buf[offset + 3] = bits >>> 24;
}

function store32BE(buf, bits, offset) {
  buf[offset] = bits >>> 24;
  buf[offset + 1] = bits >>> 16;
  buf[offset + 2] = bits >>> 8;
  buf[offset + 3] = bits;
}

function put64LE(buf, value, offset, min, max) {
  checkBigInt(buf, value, offset, min, max);
  store32LE(buf, Number(value & 0xffffffffn), offset);
  store32LE(buf, Number(value >> 32n & 0xffffffffn), offset + 4);
  return offset + 8;
}

function put64BE(buf, value, offset, min, max) {
  checkBigInt(buf, value, offset, min, max);
  store32BE(buf, Number(value >> 32n & 0xffffffffn), offset);
  store32BE(buf, Number(value & 0xffffffffn), offset + 4);
  return offset + 8;
}

function writeBigUInt64LE(value, offset = 0) { return put64LE(this, value, offset, 0n, kMaxUint64); }
function writeBigUInt64BE(value, offset = 0) { return put64BE(this, value, offset, 0n, kMaxUint64); }
function writeBigInt64LE(value, offset = 0) {
  return put64LE(this, value, offset, kMinInt64, kMaxInt64);
}
function writeBigInt64BE(value, offset = 0) {
  return put64BE(this, value, offset, kMinInt64, kMaxInt64);
}

// ---- 1 to 6 bytes ----------------------------------------------------------

function checkWidth(byteLength) {
  if (byteLength === 1 || byteLength === 2 || byteLength === 3 ||
      byteLength === 4 || byteLength === 5 || byteLength === 6) {
    return;
  }
  validateNumber(byteLength, 'byteLength');
  outOfBounds(byteLength, 6, 'byteLength');
}

function checkRead(buf, offset, byteLength) {
  if (offset === undefined) throw new ERR_INVALID_ARG_TYPE('offset', 'number', offset);
  checkWidth(byteLength);
  check(buf, offset, byteLength);
}

function readUIntLE(offset, byteLength) {
  checkRead(this, offset, byteLength);
  let value = 0;
  for (let i = byteLength; i-- > 0;) value = value * 256 + this[offset + i];
  return value;
}

function readUIntBE(offset, byteLength) {
  checkRead(this, offset, byteLength);
  let value = 0;
  for (let i = 0; i < byteLength; i++) value = value * 256 + this[offset + i];
  return value;
}

// The most significant byte carries the sign, so it is taken as signed first.
function readIntLE(offset, byteLength) {
  checkRead(this, offset, byteLength);
  let i = byteLength - 1;
  let value = this[offset + i] << 24 >> 24;
  while (i-- > 0) value = value * 256 + this[offset + i];
  return value;
}

function readIntBE(offset, byteLength) {
  checkRead(this, offset, byteLength);
  let value = this[offset] << 24 >> 24;
  for (let i = 1; i < byteLength; i++) value = value * 256 + this[offset + i];
  return value;
}

function checkWrite(buf, value, offset, byteLength, signed) {
  checkWidth(byteLength);
  const span = 2 ** (8 * byteLength);
  const min = signed ? -span / 2 : 0;
  const max = (signed ? span / 2 : span) - 1;
  if (byteLength === 1) validateNumber(offset, 'offset');
  if (value > max || value < min) rangeError(value, min, max, byteLength);
  check(buf, offset, byteLength);
}

function writeLE(buf, value, offset, byteLength, signed) {
  value = +value;
  checkWrite(buf, value, offset, byteLength, signed);
  // Math.floor rather than a shift: six bytes do not fit 32 bits. Flooring also
  // makes the bytes of a negative number those of its two's complement.
  if (value < 0) value = Math.trunc(value);
  for (let i = 0; i < byteLength; i++) {
    buf[offset + i] = value;
    value = Math.floor(value / 256);
  }
  return offset + byteLength;
}

function writeBE(buf, value, offset, byteLength, signed) {
  value = +value;
  checkWrite(buf, value, offset, byteLength, signed);
  if (value < 0) value = Math.trunc(value);
  for (let i = byteLength; i-- > 0;) {
    buf[offset + i] = value;
    value = Math.floor(value / 256);
  }
  return offset + byteLength;
}

function writeUIntLE(value, offset, byteLength) {
  return writeLE(this, value, offset, byteLength, false);
}
function writeUIntBE(value, offset, byteLength) {
  return writeBE(this, value, offset, byteLength, false);
}
function writeIntLE(value, offset, byteLength) {
  return writeLE(this, value, offset, byteLength, true);
}
function writeIntBE(value, offset, byteLength) {
  return writeBE(this, value, offset, byteLength, true);
}

// ---- floats ------------------------------------------------------------------

// One scratch number, seen as floats and as 32-bit words. The words are filled
// by value, so only the order of a double's two halves depends on the machine.
const float32 = new Float32Array(1);
const word32 = new Int32Array(float32.buffer);
const float64 = new Float64Array(1);
const words64 = new Int32Array(float64.buffer);
float64[0] = -1;
const low = words64[0] === 0 ? 0 : 1;
const high = 1 - low;

function readFloatLE(offset = 0) {
  check(this, offset, 4);
  word32[0] = int32LE(this, offset);
  return float32[0];
}

function readFloatBE(offset = 0) {
  check(this, offset, 4);
  word32[0] = int32BE(this, offset);
  return float32[0];
}

function readDoubleLE(offset = 0) {
  check(this, offset, 8);
  words64[low] = int32LE(this, offset);
  words64[high] = int32LE(this, offset + 4);
  return float64[0];
}

function readDoubleBE(offset = 0) {
  check(this, offset, 8);
  words64[high] = int32BE(this, offset);
  words64[low] = int32BE(this, offset + 4);
  return float64[0];
}

// The engine has several bit patterns for NaN; a file or peer shall see one.
function canonical(value) {
  return value === value ? value : NaN;
}

function writeFloatLE(value, offset = 0) {
  value = +value;
  check(this, offset, 4);
  float32[0] = canonical(value);
  store32LE(this, word32[0], offset);
  return offset + 4;
}

function writeFloatBE(value, offset = 0) {
  value = +value;
  check(this, offset, 4);
  float32[0] = canonical(value);
  store32BE(this, word32[0], offset);
  return offset + 4;
}

function writeDoubleLE(value, offset = 0) {
  value = +value;
  check(this, offset, 8);
  float64[0] = canonical(value);
  store32LE(this, words64[low], offset);
  store32LE(this, words64[high], offset + 4);
  return offset + 8;
}

function writeDoubleBE(value, offset = 0) {
  value = +value;
  check(this, offset, 8);
  float64[0] = canonical(value);
  store32BE(this, words64[high], offset);
  store32BE(this, words64[low], offset + 4);
  return offset + 8;
}

const methods = [
  readBigUInt64LE, readBigUInt64BE, readBigInt64LE, readBigInt64BE,
  writeBigUInt64LE, writeBigUInt64BE, writeBigInt64LE, writeBigInt64BE,
  readUIntLE, readUInt32LE, readUInt16LE, readUInt8,
  readUIntBE, readUInt32BE, readUInt16BE,
  readIntLE, readInt32LE, readInt16LE, readInt8,
  readIntBE, readInt32BE, readInt16BE,
  writeUIntLE, writeUInt32LE, writeUInt16LE, writeUInt8,
  writeUIntBE, writeUInt32BE, writeUInt16BE,
  writeIntLE, writeInt32LE, writeInt16LE, writeInt8,
  writeIntBE, writeInt32BE, writeInt16BE,
  readFloatLE, readFloatBE, readDoubleLE, readDoubleBE,
  writeFloatLE, writeFloatBE, writeDoubleLE, writeDoubleBE,
];

// Puts the methods on `proto`. Those with "UInt" are also known with "Uint".
function addNumberMethods(proto) {
  for (const method of methods) {
    const { name } = method;
    proto[name] = method;
    if (name.includes('UInt')) proto[name.replace('UInt', 'Uint')] = method;
  }
}

module.exports = { addNumberMethods };
