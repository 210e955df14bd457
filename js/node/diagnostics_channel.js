'use strict';

// node:diagnostics_channel - named channels for diagnostic data, and tracing
// channels made of five of them.
//
// A channel is found by its name as long as somebody holds it or has
// subscribed: `byName` is weak, `active` holds those that are in use.

const {
  codes: { ERR_INVALID_ARG_TYPE },
} = require('internal/errors');
const { validateFunction } = require('internal/validators');

const { apply } = Reflect;
const { getPrototypeOf } = Object;

const byName = new Map();
const active = new Set();
let collected;

// A subscriber that throws must not harm whoever publishes.
function reportLater(error) {
  process.nextTick(() => { throw error; });
}

class Channel {
  constructor(name) {
    // An array that is replaced when it changes, or undefined.
    this._subscribers = undefined;
    // store -> function that makes its value of the data, or undefined.
    this._stores = undefined;
    this.name = name;
  }

  get hasSubscribers() {
    return this._subscribers !== undefined || this._stores !== undefined;
  }

  subscribe(subscription) {
    validateFunction(subscription, 'subscription');
    this._subscribers = this._subscribers === undefined ? [subscription] : [...this._subscribers, subscription];
    active.add(this);
  }

  unsubscribe(subscription) {
    const at = this._subscribers === undefined ? -1 : this._subscribers.indexOf(subscription);
    if (at === -1) return false;
    this._subscribers = this._subscribers.length === 1 ?
      undefined :
      this._subscribers.filter((_, i) => i !== at);
    if (!this.hasSubscribers) active.delete(this);
    return true;
  }

  bindStore(store, transform = undefined) {
    this._stores ??= new Map();
    this._stores.set(store, transform);
    active.add(this);
  }

  unbindStore(store) {
    if (this._stores === undefined || !this._stores.delete(store)) return false;
    if (this._stores.size === 0) this._stores = undefined;
    if (!this.hasSubscribers) active.delete(this);
    return true;
  }

  publish(data) {
    const subscribers = this._subscribers;
    if (subscribers === undefined) return;
    for (let i = 0; i < subscribers.length; i++) {
      const subscriber = subscribers[i];
      try {
        subscriber(data, this.name);
      } catch (error) {
        reportLater(error);
      }
    }
  }

  // Publishes, and calls `fn`, with all bound stores set.
  runStores(data, fn, thisArg, ...args) {
    let run = () => {
      this.publish(data);
      return apply(fn, thisArg, args);
    };
    if (this._stores !== undefined) {
      for (const [store, transform] of this._stores) run = runInStore(store, transform, data, run);
    }
    return run();
  }

  // As runStores, for a block of code (`using`).
  withStoreScope(data = { __proto__: null }) {
    const scope = new RunStoresScope(this._stores, data);
    this.publish(data);
    return scope;
  }
}

// The bound stores hold what they make of the data, until they are given back.
class RunStoresScope {
  // [store, what it held], in the order in which they were set.
  #before = [];

  constructor(stores, data) {
    for (const [store, transform] of stores ?? []) {
      let value = data;
      if (transform !== undefined) {
        try {
          value = transform(data);
        } catch (error) {
          reportLater(error);
          continue;
        }
      }
      this.#before.push([store, store.getStore()]);
      store.enterWith(value);
    }
  }

  [Symbol.dispose]() {
    const before = this.#before;
    this.#before = [];
    for (let i = before.length - 1; i >= 0; i--) before[i][0].enterWith(before[i][1]);
  }
}

function runInStore(store, transform, data, next) {
  return () => {
    let value = data;
    if (transform !== undefined) {
      try {
        value = transform(data);
      } catch (error) {
        reportLater(error);
        return next();
      }
    }
    return store.run(value, next);
  };
}

function channel(name) {
  const existing = byName.get(name)?.deref();
  if (existing !== undefined) return existing;
  if (typeof name !== 'string' && typeof name !== 'symbol') {
    throw new ERR_INVALID_ARG_TYPE('channel', ['string', 'symbol'], name);
  }
  const made = new Channel(name);
  const weak = new WeakRef(made);
  byName.set(name, weak);
  collected ??= new FinalizationRegistry(({ name: dead, weak: ref }) => {
    // Meanwhile there may be a new one of that name.
    if (byName.get(dead) === ref) byName.delete(dead);
  });
  collected.register(made, { name, weak });
  return made;
}

function subscribe(name, subscription) {
  channel(name).subscribe(subscription);
}

function unsubscribe(name, subscription) {
  return channel(name).unsubscribe(subscription);
}

function hasSubscribers(name) {
  return byName.get(name)?.deref()?.hasSubscribers ?? false;
}

// --- tracing ----------------------------------------------------------------------

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];

function tracingPart(nameOrChannels, event, kind = 'TracingChannel') {
  if (typeof nameOrChannels === 'string') return channel(`tracing:${nameOrChannels}:${event}`);
  if (typeof nameOrChannels === 'object' && (nameOrChannels !== null || kind !== 'BoundedChannel')) {
    const part = nameOrChannels[event];
    if (getPrototypeOf(part) !== Channel.prototype) {
      throw new ERR_INVALID_ARG_TYPE(`nameOrChannels.${event}`, ['Channel'], part);
    }
    return part;
  }
  throw new ERR_INVALID_ARG_TYPE('nameOrChannels', ['string', 'object', kind], nameOrChannels);
}

function subscribeAll(channels, events, handlers) {
  for (const event of events) {
    if (handlers[event]) channels[event].subscribe(handlers[event]);
  }
}

// Whether all of them were subscribed.
function unsubscribeAll(channels, events, handlers) {
  let all = true;
  for (const event of events) {
    if (handlers[event] && !channels[event].unsubscribe(handlers[event])) all = false;
  }
  return all;
}

class TracingChannel {
  constructor(nameOrChannels) {
    for (const event of EVENTS) {
      Object.defineProperty(this, event, {
        __proto__: null, value: tracingPart(nameOrChannels, event), enumerable: false, writable: false,
      });
    }
  }

  get hasSubscribers() {
    return this.start.hasSubscribers || this.end.hasSubscribers || this.asyncStart.hasSubscribers ||
      this.asyncEnd.hasSubscribers || this.error.hasSubscribers;
  }

  subscribe(handlers) {
    subscribeAll(this, EVENTS, handlers);
  }

  unsubscribe(handlers) {
    return unsubscribeAll(this, EVENTS, handlers);
  }

  traceSync(fn, context = { __proto__: null }, thisArg, ...args) {
    if (!this.hasSubscribers) return apply(fn, thisArg, args);
    return this.start.runStores(context, () => {
      try {
        const result = apply(fn, thisArg, args);
        context.result = result;
        return result;
      } catch (error) {
        publishError(this, context, error);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }

  tracePromise(fn, context = { __proto__: null }, thisArg, ...args) {
    if (!this.hasSubscribers) return apply(fn, thisArg, args);
    const settle = () => {
      this.asyncStart.publish(context);
      // Nothing of the program runs between the two: who awaits the promise is
      // not known here.
      this.asyncEnd.publish(context);
    };
    const onResolve = (result) => {
      context.result = result;
      settle();
      return result;
    };
    const onReject = (error) => {
      publishError(this, context, error);
      settle();
      throw error;
    };
    return this.start.runStores(context, () => {
      try {
        const result = apply(fn, thisArg, args);
        if (result instanceof Promise) return result.then(onResolve, onReject);
        if (typeof result?.then === 'function') {
          // Not made into a promise: it may be more than that.
          result.then(onResolve, (error) => {
            publishError(this, context, error);
            settle();
          });
          return result;
        }
        process.emitWarning(
          `tracePromise was called with the function '${fn.name || '<anonymous>'}', which returned a non-thenable.`);
        context.result = result;
        return result;
      } catch (error) {
        publishError(this, context, error);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }

  // `position` is that of the callback among the arguments.
  traceCallback(fn, position = -1, context = { __proto__: null }, thisArg, ...args) {
    if (!this.hasSubscribers) return apply(fn, thisArg, args);
    const callback = args.at(position);
    validateFunction(callback, 'callback');
    const tracing = this;
    args.splice(position, 1, function wrappedCallback(...results) {
      const [error, result] = results;
      if (error) publishError(tracing, context, error);
      else context.result = result;
      return tracing.asyncStart.runStores(context, () => {
        try {
          return apply(callback, this, results);
        } finally {
          tracing.asyncEnd.publish(context);
        }
      });
    });
    return this.start.runStores(context, () => {
      try {
        return apply(fn, thisArg, args);
      } catch (error) {
        publishError(this, context, error);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }
}

// --- start and end of a block ----------------------------------------------------

const BOUNDS = ['start', 'end'];

class BoundedChannelScope {
  #bounded;
  #context;
  #stores;

  constructor(bounded, context) {
    // Nobody would hear of the end either.
    if (!bounded.hasSubscribers) return;
    this.#bounded = bounded;
    this.#context = context;
    this.#stores = bounded.start.withStoreScope(context);
  }

  [Symbol.dispose]() {
    const bounded = this.#bounded;
    if (bounded === undefined) return;
    this.#bounded = undefined;
    bounded.end.publish(this.#context);
    this.#stores[Symbol.dispose]();
  }
}

class BoundedChannel {
  constructor(nameOrChannels) {
    for (const event of BOUNDS) {
      Object.defineProperty(this, event, {
        __proto__: null, value: tracingPart(nameOrChannels, event, 'BoundedChannel'), enumerable: false,
        writable: false,
      });
    }
  }

  get hasSubscribers() {
    return this.start.hasSubscribers || this.end.hasSubscribers;
  }

  subscribe(handlers) {
    subscribeAll(this, BOUNDS, handlers);
  }

  unsubscribe(handlers) {
    return unsubscribeAll(this, BOUNDS, handlers);
  }

  withScope(context = { __proto__: null }) {
    return new BoundedChannelScope(this, context);
  }

  run(context = { __proto__: null }, fn, thisArg, ...args) {
    const scope = this.withScope(context);
    try {
      return apply(fn, thisArg, args);
    } finally {
      scope[Symbol.dispose]();
    }
  }
}

function boundedChannel(nameOrChannels) {
  return new BoundedChannel(nameOrChannels);
}

function publishError(tracing, context, error) {
  context.error = error;
  tracing.error.publish(context);
}

function tracingChannel(nameOrChannels) {
  return new TracingChannel(nameOrChannels);
}

// In Node's order, which Object.keys() shows.
module.exports = {
  channel,
  hasSubscribers,
  subscribe,
  tracingChannel,
  unsubscribe,
  boundedChannel,
  Channel,
  BoundedChannel,
};
