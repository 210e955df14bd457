'use strict';

// CommonJS: the Module class, as programs see and patch it (`require('module')`).
//
// The names that start with an underscore are public by use: loaders of other languages, test tools and mocking
// libraries replace Module._load, Module._resolveFilename, Module._extensions['.js'], Module.prototype._compile and
// require.cache. All internal calls therefore go through those properties.

const path = require('path');
const {
  builtinId, loadBuiltin, makeRequireFunction, stripBOM,
} = require('internal/modules/helpers');
const resolution = require('internal/modules/cjs_resolve');
const { loaded } = require('internal/realm');
const { readSource } = internalBinding('modules');
const { compileCommonJS } = internalBinding('contextify');

// Parent of a module. The public property `module.parent` is deprecated and may be overwritten.
const parents = new WeakMap();
// `${directory of parent}\0${request}` -> file name, so that asking again needs no look at the disk.
const relativeCache = { __proto__: null };
// Modules whose text the ES module loader has read (and perhaps compiled) already: file -> { source, compiled }.
const prepared = new Map();
// The tracing channel of require(), once there is one.
let tracing;
let wrapperIsPatched = false;

function Module(id = '', parent) {
  this.id = id;
  this.path = path.dirname(id);
  this.exports = {};
  parents.set(this, parent);
  addChild(parent, this, false);
  this.filename = null;
  this.loaded = false;
  this.children = [];
}

function addChild(parent, child, look) {
  const children = parent?.children;
  if (children && !(look && children.includes(child))) children.push(child);
}

Module._cache = { __proto__: null };
Module._pathCache = resolution.pathCache;
Module._extensions = { __proto__: null };
Module.globalPaths = [];
Module._initPaths = function() {
  Module.globalPaths = resolution.initGlobalPaths();
};
Module._nodeModulePaths = resolution.nodeModulePaths;
Module._resolveLookupPaths = resolution.resolveLookupPaths;
Module._findPath = function(request, paths, isMain) {
  return resolution.findPath(Module, request, paths, isMain);
};
Module._resolveFilename = function(request, parent, isMain, options) {
  return resolution.resolveFilename(Module, request, parent, isMain, options);
};
resolution.setParentOf((mod) => parents.get(mod));

Object.defineProperty(Module, '_readPackage', {
  value: function _readPackage(directory) {
    return require('internal/modules/package_json').packageFacts(path.resolve(directory, 'package.json'));
  },
  configurable: true,
  writable: true,
});

Object.defineProperty(Module.prototype, 'constructor', { value: Module, configurable: true, writable: true });

// `module.parent`: undefined for a module that an ES module imported, null for the entry point.
Object.defineProperty(Module.prototype, 'parent', {
  configurable: true,
  get() {
    warnOfParent();
    return parents.get(this);
  },
  set(value) {
    warnOfParent();
    parents.set(this, value);
  },
});

// Whether the modules of -r are being loaded.
let preloading = false;
Object.defineProperty(Module.prototype, 'isPreloading', {
  configurable: true,
  get() { return preloading; },
});

let parentWarned = false;
function warnOfParent() {
  const { getOptionValue } = require('internal/options');
  if (parentWarned || !getOptionValue('--pending-deprecation')) return;
  parentWarned = true;
  process.emitWarning('module.parent is deprecated due to accuracy issues. Please use require.main to find program ' +
    'entry point instead.', 'DeprecationWarning', 'DEP0144');
}

const wrapper = ['(function (exports, require, module, __filename, __dirname) { ', '\n});'];
const wrapperProxy = new Proxy(wrapper, {
  set(target, property, value, receiver) {
    wrapperIsPatched = true;
    return Reflect.set(target, property, value, receiver);
  },
  defineProperty(target, property, descriptor) {
    wrapperIsPatched = true;
    return Object.defineProperty(target, property, descriptor);
  },
});

let wrap = function(script) {
  return wrapper[0] + script + wrapper[1];
};

Object.defineProperties(Module, {
  wrap: {
    configurable: true,
    get: () => wrap,
    set(value) {
      wrapperIsPatched = true;
      wrap = value;
    },
  },
  wrapper: {
    configurable: true,
    get: () => wrapperProxy,
    set(value) {
      wrapperIsPatched = true;
      wrapper[0] = value[0];
      wrapper[1] = value[1];
    },
  },
});

// What a module in a cycle gets of one that is still being loaded: its unfinished exports. Reading a name that is
// not there yet is nearly always a mistake, so the prototype of those exports warns, until loading is done.
const circularProxy = new Proxy({}, {
  get(target, property) {
    if (property in target || property === '__esModule') return target[property];
    warnOfCycle(property);
    return undefined;
  },
  getOwnPropertyDescriptor(target, property) {
    if (Object.hasOwn(target, property) || property === '__esModule') {
      return Object.getOwnPropertyDescriptor(target, property);
    }
    warnOfCycle(property);
    return undefined;
  },
});

function warnOfCycle(property) {
  process.emitWarning(
    `Accessing non-existent property '${String(property)}' of module exports inside circular dependency`);
}

// Whether any exports ever got that prototype.
let cyclesSeen = false;

function unfinishedExports(mod) {
  const { exports } = mod;
  if (exports && !require('internal/util/types').isProxy(exports) &&
      Object.getPrototypeOf(exports) === Object.prototype && !exports.__esModule) {
    cyclesSeen = true;
    Object.setPrototypeOf(exports, circularProxy);
  }
  return exports;
}

// The exports of a module found in the cache.
function cachedExports(cached, parent) {
  addChild(parent, cached, true);
  if (cached.loaded) return cached.exports;
  const unfinished = esmFacades?.get(cached);
  if (unfinished !== undefined) {
    // An ES module that is being required already.
    throw require('internal/modules/errors').requireCycleModule(cached.filename, parent?.filename);
  }
  return unfinishedExports(cached);
}

// ES modules that are being required at the moment.
let esmFacades;

Module._load = function(request, parent, isMain) {
  let relativeKey;
  if (hookState.mocks !== undefined) {
    const mock = mockFor(request, parent, isMain);
    if (mock !== undefined) return mock.exportsForRequire();
  }
  if (parent) {
    relativeKey = `${parent.path}\0${request}`;
    const known = relativeCache[relativeKey];
    if (known !== undefined) {
      const cached = Module._cache[known];
      if (cached !== undefined) return cachedExports(cached, parent);
      delete relativeCache[relativeKey];
    }
  }
  const isNamed = request.startsWith('node:');
  if (isNamed && !hookState.active) return loadNamedBuiltin(request);

  const filename = hookState.active ? resolveWithHooks(request, parent, isMain) :
    Module._resolveFilename(request, parent, isMain);
  if (isNamed && isBuiltinHere(filename)) return loadNamedBuiltin(filename);
  const cached = Module._cache[filename];
  if (cached !== undefined) return cachedExports(cached, parent);
  if (!isNamed && isBuiltinHere(filename)) return loadNamedBuiltin(filename);

  const mod = new Module(filename, parent);
  if (isMain) {
    process.mainModule = mod;
    mod.id = '.';
  }
  Module._cache[filename] = mod;
  if (relativeKey !== undefined) relativeCache[relativeKey] = filename;

  let threw = true;
  try {
    mod.load(filename);
    threw = false;
  } finally {
    if (threw) {
      delete Module._cache[filename];
      if (relativeKey !== undefined) {
        delete relativeCache[relativeKey];
        const children = parent?.children;
        if (Array.isArray(children)) {
          const at = children.indexOf(mod);
          if (at !== -1) children.splice(at, 1);
        }
      }
    } else if (cyclesSeen && mod.exports && !require('internal/util/types').isProxy(mod.exports) &&
               Object.getPrototypeOf(mod.exports) === circularProxy) {
      Object.setPrototypeOf(mod.exports, Object.prototype);
    }
  }
  return mod.exports;
};

function loadNamedBuiltin(name) {
  const id = builtinId(name);
  if (id === undefined) throw require('internal/modules/errors').unknownBuiltin(name);
  return loadBuiltin(id);
}

// Whether what a request means is a built-in, and no hook makes something else of it.
function isBuiltinHere(name) {
  if (builtinId(name) === undefined && !name.startsWith('node:')) return false;
  return !hookState.active || require('internal/modules/hooks').keepsBuiltin(name);
}

// The mock of what `request` means, if there is one.
function mockFor(request, parent, isMain) {
  const { builtinHref } = require('internal/modules/helpers');
  const id = builtinId(request);
  if (id !== undefined) return hookState.mocks.get(builtinHref(id));
  let file;
  try {
    file = Module._resolveFilename(request, parent, isMain);
  } catch {
    return undefined;
  }
  const { pathToHref } = require('internal/modules/paths');
  return path.isAbsolute(file) ? hookState.mocks.get(pathToHref(file)) : undefined;
}

function resolveWithHooks(request, parent, isMain) {
  if (parent === undefined && request === hookState.imported) {
    hookState.imported = undefined;
    return request;
  }
  const hooks = require('internal/modules/hooks');
  const last = (current) => Module._resolveFilename(current, parent, isMain);
  return hooks.hasResolve() ? hooks.resolveForRequire(request, parent, last) : last(request);
}

// The longest extension of `filename` that has a loader: `.coffee.md` before `.md`.
function registeredExtension(filename) {
  const name = path.basename(filename);
  let from = 0;
  while (true) {
    const dot = name.indexOf('.', from);
    if (dot === -1) return '.js';
    from = dot + 1;
    // A leading dot makes a hidden file, not an extension.
    if (dot === 0) continue;
    const extension = name.slice(dot);
    if (Module._extensions[extension]) return extension;
  }
}

Module.prototype.load = function(filename) {
  this.filename ??= filename;
  this.paths ??= Module._nodeModulePaths(path.dirname(filename));
  if (hookState.onLoad !== undefined) hookState.onLoad(filename);
  Module._extensions[registeredExtension(filename)](this, filename);
  this.loaded = true;
};

// How the program's first code is called where a debugger wants to halt in it: `call(function, this, arguments)`, or
// for a script `haltInScript()` before it runs.
const start = { call: undefined, haltInScript: undefined };

// Set by internal/modules/hooks when customization hooks exist, so that nothing is paid where there are none.
const hookState = {
  active: false,
  // Told the path of each file that is loaded, in a process that is watched.
  onLoad: undefined,
  // Told name and text of each module that is compiled, where source maps are in use.
  onCompile: undefined,
  // The cache of compiled code on disk (internal/modules/compile_cache), once it is enabled.
  compileCache: undefined,
  // The path of the CommonJS module that is about to run because it was imported: the hooks have been asked about it.
  imported: undefined,
  // Modules that tests replace, by URL (internal/test_runner/mock_modules).
  mocks: undefined,
};

Module.prototype.require = function(id) {
  if (typeof id !== 'string') require('internal/validators').validateString(id, 'id');
  if (id === '') {
    const { codes: { ERR_INVALID_ARG_VALUE } } = require('internal/errors');
    throw new ERR_INVALID_ARG_VALUE('id', id, 'must be a non-empty string');
  }
  // Nobody can have subscribed before the module was loaded.
  tracing ??= loaded('diagnostics_channel')?.tracingChannel('module.require');
  if (tracing?.hasSubscribers) {
    return tracing.traceSync(Module._load, { __proto__: null, parentFilename: this.filename, id }, Module, id, this,
      false);
  }
  return Module._load(id, this, false);
};

// The wrapper function of a CommonJS module; null if `detect` and the text is an ES module's.
function compileText(content, filename, detect) {
  if (hookState.onCompile !== undefined) hookState.onCompile(filename, content);
  const { compileCache } = hookState;
  if (compileCache === undefined) return compileCommonJS(content, filename, detect);
  const bytes = compileCache.read('commonjs', filename, content);
  const compiled = compileCommonJS(content, filename, detect, bytes ?? null);
  if (bytes === undefined && compiled !== null) {
    compileCache.add('commonjs', filename, content, () => internalBinding('contextify').functionCodeCache(compiled));
  }
  return compiled;
}

// Runs `content` as the body of this module. `format` is 'module', 'commonjs', or undefined when ES module syntax
// decides; followed by '-typescript' (or just 'typescript') where types have to be stripped first: what replaces this
// method for a file, as compilers of TypeScript do, gets the text as it was written.
Module.prototype._compile = function(content, filename, format) {
  let compiled;
  if (format?.endsWith('typescript')) {
    content = require('internal/modules/typescript').stripTypes(content, filename);
    format = format === 'typescript' ? undefined : format.slice(0, -'-typescript'.length);
  }
  if (format === 'module') return requireESM(this, filename, content);
  const ready = prepared.size > 0 ? prepared.get(filename) : undefined;
  if (ready?.compiled !== undefined && ready.source === content && !wrapperIsPatched) {
    ({ compiled } = ready);
  } else if (wrapperIsPatched) {
    const { runInThisContext } = require('vm');
    compiled = runInThisContext(Module.wrap(content), {
      filename,
      importModuleDynamically: require('vm').constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
  } else {
    try {
      compiled = compileText(content, filename, format !== 'commonjs');
    } catch (error) {
      const errors = require('internal/modules/errors');
      errors.noteEncoding(error, content, filename);
      if (process.mainModule === this) errors.warnOfModuleSyntax(error, content, filename);
      throw error;
    }
    // The syntax is that of an ES module.
    if (compiled === null) return requireESM(this, filename, content);
  }
  if (ready !== undefined) prepared.delete(filename);
  const require_ = makeRequireFunction(this);
  const exports = this.exports;
  const args = [exports, require_, this, filename, path.dirname(filename)];
  if (start.call !== undefined && this.id === '.') return start.call(compiled, exports, args);
  return Reflect.apply(compiled, exports, args);
};

function sourceOf(filename) {
  const ready = prepared.size > 0 ? prepared.get(filename) : undefined;
  return ready !== undefined ? ready.source : readSource(filename);
}

// The module format that extension and package say; undefined when the syntax must decide.
function formatOf(filename, extension) {
  switch (extension) {
    case '.mjs':
    case '.mts':
      return 'module';
    case '.cjs':
    case '.cts':
      return 'commonjs';
    default: {
      const { packageType } = require('internal/modules/package_json');
      const type = packageType(filename);
      return type === 'none' ? undefined : type;
    }
  }
}

// Whether customization hooks loaded the file. The handlers of extensions ask, so that hooks do not go before what
// programs put in their place; an import has asked already.
function isLoadedByHooks(mod, filename) {
  return hookState.active && !prepared.has(filename) && require('internal/modules/hooks').loadCommonJS(mod, filename);
}

// Of all files whose extension has no other: TypeScript is among them, and has none of its own, so that it must be asked for
// with its extension, and compilers of it find no handler but this.
Module._extensions['.js'] = function(mod, filename) {
  if (isLoadedByHooks(mod, filename)) return;
  const typescript = /\.[cm]?ts$/.exec(filename)?.[0];
  if (typescript !== undefined) {
    loadTypeScript(mod, filename, typescript);
    return;
  }
  const content = sourceOf(filename);
  const extension = filename.endsWith('js') ? path.extname(filename) : '';
  let format;
  if (extension === '.js' || extension === '.mjs' || extension === '.cjs') format = formatOf(filename, extension);
  mod._compile(content, filename, format);
};

function loadTypeScript(mod, filename, extension) {
  const format = formatOf(filename, extension);
  // What an import prepared has no types any more.
  if (prepared.has(filename)) mod._compile(sourceOf(filename), filename, format);
  else mod._compile(sourceOf(filename), filename, format === undefined ? 'typescript' : `${format}-typescript`);
}

Module._extensions['.json'] = function(mod, filename) {
  if (isLoadedByHooks(mod, filename)) return;
  const content = readSource(filename);
  try {
    mod.exports = JSON.parse(stripBOM(content));
  } catch (error) {
    require('internal/modules/errors').rewordMessage(error, `${filename}: ${error.message}`);
    throw error;
  }
};

Module._extensions['.node'] = function(mod, filename) {
  if (isLoadedByHooks(mod, filename)) return;
  return process.dlopen(mod, path.toNamespacedPath(filename));
};

// require() of an ES module: loads the whole graph now; refuses top-level await.
function requireESM(mod, filename, source) {
  if (mod.id === '.' && process.mainModule === mod) {
    // The entry point turned out to be an ES module: it is loaded as one, and may await.
    require('internal/modules/run_main').runDetectedModule(filename, source, mod);
    return;
  }
  const parentFilename = parents.get(mod)?.filename;
  const { getOptionValue } = require('internal/options');
  if (getOptionValue('--require-module') === false || getOptionValue('--experimental-require-module') === false) {
    throw require('internal/modules/errors').requireESM(filename, parentFilename);
  }
  const trace = getOptionValue('--trace-require-module');
  if (trace !== undefined) require('internal/modules/format').warnRequiredModule(filename, parentFilename, trace);
  esmFacades ??= new WeakMap();
  esmFacades.set(mod, true);
  try {
    const { requireModule } = require('internal/modules/esm_loader');
    const namespace = requireModule(filename, source, parentFilename);
    mod.exports = exportsOfNamespace(namespace, filename);
  } finally {
    esmFacades.delete(mod);
  }
}

// What require() returns of an ES module.
function exportsOfNamespace(namespace, filename) {
  if (Object.hasOwn(namespace, 'module.exports')) return namespace['module.exports'];
  if (Object.hasOwn(namespace, 'default') && !Object.hasOwn(namespace, '__esModule')) {
    // Transpiled importers ask for `__esModule` to tell a default export from a CommonJS object.
    return require('internal/modules/esm_loader').interopFacade(filename);
  }
  return namespace;
}

// The ES module loader comes in when code first wants it.
internalBinding('module_wrap').setCallbacks(
  (symbol, specifier, attributes, referrerName) => require('internal/modules/esm_loader')
    .importModuleDynamically(symbol, specifier, attributes, referrerName),
  (id, meta) => require('internal/modules/esm_loader').initializeImportMeta(id, meta));

Module.isBuiltin = require('internal/modules/helpers').isBuiltin;

Module.createRequire = function createRequire(filename) {
  const { isURL } = require('internal/modules/helpers');
  const text = isURL(filename) ? filename.href : filename;
  const invalid = () => {
    const { codes: { ERR_INVALID_ARG_VALUE } } = require('internal/errors');
    return new ERR_INVALID_ARG_VALUE('filename', filename,
      'must be a file URL object, file URL string, or absolute path string');
  };
  if (typeof text !== 'string') throw invalid();
  let file = text;
  if (!path.isAbsolute(text)) {
    if (!text.startsWith('file:')) throw invalid();
    file = require('internal/modules/paths').hrefToPath(text);
  }
  return requireFrom(file);
};

// A `require` function that resolves as from `file`. A path that ends with a slash is a directory.
function requireFrom(file) {
  const asked = /[\\/]$/.test(file) ? path.join(file, 'noop.js') : file;
  const mod = new Module(asked);
  mod.filename = asked;
  mod.paths = Module._nodeModulePaths(mod.path);
  return makeRequireFunction(mod);
}

Object.defineProperty(Module, '_preloadModules', {
  configurable: true,
  writable: true,
  enumerable: true,
  value(requests) {
    if (!Array.isArray(requests)) return;
    const parent = new Module('internal/preload', null);
    parent.paths = Module._nodeModulePaths(process.cwd());
    preloading = true;
    try {
      for (const request of requests) parent.require(request);
    } finally {
      preloading = false;
    }
  },
});

let debugWarned = false;
Module._debug = function _debug() {
  if (debugWarned) return;
  debugWarned = true;
  process.emitWarning('Module._debug is deprecated.', 'DeprecationWarning', 'DEP0077');
};
Module.Module = Module;

module.exports = { Module, compileText, formatOf, hookState, parents, prepared, registeredExtension, requireFrom, start };
