'use strict';

// The transforms of node:zlib/iter: objects whose transform() takes a stream
// of batches (arrays of Uint8Array, null where it ends) and gives one.
//
// Output is cut where a chunk of input was done with and at multiples of
// `chunkSize` in the whole of it, and given in batches of 64 kB and a little
// more. A batch goes out as soon as there is one, so that little input which
// becomes much output does not fill the memory.

const { ZlibHandle, kBytes, kFull, kTaken, writeFailure } = require('internal/zlib/handle');
const { readChunkSize } = require('internal/zlib/options');
const { FastBuffer } = require('internal/buffer');

const kDefaultChunk = 64 * 1024;
// Bytes that make a batch.
const kBatch = 64 * 1024;
// How much output one trip to another thread may bring.
const kPortion = 256 * 1024;

const SymbolAsyncIterator = Symbol.asyncIterator;
const noBytes = new Uint8Array(0);

// A typed array as bytes. What is none makes one of these getters throw.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const getter = (name) => Object.getOwnPropertyDescriptor(typedArray, name).get;
const byteLengthOf = getter('byteLength');
const byteOffsetOf = getter('byteOffset');
const bufferOf = getter('buffer');

function bytesOf(chunk) {
  const byteLength = Reflect.apply(byteLengthOf, chunk, []);
  return new Uint8Array(
    Reflect.apply(bufferOf, chunk, []), Reflect.apply(byteOffsetOf, chunk, []), byteLength);
}

// One run of a transform: the native side, and output on its way out.
class Run {
  constructor(format, options) {
    this.chunkSize = Math.trunc(readChunkSize(options.chunkSize, kDefaultChunk));
    this.format = format;
    // How much of a piece of `chunkSize` was given already.
    this.filled = 0;
    this.pieces = [];
    this.bytes = 0;
    this.handle = new ZlibHandle(format.open(options));
    // Rejects the write that is under way.
    this.interrupt = undefined;
  }

  // As much as ends with a whole piece.
  limit() {
    return Math.max(1, Math.floor(kPortion / this.chunkSize)) * this.chunkSize - this.filled;
  }

  // Cuts what a write brought.
  take(written) {
    const bytes = written[kBytes];
    if (bytes === undefined) return;
    const { buffer, byteLength } = bytes;
    for (let start = 0; start < byteLength;) {
      const length = Math.min(this.chunkSize - this.filled, byteLength - start);
      this.pieces.push(new FastBuffer(buffer, start, length));
      this.filled = (this.filled + length) % this.chunkSize;
      start += length;
    }
    this.bytes += byteLength;
  }

  // The next batch: undefined if there is not enough for one, unless the rest
  // is asked for.
  batch(rest) {
    if (this.bytes < kBatch) {
      if (!rest || this.bytes === 0) return undefined;
      const all = this.pieces;
      this.pieces = [];
      this.bytes = 0;
      return all;
    }
    let length = 0;
    let count = 0;
    while (length < kBatch) length += this.pieces[count++].byteLength;
    this.bytes -= length;
    return this.pieces.splice(0, count);
  }

  * process(flush, chunks) {
    for (let i = 0; i < chunks.length; i++) {
      let input = bytesOf(chunks[i]);
      for (let full = true; full;) {
        const written = this.handle.writeSync(flush, input, this.limit());
        const failure = writeFailure(written);
        if (failure) throw failure;
        input = input.subarray(written[kTaken]);
        full = written[kFull];
        this.take(written);
        for (let batch; (batch = this.batch(false)) !== undefined;) yield batch;
      }
    }
    const batch = this.batch(true);
    if (batch !== undefined) yield batch;
  }

  async * processAsync(flush, chunks, signal) {
    for (let i = 0; i < chunks.length; i++) {
      let input = bytesOf(chunks[i]);
      for (let full = true; full;) {
        if (signal.aborted) throw signal.reason;
        const written = await this.write(flush, input);
        // The native side has the rest of it.
        input = undefined;
        full = written[kFull];
        this.take(written);
        for (let batch; (batch = this.batch(false)) !== undefined;) yield batch;
      }
    }
    const batch = this.batch(true);
    if (batch !== undefined) yield batch;
  }

  write(flush, input) {
    return new Promise((resolve, reject) => {
      this.interrupt = reject;
      this.handle.write(flush, input, this.limit(), (error, written) => {
        this.interrupt = undefined;
        const failure = error ?? writeFailure(written);
        if (failure) reject(failure);
        else resolve(written);
      });
    });
  }

  close() {
    this.handle.close();
  }
}

function syncTransform(format, settings) {
  return {
    __proto__: null,
    * transform(source) {
      const run = new Run(format, settings);
      try {
        for (const batch of source) {
          if (batch === null) yield* run.process(format.finish, [noBytes]);
          else yield* run.process(format.none, batch);
        }
      } finally {
        run.close();
      }
    },
  };
}

// Asks for the next batch while the last one is still worked on. A failure is
// told to whoever takes the answer, if it is taken.
function ahead(iterator) {
  const step = (async () => iterator.next())();
  step.catch(() => {});
  return step;
}

function asyncTransform(format, settings) {
  return {
    __proto__: null,
    async * transform(source, options) {
      const { signal } = options;
      signal?.throwIfAborted();
      const run = new Run(format, settings);
      const interrupt = () => run.interrupt?.(signal.reason);
      let iterator;
      let over = false;
      try {
        signal.addEventListener('abort', interrupt, { __proto__: null, once: true });
        iterator = source[SymbolAsyncIterator]();
        let finished = false;
        for (let next = ahead(iterator); ;) {
          over = true;
          const { done, value } = await next;
          if (done) break;
          over = false;
          next = ahead(iterator);
          if (value !== null) {
            yield* run.processAsync(format.none, value, signal);
          } else if (!finished) {
            finished = true;
            yield* run.processAsync(format.finish, [noBytes], signal);
          }
        }
        if (!finished) yield* run.processAsync(format.finish, [noBytes], signal);
      } finally {
        signal?.removeEventListener('abort', interrupt);
        run.close();
        if (!over) await iterator?.return?.();
      }
    },
  };
}

module.exports = { asyncTransform, syncTransform };
