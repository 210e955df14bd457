'use strict';
// Figures of histograms, and whether two runs differ.

const { countersOf, createHistogram } = require('internal/histogram');
const { randomFrom } = require('internal/bench/random');

const PERCENTILES = [['p50', 50], ['p90', 90], ['p99', 99], ['p99.9', 99.9]];

// In ns. `counts` is [lowest value, how many values share it, count] of each counter in use.
function summary(histogram) {
  const empty = histogram.count === 0;
  const figures = { count: histogram.count, min: empty ? 0 : histogram.min, mean: empty ? 0 : histogram.mean };
  for (const [name, percentile] of PERCENTILES) figures[name] = empty ? 0 : histogram.percentile(percentile);
  figures.max = empty ? 0 : histogram.max;
  figures.counts = countersOf(histogram);
  return figures;
}

function merged(histograms) {
  const all = createHistogram();
  for (const histogram of histograms) all.add(histogram);
  return all;
}

// Windows (lists of counters) of which many selections are to be made.
class Windows {
  #middles;
  #places;
  #lists;
  #sums;
  #all;

  constructor(lists) {
    const middles = new Map();
    for (const [lowest, width] of lists.flat()) middles.set(lowest, lowest + width / 2);
    const order = [...middles.keys()].sort((a, b) => a - b);
    const placeOf = new Map(order.map((lowest, i) => [lowest, i]));
    this.#lists = lists;
    this.#places = lists.map((list) => list.map(([lowest]) => placeOf.get(lowest)));
    this.#middles = order.map((lowest) => middles.get(lowest));
    this.#sums = new Float64Array(order.length);
    this.#all = lists.keys().toArray();
  }

  // The value that `share` of what is in all windows does not exceed.
  percentile(share) {
    return this.#percentileOf(this.#all, share);
  }

  // The same of as many windows as there are, each drawn from all of them.
  percentileOfDrawn(share, random) {
    return this.#percentileOf(this.#all.map(() => Math.floor(this.#all.length * random())), share);
  }

  #percentileOf(chosen, share) {
    const sums = this.#sums.fill(0);
    let total = 0;
    for (const at of chosen) {
      const list = this.#lists[at];
      const places = this.#places[at];
      for (let i = 0; i < list.length; i++) {
        sums[places[i]] += list[i][2];
        total += list[i][2];
      }
    }
    let seen = 0;
    for (let i = 0; i < sums.length; i++) {
      seen += sums[i];
      if (seen > 0 && seen >= share * total) return this.#middles[i];
    }
    return 0;
  }
}

const ROUNDS = 1000;

// By how many ns the 99th percentile of `now` is above that of `before`: { before, difference, low, high }, the latter two
// the 95 % interval of a bootstrap. Both are lists of windows, and whole windows are drawn: values within a window
// depend on each other (one stall makes many late), and drawing single values would make the interval too narrow.
function p99Difference(before, now, seed) {
  const random = randomFrom(seed);
  const old = new Windows(before);
  const young = new Windows(now);
  const drawn = Float64Array.from({ length: ROUNDS }, () => {
    return young.percentileOfDrawn(0.99, random) - old.percentileOfDrawn(0.99, random);
  }).sort();
  return {
    before: old.percentile(0.99),
    difference: young.percentile(0.99) - old.percentile(0.99),
    low: drawn[Math.floor(0.025 * ROUNDS)],
    high: drawn[Math.ceil(0.975 * ROUNDS) - 1],
  };
}

module.exports = { merged, p99Difference, summary };
