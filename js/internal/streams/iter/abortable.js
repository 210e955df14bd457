'use strict';

// Reading a source that a signal may interrupt. A read that is under way when the signal fires is given up at once:
// the reader gets the signal's reason, and the source is closed as soon as that read has settled.

const { kResistStopPropagation } = require('web/event_target');

const nothing = () => {};

// Calls `listener` when `signal` fires; returns what takes it off again.
function onAbort(signal, listener) {
  signal.addEventListener('abort', listener, { __proto__: null, once: true, [kResistStopPropagation]: true });
  return () => signal.removeEventListener('abort', listener);
}

class AbortableIterator {
  #iterator;
  #signal;
  #done = false;
  #reading;
  #reject;
  #unlisten;

  constructor(iterator, signal) {
    this.#iterator = iterator;
    this.#signal = signal;
    this.#unlisten = onAbort(signal, () => this.#reject?.(signal.reason));
  }

  async next() {
    if (this.#done) return { done: true, value: undefined };
    if (this.#signal.aborted) {
      await this.#close();
      throw this.#signal.reason;
    }
    const reading = this.#iterator.next();
    this.#reading = reading;
    let result;
    try {
      result = await new Promise((resolve, reject) => {
        this.#reject = reject;
        Promise.resolve(reading).then(resolve, reject);
      });
    } catch (error) {
      if (this.#signal.aborted) this.#abandon();
      else this.#finish();
      throw error;
    }
    this.#reading = undefined;
    this.#reject = undefined;
    if (result.done) this.#finish();
    return result;
  }

  async return(value) {
    if (!this.#done) {
      this.#finish();
      await this.#iterator.return?.();
    }
    return { done: true, value };
  }

  #finish() {
    this.#done = true;
    this.#unlisten();
  }

  // Between two reads: the source's own trouble in closing is less than why it is closed.
  async #close() {
    this.#finish();
    try {
      await this.#iterator.return?.();
    } catch {
      // The reason for closing goes before.
    }
  }

  #abandon() {
    this.#finish();
    const iterator = this.#iterator;
    const close = async () => iterator.return?.();
    Promise.resolve(this.#reading).then(close, nothing).catch(nothing);
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

// `source` with reads that `signal` can end. It is opened at the first read, and not at all if the signal fired before.
function abortable(source, signal) {
  return {
    __proto__: null,
    [Symbol.asyncIterator]() {
      if (signal.aborted) {
        return {
          __proto__: null,
          async next() {
            throw signal.reason;
          },
        };
      }
      return new AbortableIterator(source[Symbol.asyncIterator](), signal);
    },
  };
}

module.exports = { abortable, onAbort };
