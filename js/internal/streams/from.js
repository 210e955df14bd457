'use strict';

// Readable.from(iterable): a Readable that asks an (async) iterator for its
// next value only when there is room.

const { Buffer } = require('buffer');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_STREAM_NULL_VALUES },
} = require('internal/errors');

function from(Readable, iterable, options) {
  if (typeof iterable === 'string' || iterable instanceof Buffer) {
    // One chunk, not one for each character.
    return new Readable({
      objectMode: true,
      ...options,
      read() {
        this.push(iterable);
        this.push(null);
      },
    });
  }
  let iterator;
  let isAsync;
  if (iterable?.[Symbol.asyncIterator]) {
    isAsync = true;
    iterator = iterable[Symbol.asyncIterator]();
  } else if (iterable?.[Symbol.iterator]) {
    isAsync = false;
    iterator = iterable[Symbol.iterator]();
  } else {
    throw new ERR_INVALID_ARG_TYPE('iterable', ['Iterable'], iterable);
  }

  const readable = new Readable({
    objectMode: true,
    highWaterMark: 1,
    ...options,
  });
  let busy = false;

  readable._read = function() {
    if (busy) return;
    busy = true;
    if (isAsync) pullAsync();
    else pullSync();
  };

  // What the options say is to be destroyed comes first: an iterator that
  // waits for it could not be closed before.
  const destroyOther = readable._destroy;
  readable._destroy = function(error, callback) {
    destroyOther.call(this, error, (destroyError) => {
      const failure = destroyError || error;
      closeIterator(failure).then(
        () => process.nextTick(callback, failure),
        (closeError) => process.nextTick(callback, closeError || failure),
      );
    });
  };

  async function closeIterator(error) {
    const failed = error !== undefined && error !== null;
    if (failed && typeof iterator.throw === 'function') {
      const { value, done } = await iterator.throw(error);
      await value;
      if (done) return;
    }
    if (typeof iterator.return === 'function') {
      const { value } = await iterator.return();
      await value;
    }
  }

  // False when reading stops: it ended, is full, or failed.
  function offer(value) {
    if (value === null) {
      busy = false;
      throw new ERR_STREAM_NULL_VALUES();
    }
    if (readable.push(value)) return true;
    busy = false;
    return false;
  }

  function isThenable(value) {
    return value && typeof value.then === 'function';
  }

  // A plain iterator's values are pushed without a tick in between, until one
  // of them is a promise.
  function pullSync() {
    try {
      for (;;) {
        const { value, done } = iterator.next();
        if (done) {
          readable.push(null);
          return;
        }
        if (isThenable(value)) {
          continueAfter(value);
          return;
        }
        if (!offer(value)) return;
      }
    } catch (error) {
      readable.destroy(error);
    }
  }

  async function continueAfter(promise) {
    try {
      if (!offer(await promise)) return;
    } catch (error) {
      readable.destroy(error);
      return;
    }
    pullSync();
  }

  async function pullAsync() {
    try {
      for (;;) {
        const { value, done } = await iterator.next();
        if (done) {
          readable.push(null);
          return;
        }
        if (!offer(isThenable(value) ? await value : value)) return;
      }
    } catch (error) {
      readable.destroy(error);
    }
  }

  return readable;
}

module.exports = from;
