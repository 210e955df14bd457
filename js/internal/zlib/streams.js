'use strict';

// The classes of node:zlib. Those of zlib and Brotli can be called without
// `new`, as they always could.

const { constants } = require('internal/zlib/constants');
const { kinds } = require('internal/zlib/options');
const { ZlibHandle } = require('internal/zlib/handle');
const { ZlibBase, params } = require('internal/zlib/base');

function openStream(stream, options, kind, mode) {
  const format = kind.format(options);
  const settings = kind.stream(options);
  ZlibBase.call(stream, options, mode, new ZlibHandle(format.open()), settings);
  return format;
}

// What the seven classes of zlib's formats have in common.
function Zlib(options, name, mode) {
  const format = openStream(this, options, kinds[name], mode);
  this._level = format.level;
  this._strategy = format.strategy;
}
Object.setPrototypeOf(Zlib.prototype, ZlibBase.prototype);
Object.setPrototypeOf(Zlib, ZlibBase);
Zlib.prototype.params = params;

function Brotli(options, name, mode) {
  openStream(this, options, kinds[name], mode);
}
Object.setPrototypeOf(Brotli.prototype, Zlib.prototype);
Object.setPrototypeOf(Brotli, Zlib);

// Once in a process, whichever class it was.
let warned = false;
function warnWithoutNew(name) {
  if (warned) return;
  warned = true;
  process.emitWarning(`Instantiating ${name} without the 'new' keyword has been deprecated.`,
                      'DeprecationWarning', 'DEP0184');
}

function callable(Base, name, mode) {
  const Class = {
    [name]: function(options) {
      if (!(this instanceof Class)) {
        warnWithoutNew(name);
        return new Class(options);
      }
      Base.call(this, options, name, mode);
    },
  }[name];
  Object.setPrototypeOf(Class.prototype, Base.prototype);
  Object.setPrototypeOf(Class, Base);
  return Class;
}

class Zstd extends ZlibBase {
  constructor(options, name, mode) {
    const kind = kinds[name];
    const format = kind.format(options);
    const settings = kind.stream(options);
    super(options, mode, new ZlibHandle(format.open()), settings);
  }
}

class ZstdCompress extends Zstd {
  constructor(options) {
    super(options, 'ZstdCompress', constants.ZSTD_COMPRESS);
  }
}

class ZstdDecompress extends Zstd {
  constructor(options) {
    super(options, 'ZstdDecompress', constants.ZSTD_DECOMPRESS);
  }
}

module.exports = {
  Deflate: callable(Zlib, 'Deflate', constants.DEFLATE),
  Inflate: callable(Zlib, 'Inflate', constants.INFLATE),
  Gzip: callable(Zlib, 'Gzip', constants.GZIP),
  Gunzip: callable(Zlib, 'Gunzip', constants.GUNZIP),
  DeflateRaw: callable(Zlib, 'DeflateRaw', constants.DEFLATERAW),
  InflateRaw: callable(Zlib, 'InflateRaw', constants.INFLATERAW),
  Unzip: callable(Zlib, 'Unzip', constants.UNZIP),
  BrotliCompress: callable(Brotli, 'BrotliCompress', constants.BROTLI_ENCODE),
  BrotliDecompress: callable(Brotli, 'BrotliDecompress', constants.BROTLI_DECODE),
  ZstdCompress,
  ZstdDecompress,
};
