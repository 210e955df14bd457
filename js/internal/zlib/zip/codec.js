'use strict';

// From content to what is stored of it, and back.

const { Buffer } = require('buffer');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_ZIP_ENTRY_CORRUPT, ERR_ZIP_ENTRY_TOO_LARGE, ERR_ZIP_UNSUPPORTED_FEATURE },
} = require('internal/errors');
const { call } = require('internal/steps');
const { isUint8Array } = require('internal/util/types');
const { kDeflate, kEncrypted, kStore, kZstd } = require('internal/zlib/zip/layout');
const { quoted } = require('internal/zlib/zip/text');
const binding = internalBinding('zlib');

// What each method of compression is called in zlib, and in messages.
const kMethods = new Map([
  [kDeflate, { compress: 'deflateRaw', Compress: 'DeflateRaw', decompress: 'inflateRaw', Decompress: 'InflateRaw',
               verb: 'inflate', verbs: 'inflates' }],
  [kZstd, { compress: 'zstdCompress', Compress: 'ZstdCompress', decompress: 'zstdDecompress',
            Decompress: 'ZstdDecompress', verb: 'decompress', verbs: 'decompresses' }],
]);

function isCompressed(method) {
  return method !== kStore;
}

// ---- writing ----------------------------------------------------------------

// [method, raw]: `data` as it is where compressing does not make less of it.
function* compressSteps(data, method) {
  if (method === kStore || data.length === 0) return [kStore, data];
  const raw = yield call(require('zlib'), kMethods.get(method).compress, data);
  return raw.length < data.length ? [method, raw] : [kStore, data];
}

// The pieces of `source` that have something in them, counted in `totals`.
async function* counted(source, totals) {
  for await (const chunk of source) {
    if (!isUint8Array(chunk)) throw new ERR_INVALID_ARG_TYPE('chunk', 'Uint8Array', chunk);
    if (chunk.byteLength === 0) continue;
    totals.crc = binding.crc32(chunk, totals.crc);
    totals.size += chunk.byteLength;
    yield chunk;
  }
}

// The compressed pieces of what `source` yields. `totals` has size, crc and compressedSize when it is over.
async function* compressPieces(source, method, totals) {
  const plain = counted(source, totals);
  const pieces = method === kStore ? plain : through(plain, kMethods.get(method).Compress);
  for await (const piece of pieces) {
    totals.compressedSize += piece.byteLength;
    yield piece;
  }
}

// `source` through one of zlib's streams, which ends with whoever reads.
async function* through(source, className, options) {
  const zlib = require('zlib');
  const engine = new zlib[className](options);
  // The error of either side comes out of the engine; whoever left early needs none.
  require('stream').pipeline(source, engine, () => {});
  yield* engine;
}

// ---- reading ----------------------------------------------------------------

function checkReadable(header) {
  if ((header.flags & kEncrypted) !== 0) {
    throw new ERR_ZIP_UNSUPPORTED_FEATURE(`entry ${quoted(header.name)} is encrypted`);
  }
  if (header.method !== kStore && !kMethods.has(header.method)) {
    throw new ERR_ZIP_UNSUPPORTED_FEATURE(`entry ${quoted(header.name)} uses compression method ${header.method}`);
  }
}

function checkSize(header, most) {
  if (header.size > most) {
    throw new ERR_ZIP_ENTRY_TOO_LARGE(
      `entry ${quoted(header.name)} declares ${header.size} bytes, exceeding the ${most} byte limit`);
  }
}

function corrupt(header, what) {
  return new ERR_ZIP_ENTRY_CORRUPT(`entry ${quoted(header.name)} ${what}`);
}

function beyondSize(header, verbs) {
  return corrupt(header, `${verbs} beyond its declared size of ${header.size} bytes`);
}

// All of a member's content, in memory of its own.
function* decodeSteps(header, raw, verify) {
  let content;
  if (header.method === kStore) {
    content = Buffer.from(raw);
  } else {
    const { decompress, verb, verbs } = kMethods.get(header.method);
    try {
      // A byte more than there should be tells that it lies.
      content = yield call(require('zlib'), decompress, raw, { maxOutputLength: header.size + 1 });
    } catch (error) {
      if (error.code === 'ERR_BUFFER_TOO_LARGE') throw beyondSize(header, verbs);
      throw corrupt(header, `failed to ${verb}: ${error.message}`);
    }
  }
  if (content.length !== header.size) {
    throw corrupt(header, `produced ${content.length} bytes, expected ${header.size}`);
  }
  if (verify && binding.crc32(content, 0) !== header.crc) throw corrupt(header, 'failed CRC-32 verification');
  return content;
}

// A member's content piece by piece, out of pieces of what is stored.
async function* decodePieces(header, raw, verify) {
  const method = kMethods.get(header.method);
  const pieces = method === undefined ? raw : through(raw, method.Decompress);
  let length = 0;
  let crc = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > header.size) throw beyondSize(header, 'inflates');
    if (verify) crc = binding.crc32(piece, crc);
    yield piece;
  }
  if (length !== header.size) {
    throw corrupt(header, `is truncated: got ${length} of ${header.size} bytes`);
  }
  if (verify && crc !== header.crc) throw corrupt(header, 'failed CRC-32 verification');
}

module.exports = {
  checkReadable, checkSize, compressPieces, compressSteps, decodePieces, decodeSteps, isCompressed,
};
