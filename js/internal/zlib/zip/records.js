'use strict';

// The records of an archive as bytes.

const { Buffer } = require('buffer');
const { codes: { ERR_ZIP_ARCHIVE_TOO_LARGE, ERR_ZIP_ENTRY_TOO_LARGE } } = require('internal/errors');
const {
  kCentralLength, kCentralSignature, kDescriptorSignature, kEnd64Length, kEnd64Signature, kEndLength, kEndSignature,
  kHasDescriptor, kLocalLength, kLocalSignature, kLocator64Length, kLocator64Signature, kMax16, kMax32, kUnix, kZstd,
  write64,
} = require('internal/zlib/zip/layout');
const { zip64Field } = require('internal/zlib/zip/extra');

// Versions of the APPNOTE: folders and deflate, Zip64, Zstandard.
const kVersionPlain = 20;
const kVersionZip64 = 45;
const kVersionZstd = 63;

function versionNeeded(method, isZip64) {
  if (method === kZstd) return kVersionZstd;
  return isZip64 ? kVersionZip64 : kVersionPlain;
}

function joinExtra(zip64, rest) {
  if (zip64.length + rest.length > kMax16) {
    throw new ERR_ZIP_ENTRY_TOO_LARGE(`the entry extra fields must not exceed ${kMax16} bytes`);
  }
  return zip64.length === 0 ? rest : Buffer.concat([zip64, rest]);
}

// `isLater`: sizes and checksum follow the content, in a descriptor that always has 64-bit sizes.
function localHeader(header, isLater) {
  const isLarge = header.size >= kMax32 || header.compressedSize >= kMax32;
  const isZip64 = isLater || isLarge;
  const sizes = isLater ? [0, 0] : [header.size, header.compressedSize];
  const extra = joinExtra(zip64Field(isZip64 ? sizes : []), header.localExtra);
  const bytes = Buffer.alloc(kLocalLength + header.nameBytes.length + extra.length);
  bytes.writeUInt32LE(kLocalSignature, 0);
  bytes.writeUInt16LE(versionNeeded(header.method, isZip64), 4);
  bytes.writeUInt16LE(header.flags, 6);
  bytes.writeUInt16LE(header.method, 8);
  bytes.writeUInt16LE(header.time, 10);
  bytes.writeUInt16LE(header.date, 12);
  bytes.writeUInt32LE(isLater ? 0 : header.crc, 14);
  bytes.writeUInt32LE(isZip64 ? kMax32 : header.compressedSize, 18);
  bytes.writeUInt32LE(isZip64 ? kMax32 : header.size, 22);
  bytes.writeUInt16LE(header.nameBytes.length, 26);
  bytes.writeUInt16LE(extra.length, 28);
  header.nameBytes.copy(bytes, kLocalLength);
  extra.copy(bytes, kLocalLength + header.nameBytes.length);
  return bytes;
}

function descriptor(header) {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(kDescriptorSignature, 0);
  bytes.writeUInt32LE(header.crc, 4);
  write64(bytes, header.compressedSize, 8);
  write64(bytes, header.size, 16);
  return bytes;
}

// The header in the directory of a member whose local header is at `offset`.
function centralHeader(header, offset) {
  const large = [header.size, header.compressedSize, offset].filter((number) => number >= kMax32);
  const extra = joinExtra(zip64Field(large), header.extra);
  const isZip64 = large.length > 0 || (header.flags & kHasDescriptor) !== 0;
  const needed = versionNeeded(header.method, isZip64);
  const { nameBytes, commentBytes } = header;
  const bytes = Buffer.alloc(kCentralLength + nameBytes.length + extra.length + commentBytes.length);
  bytes.writeUInt32LE(kCentralSignature, 0);
  bytes.writeUInt16LE((header.host << 8) | needed, 4);
  bytes.writeUInt16LE(needed, 6);
  bytes.writeUInt16LE(header.flags, 8);
  bytes.writeUInt16LE(header.method, 10);
  bytes.writeUInt16LE(header.time, 12);
  bytes.writeUInt16LE(header.date, 14);
  bytes.writeUInt32LE(header.crc, 16);
  bytes.writeUInt32LE(Math.min(header.compressedSize, kMax32), 20);
  bytes.writeUInt32LE(Math.min(header.size, kMax32), 24);
  bytes.writeUInt16LE(nameBytes.length, 28);
  bytes.writeUInt16LE(extra.length, 30);
  bytes.writeUInt16LE(commentBytes.length, 32);
  bytes.writeUInt16LE(header.internalAttributes, 36);
  bytes.writeUInt32LE(header.externalAttributes, 38);
  bytes.writeUInt32LE(Math.min(offset, kMax32), 42);
  nameBytes.copy(bytes, kCentralLength);
  extra.copy(bytes, kCentralLength + nameBytes.length);
  commentBytes.copy(bytes, kCentralLength + nameBytes.length + extra.length);
  return bytes;
}

// What ends an archive whose directory of `records` headers is the `size` bytes at `offset`.
function endRecords(records, size, offset, comment) {
  if (comment.length > kMax16) {
    throw new ERR_ZIP_ARCHIVE_TOO_LARGE(`the archive comment must not exceed ${kMax16} bytes when encoded as UTF-8`);
  }
  const end = Buffer.alloc(kEndLength + comment.length);
  end.writeUInt32LE(kEndSignature, 0);
  end.writeUInt16LE(Math.min(records, kMax16), 8);
  end.writeUInt16LE(Math.min(records, kMax16), 10);
  end.writeUInt32LE(Math.min(size, kMax32), 12);
  end.writeUInt32LE(Math.min(offset, kMax32), 16);
  end.writeUInt16LE(comment.length, 20);
  comment.copy(end, kEndLength);
  if (records < kMax16 && size < kMax32 && offset < kMax32) return end;

  const end64 = Buffer.alloc(kEnd64Length + kLocator64Length);
  end64.writeUInt32LE(kEnd64Signature, 0);
  // Without itself and the signature.
  write64(end64, kEnd64Length - 12, 4);
  end64.writeUInt16LE((kUnix << 8) | kVersionZip64, 12);
  end64.writeUInt16LE(kVersionZip64, 14);
  write64(end64, records, 24);
  write64(end64, records, 32);
  write64(end64, size, 40);
  write64(end64, offset, 48);
  end64.writeUInt32LE(kLocator64Signature, kEnd64Length);
  write64(end64, offset + size, kEnd64Length + 8);
  end64.writeUInt32LE(1, kEnd64Length + 16);
  return Buffer.concat([end64, end]);
}

module.exports = { centralHeader, descriptor, endRecords, localHeader };
