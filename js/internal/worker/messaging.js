'use strict';
// The JavaScript side of messaging: registers what src/workers calls (making ports, delivering, closing, errors), and
// reads transfer lists. Every module that offers messaging to users starts here.

const binding = internalBinding('messaging');
const asyncContext = internalBinding('async_context');
const { runNextTicks, words } = require('internal/process/task_queues');
const { makeFlat, makerFor } = require('internal/worker/flat');
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

function emitFlat(port, shape, ...values) {
  port[kOnMessage]?.('message', makerFor(shape).make(values, 0), undefined);
}

// Words shared with src/workers/batch.rs, as src/main_loop/tick.rs numbers them.
const BATCH_BEGUN = 2;
const BATCH_RECALLED = 3;
// In the place of a shape: what follows is the message.
const BARE = -1;

// Several messages, each as its shape and values. What a callback, or what follows it, throws leaves through here: those that
// have not begun come again, as they do where a callback had them taken back.
function emitBatch(port, ...values) {
  for (let at = 0, begun = 0; at < values.length;) {
    if (begun !== 0) {
      asyncContext.set(undefined);
      runNextTicks();
      if (words[BATCH_RECALLED] !== 0) return;
    }
    words[BATCH_BEGUN] = ++begun;
    const shape = values[at++];
    let message;
    if (shape === BARE) {
      message = values[at++];
    } else {
      const { size, make } = makerFor(shape);
      message = make(values, at);
      at += size;
    }
    port[kOnMessage]?.('message', message, undefined);
  }
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
              emitDrain, emitFlat, makeFlat, makeRows, emitBatch);

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
