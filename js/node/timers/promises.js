'use strict';
// node:timers/promises.

const { AbortError } = require('internal/errors');
const { Immediate, Timeout, clearImmediate, clearTimeout, start } = require('internal/timers');
const { validateAbortSignal, validateBoolean, validateNumber, validateObject } = require('internal/validators');

const none = Object.freeze({ __proto__: null });

function checkOptions(options) {
  validateObject(options, 'options');
  const { signal, ref = true } = options;
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  if (ref !== undefined) validateBoolean(ref, 'options.ref');
  return { signal, ref };
}

function aborted(signal) {
  return new AbortError(undefined, { cause: signal.reason });
}

// A promise for `value` that `begin(resolve)` will resolve and `stop` prevents.
function abortable(signal, value, begin, stop) {
  return new Promise((resolve, reject) => {
    let onAbort;
    const handle = begin(() => {
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
      resolve(value);
    });
    if (signal === undefined) return;
    onAbort = () => {
      stop(handle);
      reject(aborted(signal));
    };
    signal.addEventListener('abort', onAbort, { __proto__: null, once: true });
  });
}

function setTimeout(delay, value, options = none) {
  let checked;
  try {
    if (delay !== undefined) validateNumber(delay, 'delay');
    checked = checkOptions(options);
  } catch (error) {
    return Promise.reject(error);
  }
  const { signal, ref } = checked;
  if (signal?.aborted) return Promise.reject(aborted(signal));
  return abortable(signal, value, (done) => {
    const timer = new Timeout(done, delay, undefined, false, true);
    start(timer);
    if (!ref) timer.unref();
    return timer;
  }, clearTimeout);
}

function setImmediate(value, options = none) {
  let checked;
  try {
    checked = checkOptions(options);
  } catch (error) {
    return Promise.reject(error);
  }
  const { signal, ref } = checked;
  if (signal?.aborted) return Promise.reject(aborted(signal));
  return abortable(signal, value, (done) => {
    const immediate = new Immediate(done, undefined);
    if (!ref) immediate.unref();
    return immediate;
  }, clearImmediate);
}

async function* setInterval(after, value, options = none) {
  if (after !== undefined) validateNumber(after, 'delay');
  const { signal, ref } = checkOptions(options);
  if (signal?.aborted) throw aborted(signal);
  let due = 0;
  let wake;
  let stopped = false;
  const timer = new Timeout(() => {
    due++;
    wake?.();
  }, after, undefined, true, true);
  start(timer);
  if (!ref) timer.unref();
  const onAbort = () => {
    stopped = true;
    clearTimeout(timer);
    wake?.();
  };
  signal?.addEventListener('abort', onAbort, { __proto__: null, once: true });
  try {
    while (!stopped) {
      if (due === 0) {
        await new Promise((resolve) => { wake = resolve; });
        wake = undefined;
      }
      for (; due > 0; due--) yield value;
    }
    throw aborted(signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

const SCHEDULER = Symbol('scheduler');
const kScheduler = Symbol('kScheduler');

class Scheduler {
  constructor(token) {
    if (token !== SCHEDULER) {
      const { codes: { ERR_ILLEGAL_CONSTRUCTOR } } = require('internal/errors');
      throw new ERR_ILLEGAL_CONSTRUCTOR();
    }
    this[kScheduler] = true;
  }

  yield() {
    checkScheduler(this);
    return setImmediate();
  }

  wait(delay, options) {
    checkScheduler(this);
    return setTimeout(delay, undefined, options);
  }
}

function checkScheduler(value) {
  if (!(value instanceof Scheduler)) {
    const { codes: { ERR_INVALID_THIS } } = require('internal/errors');
    throw new ERR_INVALID_THIS('Scheduler');
  }
}

module.exports = { setTimeout, setImmediate, setInterval, scheduler: new Scheduler(SCHEDULER) };
