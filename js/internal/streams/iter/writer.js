'use strict';

// The writer of push() and of broadcast(): what users call, on top of a WriterState.

const { dictionary, readSignal, sizeOf, toChunk, toChunks } = require('internal/streams/iter/convert');
const { drainableProtocol } = require('internal/streams/iter/protocols');

class Writer {
  #state;

  constructor(state) {
    this.#state = state;
  }

  get canWrite() {
    return this.#state.canWrite;
  }

  write(chunk, options) {
    const bytes = toChunk(chunk);
    const signal = options === undefined ? undefined : readSignal(dictionary(options));
    return this.#state.write([bytes], bytes.byteLength, signal);
  }

  writev(chunks, options) {
    const list = toChunks(chunks);
    const signal = options === undefined ? undefined : readSignal(dictionary(options));
    return this.#state.write(list, sizeOf(list), signal);
  }

  writeSync(chunk) {
    const bytes = toChunk(chunk);
    return this.#state.offer([bytes], bytes.byteLength);
  }

  writevSync(chunks) {
    const list = toChunks(chunks);
    return this.#state.offer(list, sizeOf(list));
  }

  end(options) {
    return this.#state.end(options === undefined ? undefined : readSignal(dictionary(options)));
  }

  endSync() {
    return this.#state.endSync();
  }

  fail(reason) {
    this.#state.fail(reason);
  }

  [drainableProtocol]() {
    return this.#state.drained();
  }

  // What was begun to be ended is waited for; anything else is given up.
  async [Symbol.asyncDispose]() {
    if (this.#state.isClosing) return this.#state.end();
    this.#state.fail(undefined);
    return undefined;
  }

  [Symbol.dispose]() {
    this.#state.fail(undefined);
  }
}

class PushWriter extends Writer {}
class BroadcastWriter extends Writer {}

module.exports = { BroadcastWriter, PushWriter };
