'use strict';

// node:vm: scripts, functions and contexts. Compiling and running is native (vm_script, vm_context, contextify); the
// checking of options and who answers import() is here. Module classes are in internal/vm/module.

const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
const {
  kValidateObjectAllowArray, validateArray, validateBoolean, validateBuffer, validateInt32, validateObject,
  validateOneOf, validateString, validateStringArray, validateUint32,
} = require('internal/validators');
const { compileScript, createCachedData, runScript } = internalBinding('vm_script');
const contexts = internalBinding('vm_context');

const USE_MAIN_CONTEXT_DEFAULT_LOADER = Symbol('vm_dynamic_import_main_context_default');
const DONT_CONTEXTIFY = Symbol('vm_context_no_contextify');

const constants = Object.freeze({ __proto__: null, DONT_CONTEXTIFY, USE_MAIN_CONTEXT_DEFAULT_LOADER });

// Symbol of scripts that brought no way to import(); one for all of them.
let missingSymbol;

// Symbols of scripts that use the loader of the program.
let mainSymbol;

// The symbol under which V8 hands back import() calls of a script, for its option importModuleDynamically.
function importSymbol(option, owner) {
  const { importCallbacks, importFromScript } = require('internal/vm/import');
  if (option === USE_MAIN_CONTEXT_DEFAULT_LOADER) {
    if (mainSymbol === undefined) {
      mainSymbol = Symbol('vm_dynamic_import_main_context_default');
      importCallbacks.set(mainSymbol, importFromScript);
    }
    return mainSymbol;
  }
  if (option === undefined) {
    if (missingSymbol === undefined) {
      missingSymbol = Symbol('vm_dynamic_import_missing_callback');
      importCallbacks.set(missingSymbol, () => {
        const { codes: { ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING } } = require('internal/errors');
        return Promise.reject(new ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING());
      });
    }
    return missingSymbol;
  }
  const symbol = Symbol(`vm:${owner.name}`);
  importCallbacks.set(symbol, require('internal/vm/import').callbackFor(option, owner));
  return symbol;
}

function validateImportOption(option, name) {
  if (option !== undefined && option !== USE_MAIN_CONTEXT_DEFAULT_LOADER && typeof option !== 'function') {
    throw new ERR_INVALID_ARG_TYPE(name, 'Function', option);
  }
}

function isContext(object) {
  validateObject(object, 'object', kValidateObjectAllowArray);
  return contexts.isContext(object);
}

function validateContext(contextified) {
  if (!isContext(contextified)) throw new ERR_INVALID_ARG_TYPE('contextifiedObject', 'vm.Context', contextified);
}

class Script {
  #handle;
  #symbol;

  constructor(code, options = {}) {
    code = `${code}`;
    if (typeof options === 'string') options = { filename: options };
    else validateObject(options, 'options');
    const {
      filename = 'evalmachine.<anonymous>', lineOffset = 0, columnOffset = 0, cachedData, produceCachedData = false,
      importModuleDynamically,
    } = options;
    validateString(filename, 'options.filename');
    validateInt32(lineOffset, 'options.lineOffset');
    validateInt32(columnOffset, 'options.columnOffset');
    validateCachedData(cachedData);
    validateBoolean(produceCachedData, 'options.produceCachedData');
    validateImportOption(importModuleDynamically, 'options.importModuleDynamically');
    this.#symbol = importSymbol(importModuleDynamically, { name: filename, script: this });
    const [handle, sourceMapURL, rejected, cache, sourceURL] = decorated(true, compileScript, code, filename, lineOffset,
      columnOffset, cachedData, produceCachedData, undefined, this.#symbol);
    this.#handle = handle;
    if (cachedData !== undefined) this.cachedDataRejected = rejected;
    if (produceCachedData) {
      if (cache !== undefined) this.cachedData = toBuffer(cache);
      this.cachedDataProduced = cache !== undefined;
    }
    this.sourceURL = sourceURL;
    this.sourceMapURL = sourceMapURL;
  }

  runInThisContext(options) {
    return run(this.#handle, null, runOptions(options));
  }

  runInContext(contextifiedObject, options) {
    validateContext(contextifiedObject);
    return run(this.#handle, contextifiedObject, runOptions(options));
  }

  runInNewContext(contextObject, options) {
    const context = createContext(contextObject, contextOptions(options));
    return this.runInContext(context, options);
  }

  createCachedData() {
    return toBuffer(createCachedData(this.#handle));
  }
}

function toBuffer(bytes) {
  const { Buffer } = require('buffer');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function validateCachedData(cachedData) {
  if (cachedData === undefined) return;
  if (!ArrayBuffer.isView(cachedData)) {
    throw new ERR_INVALID_ARG_TYPE('options.cachedData', ['Buffer', 'TypedArray', 'DataView'], cachedData);
  }
}

function runOptions(options = {}) {
  validateObject(options, 'options');
  let { timeout } = options;
  const { displayErrors = true, breakOnSigint = false } = options;
  if (timeout === undefined) timeout = -1;
  else validateUint32(timeout, 'options.timeout', true);
  validateBoolean(displayErrors, 'options.displayErrors');
  validateBoolean(breakOnSigint, 'options.breakOnSigint');
  return { timeout, displayErrors, breakOnSigint };
}

function run(handle, context, { timeout, displayErrors, breakOnSigint }) {
  return decorated(displayErrors, runScript, handle, context, timeout, breakOnSigint);
}

// Calls `native`; the stack of what it throws begins with the place it happened at.
function decorated(displayErrors, native, ...args) {
  if (!displayErrors) return native(...args);
  try {
    return native(...args);
  } catch (error) {
    decorate(error);
    throw error;
  }
}

const decoratedErrors = new WeakSet();

function decorate(error) {
  const { isNativeError } = require('internal/util/types');
  if (!isNativeError(error) || decoratedErrors.has(error)) return;
  decoratedErrors.add(error);
  const arrow = internalBinding('module_wrap').attachedArrow(error);
  if (arrow === undefined) return;
  try {
    const { stack } = error;
    if (typeof stack === 'string' && !stack.startsWith(arrow)) error.stack = `${arrow}\n${stack}`;
  } catch {
    // A frozen error stays as it is, and one whose stack the program's Error.prepareStackTrace does not make.
  }
}

function contextOptions(options) {
  if (options === undefined || typeof options === 'string') return {};
  validateObject(options, 'options');
  const picked = {
    name: options.contextName,
    origin: options.contextOrigin,
    codeGeneration: undefined,
    microtaskMode: options.microtaskMode,
  };
  if (picked.name !== undefined) validateString(picked.name, 'options.contextName');
  if (picked.origin !== undefined) validateString(picked.origin, 'options.contextOrigin');
  if (options.contextCodeGeneration !== undefined) {
    validateObject(options.contextCodeGeneration, 'options.contextCodeGeneration');
    const { strings, wasm } = options.contextCodeGeneration;
    if (strings !== undefined) validateBoolean(strings, 'options.contextCodeGeneration.strings');
    if (wasm !== undefined) validateBoolean(wasm, 'options.contextCodeGeneration.wasm');
    picked.codeGeneration = { strings, wasm };
  }
  if (picked.microtaskMode !== undefined) validateString(picked.microtaskMode, 'options.microtaskMode');
  return picked;
}

let contextIndex = 1;

function createContext(contextObject = {}, options = {}) {
  const vanilla = contextObject === DONT_CONTEXTIFY;
  if (!vanilla && isContext(contextObject)) return contextObject;
  validateObject(options, 'options');
  const {
    name = `VM Context ${contextIndex++}`, origin, codeGeneration, microtaskMode, importModuleDynamically,
  } = options;
  validateString(name, 'options.name');
  if (origin !== undefined) validateString(origin, 'options.origin');
  if (codeGeneration !== undefined) validateObject(codeGeneration, 'options.codeGeneration');
  const { strings = true, wasm = true } = codeGeneration ?? {};
  validateBoolean(strings, 'options.codeGeneration.strings');
  validateBoolean(wasm, 'options.codeGeneration.wasm');
  validateOneOf(microtaskMode, 'options.microtaskMode', ['afterEvaluate', undefined]);
  validateImportOption(importModuleDynamically, 'options.importModuleDynamically');
  const owner = { name, script: undefined };
  const global = contexts.makeContext(vanilla ? undefined : contextObject, strings, microtaskMode === 'afterEvaluate',
    importSymbol(importModuleDynamically, owner), wasm);
  owner.script = vanilla ? global : contextObject;
  const proto = require('internal/options').getOptionValue('--disable-proto');
  if (proto !== undefined) {
    require('internal/process/startup_flags').disableProto(proto, runInContext('Object.prototype', owner.script));
  }
  return owner.script;
}

function scriptOptions(options) {
  return typeof options === 'string' ? { filename: options } : options;
}

function runInContext(code, contextifiedObject, options) {
  validateContext(contextifiedObject);
  // Whatever it is, its properties are what counts.
  options = { ...scriptOptions(options) };
  return new Script(code, options).runInContext(contextifiedObject, options);
}

function runInNewContext(code, contextObject, options) {
  options = { ...scriptOptions(options) };
  const context = createContext(contextObject, contextOptions(options));
  return new Script(code, options).runInContext(context, options);
}

function runInThisContext(code, options) {
  options = scriptOptions(options);
  return new Script(code, options).runInThisContext(options);
}

function compileFunction(code, params, options = {}) {
  validateString(code, 'code');
  validateObject(options, 'options');
  if (params !== undefined) validateStringArray(params, 'params');
  const {
    filename = '', columnOffset = 0, lineOffset = 0, cachedData, produceCachedData = false, parsingContext,
    contextExtensions = [], importModuleDynamically,
  } = options;
  validateString(filename, 'options.filename');
  validateInt32(columnOffset, 'options.columnOffset');
  validateInt32(lineOffset, 'options.lineOffset');
  if (cachedData !== undefined) validateBuffer(cachedData, 'options.cachedData');
  validateBoolean(produceCachedData, 'options.produceCachedData');
  if (parsingContext !== undefined &&
      (typeof parsingContext !== 'object' || parsingContext === null || !isContext(parsingContext))) {
    throw new ERR_INVALID_ARG_TYPE('options.parsingContext', 'Context', parsingContext);
  }
  validateArray(contextExtensions, 'options.contextExtensions');
  for (let i = 0; i < contextExtensions.length; i++) {
    validateObject(contextExtensions[i], `options.contextExtensions[${i}]`, 1);
  }
  validateImportOption(importModuleDynamically, 'options.importModuleDynamically');
  const owner = { name: filename, script: undefined };
  const symbol = importSymbol(importModuleDynamically, owner);
  const compiled = internalBinding('contextify').compileFunction(code, filename, lineOffset, columnOffset, cachedData,
    produceCachedData, parsingContext, contextExtensions, params, symbol);
  // V8 does not say what is wrong with a name.
  if (compiled === undefined) throw new SyntaxError('Invalid parameter name');
  const [result, , rejected, cache] = compiled;
  owner.script = result;
  if (cachedData !== undefined) result.cachedDataRejected = rejected;
  if (produceCachedData) {
    result.cachedDataProduced = cache !== undefined;
    if (cache !== undefined) result.cachedData = toBuffer(cache);
  }
  return result;
}

function createScript(code, options) {
  return new Script(code, options);
}

function measureMemory(options = {}) {
  require('internal/util').emitExperimentalWarning('vm.measureMemory');
  validateObject(options, 'options');
  const { mode = 'summary', execution = 'default' } = options;
  validateOneOf(mode, 'options.mode', ['summary', 'detailed']);
  validateOneOf(execution, 'options.execution', ['default', 'eager']);
  const result = internalBinding('v8').measureMemory(mode === 'detailed' ? 1 : 0, execution === 'eager' ? 1 : 0);
  if (result !== undefined) return result;
  const { codes: { ERR_CONTEXT_NOT_INITIALIZED } } = require('internal/errors');
  return Promise.reject(new ERR_CONTEXT_NOT_INITIALIZED());
}

module.exports = {
  Script,
  compileFunction,
  constants,
  createContext,
  createScript,
  isContext,
  measureMemory,
  runInContext,
  runInNewContext,
  runInThisContext,
};

// Module, SourceTextModule and SyntheticModule exist under --experimental-vm-modules.
if (require('internal/options').getOptionValue('--experimental-vm-modules')) {
  const { Module, SourceTextModule, SyntheticModule } = require('internal/vm/module');
  Object.assign(module.exports, { Module, SourceTextModule, SyntheticModule });
}
