'use strict';
// node:timers.

const { Immediate, Timeout, clearImmediate, clearTimeout, start } = require('internal/timers');

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

// In Node's order, which Object.keys() shows.
module.exports = {
  setTimeout,
  clearTimeout,
  setImmediate,
  clearImmediate,
  setInterval,
  clearInterval,
};

Object.defineProperty(module.exports, 'promises', {
  __proto__: null,
  configurable: true,
  enumerable: true,
  get() { return require('timers/promises'); },
});
