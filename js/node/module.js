'use strict';

// node:module. The CommonJS Module class is the module's export; what concerns both systems hangs on it.

const { defineLazyValue } = require('internal/lazy');
const { Module } = require('internal/modules/cjs_loader');
const { builtinModules } = require('internal/modules/helpers');

// Loads `get()` when the property is first read.
function lazy(name, get) {
  defineLazyValue(Module, name, get);
}

lazy('builtinModules', () => Object.freeze(builtinModules()));
lazy('findPackageJSON', () => require('internal/modules/package_json').findPackageJSON);
lazy('stripTypeScriptTypes', () => require('internal/modules/typescript').stripTypeScriptTypes);
lazy('SourceMap', () => require('internal/source_map').SourceMap);
lazy('findSourceMap', () => require('internal/source_map_support').findSourceMap);
lazy('setSourceMapsSupport', () => require('internal/source_map_support').setSourceMapsSupport);
lazy('getSourceMapsSupport', () => require('internal/source_map_support').getSourceMapsSupport);
for (const name of ['enableCompileCache', 'flushCompileCache', 'getCompileCacheDir']) {
  lazy(name, () => require('internal/modules/compile_cache')[name]);
}
lazy('constants', () => Object.freeze({
  __proto__: null, compileCacheStatus: require('internal/modules/compile_cache').compileCacheStatus,
}));
lazy('registerHooks', () => require('internal/modules/hooks').registerHooks);
lazy('register', () => require('internal/modules/hooks').register);

Module.syncBuiltinESMExports = function syncBuiltinESMExports() {
  require('internal/modules/builtin_exports').syncBuiltinExports();
};

Module.runMain = function runMain(main = process.argv[1]) {
  return require('internal/modules/run_main').runMain(main);
};

module.exports = Module;
