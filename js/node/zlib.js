'use strict';

// node:zlib. The functions that take whole data and the classes of streams are
// in internal/zlib/; here they get their names.

const binding = internalBinding('zlib');
const { constants, codes } = require('internal/zlib/constants');
const streams = require('internal/zlib/streams');
const { convenience } = require('internal/zlib/whole');
const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
const { defineLazyValue } = require('internal/lazy');
const { validateUint32 } = require('internal/validators');
const { isArrayBufferView } = require('internal/util/types');

function crc32(data, value = 0) {
  if (typeof data !== 'string' && !isArrayBufferView(data)) {
    throw new ERR_INVALID_ARG_TYPE('data', ['string', 'Buffer', 'TypedArray', 'DataView'], data);
  }
  validateUint32(value, 'value');
  return binding.crc32(data, value);
}

exports.crc32 = crc32;
for (const name of Object.keys(streams)) exports[name] = streams[name];

const functions = [
  ['deflate', 'Deflate'],
  ['gzip', 'Gzip'],
  ['deflateRaw', 'DeflateRaw'],
  ['unzip', 'Unzip'],
  ['inflate', 'Inflate'],
  ['gunzip', 'Gunzip'],
  ['inflateRaw', 'InflateRaw'],
  ['brotliCompress', 'BrotliCompress'],
  ['brotliDecompress', 'BrotliDecompress'],
  ['zstdCompress', 'ZstdCompress'],
  ['zstdDecompress', 'ZstdDecompress'],
];
for (const [name, className] of functions) {
  const [later, sync] = convenience(className, () => streams[className]);
  exports[name] = later;
  exports[`${name}Sync`] = sync;
}

function define(name, value, enumerable, configurable) {
  Object.defineProperty(exports, name, {
    __proto__: null, value, enumerable, configurable, writable: false,
  });
}

// In Node's order.
for (const className of [
  'Deflate', 'Inflate', 'DeflateRaw', 'InflateRaw', 'Gzip', 'Gunzip', 'Unzip', 'BrotliCompress', 'BrotliDecompress',
  'ZstdCompress', 'ZstdDecompress',
]) {
  const Class = streams[className];
  const name = `create${className}`;
  define(name, { [name]: function(options) {
    return new Class(options);
  } }[name], true, true);
}

define('constants', constants, true, false);
define('codes', codes, true, false);

// ZIP archives, when somebody looks.
for (const name of ['ZipEntry', 'ZipFile', 'ZipBuffer']) {
  defineLazyValue(exports, name, () => require('internal/zlib/zip/index').classes[name](), true, false);
}
for (const name of [
  'createZipArchive', 'createZipArchiveSync', 'zipFiles', 'getMaxZipContentSize', 'setMaxZipContentSize',
]) {
  defineLazyValue(exports, name, () => {
    const { functions, warned } = require('internal/zlib/zip/index');
    return warned(functions[name], name);
  }, true, false);
}

// As properties of the module itself they are older than `constants`.
for (const name of Object.keys(constants)) {
  if (!name.startsWith('BROTLI')) define(name, constants[name], false, false);
}
