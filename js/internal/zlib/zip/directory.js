'use strict';

// Reading an archive's directory: where it ends, its headers, and whether members lie where they may. Nothing here
// trusts a number of the archive before it was held against the bytes that are there.

const {
  codes: { ERR_ZIP_UNSUPPORTED_FEATURE },
} = require('internal/errors');
const {
  invalid, kCentralLength, kCentralSignature, kEncrypted, kEnd64Length, kEnd64Signature, kEndLength, kEndSignature,
  kHasDescriptor, kLocalLength, kLocalSignature, kLocator64Length, kLocator64Signature, kMax16, kMax32, readSafe64,
} = require('internal/zlib/zip/layout');
const { resolveZip64 } = require('internal/zlib/zip/extra');
const { decodeName, quoted } = require('internal/zlib/zip/text');

function manyDisks() {
  return new ERR_ZIP_UNSUPPORTED_FEATURE('multi-disk archives are not supported');
}

// ---- the end ----------------------------------------------------------------

// The longest end there is: records of both kinds, a comment, and some padding behind.
const kTailLength = kEnd64Length + kLocator64Length + kEndLength + kMax16 + 4096;

// Where the archive ends, among what looks like it in the tail. With two ends there would be two archives, and readers
// that do not agree which of them it is.
function findEndRecord(tail, tailStart) {
  let found = -1;
  let broken = -1;
  const first = Math.max(0, tail.length - kTailLength);
  for (let at = tail.length - kEndLength; at >= first; at--) {
    if (tail[at] !== 0x50 || tail.readUInt32LE(at) !== kEndSignature) continue;
    if (at + kEndLength + tail.readUInt16LE(at + 20) > tail.length) continue;
    if (!isPlausibleEnd(tail, tailStart, at)) {
      if (broken === -1) broken = at;
    } else if (found === -1) {
      found = at;
    } else {
      throw invalid('ambiguous end of central directory records');
    }
  }
  if (found === -1 && broken === -1) throw invalid('no end of central directory record found');
  return found === -1 ? broken : found;
}

function hasLocator(tail, at) {
  return at >= kLocator64Length && tail.readUInt32LE(at - kLocator64Length) === kLocator64Signature;
}

// Whether there could be a directory before the record at `at`.
function isPlausibleEnd(tail, tailStart, at) {
  if (hasLocator(tail, at)) return true;
  const records = tail.readUInt16LE(at + 10);
  const size = tail.readUInt32LE(at + 12);
  if (tail.readUInt32LE(at + 4) !== 0 || tail.readUInt16LE(at + 8) !== records) return false;
  if (records === 0 || size === 0) return records === 0 && size === 0;
  const start = at - size;
  if (records * kCentralLength > size || tailStart + start < 0) return false;
  return start < 0 || tail.readUInt32LE(start) === kCentralSignature;
}

// The end of the archive of which `tail` holds the bytes from `tailStart` on. Answers a number where the record that
// is needed begins before the tail: read again from there.
function findEnd(tail, tailStart) {
  const at = findEndRecord(tail, tailStart);
  const end = {
    records: tail.readUInt16LE(at + 10),
    size: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
    comment: tail.subarray(at + kEndLength, at + kEndLength + tail.readUInt16LE(at + 20)),
    // What directories lie before: this record, or the first of Zip64's.
    limit: tailStart + at,
    isZip64: false,
  };
  const disk = tail.readUInt16LE(at + 4);
  const directoryDisk = tail.readUInt16LE(at + 6);
  const diskRecords = tail.readUInt16LE(at + 8);
  if (hasLocator(tail, at)) {
    const isNeeded = diskRecords === kMax16 || end.records === kMax16 || end.size === kMax32 || end.offset === kMax32;
    const before = readZip64End(end, tail, tailStart, at - kLocator64Length, isNeeded, diskRecords);
    if (before !== undefined) return before;
  }
  if (!end.isZip64 && (disk !== 0 || directoryDisk !== 0 || diskRecords !== end.records)) throw manyDisks();

  // What was put before the archive shifts all that it says of places.
  end.prefix = end.limit - end.size - end.offset;
  if (end.prefix < 0) throw invalid('central directory does not fit inside the archive');
  end.start = end.limit - end.size;
  if (end.records * kCentralLength > end.size || (end.records === 0 && end.size !== 0)) {
    throw inconsistent();
  }
  return end;
}

function inconsistent() {
  return invalid('central directory record count is inconsistent with its size');
}

function readZip64End(end, tail, tailStart, locator, isNeeded, classicDiskRecords) {
  if (tail.readUInt32LE(locator + 4) !== 0 || tail.readUInt32LE(locator + 16) > 1) throw manyDisks();
  const said = tail.readUInt32LE(locator + 12) * 0x100000000 + tail.readUInt32LE(locator + 8);
  let at = said - tailStart;
  if (at < 0 && isNeeded && said + kEnd64Length <= tailStart + locator) return said;
  if (!isEnd64(tail, at, locator)) at = scanForEnd64(tail, locator);
  if (at === -1) {
    // Bytes of a comment may look like a locator.
    if (isNeeded) throw invalid('Zip64 end of central directory record not found');
    return undefined;
  }
  const disk = tail.readUInt32LE(at + 16);
  const directoryDisk = tail.readUInt32LE(at + 20);
  const diskRecords = readSafe64(tail, at + 24);
  const records = readSafe64(tail, at + 32);
  const size = readSafe64(tail, at + 40);
  const offset = readSafe64(tail, at + 48);
  if (disk !== 0 || directoryDisk !== 0 || diskRecords !== records) throw manyDisks();
  const agrees = (value, limit, exact) => value === limit || value === exact;
  if (!agrees(classicDiskRecords, kMax16, diskRecords) || !agrees(end.records, kMax16, records) ||
      !agrees(end.size, kMax32, size) || !agrees(end.offset, kMax32, offset)) {
    throw invalid('Zip64 and classic end-of-central-directory records disagree');
  }
  Object.assign(end, { records, size, offset, limit: tailStart + at, isZip64: true });
  return undefined;
}

function isEnd64(tail, at, locator) {
  return at >= 0 && at + kEnd64Length <= locator && tail.readUInt32LE(at) === kEnd64Signature;
}

// With something before the archive the locator points at the wrong place, but the record ends where the locator
// begins.
function scanForEnd64(tail, locator) {
  const first = Math.max(0, locator - kTailLength);
  for (let at = locator - kEnd64Length; at >= first; at--) {
    if (tail[at] !== 0x50 || tail.readUInt32LE(at) !== kEnd64Signature) continue;
    const rest = tail.readUInt32LE(at + 8) * 0x100000000 + tail.readUInt32LE(at + 4);
    if (at + 12 + rest === locator) return at;
  }
  return -1;
}

// ---- central headers --------------------------------------------------------

// The header at `at` of `bytes`, which must end by `limit`.
function readCentralHeader(bytes, at, limit) {
  if (at + kCentralLength > bytes.length) throw invalid('central directory header is truncated');
  if (bytes.readUInt32LE(at) !== kCentralSignature) throw invalid('central directory header signature is invalid');
  const nameStart = at + kCentralLength;
  const extraStart = nameStart + bytes.readUInt16LE(at + 28);
  const commentStart = extraStart + bytes.readUInt16LE(at + 30);
  const end = commentStart + bytes.readUInt16LE(at + 32);
  if (end > bytes.length) throw invalid('central directory header is truncated');
  if (end > limit) throw invalid('central directory header is out of bounds');
  const header = {
    host: bytes[at + 5],
    flags: bytes.readUInt16LE(at + 8),
    method: bytes.readUInt16LE(at + 10),
    time: bytes.readUInt16LE(at + 12),
    date: bytes.readUInt16LE(at + 14),
    crc: bytes.readUInt32LE(at + 16),
    compressedSize: bytes.readUInt32LE(at + 20),
    size: bytes.readUInt32LE(at + 24),
    disk: bytes.readUInt16LE(at + 34),
    internalAttributes: bytes.readUInt16LE(at + 36),
    externalAttributes: bytes.readUInt32LE(at + 38),
    offset: bytes.readUInt32LE(at + 42),
    nameBytes: bytes.subarray(nameStart, extraStart),
    extra: bytes.subarray(extraStart, commentStart),
    commentBytes: bytes.subarray(commentStart, end),
    name: '',
    end,
  };
  resolveZip64(header);
  if (header.disk !== 0) throw manyDisks();
  header.name = decodeName(header.nameBytes, header.flags, header.extra);
  return header;
}

// All headers of the directory from `start` to `limit`, their places made places in the file. `visit` is shown each.
function readCentralHeaders(bytes, start, limit, records, prefix, visit) {
  const headers = [];
  let at = start;
  for (let i = 0; i < records; i++) {
    if (at >= limit) throw inconsistent();
    const header = readCentralHeader(bytes, at, limit);
    header.offset += prefix;
    headers.push(header);
    visit?.(header);
    at = header.end;
  }
  if (at !== limit) throw inconsistent();
  return headers;
}

// ---- local headers ----------------------------------------------------------

// The length of the local header at `at`, with name and extra field.
function localHeaderLength(bytes, at) {
  return kLocalLength + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
}

// Of the two headers of a member the central one counts. Where the other one says something else about what the
// content is, two readers would read two things. Of what follows the content it may say nothing.
function checkLocalHeader(header, bytes, at) {
  const flags = bytes.readUInt16LE(at + 6);
  if (bytes.readUInt16LE(at + 8) !== header.method) throw invalid('local and central compression methods disagree');
  if (((flags ^ header.flags) & kEncrypted) !== 0) throw invalid('local and central encryption flags disagree');
  const isLater = (flags & kHasDescriptor) !== 0;
  const crc = bytes.readUInt32LE(at + 14);
  if (crc !== header.crc && !(isLater && crc === 0)) throw headersDisagree();
  const end = at + localHeaderLength(bytes, at);
  const local = {
    compressedSize: bytes.readUInt32LE(at + 18),
    size: bytes.readUInt32LE(at + 22),
    extra: bytes.subarray(end - bytes.readUInt16LE(at + 28), end),
  };
  resolveZip64(local);
  if (isLater && crc === 0 && local.compressedSize === 0 && local.size === 0) return;
  if (crc !== header.crc || local.compressedSize !== header.compressedSize || local.size !== header.size) {
    throw headersDisagree();
  }
}

function headersDisagree() {
  return invalid('local and central header crc-32 or sizes disagree');
}

// The local header and the content of a member in an archive that is in memory.
function locateInMemory(header, bytes) {
  const at = header.offset;
  if (at + kLocalLength > bytes.length) throw invalid('local file header is out of bounds');
  if (bytes.readUInt32LE(at) !== kLocalSignature) throw invalid('local file header signature is invalid');
  const start = at + localHeaderLength(bytes, at);
  if (start > bytes.length) throw invalid('local file header is truncated');
  checkLocalHeader(header, bytes, at);
  if (start + header.compressedSize > bytes.length) throw invalid('entry data is out of bounds');
  header.dataEnd = start + header.compressedSize;
  header.flags = bytes.readUInt16LE(at + 6);
  return {
    localExtra: bytes.subarray(at + kLocalLength + bytes.readUInt16LE(at + 26), start),
    raw: bytes.subarray(start, header.dataEnd),
  };
}

function outOfBounds(header) {
  return invalid(`entry ${quoted(header.name)} data is out of bounds`);
}

// Members that share bytes with each other or with the directory are how small archives become large.
function checkOverlaps(headers, directoryStart) {
  const sorted = headers.toSorted((a, b) => a.offset - b.offset);
  for (let i = 0; i < sorted.length; i++) {
    const next = i + 1 < sorted.length ? sorted[i + 1].offset : directoryStart;
    if (sorted[i].dataEnd > Math.min(next, directoryStart)) {
      throw invalid(
        `entry ${quoted(sorted[i].name)} overlaps the next entry or the central directory (possible zip bomb)`);
    }
  }
}

module.exports = {
  checkLocalHeader,
  checkOverlaps,
  findEnd,
  kTailLength,
  localHeaderLength,
  locateInMemory,
  outOfBounds,
  readCentralHeaders,
};
