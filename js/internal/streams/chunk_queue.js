'use strict';

// The chunks a Readable holds: a ring buffer whose size is a power of two, so
// that push/shift of many small chunks neither moves nor allocates anything.

const { Buffer } = require('buffer');

const FIRST_SIZE = 8;
// Of queues that hold nothing yet; never written to, as it has no room.
const NO_ROOM = [];

class ChunkQueue {
  constructor() {
    this.ring = NO_ROOM;
    this.head = 0;
    this.length = 0;
  }

  push(chunk) {
    if (this.length === this.ring.length) this.#grow();
    this.ring[(this.head + this.length++) & (this.ring.length - 1)] = chunk;
  }

  unshift(chunk) {
    if (this.length === this.ring.length) this.#grow();
    this.head = (this.head - 1) & (this.ring.length - 1);
    this.ring[this.head] = chunk;
    this.length++;
  }

  shift() {
    if (this.length === 0) return undefined;
    const { ring, head } = this;
    const chunk = ring[head];
    ring[head] = undefined;
    this.head = (head + 1) & (ring.length - 1);
    this.length--;
    return chunk;
  }

  first() {
    return this.length === 0 ? undefined : this.ring[this.head];
  }

  clear() {
    this.ring = NO_ROOM;
    this.head = 0;
    this.length = 0;
  }

  #grow() {
    const { ring, head, length } = this;
    const size = length === 0 ? FIRST_SIZE : length * 2;
    const bigger = new Array(size);
    for (let i = 0; i < length; i++) bigger[i] = ring[(head + i) & (length - 1)];
    // Filled, so that the array has no holes.
    for (let i = length; i < size; i++) bigger[i] = undefined;
    this.ring = bigger;
    this.head = 0;
  }

  // Everything as one chunk: strings and bytes alike.
  takeAll(decoded, total) {
    if (this.length === 1) return this.shift();
    let whole;
    if (decoded) {
      whole = '';
      for (let n = this.length; n > 0; n--) whole += this.shift();
    } else {
      whole = Buffer.allocUnsafe(total);
      let at = 0;
      for (let n = this.length; n > 0; n--) {
        const chunk = this.shift();
        whole.set(chunk, at);
        at += chunk.length;
      }
    }
    return whole;
  }

  // The first `n` characters or bytes, 0 < n < all; the chunk at the edge is
  // split and its rest stays first.
  take(n, decoded) {
    const first = this.ring[this.head];
    if (first.length === n) return this.shift();
    if (first.length > n) {
      this.ring[this.head] = first.slice(n);
      return first.slice(0, n);
    }
    let text = '';
    const bytes = decoded ? null : Buffer.allocUnsafe(n);
    let at = 0;
    while (at < n) {
      const chunk = this.ring[this.head];
      const room = n - at;
      let part = chunk;
      if (chunk.length > room) {
        part = chunk.slice(0, room);
        this.ring[this.head] = chunk.slice(room);
      } else {
        this.shift();
      }
      if (decoded) text += part;
      else bytes.set(part, at);
      at += part.length;
    }
    return decoded ? text : bytes;
  }

  join(separator) {
    return [...this].join(separator);
  }

  *[Symbol.iterator]() {
    for (let i = 0; i < this.length; i++) {
      yield this.ring[(this.head + i) & (this.ring.length - 1)];
    }
  }
}

module.exports = { ChunkQueue };
