'use strict';

// AsyncLocalStorage, after Node's documentation ("Asynchronous context
// tracking"), over the frames of internal/async_context.

const { validateFunction, validateObject } = require('internal/validators');
const { current, enter, indexOf, withValue, without } = require('internal/async_context');

const { apply } = Reflect;

// What using withScope() disposes of: returns to the store there was before.
class RunScope {
  #previous;
  #done = false;

  constructor(previous) {
    this.#previous = previous;
  }

  dispose() {
    if (this.#done) return;
    this.#done = true;
    enter(this.#previous);
  }

  [Symbol.dispose]() {
    this.dispose();
  }
}

class AsyncLocalStorage {
  // What frames know this storage by. disable() takes a new one, so that frames
  // captured earlier lose their store.
  #key = {};
  #defaultValue;
  #name = '';

  constructor(options = undefined) {
    if (options === undefined) return;
    validateObject(options, 'options');
    const { name } = options;
    if (name !== undefined) this.#name = `${name}`;
    this.#defaultValue = options.defaultValue;
  }

  get name() {
    return this.#name;
  }

  // Binds `fn` to the present context.
  static bind(fn) {
    validateFunction(fn, 'fn');
    return require('internal/async_resource').AsyncResource.bind(fn);
  }

  // A function that calls the one it is given in the present context.
  static snapshot() {
    const frame = current();
    return function runInAsyncScope(fn, ...args) {
      const before = current();
      enter(frame);
      try {
        return apply(fn, this, args);
      } finally {
        enter(before);
      }
    };
  }

  disable() {
    enter(without(current(), this.#key));
    this.#key = {};
  }

  enterWith(store) {
    enter(withValue(current(), this.#key, store));
  }

  run(store, callback, ...args) {
    const before = current();
    if (before !== undefined) {
      const at = indexOf(before, this.#key);
      if (at !== -1 && Object.is(before[at + 1], store)) return apply(callback, null, args);
    }
    enter(withValue(before, this.#key, store));
    try {
      return apply(callback, null, args);
    } finally {
      enter(before);
    }
  }

  exit(callback, ...args) {
    return this.run(undefined, callback, ...args);
  }

  withScope(store) {
    const before = current();
    enter(withValue(before, this.#key, store));
    return new RunScope(before);
  }

  getStore() {
    const frame = current();
    if (frame === undefined) return this.#defaultValue;
    const at = indexOf(frame, this.#key);
    return at === -1 ? this.#defaultValue : frame[at + 1];
  }
}

module.exports = { AsyncLocalStorage };
