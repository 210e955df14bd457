'use strict';

// Readable's array-like methods: map, filter, reduce ... over chunks as they
// come. Those that make streams are async generators here, wrapped into
// Readables in stream.js.

const {
  AbortError,
  codes: { ERR_INVALID_ARG_VALUE, ERR_MISSING_ARGS, ERR_OUT_OF_RANGE },
} = require('internal/errors');
const {
  validateAbortSignal,
  validateFunction,
  validateInteger,
  validateObject,
} = require('internal/validators');
const { finished } = require('internal/streams/end_of_stream');
const { isNodeStream, isWritable } = require('internal/streams/utils');

const kEmpty = Symbol('kEmpty');

function checkOptions(options) {
  if (options !== undefined && options !== null) {
    validateObject(options, 'options');
  }
  if (options?.signal !== undefined && options?.signal !== null) {
    validateAbortSignal(options.signal, 'options.signal');
  }
}

function abortErrorOf(signal) {
  return new AbortError(undefined, { cause: signal.reason });
}

// An AbortController that also aborts when the caller's signal does.
function childController(signal) {
  const controller = new AbortController();
  if (signal?.aborted) controller.abort(signal.reason);
  const forward = () => controller.abort(signal.reason);
  signal?.addEventListener('abort', forward);
  return {
    controller,
    detach() {
      signal?.removeEventListener('abort', forward);
    },
  };
}

function map(fn, options) {
  validateFunction(fn, 'fn');
  checkOptions(options);
  let concurrency = 1;
  if (options?.concurrency !== undefined && options.concurrency !== null) {
    concurrency = Math.floor(options.concurrency);
  }
  let highWaterMark = concurrency - 1;
  if (options?.highWaterMark !== undefined && options.highWaterMark !== null) {
    highWaterMark = Math.floor(options.highWaterMark);
  }
  validateInteger(concurrency, 'options.concurrency', 1);
  validateInteger(highWaterMark, 'options.highWaterMark', 0);
  return mapWindow(this, fn, options, concurrency, highWaterMark + concurrency);
}

// A window of results in order: at most `concurrency` calls run, at most
// `limit` results are running or waiting to be taken.
async function* mapWindow(stream, fn, options, concurrency, limit) {
  const { controller, detach } = childController(options?.signal);
  const { signal } = controller;
  const fnOptions = { signal };
  const window = [];
  let running = 0;
  let done = false;
  let wakeConsumer = null;
  let wakeProducer = null;

  const moved = () => {
    if (wakeProducer && !done && running < concurrency && window.length < limit) {
      const wake = wakeProducer;
      wakeProducer = null;
      wake();
    }
  };
  const settled = () => {
    running--;
    moved();
  };
  const failed = () => {
    done = true;
    settled();
  };
  const tellConsumer = () => {
    if (!wakeConsumer) return;
    const wake = wakeConsumer;
    wakeConsumer = null;
    wake();
  };

  async function produce() {
    try {
      for await (let value of stream) {
        if (done) return;
        if (signal.aborted) throw new AbortError();
        try {
          value = fn(value, fnOptions);
          if (value === kEmpty) continue;
          value = Promise.resolve(value);
        } catch (error) {
          value = Promise.reject(error);
        }
        running++;
        value.then(settled, failed);
        window.push(value);
        tellConsumer();
        if (!done && (window.length >= limit || running >= concurrency)) {
          await new Promise((resolve) => {
            wakeProducer = resolve;
          });
        }
      }
      window.push(kEmpty);
    } catch (error) {
      const rejected = Promise.reject(error);
      rejected.then(settled, failed);
      window.push(rejected);
    } finally {
      done = true;
      tellConsumer();
      detach();
    }
  }

  produce();
  try {
    for (;;) {
      while (window.length > 0) {
        const value = await window[0];
        if (value === kEmpty && done && window.length === 1) return;
        if (signal.aborted) throw new AbortError();
        if (value !== kEmpty) yield value;
        window.shift();
        moved();
      }
      await new Promise((resolve) => {
        wakeConsumer = resolve;
      });
    }
  } finally {
    done = true;
    // Tells calls that still run that their results are not wanted.
    controller.abort();
    if (wakeProducer) {
      wakeProducer();
      wakeProducer = null;
    }
  }
}

function filter(fn, options) {
  validateFunction(fn, 'fn');
  return map.call(this, async (value, opts) => (
    await fn(value, opts) ? value : kEmpty), options);
}

function flatMap(fn, options) {
  const values = map.call(this, fn, options);
  return (async function* flatten() {
    for await (const value of values) yield* value;
  })();
}

async function* indexPairs(stream, options) {
  let index = 0;
  for await (const value of stream) {
    if (options?.signal?.aborted) throw abortErrorOf(options.signal);
    yield [index++, value];
  }
}

function asIndexedPairs(options) {
  checkOptions(options);
  return indexPairs(this, options);
}

async function some(fn, options) {
  // eslint-disable-next-line no-unused-vars
  for await (const _ of filter.call(this, fn, options)) return true;
  return false;
}

async function every(fn, options) {
  validateFunction(fn, 'fn');
  return !(await some.call(this, async (...args) => !(await fn(...args)), options));
}

async function find(fn, options) {
  for await (const value of filter.call(this, fn, options)) return value;
  return undefined;
}

async function forEach(fn, options) {
  validateFunction(fn, 'fn');
  const run = async (value, opts) => {
    await fn(value, opts);
    return kEmpty;
  };
  // eslint-disable-next-line no-unused-vars, no-empty
  for await (const _ of map.call(this, run, options));
}

async function reduce(reducer, initial, options) {
  validateFunction(reducer, 'reducer');
  checkOptions(options);
  let seeded = arguments.length > 1;
  let result = initial;
  if (options?.signal?.aborted) {
    const error = new AbortError(undefined, { cause: options.signal.reason });
    // The error is reported by the promise; the stream needs no 'error' of it.
    this.once('error', () => {});
    await finished(this.destroy(error));
    throw error;
  }
  const { controller, detach } = childController(options?.signal);
  const { signal } = controller;
  signal.addEventListener('abort', () => this.destroy(), { once: true });
  let any = false;
  try {
    for await (const value of this) {
      any = true;
      if (options?.signal?.aborted) throw new AbortError();
      if (!seeded) {
        result = value;
        seeded = true;
      } else {
        result = await reducer(result, value, { signal });
      }
    }
    if (!any && !seeded) {
      const error = new ERR_MISSING_ARGS('initial');
      error.message = 'Reduce of an empty stream requires an initial value';
      throw error;
    }
  } finally {
    detach();
    controller.abort();
  }
  return result;
}

async function toArray(options) {
  checkOptions(options);
  const result = [];
  for await (const value of this) {
    if (options?.signal?.aborted) throw abortErrorOf(options.signal);
    result.push(value);
  }
  return result;
}

function toCount(number) {
  // Coerced as Array.prototype methods coerce lengths, but not below zero.
  const count = Number(number);
  if (Number.isNaN(count)) return 0;
  if (count < 0) throw new ERR_OUT_OF_RANGE('number', '>= 0', count);
  return count;
}

function drop(number, options) {
  checkOptions(options);
  let left = toCount(number);
  return async function* dropped() {
    if (options?.signal?.aborted) throw new AbortError();
    for await (const value of this) {
      if (options?.signal?.aborted) throw new AbortError();
      if (left-- <= 0) yield value;
    }
  }.call(this);
}

function take(number, options) {
  checkOptions(options);
  let left = toCount(number);
  return async function* taken() {
    if (options?.signal?.aborted) throw new AbortError();
    for await (const value of this) {
      if (options?.signal?.aborted) throw new AbortError();
      if (left-- > 0) yield value;
      // Not one chunk more than needed is asked for.
      if (left <= 0) return;
    }
  }.call(this);
}

function compose(stream, options) {
  checkOptions(options);
  if (isNodeStream(stream) && !isWritable(stream)) {
    throw new ERR_INVALID_ARG_VALUE('stream', stream, 'must be writable');
  }
  const composed = require('internal/streams/compose')(this, stream);
  if (options?.signal) {
    require('internal/streams/add_abort_signal')
      .addAbortSignalNoValidate(options.signal, composed);
  }
  return composed;
}

module.exports = {
  streamReturning: { asIndexedPairs, drop, filter, flatMap, map, take, compose },
  promiseReturning: { every, forEach, reduce, toArray, some, find },
};
