'use strict';

// module.enableCompileCache(): V8's code for the program's modules, kept on disk between runs
// (https://nodejs.org/api/module.html#module-compile-cache). Files are read as modules are compiled, and written when
// the process (or the thread) ends, with the functions that ran by then. src/ops/compile_cache.rs has the format.

const path = require('path');
const { hookState } = require('internal/modules/cjs_loader');

const native = internalBinding('compile_cache');

const compileCacheStatus = Object.freeze({ __proto__: null, FAILED: 0, ENABLED: 1, ALREADY_ENABLED: 2, DISABLED: 3 });

let directory;
let portableTo;
// Modules that were compiled without a cache: { name, source, code } with code() giving V8's bytes.
let fresh = [];

function nameOf(kind, file) {
  // What moves together with its cache goes by its place relative to that.
  const place = portableTo !== undefined && path.isAbsolute(file) ? path.relative(portableTo, file) : file;
  return `${kind}:${place}`;
}

const cache = {
  // V8's bytes for the text, if there are any.
  read(kind, file, source) {
    return native.read(directory, nameOf(kind, file), source);
  },
  // The text had to be compiled: `code` gives what is to be kept.
  add(kind, file, source, code) {
    fresh.push({ name: nameOf(kind, file), source, code });
  },
};

function flushCompileCache() {
  if (directory === undefined) return;
  const entries = fresh;
  fresh = [];
  for (const { name, source, code } of entries) {
    const bytes = code();
    if (bytes !== undefined) native.write(directory, name, source, bytes);
  }
}

function enableCompileCache(options) {
  const { validateBoolean, validateObject } = require('internal/validators');
  let folder = options;
  let portable;
  if (options !== undefined && options !== null && typeof options === 'object') {
    validateObject(options, 'options');
    ({ directory: folder, portable } = options);
    if (portable !== undefined) validateBoolean(portable, 'options.portable');
  }
  if (folder !== undefined && typeof folder !== 'string') {
    const error = new TypeError('cacheDir should be a string');
    error.code = 'ERR_INVALID_ARG_TYPE';
    throw error;
  }
  const { env } = process;
  if (env.NODE_DISABLE_COMPILE_CACHE !== undefined) {
    return { status: compileCacheStatus.DISABLED, message: 'Disabled by NODE_DISABLE_COMPILE_CACHE' };
  }
  if (directory !== undefined) return { status: compileCacheStatus.ALREADY_ENABLED, directory };
  folder ??= env.NODE_COMPILE_CACHE || path.join(require('os').tmpdir(), 'weft-compile-cache');
  portable ??= env.NODE_COMPILE_CACHE_PORTABLE === '1';
  const absolute = path.resolve(folder);
  try {
    directory = native.open(absolute);
  } catch (error) {
    return { status: compileCacheStatus.FAILED, message: error.message };
  }
  if (portable) portableTo = absolute;
  hookState.compileCache = cache;
  process.on('exit', flushCompileCache);
  return { status: compileCacheStatus.ENABLED, directory };
}

module.exports = {
  compileCacheStatus,
  enableCompileCache,
  flushCompileCache,
  getCompileCacheDir: () => directory,
};
