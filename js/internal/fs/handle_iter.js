'use strict';

// pull(), pullSync() and writer() of FileHandle, for node:stream/iter: an open file as a stream of batches and as a
// writer. Each locks the handle until it is done. `access` is what FileHandle lets this file do to one of its instances:
// checkFree(), lock(), unlock(), retain(), release(), close() and `fd`.

const { codes: { ERR_INVALID_STATE, ERR_OUT_OF_RANGE } } = require('internal/errors');
const { validateAbortSignal, validateBoolean, validateInteger, validateObject } = require('internal/validators');
const { Buffer } = require('buffer');
const { abortable } = require('internal/streams/iter/abortable');
const { dictionary, readSignal, sizeOf, toChunk, toChunks } = require('internal/streams/iter/convert');
const { methodOf } = require('internal/streams/iter/from_sync');
const { pipeline } = require('internal/streams/iter/pull');
const { applySync, readTransforms } = require('internal/streams/iter/transforms');

const binding = internalBinding('fs');

const CHUNK_SIZE = 131072;
// Where the descriptor stands, to the operations of internalBinding('fs').
const CURRENT = -1;

const { MAX_SAFE_INTEGER } = Number;

function readCommon(options) {
  const { autoClose = false, start = CURRENT, limit = CURRENT, chunkSize = CHUNK_SIZE } = options;
  validateBoolean(autoClose, 'options.autoClose');
  validateInteger(start, 'options.start');
  // -1 is what stands for none.
  validateInteger(limit, 'options.limit', limit === -1 ? -1 : 1);
  validateInteger(chunkSize, 'options.chunkSize', 1);
  return { autoClose, position: start < 0 ? CURRENT : start, left: limit < 0 ? MAX_SAFE_INTEGER : limit, chunkSize };
}

// ---- reading -------------------------------------------------------------

function splitArgs(args) {
  const last = args[args.length - 1];
  const isOptions = args.length > 0 && typeof last !== 'function' && methodOf(last, 'transform') === undefined;
  const transforms = readTransforms(isOptions ? args.slice(0, -1) : args);
  return { transforms, options: isOptions && last !== undefined ? last : {} };
}

// One read's place: a buffer as large as is wanted, and what is left to read after it.
function nextBuffer(plan) {
  return Buffer.allocUnsafeSlow(Math.min(plan.chunkSize, plan.left));
}

function took(plan, buffer, count) {
  plan.left -= count;
  if (plan.position !== CURRENT) plan.position += count;
  return [count === buffer.length ? buffer : buffer.subarray(0, count)];
}

async function* readAll(access, plan) {
  access.retain();
  try {
    while (plan.left > 0) {
      const buffer = nextBuffer(plan);
      const count = await new Promise((resolve, reject) => {
        binding.read(access.fd, buffer, 0, buffer.length, plan.position, (error, bytes) => {
          if (error) reject(error);
          else resolve(bytes);
        });
      });
      if (count === 0) return;
      yield took(plan, buffer, count);
    }
  } finally {
    access.release();
    access.unlock();
    if (plan.autoClose) await access.close();
  }
}

function pull(access, args) {
  access.checkFree();
  const { transforms, options } = splitArgs(args);
  const plan = readCommon(options);
  const { signal } = options;
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  access.lock();
  if (signal?.aborted) access.unlock();
  const stream = readAll(access, plan);
  if (transforms.length > 0) return pipeline(stream, transforms, signal);
  const source = signal === undefined ? stream : abortable(stream, signal);
  return {
    __proto__: null,
    [Symbol.asyncIterator]: async function* () {
      yield* source;
    },
  };
}

function* readAllSync(access, plan) {
  access.retain();
  try {
    while (plan.left > 0) {
      const buffer = nextBuffer(plan);
      const count = binding.read(access.fd, buffer, 0, buffer.length, plan.position);
      if (count === 0) return;
      yield took(plan, buffer, count);
    }
  } finally {
    access.release();
    access.unlock();
    if (plan.autoClose) access.close();
  }
}

function pullSync(access, args) {
  access.checkFree();
  const { transforms, options } = splitArgs(args);
  const plan = readCommon(options);
  access.lock();
  const stream = applySync(readAllSync(access, plan), transforms);
  return {
    __proto__: null,
    [Symbol.iterator]: function* () {
      yield* stream;
    },
  };
}

// ---- writing -------------------------------------------------------------

const OPEN = 0;
const CLOSED = 1;
const ERRORED = 2;

class HandleWriter {
  #access;
  #plan;
  #state = OPEN;
  #reason;
  #total = 0;
  // The last operation begun, and how many have not ended: they go one after the other.
  #last = Promise.resolve();
  #busy = 0;
  #ending;

  constructor(access, plan) {
    this.#access = access;
    this.#plan = plan;
  }

  #refusal(name, size) {
    if (this.#state === ERRORED) return { reason: this.#reason };
    if (this.#state === CLOSED || this.#ending !== undefined) {
      return { reason: new ERR_INVALID_STATE.TypeError('The writer is closed') };
    }
    const { left } = this.#plan;
    return size > left ? { reason: new ERR_OUT_OF_RANGE(name, `<= ${left} bytes`, size) } : undefined;
  }

  // Where `size` bytes go; they count from now on.
  #claim(size) {
    const { position } = this.#plan;
    if (position !== CURRENT) this.#plan.position += size;
    this.#plan.left -= size;
    this.#total += size;
    return position;
  }

  #unclaim(size) {
    if (this.#plan.position !== CURRENT) this.#plan.position -= size;
    this.#plan.left += size;
    this.#total -= size;
  }

  write(name, chunks, options) {
    const signal = options === undefined ? undefined : readSignal(dictionary(options));
    const size = sizeOf(chunks);
    const refusal = signal?.aborted ? { reason: signal.reason } : this.#refusal(name, size);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    if (size === 0) return Promise.resolve();
    const position = this.#claim(size);
    this.#busy++;
    const written = this.#inTurn(chunks, position, size, this.#last);
    this.#last = written.catch(() => {});
    return written;
  }

  async #inTurn(chunks, position, size, before) {
    await before;
    try {
      await this.#writeAll(chunks, position);
    } catch (error) {
      this.#unclaim(size);
      throw error;
    } finally {
      this.#busy--;
    }
  }

  async #writeAll(chunks, position) {
    let rest = chunks.filter((chunk) => chunk.byteLength > 0);
    while (rest.length > 0) {
      const count = await new Promise((resolve, reject) => {
        const done = (error, bytes) => (error ? reject(error) : resolve(bytes));
        const [first] = rest;
        if (rest.length === 1) binding.write(this.#access.fd, first, 0, first.byteLength, position, done);
        else binding.writev(this.#access.fd, rest, position, done);
      });
      rest = after(rest, count);
      if (position !== CURRENT) position += count;
    }
  }

  writeSync(chunks) {
    const size = sizeOf(chunks);
    if (this.#state !== OPEN || this.#ending !== undefined || this.#busy > 0) return false;
    if (size > this.#plan.chunkSize || size > this.#plan.left) return false;
    if (size === 0) return true;
    let rest = chunks.filter((chunk) => chunk.byteLength > 0);
    let position = this.#claim(size);
    let left = size;
    try {
      while (rest.length > 0) {
        const [first] = rest;
        const count = rest.length === 1 ?
          binding.write(this.#access.fd, first, 0, first.byteLength, position) :
          binding.writev(this.#access.fd, rest, position);
        rest = after(rest, count);
        left -= count;
        if (position !== CURRENT) position += count;
      }
    } catch (error) {
      this.#unclaim(left);
      // What is on disk already must not be written again by whoever tries it the other way.
      if (left < size) throw error;
      return false;
    }
    return true;
  }

  endSync() {
    if (this.#state === CLOSED) return this.#total;
    if (this.#state === ERRORED || this.#busy > 0 || this.#ending !== undefined) return -1;
    this.#leave(CLOSED);
    return this.#total;
  }

  end(options) {
    const signal = options === undefined ? undefined : readSignal(dictionary(options));
    if (this.#state === ERRORED) return Promise.reject(this.#reason);
    if (this.#state === CLOSED) return Promise.resolve(this.#total);
    if (signal?.aborted) return Promise.reject(signal.reason);
    return this.#ending ??= this.#end();
  }

  async #end() {
    await this.#last;
    if (this.#state === ERRORED) throw this.#reason;
    await this.#leave(CLOSED);
    return this.#total;
  }

  fail(reason) {
    if (this.#state !== OPEN) return;
    this.#reason = reason;
    this.#leave(ERRORED);
  }

  async dispose() {
    if (this.#ending !== undefined) await this.#ending;
    else this.fail(undefined);
  }

  #leave(state) {
    this.#state = state;
    this.#access.unlock();
    const closed = this.#plan.autoClose ? this.#access.close() : undefined;
    // What is still being written keeps the descriptor till then.
    if (this.#busy > 0) this.#last.then(() => this.#access.release());
    else this.#access.release();
    return closed;
  }
}

function after(chunks, count) {
  let at = 0;
  while (at < chunks.length && count >= chunks[at].byteLength) count -= chunks[at++].byteLength;
  if (at === chunks.length) return [];
  const rest = chunks.slice(at);
  if (count > 0) rest[0] = rest[0].subarray(count);
  return rest;
}

function writer(access, options = {}) {
  access.checkFree();
  validateObject(options, 'options');
  const plan = readCommon(options);
  access.lock();
  access.retain();
  const target = new HandleWriter(access, plan);
  return {
    __proto__: null,
    write(chunk, options) { return target.write('write', [toChunk(chunk)], options); },
    writev(chunks, options) { return target.write('writev', toChunks(chunks), options); },
    writeSync(chunk) { return target.writeSync([toChunk(chunk)]); },
    writevSync(chunks) { return target.writeSync(toChunks(chunks)); },
    end(options) { return target.end(options); },
    endSync() { return target.endSync(); },
    fail(reason) { target.fail(reason); },
    [Symbol.asyncDispose]() { return target.dispose(); },
    [Symbol.dispose]() { target.fail(undefined); },
  };
}

// Gives `prototype` the three methods; `accessOf` says what `access` is to an instance.
function install(prototype, accessOf) {
  Object.assign(prototype, {
    pull(...args) { return pull(accessOf(this), args); },
    pullSync(...args) { return pullSync(accessOf(this), args); },
    writer(options = {}) { return writer(accessOf(this), options); },
  });
}

module.exports = { install };
