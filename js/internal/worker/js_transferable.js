'use strict';
// How a class implemented in js/ takes part in structured clone, by Node's protocol:
//
// - its prototype (or an object) says what it allows: `markTransferMode(target, cloneable, transferable)`;
// - `[kClone]()` gives `{ data, deserializeInfo }`: something that can be cloned, and 'module:Export' of a class;
// - `[kTransfer]()` gives the same and leaves the object without its state; what of `data` is to be transferred rather
//   than cloned stands in `list`;
// - `[kCheckTransfer]()`, if there is one, throws where the object cannot be transferred now. All of a transfer list are
//   asked before the first gives anything up;
// - on arrival, `new Export()` is made and its `[kDeserialize](data)` called; or `Export[kDeserialize](data)`, where the
//   class has that, gives the object.
//
// The native side (src/workers/structured_clone.rs) asks for these through `takeApart` and `putTogether`.

const kClone = Symbol('messaging_clone_symbol');
const kTransfer = Symbol('messaging_transfer_symbol');
const kCheckTransfer = Symbol('messaging_check_transfer_symbol');
const kDeserialize = Symbol('messaging_deserialize_symbol');
const kTransferMode = Symbol('messaging_transfer_mode_symbol');

const CLONEABLE = 1;
const TRANSFERABLE = 2;

const defineProperty = Object.defineProperty;

function markTransferMode(target, cloneable, transferable) {
  const mode = (cloneable ? CLONEABLE : 0) | (transferable ? TRANSFERABLE : 0);
  // Constructors call this for every object; the first one of a class leaves nothing to do for the others.
  if (target[kTransferMode] === mode) return;
  defineProperty(target, kTransferMode, { __proto__: null, value: mode, configurable: true, writable: true });
}

// `transfer`: false to clone, true to transfer, undefined to ask whether that can be done.
function takeApart(object, transfer) {
  if (transfer === undefined) {
    object[kCheckTransfer]?.();
    return undefined;
  }
  const { data, deserializeInfo, list } = transfer ? object[kTransfer]() : object[kClone]();
  return [deserializeInfo, data, list];
}

// A recipe may come from an object of the user's, so it names a class only if that class says it can be made this way.
function findClass(recipe) {
  const colon = recipe.lastIndexOf(':');
  let found;
  try {
    found = require(recipe.slice(0, colon))[recipe.slice(colon + 1)];
  } catch {
    return undefined;
  }
  if (typeof found !== 'function') return undefined;
  const knows = typeof found[kDeserialize] === 'function' || typeof found.prototype?.[kDeserialize] === 'function';
  return knows ? found : undefined;
}

const classes = new Map();

function putTogether(recipe, data) {
  let Class = classes.get(recipe);
  if (Class === undefined) {
    Class = findClass(recipe);
    if (Class === undefined) throw new Error(`Unknown deserialize spec ${recipe}`);
    classes.set(recipe, Class);
  }
  if (Class[kDeserialize] !== undefined) return Class[kDeserialize](data);
  const object = new Class();
  object[kDeserialize](data);
  return object;
}

module.exports = {
  kCheckTransfer,
  kClone,
  kDeserialize,
  kTransfer,
  kTransferMode,
  markTransferMode,
  putTogether,
  takeApart,
};
