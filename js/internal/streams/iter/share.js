'use strict';

// share(): one source, several consumers. It is read when a consumer wants what no other has read before.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE } } = require('internal/errors');
const { onAbort } = require('internal/streams/iter/abortable');
const { BUDGET, byProtocol } = require('internal/streams/iter/broadcast');
const { dictionary, readBudget, readPolicy, readSignal, sizeOf } = require('internal/streams/iter/convert');
const { from } = require('internal/streams/iter/from');
const { methodOf } = require('internal/streams/iter/from_sync');
const { shareProtocol } = require('internal/streams/iter/protocols');
const { pipeline } = require('internal/streams/iter/pull');
const { done, item } = require('internal/streams/iter/push');
const { SharedBuffer } = require('internal/streams/iter/shared_buffer');
const { splitOptions } = require('internal/streams/iter/transforms');

const nothing = () => {};

// The buffer of a share, and its source.
class Shared {
  #source;
  #iterator;
  #budget;
  #policy;
  #reading;
  #ended = false;
  #cancelled = false;
  #failed = false;
  #error;
  #room = [];
  #consumers = new Set();
  #buffer = new SharedBuffer();
  #forget;

  constructor(source, budget, policy, signal) {
    this.#source = source;
    this.#budget = budget;
    this.#policy = policy;
    if (signal === undefined) return;
    if (signal.aborted) this.cancel(true, signal.reason);
    else this.#forget = onAbort(signal, () => this.cancel(true, signal.reason));
  }

  get consumers() { return this.#consumers.size; }

  attach() {
    const consumer = {
      cursor: this.#buffer.attach(), over: false, failed: false, error: undefined, stops: undefined, working: undefined,
      forget: undefined,
    };
    this.#consumers.add(consumer);
    return consumer;
  }

  #detach(consumer) {
    consumer.over = true;
    consumer.forget?.();
    this.#consumers.delete(consumer);
    this.#buffer.detach(consumer.cursor);
    if (this.#consumers.size === 0) this.#buffer.clear();
    this.#tellRoom();
  }

  #tellRoom() {
    if (this.#buffer.bytes < this.#budget) for (const resolve of this.#room.splice(0)) resolve();
  }

  async next(consumer) {
    for (;;) {
      if (consumer.failed) throw consumer.error;
      if (consumer.over) return done();
      if (this.#buffer.has(consumer.cursor)) {
        const batch = this.#buffer.take(consumer.cursor);
        this.#tellRoom();
        // Each consumer may do with its batch what it likes.
        return item(batch.slice());
      }
      if (this.#failed) {
        this.#detach(consumer);
        consumer.failed = true;
        consumer.error = this.#error;
      } else if (this.#ended) {
        this.#detach(consumer);
      } else {
        await this.#stopped(consumer, this.#more(consumer));
      }
    }
  }

  // A cancelled consumer does not wait for what it waited for.
  async #stopped(consumer, work) {
    let stop;
    const stopped = new Promise((resolve) => {
      stop = resolve;
    });
    (consumer.stops ??= new Set()).add(stop);
    await Promise.race([work, stopped]);
    consumer.stops.delete(stop);
  }

  // One at a time for a consumer, the wait for room included.
  #more(consumer) {
    return consumer.working ??= this.#moreNow(consumer).finally(() => {
      consumer.working = undefined;
    });
  }

  // Reads the source once, when there is room for what comes.
  async #moreNow(consumer) {
    if (this.#reading !== undefined) return this.#reading;
    if (this.#buffer.bytes >= this.#budget) {
      if (this.#policy === 'strict') {
        this.#detach(consumer);
        throw new ERR_OUT_OF_RANGE('buffered bytes', `< ${this.#budget}`, this.#buffer.bytes);
      }
      if (this.#policy === 'drop-oldest') {
        while (this.#buffer.bytes >= this.#budget && this.#buffer.evict());
      } else {
        if (this.#policy === 'drop-newest') await this.#read(true);
        if (this.#ended || this.#failed || this.#buffer.bytes < this.#budget) return undefined;
        return new Promise((resolve) => this.#room.push(resolve));
      }
    }
    return this.#read(false);
  }

  #read(dropped) {
    return this.#reading = this.#readOnce(dropped).finally(() => {
      this.#reading = undefined;
    });
  }

  async #readOnce(dropped) {
    try {
      this.#iterator ??= this.#source[Symbol.asyncIterator]();
      const { done: over, value } = await this.#iterator.next();
      if (over) this.#end();
      else if (!dropped && !this.#ended) this.#buffer.append(value, sizeOf(value));
    } catch (error) {
      if (this.#cancelled) return;
      this.#failed = true;
      this.#error = error;
      this.#end();
    }
  }

  #end() {
    this.#ended = true;
    this.#forget?.();
    for (const resolve of this.#room.splice(0)) resolve();
  }

  leave(consumer) {
    if (!consumer.over) this.#detach(consumer);
    return Promise.resolve(done());
  }

  cancel(hasReason, reason) {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#end();
    this.#failed = hasReason;
    this.#error = reason;
    for (const consumer of this.#consumers) {
      consumer.over = true;
      consumer.failed = hasReason;
      consumer.error = reason;
      consumer.forget?.();
      if (consumer.stops !== undefined) for (const stop of consumer.stops) stop();
    }
    this.#consumers.clear();
    this.#buffer.detachAll();
    this.#buffer.clear();
    const close = async () => this.#iterator?.return?.();
    // Not in the middle of a read.
    Promise.resolve(this.#reading).then(close).catch(nothing);
  }
}

class ShareImpl {
  #shared;

  constructor(source, options) {
    const members = dictionary(options);
    const policy = readPolicy(members) ?? 'strict';
    const budget = readBudget(members, BUDGET);
    this.#shared = new Shared(source, budget, policy, readSignal(members));
  }

  get consumerCount() {
    return this.#shared.consumers;
  }

  pull(...args) {
    const { transforms, options } = splitOptions(args);
    const signal = readSignal(dictionary(options));
    const shared = this.#shared;
    const consumer = shared.attach();
    const leave = () => shared.leave(consumer);
    if (signal?.aborted) leave();
    else if (signal !== undefined) consumer.forget = onAbort(signal, leave);
    const stream = {
      __proto__: null,
      [Symbol.asyncIterator]: () => ({ __proto__: null, next: () => shared.next(consumer), return: leave, throw: leave }),
    };
    return transforms.length === 0 && signal === undefined ? stream : pipeline(stream, transforms, signal);
  }

  cancel(reason) {
    this.#shared.cancel(arguments.length > 0, reason);
  }

  [Symbol.dispose]() {
    this.cancel();
  }
}

function share(source, options = undefined) {
  return new ShareImpl(from(source), options);
}

// Share.from() and SyncShare.fromSync() take objects alone.
function requireShareable(input, keys, kinds) {
  if (keys.every((key) => methodOf(input, key) === undefined)) throw new ERR_INVALID_ARG_TYPE('input', kinds, input);
}

const Share = {
  __proto__: null,
  from(input, options) {
    const own = byProtocol(input, shareProtocol, options);
    if (own !== undefined) return own;
    requireShareable(input, [Symbol.asyncIterator, Symbol.iterator], ['Shareable', 'AsyncIterable', 'Iterable']);
    return share(input, options);
  },
};

module.exports = { Share, requireShareable, share };
