'use strict';

// Histograms of perf_hooks. Values are counted by the native side (src/observe/histogram.rs); an object here holds the
// number of its share in a histogram. A clone, in this isolate or another, shares it: what either records both have.

const {
  codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE },
} = require('internal/errors');
const {
  validateArray, validateBoolean, validateInteger, validateNumber, validateObject,
} = require('internal/validators');

const { isUint8Array } = require('internal/util/types');
const { kClone, kDeserialize, markTransferMode } = require('internal/worker/js_transferable');
const native = internalBinding('histogram');

const customInspect = Symbol.for('nodejs.util.inspect.custom');
const kCreate = Symbol('kCreate');

// What `native.figure` calls them.
const COUNT = 0;
const MIN = 1;
const MAX = 2;
const EXCEEDS = 3;
const MEAN = 4;
const STDDEV = 5;
const SKEWNESS = 6;
const KURTOSIS = 7;
const EWMA_MEAN = 8;
const EWMA_STDDEV = 9;
const EWMA_ERROR_RATE = 10;

// An hour is later than anybody waits for a loop.
const LONGEST_DELAY = 3.6e12;

const shares = new FinalizationRegistry((id) => native.release(id));

function checkPercentile(percentile, name = 'percentile') {
  validateNumber(percentile, name);
  if (Number.isNaN(percentile) || percentile <= 0 || percentile > 100) {
    throw new ERR_OUT_OF_RANGE(name, '> 0 && <= 100', percentile);
  }
}

function checkValue(value) {
  if (typeof value === 'bigint') {
    if (value < 1n || value >= 2n ** 63n) throw new ERR_OUT_OF_RANGE('val', '>= 1 && <= 9223372036854775807', value);
  } else {
    validateInteger(value, 'val', 1);
  }
}

function checkOther(other) {
  if (!(other instanceof Histogram)) throw new ERR_INVALID_ARG_TYPE('other', 'Histogram', other);
}

function checkShare(share, name) {
  validateNumber(share, name);
  if (!(share > 0 && share < 1)) throw new ERR_OUT_OF_RANGE(name, '> 0 && < 1', share);
}

function confidenceOf(options) {
  validateObject(options, 'options');
  const { confidence = 0.95 } = options;
  checkShare(confidence, 'options.confidence');
  return confidence;
}

const statistics = () => require('internal/histogram_statistics');

// Counters in use, as [lowest value, how many values share it, count].
function countersOf(histogram) {
  const list = native.counters(idOf(histogram));
  return Array.from({ length: list.length / 3 }, (_, i) => list.slice(3 * i, 3 * i + 3));
}

function pairs(list) {
  const map = new Map();
  for (let i = 0; i < list.length; i += 2) map.set(list[i], list[i + 1]);
  return map;
}

let idOf;

class Histogram {
  #id;

  constructor(secret = undefined, id = undefined) {
    if (secret !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this.#id = id;
    shares.register(this, id);
  }

  static {
    idOf = (histogram) => histogram.#id;
  }

  get count() { return native.figure(this.#id, COUNT, false); }
  get countBigInt() { return native.figure(this.#id, COUNT, true); }
  get min() { return native.figure(this.#id, MIN, false); }
  get minBigInt() { return native.figure(this.#id, MIN, true); }
  get max() { return native.figure(this.#id, MAX, false); }
  get maxBigInt() { return native.figure(this.#id, MAX, true); }
  get mean() { return native.figure(this.#id, MEAN, false); }
  get exceeds() { return native.figure(this.#id, EXCEEDS, false); }
  get exceedsBigInt() { return native.figure(this.#id, EXCEEDS, true); }
  get stddev() { return native.figure(this.#id, STDDEV, false); }
  get skewness() { return native.figure(this.#id, SKEWNESS, false); }
  get kurtosis() { return native.figure(this.#id, KURTOSIS, false); }

  percentile(percentile) {
    checkPercentile(percentile);
    return native.percentile(this.#id, percentile, false);
  }

  percentileBigInt(percentile) {
    checkPercentile(percentile);
    return native.percentile(this.#id, percentile, true);
  }

  get percentiles() {
    return pairs(native.percentiles(this.#id, false));
  }

  get percentilesBigInt() {
    return pairs(native.percentiles(this.#id, true));
  }

  // Of the values in the order in which they came, newer ones counting more, where the histogram has a half-life.
  get ewmaMean() { return native.figure(this.#id, EWMA_MEAN, false); }
  get ewmaStddev() { return native.figure(this.#id, EWMA_STDDEV, false); }
  get ewmaErrorRate() { return native.figure(this.#id, EWMA_ERROR_RATE, false); }

  // How many times as fast as it may the share of values above the threshold uses up what the target leaves.
  burnRate(sloTarget) {
    checkShare(sloTarget, 'sloTarget');
    return this.ewmaErrorRate / (1 - sloTarget);
  }

  countAt(value) {
    validateNumber(value, 'value');
    return statistics().countAt(countersOf(this), value);
  }

  cdf(value) {
    validateNumber(value, 'value');
    return statistics().cdf(countersOf(this), value);
  }

  ccdf(value) {
    return 1 - this.cdf(value);
  }

  percentilesAt(percentiles) {
    validateArray(percentiles, 'percentiles');
    for (const [i, percentile] of percentiles.entries()) checkPercentile(percentile, `percentiles[${i}]`);
    const ordered = [...new Set(percentiles)].sort((a, b) => a - b);
    return new Map(ordered.map((percentile) => [percentile, this.count === 0 ? 1 : this.percentile(percentile)]));
  }

  linearBuckets(stepSize) {
    validateInteger(stepSize, 'stepSize', 1);
    return statistics().linearBuckets(countersOf(this), stepSize, layoutOf(this).lowestOf);
  }

  logBuckets(firstBucket, base) {
    validateInteger(firstBucket, 'firstBucket', 1);
    validateNumber(base, 'base');
    if (!(base > 1)) throw new ERR_OUT_OF_RANGE('base', '> 1', base);
    return statistics().logBuckets(countersOf(this), firstBucket, base, layoutOf(this).lowestOf);
  }

  meanCI(options = {}) {
    return statistics().meanInterval(this, confidenceOf(options));
  }

  percentileCI(percentile, options = {}) {
    checkPercentile(percentile);
    const confidence = confidenceOf(options);
    return statistics().percentileInterval(countersOf(this), this.percentile(percentile), percentile, confidence);
  }

  ksTest(other) {
    checkOther(other);
    return statistics().kolmogorovSmirnov(countersOf(this), countersOf(other));
  }

  welchTest(other, options = {}) {
    checkOther(other);
    const confidence = confidenceOf(options);
    return other === this ? statistics().noDifference() : statistics().welch(this, other, confidence);
  }

  mannWhitneyTest(other) {
    checkOther(other);
    // Whatever it is, it does not differ from itself.
    return statistics().mannWhitney(other === this ? [] : countersOf(this), countersOf(other));
  }

  cohensD(other) {
    checkOther(other);
    return statistics().cohensD(this, other);
  }

  cliffsD(other) {
    checkOther(other);
    return statistics().cliffsDelta(countersOf(this), countersOf(other));
  }

  // CBOR, as Node writes it: bounds, figures, totals, the counters by place, and the average by weight.
  export() {
    const { exported } = require('internal/histogram_export');
    return exported(this, countersOf(this), layoutOf(this), native.recentState(this.#id));
  }

  // Quantiles, and the density of values between them.
  qrde(options = {}) {
    const { densityOptions, densityOf } = require('internal/histogram_density');
    const { probabilities, dequantize } = densityOptions(options);
    return densityOf(this.#id, probabilities, dequantize);
  }

  reset() {
    native.reset(this.#id);
  }

  [kClone]() {
    return { data: this.#id, deserializeInfo: 'internal/histogram:Histogram' };
  }

  static [kDeserialize](id) {
    return new this(kCreate, id);
  }

  toJSON() {
    return {
      count: this.count,
      min: this.min,
      max: this.max,
      mean: this.mean,
      exceeds: this.exceeds,
      stddev: this.stddev,
      skewness: this.skewness,
      kurtosis: this.kurtosis,
      ewmaMean: this.ewmaMean,
      ewmaStddev: this.ewmaStddev,
      ewmaErrorRate: this.ewmaErrorRate,
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
      skewness: this.skewness,
      kurtosis: this.kurtosis,
      count: this.count,
      percentiles: this.percentiles,
    }, inner)}`;
  }
}

markTransferMode(Histogram.prototype, true, false);

// How values are laid out over counters: { lowest, highest, figures, places }, the place of a value's counter, and the lowest
// value of that.
function layoutOf(histogram) {
  const [lowest, highest, figures] = native.layout(idOf(histogram));
  const unit = Math.floor(Math.log2(lowest));
  const half = Math.ceil(Math.log2(2 * 10 ** figures)) - 1;
  // The exponent of how many values share a counter, less the unit's.
  const shift = (value) => Math.max(0, (value < 1 ? 0 : Math.floor(Math.log2(value))) - unit - half);
  const width = (value) => 2 ** (shift(value) + unit);
  let buckets = 1;
  while (2 ** (half + 1 + unit + buckets - 1) <= highest) buckets++;
  return {
    lowest,
    highest,
    figures,
    places: (buckets + 1) * 2 ** half,
    placeOf: (value) => shift(value) * 2 ** half + Math.floor(value / width(value)),
    valueOf(place) {
      const by = Math.max(0, Math.floor(place / 2 ** half) - 1);
      return (place - by * 2 ** half) * 2 ** (by + unit);
    },
    lowestOf: (value) => Math.floor(value / width(value)) * width(value),
  };
}

class RecordableHistogram extends Histogram {
  #lastTime = 0n;

  record(value) {
    checkValue(value);
    native.record(idOf(this), value);
  }

  // Records the nanoseconds since it was called last.
  recordDelta() {
    const time = process.hrtime.bigint();
    const delta = time - this.#lastTime;
    if (this.#lastTime > 0n && delta > 0n) native.record(idOf(this), Number(delta));
    this.#lastTime = time;
  }

  // Records what a measurement came to that was to be made every `expectedInterval`, and the measurements that were not
  // made because whoever measures was waiting for this one.
  recordCorrected(value, expectedInterval) {
    if (typeof value === 'bigint') {
      if (typeof expectedInterval !== 'bigint') {
        throw new ERR_INVALID_ARG_TYPE('expectedInterval', 'bigint', expectedInterval);
      }
      value = Number(value);
      expectedInterval = Number(expectedInterval);
    }
    validateInteger(value, 'val', 1);
    validateInteger(expectedInterval, 'expectedInterval', 1);
    native.recordCorrected(idOf(this), value, expectedInterval);
  }

  add(other) {
    if (!(other instanceof RecordableHistogram)) {
      throw new ERR_INVALID_ARG_TYPE('other', 'RecordableHistogram', other);
    }
    native.add(idOf(this), idOf(other));
  }

  subtract(other) {
    if (!(other instanceof RecordableHistogram)) {
      throw new ERR_INVALID_ARG_TYPE('other', 'RecordableHistogram', other);
    }
    native.subtract(idOf(this), idOf(other));
  }

  [kClone]() {
    return { data: idOf(this), deserializeInfo: 'internal/histogram:RecordableHistogram' };
  }
}

// How late the loop is: either the nanoseconds between the calls of a timer, or for each of the loop's turns how long it
// attended to that turn's work.
class ELDHistogram extends Histogram {
  #resolution;
  #perTurn;
  #timer;
  #last;
  #enabled = false;

  constructor(secret, id, resolution, perTurn) {
    super(secret, id);
    this.#resolution = resolution;
    this.#perTurn = perTurn;
  }

  enable() {
    if (this.#enabled) return false;
    this.#enabled = true;
    if (this.#perTurn) return native.sampleTurns(idOf(this), true);
    this.#last = process.hrtime.bigint();
    this.#timer = require('timers').setInterval(() => {
      const time = process.hrtime.bigint();
      native.record(idOf(this), Number(time - this.#last));
      this.#last = time;
    }, this.#resolution);
    this.#timer.unref();
    return true;
  }

  disable() {
    if (!this.#enabled) return false;
    this.#enabled = false;
    if (this.#perTurn) return native.sampleTurns(idOf(this), false);
    require('timers').clearInterval(this.#timer);
    return true;
  }

  [Symbol.dispose]() {
    this.disable();
  }
}

function checkBound(bound, name) {
  if (typeof bound !== 'bigint') validateInteger(bound, name, 1);
  else if (bound < 1n || bound >= 2n ** 63n) throw new ERR_OUT_OF_RANGE(name, '>= 1n && <= 9223372036854775807n', bound);
}

function checkBounds(lowest, highest, figures) {
  checkBound(lowest, 'options.lowest');
  checkBound(highest, 'options.highest');
  const least = 2n * BigInt(lowest);
  if (highest < least) throw new ERR_OUT_OF_RANGE('options.highest', `>= 2 * options.lowest (${least}n)`, highest);
  validateInteger(figures, 'options.figures', 1, 5);
}

function createHistogram(options = {}) {
  validateObject(options, 'options');
  const { lowest = 1, highest = Number.MAX_SAFE_INTEGER, figures = 3, halfLife = 0, threshold = 0 } = options;
  checkBounds(lowest, highest, figures);
  validateNumber(halfLife, 'options.halfLife', 0);
  validateNumber(threshold, 'options.threshold', 0);
  return new RecordableHistogram(kCreate, native.create(lowest, highest, figures, halfLife, threshold));
}

// What histogram.export() wrote, as a histogram.
function importHistogram(data) {
  if (!isUint8Array(data)) throw new ERR_INVALID_ARG_TYPE('data', 'Uint8Array', data);
  const { read, countersIn } = require('internal/histogram_import');
  const { lowest, highest, figures, recent, ...rest } = read(data);
  const histogram = new RecordableHistogram(kCreate, native.create(lowest, highest, figures, 0, 0));
  const counters = countersIn(rest, layoutOf(histogram));
  native.restore(idOf(histogram), counters, recent);
  return histogram;
}

function monitorEventLoopDelay(options = {}) {
  validateObject(options, 'options');
  const { resolution = 10, samplePerIteration = false } = options;
  validateBoolean(samplePerIteration, 'options.samplePerIteration');
  validateInteger(resolution, 'options.resolution', 1);
  return new ELDHistogram(kCreate, native.create(1, LONGEST_DELAY, 3, 0, 0), resolution, samplePerIteration);
}

module.exports = {
  checkBounds,
  checkValue,
  importHistogram,
  Histogram,
  RecordableHistogram,
  createHistogram,
  recordableHistogramOf(id) { return new RecordableHistogram(kCreate, id); },
  // The histogram with number `id` and what all of `histograms` counted.
  sumOf(id, histograms) {
    for (const histogram of histograms) native.add(id, idOf(histogram));
    return new Histogram(kCreate, id);
  },
  // The object for a histogram that the native side made.
  histogramOf(id) { return new Histogram(kCreate, id); },
  countersOf,
  monitorEventLoopDelay,
};
