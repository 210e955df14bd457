'use strict';
// util.debounce(): a function that runs once nobody has called it for a while (https://nodejs.org/api/util.html).

const { AbortError } = require('internal/errors');
const { kEmptyObject } = require('internal/util');
const {
  validateAbortSignal, validateBoolean, validateFunction, validateInteger, validateObject,
} = require('internal/validators');

// The longest time a timer takes, in ms.
const TIMEOUT_MAX = 2 ** 31 - 1;

class Debouncer {
  constructor(fn, wait, { leading, rejectOnCancel, signal }) {
    this.fn = fn;
    this.wait = wait;
    this.leading = leading;
    this.rejectOnCancel = rejectOnCancel;
    this.signal = signal;
    // Of the calls that wait for the end of the window: what the last one was given, and what settles each.
    this.call = undefined;
    this.waiting = [];
    this.timer = undefined;
    this.referenced = true;
  }

  invoke(thisArg, args) {
    if (this.signal?.aborted) return Promise.reject(abortedBy(this.signal));
    if (this.leading && this.timer === undefined) {
      // The window begins first: calls from within `fn` belong to it.
      this.restart();
      return this.run(thisArg, args);
    }
    if (this.rejectOnCancel) this.reject(new AbortError('The debounced call was superseded'));
    const waiter = Promise.withResolvers();
    this.waiting.push(waiter);
    this.call = { thisArg, args };
    this.restart();
    return waiter.promise;
  }

  restart() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.expire(), this.wait);
    if (!this.referenced) this.timer.unref();
  }

  expire() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { call, waiting } = this;
    if (call === undefined) return;
    this.call = undefined;
    this.waiting = [];
    // What comes of a call that was put off starts no window of its own.
    const result = this.run(call.thisArg, call.args);
    for (const { resolve } of waiting) resolve(result);
  }

  async run(thisArg, args) {
    return Reflect.apply(this.fn, thisArg, args);
  }

  reject(error) {
    const { waiting } = this;
    this.waiting = [];
    this.call = undefined;
    for (const { reject } of waiting) reject(error);
  }

  cancel(reason) {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.reject(new AbortError(undefined, reason === undefined ? undefined : { cause: reason }));
  }

  keepAlive(referenced) {
    this.referenced = referenced;
    if (referenced) this.timer?.ref();
    else this.timer?.unref();
  }
}

function abortedBy(signal) {
  return new AbortError(undefined, { cause: signal.reason });
}

function debounce(fn, wait, options = kEmptyObject) {
  validateFunction(fn, 'fn');
  validateInteger(wait, 'wait', 0, TIMEOUT_MAX);
  validateObject(options, 'options');
  const { leading = false, rejectOnCancel = false, signal } = options;
  validateBoolean(leading, 'options.leading');
  validateBoolean(rejectOnCancel, 'options.rejectOnCancel');
  if (signal !== undefined) {
    validateAbortSignal(signal, 'options.signal');
    if (signal.aborted) throw abortedBy(signal);
  }
  const state = new Debouncer(fn, wait, { leading, rejectOnCancel, signal });
  signal?.addEventListener('abort', () => state.cancel(signal.reason), { once: true });
  const debounced = function(...args) {
    return state.invoke(this, args);
  };
  const methods = {
    cancel(reason) { state.cancel(reason); },
    flush() {
      if (state.call !== undefined) state.expire();
    },
    ref() {
      state.keepAlive(true);
      return debounced;
    },
    unref() {
      state.keepAlive(false);
      return debounced;
    },
  };
  return dress(debounced, fn, methods, {
    pending: () => state.waiting.at(-1)?.promise ?? null,
    pendingCount: () => state.waiting.length,
  });
}

// Gives the function that users get the name and length of theirs, methods, and figures.
function dress(made, fn, methods, figures) {
  Object.assign(made, methods);
  for (const property of ['length', 'name']) {
    Object.defineProperty(made, property, { __proto__: null, configurable: true, value: fn[property] });
  }
  for (const name of Object.keys(figures)) {
    Object.defineProperty(made, name, { __proto__: null, get: figures[name] });
  }
  return made;
}

module.exports = { TIMEOUT_MAX, abortedBy, debounce, dress };
