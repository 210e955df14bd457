'use strict';
// node:timers.

const {
  Immediate, TIMEOUT_MAX, Timeout, clearImmediate, clearTimeout, start, startAs, unenroll,
} = require('internal/timers');

function checkCallback(callback) {
  if (typeof callback !== 'function') {
    const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
    throw new ERR_INVALID_ARG_TYPE('callback', 'Function', callback);
  }
}

function extraArguments(given, first) {
  if (given.length <= first) return undefined;
  const args = new Array(given.length - first);
  for (let i = first; i < given.length; i++) args[i - first] = given[i];
  return args;
}

function setTimeout(callback, after) {
  checkCallback(callback);
  const args = arguments.length > 2 ? extraArguments(arguments, 2) : undefined;
  const timer = new Timeout(callback, after, args, false, true);
  start(timer);
  return timer;
}

function setInterval(callback, repeat) {
  checkCallback(callback);
  const args = arguments.length > 2 ? extraArguments(arguments, 2) : undefined;
  const timer = new Timeout(callback, repeat, args, true, true);
  start(timer);
  return timer;
}

function setImmediate(callback) {
  checkCallback(callback);
  const args = arguments.length > 1 ? extraArguments(arguments, 1) : undefined;
  return new Immediate(callback, args);
}

function clearInterval(timer) {
  clearTimeout(timer);
}

// The functions from before Timeout had methods: deprecated, kept for packages that still enroll their own objects.
const legacy = {
  enroll(item, msecs) {
    const { validateNumber } = require('internal/validators');
    validateNumber(msecs, 'msecs');
    if (msecs < 0 || !Number.isFinite(msecs)) {
      const { codes: { ERR_OUT_OF_RANGE } } = require('internal/errors');
      throw new ERR_OUT_OF_RANGE('msecs', 'a non-negative finite number', msecs);
    }
    if (msecs > TIMEOUT_MAX) {
      process.emitWarning(
        `${msecs} does not fit into a 32-bit signed integer.\nTimer duration was truncated to ${TIMEOUT_MAX}.`,
        'TimeoutOverflowWarning');
    }
    if (item._idleNext) unenroll(item);
    item._idleNext = item._idlePrev = item;
    item._idleTimeout = Math.min(msecs, TIMEOUT_MAX);
  },
  active(item) { startAs(item, true); },
  _unrefActive(item) { startAs(item, false); },
  unenroll,
};

function deprecatedMethod(name, code, advice) {
  let wrapped;
  return function(...args) {
    wrapped ??= require('internal/util').deprecate(legacy[name], `timers.${name}() is deprecated. ${advice}`, code);
    return wrapped.apply(this, args);
  };
}

function definePromisified(target, name) {
  const custom = Symbol.for('nodejs.util.promisify.custom');
  Object.defineProperty(target, custom, {
    __proto__: null,
    enumerable: true,
    get() { return require('timers/promises')[name]; },
  });
}

definePromisified(setTimeout, 'setTimeout');
definePromisified(setImmediate, 'setImmediate');

// In Node's order, which Object.keys() shows. Node 26 has none of the deprecated ones.
module.exports = {
  setTimeout,
  clearTimeout,
  setImmediate,
  clearImmediate,
  setInterval,
  clearInterval,
  _unrefActive: deprecatedMethod('_unrefActive', 'DEP0127', 'Please use timeout.refresh() instead.'),
  active: deprecatedMethod('active', 'DEP0126', 'Please use timeout.refresh() instead.'),
  unenroll: deprecatedMethod('unenroll', 'DEP0096', 'Please use clearTimeout instead.'),
  enroll: deprecatedMethod('enroll', 'DEP0095', 'Please use setTimeout instead.'),
};

Object.defineProperty(module.exports, 'promises', {
  __proto__: null,
  configurable: true,
  enumerable: true,
  get() { return require('timers/promises'); },
});
