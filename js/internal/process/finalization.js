'use strict';
// process.finalization: callbacks for objects that are still alive when the process ends. An object that was collected before
// has none to call, and being listed here does not keep one alive.

const { emitExperimentalWarning } = require('internal/util');
const { validateObject, kValidateObjectAllowFunction } = require('internal/validators');

// By event: what is registered for it, in order; undefined until something is.
const lists = { __proto__: null, exit: undefined, beforeExit: undefined };
let collected;

function listFor(event) {
  if (lists[event] === undefined) {
    lists[event] = new Set();
    process.on(event, () => callAll(event));
  }
  return lists[event];
}

function callAll(event) {
  const entries = lists[event];
  // Each is called once, also where 'beforeExit' comes again.
  lists[event] = new Set();
  for (const { object, callback } of entries) {
    const alive = object.deref();
    if (alive !== undefined) callback(alive, event);
  }
}

function forget(entry) {
  for (const event of ['exit', 'beforeExit']) lists[event]?.delete(entry);
}

function add(event, object, callback) {
  validateObject(object, 'obj', kValidateObjectAllowFunction);
  const entry = { object: new WeakRef(object), callback };
  listFor(event).add(entry);
  collected ??= new FinalizationRegistry(forget);
  collected.register(object, entry, object);
}

function register(ref, callback) {
  emitExperimentalWarning('process.finalization.register');
  add('exit', ref, callback);
}

function registerBeforeExit(ref, callback) {
  emitExperimentalWarning('process.finalization.registerBeforeExit');
  add('beforeExit', ref, callback);
}

function unregister(ref) {
  emitExperimentalWarning('process.finalization.unregister');
  collected ??= new FinalizationRegistry(forget);
  // Also says what cannot be a token.
  collected.unregister(ref);
  for (const event of ['exit', 'beforeExit']) {
    for (const entry of lists[event] ?? []) {
      const object = entry.object.deref();
      if (object === undefined || object === ref) lists[event].delete(entry);
    }
  }
}

module.exports = { finalization: { register, registerBeforeExit, unregister } };
