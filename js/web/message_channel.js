'use strict';
// MessageChannel and MessagePort, after the HTML standard (section 9.4) and Node's documentation of worker_threads:
// a port is an EventTarget with the usual methods of an EventEmitter besides. A listener for 'message' starts the port
// and makes it keep the loop alive; without one it does neither.
//
// Port objects come from the native side (src/workers/port.rs), which delivers by calling the methods below.

const {
  codes: { ERR_CONSTRUCT_CALL_INVALID, ERR_INVALID_ARG_TYPE, ERR_MISSING_ARGS },
} = require('internal/errors');
const { validateObject } = require('internal/validators');
const {
  CustomEvent,
  NodeEventTarget,
  defineEventHandler,
  initNodeEventTarget,
  kCreateEvent,
  kHybridDispatch,
  kNewListener,
  kRemoveListener,
} = require('web/event_target');
const { MessageEvent, receivedMessage } = require('web/message_event');
const {
  announceResource, binding, kBroadcastHandle, kOnClose, kOnDrain, kOnMessage, readTransferList, setPortClass,
} = require('internal/worker/messaging');

const { NOT_FLAT, mayBeTable, postFlat } = require('internal/worker/flat');

const { isArray } = Array;

function postRows(port, rows) {
  if (!mayBeTable(rows)) return NOT_FLAT;
  const packed = require('internal/worker/rows').packRows(rows);
  return packed === undefined ? NOT_FLAT : binding.post(port, packed, undefined, true);
}

const customInspect = Symbol.for('nodejs.util.inspect.custom');
const kPorts = Symbol('kPorts');
const kNumber = Symbol('kNumber');

// What posting came to (src/ops/messaging.rs).
const LOST = 1;
const ROOM = 2;

function checkMark(value, name) {
  if (value !== Infinity) require('internal/validators').validateInteger(value, name, 1);
}

const baseNewListener = NodeEventTarget.prototype[kNewListener];

// A function and no class: `new MessagePort()` and `MessagePort()` fail alike.
function MessagePort() {
  throw new ERR_CONSTRUCT_CALL_INVALID();
}
Object.setPrototypeOf(MessagePort, NodeEventTarget);
// Weft's own methods stand between MessagePort.prototype, which holds just what Node's holds, and NodeEventTarget's.
const extensions = Object.create(NodeEventTarget.prototype);
Object.setPrototypeOf(MessagePort.prototype, extensions);

function defineMethods(target, methods) {
  for (const name of Reflect.ownKeys(methods)) {
    const descriptor = Object.getOwnPropertyDescriptor(methods, name);
    descriptor.enumerable = typeof name === 'string';
    Object.defineProperty(target, name, descriptor);
  }
}

defineMethods(extensions, {
  // What this port posted and the other end did not take yet.
  get queued() {
    const [messages, bytes] = binding.queued(this);
    return { messages, bytes };
  },

  // From `messages` or `bytes` on, postMessage() gives false, and 'drain' follows when no more than half of
  // either waits. null takes the mark away.
  setHighWaterMark(mark) {
    if (mark === null || mark === undefined) {
      binding.setMark(this);
      return;
    }
    validateObject(mark, 'mark');
    const { messages = Infinity, bytes = Infinity } = mark;
    checkMark(messages, 'mark.messages');
    checkMark(bytes, 'mark.bytes');
    binding.setMark(this, messages, bytes);
  },
});

defineMethods(MessagePort.prototype, {
  postMessage(message, transfer) {
    if (arguments.length === 0) {
      const error = new ERR_MISSING_ARGS('message');
      error.message = 'Not enough arguments to MessagePort.postMessage';
      throw error;
    }
    let outcome = NOT_FLAT;
    if (transfer === undefined && typeof message === 'object' && message !== null) {
      outcome = isArray(message) ? postRows(this, message) : postFlat(this[kNumber], message);
    }
    if (outcome === NOT_FLAT) {
      outcome = binding.post(this, message, transfer === undefined ? undefined : readTransferList(transfer));
    }
    if (outcome === 0) return undefined;
    if (outcome === LOST) {
      process.emitWarning('The target port was posted to itself, and the communication channel was lost');
      return undefined;
    }
    return outcome === ROOM;
  },

  start() {
    binding.start(this);
  },

  close(callback) {
    if (typeof callback === 'function') this.once('close', callback);
    binding.close(this);
  },

  ref() {
    binding.setRef(this, true);
  },

  unref() {
    binding.setRef(this, false);
  },

  hasRef() {
    return binding.hasRef(this);
  },

  [kNewListener](size, type, listener, once, capture, passive, weak) {
    if (type === 'message') {
      binding.setRef(this, true);
      binding.start(this);
    }
    baseNewListener.call(this, size, type, listener, once, capture, passive, weak);
  },

  [kRemoveListener](size, type) {
    if (type === 'message' && size === 0) {
      binding.stop(this);
      binding.setRef(this, false);
    }
  },

  [kCreateEvent](value, type) {
    if (type !== 'message' && type !== 'messageerror') return new CustomEvent(type, { detail: value });
    return receivedMessage(type, value, this[kPorts]);
  },

  [kOnMessage](type, value, ports) {
    if (ports === undefined) {
      this[kHybridDispatch](value, type, undefined);
      return;
    }
    this[kPorts] = ports;
    try {
      this[kHybridDispatch](value, type, undefined);
    } finally {
      this[kPorts] = undefined;
    }
  },

  [kOnDrain]() {
    this[kHybridDispatch](undefined, 'drain', undefined);
  },

  [kOnClose]() {
    this[kHybridDispatch](undefined, 'close', undefined);
  },

  [customInspect](depth, options) {
    const active = !binding.isDetached(this);
    if (depth < 0) return '[MessagePort]';
    const shown = active ? { active, refed: this.hasRef() } : { active };
    const { inspect } = require('internal/util/inspect');
    const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    return `${this.constructor?.name ?? 'MessagePort'} [EventTarget] ${inspect(shown, inner)}`;
  },
});

Object.defineProperty(MessagePort.prototype, Symbol.toStringTag, {
  __proto__: null, value: 'MessagePort', writable: false, enumerable: false, configurable: true,
});
defineEventHandler(MessagePort.prototype, 'message');
defineEventHandler(MessagePort.prototype, 'messageerror');

setPortClass(MessagePort.prototype, (port) => {
  initNodeEventTarget(port);
  port[kPorts] = undefined;
  port[kNumber] = binding.numberOf(port);
  announceResource('MESSAGEPORT', port);
});

class MessageChannel {
  constructor() {
    const [port1, port2] = binding.createChannel();
    this.port1 = port1;
    this.port2 = port2;
  }
}

function receiveMessageOnPort(port) {
  const handle = port?.[kBroadcastHandle] ?? port;
  if (!binding.isPort(handle)) {
    const error = new ERR_INVALID_ARG_TYPE('port', 'MessagePort', port);
    // Node's wording of this one is its own.
    error.message = 'The "port" argument must be a MessagePort instance';
    throw error;
  }
  const received = binding.receive(handle);
  return received === undefined ? undefined : { message: received[0] };
}

module.exports = { MessageChannel, MessageEvent, MessagePort, receiveMessageOnPort };
