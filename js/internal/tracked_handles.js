'use strict';

// Sockets, child processes, watchers and their like as async hooks see them. `tracking.hooks` is undefined until somebody
// uses async hooks (internal/async_ids), so that a handle costs a look at it and no more; then it has
//   init(object, type, trigger)    `object` is new; trigger is an id, or undefined for what runs now
//   run(object, fn, ...args)       calls fn(...args) on behalf of the object
//   destroy(object)                it is no more
//   idOf(object)
//   causedBy(object, fn, ...args)  calls fn(...args); what it makes comes of the object

const tracking = {
  hooks: undefined,
  // Called once hooks come, by modules whose callbacks are then to go through run().
  whenTracked: [],
};

// `fn`, called on behalf of `object`.
function onBehalf(object, fn) {
  return (...args) => {
    const { hooks } = tracking;
    if (hooks === undefined) fn(...args);
    else hooks.run(object, fn, ...args);
  };
}

// Callbacks of native operations that belong to a handle, which is told of in their place.
const owners = new WeakMap();

// Handles that the loop does not know as such and that are at work: object -> [what process.getActiveResourcesInfo() calls it,
// the object users know it by, whether it keeps the process alive].
const atWork = new Map();

// Node's type of an operation, of which native code knows the area or the type itself.
function requestType(kind, callback) {
  if (kind === 'zlib') return 'ZLIB';
  if (kind !== 'fs') return kind;
  return require('internal/fs/native_promise').isSettler(callback) ? 'FSREQPROMISE' : 'FSREQCALLBACK';
}

module.exports = { atWork, onBehalf, owners, requestType, tracking };
