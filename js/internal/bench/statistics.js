'use strict';
// Figures of histograms, and whether two runs differ.

const { Counters } = require('internal/bench/counters');
const { randomFrom } = require('internal/bench/random');

const PERCENTILES = [['p50', 0.5], ['p90', 0.9], ['p99', 0.99], ['p99.9', 0.999]];

// The value that `share` of those in `data` (counters.js) do not exceed; the largest that its counter stands for.
function percentile({ counts, max }, share) {
  let rest = share * counts.reduce((sum, counter) => sum + counter[2], 0);
  for (const [lowest, width, count] of counts) {
    rest -= count;
    // Sums of shares are not exact.
    if (rest <= 1e-6) return Math.min(max, lowest + width - 1);
  }
  return max;
}

// In ns.
function summary(data) {
  const count = data.counts.reduce((sum, counter) => sum + counter[2], 0);
  const figures = { count, min: data.min, mean: count === 0 ? 0 : data.sum / count };
  for (const [name, share] of PERCENTILES) figures[name] = percentile(data, share);
  figures.max = data.max;
  figures.counts = data.counts;
  return figures;
}

function merged(list) {
  const all = new Counters();
  for (const data of list) all.add(data);
  return all.data();
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

module.exports = { merged, p99Difference, percentile, summary };
