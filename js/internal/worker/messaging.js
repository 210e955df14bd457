'use strict';
// The JavaScript side of messaging: registers what src/workers calls (making ports, delivering, closing, errors), and
// reads transfer lists. Every module that offers messaging to users starts here.

const binding = internalBinding('messaging');
const { makeFlat } = require('internal/worker/flat');
const { kTransferMode, putTogether, takeApart } = require('internal/worker/js_transferable');

// Port objects are made by the native side and get their prototype here; what a message or a close does is up to the
// kind of port: both are methods under these symbols.
const kOnMessage = Symbol('kOnMessage');
const kOnClose = Symbol('kOnClose');
const kOnDrain = Symbol('kOnDrain');
// The port behind a BroadcastChannel.
const kBroadcastHandle = Symbol('kBroadcastHandle');

let portPrototype;
let initPort;

// web/message_channel hands over what a MessagePort is.
function setPortClass(prototype, init) {
  portPrototype = prototype;
  initPort = init;
}

function dressPort(port) {
  if (portPrototype === undefined) require('web/message_channel');
  Object.setPrototypeOf(port, portPrototype);
  initPort(port);
}

function emitMessage(port, value, ports, failed) {
  port[kOnMessage]?.(failed ? 'messageerror' : 'message', value, ports);
}

function emitFlat(port, shape, a, b, c, d, e, f, g, h) {
  port[kOnMessage]?.('message', makeFlat(shape, a, b, c, d, e, f, g, h), undefined);
}

function makeRows(columns) {
  return require('internal/worker/rows').unpackRows(columns);
}

function emitClose(port) {
  return () => {
    binding.forget(port);
    port[kOnClose]?.();
  };
}

function emitDrain(port) {
  port[kOnDrain]?.();
}

// `code`: a name instead of the number, where Node has, or had, one.
function dataCloneError(message, code) {
  const { DOMException } = require('web/dom_exception');
  const error = new DOMException(message, 'DataCloneError');
  if (code !== undefined) {
    Object.defineProperty(error, 'code', { __proto__: null, value: code, configurable: true, writable: true });
  }
  return error;
}

binding.setup(emitMessage, emitClose, dressPort, dataCloneError, takeApart, putTogether, kTransferMode,
              emitDrain, emitFlat, makeFlat, makeRows);

// Tells async hooks of a port or a Worker, if there are any.
function announceResource(type, resource) {
  const ids = require('internal/realm').loaded('internal/async_ids');
  if (ids !== undefined && ids.wantsInit()) ids.emitInit(ids.newAsyncId(), type, ids.executionAsyncId(), resource);
}

function notIterable(what) {
  const error = new TypeError(`Optional ${what} argument must be an iterable`);
  error.code = 'ERR_INVALID_ARG_TYPE';
  return error;
}

// The items of an iterable, or undefined where it is none. By hand, because whatever is wrong with it is one error.
function readIterable(object) {
  if (object === null || (typeof object !== 'object' && typeof object !== 'function')) return undefined;
  if (Array.isArray(object)) return object;
  const method = object[Symbol.iterator];
  if (typeof method !== 'function') return undefined;
  const iterator = Reflect.apply(method, object, []);
  if (iterator === null || typeof iterator !== 'object') return undefined;
  const next = iterator.next;
  if (typeof next !== 'function') return undefined;
  const items = [];
  for (;;) {
    const result = Reflect.apply(next, iterator, []);
    if (result === null || typeof result !== 'object') return undefined;
    if (result.done) return items;
    items.push(result.value);
  }
}

// The transfer list in the second argument of postMessage: an iterable, or an object with a property `transfer`.
function readTransferList(argument) {
  if (argument === undefined || argument === null) return undefined;
  if (typeof argument !== 'object' && typeof argument !== 'function') throw notIterable('transferList');
  const items = readIterable(argument);
  if (items !== undefined) return items.length > 0 ? items : undefined;
  const { transfer } = argument;
  return transfer === undefined ? undefined : readTransferOption(transfer);
}

// The transfer list in `options.transfer`.
function readTransferOption(transfer) {
  const items = readIterable(transfer);
  if (items === undefined) throw notIterable('options.transfer');
  return items.length > 0 ? items : undefined;
}

module.exports = {
  announceResource,
  binding,
  kBroadcastHandle,
  kOnClose,
  kOnDrain,
  kOnMessage,
  readIterable,
  readTransferList,
  readTransferOption,
  setPortClass,
};
