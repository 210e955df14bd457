'use strict';

// duplexPair(): two Duplexes, each reading what is written to the other.

const Duplex = require('internal/streams/duplex');

class DuplexSide extends Duplex {
  #other = null;
  // The callback of a write the other side's consumer has not asked for yet.
  #pending = null;

  attach(other) {
    this.#other = other;
  }

  _read() {
    const callback = this.#pending;
    if (callback) {
      this.#pending = null;
      callback();
    }
  }

  _write(chunk, encoding, callback) {
    if (chunk.length === 0) {
      process.nextTick(callback);
    } else {
      this.#other.push(chunk);
      this.#other.#pending = callback;
    }
  }

  _destroy(error, callback) {
    const other = this.#other;
    // Later: whoever destroys this side does not expect the other's listeners
    // to be called meanwhile.
    process.nextTick(() => {
      if (other.destroyed) return;
      // The error is this side's; the other one has only lost its peer.
      if (error) other.destroy();
      else other.push(null);
    });
    callback(error);
  }

  _final(callback) {
    this.#other.on('end', callback);
    this.#other.push(null);
  }
}

function duplexPair(options) {
  const a = new DuplexSide(options);
  const b = new DuplexSide(options);
  a.attach(b);
  b.attach(a);
  return [a, b];
}

module.exports = duplexPair;
