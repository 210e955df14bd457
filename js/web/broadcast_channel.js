'use strict';
// BroadcastChannel, after the HTML standard (section 9.5): what one says, all others of the same name in the process
// hear. It keeps the loop alive until it is closed, unless unref() was called, as Node has it.

const { codes: { ERR_INVALID_THIS, ERR_MISSING_ARGS } } = require('internal/errors');
const { EventTarget, defineEventHandler, kCreateEvent, kHybridDispatch } = require('web/event_target');
const { receivedMessage } = require('web/message_event');
const { binding, kBroadcastHandle: kHandle, kOnMessage } = require('internal/worker/messaging');

const customInspect = Symbol.for('nodejs.util.inspect.custom');
const kName = Symbol('kName');

function check(channel) {
  if (channel?.[kName] === undefined) throw new ERR_INVALID_THIS('BroadcastChannel');
}

class BroadcastChannel extends EventTarget {
  constructor(name) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('name');
    super();
    this[kName] = `${name}`;
    const handle = binding.broadcastPort(this[kName]);
    this[kHandle] = handle;
    handle[kOnMessage] = (type, value) => this[kHybridDispatch](value, type, undefined);
    binding.setRef(handle, true);
    binding.start(handle);
  }

  get name() {
    check(this);
    return this[kName];
  }

  postMessage(message) {
    check(this);
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('message');
    if (this[kHandle] === undefined) {
      const { DOMException } = require('web/dom_exception');
      throw new DOMException('BroadcastChannel is closed.', 'InvalidStateError');
    }
    binding.post(this[kHandle], message, undefined);
  }

  close() {
    check(this);
    const handle = this[kHandle];
    if (handle === undefined) return;
    this[kHandle] = undefined;
    handle[kOnMessage] = undefined;
    binding.close(handle);
  }

  ref() {
    check(this);
    if (this[kHandle] !== undefined) binding.setRef(this[kHandle], true);
    return this;
  }

  unref() {
    check(this);
    if (this[kHandle] !== undefined) binding.setRef(this[kHandle], false);
    return this;
  }

  [kCreateEvent](value, type) {
    return receivedMessage(type, value, undefined);
  }

  [customInspect](depth, options) {
    check(this);
    if (depth < 0) return 'BroadcastChannel';
    const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    const { inspect } = require('internal/util/inspect');
    return `BroadcastChannel ${inspect({ name: this[kName], active: this[kHandle] !== undefined }, inner)}`;
  }
}

const enumerable = { __proto__: null, enumerable: true };
for (const name of ['name', 'close', 'postMessage']) Object.defineProperty(BroadcastChannel.prototype, name, enumerable);
Object.defineProperty(BroadcastChannel.prototype, Symbol.toStringTag, {
  __proto__: null, value: 'BroadcastChannel', writable: false, enumerable: false, configurable: true,
});
defineEventHandler(BroadcastChannel.prototype, 'message');
defineEventHandler(BroadcastChannel.prototype, 'messageerror');

module.exports = { BroadcastChannel };
