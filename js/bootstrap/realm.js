'use strict';
// First script of every isolate: makes `require` for built-in modules and `internalBinding` with its cache.
// It receives the native `compileBuiltin` in the place of `require` and the native, uncached `internalBinding`;
// the `process` object is made here, empty, since every module gets it; js/internal/process/object.js fills it.

const compileBuiltin = require;
const loadBinding = internalBinding;

const bindings = new Map();
const modules = new Map();
// id -> wrapper function of what a snapshot brought compiled and not evaluated.
const compiled = new Map();
// process.moduleLoadList: what was loaded, in order.
const loadList = [];

// Node's `process` is an instance of a function of that name, whose prototype inherits from EventEmitter's.
const processConstructor = { process() {} }.process;
processConstructor.prototype = {};
const processObject = Object.create(processConstructor.prototype);

function cachedBinding(name) {
  let binding = bindings.get(name);
  if (binding === undefined) {
    binding = loadBinding(name);
    bindings.set(name, binding);
    loadList.push(`Internal Binding ${name}`);
  }
  return binding;
}

// In an isolate whose JavaScript may be ended by force: what keeps that off meanwhile, and what lets it happen again.
let shield;
let unshield;

// Calls `work`, which must not be left in the middle.
function guarded(work) {
  if (shield === undefined) return work();
  shield();
  try {
    return work();
  } finally {
    unshield();
  }
}

// A module is in the map before it runs, so that cycles see what is exported so far, as in CommonJS.
function requireBuiltin(id) {
  const known = modules.get(id);
  if (known !== undefined) return known.exports;
  return guarded(() => {
    const module = { id, exports: {}, loaded: false };
    modules.set(id, module);
    loadList.push(`NativeModule ${id}`);
    try {
      const wrapper = compiled.get(id) ?? compileBuiltin(id);
      wrapper(module.exports, requireBuiltin, module, processObject, cachedBinding);
    } catch (error) {
      modules.delete(id);
      throw error;
    }
    module.loaded = true;
    return module.exports;
  });
}

// What users may name: a module of js/node (no scheme, no folder of Weft's own) or js/weft.
const PRIVATE = /^(?:internal|bootstrap|web)\//;
// These exist under `node:` alone, so that packages of the same name stay reachable.
const SCHEME_ONLY = new Set(['sea', 'sqlite', 'test', 'test/reporters']);
// These exist with a flag alone. Asked for each time: a Worker's flags may differ, and a snapshot knows none.
const FLAGGED = {
  '__proto__': null,
  'stream/iter': '--experimental-stream-iter',
  'zlib/iter': '--experimental-stream-iter',
};
let publicIds;
let publicSet;

function named(id) {
  return SCHEME_ONLY.has(id) ? `node:${id}` : id;
}

function isOn(id) {
  return FLAGGED[id] === undefined || requireBuiltin('internal/options').getOptionValue(FLAGGED[id]) === true;
}

function userIds() {
  if (publicIds === undefined) {
    publicIds = cachedBinding('realm').builtinIds().filter((id) => !PRIVATE.test(id)).sort();
    publicSet = new Set(publicIds);
  }
  return publicIds;
}

exports.require = requireBuiltin;
exports.internalBinding = cachedBinding;
exports.process = processObject;
exports.modules = modules;

modules.set('internal/realm', {
  id: 'internal/realm',
  loaded: true,
  exports: {
    require: requireBuiltin,
    internalBinding: cachedBinding,
    loadList,
    processConstructor,
    compileAhead(id) {
      if (!modules.has(id)) compiled.set(id, compileBuiltin(id));
    },
    // Every id there is for users, with their flags or without: what does not depend on the command line.
    allBuiltins() {
      return userIds().map(named);
    },
    // Every id users may require, as module.builtinModules lists them (scheme-only ones with their scheme).
    builtinModules() {
      return userIds().filter(isOn).map(named);
    },
    // The internal id a user's specifier names, or undefined if it is no built-in.
    builtinId(specifier) {
      userIds();
      if (specifier.startsWith('node:')) {
        const id = specifier.slice(5);
        return publicSet.has(id) && !id.startsWith('weft:') && isOn(id) ? id : undefined;
      }
      return publicSet.has(specifier) && !SCHEME_ONLY.has(specifier) && isOn(specifier) ? specifier : undefined;
    },
    guarded,
    guardWith(begin, end) {
      shield = begin;
      unshield = end;
    },
    // Whether one is being loaded.
    isLoading() {
      for (const module of modules.values()) if (!module.loaded) return true;
      return false;
    },
    // A built-in that was loaded already, for code that must not load it.
    loaded(id) {
      const module = modules.get(id);
      return module !== undefined && module.loaded ? module.exports : undefined;
    },
  },
});
