'use strict';
// Where the items of a collection come from. A feed has
//   length        where it is known, else undefined
//   take(most)    { items, from, to, base } with at most that many; undefined where none are left; null where none are
//                 there yet (it calls `onReady` when there are)
//   end()         nothing more will be taken
//   served(clean) where there is one: each slice has ended, and with `clean` no isolate is still at any
// `items` is an array of that slice (from 0), or a typed array in shared memory whose from..to it is.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE } } = require('internal/errors');
const native = internalBinding('pool');

const TypedArray = Object.getPrototypeOf(Uint8Array);
const tagOf = Object.getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag).get;

function isTypedArray(value) {
  return ArrayBuffer.isView(value) && Reflect.apply(tagOf, value, []) !== undefined;
}

// The constructor as the language has it: not Buffer, not a subclass.
function typeOf(view) {
  return globalThis[Reflect.apply(tagOf, view, [])];
}

const OWN_TYPES = new Set([
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float16Array, Float32Array,
  Float64Array, BigInt64Array, BigUint64Array,
]);

// A typed array that holds whatever its memory held before, where there is such memory. It must not get out unless each
// element was written; so only constructors that are the language's own get to see it.
function leased(Type, length) {
  if (!OWN_TYPES.has(Type)) return undefined;
  const memory = native.leaseMemory(length * Type.BYTES_PER_ELEMENT);
  return memory === undefined ? undefined : new Type(memory);
}

// A view like this one over the same memory, which has become shared memory, where `list` gives that away; or undefined.
function moved(view, list) {
  if (list === undefined) return undefined;
  const { buffer, byteOffset, length } = view;
  if (list.length !== 1 || list[0] !== buffer || buffer instanceof SharedArrayBuffer) {
    throw new ERR_INVALID_ARG_VALUE('options.transferList', list, 'must hold the ArrayBuffer of the items, and nothing else');
  }
  const memory = native.moveToShared(buffer);
  // Undefined where others use the buffer as well.
  return memory === undefined ? undefined : new (typeOf(view))(memory, byteOffset, length);
}

// The view itself where its memory is shared. An ArrayBuffer cannot be split without copying its parts, and would be gone
// if it was moved; so it is copied unless `list` allows that, once and as a whole, and then divided at will.
function shared(view, list) {
  const given = moved(view, list);
  if (given !== undefined) return given;
  if (view.buffer instanceof SharedArrayBuffer) return view;
  const Type = typeOf(view);
  const copy = leased(Type, view.length) ?? new Type(new SharedArrayBuffer(view.byteLength));
  copy.set(view);
  return copy;
}

class TypedFeed {
  #next = 0;

  constructor(view, list) {
    this.view = shared(view, list);
    this.length = this.view.length;
  }

  take(most) {
    const from = this.#next;
    const to = Math.min(this.length, from + most);
    if (from >= to) return undefined;
    this.#next = to;
    return { items: this.view, from, to, base: 0 };
  }

  end() {
    this.#next = this.length;
  }

  // A copy has served.
  served(clean) {
    native.returnMemory(this.view.buffer, clean);
  }
}

class ArrayFeed {
  #items;
  #next = 0;

  constructor(items) {
    this.#items = items;
    this.length = items.length;
  }

  take(most) {
    const base = this.#next;
    if (base >= this.length) return undefined;
    const items = this.#items.slice(base, Math.min(this.length, base + most));
    this.#next = base + items.length;
    return items.length === 0 ? undefined : { items, from: 0, to: items.length, base };
  }

  end() {
    this.#next = this.length;
  }
}

class IteratorFeed {
  #iterator;
  #base = 0;
  length = undefined;

  constructor(iterator) {
    this.#iterator = iterator;
  }

  take(most) {
    const items = [];
    while (this.#iterator !== undefined && items.length < most) {
      let step;
      try {
        step = this.#iterator.next();
      } catch (error) {
        // One that threw is over.
        this.#iterator = undefined;
        throw error;
      }
      if (step.done) this.#iterator = undefined;
      else items.push(step.value);
    }
    if (items.length === 0) return undefined;
    const base = this.#base;
    this.#base += items.length;
    return { items, from: 0, to: items.length, base };
  }

  end() {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    iterator?.return?.();
  }
}

// Items are asked for one after the other, and a few ahead.
class AsyncFeed {
  #iterator;
  #ready = [];
  #base = 0;
  #ahead = 1;
  #asking = false;
  #error;
  #failed = false;
  #onReady;
  length = undefined;

  constructor(iterator, onReady) {
    this.#iterator = iterator;
    this.#onReady = onReady;
  }

  take(most) {
    this.#ahead = most;
    if (this.#ready.length === 0) {
      if (this.#failed) throw this.#error;
      if (this.#iterator === undefined) return undefined;
      this.#ask();
      return null;
    }
    const items = this.#ready.splice(0, most);
    const base = this.#base;
    this.#base += items.length;
    this.#ask();
    return { items, from: 0, to: items.length, base };
  }

  async #ask() {
    if (this.#asking || this.#iterator === undefined) return;
    this.#asking = true;
    try {
      while (this.#iterator !== undefined && this.#ready.length < this.#ahead) {
        const { done, value } = await this.#iterator.next();
        if (this.#iterator === undefined) break;
        if (done) this.#iterator = undefined;
        else this.#ready.push(value);
        this.#onReady();
      }
    } catch (error) {
      this.#iterator = undefined;
      this.#failed = true;
      this.#error = error;
      this.#onReady();
    }
    this.#asking = false;
  }

  end() {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    this.#ready.length = 0;
    Promise.resolve(iterator?.return?.()).catch(() => {});
  }
}

// `list` may give the memory of a typed array away.
function feedOf(iterable, onReady, list = undefined) {
  if (isTypedArray(iterable)) return new TypedFeed(iterable, list);
  if (list !== undefined) throw new ERR_INVALID_ARG_VALUE('options.transferList', list, 'needs a typed array of items');
  if (Array.isArray(iterable)) return new ArrayFeed(iterable);
  if (iterable !== undefined && iterable !== null) {
    if (typeof iterable[Symbol.asyncIterator] === 'function') {
      return new AsyncFeed(iterable[Symbol.asyncIterator](), onReady);
    }
    if (typeof iterable[Symbol.iterator] === 'function') return new IteratorFeed(iterable[Symbol.iterator]());
  }
  throw new ERR_INVALID_ARG_TYPE('iterable', ['Iterable', 'AsyncIterable', 'TypedArray'], iterable);
}

module.exports = { feedOf, isTypedArray, leased, moved, typeOf };
