'use strict';

// shareSync(): share() for a synchronous source. There is no waiting, so a consumer that is too far ahead of the others
// gets an error, or loses something.

const { codes: { ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE } } = require('internal/errors');
const { BUDGET, byProtocol } = require('internal/streams/iter/broadcast');
const { dictionary, readBudget, readPolicy, sizeOf } = require('internal/streams/iter/convert');
const { fromSync } = require('internal/streams/iter/from_sync');
const { shareSyncProtocol } = require('internal/streams/iter/protocols');
const { done, item } = require('internal/streams/iter/push');
const { requireShareable } = require('internal/streams/iter/share');
const { SharedBuffer } = require('internal/streams/iter/shared_buffer');
const { applySync, readTransforms } = require('internal/streams/iter/transforms');

class SyncShareImpl {
  #source;
  #iterator;
  #policy;
  #budget;
  #buffer = new SharedBuffer();
  #consumers = new Set();
  #ended = false;
  #cancelled = false;
  #failed = false;
  #error;

  constructor(source, options) {
    const members = dictionary(options);
    this.#source = source;
    this.#policy = readPolicy(members) ?? 'strict';
    this.#budget = readBudget(members, BUDGET);
    if (this.#policy === 'unbounded') {
      throw new ERR_INVALID_ARG_VALUE('options.backpressure', 'unbounded', 'unbounded is not supported by shareSync()');
    }
  }

  get consumerCount() {
    return this.#consumers.size;
  }

  pull(...args) {
    const transforms = readTransforms(args);
    const consumer = { cursor: this.#buffer.attach(), over: false, failed: false, error: undefined };
    this.#consumers.add(consumer);
    const leave = () => {
      if (!consumer.over) this.#detach(consumer);
      return done();
    };
    const stream = {
      __proto__: null,
      [Symbol.iterator]: () => ({ __proto__: null, next: () => this.#next(consumer), return: leave, throw: leave }),
    };
    if (transforms.length === 0) return stream;
    return {
      __proto__: null,
      [Symbol.iterator]: function* () {
        yield* applySync(stream, transforms);
      },
    };
  }

  #detach(consumer) {
    consumer.over = true;
    this.#consumers.delete(consumer);
    this.#buffer.detach(consumer.cursor);
    if (this.#consumers.size === 0) this.#buffer.clear();
  }

  #refuse(consumer) {
    this.#detach(consumer);
    consumer.failed = true;
    consumer.error = this.#error;
  }

  #next(consumer) {
    if (consumer.failed) throw consumer.error;
    if (consumer.over) return done();
    if (!this.#failed && !this.#buffer.has(consumer.cursor)) {
      if (!this.#ended && !this.#more()) return done();
      if (!this.#failed && !this.#buffer.has(consumer.cursor)) {
        if (!consumer.over) this.#detach(consumer);
        return done();
      }
    }
    if (this.#failed) {
      this.#refuse(consumer);
      throw consumer.error;
    }
    return item(this.#buffer.take(consumer.cursor).slice());
  }

  // Reads the source once. False: what came had to be dropped.
  #more() {
    let dropped = false;
    if (this.#buffer.bytes >= this.#budget) {
      if (this.#policy === 'strict') {
        throw new ERR_OUT_OF_RANGE('buffered bytes', `< ${this.#budget}`, this.#buffer.bytes);
      }
      if (this.#policy === 'drop-newest') dropped = true;
      else while (this.#buffer.bytes >= this.#budget && this.#buffer.evict());
    }
    let result;
    try {
      this.#iterator ??= this.#source[Symbol.iterator]();
      result = this.#iterator.next();
    } catch (error) {
      this.#fail(error);
      return true;
    }
    if (result.done) this.#ended = true;
    else if (!dropped) this.#buffer.append(result.value, sizeOf(result.value));
    return result.done || !dropped;
  }

  #fail(error) {
    this.#ended = true;
    this.#failed = true;
    this.#error = error;
  }

  cancel(reason) {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#ended = true;
    if (arguments.length > 0) {
      this.#fail(reason);
      for (const consumer of [...this.#consumers]) this.#refuse(consumer);
    } else {
      for (const consumer of [...this.#consumers]) this.#detach(consumer);
    }
    this.#buffer.clear();
    this.#iterator?.return?.();
  }

  [Symbol.dispose]() {
    this.cancel();
  }
}

function shareSync(source, options = undefined) {
  return new SyncShareImpl(fromSync(source), options);
}

const SyncShare = {
  __proto__: null,
  fromSync(input, options) {
    const own = byProtocol(input, shareSyncProtocol, options);
    if (own !== undefined) return own;
    requireShareable(input, [Symbol.iterator], ['SyncShareable', 'Iterable']);
    return shareSync(input, options);
  },
};

module.exports = { SyncShare, shareSync };
