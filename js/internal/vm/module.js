'use strict';

// vm.Module, vm.SourceTextModule, vm.SyntheticModule: ES modules whose linking is the program's business.
// Node's documentation, chapter "VM", sections of those names.

const {
  codes: {
    ERR_INVALID_ARG_TYPE, ERR_INVALID_THIS, ERR_VM_MODULE_ALREADY_LINKED, ERR_VM_MODULE_CACHED_DATA_REJECTED,
    ERR_VM_MODULE_CANNOT_CREATE_CACHED_DATA, ERR_VM_MODULE_DIFFERENT_CONTEXT, ERR_VM_MODULE_LINK_FAILURE,
    ERR_MODULE_LINK_MISMATCH, ERR_VM_MODULE_NOT_MODULE, ERR_VM_MODULE_STATUS,
  },
} = require('internal/errors');
const {
  validateBoolean, validateBuffer, validateFunction, validateInt32, validateObject, validateString, validateUint32,
} = require('internal/validators');
const wrap = internalBinding('module_wrap');
const { byId, importCallbacks } = require('internal/modules/esm_loader');

// V8's states of a module.
const UNINSTANTIATED = 0;
const INSTANTIATED = 2;
const EVALUATING = 3;
const EVALUATED = 4;
const ERRORED = 5;

let nextIdentifier = 0;

// The native modules go when nobody can reach their JavaScript side any more.
const released = new FinalizationRegistry((id) => {
  byId[id] = undefined;
  wrap.releaseModule(id);
});

class Module {
  #id = -1;
  #identifier;
  #context;
  #linking = false;
  // What keeps modules linked to this one reachable.
  #dependencies = [];
  #failure;
  // Promise of the first evaluation.
  #evaluation;

  constructor(options) {
    if (new.target === Module) throw new TypeError('Module is not a constructor');
    const { context, identifier, make } = options;
    if (context !== undefined) {
      validateObject(context, 'context');
      const { isContext } = require('vm');
      if (!isContext(context)) throw new ERR_INVALID_ARG_TYPE('options.context', 'vm.Context', context);
    }
    if (identifier !== undefined) validateString(identifier, 'options.identifier');
    this.#context = context;
    this.#identifier = identifier ?? `vm:module(${nextIdentifier++})`;
    this.#id = make(this, this.#identifier, context);
    released.register(this, this.#id);
  }

  static is(value) {
    return typeof value === 'object' && value !== null && #id in value;
  }

  static idOf(module) {
    return module.#id;
  }

  static linkOf(module, dependencies) {
    wrap.link(module.#id, dependencies.map((dependency) => dependency.#id));
    module.#dependencies = dependencies;
  }

  get identifier() {
    check(this);
    return this.#identifier;
  }

  get context() {
    check(this);
    return this.#context;
  }

  get namespace() {
    check(this);
    if (wrap.getStatus(this.#id) < INSTANTIATED) throw new ERR_VM_MODULE_STATUS('must not be unlinked or linking');
    return wrap.getNamespace(this.#id);
  }

  get status() {
    check(this);
    if (this.#failure !== undefined) return 'errored';
    switch (wrap.getStatus(this.#id)) {
      case UNINSTANTIATED:
      case 1:
        return this.#linking ? 'linking' : 'unlinked';
      case INSTANTIATED:
        return 'linked';
      case EVALUATING:
        return 'evaluating';
      case EVALUATED:
        return 'evaluated';
      default:
        return 'errored';
    }
  }

  get error() {
    check(this);
    if (this.#failure !== undefined) return this.#failure;
    if (wrap.getStatus(this.#id) !== ERRORED) throw new ERR_VM_MODULE_STATUS('must be errored');
    return wrap.getError(this.#id);
  }

  async link(linker) {
    check(this);
    validateFunction(linker, 'linker');
    if (this.status === 'linked') throw new ERR_VM_MODULE_ALREADY_LINKED();
    if (this.status !== 'unlinked') throw new ERR_VM_MODULE_STATUS('must be unlinked');
    try {
      await this.#linkAll(linker);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    wrap.instantiate(this.#id);
  }

  // Links this module and, below it, all that are not linked yet.
  async #linkAll(linker) {
    this.#linking = true;
    const requests = requestsOf(this);
    const dependencies = await Promise.all(requests.map(async ({ specifier, attributes }) => {
      const dependency = await linker(specifier, this, { attributes, assert: attributes });
      if (!isModule(dependency)) throw new ERR_VM_MODULE_NOT_MODULE();
      if (dependency.#context !== this.#context) throw new ERR_VM_MODULE_DIFFERENT_CONTEXT();
      if (dependency.status === 'errored') {
        throw new ERR_VM_MODULE_LINK_FAILURE(
          `request for '${specifier}' resolved to an errored module`, dependency.error);
      }
      if (dependency.status === 'unlinked') await dependency.#linkAll(linker);
      return dependency;
    }));
    linkOf(this, dependencies);
    this.#linking = false;
  }

  evaluate(options = {}) {
    try {
      check(this);
      return this.#evaluate(options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #evaluate(options) {
    validateObject(options, 'options');
    let { timeout } = options;
    const { breakOnSigint = false } = options;
    if (timeout === undefined) timeout = -1;
    else validateUint32(timeout, 'options.timeout', true);
    validateBoolean(breakOnSigint, 'options.breakOnSigint');
    const status = wrap.getStatus(this.#id);
    if (status < INSTANTIATED || status === EVALUATING) {
      throw new ERR_VM_MODULE_STATUS('must be one of linked, evaluated, or errored');
    }
    return this.#evaluation ??= wrap.evaluate(this.#id, timeout).then(() => {});
  }

  [require('internal/util').customInspectSymbol](depth, options) {
    check(this);
    if (typeof depth === 'number' && depth < 0) return this;
    const { inspect } = require('internal/util/inspect');
    const shown = Object.create(Object.getPrototypeOf(this));
    for (const name of ['status', 'identifier', 'context']) {
      Object.defineProperty(shown, name, { __proto__: null, value: this[name], enumerable: true });
    }
    return inspect(shown, { ...options, customInspect: false });
  }
}

// What the classes below and this module share, and programs do not see.
const { idOf, is: isModule, linkOf } = Module;
for (const name of ['idOf', 'is', 'linkOf']) delete Module[name];

// Modules that linkRequests() was called on.
const linkedByList = new WeakSet();

function check(value, name = 'Module') {
  if (!isModule(value)) throw new ERR_INVALID_THIS(name);
}

const requestLists = new WeakMap();

function requestsOf(module) {
  return requestLists.get(module) ?? [];
}

class SourceTextModule extends Module {
  constructor(sourceText, options = {}) {
    validateString(sourceText, 'sourceText');
    validateObject(options, 'options');
    const {
      lineOffset = 0, columnOffset = 0, initializeImportMeta, importModuleDynamically, context, identifier, cachedData,
    } = options;
    validateInt32(lineOffset, 'options.lineOffset');
    validateInt32(columnOffset, 'options.columnOffset');
    if (initializeImportMeta !== undefined) validateFunction(initializeImportMeta, 'options.initializeImportMeta');
    if (importModuleDynamically !== undefined &&
        importModuleDynamically !== require('vm').constants.USE_MAIN_CONTEXT_DEFAULT_LOADER) {
      validateFunction(importModuleDynamically, 'options.importModuleDynamically');
    }
    if (cachedData !== undefined) validateBuffer(cachedData, 'options.cachedData');
    super({
      context,
      identifier,
      make(module, name, vmContext) {
        const symbol = symbolFor(importModuleDynamically, name, module);
        const compiled = compile(name, sourceText, symbol, lineOffset, columnOffset, cachedData, vmContext);
        const [id] = compiled;
        byId[id] = initializeImportMeta === undefined ? { initializeImportMeta() {} } :
          { initializeImportMeta: metaInitializer(initializeImportMeta, new WeakRef(module)) };
        const requests = [];
        for (let i = 1; i < compiled.length; i += 2) {
          const attributes = { __proto__: null };
          const list = compiled[i + 1] ?? [];
          for (let j = 0; j < list.length; j += 2) attributes[list[j]] = list[j + 1];
          Object.freeze(attributes);
          requests.push(Object.freeze({ __proto__: null, specifier: compiled[i], attributes, phase: 'evaluation' }));
        }
        requestLists.set(module, Object.freeze(requests));
        return id;
      },
    });
  }

  get dependencySpecifiers() {
    check(this);
    const list = specifierLists.get(this);
    if (list !== undefined) return list;
    const made = Object.freeze(requestsOf(this).map(({ specifier }) => specifier));
    specifierLists.set(this, made);
    return made;
  }

  get moduleRequests() {
    check(this);
    return requestsOf(this);
  }

  // Links without asking: `modules` in the order of moduleRequests.
  linkRequests(modules) {
    check(this, 'SourceTextModule');
    if (this.status !== 'unlinked') throw new ERR_VM_MODULE_STATUS('must be unlinked');
    if (!Array.isArray(modules)) throw new ERR_INVALID_ARG_TYPE('modules', 'Array', modules);
    if (modules.length !== requestsOf(this).length) {
      throw new ERR_MODULE_LINK_MISMATCH(`Expected ${requestsOf(this).length} modules, got ${modules.length}`);
    }
    for (const module of modules) {
      if (!isModule(module)) throw new ERR_VM_MODULE_NOT_MODULE();
    }
    linkOf(this, modules);
    linkedByList.add(this);
  }

  instantiate() {
    check(this, 'SourceTextModule');
    if (this.status !== 'unlinked') throw new ERR_VM_MODULE_STATUS('must be unlinked');
    if (!linkedByList.has(this)) throw new ERR_VM_MODULE_LINK_FAILURE('module is not linked');
    wrap.instantiate(idOf(this));
  }

  // Whether it, or a module it imports, awaits at its top level.
  hasAsyncGraph() {
    check(this, 'SourceTextModule');
    const id = idOf(this);
    if (wrap.getStatus(id) < INSTANTIATED) throw new ERR_VM_MODULE_STATUS('must be instantiated');
    return wrap.isGraphAsync(id);
  }

  // Whether its own text awaits at its top level. Known from the beginning.
  hasTopLevelAwait() {
    check(this, 'SourceTextModule');
    return requestLists.has(this) ? wrap.hasTopLevelAwait(idOf(this)) : undefined;
  }

  createCachedData() {
    check(this);
    const { status } = this;
    if (status === 'evaluating' || status === 'evaluated' || status === 'errored') {
      throw new ERR_VM_MODULE_CANNOT_CREATE_CACHED_DATA();
    }
    const bytes = wrap.createCodeCache(idOf(this));
    const { Buffer } = require('buffer');
    return bytes === undefined ? Buffer.alloc(0) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

const specifierLists = new WeakMap();

function compile(name, source, symbol, line, column, cachedData, context) {
  try {
    return wrap.compileModule(name, source, symbol, line, column, cachedData, context);
  } catch (error) {
    if (error?.code === 'ERR_VM_MODULE_CACHED_DATA_REJECTED') throw new ERR_VM_MODULE_CACHED_DATA_REJECTED();
    const arrow = wrap.attachedArrow(error);
    if (arrow !== undefined) {
      try {
        const { stack } = error;
        if (typeof stack === 'string' && !stack.startsWith(arrow)) error.stack = `${arrow}\n${stack}`;
      } catch {
        // The program's Error.prepareStackTrace throws.
      }
    }
    throw error;
  }
}

function metaInitializer(callback, weakModule) {
  return (meta) => {
    callback(meta, weakModule.deref());
  };
}

function symbolFor(option, name, module) {
  const { constants } = require('vm');
  if (option === constants.USE_MAIN_CONTEXT_DEFAULT_LOADER) return undefined;
  const symbol = Symbol(`vm:${name}`);
  if (option === undefined) {
    importCallbacks.set(symbol, () => {
      const { codes: { ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING } } = require('internal/errors');
      return Promise.reject(new ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING());
    });
  } else {
    importCallbacks.set(symbol, require('internal/vm/import').callbackFor(option, { name, script: module }));
  }
  return symbol;
}

class SyntheticModule extends Module {
  #names;

  constructor(exportNames, evaluateCallback, options = {}) {
    if (!Array.isArray(exportNames) || exportNames.some((name) => typeof name !== 'string')) {
      throw new ERR_INVALID_ARG_TYPE('exportNames', 'Array of unique strings', exportNames);
    }
    exportNames.forEach((name, index) => {
      if (exportNames.indexOf(name, index + 1) !== -1) {
        const { codes: { ERR_INVALID_ARG_VALUE } } = require('internal/errors');
        throw new ERR_INVALID_ARG_VALUE(`exportNames.${name}`, name, 'is duplicated');
      }
    });
    validateFunction(evaluateCallback, 'evaluateCallback');
    validateObject(options, 'options');
    const { context, identifier } = options;
    super({
      context,
      identifier,
      make(module, name, vmContext) {
        const steps = () => { Reflect.apply(evaluateCallback, module, []); };
        return wrap.createSyntheticModule(name, exportNames, steps, vmContext);
      },
    });
    this.#names = new Set(exportNames);
    wrap.instantiate(idOf(this));
  }

  // It has nothing to link.
  async link() {}

  setExport(name, value) {
    if (!isModule(this) || !(#names in this)) throw new ERR_INVALID_THIS('SyntheticModule');
    validateString(name, 'name');
    if (!this.#names.has(name)) {
      throw new ReferenceError(`Export '${name}' is not defined in module`);
    }
    wrap.setExports(idOf(this), [name], [value]);
  }
}

// The namespace of a vm.Module that may be evaluated or not; undefined for anything else.
function namespaceOf(value) {
  if (!isModule(value)) return undefined;
  const { status } = value;
  if (status === 'errored') throw value.error;
  if (status === 'unlinked' || status === 'linking') {
    throw new ERR_VM_MODULE_STATUS('must not be unlinked or linking');
  }
  return value.namespace;
}

module.exports = { Module, SourceTextModule, SyntheticModule, namespaceOf };
