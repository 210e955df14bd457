'use strict';
// pool.share(): handles of values that are serialized once, and read at most once in each isolate that needs them. Where a
// handle is cloned (in args, captures, items, however deep), the other side finds the value itself, deeply frozen.
// src/workers/shared_value.rs keeps the values; the last handle, and the last message with one, release them.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_STATE } } = require('internal/errors');
const { kClone, kDeserialize, markTransferMode } = require('internal/worker/js_transferable');
const { customInspectSymbol } = require('internal/util');
const native = internalBinding('shared_value');

const RECIPE = 'internal/pool/share:Shared';

// What Object.freeze does not stop: methods that change what objects hold beside their properties.
const MUTATORS = [
  [Map, ['set', 'delete', 'clear']],
  [Set, ['add', 'delete', 'clear']],
  [Date, Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'))],
];

function refuse() {
  throw new TypeError('A shared value cannot be changed');
}

// Values that were just read, and so have no getters, and cycles perhaps. Memory stays writable: it is shared.
function deepFreeze(root) {
  const seen = new Set([root]);
  const add = (value) => {
    if (value !== null && typeof value === 'object') seen.add(value);
  };
  // A set that grows while it is gone through, instead of recursion.
  for (const object of seen) {
    if (ArrayBuffer.isView(object) || object instanceof SharedArrayBuffer || Object.isFrozen(object)) continue;
    for (const [Class, names] of MUTATORS) {
      if (!(object instanceof Class)) continue;
      for (const name of names) Object.defineProperty(object, name, { __proto__: null, value: refuse });
    }
    if (object instanceof Map) {
      for (const [key, value] of object) {
        add(key);
        add(value);
      }
    } else if (object instanceof Set) {
      for (const value of object) add(value);
    }
    if (Array.isArray(object)) {
      for (let i = 0; i < object.length; i++) add(object[i]);
    } else {
      const keys = Object.keys(object);
      for (let i = 0; i < keys.length; i++) add(object[keys[i]]);
    }
    Object.freeze(object);
  }
  return root;
}

// The ArrayBuffers a value refers to, as structured clone would come by them.
function findBuffers(root) {
  const seen = new Set([root]);
  const buffers = [];
  const add = (value) => {
    if (value !== null && typeof value === 'object') seen.add(value);
  };
  for (const object of seen) {
    if (ArrayBuffer.isView(object)) {
      add(object.buffer);
    } else if (object instanceof ArrayBuffer) {
      // One that grows cannot stand for itself in memory of a fixed size.
      if (!object.resizable) buffers.push(object);
    } else if (Array.isArray(object)) {
      for (let i = 0; i < object.length; i++) add(object[i]);
    } else if (object instanceof Map) {
      for (const [key, value] of object) {
        add(key);
        add(value);
      }
    } else if (object instanceof Set) {
      for (const value of object) add(value);
    } else if (!(object instanceof Shared)) {
      const keys = Object.keys(object);
      for (let i = 0; i < keys.length; i++) add(object[keys[i]]);
    }
  }
  return buffers;
}

// Handles that nobody has any more.
const forgotten = new FinalizationRegistry((id) => native.release(id));

class Shared {
  #id;
  #bytes;

  constructor(value) {
    if (value === null || typeof value !== 'object') throw new ERR_INVALID_ARG_TYPE('value', 'Object', value);
    require('internal/worker/messaging');
    [this.#id, this.#bytes] = native.create(value, findBuffers(value));
    forgotten.register(this, this.#id, this);
  }

  // What it takes in memory, beside what it becomes in the isolates that read it.
  get byteLength() { return this.#bytes; }
  get disposed() { return this.#id === 0; }

  // Tasks that were handed over have it; those that still wait in the queue, and later ones, fail with ERR_INVALID_STATE.
  dispose() {
    if (this.#id === 0) return;
    forgotten.unregister(this);
    native.release(this.#id);
    this.#id = 0;
  }

  [Symbol.dispose]() { this.dispose(); }

  [kClone]() {
    if (this.#id === 0) throw new ERR_INVALID_STATE('The shared value was disposed of');
    return { data: this.#id, deserializeInfo: RECIPE };
  }

  static [kDeserialize](value) { return deepFreeze(value); }

  [customInspectSymbol]() { return `Shared { byteLength: ${this.#bytes}, disposed: ${this.disposed} }`; }
}
markTransferMode(Shared.prototype, true, false);

module.exports = { Shared };
