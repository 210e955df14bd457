'use strict';

// node:zlib/iter (--experimental-stream-iter): compression as transforms of
// node:stream/iter. Here are the formats and what their options are by
// default; the transforms are in internal/zlib/iter.

const { emitExperimentalWarning } = require('internal/util');
emitExperimentalWarning('zlib/iter');

const binding = internalBinding('zlib');
const { constants } = require('internal/zlib/constants');
const { asyncTransform, syncTransform } = require('internal/zlib/iter');
const {
  checkDictionary,
  checkPledge,
  kLastBrotliParam,
  kLastZstdCompressParam,
  kLastZstdDecompressParam,
  readParams,
} = require('internal/zlib/options');
const {
  codes: { ERR_BROTLI_INVALID_PARAM, ERR_INVALID_ARG_TYPE, ERR_ZSTD_INVALID_PARAM },
  genericNodeError,
} = require('internal/errors');
const { checkRangesOrGetDefault, validateObject } = require('internal/validators');

const noOptions = Object.freeze({ __proto__: null });

// Chosen for streams: these compress several times as fast as the libraries'
// own defaults, and nearly as well.
const kLevel = 4;
const kMemLevel = 9;
const brotliDefaults = [
  [constants.BROTLI_PARAM_QUALITY, 6],
  [constants.BROTLI_PARAM_LGWIN, 20],
];

// How a format's stream is opened, and the flush operations it knows: `none`
// while there is more to come and `finish` at the end.

function zlibFormat(mode) {
  return {
    none: constants.Z_NO_FLUSH,
    finish: constants.Z_FINISH,
    open(options) {
      const range = (name, prefix, fallback) => checkRangesOrGetDefault(
        options[name], `options.${name}`, constants[`Z_MIN_${prefix}`],
        constants[`Z_MAX_${prefix}`], fallback);
      const windowBits = range('windowBits', 'WINDOWBITS', constants.Z_DEFAULT_WINDOWBITS);
      const level = range('level', 'LEVEL', kLevel);
      const memLevel = range('memLevel', 'MEMLEVEL', kMemLevel);
      const strategy = checkRangesOrGetDefault(
        options.strategy, 'options.strategy', constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED,
        constants.Z_DEFAULT_STRATEGY);
      if (mode === constants.GZIP && windowBits === 8) {
        // Its header has no way to tell of a window that small.
        throw genericNodeError(
          'Zlib error', { errno: constants.Z_STREAM_ERROR, code: 'Z_STREAM_ERROR' });
      }
      return binding.openZlib(
        mode, windowBits, level, memLevel, strategy, checkDictionary(options.dictionary), true);
    },
  };
}

function paramsOf({ params }) {
  if (params !== undefined && (typeof params !== 'object' || params === null)) {
    throw new ERR_INVALID_ARG_TYPE('options.params', 'object', params);
  }
  return params;
}

function brotliFormat(compress) {
  return {
    none: constants.BROTLI_OPERATION_PROCESS,
    finish: constants.BROTLI_OPERATION_FINISH,
    open(options) {
      const dictionary = checkDictionary(options.dictionary);
      const params = readParams(
        paramsOf(options), kLastBrotliParam, ERR_BROTLI_INVALID_PARAM,
        compress ? brotliDefaults : []);
      return binding.openBrotli(compress, params, dictionary);
    },
  };
}

function zstdFormat(compress) {
  return {
    none: constants.ZSTD_e_continue,
    finish: constants.ZSTD_e_end,
    open(options) {
      const dictionary = checkDictionary(options.dictionary);
      const named = paramsOf(options);
      const { pledgedSrcSize } = options;
      if (pledgedSrcSize !== undefined) checkPledge(pledgedSrcSize);
      const params = readParams(
        named, compress ? kLastZstdCompressParam : kLastZstdDecompressParam,
        ERR_ZSTD_INVALID_PARAM, []);
      return binding.openZstd(
        compress, params, compress ? pledgedSrcSize : undefined, dictionary, false);
    },
  };
}

const formats = {
  __proto__: null,
  compress: {
    Gzip: zlibFormat(constants.GZIP),
    Deflate: zlibFormat(constants.DEFLATE),
    Brotli: brotliFormat(true),
    Zstd: zstdFormat(true),
  },
  decompress: {
    Gzip: zlibFormat(constants.GUNZIP),
    Deflate: zlibFormat(constants.INFLATE),
    Brotli: brotliFormat(false),
    Zstd: zstdFormat(false),
  },
};

for (const direction of Object.keys(formats)) {
  for (const [suffix, make] of [['', asyncTransform], ['Sync', syncTransform]]) {
    for (const [format, how] of Object.entries(formats[direction])) {
      const name = `${direction}${format}${suffix}`;
      const named = {
        [name]: function(options = noOptions) {
          validateObject(options, 'options');
          return make(how, options);
        },
      };
      exports[name] = named[name];
    }
  }
}
