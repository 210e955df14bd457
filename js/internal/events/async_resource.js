'use strict';

// EventEmitterAsyncResource: an emitter whose listeners run in the async
// context in which it was created.

const EventEmitter = require('events');
const { AsyncResource } = require('async_hooks');
const { codes: { ERR_INVALID_THIS } } = require('internal/errors');
const { validateString } = require('internal/validators');

// The resource knows its emitter, for async hooks.
class EventEmitterReferencingAsyncResource extends AsyncResource {
  #emitter;

  constructor(emitter, type, options) {
    super(type, options);
    this.#emitter = emitter;
  }

  get eventEmitter() {
    return this.#emitter;
  }
}

// Reaches the private field for a receiver that need not have it.
let resourceOf;

class EventEmitterAsyncResource extends EventEmitter {
  #resource;

  // `options` is the type name, or { name, triggerAsyncId,
  // requireManualDestroy, captureRejections }.
  constructor(options = undefined) {
    let name;
    if (typeof options === 'string') {
      name = options;
      options = undefined;
    } else {
      if (new.target === EventEmitterAsyncResource) validateString(options?.name, 'options.name');
      name = options?.name || new.target.name;
    }
    super(options);
    this.#resource = new EventEmitterReferencingAsyncResource(this, name, options);
  }

  emit(event, ...args) {
    const resource = resourceOf(this);
    return resource.runInAsyncScope(super.emit, this, event, ...args);
  }

  emitDestroy() {
    resourceOf(this).emitDestroy();
  }

  get asyncId() {
    return resourceOf(this).asyncId();
  }

  get triggerAsyncId() {
    return resourceOf(this).triggerAsyncId();
  }

  get asyncResource() {
    return resourceOf(this);
  }

  static {
    resourceOf = (emitter) => {
      if (!(#resource in emitter)) throw new ERR_INVALID_THIS('EventEmitterAsyncResource');
      return emitter.#resource;
    };
  }
}

module.exports = { EventEmitterAsyncResource };
