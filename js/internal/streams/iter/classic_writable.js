'use strict';

// Between classic Writables and writers: fromWritable(), toWritable().

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_STATE, ERR_STREAM_WRITE_AFTER_END },
} = require('internal/errors');
const { validateObject, validateOneOf } = require('internal/validators');
const { Buffer } = require('buffer');
const { asError } = require('internal/streams/iter/classic_readable');
const { POLICIES, dictionary, readSignal, sizeOf, toChunk, toChunks } = require('internal/streams/iter/convert');
const { methodOf } = require('internal/streams/iter/from_sync');
const { drainableProtocol } = require('internal/streams/iter/protocols');

// ---- a Writable as a writer ------------------------------------------------

// What there is to know of a Writable, and who waits for it. Its synchronous methods decline: there is no telling
// whether a Writable has done something.
class Target {
  #writable;
  #policy;
  #total = 0;
  #waiting = [];
  #failed = false;
  #reason;
  #ending;

  constructor(writable, policy) {
    this.#writable = writable;
    this.#policy = policy;
    writable.on('drain', () => this.#settle(true));
    writable.on('close', () => this.#over());
    writable.on('finish', () => this.#over());
    writable.on('error', (error) => this.#over(error));
  }

  #settle(value) {
    for (const { resolve } of this.#waiting.splice(0)) resolve(value);
  }

  #over(error) {
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (error === undefined) resolve(false);
      else reject(error);
    }
  }

  get #isOpen() {
    const { destroyed, writableEnded, writableFinished } = this.#writable;
    return !this.#failed && this.#ending === undefined && !destroyed && !writableEnded && !writableFinished;
  }

  get #isFull() {
    return this.#writable.writableNeedDrain === true;
  }

  get canWrite() {
    return this.#isOpen ? !this.#isFull : null;
  }

  // Until there is room; false where there will be none.
  #room() {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async write(chunks) {
    if (this.#failed) throw this.#reason;
    if (!this.#isOpen) throw new ERR_STREAM_WRITE_AFTER_END();
    if (this.#isFull && this.#policy !== 'unbounded') {
      if (this.#policy === 'strict') {
        throw new ERR_INVALID_STATE.RangeError(
          'Backpressure violation: buffer is full. Await each write() call to respect backpressure.');
      }
      this.#total += sizeOf(chunks);
      return;
    }
    this.#total += sizeOf(chunks);
    const hasRoom = this.#pass(chunks);
    if (!hasRoom && this.#policy === 'unbounded' && !(await this.#room())) {
      if (this.#failed) throw this.#reason;
      if (!this.#writable.writableFinished) throw new ERR_STREAM_WRITE_AFTER_END();
    }
  }

  #pass(chunks) {
    const writable = this.#writable;
    let hasRoom = true;
    if (chunks.length > 1) writable.cork?.();
    try {
      for (const chunk of chunks) hasRoom = writable.write(chunk) !== false;
    } finally {
      if (chunks.length > 1) writable.uncork?.();
    }
    return hasRoom;
  }

  drained() {
    if (!this.#isOpen) return null;
    return this.#isFull ? this.#room() : Promise.resolve(true);
  }

  async end() {
    if (this.#failed) throw this.#reason;
    if (this.#ending === undefined && !this.#isOpen) return this.#total;
    this.#ending ??= this.#finish();
    await this.#ending;
    return this.#total;
  }

  #finish() {
    const writable = this.#writable;
    return new Promise((resolve, reject) => {
      writable.once('finish', resolve);
      writable.once('error', reject);
      // After a failure that was told, or without a word.
      writable.once('close', () => {
        if (this.#failed) reject(this.#reason);
        else resolve();
      });
      writable.end();
    });
  }

  fail(reason) {
    if (this.#failed || !this.#isOpen) return;
    this.#failed = true;
    this.#reason = reason;
    this.#writable.destroy(asError(reason));
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }

  async dispose() {
    if (this.#ending !== undefined) await this.#ending;
    else this.fail(undefined);
  }
}

function makeWriter(writable, policy) {
  const target = new Target(writable, policy);
  // Nothing but checks of what a caller may have got wrong: a Writable cannot take back what it was given.
  const check = (options) => {
    if (options !== undefined) readSignal(dictionary(options));
  };
  return {
    __proto__: null,
    get canWrite() { return target.canWrite; },
    writeSync() { return false; },
    writevSync() { return false; },
    write(chunk, options) {
      const bytes = toChunk(chunk);
      check(options);
      return target.write([bytes]);
    },
    writev(chunks, options) {
      const list = toChunks(chunks);
      check(options);
      return target.write(list);
    },
    endSync() { return -1; },
    end(options) {
      check(options);
      return target.end();
    },
    fail(reason) { target.fail(reason); },
    [Symbol.asyncDispose]() { return target.dispose(); },
    [Symbol.dispose]() { target.fail(undefined); },
    [drainableProtocol]() { return target.drained(); },
  };
}

// The writers made of each Writable, by policy.
let known;

function fromWritable(writable, options = {}) {
  if (['write', 'on'].some((name) => methodOf(writable, name) === undefined)) {
    throw new ERR_INVALID_ARG_TYPE('writable', 'Writable', writable);
  }
  validateObject(options, 'options');
  const { backpressure = 'strict' } = options;
  validateOneOf(backpressure, 'options.backpressure', POLICIES);
  if (backpressure === 'drop-oldest') {
    throw new ERR_INVALID_ARG_VALUE('options.backpressure', backpressure,
                                    'drop-oldest is not supported for classic stream.Writable');
  }
  if (writable.writableObjectMode) {
    throw new ERR_INVALID_STATE('Cannot create a stream/iter Writer from an object-mode Writable');
  }
  known ??= new WeakMap();
  let writers = known.get(writable);
  if (writers === undefined) known.set(writable, writers = new Map());
  let writer = writers.get(backpressure);
  if (writer === undefined) writers.set(backpressure, writer = makeWriter(writable, backpressure));
  return writer;
}

// ---- a writer as a Writable ------------------------------------------------

// Calls `callback` when `promise` has settled, or, where it is none, soon.
function follow(promise, callback) {
  if (methodOf(promise, 'then') === undefined) queueMicrotask(callback);
  else promise.then(() => callback(), callback);
}

function toWritable(writer) {
  if (methodOf(writer, 'write') === undefined) throw new ERR_INVALID_ARG_TYPE('writer', 'Writer', writer);
  const has = (name) => typeof writer[name] === 'function';
  const hasWriteSync = has('writeSync');
  const hasWritevSync = has('writevSync');
  let failed = false;
  let reason;
  let ended = false;
  // What is no error cannot be one of a Writable; the writer is told what it was.
  const attempt = (work, callback) => {
    const fail = (error) => {
      failed = true;
      reason = error;
      callback(asError(error));
    };
    try {
      work((...failure) => (failure.length > 0 ? fail(failure[0]) : callback()));
    } catch (error) {
      fail(error);
    }
  };
  const methods = {
    // It is the writer that says when it is full.
    highWaterMark: Number.MAX_SAFE_INTEGER,
    write(chunk, encoding, callback) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
      attempt((done) => follow(hasWriteSync && writer.writeSync(bytes) ? undefined : writer.write(bytes), done), callback);
    },
    final(callback) {
      attempt((done) => {
        let closed = false;
        try {
          closed = !has('end') || (has('endSync') && writer.endSync() >= 0);
        } catch {
          // It may be able to do it in its own time.
        }
        follow(closed ? undefined : writer.end(), (...failure) => {
          if (failure.length === 0) ended = true;
          done(...failure);
        });
      }, callback);
    },
    destroy(error, callback) {
      const finish = (own) => callback(error ?? own ?? null);
      if (ended) {
        finish();
        return;
      }
      try {
        if (has('fail')) {
          writer.fail(failed ? reason : error);
        } else if (typeof writer[Symbol.dispose] === 'function') {
          writer[Symbol.dispose]();
        } else if (typeof writer[Symbol.asyncDispose] === 'function') {
          writer[Symbol.asyncDispose]().then(() => finish(), (own) => finish(asError(own)));
          return;
        }
      } catch (own) {
        finish(asError(own));
        return;
      }
      finish();
    },
  };
  if (has('writev')) {
    methods.writev = (entries, callback) => {
      const chunks = entries.map(({ chunk, encoding }) => (typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk));
      attempt((done) => follow(hasWritevSync && writer.writevSync(chunks) ? undefined : writer.writev(chunks), done), callback);
    };
  }
  const Writable = require('internal/streams/writable');
  return new Writable(methods);
}

module.exports = { fromWritable, toWritable };
