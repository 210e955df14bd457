'use strict';

// Histograms of perf_hooks: counts in buckets whose width grows with the value,
// so that every value is known to a fixed number of significant figures (the
// scheme of HdrHistogram).
//
// A bucket covers `half` times its width; bucket i has width 2^i. Within a
// bucket, counts are linear. Values are numbers; above 2^53 they are as exact
// as a double, which is finer than any bucket.

const {
  codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE },
} = require('internal/errors');
const { validateInteger, validateNumber, validateObject } = require('internal/validators');

const { kClone, kDeserialize, markTransferMode } = require('internal/worker/js_transferable');

const customInspect = Symbol.for('nodejs.util.inspect.custom');
const kCreate = Symbol('kCreate');
const LARGEST = 2 ** 63;

function log2(value) {
  return value < 4294967296 ? 31 - Math.clz32(value) : 63 - Math.clz32(Math.floor(value / 4294967296));
}

class Counts {
  constructor(lowest, highest, figures) {
    // Enough sub-buckets to tell 2 * 10^figures values apart.
    const bits = Math.ceil(Math.log2(2 * 10 ** figures));
    this.unit = Math.floor(Math.log2(lowest));
    this.limit = highest;
    this.bits = bits;
    this.half = 2 ** (bits - 1);
    let buckets = 1;
    for (let limit = 2 ** (bits + this.unit); limit <= highest && limit < LARGEST; limit *= 2) buckets++;
    this.length = (buckets + 1) * this.half;
    this.reset();
  }

  reset() {
    this.counts = new Float64Array(0);
    this.total = 0;
    this.exceeds = 0;
    this.min = Infinity;
    this.max = 0;
  }

  indexOf(value) {
    const bucket = Math.max(0, log2(value) - this.bits - this.unit + 1);
    const sub = Math.floor(value / 2 ** (bucket + this.unit));
    // The lower half of a bucket is covered by the one before it.
    return bucket * this.half + sub;
  }

  // [lowest value, width] of the counter at `index`.
  rangeAt(index) {
    let bucket = Math.floor(index / this.half) - 1;
    let sub = index % this.half + this.half;
    if (bucket < 0) {
      bucket = 0;
      sub -= this.half;
    }
    const width = 2 ** (bucket + this.unit);
    return [sub * width, width];
  }

  record(value, count = 1) {
    if (value > this.limit) {
      this.exceeds += count;
      return;
    }
    const index = this.indexOf(value);
    if (index >= this.counts.length) {
      // Doubling up to the whole: few histograms use their upper end.
      const larger = new Float64Array(Math.min(this.length, Math.max(64, index + 1, this.counts.length * 2)));
      larger.set(this.counts);
      this.counts = larger;
    }
    this.counts[index] += count;
    this.total += count;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  lowest() {
    if (this.total === 0) return LARGEST - 1;
    return this.rangeAt(this.indexOf(this.min))[0];
  }

  highest() {
    if (this.total === 0) return 0;
    const [low, width] = this.rangeAt(this.indexOf(this.max));
    return low + width - 1;
  }

  // Calls visit(lowest value, width, count, count so far) for counters in use.
  each(visit) {
    let sum = 0;
    for (let index = 0; index < this.counts.length && sum < this.total; index++) {
      const count = this.counts[index];
      if (count === 0) continue;
      sum += count;
      const [low, width] = this.rangeAt(index);
      if (visit(low, width, count, sum) === false) return;
    }
  }

  mean() {
    let sum = 0;
    this.each((low, width, count) => { sum += (low + Math.floor(width / 2)) * count; });
    return sum / this.total;
  }

  stddev() {
    const mean = this.mean();
    let sum = 0;
    this.each((low, width, count) => { sum += (low + Math.floor(width / 2) - mean) ** 2 * count; });
    return Math.sqrt(sum / this.total);
  }

  percentile(percentile) {
    const wanted = Math.max(1, Math.floor(percentile / 100 * this.total + 0.5));
    let found = 0;
    this.each((low, width, count, sum) => {
      if (sum < wanted) return true;
      found = low + width - 1;
      return false;
    });
    return found;
  }

  // Values at 0, 50, 75, 87.5 ... percent, each step halving what is left.
  percentiles() {
    const out = new Map();
    let next = 0;
    let last = 0;
    this.each((low, width, count, sum) => {
      last = low;
      const reached = 100 * sum / this.total;
      if (sum === this.total) {
        if (next < 100) out.set(next, low);
        return;
      }
      while (next <= reached) {
        out.set(next, low);
        next += 100 / 2 ** (Math.floor(Math.log2(100 / (100 - next))) + 1);
      }
    });
    out.set(100, last);
    return out;
  }
}

function big(value) {
  return value === LARGEST - 1 ? 9223372036854775807n : BigInt(value);
}

function checkPercentile(percentile) {
  validateNumber(percentile, 'percentile');
  if (Number.isNaN(percentile) || percentile <= 0 || percentile > 100) {
    throw new ERR_OUT_OF_RANGE('percentile', '> 0 && <= 100', percentile);
  }
}

let countsOf;

class Histogram {
  #counts;

  constructor(secret = undefined, counts = undefined) {
    if (secret !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this.#counts = counts;
  }

  static {
    countsOf = (histogram) => (typeof histogram === 'object' && histogram !== null && #counts in histogram ?
      histogram.#counts :
      undefined);
  }

  get count() { return this.#counts.total; }
  get countBigInt() { return BigInt(this.#counts.total); }
  get min() { return this.#counts.lowest(); }
  get minBigInt() { return big(this.#counts.lowest()); }
  get max() { return this.#counts.highest(); }
  get maxBigInt() { return big(this.#counts.highest()); }
  get mean() { return this.#counts.mean(); }
  get exceeds() { return this.#counts.exceeds; }
  get exceedsBigInt() { return BigInt(this.#counts.exceeds); }
  get stddev() { return this.#counts.stddev(); }

  percentile(percentile) {
    checkPercentile(percentile);
    return this.#counts.percentile(percentile);
  }

  percentileBigInt(percentile) {
    checkPercentile(percentile);
    return big(this.#counts.percentile(percentile));
  }

  get percentiles() {
    return this.#counts.percentiles();
  }

  get percentilesBigInt() {
    const out = this.#counts.percentiles();
    for (const [percentile, value] of out) out.set(percentile, big(value));
    return out;
  }

  reset() {
    this.#counts.reset();
  }

  // A clone holds what was recorded so far; it is a Histogram, as in Node nobody can record into it.
  [kClone]() {
    return { data: { ...this.#counts }, deserializeInfo: 'internal/histogram:Histogram' };
  }

  static [kDeserialize](data) {
    return new Histogram(kCreate, Object.assign(Object.create(Counts.prototype), data));
  }

  toJSON() {
    return {
      count: this.count,
      min: this.min,
      max: this.max,
      mean: this.mean,
      exceeds: this.exceeds,
      stddev: this.stddev,
      percentiles: Object.fromEntries(this.percentiles),
    };
  }

  [customInspect](depth, options) {
    if (depth < 0) return this;
    const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    return `Histogram ${require('internal/util/inspect').inspect({
      min: this.min,
      max: this.max,
      mean: this.mean,
      exceeds: this.exceeds,
      stddev: this.stddev,
      count: this.count,
      percentiles: this.percentiles,
    }, inner)}`;
  }
}

markTransferMode(Histogram.prototype, true, false);

class RecordableHistogram extends Histogram {
  #lastTime = 0n;

  record(value) {
    const counts = countsOf(this);
    if (typeof value === 'bigint') {
      if (value < 1n || value >= 2n ** 63n) throw new ERR_OUT_OF_RANGE('val', '>= 1 && <= 9223372036854775807', value);
      counts.record(Number(value));
      return;
    }
    validateInteger(value, 'val', 1);
    counts.record(value);
  }

  // Records the nanoseconds since it was called last.
  recordDelta() {
    const time = process.hrtime.bigint();
    const delta = time - this.#lastTime;
    if (this.#lastTime > 0n && delta > 0n) countsOf(this).record(Number(delta));
    this.#lastTime = time;
  }

  add(other) {
    if (!(other instanceof RecordableHistogram)) {
      throw new ERR_INVALID_ARG_TYPE('other', 'RecordableHistogram', other);
    }
    const counts = countsOf(this);
    countsOf(other).each((low, width, count) => { counts.record(Math.max(low, 1), count); });
    counts.exceeds += countsOf(other).exceeds;
  }
}

// How late a timer of the loop is: the nanoseconds between its calls.
class ELDHistogram extends Histogram {
  #resolution;
  #timer;
  #last;

  constructor(secret, counts, resolution) {
    super(secret, counts);
    this.#resolution = resolution;
  }

  enable() {
    if (this.#timer !== undefined) return false;
    this.#last = process.hrtime.bigint();
    this.#timer = require('timers').setInterval(() => {
      const time = process.hrtime.bigint();
      countsOf(this).record(Number(time - this.#last));
      this.#last = time;
    }, this.#resolution);
    this.#timer.unref();
    return true;
  }

  disable() {
    if (this.#timer === undefined) return false;
    require('timers').clearInterval(this.#timer);
    this.#timer = undefined;
    return true;
  }

  [Symbol.dispose]() {
    this.disable();
  }
}

function createHistogram(options = {}) {
  validateObject(options, 'options');
  const { lowest = 1, highest = Number.MAX_SAFE_INTEGER, figures = 3 } = options;
  if (typeof lowest !== 'bigint') validateInteger(lowest, 'options.lowest', 1);
  if (typeof highest !== 'bigint') {
    validateInteger(highest, 'options.highest', 2 * Number(lowest));
  } else if (highest < 2n * BigInt(lowest)) {
    throw new ERR_OUT_OF_RANGE('options.highest', `>= ${2n * BigInt(lowest)}`, highest);
  }
  validateInteger(figures, 'options.figures', 1, 5);
  return new RecordableHistogram(kCreate, new Counts(Number(lowest), Number(highest), figures));
}

function monitorEventLoopDelay(options = {}) {
  validateObject(options, 'options');
  const { resolution = 10 } = options;
  validateInteger(resolution, 'options.resolution', 1);
  // An hour is later than anybody waits for.
  return new ELDHistogram(kCreate, new Counts(1, 3.6e12, 3), resolution);
}

module.exports = { Counts, Histogram, createHistogram, monitorEventLoopDelay };
