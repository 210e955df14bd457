'use strict';
// What Buffer knows of each encoding, by canonical name:
//
//   name          as buf.toString(name) takes it
//   width         bytes of one unit, for searching
//   bound(n)      most bytes that a string of n characters can become
//   byteLength(s) bytes that s becomes (base64 and hex: if it is well formed)
//   write(view, string, offset, length) -> bytes written
//   slice(view, start, end) -> string
//
// write and slice are the native operations: they clamp, and do not check that the view is one. Each stands in a function of
// its own, where optimised code knows which operation it calls and can use the faster entry that most have.

const {
  asciiSlice, base64Slice, base64Write, base64urlSlice, base64urlWrite, byteLengthUtf8, hexSlice, hexWrite, latin1Slice,
  latin1Write, ucs2Slice, ucs2Write, utf8Slice, utf8Write,
} = internalBinding('buffer');

const utf8 = {
  __proto__: null,
  name: 'utf8',
  width: 1,
  bound: (length) => length * 3,
  byteLength: (string) => byteLengthUtf8(string),
  write: (view, string, offset, length) => utf8Write(view, string, offset, length),
  slice: (view, start, end) => utf8Slice(view, start, end),
};

const utf16le = {
  __proto__: null,
  name: 'utf16le',
  width: 2,
  bound: (length) => length * 2,
  byteLength: (string) => string.length * 2,
  write: (view, string, offset, length) => ucs2Write(view, string, offset, length),
  slice: (view, start, end) => ucs2Slice(view, start, end),
};

const latin1 = {
  __proto__: null,
  name: 'latin1',
  width: 1,
  bound: (length) => length,
  byteLength: (string) => string.length,
  write: (view, string, offset, length) => latin1Write(view, string, offset, length),
  slice: (view, start, end) => latin1Slice(view, start, end),
};

// Writing is latin1's: only reading drops the eighth bit.
const ascii = { __proto__: null, ...latin1, name: 'ascii', slice: (view, start, end) => asciiSlice(view, start, end) };

// V8's own encoders write right into the string, where ours write into memory that V8 then copies. From so many bytes on that
// is faster; results of 16 MB are not V8's to hold (src/ops/buffer.rs).
const { subarray, toBase64, toHex } = Uint8Array.prototype;
const byteLengthOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'byteLength').get;
const kByV8 = 1 << 11;
const kMostByV8 = 1 << 23;
const kBase64Url = Object.freeze({ __proto__: null, alphabet: 'base64url', omitPadding: true });

function sliceByV8(view, start, end, native, encode, options) {
  if (end - start > kMostByV8 || !(view instanceof Uint8Array)) return native(view, start, end);
  if (start === 0 && end === byteLengthOf.call(view)) return encode.call(view, options);
  // subarray() goes by the bytes there are, whatever `length` says.
  return encode.call(subarray.call(view, start, end), options);
}

const kEquals = 0x3d;

function base64ByteLength(string) {
  let { length } = string;
  if (length > 0 && string.charCodeAt(length - 1) === kEquals) length--;
  if (length > 1 && string.charCodeAt(length - 1) === kEquals) length--;
  // Not a shift: the product may pass 2 ** 31.
  return Math.floor(length * 3 / 4);
}

const base64 = {
  __proto__: null,
  name: 'base64',
  width: 1,
  bound: (length) => Math.ceil(length * 3 / 4),
  byteLength: base64ByteLength,
  write: (view, string, offset, length) => base64Write(view, string, offset, length),
  slice: (view, start, end) => (end - start < kByV8 ? base64Slice(view, start, end) :
    sliceByV8(view, start, end, base64Slice, toBase64)),
};

const base64url = {
  __proto__: null,
  ...base64,
  name: 'base64url',
  write: (view, string, offset, length) => base64urlWrite(view, string, offset, length),
  slice: (view, start, end) => (end - start < kByV8 ? base64urlSlice(view, start, end) :
    sliceByV8(view, start, end, base64urlSlice, toBase64, kBase64Url)),
};

const hex = {
  __proto__: null,
  name: 'hex',
  width: 1,
  bound: (length) => length >>> 1,
  byteLength: (string) => string.length >>> 1,
  write: (view, string, offset, length) => hexWrite(view, string, offset, length),
  slice: (view, start, end) => (end - start < kByV8 ? hexSlice(view, start, end) :
    sliceByV8(view, start, end, hexSlice, toHex)),
};

const byName = {
  '__proto__': null,
  utf8, 'utf-8': utf8,
  'ucs2': utf16le, 'ucs-2': utf16le, utf16le, 'utf-16le': utf16le,
  latin1, 'binary': latin1,
  ascii, base64, base64url, hex,
};

// The entry of an encoding in any spelling, undefined if there is none.
function getEncodingOps(encoding) {
  encoding += '';
  return byName[encoding] ?? byName[encoding.toLowerCase()];
}

module.exports = { getEncodingOps, utf8, utf16le, latin1, ascii, base64, base64url, hex };
