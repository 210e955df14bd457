'use strict';
// The global scope of a thread that the global class Worker started (HTML standard, sections 10.2.1 and 10.2.1.2), in
// addition to Node's globals: self, name, postMessage(), close(), and the global object as the EventTarget of 'message',
// 'messageerror' and 'error'; location and importScripts(). Threads of node:worker_threads have none of it.

const { codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_THIS } } = require('internal/errors');
const {
  EventTarget, defineEventHandler, initEventTarget, kEvents, kNewListener, kRemoveListener,
} = require('web/event_target');
const { errorEventOf } = require('web/error_event');
const { receivedMessage } = require('web/message_event');
const { binding, kOnMessage } = require('internal/worker/messaging');

const target = globalThis;
let port;
let fail;

// As long as somebody listens for 'error', uncaught errors go there first.
function onUncaught(error) {
  const event = errorEventOf(error);
  target.dispatchEvent(event);
  if (!event.defaultPrevented) fail(error);
}

class WorkerGlobalScope extends EventTarget {
  constructor() {
    throw new ERR_ILLEGAL_CONSTRUCTOR();
  }

  [kNewListener](size, type, ...rest) {
    if (type === 'message') {
      binding.setRef(port, true);
      binding.start(port);
    } else if (type === 'error' && size === 1) {
      process.on('uncaughtException', onUncaught);
    }
    return super[kNewListener](size, type, ...rest);
  }

  [kRemoveListener](size, type, ...rest) {
    if (type === 'message' && size === 0 && port.listenerCount('message') === 0) {
      binding.setRef(port, false);
    } else if (type === 'error' && size === 0) {
      process.off('uncaughtException', onUncaught);
    }
    return super[kRemoveListener]?.(size, type, ...rest);
  }
}

class DedicatedWorkerGlobalScope extends WorkerGlobalScope {}

for (const Class of [WorkerGlobalScope, DedicatedWorkerGlobalScope]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, {
    __proto__: null, value: Class.name, writable: false, enumerable: false, configurable: true,
  });
}

// An attribute of the scope that Node has as a property of the global object itself. One that is assigned to becomes
// such a property ([Replaceable]).
function moveToScope(name) {
  const { get, value } = Object.getOwnPropertyDescriptor(target, name);
  const check = (self) => {
    if (self !== undefined && self !== null && self !== target) throw new ERR_INVALID_THIS('WorkerGlobalScope');
  };
  const accessors = {
    get [name]() {
      check(this);
      return get === undefined ? value : Reflect.apply(get, target, []);
    },
    set [name](replacement) {
      check(this);
      define(name, replacement);
    },
  };
  delete target[name];
  Object.defineProperty(
    WorkerGlobalScope.prototype, name,
    { __proto__: null, ...Object.getOwnPropertyDescriptor(accessors, name), enumerable: true, configurable: true });
}

function define(name, value, enumerable = true) {
  Object.defineProperty(target, name, { __proto__: null, value, writable: true, configurable: true, enumerable });
}

// Where the thread's script came from.
class WorkerLocation {
  #url;

  constructor(url) {
    if (url === undefined) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this.#url = url;
  }

  get href() { return this.#url.href; }
  get origin() { return this.#url.origin; }
  get protocol() { return this.#url.protocol; }
  get host() { return this.#url.host; }
  get hostname() { return this.#url.hostname; }
  get port() { return this.#url.port; }
  get pathname() { return this.#url.pathname; }
  get search() { return this.#url.search; }
  get hash() { return this.#url.hash; }
  toString() { return this.#url.href; }
}

const parts = ['href', 'origin', 'protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'toString'];
for (const name of parts) Object.defineProperty(WorkerLocation.prototype, name, { __proto__: null, enumerable: true });

function exception(message, name) {
  const { DOMException } = require('web/dom_exception');
  return new DOMException(message, name);
}

// The text of a classic script.
function readScript(url) {
  try {
    if (url.protocol === 'file:') {
      return require('fs').readFileSync(require('url').fileURLToPath(url), 'utf8');
    }
    if (url.protocol === 'data:') {
      const [, base64, text] = /^data:[^,]*?(;base64)?,(.*)$/s.exec(url.href);
      const bytes = decodeURIComponent(text.replace(/#.*$/s, ''));
      return base64 === undefined ? bytes : Buffer.from(bytes, 'base64').toString();
    }
  } catch (error) {
    throw Object.assign(exception(`Cannot load ${url}`, 'NetworkError'), { cause: error });
  }
  throw exception(`Cannot load ${url}`, 'NetworkError');
}

// All scripts are there before the first one runs, one after the other, as if they stood here.
function importScriptsInto(web, names) {
  if (web.type === 'module') {
    throw new TypeError("Failed to execute 'importScripts' on 'WorkerGlobalScope': Module scripts don't support importScripts().");
  }
  const { URL } = require('web/url');
  const urls = names.map((name) => {
    if (!URL.canParse(name, web.href)) throw exception(`The URL '${name}' is invalid.`, 'SyntaxError');
    return new URL(name, web.href);
  });
  const texts = urls.map(readScript);
  const { Script } = require('vm');
  for (let i = 0; i < urls.length; i++) new Script(texts[i], { filename: urls[i].href }).runInThisContext();
}

// The thread ends after what it is doing; what it posted arrives.
function close() {
  process.nextTick(() => process.exit());
}

function install(web, parentPort, failWith) {
  port = parentPort;
  fail = failWith;
  delete target[Symbol.toStringTag];
  Object.setPrototypeOf(target, DedicatedWorkerGlobalScope.prototype);
  initEventTarget(target);
  // Not for those who look at their globals.
  for (const symbol of Object.getOwnPropertySymbols(target)) {
    Object.defineProperty(target, symbol, { __proto__: null, enumerable: false });
  }
  moveToScope('performance');
  define('self', target);
  define('name', web.name);
  define('postMessage', function postMessage(message, options) {
    return arguments.length < 2 ? port.postMessage(...arguments) : port.postMessage(message, options);
  });
  define('close', close);
  define('importScripts', function importScripts(...urls) { importScriptsInto(web, urls.map(String)); });
  let location;
  Object.defineProperty(target, 'location', {
    __proto__: null, configurable: true, enumerable: true,
    get: () => location ??= new WorkerLocation(new (require('web/url').URL)(web.href)),
    set: undefined,
  });
  define('WorkerLocation', WorkerLocation, false);
  define('WorkerGlobalScope', WorkerGlobalScope, false);
  define('DedicatedWorkerGlobalScope', DedicatedWorkerGlobalScope, false);
  // Called without a receiver, as globals are.
  for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent']) {
    define(name, EventTarget.prototype[name].bind(target));
  }
  for (const name of ['message', 'messageerror', 'error']) defineEventHandler(target, name);
  // Listeners of parentPort hear as well.
  const deliver = port[kOnMessage];
  port[kOnMessage] = function(type, value, ports) {
    Reflect.apply(deliver, port, [type, value, ports]);
    target.dispatchEvent(receivedMessage(type, value, ports));
  };
}

module.exports = { install };
