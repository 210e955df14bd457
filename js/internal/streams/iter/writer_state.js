'use strict';

// What push() and broadcast() have in common on the writing side: how far a writer has come, and who waits for it.
//
// open -> closing -> closed, and from the first two of them -> errored. A write that finds no room waits, is refused or
// makes something be dropped, as the policy says; a closing writer is closed when its readers have seen the end.
//
// `store` holds what was written: `bytes`, push(chunks, size), evict() (the oldest; false if there is none), isDrained()
// (nobody is still to be told the end), ending() (nothing more will come), closed() and failed(reason).

const { codes: { ERR_INVALID_STATE } } = require('internal/errors');
const { onAbort } = require('internal/streams/iter/abortable');

const OPEN = 0;
const CLOSING = 1;
const CLOSED = 2;
const ERRORED = 3;

class WriterState {
  #phase = OPEN;
  #reason;
  #pending = [];
  #drains = [];
  #ends = [];
  #budget;
  #policy;
  #store;
  #closingWord;

  constructor(store, budget, policy, closingWord) {
    this.total = 0;
    this.#store = store;
    this.#budget = budget;
    this.#policy = policy;
    this.#closingWord = closingWord;
  }

  get isOpen() { return this.#phase === OPEN; }
  get isClosing() { return this.#phase === CLOSING; }
  get isOver() { return this.#phase === CLOSED || this.#phase === ERRORED; }
  get isErrored() { return this.#phase === ERRORED; }
  get reason() { return this.#reason; }
  get policy() { return this.#policy; }
  // Whether what a reader finds is all there will be.
  get isEnding() { return this.#phase === CLOSED || (this.#phase === CLOSING && this.#pending.length === 0); }
  get canWrite() { return this.#phase === OPEN ? this.#hasRoom() : null; }

  #hasRoom() {
    return this.#store.bytes < this.#budget;
  }

  // ---- writing ----------------------------------------------------------

  // Whether `chunks` were taken care of without waiting.
  offer(chunks, size) {
    if (this.#phase !== OPEN) return false;
    if (size === 0) return true;
    if (!this.#hasRoom()) {
      if (this.#policy === 'drop-newest') {
        this.total += size;
        return true;
      }
      if (this.#policy !== 'drop-oldest') return false;
      while (!this.#hasRoom() && this.#store.evict());
    }
    this.#put(chunks, size);
    this.#tellDrained();
    return true;
  }

  #put(chunks, size) {
    this.total += size;
    this.#store.push(chunks, size);
  }

  write(chunks, size, signal) {
    if (this.#phase !== OPEN) return Promise.reject(this.#refusal());
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.offer(chunks, size)) return Promise.resolve();
    if (this.#policy === 'strict' && this.#pending.length > 0) {
      return Promise.reject(new ERR_INVALID_STATE.RangeError(
        'Backpressure violation: too many pending writes. Await each write() call to respect backpressure.'));
    }
    return new Promise((resolve, reject) => {
      const entry = { chunks, size, resolve, reject, forget: undefined };
      this.#pending.push(entry);
      this.#cancelable(this.#pending, entry, signal);
    });
  }

  // Takes `entry` out of `list` and rejects it when `signal` fires.
  #cancelable(list, entry, signal) {
    if (signal === undefined) return;
    entry.forget = onAbort(signal, () => {
      const at = list.indexOf(entry);
      if (at === -1) return;
      list.splice(at, 1);
      entry.reject(signal.reason);
    });
  }

  #refusal() {
    if (this.#phase === ERRORED) return this.#reason;
    const word = this.#phase === CLOSING ? this.#closingWord : 'closed';
    return new ERR_INVALID_STATE.TypeError(`Writer is ${word}`);
  }

  // Readers have made room.
  advance() {
    while (this.#pending.length > 0 && this.#hasRoom()) {
      const entry = this.#pending.shift();
      entry.forget?.();
      this.#put(entry.chunks, entry.size);
      entry.resolve();
    }
    this.#tellDrained();
  }

  // ---- room -------------------------------------------------------------

  drained() {
    if (this.#phase !== OPEN) return null;
    if (this.#hasRoom()) return Promise.resolve(true);
    return new Promise((resolve, reject) => this.#drains.push({ resolve, reject }));
  }

  #tellDrained() {
    if (this.#drains.length > 0 && this.#hasRoom()) this.#settleDrains(true);
  }

  #settleDrains(value) {
    for (const { resolve } of this.#drains.splice(0)) resolve(value);
  }

  // ---- the end ----------------------------------------------------------

  // The number of bytes written where nobody is to be waited for, or else -1.
  endSync() {
    if (this.#phase === OPEN) this.#beginEnd();
    return this.#phase === CLOSED ? this.total : -1;
  }

  end(signal) {
    if (this.#phase === CLOSED) return Promise.resolve(this.total);
    if (this.#phase === ERRORED) return Promise.reject(this.#reason);
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.endSync() !== -1) return Promise.resolve(this.total);
    return new Promise((resolve, reject) => {
      const entry = { resolve, reject, forget: undefined };
      this.#ends.push(entry);
      this.#cancelable(this.#ends, entry, signal);
    });
  }

  #beginEnd() {
    this.#phase = CLOSING;
    this.#settleDrains(false);
    if (this.#pending.length > 0) return;
    if (this.#store.isDrained()) this.close();
    else this.#store.ending();
  }

  // Readers have seen the end.
  close() {
    if (this.isOver) return;
    this.#phase = CLOSED;
    this.#settleDrains(false);
    for (const { resolve, forget } of this.#ends.splice(0)) {
      forget?.();
      resolve(this.total);
    }
    this.#store.closed();
  }

  // Writes that wait fail with `error`, and that is all that goes wrong.
  cancel(error) {
    if (this.isOver) return;
    this.#rejectAll(this.#pending, error);
    this.close();
  }

  // There are no readers any more.
  abandon() {
    if (this.isOver) return;
    this.#settleDrains(false);
    this.fail(new ERR_INVALID_STATE.TypeError('Stream closed by consumer'));
  }

  fail(reason) {
    if (this.isOver) return;
    this.#phase = ERRORED;
    this.#reason = reason;
    this.#rejectAll(this.#pending, reason);
    this.#rejectAll(this.#drains, reason);
    this.#rejectAll(this.#ends, reason);
    this.#store.failed(reason);
  }

  #rejectAll(list, reason) {
    for (const { reject, forget } of list.splice(0)) {
      forget?.();
      reject(reason);
    }
  }
}

module.exports = { WriterState };
