'use strict';
// MessagePorts in another context of node:vm (worker_threads.moveMessagePortToContext()). This script runs once in each
// such context, and everything it makes belongs there. It gets no `require` of the runtime's, but in its place what
// compiles built-in code, here for the context's own DOMException.
//
// Such a port is no EventTarget. A message calls its property `onmessage`, one that cannot be read `onmessageerror`.

const compileBuiltin = require;
const binding = internalBinding('messaging');

function load(id) {
  const loaded = { exports: {} };
  compileBuiltin(id)(loaded.exports, load, loaded, undefined, internalBinding);
  return loaded.exports;
}

let DOMException;
function dataCloneError(message) {
  DOMException ??= load('web/dom_exception').DOMException;
  return new DOMException(message, 'DataCloneError');
}

const control = {
  close() { binding.close(this); },
  hasRef() { return binding.hasRef(this); },
  ref() { binding.setRef(this, true); },
  unref() { binding.setRef(this, false); },
};

function MessagePort() {
  throw new TypeError('Illegal constructor');
}
Object.setPrototypeOf(MessagePort.prototype, control);
Object.assign(MessagePort.prototype, {
  postMessage(message, transfer) {
    const list = Array.isArray(transfer) || transfer == null ? transfer : transfer.transfer;
    binding.post(this, message, list == null ? undefined : Array.from(list));
  },
  start() { binding.start(this); },
});

// For a class of the runtime there is nothing here that could make an object of it.
function putTogether() {
  const error = new Error('Message contains objects that do not exist in this context');
  error.code = 'ERR_MESSAGE_TARGET_CONTEXT_UNAVAILABLE';
  throw error;
}

function emitMessage(port, data, ports, failed) {
  const type = failed ? 'messageerror' : 'message';
  const handler = port[`on${type}`];
  if (typeof handler === 'function') Reflect.apply(handler, port, [{ data, target: port, type, ports: ports ?? [] }]);
}

function emitClose(port) {
  return () => { binding.forget(port); };
}

function dressPort(port) {
  Object.setPrototypeOf(port, MessagePort.prototype);
}

let rows;
function makeRows(columns) {
  rows ??= load('internal/worker/rows');
  return rows.unpackRows(columns);
}

binding.setupContext(emitMessage, emitClose, dressPort, dataCloneError, putTogether, makeRows);
