'use strict';

// Reading a source that a signal may interrupt. A read that is under way when the signal fires is given up at once:
// the reader gets the signal's reason, and the source is closed as soon as that read has settled.

const { isPromise } = require('internal/util/types');
const { kResistStopPropagation } = require('web/event_target');

const nothing = () => {};

// Calls `listener` when `signal` fires; returns what takes it off again.
function onAbort(signal, listener) {
  signal.addEventListener('abort', listener, { __proto__: null, once: true, [kResistStopPropagation]: true });
  return () => signal.removeEventListener('abort', listener);
}

function over(value) {
  return { done: true, value };
}

class AbortableIterator {
  #iterator;
  #signal;
  #done = false;
  // The read under way, and how to give it up.
  #reading;
  #reject;
  #unlisten;

  constructor(iterator, signal) {
    this.#iterator = iterator;
    this.#signal = signal;
    this.#unlisten = onAbort(signal, () => this.#abandon());
  }

  next() {
    if (this.#done) return Promise.resolve(over(undefined));
    if (this.#signal.aborted) return this.#refuse();
    return new Promise((resolve, reject) => {
      const fail = (error) => {
        this.#finish();
        reject(error);
      };
      let reading;
      try {
        reading = this.#iterator.next();
      } catch (error) {
        fail(error);
        return;
      }
      this.#reject = reject;
      this.#reading = isPromise(reading) ? reading : Promise.resolve(reading);
      this.#reading.then((result) => {
        this.#reject = undefined;
        if (result.done) this.#finish();
        resolve(result);
      }, fail);
    });
  }

  return(value) {
    if (this.#done) return Promise.resolve(over(value));
    this.#finish();
    return this.#closeSource().then(() => over(value));
  }

  async #closeSource() {
    await this.#iterator.return?.();
  }

  #finish() {
    this.#done = true;
    this.#reject = undefined;
    this.#unlisten();
  }

  // Between two reads: the source's own trouble in closing is less than why it is closed.
  async #refuse() {
    this.#finish();
    await this.#closeSource().catch(nothing);
    throw this.#signal.reason;
  }

  #abandon() {
    if (this.#reject === undefined) return;
    this.#reject(this.#signal.reason);
    this.#finish();
    this.#reading.then(() => this.#closeSource(), nothing).catch(nothing);
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
