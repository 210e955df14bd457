'use strict';
// node:test's mocks: functions that record their calls, methods and accessors
// replaced for a while, and mocked timers.
// https://nodejs.org/api/test.html#class-mocktracker

const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE } } =
  require('internal/errors');
const {
  validateBoolean,
  validateFunction,
  validateInteger,
  validateObject,
} = require('internal/validators');

function plainFunction() {
  return function() {};
}

function validateKey(value, name) {
  if (typeof value !== 'string' && typeof value !== 'symbol') {
    throw new ERR_INVALID_ARG_TYPE(name, ['string', 'symbol'], value);
  }
}

function validateTimes(value, name) {
  validateInteger(value, name, 1);
}

function findDescriptor(object, key) {
  for (let o = object; o !== null && o !== undefined; o = Object.getPrototypeOf(o)) {
    const descriptor = Object.getOwnPropertyDescriptor(o, key);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

// What `mock` gives access to on a mocked function.
class MockFunctionContext {
  #calls = [];
  #mocks = new Map();       // Call number -> implementation for that call.
  #implementation;
  #restore;
  #times;

  constructor(setUp) {
    this.#implementation = setUp.implementation;
    this.#restore = setUp.restore;
    this.#times = setUp.times;
  }

  get calls() {
    return this.#calls.slice();
  }

  callCount() {
    return this.#calls.length;
  }

  mockImplementation(implementation) {
    validateFunction(implementation, 'implementation');
    this.#implementation = implementation;
  }

  mockImplementationOnce(implementation, onCall) {
    validateFunction(implementation, 'implementation');
    const next = this.#calls.length;
    const call = onCall ?? next;
    validateInteger(call, 'onCall', next);
    this.#mocks.set(call, implementation);
  }

  restore() {
    const { descriptor, object, original, key } = this.#restore;
    if (typeof key === 'string' || typeof key === 'symbol') {
      if (descriptor === undefined) delete object[key];
      else Object.defineProperty(object, key, descriptor);
    } else {
      this.#implementation = original;
      this.#mocks.clear();
    }
  }

  resetCalls() {
    this.#calls = [];
  }

  static track(context, call) {
    context.#calls.push(call);
  }

  static next(context) {
    const call = context.#calls.length;
    const once = context.#mocks.get(call);
    let implementation = context.#implementation;
    if (call + 1 === context.#times) context.restore();
    if (once !== undefined) {
      context.#mocks.delete(call);
      implementation = once;
    }
    return implementation;
  }
}
const { next: nextImplementation, track } = MockFunctionContext;
delete MockFunctionContext.next;
delete MockFunctionContext.track;

class MockPropertyContext {
  #object;
  #key;
  #value;
  #original;
  #descriptor;
  #own;
  #accesses = [];
  #once = new Map();

  constructor(object, key, value) {
    this.#object = object;
    this.#key = key;
    this.#own = Object.hasOwn(object, key);
    this.#descriptor = findDescriptor(object, key);
    if (this.#descriptor === undefined) {
      throw new ERR_INVALID_ARG_VALUE('propertyName', key, 'is not a property of the object');
    }
    this.#original = object[key];
    this.#value = value === undefined ? this.#original : value;
    Object.defineProperty(object, key, {
      __proto__: null,
      configurable: true,
      enumerable: this.#descriptor.enumerable,
      get: () => {
        const result = this.#next(this.#value);
        this.#note('get', result);
        return result;
      },
      set: (replacement) => {
        const result = this.#next(replacement);
        this.#note('set', result);
        this.#value = result;
      },
    });
  }

  #note(type, value) {
    this.#accesses.push({ type, value, stack: new Error() });
  }

  #next(fallback) {
    const access = this.#accesses.length;
    if (!this.#once.has(access)) return fallback;
    const value = this.#once.get(access);
    this.#once.delete(access);
    return value;
  }

  get accesses() {
    return this.#accesses.slice();
  }

  accessCount() {
    return this.#accesses.length;
  }

  mockImplementation(value) {
    this.#value = value;
  }

  mockImplementationOnce(value, onAccess) {
    const next = this.#accesses.length;
    const access = onAccess ?? next;
    validateInteger(access, 'onAccess', next);
    this.#once.set(access, value);
  }

  resetAccesses() {
    this.#accesses = [];
  }

  restore() {
    if (this.#own) Object.defineProperty(this.#object, this.#key, this.#descriptor);
    else delete this.#object[this.#key];
  }
}

class MockTracker {
  #mocks = [];
  #timers;

  get timers() {
    return this.#timers ??= new (require('internal/test_runner/mock_timers').MockTimers)();
  }

  fn(original = plainFunction(), implementation = original, options = {}) {
    if (original !== null && typeof original === 'object') {
      options = original;
      original = plainFunction();
      implementation = original;
    } else if (implementation !== null && typeof implementation === 'object') {
      options = implementation;
      implementation = original;
    }
    validateFunction(original, 'original');
    validateFunction(implementation, 'implementation');
    validateObject(options, 'options');
    const { times = Infinity } = options;
    if (times !== Infinity) validateTimes(times, 'options.times');
    return this.#mock(original, new MockFunctionContext({
      restore: { original }, implementation, times,
    }));
  }

  method(object, name, implementation, options) {
    validateKey(name, 'methodName');
    if (typeof object !== 'function') validateObject(object, 'object');
    if (implementation !== null && typeof implementation === 'object') {
      options = implementation;
      implementation = undefined;
    }
    options ??= {};
    validateObject(options, 'options');
    const { getter = false, setter = false, times = Infinity } = options;
    validateBoolean(getter, 'options.getter');
    validateBoolean(setter, 'options.setter');
    if (times !== Infinity) validateTimes(times, 'options.times');
    if (setter && getter) {
      throw new ERR_INVALID_ARG_VALUE('options.setter', setter,
                                      "cannot be used with 'options.getter'");
    }
    const descriptor = findDescriptor(object, name);
    let original;
    if (getter) original = descriptor?.get;
    else if (setter) original = descriptor?.set;
    else original = descriptor?.value;
    if (typeof original !== 'function') {
      throw new ERR_INVALID_ARG_VALUE('methodName', original, 'must be a method');
    }
    implementation ??= original;
    validateFunction(implementation, 'implementation');

    const own = Object.getOwnPropertyDescriptor(object, name);
    const context = new MockFunctionContext({
      restore: { descriptor: own, object, key: name }, implementation, times,
    });
    const mock = this.#mock(original, context);
    const replacement = {
      __proto__: null,
      configurable: descriptor.configurable,
      enumerable: descriptor.enumerable,
    };
    if (getter) {
      replacement.get = mock;
      replacement.set = descriptor.set;
    } else if (setter) {
      replacement.get = descriptor.get;
      replacement.set = mock;
    } else {
      replacement.writable = descriptor.writable;
      replacement.value = mock;
    }
    Object.defineProperty(object, name, replacement);
    return mock;
  }

  getter(object, name, implementation, options) {
    if (implementation !== null && typeof implementation === 'object') {
      options = implementation;
      implementation = undefined;
    }
    if (options?.getter === false) {
      throw new ERR_INVALID_ARG_VALUE('options.getter', false, 'cannot be false');
    }
    return this.method(object, name, implementation, { ...options, getter: true });
  }

  setter(object, name, implementation, options) {
    if (implementation !== null && typeof implementation === 'object') {
      options = implementation;
      implementation = undefined;
    }
    if (options?.setter === false) {
      throw new ERR_INVALID_ARG_VALUE('options.setter', false, 'cannot be false');
    }
    return this.method(object, name, implementation, { ...options, setter: true });
  }

  property(object, name, value) {
    if (typeof object !== 'function') validateObject(object, 'object');
    validateKey(name, 'propertyName');
    const context = new MockPropertyContext(object, name, value);
    this.#mocks.push(context);
    return new Proxy(object, {
      __proto__: null,
      get(target, key, receiver) {
        return key === 'mock' ? context : Reflect.get(target, key, receiver);
      },
    });
  }

  module(specifier, options = {}) {
    const context = require('internal/test_runner/mock_modules').mockModule(specifier, options);
    this.#mocks.push(context);
    return context;
  }

  // Undoes all and forgets the mocks.
  reset() {
    this.restoreAll();
    this.#timers?.reset();
    this.#mocks = [];
  }

  restoreAll() {
    for (const context of this.#mocks) context.restore();
  }

  #mock(original, context) {
    this.#mocks.push(context);
    return new Proxy(original, {
      __proto__: null,
      apply(_, thisArg, args) {
        const implementation = nextImplementation(context);
        let result;
        let error;
        try {
          result = Reflect.apply(implementation, thisArg, args);
        } catch (thrown) {
          error = thrown;
          throw thrown;
        } finally {
          track(context, {
            arguments: args, error, result, stack: new Error(), target: undefined, this: thisArg,
          });
        }
        return result;
      },
      construct(target, args, newTarget) {
        const implementation = nextImplementation(context);
        let result;
        let error;
        try {
          result = Reflect.construct(implementation, args, newTarget);
        } catch (thrown) {
          error = thrown;
          throw thrown;
        } finally {
          track(context, {
            arguments: args, error, result, stack: new Error(), target, this: result,
          });
        }
        return result;
      },
      get(target, key, receiver) {
        return key === 'mock' ? context : Reflect.get(target, key, receiver);
      },
    });
  }
}

module.exports = { MockTracker, MockFunctionContext };
