'use strict';

// AsyncResource: an async operation of the program's own - an id, the async
// context in which it was made, and events for async hooks.

const {
  codes: { ERR_ASYNC_TYPE, ERR_INVALID_ASYNC_ID },
} = require('internal/errors');
const { validateFunction, validateString } = require('internal/validators');
const { current, enter } = require('internal/async_context');
const ids = require('internal/async_ids');

const { apply } = Reflect;
const running = ids.state;

// Resources whose 'destroy' comes when they are collected.
let collected;

class AsyncResource {
  #asyncId;
  #triggerAsyncId;
  #frame;
  #destroyed;

  // `options` is a trigger id or { triggerAsyncId, requireManualDestroy }.
  constructor(type, options = undefined) {
    validateString(type, 'type');
    let trigger;
    let manual = false;
    if (typeof options === 'number') {
      trigger = options;
    } else if (options !== undefined && options !== null) {
      trigger = options.triggerAsyncId === undefined ? undefined : options.triggerAsyncId;
      manual = Boolean(options.requireManualDestroy);
    }
    if (trigger === undefined) {
      trigger = ids.currentId();
    } else if (!Number.isSafeInteger(trigger) || trigger < -1) {
      throw new ERR_INVALID_ASYNC_ID('triggerAsyncId', trigger);
    }
    this.#frame = current();
    this.#asyncId = ids.newAsyncId();
    this.#triggerAsyncId = trigger;
    if (ids.wantsInit()) {
      if (type.length === 0) throw new ERR_ASYNC_TYPE(type);
      ids.emitInit(this.#asyncId, type, trigger, this);
    }
    if (!manual && ids.wantsDestroy()) {
      this.#destroyed = { done: false };
      collected ??= new FinalizationRegistry(({ asyncId, destroyed }) => {
        if (!destroyed.done) ids.emitDestroyNow(asyncId);
      });
      collected.register(this, { asyncId: this.#asyncId, destroyed: this.#destroyed });
    }
  }

  runInAsyncScope(fn, thisArg, ...args) {
    const asyncId = this.#asyncId;
    const { id, trigger, resource } = running;
    const frame = current();
    enter(this.#frame);
    running.id = asyncId;
    running.trigger = this.#triggerAsyncId;
    running.resource = this;
    if (running.hooked) ids.emit('before', asyncId);
    try {
      return apply(fn, thisArg, args);
    } finally {
      if (running.hooked) ids.emit('after', asyncId);
      running.id = id;
      running.trigger = trigger;
      running.resource = resource;
      enter(frame);
    }
  }

  emitDestroy() {
    if (this.#destroyed !== undefined) this.#destroyed.done = true;
    ids.emitDestroy(this.#asyncId);
    return this;
  }

  asyncId() {
    return this.#asyncId;
  }

  triggerAsyncId() {
    return this.#triggerAsyncId;
  }

  bind(fn, thisArg) {
    validateFunction(fn, 'fn');
    const resource = this;
    const bound = thisArg === undefined ?
      function(...args) { return resource.runInAsyncScope(fn, this, ...args); } :
      function(...args) { return resource.runInAsyncScope(fn, thisArg, ...args); };
    Object.defineProperties(bound, {
      length: { __proto__: null, configurable: true, enumerable: false, value: fn.length, writable: false },
      asyncResource: { __proto__: null, configurable: true, enumerable: true, value: resource, writable: true },
    });
    return bound;
  }

  static bind(fn, type, thisArg) {
    validateFunction(fn, 'fn');
    return new AsyncResource(type || fn.name || 'bound-anonymous-fn').bind(fn, thisArg);
  }
}

module.exports = { AsyncResource };
