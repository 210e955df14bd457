'use strict';

// Ids of async operations and the hooks that are told of them (Node's
// documentation, "Async hooks").
//
// The ids of ticks, timers, immediates and promises are kept only once somebody
// asks: the first call of executionAsyncId() and its like turns the tracking of
// the former on, an enabled hook that of promises as well. A program that does
// neither pays nothing.

const taskQueues = require('internal/process/task_queues');

// What runs now: ids and resource of an operation, or id -1 where it is the
// main script or a bare callback of the loop. `hooked` while hooks are enabled.
const state = { id: -1, trigger: 0, resource: undefined, hooked: false };
// The same of what runs below it, three entries each.
const stack = [];
let inMainScript = isBeforeLoop();
let lastId = 1;

let tracking = false;

// Hooks enabled, as an array that is replaced when it changes.
let hooks = [];
let initHooks = 0;
let destroyHooks = 0;
let promiseHooks = 0;

// resource -> { id, trigger }
const known = new WeakMap();
let promiseRegistry;

const topLevelResource = {};

function newAsyncId() {
  return ++lastId;
}

// As executionAsyncId(), for the runtime itself, which is content with less.
function currentId() {
  if (state.id === -1) return inMainScript ? 1 : 0;
  return state.id;
}

function executionAsyncId() {
  startTracking();
  if (state.id === -1) return inMainScript ? 1 : 0;
  return state.id;
}

function isBeforeLoop() {
  const words = new Float64Array(6);
  internalBinding('performance').loopMetrics(words);
  if (words[0] >= 0) return false;
  // A native microtask, which no promise hook sees: the first thing after the main script.
  internalBinding('realm').enqueueMicrotask(() => { inMainScript = false; });
  return true;
}

function triggerAsyncId() {
  startTracking();
  return state.trigger;
}

function executionAsyncResource() {
  startTracking();
  return state.resource ?? topLevelResource;
}

function enterScope(id, trigger, object) {
  stack.push(state.id, state.trigger, state.resource);
  state.id = id;
  state.trigger = trigger;
  state.resource = object;
}

function leaveScope() {
  if (stack.length === 0) return;
  state.resource = stack.pop();
  state.trigger = stack.pop();
  state.id = stack.pop();
}

// --- telling hooks ----------------------------------------------------------------

// A hook that throws ends the process: there is nobody to whom the error could
// be given.
function fatal(error) {
  const text = typeof error?.stack === 'string' ? error.stack : String(error);
  process._rawDebug(text);
  process.exit(1);
}

function emitInit(id, type, trigger, object) {
  for (const hook of hooks) {
    if (hook.init === undefined) continue;
    try {
      hook.init(id, type, trigger, object);
    } catch (error) {
      fatal(error);
    }
  }
}

function emit(name, id) {
  for (const hook of hooks) {
    if (hook[name] === undefined) continue;
    try {
      hook[name](id);
    } catch (error) {
      fatal(error);
    }
  }
}

function pushScope(id, trigger, object) {
  enterScope(id, trigger, object);
  if (state.hooked) emit('before', id);
}

function popScope(id) {
  if (state.hooked) emit('after', id);
  leaveScope();
}

// Destroys are told later, together: they may come out of a hook or a
// collection, where calling JavaScript of the program would surprise it.
let destroyed = [];
function emitDestroy(id) {
  if (destroyHooks === 0) return;
  if (destroyed.length === 0) {
    const { setImmediate } = require('timers');
    untracked(() => setImmediate(flushDestroyed)).unref();
  }
  destroyed.push(id);
}

function flushDestroyed() {
  const ids = destroyed;
  destroyed = [];
  for (const id of ids) emit('destroy', id);
}

function emitDestroyNow(id) {
  if (destroyHooks > 0) emit('destroy', id);
}

// --- ticks, timers, immediates --------------------------------------------------------

let muted = false;
function untracked(fn) {
  muted = true;
  try {
    return fn();
  } finally {
    muted = false;
  }
}

// What is made while `fn` runs, and has no cause of its own, comes of `object`.
let cause;
function causedBy(object, fn, ...args) {
  const former = cause;
  cause = idsOf(object).id;
  try {
    return fn(...args);
  } finally {
    cause = former;
  }
}

function initResource(object, type, trigger = cause ?? executionAsyncId()) {
  if (muted) return;
  const id = newAsyncId();
  known.set(object, { id, trigger });
  if (initHooks > 0) emitInit(id, type, trigger, object);
}

// One that was made before tracking began gets its id when it is run.
function idsOf(object) {
  let entry = known.get(object);
  if (entry === undefined) {
    entry = { id: newAsyncId(), trigger: 0 };
    known.set(object, entry);
  }
  return entry;
}

function beforeResource(object) {
  inMainScript = false;
  const { id, trigger } = idsOf(object);
  pushScope(id, trigger, object);
}

function afterResource(object) {
  popScope(idsOf(object).id);
}

function destroyResource(object) {
  if (destroyHooks === 0) return;
  const entry = known.get(object);
  if (entry !== undefined && !entry.destroyed) {
    entry.destroyed = true;
    emitDestroy(entry.id);
  }
}

function startTracking() {
  if (tracking) return;
  tracking = true;
  taskQueues.setHooks({
    init(tick) { initResource(tick, 'TickObject'); },
    before: beforeResource,
    after(tick) {
      afterResource(tick);
      destroyResource(tick);
    },
  });
  const handles = require('internal/tracked_handles');
  const { owners } = handles;
  internalBinding('async_context').setRequestWrapper((callback, kind) => wrapRequest(callback, kind, owners.get(callback)));
  trackHandles(handles.tracking);
  require('internal/timers').setHooks({
    init: initResource,
    before: beforeResource,
    after: afterResource,
    destroy: destroyResource,
  });
}

function trackHandles(native) {
  native.hooks = {
    init: initResource,
    run(object, fn, ...args) {
      beforeResource(object);
      fn(...args);
      afterResource(object);
    },
    destroy: destroyResource,
    idOf: (object) => idsOf(object).id,
    causedBy,
  };
  for (const tell of native.whenTracked) tell();
}

// A native operation: files, name look-ups, compression and so on.
class Request {}

// Its classes by Node's names of types.
const requestClasses = {
  __proto__: null,
  FILEHANDLECLOSEREQ: class FileHandleCloseReq extends Request {},
  FSREQCALLBACK: class FSReqCallback extends Request {},
  FSREQPROMISE: class FSReqPromise extends Request {},
  GETADDRINFOREQWRAP: class GetAddrInfoReqWrap extends Request {},
  GETNAMEINFOREQWRAP: class GetNameInfoReqWrap extends Request {},
  HASHREQUEST: class HashJob extends Request {},
  DERIVEBITSREQUEST: class HKDFJob extends Request {},
  PBKDF2REQUEST: class PBKDF2Job extends Request {},
  RANDOMBYTESREQUEST: class RandomBytesJob extends Request {},
  SCRYPTREQUEST: class ScryptJob extends Request {},
  ZLIB: class Zlib extends Request {},
};

function wrapRequest(callback, kind, owner) {
  if (owner !== undefined) {
    return (...args) => {
      beforeResource(owner);
      callback(...args);
      afterResource(owner);
    };
  }
  const named = require('internal/tracked_handles').requestType(kind, callback);
  const type = named in requestClasses ? named : 'REQUEST';
  const request = new (requestClasses[type] ?? Request)();
  initResource(request, type);
  return (...args) => {
    beforeResource(request);
    callback(...args);
    afterResource(request);
    destroyResource(request);
  };
}

// Ends whatever an exception has left open, after the handlers of that.
function unwind() {
  while (stack.length > 0) {
    const { id, resource } = state;
    popScope(id);
    if (resource instanceof Request || resource instanceof taskQueues.TickObject) destroyResource(resource);
  }
}

// --- promises -----------------------------------------------------------------------

function promiseInit(promise, parent) {
  // A parent from before tracking began gets an id now, but is no news.
  const trigger = parent === undefined || parent === null ? executionAsyncId() : promiseEntry(parent).id;
  const id = newAsyncId();
  known.set(promise, { id, trigger });
  if (initHooks > 0) emitInit(id, 'PROMISE', trigger, promise);
  if (destroyHooks > 0) {
    promiseRegistry ??= new FinalizationRegistry(emitDestroyNow);
    promiseRegistry.register(promise, id);
  }
}

function promiseEntry(promise) {
  let entry = known.get(promise);
  if (entry === undefined) {
    entry = { id: newAsyncId(), trigger: executionAsyncId() };
    known.set(promise, entry);
  }
  return entry;
}

function promiseBefore(promise) {
  const { id, trigger } = promiseEntry(promise);
  pushScope(id, trigger, promise);
}

function promiseAfter(promise) {
  const { id } = promiseEntry(promise);
  // An async function that is running when tracking begins has only its end seen.
  if (stack.length > 0 && state.id === id) popScope(id);
  else if (state.hooked) emit('after', id);
}

function promiseResolve(promise) {
  const { id } = promiseEntry(promise);
  emit('promiseResolve', id);
}

let stopPromises;
function updatePromises() {
  const wanted = promiseHooks > 0;
  if (wanted === (stopPromises !== undefined)) return;
  if (wanted) {
    stopPromises = require('internal/promise_hooks').addPromiseHooks({
      init: promiseInit, before: promiseBefore, after: promiseAfter, settled: promiseResolve,
    });
  } else {
    stopPromises();
    stopPromises = undefined;
  }
}

// --- enabling -----------------------------------------------------------------------

// `hook` is { init, before, after, destroy, promiseResolve, trackPromises }.
function enable(hook) {
  if (hooks.includes(hook)) return;
  hooks = [...hooks, hook];
  state.hooked = true;
  count(hook, 1);
  startTracking();
  updatePromises();
}

function disable(hook) {
  if (!hooks.includes(hook)) return;
  hooks = hooks.filter((each) => each !== hook);
  state.hooked = hooks.length > 0;
  count(hook, -1);
  updatePromises();
}

function count(hook, by) {
  if (hook.init !== undefined) initHooks += by;
  if (hook.destroy !== undefined) destroyHooks += by;
  if (hook.trackPromises) promiseHooks += by;
}

module.exports = {
  currentId,
  disable,
  emit,
  emitDestroy,
  emitDestroyNow,
  emitInit,
  enable,
  executionAsyncId,
  executionAsyncResource,
  newAsyncId,
  startTracking,
  state,
  triggerAsyncId,
  unwind,
  wantsDestroy() { return destroyHooks > 0; },
  wantsInit() { return initHooks > 0; },
};
