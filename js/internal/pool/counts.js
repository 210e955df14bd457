'use strict';

// Counts in buckets whose width grows with the value, so that every value is known to a fixed number of significant
// figures (the scheme of HdrHistogram). In JavaScript, unlike those of perf_hooks: a pool counts each of its tasks.
//
// A bucket covers `half` times its width; bucket i has width 2^i. Within a
// bucket, counts are linear. Values are numbers; above 2^53 they are as exact
// as a double, which is finer than any bucket.

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

module.exports = { Counts };
