'use strict';
// createSlidingWindowHistogram(): a histogram of the last values, as a ring of histograms of which the oldest is emptied and becomes
// the newest when that has had its time or its number of values. No timer: it is looked at when something is recorded or asked.

const {
  codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_ARG_VALUE, ERR_INVALID_THIS },
} = require('internal/errors');
const { validateInteger, validateObject } = require('internal/validators');
const { checkBounds, checkValue, recordableHistogramOf, sumOf } = require('internal/histogram');
const { markTransferMode } = require('internal/worker/js_transferable');

const native = internalBinding('histogram');

const MOST_CHUNKS = 1024;
// In ms: what 64 bits hold in ns.
const LONGEST_CHUNK = 18_446_744_073_709;
const kCreate = Symbol('kCreate');

class SlidingWindowHistogram {
  #make;
  #chunks;
  // Whatever counts: the time in ms (`#isTimed`), or values.
  #size;
  #isTimed;
  #begin = 0;
  #values = 0;
  // How many chunks there have been before the newest one.
  #turn = 0;

  constructor(secret = undefined, make = undefined, chunks = undefined, size = undefined, isTimed = undefined) {
    if (secret !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this.#make = make;
    this.#chunks = new Array(chunks).fill(null);
    this.#size = size;
    this.#isTimed = isTimed;
    this.reset();
  }

  static #check(window) {
    if (!(typeof window === 'object' && window !== null && #chunks in window)) {
      throw new ERR_INVALID_THIS('SlidingWindowHistogram');
    }
  }

  // Empties chunks whose time has come, until the newest one is number `turn`.
  #advance(turn) {
    const ring = this.#chunks;
    const steps = Math.min(turn - this.#turn, ring.length);
    for (let i = 1; i <= steps; i++) ring[(turn - steps + i) % ring.length]?.reset();
    this.#turn = turn;
  }

  #follow() {
    if (this.#isTimed) this.#advance(Math.floor((now() - this.#begin) / this.#size));
  }

  record(val) {
    SlidingWindowHistogram.#check(this);
    checkValue(val);
    if (!this.#isTimed && this.#values === this.#size) {
      this.#advance(this.#turn + 1);
      this.#values = 0;
    }
    this.#follow();
    const place = this.#turn % this.#chunks.length;
    (this.#chunks[place] ??= recordableHistogramOf(this.#make())).record(val);
    this.#values++;
  }

  snapshot() {
    SlidingWindowHistogram.#check(this);
    this.#follow();
    return sumOf(this.#make(), this.#chunks.filter((chunk) => chunk !== null));
  }

  reset() {
    SlidingWindowHistogram.#check(this);
    for (const chunk of this.#chunks) chunk?.reset();
    this.#turn = 0;
    this.#values = 0;
    this.#begin = now();
  }
}

markTransferMode(SlidingWindowHistogram.prototype, false, false);

function now() {
  return require('web/performance').performance.now();
}

function createSlidingWindowHistogram(options) {
  validateObject(options, 'options');
  const { chunks, chunkDuration, recordsPerChunk, lowest = 1, highest = Number.MAX_SAFE_INTEGER, figures = 3 } = options;
  validateInteger(chunks, 'options.chunks', 1, MOST_CHUNKS);
  checkBounds(lowest, highest, figures);
  const isTimed = chunkDuration !== undefined;
  if (isTimed === (recordsPerChunk !== undefined)) {
    throw new ERR_INVALID_ARG_VALUE('options', options, 'must specify exactly one of "chunkDuration" or "recordsPerChunk"');
  }
  if (isTimed) validateInteger(chunkDuration, 'options.chunkDuration', 1, LONGEST_CHUNK);
  else validateInteger(recordsPerChunk, 'options.recordsPerChunk', 1);
  const make = () => native.create(lowest, highest, figures, 0, 0);
  return new SlidingWindowHistogram(kCreate, make, chunks, chunkDuration ?? recordsPerChunk, isTimed);
}

module.exports = { createSlidingWindowHistogram };
