'use strict';

// Makes a module at the native side out of what was loaded, by format: compiles ES modules, wraps built-ins, JSON
// and CommonJS in synthetic modules.

const wrap = internalBinding('module_wrap');
const { readSource, scanExports } = internalBinding('modules');
const { loadBuiltin, stripBOM } = require('internal/modules/helpers');
const { Module, compileText, hookState, prepared, registeredExtension } = require('internal/modules/cjs_loader');

function lazyErrors() {
  return require('internal/modules/errors');
}

// Gives `record` its format and its number. `source` is the text, if it was read already.
function translate(record, resolution, type, attributes, source, parent) {
  const { builtin, href, path } = resolution;
  if (hookState.onLoad !== undefined && path !== undefined) hookState.onLoad(path, true);
  if (hookState.active && source === undefined) {
    const hooks = require('internal/modules/hooks');
    if (hooks.hasLoad()) {
      const loaded = hooks.loadForImport(href, resolution, attributes);
      if (loaded !== undefined) {
        fromFormat(record, loaded.format, path, loaded.source, type, resolution, loaded.isMade);
        return;
      }
    }
  }
  if (builtin !== undefined) {
    checkType(href, 'builtin', type);
    record.format = 'builtin';
    fromBuiltin(record, builtin);
    return;
  }
  let format = resolution.format;
  if (format === undefined) {
    const formats = require('internal/modules/format');
    format = path !== undefined ? formats.formatOfFile(path) : formats.formatOfDataUrl(href);
  }
  if (source === undefined && format !== 'wasm') {
    // An attribute that does not fit is told before the file is read.
    if (!format.startsWith('detect')) checkType(href, format, type);
    source = path !== undefined ? readSource(path) :
      require('internal/modules/format').contentOfDataUrl(href).toString();
  }
  fromFormat(record, format, path, source, type, resolution);
}

function fromFormat(record, format, path, source, type, resolution, isMade = false) {
  const { href } = record;
  if (typeof source !== 'string' && source != null && format !== 'wasm') {
    const { Buffer } = require('buffer');
    source = ArrayBuffer.isView(source) ?
      Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString() : Buffer.from(source).toString();
  }
  switch (format) {
    case 'module-typescript':
    case 'commonjs-typescript':
    case 'detect-typescript':
      source = require('internal/modules/typescript').stripTypes(source, path ?? href);
      format = format.slice(0, -'-typescript'.length);
      break;
    default:
  }
  let compiled;
  if (format === 'detect') {
    compiled = compileText(source, path ?? href, true);
    if (compiled === null) {
      format = 'module';
      if (path !== undefined) require('internal/modules/format').warnTypeless(href, path);
    } else {
      format = 'commonjs';
    }
  }
  if (!isMade || type !== undefined) checkType(href, format, type);
  // The text of a file that a hook only said the format of.
  if (isMade && format === 'commonjs' && source == null && path !== undefined) source = readSource(path);
  record.format = format;
  switch (format) {
    case 'module':
      try {
        record.requests = compileModule(href, source, path !== undefined);
      } catch (error) {
        lazyErrors().noteEncoding(error, source, path);
        throw error;
      }
      record.id = record.requests[0];
      record.source = source;
      break;
    case 'commonjs':
      fromCommonJS(record, path, source, compiled);
      break;
    case 'json':
      fromJSON(record, path, source);
      break;
    case 'builtin':
      fromBuiltin(record, resolution.builtin ?? builtinOf(href));
      break;
    case 'wasm':
      require('internal/modules/wasm_modules').fromWasm(record, path, source);
      break;
    case 'addon':
      throw lazyErrors().unknownFileExtension('.node', path ?? href);
    default:
      throw lazyErrors().unknownModuleFormat(format, href);
  }
}

// The module's number and requests, by V8's cache of it: the one on disk that was asked for, or Weft's own where the
// module has a file.
function compileModule(href, source, hasFile) {
  if (hookState.onCompile !== undefined) hookState.onCompile(href, source);
  const { compileCache } = hookState;
  if (compileCache === undefined) {
    return wrap.compileModule(href, source, undefined, 0, 0, undefined, undefined, hasFile);
  }
  const bytes = compileCache.read('module', href, source);
  if (bytes !== undefined) {
    try {
      return wrap.compileModule(href, source, undefined, 0, 0, bytes);
    } catch (error) {
      // V8 would not take it.
      if (error?.code !== 'ERR_VM_MODULE_CACHED_DATA_REJECTED') throw error;
    }
  }
  const requests = wrap.compileModule(href, source, undefined, 0, 0);
  compileCache.add('module', href, source, () => wrap.moduleCodeCache(requests[0]));
  return requests;
}

// The rules of import attributes: JSON must be asked for as such, and nothing else may.
function checkType(href, format, type) {
  if (format === 'json') {
    if (type === 'json') return;
    if (type === undefined) throw lazyErrors().importAttributeMissing(href, 'type', 'json');
    throw lazyErrors().importAttributeUnsupported('type', type, href);
  }
  if (type === undefined) return;
  if (type === 'json') throw lazyErrors().importAttributeIncompatible(href, type);
  throw lazyErrors().importAttributeUnsupported('type', type, href);
}

function builtinOf(href) {
  const id = require('internal/modules/helpers').builtinId(href);
  if (id === undefined) throw lazyErrors().unknownBuiltin(href);
  return id;
}

function fromBuiltin(record, id) {
  require('internal/modules/builtin_exports').fromBuiltin(record, loadBuiltin(id));
}

function fromJSON(record, path, source) {
  const isFile = path !== undefined && !/[?#]/.test(record.href);
  const cached = isFile ? Module._cache[path] : undefined;
  let value;
  if (cached?.loaded) {
    value = cached.exports;
  } else {
    try {
      value = JSON.parse(stripBOM(source));
    } catch (error) {
      lazyErrors().rewordMessage(error, `${path ?? record.href}: ${error.message}`);
      throw error;
    }
    if (isFile) {
      // require() of the same file gives the same object.
      const mod = new Module(path);
      mod.filename = path;
      mod.exports = value;
      mod.loaded = true;
      Module._cache[path] = mod;
    }
  }
  record.id = wrap.createSyntheticModule(record.href, ['default'], () => [value]);
}

function fromCommonJS(record, path, source, compiled) {
  const found = new Set();
  collectNames(path, source, found, new Set());
  found.delete('default');
  found.delete('module.exports');
  const names = [];
  found.forEach((name) => names.push(name));
  names.push('default', 'module.exports');
  record.id = wrap.createSyntheticModule(record.href, names, () => {
    const exports = loadCommonJS(record, path, source, compiled);
    const values = [];
    const isObject = exports !== null && (typeof exports === 'object' || typeof exports === 'function');
    for (let i = 0; i < names.length - 2; i++) {
      let value;
      if (isObject) {
        try {
          value = exports[names[i]];
        } catch {
          // A getter that throws leaves its name undefined.
        }
      }
      values.push(value);
    }
    values.push(exports, exports);
    return values;
  });
}

function loadCommonJS(record, path, source, compiled) {
  if (path === undefined) return loadWithoutFile(record.href, source);
  const isCached = Module._cache[path] !== undefined;
  if (!isCached) prepared.set(path, { source, compiled });
  hookState.imported = path;
  try {
    return Module._load(path, undefined, false);
  } finally {
    hookState.imported = undefined;
    if (!isCached) prepared.delete(path);
  }
}

// A module that hooks made under a URL that means no file.
function loadWithoutFile(href, source) {
  const cached = Module._cache[href];
  if (cached !== undefined) return cached.exports;
  const mod = new Module(href);
  mod.filename = href;
  mod.paths = Module._nodeModulePaths(mod.path);
  Module._cache[href] = mod;
  let threw = true;
  try {
    mod._compile(source ?? '', href, 'commonjs');
    threw = false;
  } finally {
    if (threw) delete Module._cache[href];
  }
  mod.loaded = true;
  return mod.exports;
}

// Adds the names that the CommonJS text exports, those of modules it re-exports included. By the text alone, also where the module is
// loaded already: what a module can be asked for does not depend on what ran before.
function collectNames(path, source, found, seen) {
  if (source === undefined || source === null) return;
  seen.add(path);
  const { 0: names, 1: reexports } = scanExports(source);
  names.forEach((name) => found.add(name));
  if (reexports.length === 0 || path === undefined) return;
  const { builtinId } = require('internal/modules/helpers');
  const mod = new Module(path);
  mod.filename = path;
  mod.paths = Module._nodeModulePaths(mod.path);
  for (let i = 0; i < reexports.length; i++) {
    const request = reexports[i];
    let file;
    try {
      file = Module._resolveFilename(request, mod, false);
    } catch {
      // It may never be reached when the code runs.
      continue;
    }
    if (seen.has(file) || builtinId(file) !== undefined || !isCommonJS(file)) continue;
    let text;
    try {
      text = readSource(file);
    } catch {
      continue;
    }
    collectNames(file, text, found, seen);
  }
}

// As require() would read it: an extension that nobody has registered is that of JavaScript.
function isCommonJS(file) {
  const extension = registeredExtension(file);
  return /^\.(?:js|cjs|cts|ts)$/.test(extension) && !/\.m[jt]s$/.test(file);
}

module.exports = { translate };
