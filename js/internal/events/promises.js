'use strict';

// events.once() and events.on(): waiting for events of an EventEmitter or an
// EventTarget with promises and with for await.

const {
  AbortError,
  codes: { ERR_INVALID_ARG_TYPE },
} = require('internal/errors');
const {
  validateAbortSignal,
  validateInteger,
  validateObject,
} = require('internal/validators');

const AsyncIteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf((async function* () {}).prototype));
const kEmptyObject = Object.freeze({ __proto__: null });

// What an iterator's consumer (readline, for one) may see of its buffer.
const kWatermarkData = Symbol('nodejs.watermarkData');
// Option of on(): yield the first argument of an event instead of all.
const kFirstEventParam = Symbol('nodejs.kFirstEventParam');

function listen(emitter, name, listener, options) {
  if (typeof emitter.on === 'function') {
    if (options?.once) emitter.once(name, listener);
    else emitter.on(name, listener);
  } else if (typeof emitter.addEventListener === 'function') {
    emitter.addEventListener(name, listener, options);
  } else {
    throw new ERR_INVALID_ARG_TYPE('emitter', 'EventEmitter', emitter);
  }
}

function unlisten(emitter, name, listener, options) {
  if (typeof emitter.removeListener === 'function') emitter.removeListener(name, listener);
  else if (typeof emitter.removeEventListener === 'function') emitter.removeEventListener(name, listener, options);
  else throw new ERR_INVALID_ARG_TYPE('emitter', 'EventEmitter', emitter);
}

function listenForAbort(signal, listener) {
  const { kResistStopPropagation } = require('web/event_target');
  listen(signal, 'abort', listener, { __proto__: null, once: true, [kResistStopPropagation]: true });
}

// Resolves with the array of the event's arguments. An 'error' event meanwhile
// rejects, unless it is what was waited for.
async function once(emitter, name, options = kEmptyObject) {
  validateObject(options, 'options');
  const { signal } = options;
  validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });

  return new Promise((resolve, reject) => {
    const forget = () => {
      emitter.removeListener?.('error', onError);
      if (signal != null) unlisten(signal, 'abort', onAbort);
    };
    const onEvent = (...args) => {
      forget();
      resolve(args);
    };
    const onError = (error) => {
      emitter.removeListener(name, onEvent);
      if (signal != null) unlisten(signal, 'abort', onAbort);
      reject(error);
    };
    function onAbort() {
      unlisten(emitter, name, onEvent);
      unlisten(emitter, 'error', onError);
      reject(new AbortError(undefined, { cause: signal?.reason }));
    }

    listen(emitter, name, onEvent, { __proto__: null, once: true });
    // An EventTarget has no 'error' events in this sense.
    if (name !== 'error' && typeof emitter.once === 'function') emitter.once('error', onError);
    if (signal != null) listenForAbort(signal, onAbort);
  });
}

// A queue whose shift() does not move the rest.
class Queue {
  #items = [];
  #head = 0;

  get size() {
    return this.#items.length - this.#head;
  }

  push(item) {
    this.#items.push(item);
  }

  shift() {
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    // Half of it being gone keeps the cost of compaction constant per item.
    if (this.#head > 32 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

// Iterates over the events of that name, each as the array of its arguments.
// When more than highWaterMark are waiting the emitter is paused, until fewer
// than lowWaterMark are.
function on(emitter, event, options = kEmptyObject) {
  validateObject(options, 'options');
  const { signal } = options;
  validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  const high = options.highWaterMark ?? options.highWatermark ?? Number.MAX_SAFE_INTEGER;
  const low = options.lowWaterMark ?? options.lowWatermark ?? 1;
  validateInteger(high, 'options.highWaterMark', 1);
  validateInteger(low, 'options.lowWaterMark', 1);

  const events = new Queue();
  const waiting = new Queue();
  const registered = [];
  let paused = false;
  let failure = null;
  let finished = false;

  const register = (target, name, listener) => {
    listen(target, name, listener);
    registered.push([target, name, listener]);
  };

  const iterator = Object.setPrototypeOf({
    next() {
      if (events.size > 0) {
        const value = events.shift();
        if (paused && events.size < low) {
          emitter.resume();
          paused = false;
        }
        return Promise.resolve({ done: false, value });
      }
      if (failure !== null) {
        const promise = Promise.reject(failure);
        // It is told once; afterwards the iterator has ended.
        failure = null;
        return promise;
      }
      if (finished) return close();
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return() {
      return close();
    },
    throw(error) {
      if (!error || !(error instanceof Error)) {
        throw new ERR_INVALID_ARG_TYPE('EventEmitter.AsyncIterator', 'Error', error);
      }
      fail(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [kWatermarkData]: {
      get size() { return events.size; },
      get low() { return low; },
      get high() { return high; },
      get isPaused() { return paused; },
    },
  }, AsyncIteratorPrototype);

  register(emitter, event, options[kFirstEventParam] ? receive : (...args) => receive(args));
  if (event !== 'error' && typeof emitter.on === 'function') register(emitter, 'error', fail);
  if (options.close?.length) {
    for (const name of options.close) register(emitter, name, close);
  }
  let abortListener;
  if (signal) {
    const { addAbortListener } = require('internal/events/abort_listener');
    abortListener = addAbortListener(signal, () => fail(new AbortError(undefined, { cause: signal.reason })));
  }
  return iterator;

  function receive(value) {
    if (waiting.size > 0) {
      waiting.shift().resolve({ done: false, value });
      return;
    }
    events.push(value);
    if (!paused && events.size > high) {
      paused = true;
      emitter.pause();
    }
  }

  function fail(error) {
    if (waiting.size > 0) waiting.shift().reject(error);
    else failure = error;
    close();
  }

  function close() {
    abortListener?.[Symbol.dispose]();
    for (const [target, name, listener] of registered.splice(0)) unlisten(target, name, listener);
    finished = true;
    const done = { done: true, value: undefined };
    while (waiting.size > 0) waiting.shift().resolve(done);
    return Promise.resolve(done);
  }
}

module.exports = { kFirstEventParam, kWatermarkData, on, once };
