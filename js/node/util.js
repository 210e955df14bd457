'use strict';
// util: https://nodejs.org/api/util.html. What is big or seldom used lives in
// modules of its own, loaded when it is first called or read.

const { defineLazyValue } = require('internal/lazy');
const internalUtil = require('internal/util');
const { assignFunctionName, defineLazyProperties, deprecate, promisify, toUSVString } =
  internalUtil;
const { format, formatWithOptions, inspect, stripVTControlCharacters } =
  require('internal/util/inspect');
const { publicTypes: types, isDate, isRegExp } = require('internal/util/types');
const { debuglog } = require('internal/util/debuglog');

let errors;
function lazyErrors() {
  return errors ??= require('internal/errors');
}

let validators;
function lazyValidators() {
  return validators ??= require('internal/validators');
}

// ---- classes of old -----------------------------------------------------

function inherits(ctor, superCtor) {
  const { ERR_INVALID_ARG_TYPE } = lazyErrors().codes;
  if (ctor === undefined || ctor === null) {
    throw new ERR_INVALID_ARG_TYPE('ctor', 'Function', ctor);
  }
  if (superCtor === undefined || superCtor === null) {
    throw new ERR_INVALID_ARG_TYPE('superCtor', 'Function', superCtor);
  }
  if (superCtor.prototype === undefined) {
    throw new ERR_INVALID_ARG_TYPE('superCtor.prototype', 'Object', superCtor.prototype);
  }
  Object.defineProperty(ctor, 'super_', {
    __proto__: null, value: superCtor, writable: true, configurable: true,
  });
  Object.setPrototypeOf(ctor.prototype, superCtor.prototype);
}

function _extend(target, source) {
  if (source === null || typeof source !== 'object') return target;
  for (const key of Object.keys(source)) target[key] = source[key];
  return target;
}

// ---- promises and callbacks ---------------------------------------------

function reportRejection(reason, callback) {
  // A falsy reason would look like success to the callback.
  if (!reason) {
    const { ERR_FALSY_VALUE_REJECTION } = lazyErrors().codes;
    const error = new ERR_FALSY_VALUE_REJECTION(reason);
    error.reason ??= reason;
    Error.captureStackTrace(error, reportRejection);
    reason = error;
  }
  return callback(reason);
}

function callbackify(original) {
  const { validateFunction } = lazyValidators();
  validateFunction(original, 'original');

  // The callback runs by nextTick, so that what it throws is an uncaught
  // exception rather than a rejection of the promise.
  function callbackified(...args) {
    const callback = args.pop();
    validateFunction(callback, 'last argument');
    const bound = callback.bind(this);
    Reflect.apply(original, this, args).then(
      (value) => process.nextTick(bound, null, value),
      (reason) => process.nextTick(reportRejection, reason, bound));
  }

  const descriptors = Object.getOwnPropertyDescriptors(original);
  if (typeof descriptors.length.value === 'number') descriptors.length.value++;
  if (typeof descriptors.name.value === 'string') descriptors.name.value += 'Callbackified';
  for (const key of Reflect.ownKeys(descriptors)) {
    Object.defineProperty(callbackified, key, { __proto__: null, ...descriptors[key] });
  }
  return callbackified;
}

// Settles with the event when the signal aborts, for as long as `resource` is alive.
async function aborted(signal, resource) {
  if (!(signal instanceof require('web/abort_controller').AbortSignal)) {
    throw new (lazyErrors().codes.ERR_INVALID_ARG_TYPE)('signal', 'AbortSignal', signal);
  }
  const { validateObject, kValidateObjectAllowObjects } = lazyValidators();
  validateObject(resource, 'resource', kValidateObjectAllowObjects);
  if (signal.aborted) return undefined;
  const { kResistStopPropagation, kWeakHandler } = require('web/event_target');
  const { promise, resolve } = Promise.withResolvers();
  const options = { __proto__: null, once: true };
  if (kResistStopPropagation !== undefined) options[kResistStopPropagation] = true;
  if (kWeakHandler !== undefined) options[kWeakHandler] = resource;
  signal.addEventListener('abort', resolve, options);
  return promise;
}

// ---- system errors ------------------------------------------------------

function checkErrno(errno) {
  lazyValidators().validateNumber(errno, 'err');
  if (errno >= 0 || !Number.isSafeInteger(errno)) {
    throw new (lazyErrors().codes.ERR_OUT_OF_RANGE)('err', 'a negative integer', errno);
  }
}

function getSystemErrorName(errno) {
  checkErrno(errno);
  return internalUtil.getSystemErrorName(errno);
}

function getSystemErrorMessage(errno) {
  checkErrno(errno);
  return internalUtil.getSystemErrorMessage(errno);
}

function getSystemErrorMap() {
  return internalUtil.lazyErrorMap();
}

function _errnoException(errno, syscall, original) {
  checkErrno(errno);
  return new (lazyErrors().ErrnoException)(errno, syscall, original);
}

function _exceptionWithHostPort(errno, syscall, address, port, additional) {
  return new (lazyErrors().ExceptionWithHostPort)(errno, syscall, address, port, additional);
}

// ---- text ---------------------------------------------------------------

function styleText(styles, text, options) {
  return require('internal/util/style_text').styleText(styles, text, options);
}

function parseEnv(content) {
  lazyValidators().validateString(content, 'content');
  return require('internal/util/parse_env').parseEnv(content);
}

function parseArgs(config = undefined) {
  return require('internal/util/parse_args').parseArgs(config);
}

function diff(actual, expected) {
  return require('internal/util/diff').diff(actual, expected);
}

// The oldest logger: the time of day, then the arguments.
function log(...args) {
  const now = new Date();
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov',
                  'Dec'];
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()]
    .map((n) => `${n}`.padStart(2, '0')).join(':');
  console.log('%s - %s', `${now.getDate()} ${months[now.getMonth()]} ${time}`, format(...args));
}

// ---- comparison ---------------------------------------------------------

function isDeepStrictEqual(a, b, skipPrototype) {
  const { isDeepStrictEqual: compare } = require('internal/util/comparisons');
  return compare(a, b, skipPrototype);
}

// ---- call sites ---------------------------------------------------------

function getCallSites(frameCount = 10, options = undefined) {
  const { validateBoolean, validateInteger, validateObject } = lazyValidators();
  if (options === undefined && typeof frameCount === 'object') {
    options = frameCount;
    frameCount = 10;
    validateObject(options, 'options');
  } else if (options !== undefined) {
    validateObject(options, 'options');
  }
  const sourceMap = options?.sourceMap;
  if (sourceMap !== undefined) validateBoolean(sourceMap, 'options.sourceMap');
  validateInteger(frameCount, 'frameCount', 1, 200);
  const sites = internalBinding('util').getCallSites(frameCount);
  const mapped = sourceMap ?? require('internal/options').getOptionValue('--enable-source-maps');
  return mapped ? sites.map(require('internal/source_map_support').mapCallSite) : sites;
}

// ---- signals ------------------------------------------------------------

function convertProcessSignalToExitCode(signal) {
  const { signals } = require('os').constants;
  lazyValidators().validateOneOf(signal, 'signalCode', Object.keys(signals));
  return 128 + signals[signal];
}

function setTraceSigInt(enable) {
  if (internalBinding('worker').threadId() !== 0) {
    throw new (lazyErrors().codes.ERR_WORKER_UNSUPPORTED_OPERATION)('Calling util.setTraceSigInt');
  }
  internalBinding('trace_flags').traceSigint(Boolean(enable));
}

function transferableAbortController() {
  return require('web/abort_controller').transferableAbortController();
}

function transferableAbortSignal(signal) {
  return require('web/abort_controller').transferableAbortSignal(signal);
}

// ---- predicates that Node has deprecated --------------------------------

const oldPredicates = {
  isBoolean: [48, (value) => typeof value === 'boolean'],
  isBuffer: [45, (value) => require('buffer').Buffer.isBuffer(value)],
  isDate: [47, (value) => isDate(value)],
  isError: [48, (value) => Object.prototype.toString.call(value) === '[object Error]' ||
    value instanceof Error],
  isFunction: [49, (value) => typeof value === 'function'],
  isNull: [50, (value) => value === null],
  isNullOrUndefined: [51, (value) => value === null || value === undefined],
  isNumber: [52, (value) => typeof value === 'number'],
  isObject: [53, (value) => value !== null && typeof value === 'object'],
  isPrimitive: [54, (value) => value === null ||
    (typeof value !== 'object' && typeof value !== 'function')],
  isRegExp: [55, (value) => isRegExp(value)],
  isString: [56, (value) => typeof value === 'string'],
  isSymbol: [57, (value) => typeof value === 'symbol'],
  isUndefined: [58, (value) => value === undefined],
};

const exported = {
  _errnoException,
  _exceptionWithHostPort,
  _extend: deprecate(_extend,
    'The `util._extend` API is deprecated. Please use Object.assign() instead.', 'DEP0060'),
  aborted,
  callbackify,
  convertProcessSignalToExitCode,
  debug: debuglog,
  debuglog,
  deprecate: (fn, message, code, { modifyPrototype } = { __proto__: null }) =>
    deprecate(fn, message, code, undefined, modifyPrototype),
  diff,
  format,
  formatWithOptions,
  getCallSites,
  getSystemErrorMap,
  getSystemErrorMessage,
  getSystemErrorName,
  inherits,
  inspect,
  isArray: deprecate(Array.isArray,
    'The `util.isArray` API is deprecated. Please use `Array.isArray()` instead.', 'DEP0044'),
  isDeepStrictEqual,
  log: deprecate(log,
    'The `util.log API is deprecated.', 'DEP0059'),
  parseArgs,
  parseEnv,
  promisify,
  setTraceSigInt,
  stripVTControlCharacters,
  styleText,
  toUSVString(input) {
    return toUSVString(input);
  },
  transferableAbortController,
  transferableAbortSignal,
  types,
};
assignFunctionName('deprecate', exported.deprecate);

for (const name of Object.keys(oldPredicates)) {
  const [number, check] = oldPredicates[name];
  exported[name] = assignFunctionName(name,
    deprecate(check, `The \`util.${name}\` API is deprecated.`, `DEP00${number}`));
}

for (const name of ['TextDecoder', 'TextEncoder']) defineLazyValue(exported, name, () => require('web/encoding')[name]);
defineLazyProperties(exported, 'internal/util/debounce', ['debounce']);
defineLazyProperties(exported, 'internal/util/throttle', ['throttle']);
for (const name of ['MIMEParams', 'MIMEType']) defineLazyValue(exported, name, () => require('internal/mime')[name]);

exported.markPromiseAsHandled = function markPromiseAsHandled(promise) {
  if (!types.isPromise(promise)) throw new (lazyErrors().codes.ERR_INVALID_ARG_TYPE)('promise', 'Promise', promise);
  internalBinding('util').markPromiseAsHandled(promise);
};

module.exports = exported;
