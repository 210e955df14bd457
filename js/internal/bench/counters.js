'use strict';
// A histogram that all runtimes can run, so that they are measured alike: counters spaced as HdrHistogram spaces them, 2048
// to each power of two, which knows a value to within 0.05 %. Values are whole ns from 1 on. What it comes to is plain data,
// { counts, min, max, sum } with [lowest value, how many values share it, count] for each counter in use.

const HALF = 1024;

// How many values share the counter of `value`: a power of two.
function widthOf(value) {
  return value < 2 * HALF ? 1 : 2 ** (Math.floor(Math.log2(value)) - 10);
}

class Counters {
  #counts = new Map();
  #min = Infinity;
  #max = 0;
  #sum = 0;

  record(value) {
    const width = widthOf(value);
    this.#count(Math.floor(value / width) * width, width, 1);
    this.#extend(value, value, value);
  }

  #count(lowest, width, count) {
    const counter = this.#counts.get(lowest);
    if (counter === undefined) this.#counts.set(lowest, [lowest, width, count]);
    else counter[2] += count;
  }

  #extend(min, max, sum) {
    if (min < this.#min) this.#min = min;
    if (max > this.#max) this.#max = max;
    this.#sum += sum;
  }

  // What another one came to.
  add({ counts, min, max, sum }) {
    if (counts.length === 0) return;
    for (const [lowest, width, count] of counts) this.#count(lowest, width, count);
    this.#extend(min, max, sum);
  }

  reset() {
    this.#counts.clear();
    this.#min = Infinity;
    this.#max = 0;
    this.#sum = 0;
  }

  data() {
    const counts = [...this.#counts.values()].sort((a, b) => a[0] - b[0]);
    return { counts, min: counts.length > 0 ? this.#min : 0, max: this.#max, sum: this.#sum };
  }
}

module.exports = { Counters };
