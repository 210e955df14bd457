'use strict';

// What both module systems share: which names are built in, the resolution conditions, the `require` function of a
// module.

const { builtinId, builtinModules } = require('internal/realm');

// The URL by which ES modules know built-in `id`.
function builtinHref(id) {
  return id.startsWith('weft:') ? id : `node:${id}`;
}

function isBuiltin(request) {
  return typeof request === 'string' && builtinId(request) !== undefined;
}

// The public object of built-in `id`.
function loadBuiltin(id) {
  return require(id);
}

let conditions;
let preserveSymlinks;
let preserveSymlinksMain;

function initConditions() {
  const { getOptionValue } = require('internal/options');
  const user = getOptionValue('--conditions') ?? [];
  const addons = getOptionValue('--addons') === false ? [] : ['node-addons'];
  // Added one by one: programs may break the iteration of arrays.
  const setOf = (own) => {
    const set = new Set();
    [own, 'node', 'module-sync'].concat(addons, user).forEach((name) => set.add(name));
    return set;
  };
  conditions = { require: setOf('require'), import: setOf('import') };
  return conditions;
}

// Conditions of package exports under which require() resolves.
function requireConditions() {
  return (conditions ?? initConditions()).require;
}

// Conditions of package exports under which import resolves.
function importConditions() {
  return (conditions ?? initConditions()).import;
}

// Whether modules keep the paths they were asked for by, symbolic links and all.
function keepSymlinks(isMain) {
  if (preserveSymlinks === undefined) {
    const { getOptionValue } = require('internal/options');
    // Not process.env: that of a pool's isolate is a copy that is made when somebody looks, and these are the process's.
    const { ofProcess } = internalBinding('process_env');
    preserveSymlinks = Boolean(getOptionValue('--preserve-symlinks')) || ofProcess('NODE_PRESERVE_SYMLINKS') === '1';
    preserveSymlinksMain = Boolean(getOptionValue('--preserve-symlinks-main')) ||
      ofProcess('NODE_PRESERVE_SYMLINKS_MAIN') === '1';
  }
  return isMain ? preserveSymlinksMain : preserveSymlinks;
}

// The `require` function of a CommonJS module.
function makeRequireFunction(mod) {
  const Module = mod.constructor;
  const require = function require(path) {
    return mod.require(path);
  };
  const resolve = function resolve(request, options) {
    validateRequest(request);
    return Module._resolveFilename(request, mod, false, options);
  };
  require.resolve = resolve;
  resolve.paths = function paths(request) {
    validateRequest(request);
    return Module._resolveLookupPaths(request, mod);
  };
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}

function validateRequest(request) {
  if (typeof request !== 'string') require('internal/validators').validateString(request, 'request');
}

function stripBOM(text) {
  return text.charCodeAt(0) === 0xFEFF ? text.slice(1) : text;
}

function isURL(value) {
  return Boolean(value !== null && typeof value === 'object' && value.href && value.protocol &&
    value.auth === undefined && value.path === undefined);
}

module.exports = {
  builtinHref,
  builtinId,
  builtinModules,
  importConditions,
  isBuiltin,
  isURL,
  keepSymlinks,
  loadBuiltin,
  makeRequireFunction,
  requireConditions,
  stripBOM,
};
