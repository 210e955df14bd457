'use strict';

// broadcast(): one writer, several readers, each of which gets everything from when it came. Broadcast.from() feeds one
// from a source.

const { codes: { ERR_INVALID_RETURN_VALUE }, lazyDOMException } = require('internal/errors');
const { abortable, onAbort } = require('internal/streams/iter/abortable');
const { dictionary, readBudget, readPolicy, readSignal } = require('internal/streams/iter/convert');
const { from } = require('internal/streams/iter/from');
const { methodOf } = require('internal/streams/iter/from_sync');
const { pipeTo } = require('internal/streams/iter/pipe');
const { broadcastProtocol } = require('internal/streams/iter/protocols');
const { pipeline } = require('internal/streams/iter/pull');
const { done, item } = require('internal/streams/iter/push');
const { SharedBuffer } = require('internal/streams/iter/shared_buffer');
const { splitOptions } = require('internal/streams/iter/transforms');
const { BroadcastWriter } = require('internal/streams/iter/writer');
const { WriterState } = require('internal/streams/iter/writer_state');

const BUDGET = 65536;

// The buffer of a broadcast and its readers: the store its WriterState writes into.
class Channel {
  #buffer = new SharedBuffer();
  #readers = new Set();
  #error;
  #failed = false;
  #forget;
  onCancel;
  // Why those that come after the end find none of a stream but what is still buffered.
  late;

  constructor(budget, policy, signal) {
    this.state = new WriterState(this, budget, policy, 'closed');
    if (signal === undefined) return;
    if (signal.aborted) this.abort(signal.reason);
    else this.#forget = onAbort(signal, () => this.abort(signal.reason));
  }

  get bytes() { return this.#buffer.bytes; }
  get readers() { return this.#readers.size; }

  // ---- for the writer ---------------------------------------------------

  push(chunks, size) {
    this.#buffer.append(chunks, size);
    for (const reader of this.#readers) reader.serve();
  }

  evict() {
    return this.#buffer.evict();
  }

  isDrained() {
    return this.#readers.size === 0;
  }

  ending() {
    for (const reader of [...this.#readers]) reader.serve();
  }

  closed() {
    this.#forget?.();
  }

  failed(reason) {
    this.#forget?.();
    this.#error = reason;
    this.#failed = true;
    this.#dismiss((reader) => reader.fail(reason));
  }

  // ---- for readers ------------------------------------------------------

  attach() {
    const reader = new Reader(this, this.#buffer);
    if (this.#failed) reader.fail(this.#error);
    else this.#readers.add(reader);
    return reader;
  }

  detach(reader) {
    this.#readers.delete(reader);
    if (this.state.isEnding && this.#readers.size === 0) this.state.close();
    else this.state.advance();
  }

  // ---- the end ----------------------------------------------------------

  #dismiss(tell) {
    const readers = [...this.#readers];
    this.#readers.clear();
    this.#buffer.detachAll();
    for (const reader of readers) tell(reader);
  }

  // All readers end, with `reason` as an error if one was given.
  cancel(hasReason, reason) {
    if (this.#failed) return;
    this.#dismiss((reader) => (hasReason ? reader.fail(reason) : reader.finish()));
    if (hasReason) this.late ??= { reason };
    this.state.cancel(lazyDOMException('Broadcast cancelled', 'AbortError'));
    this.onCancel?.();
  }

  abort(reason) {
    if (this.state.isOver) return;
    this.cancel(true, reason);
  }
}

class Reader {
  #channel;
  #buffer;
  #cursor;
  #reads = [];
  #over = false;
  #failed = false;
  #error;
  #forget;

  constructor(channel, buffer) {
    this.#channel = channel;
    this.#buffer = buffer;
    this.#cursor = buffer.attach();
  }

  // Gives reads that wait what there is for them.
  serve() {
    while (this.#reads.length > 0 && this.#buffer.has(this.#cursor)) {
      this.#reads.shift().resolve(item(this.#buffer.take(this.#cursor)));
    }
    if (this.#reads.length > 0 && this.#channel.state.isEnding) this.leave();
  }

  read() {
    if (this.#failed) return Promise.reject(this.#error);
    if (this.#over) return Promise.resolve(done());
    if (this.#buffer.has(this.#cursor)) {
      const batch = this.#buffer.take(this.#cursor);
      this.#channel.state.advance();
      return Promise.resolve(item(batch));
    }
    if (this.#channel.state.isEnding) {
      const { late } = this.#channel;
      this.leave();
      if (late === undefined) return Promise.resolve(done());
      this.#failed = true;
      this.#error = late.reason;
      return Promise.reject(late.reason);
    }
    return new Promise((resolve, reject) => this.#reads.push({ resolve, reject }));
  }

  // From then on `signal` ends this.
  follow(signal) {
    if (signal.aborted) this.leave();
    else this.#forget = onAbort(signal, () => this.leave());
  }

  leave() {
    if (this.#over) return;
    this.finish();
    this.#buffer.detach(this.#cursor);
    this.#channel.detach(this);
  }

  finish() {
    this.#over = true;
    this.#forget?.();
    for (const { resolve } of this.#reads.splice(0)) resolve(done());
  }

  fail(error) {
    if (this.#over) return;
    this.#over = true;
    this.#forget?.();
    this.#failed = true;
    this.#error = error;
    for (const { reject } of this.#reads.splice(0)) reject(error);
  }

  stream() {
    const leave = () => {
      this.leave();
      return Promise.resolve(done());
    };
    return {
      __proto__: null,
      [Symbol.asyncIterator]: () => ({ __proto__: null, next: () => this.read(), return: leave, throw: leave }),
    };
  }
}

class BroadcastImpl {
  #channel;

  constructor(channel) {
    this.#channel = channel;
  }

  get backpressurePolicy() {
    return this.#channel.state.policy;
  }

  get consumerCount() {
    return this.#channel.readers;
  }

  push(...args) {
    const { transforms, options } = splitOptions(args);
    const signal = readSignal(dictionary(options));
    const reader = this.#channel.attach();
    const stream = reader.stream();
    if (signal !== undefined) reader.follow(signal);
    return transforms.length === 0 && signal === undefined ? stream : pipeline(stream, transforms, signal);
  }

  // Told apart: no reason, and undefined as one.
  cancel(reason) {
    this.#channel.cancel(arguments.length > 0, reason);
  }

  [Symbol.dispose]() {
    this.cancel();
  }
}

function make(options) {
  const members = dictionary(options);
  const policy = readPolicy(members) ?? 'strict';
  const budget = readBudget(members, BUDGET);
  const signal = readSignal(members);
  const channel = new Channel(budget, policy, signal);
  const writer = new BroadcastWriter(channel.state);
  return { channel, signal, result: { __proto__: null, writer, broadcast: new BroadcastImpl(channel) } };
}

function broadcast(options = undefined) {
  return make(options).result;
}

// What the method `symbol` of `input` makes of it, by the protocol; undefined where it has none.
function byProtocol(input, symbol, options) {
  const method = methodOf(input, symbol);
  if (method === undefined) return undefined;
  const result = Reflect.apply(method, input, [options]);
  if (result === null || (typeof result !== 'object' && typeof result !== 'function')) {
    throw new ERR_INVALID_RETURN_VALUE('an object', `[Symbol.for('${symbol.description}')]`, result);
  }
  return result;
}

const Broadcast = {
  __proto__: null,
  from(input, options) {
    const own = byProtocol(input, broadcastProtocol, options);
    if (own !== undefined) return { __proto__: null, writer: { __proto__: null }, broadcast: own };
    const source = from(input);
    const { channel, signal, result } = make(options);
    if (signal?.aborted) return result;
    const controller = new AbortController();
    channel.onCancel = () => controller.abort();
    const forwarded = abortable(source, controller.signal);
    // A failure has been told to the writer by then, and by it to the readers.
    pipeTo(forwarded, result.writer).catch(() => {});
    return result;
  },
};

module.exports = { BUDGET, Broadcast, broadcast, byProtocol };
