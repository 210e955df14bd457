'use strict';
// util.throttle(): a function that runs so many times in an interval at most; further calls wait or are dropped
// (https://nodejs.org/api/util.html).

const { AbortError, codes: { ERR_THROTTLED } } = require('internal/errors');
const { kEmptyObject } = require('internal/util');
const { TIMEOUT_MAX, abortedBy, dress } = require('internal/util/debounce');
const {
  validateAbortSignal, validateBoolean, validateFunction, validateInteger, validateObject, validateOneOf,
} = require('internal/validators');

class Throttle {
  constructor(fn, limit, interval, options) {
    this.fn = fn;
    this.limit = limit;
    this.interval = interval;
    this.options = options;
    // Calls that wait, in order: { thisArg, args, promise, resolve, reject }.
    this.queue = [];
    this.active = 0;
    // When the runs of this interval began (strict: of the last intervals' length); not more than `limit`.
    this.starts = [];
    this.timer = undefined;
    this.referenced = true;
  }

  // ms until another run may begin.
  delay() {
    const { interval, limit, options: { strict }, starts } = this;
    const now = performance.now();
    if (strict) {
      while (starts.length > 0 && starts[0] + interval <= now) starts.shift();
    } else if (starts.length > 0 && starts[0] + interval <= now) {
      // The intervals follow each other from the first run on.
      starts.length = 0;
    }
    return starts.length < limit ? 0 : Math.max(starts[0] + interval - now, 0);
  }

  get hasCapacity() {
    return this.active < this.options.concurrency && this.delay() === 0;
  }

  invoke(thisArg, args) {
    const { maxPending, overflow, signal } = this.options;
    if (signal?.aborted) return Promise.reject(abortedBy(signal));
    if (this.queue.length === 0 && this.hasCapacity) return this.run(thisArg, args);
    if (overflow === 'drop' || this.queue.length >= maxPending) return Promise.reject(new ERR_THROTTLED());
    const waiter = Promise.withResolvers();
    this.queue.push({ ...waiter, thisArg, args });
    this.schedule();
    return waiter.promise;
  }

  async run(thisArg, args) {
    this.starts.push(performance.now());
    this.active++;
    try {
      return await Reflect.apply(this.fn, thisArg, args);
    } finally {
      this.active--;
      this.advance();
    }
  }

  // Begins what may begin, and comes back for the rest.
  advance() {
    while (this.queue.length > 0 && this.hasCapacity) {
      const { args, resolve, thisArg } = this.queue.shift();
      resolve(this.run(thisArg, args));
    }
    this.schedule();
  }

  // Where runs are under way at the most, the end of one is what is waited for.
  schedule() {
    if (this.timer !== undefined || this.queue.length === 0 || this.active >= this.options.concurrency) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.advance();
    }, Math.ceil(this.delay()));
    if (!this.referenced) this.timer.unref();
  }

  cancel(reason) {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { queue } = this;
    this.queue = [];
    const error = new AbortError(undefined, reason === undefined ? undefined : { cause: reason });
    for (const { reject } of queue) reject(error);
  }

  keepAlive(referenced) {
    this.referenced = referenced;
    if (referenced) this.timer?.ref();
    else this.timer?.unref();
  }
}

function throttle(fn, limit, interval, options = kEmptyObject) {
  validateFunction(fn, 'fn');
  validateInteger(limit, 'limit', 1);
  validateInteger(interval, 'interval', 0, TIMEOUT_MAX);
  validateObject(options, 'options');
  const { concurrency = Infinity, maxPending = Infinity, overflow = 'queue', signal, strict = false } = options;
  if (concurrency !== Infinity) validateInteger(concurrency, 'options.concurrency', 1);
  if (maxPending !== Infinity) validateInteger(maxPending, 'options.maxPending', 0);
  validateOneOf(overflow, 'options.overflow', ['queue', 'drop']);
  validateBoolean(strict, 'options.strict');
  if (signal !== undefined) {
    validateAbortSignal(signal, 'options.signal');
    if (signal.aborted) throw abortedBy(signal);
  }
  const state = new Throttle(fn, limit, interval, { concurrency, maxPending, overflow, signal, strict });
  signal?.addEventListener('abort', () => state.cancel(signal.reason), { once: true });
  const throttled = function(...args) {
    return state.invoke(this, args);
  };
  const methods = {
    cancel(reason) { state.cancel(reason); },
    hasImmediateCapacity() { return state.queue.length === 0 && state.hasCapacity; },
    ref() {
      state.keepAlive(true);
      return throttled;
    },
    unref() {
      state.keepAlive(false);
      return throttled;
    },
  };
  return dress(throttled, fn, methods, {
    pending: () => state.queue.at(-1)?.promise ?? null,
    pendingCount: () => state.queue.length,
    activeCount: () => state.active,
  });
}

module.exports = { throttle };
