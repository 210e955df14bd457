'use strict';
// node:inspector: https://nodejs.org/api/inspector.html. The protocol itself is V8's; src/ops/inspector.rs carries it.

const EventEmitter = require('events');
const {
  codes: {
    ERR_INSPECTOR_ALREADY_ACTIVATED,
    ERR_INSPECTOR_ALREADY_CONNECTED,
    ERR_INSPECTOR_CLOSED,
    ERR_INSPECTOR_COMMAND,
    ERR_INSPECTOR_NOT_ACTIVE,
    ERR_INSPECTOR_NOT_CONNECTED,
    ERR_INSPECTOR_NOT_WORKER,
  },
} = require('internal/errors');
const { validateFunction, validateInteger, validateObject, validateString } = require('internal/validators');
const { closeServer, openServer, wrapConsole } = require('internal/inspector');

const native = internalBinding('inspector');

class Session extends EventEmitter {
  #id;
  #lastMessage = 0;
  #callbacks = new Map();

  // To this thread.
  connect() {
    this.#refuseSecond();
    wrapConsole();
    this.#id = native.connect((text) => this.#receive(text));
  }

  // To the main thread, from a Worker.
  connectToMainThread() {
    if (require('worker_threads').isMainThread) throw new ERR_INSPECTOR_NOT_WORKER();
    this.#refuseSecond();
    this.#id = native.connectToMainThread((text) => this.#receive(text));
    if (this.#id === undefined) throw new ERR_INSPECTOR_NOT_ACTIVE();
  }

  #refuseSecond() {
    if (this.#id !== undefined) throw new ERR_INSPECTOR_ALREADY_CONNECTED('The inspector session');
  }

  // V8 calls in the middle of whatever it does: what a handler throws must not get into that.
  #receive(text) {
    try {
      const message = JSON.parse(text);
      if (message.id === undefined) {
        this.emit(message.method, message);
        this.emit('inspectorNotification', message);
        return;
      }
      const callback = this.#callbacks.get(message.id);
      this.#callbacks.delete(message.id);
      if (callback === undefined) return;
      const { error } = message;
      if (error === undefined) {
        callback(null, message.result);
      } else {
        callback(new ERR_INSPECTOR_COMMAND(error.code, error.message));
      }
    } catch (error) {
      process.emitWarning(error);
    }
  }

  post(method, params, callback) {
    validateString(method, 'method');
    if (callback === undefined && typeof params === 'function') {
      callback = params;
      params = undefined;
    }
    if (params) validateObject(params, 'params');
    if (callback) validateFunction(callback, 'callback');
    if (this.#id === undefined) throw new ERR_INSPECTOR_NOT_CONNECTED();
    const id = ++this.#lastMessage;
    const message = { id, method };
    if (params) message.params = params;
    if (callback) this.#callbacks.set(id, callback);
    native.dispatch(this.#id, JSON.stringify(message));
  }

  // Whoever still waits for an answer is told that none will come.
  disconnect() {
    if (this.#id === undefined) return;
    native.disconnect(this.#id);
    this.#id = undefined;
    const waiting = [...this.#callbacks.values()];
    this.#callbacks.clear();
    this.#lastMessage = 0;
    for (const callback of waiting) process.nextTick(callback, new ERR_INSPECTOR_CLOSED());
  }
}

function open(port, host, wait) {
  if (native.url() !== undefined) throw new ERR_INSPECTOR_ALREADY_ACTIVATED();
  if (port !== undefined) validateInteger(port, 'port', 0, 65535);
  if (host) validateString(host, 'host');
  if (openServer(host || undefined, port, Boolean(wait)) && wait) native.waitForDebugger(true);
  return { __proto__: null, [Symbol.dispose]: close };
}

function close() {
  closeServer();
}

function waitForDebugger() {
  if (native.url() === undefined) throw new ERR_INSPECTOR_NOT_ACTIVE();
  native.waitForDebugger(false);
}

module.exports = {
  open,
  close,
  url: native.url,
  waitForDebugger,
  // V8's own, whose output goes to front ends alone.
  console: native.inspectorConsole(),
  Session,
};
