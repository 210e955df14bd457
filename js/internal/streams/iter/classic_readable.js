'use strict';

// Between classic Readables and streams of batches: fromReadable(), toReadable(), toReadableSync().

const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
const { validateAbortSignal, validateInteger, validateObject } = require('internal/validators');
const { Buffer } = require('buffer');
const { flatten } = require('internal/streams/iter/from');
const { methodOf } = require('internal/streams/iter/from_sync');
const { toAsyncStreamable } = require('internal/streams/iter/protocols');

const HIGH_WATER_MARK = 65536;
// Chunks in a batch, at most, of what a Readable has ready.
const BATCH = 128;

// Classic streams carry errors only.
function asError(reason) {
  if (reason instanceof Error || Error.isError?.(reason)) return reason;
  const { codes: { ERR_FALSY_VALUE_REJECTION, ERR_OPERATION_FAILED } } = require('internal/errors');
  if (!reason) return new ERR_FALSY_VALUE_REJECTION(reason);
  const error = new ERR_OPERATION_FAILED('Non-Error value');
  error.reason = reason;
  return error;
}

// ---- Readable to batches -------------------------------------------------

// All that `readable` has ready, in one batch, and then what comes next. It is destroyed when its reader leaves.
async function* batches(readable) {
  let wanted = Promise.withResolvers();
  let end;
  const notify = () => wanted.resolve();
  const settle = (error) => {
    end ??= { error };
    notify();
  };
  readable.on('readable', notify);
  const { eos } = require('internal/streams/end_of_stream');
  const cleanup = isClassic(readable) ? eos(readable, { writable: false }, settle) : listen(readable, settle);
  const plain = !readable.readableObjectMode && !readable.readableEncoding;
  let finished = false;
  try {
    for (;;) {
      const chunks = readable.destroyed ? [] : take(readable);
      if (chunks.length > 0) {
        const batch = plain && isClassic(readable) ? chunks : await normalized(chunks);
        if (batch.length > 0) yield batch;
      } else if (end !== undefined) {
        finished = true;
        if (end.error) throw end.error;
        return;
      } else {
        await wanted.promise;
        wanted = Promise.withResolvers();
      }
    }
  } finally {
    readable.removeListener('readable', notify);
    // What listens to the end stays to hear the error of being destroyed, which nobody else may.
    if (finished && !end.error) cleanup();
    else destroy(readable);
  }
}

function destroy(readable) {
  const { destroyer } = require('internal/streams/destroy');
  if (isClassic(readable)) destroyer(readable, null);
  else readable.destroy();
}

function isClassic(readable) {
  return readable._readableState !== undefined;
}

// The end of a stream that is like a Readable and none.
function listen(readable, settle) {
  const listeners = { end: () => settle(), close: () => settle(), error: settle };
  for (const [name, listener] of Object.entries(listeners)) readable.on(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) readable.removeListener(name, listener);
  };
}

// read() would join what was pushed piece by piece; nothing is gained by that here.
function firstSize({ _readableState: state }) {
  if (state === undefined || state.objectMode || state.decoder !== null || state.length === 0) return undefined;
  return state.buffer[state.bufferIndex].length;
}

function take(readable) {
  const chunks = [];
  while (chunks.length < BATCH) {
    const chunk = readable.read(firstSize(readable));
    if (chunk === null || chunk === undefined) break;
    chunks.push(chunk);
    if (readable.readableLength === 0) break;
  }
  return chunks;
}

async function normalized(chunks) {
  const batch = [];
  for (const value of chunks) for await (const chunk of flatten(value)) batch.push(chunk);
  return batch;
}

// Readable.prototype[toAsyncStreamable].
function readableBatches(readable) {
  return batches(readable);
}

const METHODS = ['read', 'on'];
let known;

function fromReadable(readable) {
  const protocol = methodOf(readable, toAsyncStreamable);
  const isLike = METHODS.every((name) => methodOf(readable, name) !== undefined);
  if (protocol === undefined && !isLike) throw new ERR_INVALID_ARG_TYPE('readable', 'Readable', readable);
  known ??= new WeakMap();
  const made = known.get(readable);
  if (made !== undefined) return made;
  const stream = protocol === undefined ? batches(readable) : Reflect.apply(protocol, readable, []);
  known.set(readable, stream);
  return stream;
}

// ---- batches to Readable -------------------------------------------------

function readOptions(options) {
  validateObject(options, 'options');
  const { highWaterMark = HIGH_WATER_MARK } = options;
  validateInteger(highWaterMark, 'options.highWaterMark', 0);
  return { highWaterMark };
}

function push(readable, chunk) {
  return readable.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
}

// Gives `readable` what `next` (of a batch's chunks, or of the source) says, as long as it wants more.
class Pump {
  #batch = [];
  #at = 0;

  // Whether there is room after all of the batch.
  flush(readable) {
    while (this.#at < this.#batch.length) {
      if (!push(readable, this.#batch[this.#at++])) return false;
      if (readable.destroyed) return false;
    }
    return true;
  }

  fill(batch) {
    // Told here, and not by the first chunk of it.
    this.#batch = batch.length === undefined ? [...batch] : batch;
    this.#at = 0;
  }
}

function toReadable(source, options = {}) {
  if (methodOf(source, Symbol.asyncIterator) === undefined) {
    throw new ERR_INVALID_ARG_TYPE('source', 'AsyncIterable', source);
  }
  const { highWaterMark } = readOptions(options);
  const { signal } = options;
  if (signal !== undefined && signal !== null) validateAbortSignal(signal, 'signal');
  const Readable = require('internal/streams/readable_extras');
  const pump = new Pump();
  let iterator = source[Symbol.asyncIterator]();
  let reading = false;
  const run = async (readable) => {
    reading = true;
    try {
      while (!readable.destroyed && pump.flush(readable)) {
        const { done, value } = await iterator.next();
        if (readable.destroyed) return;
        if (done) {
          iterator = undefined;
          readable.push(null);
          return;
        }
        pump.fill(value);
      }
    } catch (error) {
      iterator = undefined;
      readable.destroy(asError(error));
    } finally {
      reading = false;
    }
  };
  const readable = new Readable({
    highWaterMark,
    read() {
      if (!reading) run(this);
    },
    destroy(error, callback) {
      const closing = async () => iterator?.return?.();
      closing().then(() => callback(error), (failure) => callback(error ?? asError(failure)));
    },
  });
  if (signal) require('internal/streams/add_abort_signal').addAbortSignalNoValidate(signal, readable);
  return readable;
}

function toReadableSync(source, options = {}) {
  if (typeof source !== 'string' && methodOf(source, Symbol.iterator) === undefined) {
    throw new ERR_INVALID_ARG_TYPE('source', 'Iterable', source);
  }
  const { highWaterMark } = readOptions(options);
  const Readable = require('internal/streams/readable_extras');
  const pump = new Pump();
  const iterator = source[Symbol.iterator]();
  return new Readable({
    highWaterMark,
    read() {
      try {
        while (!this.destroyed && pump.flush(this)) {
          const { done, value } = iterator.next();
          if (done) {
            this.push(null);
            return;
          }
          pump.fill(value);
        }
      } catch (error) {
        this.destroy(asError(error));
      }
    },
    destroy(error, callback) {
      try {
        iterator.return?.();
      } catch (failure) {
        error ??= asError(failure);
      }
      callback(error);
    },
  });
}

module.exports = { asError, fromReadable, readableBatches, toReadable, toReadableSync };
