'use strict';
// node:test's mock timers: time stands still until tick() moves it, and due
// timers then run at once. https://nodejs.org/api/test.html#class-mocktimers

const {
  AbortError,
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_STATE },
} = require('internal/errors');
const {
  validateAbortSignal,
  validateNumber,
  validateObject,
  validateStringArray,
  validateUint32,
} = require('internal/validators');

const allApis = ['setTimeout', 'setInterval', 'setImmediate', 'Date', 'scheduler.wait',
                 'AbortSignal.timeout'];
const RealDate = Date;
const maxDelay = 2 ** 31 - 1;

class MockTimer {
  constructor(clock, id, callback, delay, args, repeats, immediate) {
    this.clock = clock;
    this.id = id;
    this.callback = callback;
    this.delay = delay;
    this.args = args;
    this.repeats = repeats;
    this.immediate = immediate;
    this.refed = true;
    this.order = 0;
    this.dueAt = 0;
  }

  ref() {
    this.refed = true;
    return this;
  }

  unref() {
    this.refed = false;
    return this;
  }

  hasRef() {
    return this.refed;
  }

  refresh() {
    this.clock.schedule(this);
    return this;
  }

  close() {
    this.clock.cancel(this);
    return this;
  }

  [Symbol.toPrimitive]() {
    return this.id;
  }

  [Symbol.dispose]() {
    this.clock.cancel(this);
  }
}

// The pending timers and the time they believe in.
class Clock {
  constructor(start) {
    this.now = start;
    this.timers = new Map();
    this.nextId = 1;
    this.nextOrder = 1;
  }

  add(callback, delay, args, repeats = false, immediate = false) {
    if (typeof callback !== 'function') {
      throw new ERR_INVALID_ARG_TYPE('callback', 'Function', callback);
    }
    delay = immediate ? 0 : +delay;
    if (!immediate && !(delay >= 1 && delay <= maxDelay)) delay = 1;
    const timer = new MockTimer(this, this.nextId++, callback, delay, args, repeats, immediate);
    this.schedule(timer);
    return timer;
  }

  schedule(timer) {
    timer.dueAt = this.now + timer.delay;
    timer.order = this.nextOrder++;
    this.timers.set(timer.id, timer);
  }

  cancel(timer) {
    const id = timer !== null && typeof timer === 'object' ? timer.id : Number(timer);
    this.timers.delete(id);
  }

  earliest() {
    let first;
    for (const timer of this.timers.values()) {
      if (first === undefined || timer.dueAt < first.dueAt ||
          (timer.dueAt === first.dueAt && (timer.immediate !== first.immediate ?
            timer.immediate : timer.order < first.order))) {
        first = timer;
      }
    }
    return first;
  }

  advance(milliseconds) {
    const target = this.now + milliseconds;
    for (;;) {
      const timer = this.earliest();
      if (timer === undefined || timer.dueAt > target) break;
      // Callbacks see the time they were due at.
      this.now = Math.max(this.now, timer.dueAt);
      if (timer.repeats) this.schedule(timer);
      else this.timers.delete(timer.id);
      Reflect.apply(timer.callback, timer, timer.args);
    }
    this.now = target;
  }

  latest() {
    let last = this.now;
    for (const timer of this.timers.values()) last = Math.max(last, timer.dueAt);
    return last;
  }
}

function checkSignal(options) {
  validateObject(options, 'options');
  const { signal } = options;
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  return signal;
}

function abortError(signal) {
  return new AbortError(undefined, { cause: signal.reason });
}

class MockTimers {
  #clock;
  #enabled = false;
  #undo = [];

  #requireEnabled() {
    if (!this.#enabled) {
      throw new ERR_INVALID_STATE(
        'You should enable MockTimers first by calling the .enable function');
    }
  }

  enable(options = { __proto__: null, apis: allApis }) {
    if (this.#enabled) throw new ERR_INVALID_STATE('MockTimers is already enabled!');
    // The older form: the list alone.
    if (Array.isArray(options)) options = { apis: options };
    validateObject(options, 'options');
    const apis = options.apis ?? allApis;
    validateStringArray(apis, 'options.apis');
    for (const api of apis) {
      if (!allApis.includes(api)) {
        throw new ERR_INVALID_ARG_VALUE('options.apis', api,
                                        `option ${api} is not supported`);
      }
    }
    let { now = 0 } = options;
    if (now instanceof RealDate) now = now.getTime();
    else validateNumber(now, 'options.now', 0);
    if (Number.isNaN(now)) {
      throw new ERR_INVALID_ARG_VALUE('now', now, 'epoch must be a positive integer received');
    }

    this.#clock = new Clock(now);
    this.#enabled = true;
    for (const api of apis) this.#mock(api);
  }

  // Milliseconds that pass; what becomes due runs on the way.
  tick(time = 1) {
    this.#requireEnabled();
    validateUint32(time, 'time');
    this.#clock.advance(time);
  }

  runAll() {
    this.#requireEnabled();
    this.#clock.advance(this.#clock.latest() - this.#clock.now);
  }

  // The time of Date only; timers keep their distance.
  setTime(time = 0) {
    this.#requireEnabled();
    validateNumber(time, 'time', 0);
    const clock = this.#clock;
    const shift = time - clock.now;
    clock.now = time;
    if (shift > 0) clock.advance(0);
  }

  reset() {
    if (!this.#enabled) return;
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = [];
    this.#enabled = false;
    this.#clock = undefined;
  }

  [Symbol.dispose]() {
    this.reset();
  }

  #replace(object, key, value) {
    const before = Object.getOwnPropertyDescriptor(object, key);
    Object.defineProperty(object, key, {
      __proto__: null, value, writable: true, configurable: true,
      enumerable: before?.enumerable ?? false,
    });
    this.#undo.push(() => {
      if (before === undefined) delete object[key];
      else Object.defineProperty(object, key, before);
    });
  }

  #mock(api) {
    const clock = this.#clock;
    const timers = require('timers');
    const promises = require('timers/promises');
    const cancel = (timer) => {
      if (timer !== undefined && timer !== null) clock.cancel(timer);
    };
    const everywhere = (name, value) => {
      this.#replace(globalThis, name, value);
      this.#replace(timers, name, value);
    };
    switch (api) {
      case 'setTimeout':
        everywhere('setTimeout', (callback, delay, ...args) => clock.add(callback, delay, args));
        everywhere('clearTimeout', cancel);
        this.#replace(promises, 'setTimeout', (delay, value, options = {}) =>
          this.#promise(delay, value, options));
        break;
      case 'setImmediate':
        everywhere('setImmediate', (callback, ...args) =>
          clock.add(callback, 0, args, false, true));
        everywhere('clearImmediate', cancel);
        this.#replace(promises, 'setImmediate', (value, options = {}) =>
          this.#promise(undefined, value, options));
        break;
      case 'setInterval':
        everywhere('setInterval', (callback, delay, ...args) =>
          clock.add(callback, delay, args, true));
        everywhere('clearInterval', cancel);
        this.#replace(promises, 'setInterval', (delay, value, options = {}) =>
          intervals(clock, delay, value, options));
        break;
      case 'scheduler.wait':
        this.#replace(promises.scheduler, 'wait', (delay, options = {}) =>
          this.#promise(delay, undefined, options));
        break;
      case 'AbortSignal.timeout':
        this.#replace(AbortSignal, 'timeout', (delay) => {
          validateUint32(delay, 'delay');
          const controller = new AbortController();
          clock.add(() => {
            controller.abort(new DOMException(
              'The operation was aborted due to timeout', 'TimeoutError'));
          }, delay, []);
          return controller.signal;
        });
        break;
      case 'Date':
        this.#replace(globalThis, 'Date', mockDate(clock));
        break;
    }
  }

  // A promise for a timer; without delay for an immediate.
  #promise(delay, value, options) {
    const clock = this.#clock;
    return new Promise((resolve, reject) => {
      const signal = checkSignal(options);
      if (signal?.aborted) {
        reject(abortError(signal));
        return;
      }
      let timer;
      const onAbort = () => {
        clock.cancel(timer);
        reject(abortError(signal));
      };
      timer = clock.add(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve(value);
      }, delay, [], false, delay === undefined);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

async function* intervals(clock, delay, value, options) {
  const signal = checkSignal(options);
  if (signal?.aborted) throw abortError(signal);
  let ready = 0;
  let wake;
  const timer = clock.add(() => {
    ready++;
    wake?.();
  }, delay, [], true);
  const onAbort = () => wake?.();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      if (signal?.aborted) throw abortError(signal);
      if (ready === 0) {
        await new Promise((resolve) => {
          wake = resolve;
        });
        wake = undefined;
        continue;
      }
      ready--;
      yield value;
    }
  } finally {
    clock.cancel(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

// A Date that has the clock's time as its present.
function mockDate(clock) {
  function MockDate(...args) {
    if (!new.target) return new RealDate(clock.now).toString();
    const target = new.target === MockDate ? RealDate : new.target;
    return Reflect.construct(RealDate, args.length === 0 ? [clock.now] : args, target);
  }
  Object.defineProperties(MockDate, Object.getOwnPropertyDescriptors(RealDate));
  Object.defineProperties(MockDate, {
    now: {
      __proto__: null, configurable: true, writable: true,
      value: function now() {
        return clock.now;
      },
    },
    isMock: { __proto__: null, value: true, configurable: true },
    toString: {
      __proto__: null, configurable: true, writable: true,
      value() {
        return Function.prototype.toString.call(RealDate);
      },
    },
  });
  return MockDate;
}

module.exports = { MockTimers };
