'use strict';
// The Web Locks API (https://w3c.github.io/web-locks/): locks by name, shared by all threads of the process. Who holds and
// who waits is native (src/workers/locks.rs); here are the arguments, the promises and what is done under a lock.

const {
  codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_THIS },
} = require('internal/errors');
const { queueMicrotask } = require('internal/process/task_queues');
const { validateFunction } = require('internal/validators');
const native = internalBinding('locks');

const customInspect = Symbol.for('nodejs.util.inspect.custom');
const kCreate = Symbol('kCreate');
const noOptions = { __proto__: null };

// What the native side tells of a request.
const GRANTED = 0;
const REFUSED = 1;

function exception(message, name) {
  const { DOMException } = require('web/dom_exception');
  return new DOMException(message, name);
}

class Lock {
  #name;
  #mode;

  constructor(token, name, mode) {
    if (token !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this.#name = name;
    this.#mode = mode;
  }

  get name() {
    if (!(#name in this)) throw new ERR_INVALID_THIS('Lock');
    return this.#name;
  }

  get mode() {
    if (!(#mode in this)) throw new ERR_INVALID_THIS('Lock');
    return this.#mode;
  }

  [customInspect](depth, options) {
    if (depth < 0) return 'Lock';
    const { inspect } = require('internal/util/inspect');
    return `Lock ${inspect({ name: this.name, mode: this.mode }, options)}`;
  }
}

// A request from its beginning until the lock is let go.
class LockRequest {
  constructor(name, mode, callback, resolve, reject) {
    this.ticket = ++tickets;
    this.name = name;
    this.mode = mode;
    this.callback = callback;
    this.resolve = resolve;
    this.reject = reject;
    this.signal = undefined;
    this.onAbort = undefined;
    this.stolen = false;
  }

  start(ifAvailable, steal, signal) {
    requests.set(this.ticket, this);
    if (signal !== undefined) {
      this.signal = signal;
      this.onAbort = () => {
        // Granted already, though it is not known here yet: the answer on its way finds nobody, so it is let go.
        if (!native.abort(this.name, this.ticket)) native.release(this.name, this.ticket);
        requests.delete(this.ticket);
        this.reject(signal.reason);
      };
      signal.addEventListener('abort', this.onAbort, { once: true });
    }
    const notice = native.request(this.name, this.mode === 'exclusive', ifAvailable, steal, this.ticket);
    // Known already; the callback is nevertheless called after request() returned.
    if (notice !== undefined) queueMicrotask(() => onNotice(this.ticket, notice));
  }

  async answered(granted) {
    this.signal?.removeEventListener('abort', this.onAbort);
    try {
      const { callback } = this;
      this.resolve(await callback(granted ? new Lock(kCreate, this.name, this.mode) : null));
    } catch (error) {
      this.reject(error);
    } finally {
      requests.delete(this.ticket);
      if (granted && !this.stolen) native.release(this.name, this.ticket);
    }
  }

  lost() {
    this.stolen = true;
    this.reject(exception('The operation was aborted', 'AbortError'));
  }
}

let tickets = 0;
let isSetUp = false;
const requests = new Map();

function onNotice(ticket, notice) {
  const request = requests.get(ticket);
  if (request === undefined) return;
  if (notice === GRANTED || notice === REFUSED) request.answered(notice === GRANTED);
  else request.lost();
}

function check(manager) {
  if (!(manager instanceof LockManager)) throw new ERR_INVALID_THIS('LockManager');
}

function readMode(mode) {
  if (mode === undefined) return 'exclusive';
  const text = `${mode}`;
  if (text !== 'exclusive' && text !== 'shared') {
    const error = new ERR_INVALID_ARG_VALUE('mode', mode);
    error.message = `mode '${text}' is not a valid enum value of type LockMode.`;
    throw error;
  }
  return text;
}

function readSignal(signal) {
  if (signal === undefined) return undefined;
  if (signal === null || typeof signal !== 'object' || !('aborted' in signal)) {
    const error = new ERR_INVALID_ARG_TYPE('signal', 'AbortSignal', signal);
    error.message = 'signal is not an object.';
    throw error;
  }
  return signal;
}

class LockManager {
  constructor(token) {
    if (token !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
  }

  // Resolves with what `callback(lock)` comes to, once the lock was let go.
  async request(name, options, callback = undefined) {
    check(this);
    if (callback === undefined) {
      callback = options;
      options = undefined;
    }
    name = `${name}`;
    validateFunction(callback, 'callback');
    options ??= noOptions;
    const mode = readMode(options.mode);
    const ifAvailable = Boolean(options.ifAvailable);
    const steal = Boolean(options.steal);
    const signal = readSignal(options.signal);
    signal?.throwIfAborted();
    if (name.startsWith('-')) throw exception('Lock name may not start with hyphen', 'NotSupportedError');
    if (ifAvailable && steal) throw exception('ifAvailable and steal are mutually exclusive', 'NotSupportedError');
    if (steal && mode !== 'exclusive') {
      throw exception(`mode: "${mode}" and steal are mutually exclusive`, 'NotSupportedError');
    }
    if (signal !== undefined && (steal || ifAvailable)) {
      throw exception('signal cannot be used with steal or ifAvailable', 'NotSupportedError');
    }
    if (!isSetUp) {
      isSetUp = true;
      native.setup(onNotice);
    }
    return new Promise((resolve, reject) => {
      new LockRequest(name, mode, callback, resolve, reject).start(ifAvailable, steal, signal);
    });
  }

  // What is held and what waits, in all threads.
  async query() {
    check(this);
    const result = { held: [], pending: [] };
    for (const { name, exclusive, thread, held } of native.query()) {
      const info = { name, mode: exclusive ? 'exclusive' : 'shared', clientId: `node-${process.pid}-${thread}` };
      (held ? result.held : result.pending).push(info);
    }
    return result;
  }

  [customInspect]() {
    return 'LockManager {}';
  }
}

for (const [Class, names] of [[Lock, ['name', 'mode']], [LockManager, ['request', 'query']]]) {
  for (const name of names) Object.defineProperty(Class.prototype, name, { __proto__: null, enumerable: true });
  Object.defineProperty(Class.prototype, Symbol.toStringTag, {
    __proto__: null, value: Class.name, writable: false, enumerable: false, configurable: true,
  });
}

module.exports = { Lock, LockManager, locks: new LockManager(kCreate) };
