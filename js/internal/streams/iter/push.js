'use strict';

// push(): a writer and the stream of what it writes, with a buffer between them. A reader gets all that is buffered as
// one batch.

const { onAbort } = require('internal/streams/iter/abortable');
const { dictionary, readBudget, readPolicy, readSignal } = require('internal/streams/iter/convert');
const { pipeline } = require('internal/streams/iter/pull');
const { splitOptions } = require('internal/streams/iter/transforms');
const { PushWriter } = require('internal/streams/iter/writer');
const { WriterState } = require('internal/streams/iter/writer_state');

const BUDGET = 16384;

const READING = 0;
const RETURNED = 1;
const THREW = 2;

function done() {
  return { __proto__: null, done: true, value: undefined };
}

function item(value) {
  return { __proto__: null, done: false, value };
}

// The buffer, and the reading side. There are reads that wait only while it is empty.
class PushQueue {
  bytes = 0;
  #entries = [];
  #reads = [];
  #reader = READING;
  #thrown;
  #forget;

  constructor(budget, policy, signal) {
    this.state = new WriterState(this, budget, policy, 'closing');
    if (signal === undefined) return;
    if (signal.aborted) this.state.fail(signal.reason);
    else this.#forget = onAbort(signal, () => this.state.fail(signal.reason));
  }

  push(chunks, size) {
    if (this.#reads.length > 0) {
      this.#reads.shift().resolve(item(chunks));
      return;
    }
    this.#entries.push({ chunks, size });
    this.bytes += size;
  }

  evict() {
    const oldest = this.#entries.shift();
    if (oldest === undefined) return false;
    this.bytes -= oldest.size;
    return true;
  }

  isDrained() {
    return this.#entries.length === 0;
  }

  // Who reads has first to read what is there.
  ending() {}

  closed() {
    this.#forget?.();
    for (const { resolve } of this.#reads.splice(0)) resolve(done());
  }

  // What was written before can still be read.
  failed(reason) {
    this.#forget?.();
    for (const { reject } of this.#reads.splice(0)) reject(reason);
  }

  #takeAll() {
    const entries = this.#entries;
    this.#entries = [];
    this.bytes = 0;
    if (entries.length === 1) return entries[0].chunks;
    const batch = [];
    for (const { chunks } of entries) for (const chunk of chunks) batch.push(chunk);
    return batch;
  }

  read() {
    if (this.#reader === THREW) return Promise.reject(this.#thrown);
    if (this.#reader === RETURNED) return Promise.resolve(done());
    const { state } = this;
    if (this.#entries.length > 0) {
      const batch = this.#takeAll();
      state.advance();
      return Promise.resolve(item(batch));
    }
    if (state.isErrored) return Promise.reject(state.reason);
    if (state.isEnding) {
      state.close();
      return Promise.resolve(done());
    }
    return new Promise((resolve, reject) => this.#reads.push({ resolve, reject }));
  }

  return() {
    if (this.#reader === READING) {
      this.#leave(RETURNED);
      for (const { resolve } of this.#reads.splice(0)) resolve(done());
      this.state.abandon();
    }
    return Promise.resolve(done());
  }

  throw(error) {
    if (this.#reader === READING) {
      this.#leave(THREW);
      this.#thrown = error;
      for (const { reject } of this.#reads.splice(0)) reject(error);
      this.state.fail(error);
    }
    return Promise.reject(error);
  }

  #leave(how) {
    this.#reader = how;
    this.#entries = [];
    this.bytes = 0;
  }

  // The stream of what is written. Iterators made of it share the buffer.
  readable() {
    return {
      __proto__: null,
      [Symbol.asyncIterator]: () => ({
        __proto__: null,
        next: () => this.read(),
        return: () => this.return(),
        throw: (error) => this.throw(error),
      }),
    };
  }
}

function makeChannel(budget, policy, signal) {
  const queue = new PushQueue(budget, policy, signal);
  return { __proto__: null, queue, writer: new PushWriter(queue.state) };
}

function push(...args) {
  const { transforms, options } = splitOptions(args);
  const members = dictionary(options);
  const policy = readPolicy(members) ?? 'strict';
  const budget = readBudget(members, BUDGET);
  const signal = readSignal(members);
  const { queue, writer } = makeChannel(budget, policy, signal);
  const stream = queue.readable();
  const readable = transforms.length === 0 ? stream : pipeline(stream, transforms, signal);
  return { __proto__: null, writer, readable };
}

module.exports = { BUDGET, done, item, makeChannel, push };
