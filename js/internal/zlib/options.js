'use strict';

// What the formats are: their flush operations, the checks of their options,
// and how their native side is opened.

const binding = internalBinding('zlib');
const { constants } = require('internal/zlib/constants');
const {
  codes: {
    ERR_BROTLI_INVALID_PARAM,
    ERR_INVALID_ARG_TYPE,
    ERR_OUT_OF_RANGE,
    ERR_ZSTD_INVALID_PARAM,
  },
} = require('internal/errors');
const {
  checkRangesOrGetDefault,
  validateBoolean,
  validateFiniteNumber,
} = require('internal/validators');
const { isAnyArrayBuffer, isArrayBufferView } = require('internal/util/types');
// As it was when zlib was first looked at; a program may have lowered it.
const { kMaxLength } = require('buffer');

const {
  DEFLATERAW, GUNZIP, GZIP, INFLATE, UNZIP,
  Z_DEFAULT_CHUNK, Z_DEFAULT_COMPRESSION, Z_DEFAULT_LEVEL, Z_DEFAULT_MEMLEVEL,
  Z_DEFAULT_STRATEGY, Z_DEFAULT_WINDOWBITS, Z_FIXED, Z_MAX_LEVEL,
  Z_MAX_MEMLEVEL, Z_MAX_WINDOWBITS, Z_MIN_CHUNK, Z_MIN_LEVEL, Z_MIN_MEMLEVEL,
  Z_MIN_WINDOWBITS,
} = constants;

// ---- what all formats have --------------------------------------------------

function readChunkSize(chunkSize, fallback) {
  if (!validateFiniteNumber(chunkSize, 'options.chunkSize')) return fallback;
  if (chunkSize < Z_MIN_CHUNK) {
    throw new ERR_OUT_OF_RANGE('options.chunkSize', `>= ${Z_MIN_CHUNK}`, chunkSize);
  }
  // Node makes a buffer of that size, and these are its words.
  if (chunkSize > Number.MAX_SAFE_INTEGER) {
    throw new ERR_OUT_OF_RANGE('size', `>= 0 && <= ${Number.MAX_SAFE_INTEGER}`, chunkSize);
  }
  return chunkSize;
}

class StreamSettings {
  constructor(options, flushes) {
    this.chunkSize = Z_DEFAULT_CHUNK;
    this.flush = flushes.none;
    this.finishFlush = flushes.finish;
    this.fullFlush = flushes.full;
    this.lastFlush = flushes.last;
    this.maxOutputLength = kMaxLength;
    this.rejectGarbageAfterEnd = false;
    this.info = undefined;
    if (!options) return;

    this.chunkSize = readChunkSize(options.chunkSize, Z_DEFAULT_CHUNK);
    this.flush = checkRangesOrGetDefault(
      options.flush, 'options.flush', flushes.none, flushes.last, flushes.none);
    this.finishFlush = checkRangesOrGetDefault(
      options.finishFlush, 'options.finishFlush', flushes.none, flushes.last, flushes.finish);
    this.maxOutputLength = checkRangesOrGetDefault(
      options.maxOutputLength, 'options.maxOutputLength', 1, kMaxLength, kMaxLength);
    if (options.rejectGarbageAfterEnd !== undefined) {
      validateBoolean(options.rejectGarbageAfterEnd, 'options.rejectGarbageAfterEnd');
      this.rejectGarbageAfterEnd = options.rejectGarbageAfterEnd;
    }
    this.info = options.info;
  }
}

function checkDictionary(dictionary) {
  if (dictionary === undefined) return undefined;
  // An empty one is none.
  if (isArrayBufferView(dictionary) || isAnyArrayBuffer(dictionary)) {
    return dictionary.byteLength === 0 ? undefined : dictionary;
  }
  throw new ERR_INVALID_ARG_TYPE(
    'options.dictionary', ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], dictionary);
}

// ---- zlib -------------------------------------------------------------------

class ZlibSettings {
  constructor(mode, options) {
    this.mode = mode;
    this.windowBits = Z_DEFAULT_WINDOWBITS;
    this.level = Z_DEFAULT_COMPRESSION;
    this.memLevel = Z_DEFAULT_MEMLEVEL;
    this.strategy = Z_DEFAULT_STRATEGY;
    this.dictionary = undefined;
    // Whether members of a gzip file after the first are data too.
    this.manyMembers = true;
    if (!options) return;

    const { windowBits } = options;
    if ((windowBits === undefined || windowBits === null || windowBits === 0) &&
        (mode === INFLATE || mode === GUNZIP || mode === UNZIP)) {
      // What the data's own header says.
      this.windowBits = 0;
    } else {
      // gzip has no way to tell of a window that small.
      const least = mode === GZIP ? Z_MIN_WINDOWBITS + 1 : Z_MIN_WINDOWBITS;
      this.windowBits = checkRangesOrGetDefault(
        windowBits, 'options.windowBits', least, Z_MAX_WINDOWBITS, Z_DEFAULT_WINDOWBITS);
    }
    this.level = checkRangesOrGetDefault(
      options.level, 'options.level', Z_MIN_LEVEL, Z_MAX_LEVEL, Z_DEFAULT_LEVEL);
    this.memLevel = checkRangesOrGetDefault(
      options.memLevel, 'options.memLevel', Z_MIN_MEMLEVEL, Z_MAX_MEMLEVEL, Z_DEFAULT_MEMLEVEL);
    this.strategy = checkRangesOrGetDefault(
      options.strategy, 'options.strategy', Z_DEFAULT_STRATEGY, Z_FIXED, Z_DEFAULT_STRATEGY);
    this.dictionary = checkDictionary(options.dictionary);
    this.manyMembers = options.rejectGarbageAfterEnd !== true;
  }

  open() {
    // zlib writes a header for 9 bits where it is asked for 8, but raw data
    // have no header, so that they must be asked for what they get.
    const windowBits = this.mode === DEFLATERAW && this.windowBits === 8 ? 9 : this.windowBits;
    return binding.openZlib(
      this.mode, windowBits, this.level, this.memLevel, this.strategy, this.dictionary,
      this.manyMembers);
  }
}
// Assigning a field runs no setter that a program put on Object.prototype.
Object.setPrototypeOf(ZlibSettings.prototype, null);

const zlibFlushes = {
  none: constants.Z_NO_FLUSH,
  full: constants.Z_FULL_FLUSH,
  finish: constants.Z_FINISH,
  last: constants.Z_BLOCK,
};

// ---- Brotli and Zstandard ---------------------------------------------------

// The highest number among the constants whose names begin so.
function highest(prefix) {
  let result = 0;
  for (const name of Object.keys(constants)) {
    if (name.startsWith(prefix)) result = Math.max(result, constants[name]);
  }
  return result;
}

// What Node's array of all parameters holds where nobody set one, so that -1
// stands for the default, too.
const kUnset = 0xffff_ffff;

// options.params, as parameter, value, parameter, value ... `defaults` are
// pairs for parameters that stand at something else than the library's own.
function readParams(params, last, InvalidParam, defaults) {
  const words = new Map(defaults);
  for (const name of params ? Object.keys(params) : []) {
    const number = Number(name);
    if (!Number.isInteger(number) || number < 0 || number > last) throw new InvalidParam(name);
    const value = params[name];
    if (typeof value !== 'number' && typeof value !== 'boolean') {
      throw new ERR_INVALID_ARG_TYPE('options.params[key]', 'number', value);
    }
    const word = Number(value) >>> 0;
    if (word === kUnset) words.delete(number);
    else words.set(number, word);
  }
  return [...words].flat();
}

const kLastBrotliParam = highest('BROTLI_PARAM_');

class BrotliSettings {
  constructor(compress, options) {
    this.compress = compress;
    this.params = readParams(options?.params, kLastBrotliParam, ERR_BROTLI_INVALID_PARAM);
    this.dictionary = checkDictionary(options?.dictionary);
  }

  open() {
    return binding.openBrotli(this.compress, this.params, this.dictionary);
  }
}

const brotliFlushes = {
  none: constants.BROTLI_OPERATION_PROCESS,
  full: constants.BROTLI_OPERATION_FLUSH,
  finish: constants.BROTLI_OPERATION_FINISH,
  last: constants.BROTLI_OPERATION_EMIT_METADATA,
};

const kLastZstdCompressParam = highest('ZSTD_c_');
const kLastZstdDecompressParam = highest('ZSTD_d_');

class ZstdSettings {
  constructor(compress, options) {
    this.compress = compress;
    const last = compress ? kLastZstdCompressParam : kLastZstdDecompressParam;
    this.params = readParams(options?.params, last, ERR_ZSTD_INVALID_PARAM);
    this.pledgedSrcSize = undefined;
    const pledge = options?.pledgedSrcSize;
    if (pledge !== undefined) {
      checkPledge(pledge);
      if (compress) this.pledgedSrcSize = pledge;
    }
    this.dictionary = checkDictionary(options?.dictionary);
    // The stream's settings check it. The native side must know, too: only it
    // tells the beginning of another frame from garbage.
    this.rejectGarbage = options?.rejectGarbageAfterEnd === true;
  }

  open() {
    return binding.openZstd(
      this.compress, this.params, this.pledgedSrcSize, this.dictionary, this.rejectGarbage);
  }
}

// Node words these by hand.
function checkPledge(size) {
  let error;
  if (typeof size !== 'number') {
    error = new ERR_INVALID_ARG_TYPE('pledgedSrcSize', 'number', size);
    error.message = 'pledgedSrcSize must be a number';
  } else if (!Number.isSafeInteger(size)) {
    error = new ERR_OUT_OF_RANGE('pledgedSrcSize', 'a safe integer', size);
    error.message = 'pledgedSrcSize must be a safe integer';
  } else if (size < 0) {
    error = new ERR_OUT_OF_RANGE('pledgedSrcSize', '>= 0', size);
    error.message = 'pledgedSrcSize must be non-negative';
  }
  if (error !== undefined) throw error;
}

const zstdFlushes = {
  none: constants.ZSTD_e_continue,
  full: constants.ZSTD_e_flush,
  finish: constants.ZSTD_e_end,
  last: constants.ZSTD_e_end,
};

// ---- kinds of streams -------------------------------------------------------

// One of the twelve: how its options are read.
class Kind {
  constructor(Settings, variant, flushes) {
    this.Settings = Settings;
    this.variant = variant;
    this.flushes = flushes;
  }

  format(options) {
    return new this.Settings(this.variant, options);
  }

  stream(options) {
    return new StreamSettings(options, this.flushes);
  }
}

const zlibKind = (mode) => new Kind(ZlibSettings, mode, zlibFlushes);

const kinds = {
  __proto__: null,
  Deflate: zlibKind(constants.DEFLATE),
  Inflate: zlibKind(constants.INFLATE),
  Gzip: zlibKind(constants.GZIP),
  Gunzip: zlibKind(constants.GUNZIP),
  DeflateRaw: zlibKind(constants.DEFLATERAW),
  InflateRaw: zlibKind(constants.INFLATERAW),
  Unzip: zlibKind(constants.UNZIP),
  BrotliCompress: new Kind(BrotliSettings, true, brotliFlushes),
  BrotliDecompress: new Kind(BrotliSettings, false, brotliFlushes),
  ZstdCompress: new Kind(ZstdSettings, true, zstdFlushes),
  ZstdDecompress: new Kind(ZstdSettings, false, zstdFlushes),
};

module.exports = {
  checkDictionary,
  checkPledge,
  kLastBrotliParam,
  kLastZstdCompressParam,
  kLastZstdDecompressParam,
  kinds,
  readChunkSize,
  readParams,
};
