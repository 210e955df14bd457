'use strict';
// Helpers that every built-in may lean on. They are small, have no native side
// except where it is asked for lazily, and pull in no other module at load.

const customInspectSymbol = Symbol.for('nodejs.util.inspect.custom');
const customPromisifySymbol = Symbol.for('nodejs.util.promisify.custom');
// Callback APIs that hand back several values (dns.lookup, fs.read ...) list
// the names here, so that promisify can gather them into an object.
const customPromisifyArgs = Symbol('customPromisifyArgs');

const kEmptyObject = Object.freeze({ __proto__: null });
const kEnumerableProperty = Object.freeze({ __proto__: null, enumerable: true });

const isWindows = process.platform === 'win32';
const isMacOS = process.platform === 'darwin';

let errorsModule;
function errorCodes() {
  errorsModule ??= require('internal/errors');
  return errorsModule.codes;
}

let typesModule;
function lazyTypes() {
  typesModule ??= require('internal/util/types');
  return typesModule;
}

function isError(value) {
  // An error made in another context, or one with a foreign prototype, counts;
  // so does whatever merely inherits from Error.
  return lazyTypes().isNativeError(value) || value instanceof Error;
}

// ---- functions ----------------------------------------------------------

function once(fn, { preserveReturnValue = false } = kEmptyObject) {
  let called = false;
  let result;
  return function(...args) {
    if (called) return result;
    called = true;
    const value = Reflect.apply(fn, this, args);
    if (preserveReturnValue) result = value;
    return value;
  };
}

function lazy(make) {
  let made = false;
  let value;
  return function() {
    if (!made) {
      value = make();
      made = true;
    }
    return value;
  };
}

function assignFunctionName(name, fn, descriptor = kEmptyObject) {
  if (typeof name !== 'string') {
    const { description } = name;
    name = description === undefined ? '' : `[${description}]`;
  }
  return Object.defineProperty(fn, 'name', {
    __proto__: null,
    writable: false,
    enumerable: false,
    configurable: true,
    ...Object.getOwnPropertyDescriptor(fn, 'name'),
    ...descriptor,
    value: name,
  });
}

function promisify(original) {
  const { validateFunction } = require('internal/validators');
  validateFunction(original, 'original');

  const custom = original[customPromisifySymbol];
  if (custom) {
    validateFunction(custom, 'util.promisify.custom');
    return Object.defineProperty(custom, customPromisifySymbol, {
      __proto__: null, value: custom, enumerable: false, writable: false, configurable: true,
    });
  }

  const names = original[customPromisifyArgs];

  function promisified(...args) {
    return new Promise((resolve, reject) => {
      const returned = Reflect.apply(original, this, [...args, (err, ...values) => {
        if (err) {
          reject(err);
        } else if (names !== undefined && values.length > 1) {
          const gathered = {};
          for (let i = 0; i < names.length; i++) gathered[names[i]] = values[i];
          resolve(gathered);
        } else {
          resolve(values[0]);
        }
      }]);
      if (lazyTypes().isPromise(returned)) {
        process.emitWarning(
          'Calling promisify on a function that returns a Promise is likely a mistake.',
          'DeprecationWarning', 'DEP0174');
      }
    });
  }

  Object.setPrototypeOf(promisified, Object.getPrototypeOf(original));
  Object.defineProperty(promisified, customPromisifySymbol, {
    __proto__: null, value: promisified, enumerable: false, writable: false, configurable: true,
  });
  const descriptors = Object.getOwnPropertyDescriptors(original);
  for (const key of Reflect.ownKeys(descriptors)) {
    Object.defineProperty(promisified, key, { __proto__: null, ...descriptors[key] });
  }
  return promisified;
}
promisify.custom = customPromisifySymbol;

// ---- deprecation --------------------------------------------------------

// Codes that were warned about already: one warning a code and process.
const warnedCodes = new Set();

// Packages are not in their users' hands, so that some deprecations go
// unreported for calls from one. The caller is the first frame that is not
// built in.
function isInsideNodeModules() {
  for (const { scriptName: file } of internalBinding('util').getCallSites(20)) {
    if (!file || file.startsWith('node:')) continue;
    return /[\\/]node_modules[\\/]/.test(file);
  }
  return false;
}

function warnDeprecated(message, code, deprecated) {
  if (process.noDeprecation === true) return;
  if (code === undefined) {
    process.emitWarning(message, 'DeprecationWarning', deprecated);
    return;
  }
  if (warnedCodes.has(code)) return;
  warnedCodes.add(code);
  process.emitWarning(message, 'DeprecationWarning', code, deprecated);
}

function deprecate(fn, message, code, useEmitSync, modifyPrototype = true) {
  if (code !== undefined) require('internal/validators').validateString(code, 'code');

  let warned = false;
  function deprecated(...args) {
    if (!warned) {
      warned = process.noDeprecation !== true;
      warnDeprecated(message, code, deprecated);
    }
    if (new.target) return Reflect.construct(fn, args, new.target);
    return Reflect.apply(fn, this, args);
  }

  if (modifyPrototype) {
    // Statics must be found through the wrapper, and instances made by either
    // must be instances of the other.
    Object.setPrototypeOf(deprecated, fn);
    if (fn.prototype) deprecated.prototype = fn.prototype;
    Object.defineProperty(deprecated, 'length', {
      __proto__: null, ...Object.getOwnPropertyDescriptor(fn, 'length'),
    });
  }
  return deprecated;
}

// A deprecation that is only told with --pending-deprecation.
function pendingDeprecate(fn, message, code) {
  const { getOptionValue } = require('internal/options');
  return getOptionValue('--pending-deprecation') ? deprecate(fn, message, code) : fn;
}

function deprecateProperty(key, message, code) {
  let warned = false;
  return function(target) {
    if (warned) return;
    warned = true;
    warnDeprecated(message, code, target[key]);
  };
}

// For deprecated instances of a thing: returns a function that warns once.
function getDeprecationWarningEmitter(code, message, deprecated,
                                      shouldEmitWarning = () => true) {
  let warned = false;
  return function() {
    if (warned || !shouldEmitWarning()) return;
    warned = true;
    warnDeprecated(message, code, deprecated);
  };
}

const experimentalWarned = new Set();
function emitExperimentalWarning(feature, messagePrefix, code, ctor) {
  if (experimentalWarned.has(feature)) return;
  experimentalWarned.add(feature);
  let message = `${feature} is an experimental feature and might change at any time`;
  if (messagePrefix) message = messagePrefix + message;
  process.emitWarning(message, 'ExperimentalWarning', code, ctor);
}

// ---- properties ---------------------------------------------------------

// Defines on `target` a getter per name; the first read loads module `id` and
// turns the property into plain data.
function defineLazyProperties(target, id, keys, enumerable = true, writableLazily = true) {
  const descriptors = { __proto__: null };
  let loaded;
  for (const key of keys) {
    const settle = (value) => {
      Object.defineProperty(target, key, {
        __proto__: null, value, writable: true, enumerable, configurable: true,
      });
      return value;
    };
    const get = assignFunctionName(key, function() {
      loaded ??= require(id);
      return settle(loaded[key]);
    });
    const set = writableLazily ?
      assignFunctionName(key, function(value) { settle(value); }) : undefined;
    descriptors[key] = { __proto__: null, enumerable, configurable: true, get, set };
  }
  Object.defineProperties(target, descriptors);
}

// https://webidl.spec.whatwg.org/#define-the-operations
function defineOperation(target, name, method) {
  Object.defineProperty(target, name, {
    __proto__: null, writable: true, enumerable: true, configurable: true, value: method,
  });
}

// https://webidl.spec.whatwg.org/#es-interfaces
function exposeInterface(target, name, interfaceObject) {
  Object.defineProperty(target, name, {
    __proto__: null, writable: true, enumerable: false, configurable: true,
    value: interfaceObject,
  });
}

function exposeLazyInterfaces(target, id, keys) {
  defineLazyProperties(target, id, keys, false);
}

// https://webidl.spec.whatwg.org/#es-namespaces and [Replaceable] attributes
function defineReplaceableLazyAttribute(target, id, keys, writable = true, check) {
  let loaded;
  for (const key of keys) {
    let value;
    let assigned = false;
    const get = assignFunctionName(`get ${key}`, function() {
      if (check !== undefined) Reflect.apply(check, this, []);
      if (assigned) return value;
      loaded ??= require(id);
      value = loaded[key];
      assigned = true;
      return value;
    });
    const set = writable ? assignFunctionName(`set ${key}`, function(replacement) {
      Object.defineProperty(target, key, {
        __proto__: null, writable: true, enumerable: true, configurable: true,
        value: replacement,
      });
    }) : undefined;
    Object.defineProperty(target, key, {
      __proto__: null, enumerable: true, configurable: true, get, set,
    });
  }
}

// Sets an own property without running setters on the prototype chain.
function setOwnProperty(target, key, value) {
  return Object.defineProperty(target, key, {
    __proto__: null, configurable: true, enumerable: true, value, writable: true,
  });
}

function createClassWrapper(Class) {
  function wrapper(...args) {
    return Reflect.construct(Class, args, new.target || Class);
  }
  Object.setPrototypeOf(wrapper, Class);
  Object.defineProperties(wrapper, {
    name: { __proto__: null, value: Class.name },
    length: { __proto__: null, value: Class.length },
  });
  wrapper.prototype = Class.prototype;
  wrapper.prototype.constructor = wrapper;
  return wrapper;
}

function getConstructorOf(object) {
  for (let o = object; o !== null && o !== undefined; o = Object.getPrototypeOf(o)) {
    const descriptor = Object.getOwnPropertyDescriptor(o, 'constructor');
    if (descriptor !== undefined && typeof descriptor.value === 'function' &&
        descriptor.value.name !== '') {
      return descriptor.value;
    }
  }
  return undefined;
}

function getInternalGlobal() {
  return globalThis;
}

// ---- strings ------------------------------------------------------------

const encodings = {
  '__proto__': null,
  'utf8': 'utf8', 'utf-8': 'utf8',
  'ucs2': 'utf16le', 'ucs-2': 'utf16le', 'utf16le': 'utf16le', 'utf-16le': 'utf16le',
  'latin1': 'latin1', 'binary': 'latin1',
  'base64': 'base64', 'base64url': 'base64url', 'hex': 'hex', 'ascii': 'ascii',
};

// The canonical name of an encoding, undefined when there is none of that name.
// Nothing at all (undefined, null, '') means UTF-8.
function normalizeEncoding(encoding) {
  if (encoding === 'utf8' || encoding === undefined || encoding === null || encoding === '') {
    return 'utf8';
  }
  return slowCases(encoding);
}

function slowCases(encoding) {
  const known = encodings[encoding];
  return known !== undefined ? known : encodings[`${encoding}`.toLowerCase()];
}

// Replaces unpaired surrogates by U+FFFD.
function toUSVString(value) {
  return `${value}`.toWellFormed();
}

function join(list, separator) {
  const { length } = list;
  if (length === 0) return '';
  let text = list[0];
  for (let i = 1; i < length; i++) text += separator + list[i];
  return text;
}

// ESC [ ... m, the only sequence that the inspector itself writes.
const colorSequence = /\x1b\[\d\d?m/g;
function removeColors(text) {
  return text.includes('\x1b') ? text.replace(colorSequence, '') : text;
}

// ---- arrays -------------------------------------------------------------

// Drops one element in place; cheaper than Array#splice, which makes an array.
function spliceOne(list, index) {
  const last = list.length - 1;
  for (; index < last; index++) list[index] = list[index + 1];
  list.pop();
}

function filterDuplicateStrings(items, low) {
  const seen = new Map();
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    const lower = item.toLowerCase();
    seen.set(lower, low ? lower : item);
  }
  return Array.from(seen.values()).sort();
}

// ---- regular expressions that leave RegExp.$1 and friends alone -----------

// V8 keeps the statics (RegExp.lastMatch ...) of the last match per realm. The
// built-ins must not be seen there: the caller's statics are put back by
// matching the remembered input once more. Rarely needed, hence on demand.
function keepingRegExpStatics(run) {
  const { input, lastMatch, leftContext } = RegExp;
  try {
    return run();
  } finally {
    if (RegExp.input !== input || RegExp.lastMatch !== lastMatch) {
      const literal = lastMatch.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
      const again = new RegExp(literal, 'y');
      again.lastIndex = leftContext.length;
      again.exec(input);
    }
  }
}

function SideEffectFreeRegExpPrototypeExec(regex, text) {
  return keepingRegExpStatics(() => RegExp.prototype.exec.call(regex, text));
}

function SideEffectFreeRegExpPrototypeSymbolReplace(regex, text, replacement) {
  return keepingRegExpStatics(() => regex[Symbol.replace](text, replacement));
}

function SideEffectFreeRegExpPrototypeSymbolSplit(regex, text, limit = undefined) {
  return keepingRegExpStatics(() => regex[Symbol.split](text, limit));
}

// ---- system errors ------------------------------------------------------

// Map of errno (negative) -> [name, message], as libuv lists them.
let errorMap;
function lazyErrorMap() {
  errorMap ??= internalBinding('uv').getErrorMap();
  return errorMap;
}

function getSystemErrorName(errno) {
  const entry = lazyErrorMap().get(errno);
  return entry !== undefined ? entry[0] : `Unknown system error ${errno}`;
}

function getSystemErrorMessage(errno) {
  const entry = lazyErrorMap().get(errno);
  return entry !== undefined ? entry[1] : `Unknown system error ${errno}`;
}

// ---- the rest -----------------------------------------------------------

let sleepCell;
function sleep(milliseconds) {
  const { validateUint32 } = require('internal/validators');
  validateUint32(milliseconds, 'msec');
  sleepCell ??= new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(sleepCell, 0, 0, milliseconds);
}

function createDeferredPromise() {
  return Promise.withResolvers();
}

function isArrayBufferDetached(buffer) {
  return buffer.detached;
}

let cachedCwd;
let cachedCwdUrl;
function getCWDURL() {
  const cwd = process.cwd();
  if (cwd !== cachedCwd) {
    cachedCwdUrl = require('internal/url').pathToFileURL(`${cwd}/`);
    cachedCwd = cwd;
  }
  return cachedCwdUrl;
}

// A weak reference that can be made strong for as long as somebody needs it.
class WeakReference {
  #weak;
  #strong = null;
  #holders = 0;

  constructor(object) {
    this.#weak = new WeakRef(object);
  }

  incRef() {
    this.#holders++;
    if (this.#holders === 1) this.#strong = this.#weak.deref();
    return this.#holders;
  }

  decRef() {
    this.#holders--;
    if (this.#holders === 0) this.#strong = null;
    return this.#holders;
  }

  get() {
    return this.#strong ?? this.#weak.deref();
  }
}

function assertCrypto() {
  if (!process.versions.openssl) throw new (errorCodes().ERR_NO_CRYPTO)();
}

module.exports = {
  isInsideNodeModules,
  SideEffectFreeRegExpPrototypeExec,
  SideEffectFreeRegExpPrototypeSymbolReplace,
  SideEffectFreeRegExpPrototypeSymbolSplit,
  WeakReference,
  assertCrypto,
  assignFunctionName,
  createClassWrapper,
  createDeferredPromise,
  customInspectSymbol,
  customPromisifyArgs,
  defineLazyProperties,
  defineOperation,
  defineReplaceableLazyAttribute,
  deprecate,
  deprecateProperty,
  emitExperimentalWarning,
  exposeInterface,
  exposeLazyInterfaces,
  filterDuplicateStrings,
  getCWDURL,
  getConstructorOf,
  getDeprecationWarningEmitter,
  getInternalGlobal,
  getSystemErrorMessage,
  getSystemErrorName,
  isArrayBufferDetached,
  isError,
  isMacOS,
  isWindows,
  join,
  kCustomPromisifiedSymbol: customPromisifySymbol,
  kCustomPromisifyArgsSymbol: customPromisifyArgs,
  kEmptyObject,
  kEnumerableProperty,
  lazy,
  lazyErrorMap,
  normalizeEncoding,
  once,
  pendingDeprecate,
  promisify,
  removeColors,
  setOwnProperty,
  sleep,
  slowCases,
  spliceOne,
  toUSVString,
};
