'use strict';

// What a ZIP archive is made of: the signatures, lengths and numbers of the records in PKWARE's APPNOTE, and reading
// them with bounds that are checked.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_ZIP_INVALID_ARCHIVE } } = require('internal/errors');
const { Buffer } = require('buffer');
const { FastBuffer } = require('internal/buffer');
const { isAnyArrayBuffer, isArrayBufferView } = require('internal/util/types');

// Sections 4.3.7 to 4.3.16 of the APPNOTE.
const kLocalSignature = 0x04034b50;
const kCentralSignature = 0x02014b50;
const kDescriptorSignature = 0x08074b50;
const kEndSignature = 0x06054b50;
const kEnd64Signature = 0x06064b50;
const kLocator64Signature = 0x07064b50;

const kLocalLength = 30;
const kCentralLength = 46;
const kEndLength = 22;
const kEnd64Length = 56;
const kLocator64Length = 20;

// A field that holds the greatest number of its width has its value in a Zip64 record.
const kMax16 = 0xffff;
const kMax32 = 0xffffffff;

const kEncrypted = 0x0001;
const kHasDescriptor = 0x0008;
const kUtf8 = 0x0800;

const kStore = 0;
const kDeflate = 8;
const kZstd = 93;

// The system in the upper byte of 'version made by'.
const kUnix = 3;

const kFileType = 0o170000;
const kRegular = 0o100000;
const kDirectory = 0o040000;
const kSymlink = 0o120000;

function invalid(reason) {
  return new ERR_ZIP_INVALID_ARCHIVE(reason);
}

// A Zip64 number. Greater ones than a Number holds exactly cannot be places in a file.
function readSafe64(bytes, at) {
  const value = bytes.readUInt32LE(at + 4) * 0x100000000 + bytes.readUInt32LE(at);
  if (value > Number.MAX_SAFE_INTEGER) throw invalid('64-bit field exceeds the safe integer range');
  return value;
}

function write64(bytes, value, at) {
  bytes.writeUInt32LE(value % 0x100000000, at);
  bytes.writeUInt32LE(Math.floor(value / 0x100000000), at + 4);
}

// The bytes of an argument, without a copy.
function bytesOf(value, name) {
  if (Buffer.isBuffer(value)) return value;
  if (isArrayBufferView(value)) return new FastBuffer(value.buffer, value.byteOffset, value.byteLength);
  if (isAnyArrayBuffer(value)) return new FastBuffer(value);
  throw new ERR_INVALID_ARG_TYPE(name, ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], value);
}

module.exports = {
  bytesOf,
  invalid,
  kCentralLength,
  kCentralSignature,
  kDeflate,
  kDescriptorSignature,
  kDirectory,
  kEncrypted,
  kEnd64Length,
  kEnd64Signature,
  kEndLength,
  kEndSignature,
  kFileType,
  kHasDescriptor,
  kLocalLength,
  kLocalSignature,
  kLocator64Length,
  kLocator64Signature,
  kMax16,
  kMax32,
  kRegular,
  kStore,
  kSymlink,
  kUnix,
  kUtf8,
  kZstd,
  readSafe64,
  write64,
};
