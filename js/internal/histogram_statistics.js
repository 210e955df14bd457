'use strict';
// What can be concluded from the counters of histograms: intervals, tests whether two differ, sizes of effects, buckets. Loaded when
// it is asked for. Counters are [lowest value, how many values share it, count], in the order of their values.

// --- distributions ---

// Lanczos' approximation (g = 7), good to 15 figures.
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

function logGamma(x) {
  let sum = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i] / (x + i - 1);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

// The regularized incomplete beta function, by its continued fraction (Lentz's method).
function incompleteBeta(x, a, b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const tiny = 1e-300;
  const kept = (value) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / kept(1 - (a + b) * x / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / kept(1 + even * d);
    c = kept(1 + even / c);
    fraction *= d * c;
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / kept(1 + odd * d);
    c = kept(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return front * fraction;
}

// How likely Student's t is beyond +-t.
function studentTails(t, freedom) {
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

// Where `below` reaches 0, between `low` and `high`.
function solve(low, high, below) {
  for (let i = 0; i < 200 && low < high; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (below(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

// The t beyond which `tails` lie, on both sides together.
function studentQuantile(tails, freedom) {
  let high = 2;
  while (studentTails(high, freedom) > tails && high < 1e300) high *= 2;
  return solve(0, high, (t) => studentTails(t, freedom) > tails);
}

// How likely a normal variable is beyond +-z: the complementary error function of z / sqrt(2), by its continued fraction far
// out and by its series near the middle.
function normalTails(z) {
  const x = Math.abs(z) / Math.SQRT2;
  if (x > 27) return 0;
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
      if (n > 200) break;
    }
    return 1 - 2 / Math.sqrt(Math.PI) * sum;
  }
  let fraction = 0;
  for (let n = 100; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

// The least k that a binomial variable of `n` trials does not exceed with probability `share` or more.
function binomialQuantile(share, n, p) {
  if (p >= 1) return n;
  // P(X <= k) = I(1 - p; n - k, k + 1).
  const atMost = (k) => (k >= n ? 1 : incompleteBeta(1 - p, n - k, k + 1));
  let [low, high] = [0, n];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (atMost(middle) >= share) high = middle;
    else low = middle + 1;
  }
  return low;
}

// --- one histogram ---

const countOf = (counters) => counters.reduce((sum, counter) => sum + counter[2], 0);
const highest = ([lowest, width]) => lowest + width - 1;

// How many values are in the counter of `value`, and in those below.
function countsUpTo(counters, value) {
  let below = 0;
  for (const [lowest, width, count] of counters) {
    if (value < lowest) break;
    if (value < lowest + width) return { at: count, upTo: below + count };
    below += count;
  }
  return { at: 0, upTo: below };
}

function countAt(counters, value) {
  return countsUpTo(counters, Math.trunc(value)).at;
}

// The share of values that do not exceed `value`.
function cdf(counters, value) {
  const count = countOf(counters);
  if (count === 0 || !Number.isFinite(value)) return 0;
  return countsUpTo(counters, Math.trunc(value)).upTo / count;
}

// `rank`-th value, from 1.
function valueAt(counters, rank, max) {
  let seen = 0;
  for (const counter of counters) {
    seen += counter[2];
    if (seen >= rank) return Math.min(highest(counter), max);
  }
  return max;
}

function meanInterval({ count, mean, stddev }, confidence) {
  if (count < 2) return { __proto__: null, mean, lower: NaN, upper: NaN };
  const half = studentQuantile(1 - confidence, count - 1) * stddev / Math.sqrt(count - 1);
  return { __proto__: null, mean, lower: mean - half, upper: mean + half };
}

// Between the values that stand so far from the percentile's place as chance allows.
function percentileInterval(counters, value, percentile, confidence) {
  const count = countOf(counters);
  if (count === 0) return { __proto__: null, value: 0, lower: 0, upper: 0 };
  const max = highest(counters.at(-1));
  const tail = (1 - confidence) / 2;
  const low = Math.max(1, binomialQuantile(tail, count, percentile / 100));
  const high = Math.min(count, binomialQuantile(1 - tail, count, percentile / 100) + 1);
  return { __proto__: null, value, lower: valueAt(counters, low, max), upper: valueAt(counters, high, max) };
}

// Counts of values up to each of `levels`, which `next` makes of the one before. Keys are the lowest values of the levels'
// counters; `lowestOf` says which.
function buckets(counters, first, next, lowestOf) {
  const map = new Map();
  if (counters.length === 0) return map;
  let at = 0;
  for (let level = first; at < counters.length; level = next(level)) {
    const key = lowestOf(level);
    let count = 0;
    for (; at < counters.length && counters[at][0] <= key; at++) count += counters[at][2];
    map.set(key, (map.get(key) ?? 0) + count);
  }
  return map;
}

const linearBuckets = (counters, step, lowestOf) => buckets(counters, step, (level) => level + step, lowestOf);

function logBuckets(counters, first, base, lowestOf) {
  return buckets(counters, first, (level) => Math.max(level + 1, Math.floor(level * base)), lowestOf);
}

// --- two histograms ---

const NO_DIFFERENCE = () => ({
  __proto__: null, tStatistic: 0, degreesOfFreedom: 0, pValue: 1,
  confidenceInterval: { __proto__: null, lower: 0, upper: 0 },
});

// Whether the means differ, variances being what they are.
function welch(one, other, confidence) {
  if (one.count < 2 || other.count < 2) return NO_DIFFERENCE();
  // What each adds to the variance of the difference.
  const parts = [one, other].map(({ count, stddev }) => stddev * stddev / (count - 1));
  const variance = parts[0] + parts[1];
  if (variance === 0) return NO_DIFFERENCE();
  const difference = one.mean - other.mean;
  const t = difference / Math.sqrt(variance);
  const freedom = variance ** 2 / (parts[0] ** 2 / (one.count - 1) + parts[1] ** 2 / (other.count - 1));
  const half = studentQuantile(1 - confidence, freedom) * Math.sqrt(variance);
  return {
    __proto__: null,
    tStatistic: t,
    degreesOfFreedom: freedom,
    pValue: studentTails(t, freedom),
    confidenceInterval: { __proto__: null, lower: difference - half, upper: difference + half },
  };
}

// Values of both, in order: calls `each(count of one, count of the other)`.
function together(one, other, each) {
  let [i, j] = [0, 0];
  while (i < one.length || j < other.length) {
    const a = i < one.length ? one[i][0] : Infinity;
    const b = j < other.length ? other[j][0] : Infinity;
    each(a <= b ? one[i][2] : 0, b <= a ? other[j][2] : 0);
    if (a <= b) i++;
    if (b <= a) j++;
  }
}

// Of all pairs, how many times that of `one` is larger; equal ones count a half. And what ties take from the variance.
function larger(one, other) {
  let [pairs, below, ties] = [0, 0, 0];
  together(one, other, (a, b) => {
    pairs += a * (below + b / 2);
    below += b;
    ties += (a + b) ** 3 - (a + b);
  });
  return { pairs, ties };
}

function mannWhitney(one, other) {
  const [n, m] = [countOf(one), countOf(other)];
  if (n === 0 || m === 0) return { __proto__: null, uStatistic: 0, zScore: 0, pValue: 1 };
  const { pairs, ties } = larger(one, other);
  const all = n + m;
  const variance = n * m / 12 * (all + 1 - ties / (all * (all - 1)));
  const z = variance > 0 ? (pairs - n * m / 2) / Math.sqrt(variance) : 0;
  return { __proto__: null, uStatistic: pairs, zScore: z, pValue: z === 0 ? 1 : normalTails(z) };
}

function cliffsDelta(one, other) {
  const all = countOf(one) * countOf(other);
  return all === 0 ? 0 : 2 * larger(one, other).pairs / all - 1;
}

// The difference of the means in standard deviations of both together.
function cohensD(one, other) {
  if (one.count < 2 || other.count < 2) return 0;
  const squares = one.stddev ** 2 * one.count + other.stddev ** 2 * other.count;
  const deviation = Math.sqrt(squares / (one.count + other.count - 2));
  return deviation === 0 ? 0 : (one.mean - other.mean) / deviation;
}

// The largest distance of the two distributions.
function kolmogorovSmirnov(one, other) {
  const [n, m] = [countOf(one), countOf(other)];
  if (n === 0 || m === 0) return 0;
  let [a, b, most] = [0, 0, 0];
  together(one, other, (x, y) => {
    a += x;
    b += y;
    most = Math.max(most, Math.abs(a / n - b / m));
  });
  return most;
}

module.exports = {
  cdf,
  cliffsDelta,
  cohensD,
  countAt,
  kolmogorovSmirnov,
  linearBuckets,
  logBuckets,
  mannWhitney,
  meanInterval,
  noDifference: NO_DIFFERENCE,
  percentileInterval,
  welch,
};
