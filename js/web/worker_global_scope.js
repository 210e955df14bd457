'use strict';
// The global scope of a thread that the global class Worker started (HTML standard, sections 10.2.1 and 10.2.1.2), in
// addition to Node's globals: self, name, postMessage(), close(), and the global object as the EventTarget of 'message',
// 'messageerror' and 'error'. Threads of node:worker_threads have none of it.

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
