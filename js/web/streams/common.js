'use strict';

// Ground shared by the web streams (https://streams.spec.whatwg.org/): brands,
// promises that user code cannot intercept, queues with sizes, and reading
// strategies and underlying objects from what users pass.

const {
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_STATE,
    ERR_INVALID_THIS,
  },
} = require('internal/errors');

const customInspect = Symbol.for('nodejs.util.inspect.custom');

// Every object of this folder keeps its internals here.
const kState = Symbol('kState');
// First argument of constructors that user code may not call.
const kInternal = Symbol('kInternal');

const call = Function.prototype.call;
// Bound once: patching Promise.prototype.then or Function.prototype.call later
// changes nothing here.
const promiseThen = call.bind(Promise.prototype.then);
const promiseResolve = Promise.resolve.bind(Promise);
const promiseReject = Promise.reject.bind(Promise);

function noop() {}

// { promise, resolve, reject }: a promise to be settled from outside.
const deferred = Promise.withResolvers.bind(Promise);

// Where there is nothing to wait for but a tick.
const RESOLVED = Promise.resolve();

function markHandled(promise) {
  promiseThen(promise, undefined, noop);
  return promise;
}

// Reactions that neither return nor throw to anybody: an exception in one of
// them is a bug of ours and should be seen, so the result is not marked.
function react(promise, onFulfilled, onRejected) {
  promiseThen(promise, onFulfilled, onRejected);
}

function invalidState(message) {
  return new ERR_INVALID_STATE.TypeError(message);
}

function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

// Web IDL dictionaries: undefined and null mean empty.
function checkDictionary(value, name) {
  if (value !== undefined && value !== null && !isObject(value)) {
    throw new ERR_INVALID_ARG_TYPE(name, 'Object', value);
  }
  return value ?? undefined;
}

// An optional method of an underlying source, sink or transformer.
function methodOf(object, key, name) {
  const method = object?.[key];
  if (method === undefined) return undefined;
  if (typeof method !== 'function') {
    throw new ERR_INVALID_ARG_TYPE(`${name}.${key}`, 'Function', method);
  }
  return method;
}

// Calls a user's method with the arguments given here, no more (methods may
// count them); what it returns or throws becomes a promise.
function callAsync(method, thisArg, a, b) {
  try {
    let result;
    switch (arguments.length) {
      case 2:
        result = call.call(method, thisArg);
        break;
      case 3:
        result = call.call(method, thisArg, a);
        break;
      default:
        result = call.call(method, thisArg, a, b);
    }
    return result === undefined ? RESOLVED : promiseResolve(result);
  } catch (error) {
    return promiseReject(error);
  }
}

// Web IDL's "a promise resolved with": always a new one, which follows a given
// promise some ticks later.
function resolvedWith(value) {
  return new Promise((resolve) => resolve(value));
}

function highWaterMarkOf(strategy, fallback) {
  const value = strategy?.highWaterMark;
  if (value === undefined) return fallback;
  const mark = Number(value);
  if (Number.isNaN(mark) || mark < 0) {
    throw new ERR_INVALID_ARG_VALUE.RangeError('strategy.highWaterMark', value);
  }
  return mark;
}

// undefined where every chunk counts as one.
function sizeOf(strategy) {
  const size = strategy?.size;
  if (size === undefined) return undefined;
  if (typeof size !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('strategy.size', 'Function', size);
  }
  return (chunk) => call.call(size, undefined, chunk);
}

// A queue of chunks that knows how much it holds. Sizes are kept only once one
// of them is not 1.
class SizedQueue {
  constructor() {
    this.items = [];
    this.head = 0;
    this.sizes = null;
    this.total = 0;
  }

  get length() {
    return this.items.length - this.head;
  }

  push(item, size) {
    if (size !== 1 && this.sizes === null) {
      this.sizes = new Array(this.items.length).fill(1);
    }
    this.items.push(item);
    if (this.sizes !== null) this.sizes.push(size);
    this.total += size;
  }

  peek() {
    return this.items[this.head];
  }

  shift() {
    const { items, head } = this;
    const item = items[head];
    items[head] = undefined;
    this.total -= this.sizes === null ? 1 : this.sizes[head];
    this.head = head + 1;
    if (this.head === items.length) {
      this.items = [];
      this.head = 0;
      this.sizes = null;
      // Rounding must not leave a queue that is empty but has a size; a
      // positive rest is kept, as the standard has it.
      if (this.total < 0) this.total = 0;
    } else if (this.head > 1024) {
      items.splice(0, this.head);
      this.sizes?.splice(0, this.head);
      this.head = 0;
    }
    return item;
  }

  clear() {
    this.items = [];
    this.head = 0;
    this.sizes = null;
    this.total = 0;
  }
}

function checkSize(size) {
  const number = Number(size);
  if (Number.isNaN(number) || number < 0 || number === Infinity) {
    throw new ERR_INVALID_ARG_VALUE.RangeError('size', size);
  }
  return number;
}

// A plain list with cheap removal at the front (requests of readers, writes).
class List {
  constructor() {
    this.items = [];
    this.head = 0;
  }

  get length() {
    return this.items.length - this.head;
  }

  push(item) {
    this.items.push(item);
  }

  peek() {
    return this.items[this.head];
  }

  shift() {
    const item = this.items[this.head];
    this.items[this.head++] = undefined;
    if (this.head === this.items.length || this.head > 1024) {
      this.items.splice(0, this.head);
      this.head = 0;
    }
    return item;
  }

  takeAll() {
    const all = this.head === 0 ? this.items : this.items.slice(this.head);
    this.items = [];
    this.head = 0;
    return all;
  }
}

function wrongThis(name) {
  return new ERR_INVALID_THIS(name);
}

// inspect() of these objects: the class name and a few facts.
function inspectAs(object, depth, options, inspect, facts) {
  const name = object.constructor.name;
  // Node's say nothing at all there.
  if (depth < 0) return undefined;
  const inner = { ...options, depth: options.depth === null ? null : options.depth - 1 };
  return `${name} ${inspect(facts, inner)}`;
}

// As Web IDL wants the members of interfaces to be.
function makeEnumerable(Class, names) {
  for (const name of names) {
    Object.defineProperty(Class.prototype, name, { __proto__: null, enumerable: true });
  }
  Object.defineProperty(Class.prototype, Symbol.toStringTag, {
    __proto__: null,
    configurable: true,
    enumerable: false,
    writable: false,
    value: Class.name,
  });
}

// Makes the fields of internal objects safe from setters somebody puts on
// Object.prototype.
function isolate(...classes) {
  for (const Class of classes) Object.setPrototypeOf(Class.prototype, null);
}
isolate(List, SizedQueue);

module.exports = {
  RESOLVED,
  List,
  SizedQueue,
  callAsync,
  checkDictionary,
  checkSize,
  customInspect,
  deferred,
  highWaterMarkOf,
  inspectAs,
  invalidState,
  isObject,
  isolate,
  kInternal,
  kState,
  makeEnumerable,
  markHandled,
  methodOf,
  noop,
  promiseReject,
  promiseResolve,
  promiseThen,
  react,
  resolvedWith,
  sizeOf,
  wrongThis,
};
