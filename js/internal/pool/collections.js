'use strict';
// map, forEach, filter, reduce and imap of Pool. Each has a class that says what is done to a slice and what becomes of the
// outcome; sorting.js has sort.

const { codes: { ERR_INTERNAL_ASSERTION, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE } } = require('internal/errors');
const { validateAbortSignal, validateBoolean, validateInteger, validateObject } = require('internal/validators');
const { abortError } = require('internal/pool/errors');
const { feedOf, isTypedArray, leased, typeOf } = require('internal/pool/feeds');
const { Mapping } = require('internal/pool/mapping');
const { positive, readPriority } = require('internal/pool/options');
const { EACH, FILTER, MAP, REDUCE } = require('internal/pool/protocol');
const native = internalBinding('pool');

function readCaptures(captures) {
  if (captures === undefined) return [];
  validateObject(captures, 'options.captures');
  return Object.keys(captures);
}

// The options that all have: captures, filename, signal, chunkSize, ordered, priority, timeout (of a slice), transferList.
function readOptions(pool, kinds, fnOrName, options) {
  validateObject(options, 'options');
  const { kCode, kScheduler } = kinds;
  const { captures, chunkSize, filename, ordered, signal, timeout, transferList: list } = options;
  const scheduler = pool[kScheduler]();
  const names = readCaptures(captures);
  if (signal !== undefined && signal !== null) validateAbortSignal(signal, 'options.signal');
  if (chunkSize !== undefined) validateInteger(chunkSize, 'options.chunkSize', 1, 0x7fff_ffff);
  if (ordered !== undefined) validateBoolean(ordered, 'options.ordered');
  const limit = positive(timeout, 'options.timeout', 0);
  return {
    scheduler,
    code: pool[kCode](fnOrName, names, filename, typeof fnOrName === 'function' ? undefined : fnOrName),
    captures: names.map((key) => captures[key]),
    chunkSize,
    ordered: ordered ?? true,
    signal: signal ?? undefined,
    priority: readPriority(options.priority),
    timeout: limit === Infinity ? 0 : limit,
    list: list === undefined || list === null ? undefined : require('internal/worker/messaging').readTransferOption(list),
  };
}

// Gives a mapping to the scheduler, until it is done or `signal` aborts it.
function begin(mapping, signal) {
  if (signal !== undefined) {
    const onAbort = () => mapping.fail(abortError(signal));
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    mapping.release = () => signal.removeEventListener('abort', onAbort);
  }
  mapping.scheduler.addSource(mapping);
}

class ArrayMap extends Mapping {
  operation = MAP;
  #results = [];
  #ordered;

  constructor(setup, feed, resolve, reject) {
    super(setup, feed, resolve, reject);
    this.#ordered = setup.ordered;
  }

  accept(slice, values) {
    const results = this.#results;
    const first = this.#ordered ? slice.base + slice.from : results.length;
    for (let i = 0; i < values.length; i++) results[first + i] = values[i];
  }

  finish() { this.resolve(this.#results); }
}

// The isolates write into memory that they share. Large results are in memory that may have been used before, and holds
// what it held then: it must not get out unless each element was written.
class TypedMap extends Mapping {
  operation = MAP;
  #Type;
  #length;
  #leased = false;
  #written = 0;

  constructor(setup, feed, resolve, reject, Type) {
    super(setup, feed, resolve, reject);
    this.#Type = Type;
    this.#length = feed.length;
    this.extra = leased(Type, feed.length);
    this.#leased = this.extra !== undefined;
    this.extra ??= new Type(new SharedArrayBuffer(feed.length * Type.BYTES_PER_ELEMENT));
  }

  accept() {}

  // Called once for each slice that ended well, which has written all of its elements.
  learn(size, nanos) {
    this.#written += size;
    super.learn(size, nanos);
  }

  finish() {
    if (!this.#leased) {
      this.resolve(this.extra);
    } else if (this.#written !== this.#length) {
      this.reject(new ERR_INTERNAL_ASSERTION(`${this.#written} of ${this.#length} results were written`));
    } else {
      // An isolate that is still at a slice which another one did as well writes the same, or what comes to the same; but not
      // into anything else.
      if (!this.clean) this.#leased = false;
      this.resolve(this.clean ? new this.#Type(native.handOutMemory(this.extra.buffer)) : this.extra);
    }
  }

  served() {
    super.served();
    // Of one that failed.
    if (this.#leased) native.returnMemory(this.extra.buffer, this.clean);
  }
}

class Each extends Mapping {
  operation = EACH;
  accept() {}
  finish() { this.resolve(); }
}

// Outcomes of slices in the order of their items, or as they come.
class Parts {
  #parts = [];
  #ordered;

  constructor(ordered) {
    this.#ordered = ordered;
  }

  add(slice, value) { this.#parts.push([slice.base + slice.from, value]); }

  inOrder() {
    if (this.#ordered) this.#parts.sort((a, b) => a[0] - b[0]);
    return this.#parts.map((part) => part[1]);
  }
}

class Filter extends Mapping {
  operation = FILTER;
  #parts;
  #Type;

  constructor(setup, feed, resolve, reject, Type) {
    super(setup, feed, resolve, reject);
    this.#parts = new Parts(setup.ordered);
    this.#Type = Type;
  }

  accept(slice, kept) {
    // The items themselves, not copies that have been in an isolate.
    this.#parts.add(slice, this.#Type === undefined ? kept.map((at) => slice.items[at]) : kept);
  }

  finish() {
    const parts = this.#parts.inOrder();
    if (this.#Type === undefined) {
      this.resolve(parts.flat(1));
      return;
    }
    const result = new this.#Type(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      result.set(part, at);
      at += part.length;
    }
    this.resolve(result);
  }
}

class Reduce extends Mapping {
  operation = REDUCE;
  #parts;
  #combine;

  // `combine` gets what came of the slices.
  constructor(setup, feed, resolve, reject, initial, combine) {
    super(setup, feed, resolve, reject);
    this.#parts = new Parts(setup.ordered);
    this.#combine = combine;
    this.extra = initial;
  }

  accept(slice, value) { this.#parts.add(slice, value); }
  finish() { this.#combine(this.#parts.inOrder(), this.resolve, this.reject); }
}

function map(pool, kinds, iterable, fnOrName, options = {}) {
  return new Promise((resolve, reject) => {
    const setup = readOptions(pool, kinds, fnOrName, options);
    const { into } = options;
    if (into !== undefined && into !== Array && (typeof into !== 'function' || !isTypedArray(into.prototype ?? {}) &&
        Object.getPrototypeOf(into) !== Object.getPrototypeOf(Uint8Array))) {
      throw new ERR_INVALID_ARG_VALUE('options.into', into, 'must be Array or the constructor of a typed array');
    }
    const feed = feedOf(iterable, () => setup.scheduler.schedule(), setup.list);
    const typed = isTypedArray(iterable) && into !== Array;
    if (into !== undefined && into !== Array && !isTypedArray(iterable)) {
      throw new ERR_INVALID_ARG_VALUE('options.into', into, 'needs a typed array to map');
    }
    const mapping = typed ?
      new TypedMap(setup, feed, resolve, reject, into ?? typeOf(iterable)) : new ArrayMap(setup, feed, resolve, reject);
    begin(mapping, setup.signal);
  });
}

function forEach(pool, kinds, iterable, fnOrName, options = {}) {
  return new Promise((resolve, reject) => {
    const setup = readOptions(pool, kinds, fnOrName, options);
    begin(new Each(setup, feedOf(iterable, () => setup.scheduler.schedule(), setup.list), resolve, reject), setup.signal);
  });
}

function filter(pool, kinds, iterable, fnOrName, options = {}) {
  return new Promise((resolve, reject) => {
    const setup = readOptions(pool, kinds, fnOrName, options);
    const feed = feedOf(iterable, () => setup.scheduler.schedule(), setup.list);
    const Type = isTypedArray(iterable) ? typeOf(iterable) : undefined;
    begin(new Filter(setup, feed, resolve, reject, Type), setup.signal);
  });
}

// Accumulates slices, each from the initial value on, and then what came of them with `combine`, in the pool as well.
function reduce(pool, kinds, iterable, fnOrName, options = {}) {
  return new Promise((resolve, reject) => {
    const setup = readOptions(pool, kinds, fnOrName, options);
    const { combine, filename, captures } = options;
    const initial = Object.hasOwn(options, 'initial') ? [options.initial] : undefined;
    let combining = setup;
    if (combine !== undefined) {
      if (typeof combine !== 'function' && typeof combine !== 'string') {
        throw new ERR_INVALID_ARG_TYPE('options.combine', ['Function', 'string'], combine);
      }
      const { kCode } = kinds;
      const code = pool[kCode](combine, readCaptures(captures), filename, typeof combine === 'string' ? combine : undefined);
      combining = { ...setup, code };
    }
    const join = (parts, done, failed) => {
      if (parts.length > 1) {
        const whole = { ...combining, chunkSize: parts.length };
        const finish = (values, ready) => ready(values[0]);
        begin(new Reduce(whole, feedOf(parts), done, failed, undefined, finish), setup.signal);
      } else if (parts.length === 1) {
        done(parts[0]);
      } else if (initial !== undefined) {
        done(initial[0]);
      } else {
        failed(new TypeError('Reduce of no items with no initial value'));
      }
    };
    const feed = feedOf(iterable, () => setup.scheduler.schedule(), setup.list);
    begin(new Reduce(setup, feed, resolve, reject, initial, join), setup.signal);
  });
}

// Items that imap() takes before the results of earlier ones are taken from it.
const IMAP_WINDOW = 256;

// An async iterator over results. It takes items only as far ahead of its consumer as the window lets it.
class ImapSource extends Mapping {
  operation = MAP;
  #window;
  // Taken, and their results not yet given out.
  #outstanding = 0;
  #ordered;
  // Results by the position of their slice; those of the slice that is being given out.
  #ready = new Map();
  #position = 0;
  #current = [];
  #at = 0;
  #waiting = [];
  #error;
  #failed = false;
  #started = false;
  #signal;

  constructor(setup, feed, window) {
    super(setup, feed, () => {}, (error) => this.#onError(error));
    this.#window = window;
    this.#ordered = setup.ordered;
    this.#signal = setup.signal;
    this.mostAtOnce = Math.max(1, Math.floor(window / (2 * setup.scheduler.threads)));
  }

  nextJob() {
    this.room = this.#window - this.#outstanding;
    if (!this.over && this.room <= 0) return null;
    const job = super.nextJob();
    if (job) this.#outstanding += job.size;
    return job;
  }

  accept(slice, values) {
    this.#ready.set(slice.base + slice.from, values);
    this.#serve();
  }

  finish() { this.#serve(); }

  #onError(error) {
    this.#failed = true;
    this.#error = error;
    this.#serve();
  }

  // Whether there is a result to give out.
  #advance() {
    if (this.#at < this.#current.length) return true;
    const key = this.#ordered ? this.#position : this.#ready.keys().next().value;
    const values = this.#ready.get(key);
    if (values === undefined) return false;
    this.#ready.delete(key);
    this.#position += values.length;
    this.#current = values;
    this.#at = 0;
    return values.length > 0;
  }

  #serve() {
    while (this.#waiting.length > 0) {
      if (this.#advance()) {
        const value = this.#current[this.#at];
        this.#current[this.#at++] = undefined;
        this.#outstanding--;
        this.#waiting.shift().resolve({ done: false, value });
      } else if (this.#failed) {
        const { reject } = this.#waiting.shift();
        this.#failed = false;
        reject(this.#error);
      } else if (this.settled) {
        this.#waiting.shift().resolve({ done: true, value: undefined });
      } else {
        break;
      }
    }
    if (!this.over && this.#outstanding < this.#window) this.scheduler.schedule();
  }

  next() {
    const { promise, resolve, reject } = Promise.withResolvers();
    this.#waiting.push({ resolve, reject });
    if (!this.#started) {
      this.#started = true;
      if (!this.settled) begin(this, this.#signal);
    }
    this.#serve();
    return promise;
  }

  return(value) {
    this.#ready.clear();
    this.#current = [];
    this.stop();
    this.#serve();
    return Promise.resolve({ done: true, value });
  }
}

function imap(pool, kinds, iterable, fnOrName, options = {}) {
  const setup = readOptions(pool, kinds, fnOrName, options);
  const { window = IMAP_WINDOW } = options;
  validateInteger(window, 'options.window', 1);
  const source = new ImapSource(setup, feedOf(iterable, () => setup.scheduler.schedule(), setup.list), window);
  return {
    __proto__: require('internal/pool/async_iterator').prototype,
    next: () => source.next(),
    return: (value) => source.return(value),
  };
}

module.exports = { begin, filter, forEach, imap, map, readOptions, reduce };
