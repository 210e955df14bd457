'use strict';

// node:async_hooks.

const { defineLazyValue } = require('internal/lazy');
const {
  codes: { ERR_ASYNC_CALLBACK },
} = require('internal/errors');
const { validateBoolean } = require('internal/validators');
const ids = require('internal/async_ids');

const CALLBACKS = ['init', 'before', 'after', 'destroy', 'promiseResolve'];

class AsyncHook {
  #callbacks = { init: undefined, before: undefined, after: undefined, destroy: undefined,
                 promiseResolve: undefined, trackPromises: true };

  constructor(callbacks) {
    for (const name of CALLBACKS) {
      const callback = callbacks[name];
      if (callback === undefined) continue;
      if (typeof callback !== 'function') throw new ERR_ASYNC_CALLBACK(`hook.${name}`);
      // As a method of the hook, as Node has it: callbacks may say this.disable().
      this.#callbacks[name] = (...args) => callback.apply(this, args);
    }
    if (callbacks.trackPromises !== undefined) {
      validateBoolean(callbacks.trackPromises, 'trackPromises');
      this.#callbacks.trackPromises = callbacks.trackPromises;
    }
  }

  enable() {
    ids.enable(this.#callbacks);
    return this;
  }

  disable() {
    ids.disable(this.#callbacks);
    return this;
  }
}

function createHook(callbacks) {
  return new AsyncHook(callbacks);
}

// The kinds of resources that the runtime itself tells hooks of, beside those that JavaScript makes (timers, ticks).
const asyncWrapProviders = Object.freeze(Object.setPrototypeOf(Object.fromEntries([
  'NONE', 'MESSAGEPORT', 'PROMISE', 'REQUEST', 'WORKER', 'HTTPINCOMINGMESSAGE', 'HTTPCLIENTREQUEST', 'DERIVEBITSREQUEST',
  'DIRHANDLE', 'FILEHANDLE', 'FILEHANDLECLOSEREQ', 'FSEVENTWRAP', 'FSREQCALLBACK', 'FSREQPROMISE', 'GETADDRINFOREQWRAP',
  'GETNAMEINFOREQWRAP', 'HASHREQUEST', 'PBKDF2REQUEST', 'PIPECONNECTWRAP', 'PIPESERVERWRAP', 'PIPEWRAP', 'PROCESSWRAP',
  'RANDOMBYTESREQUEST', 'SCRYPTREQUEST', 'SHUTDOWNWRAP', 'SIGNALWRAP', 'STATWATCHER', 'TCPCONNECTWRAP', 'TCPSERVERWRAP',
  'TCPWRAP', 'UDPWRAP', 'WRITEWRAP', 'ZLIB',
].map((name, index) => [name, index])), null));

module.exports = {
  asyncWrapProviders,
  get AsyncLocalStorage() { return require('internal/async_local_storage').AsyncLocalStorage; },
  createHook,
  executionAsyncId: ids.executionAsyncId,
  triggerAsyncId: ids.triggerAsyncId,
  executionAsyncResource: ids.executionAsyncResource,
};

defineLazyValue(module.exports, 'AsyncResource', () => require('internal/async_resource').AsyncResource);
