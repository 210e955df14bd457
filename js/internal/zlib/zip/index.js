'use strict';

// What node:zlib exports of ZIP archives. The first use of any of it warns that it is experimental, looking at it does
// not; internal/zlib/zip/* do not warn.

const { emitExperimentalWarning } = require('internal/util');

function warn() {
  emitExperimentalWarning('The zlib ZIP archive API');
}

// `name` of module `id`, as a function that warns.
function warned(id, name) {
  let load = () => {
    const found = require(id)[name];
    load = () => found;
    return found;
  };
  // eslint-disable-next-line func-names
  return [function(...args) {
    warn();
    return load()(...args);
  }][0];
}

// A class that warns when it is instantiated or one of its static methods is called. What the methods give are
// instances of `Base`.
function warnedClass(Base, Class) {
  Object.defineProperty(Class, 'name', { __proto__: null, value: Base.name, configurable: true });
  for (const name of Object.getOwnPropertyNames(Base)) {
    if (typeof Base[name] !== 'function') continue;
    // eslint-disable-next-line func-names
    const method = [function(...args) {
      warn();
      return Base[name](...args);
    }][0];
    Object.defineProperty(Class, name, {
      __proto__: null, value: method, writable: true, enumerable: false, configurable: true,
    });
  }
  Object.defineProperty(Class, Symbol.hasInstance, {
    __proto__: null,
    value: { [Symbol.hasInstance](value) { return value instanceof Base; } }[Symbol.hasInstance],
    writable: true,
    enumerable: false,
    configurable: true,
  });
  return Class;
}

const classes = {
  __proto__: null,
  ZipEntry() {
    const { ZipEntry } = require('internal/zlib/zip/entry');
    return warnedClass(ZipEntry, class ExperimentalZipEntry extends ZipEntry {
      constructor(...args) {
        warn();
        super(...args);
      }
    });
  },
  ZipFile() {
    const { ZipFile } = require('internal/zlib/zip/file');
    return warnedClass(ZipFile, class ExperimentalZipFile extends ZipFile {
      constructor(...args) {
        warn();
        super(...args);
      }
    });
  },
  ZipBuffer() {
    const { ZipBuffer } = require('internal/zlib/zip/buffer');
    return warnedClass(ZipBuffer, class ExperimentalZipBuffer extends ZipBuffer {
      constructor(buffer) {
        warn();
        super(buffer);
      }
    });
  },
};

const functions = {
  __proto__: null,
  createZipArchive: 'internal/zlib/zip/archive',
  createZipArchiveSync: 'internal/zlib/zip/archive',
  zipFiles: 'internal/zlib/zip/archive',
  getMaxZipContentSize: 'internal/zlib/zip/limits',
  setMaxZipContentSize: 'internal/zlib/zip/limits',
};

module.exports = { classes, functions, warned };
