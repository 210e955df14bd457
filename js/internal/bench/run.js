'use strict';
// One run: a load, and beside it a probe at a fixed rate that is late whenever the loop is.

const { createHistogram } = require('internal/histogram');
const { FixedRate } = require('internal/bench/schedule');
const { randomFrom } = require('internal/bench/random');
const record = require('internal/bench/record');

// A run is cut into so many windows, each with a histogram: latency over time, and what the bootstrap draws from.
const WINDOWS = 20;

const nanoseconds = (ms) => Math.max(1, Math.round(ms * 1e6));

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// The probe's values: `raw` as a measurer would have them who waits for the loop before it measures again, `windows`
// with one for each time the loop was meant to answer.
class Lateness {
  raw = createHistogram();
  windows = [];
  #began = performance.now();
  #length;

  constructor(duration) {
    this.#length = duration / WINDOWS;
  }

  record(late, first) {
    const at = Math.min(WINDOWS - 1, Math.floor((performance.now() - this.#began) / this.#length));
    const ns = nanoseconds(late);
    (this.windows[at] ??= createHistogram()).record(ns);
    if (first) this.raw.record(ns);
  }

  corrected() {
    const all = createHistogram();
    for (const window of this.windows) if (window !== undefined) all.add(window);
    return all;
  }
}

// Measures `load`, a scenario or what a script made into one. Times in the result are ms.
async function measure(load, { payload, repeat, options }) {
  const { duration, warmUp, rate, threads, seed, stallThreshold } = options;
  let fail;
  const failed = new Promise((resolve, reject) => { fail = reject; });
  // Whoever waits sees it; until then it is nobody's.
  failed.catch(() => {});
  const context = { payload, threads, duration, rate, random: randomFrom(seed + repeat), fail };
  const running = await load.start(context);
  try {
    await Promise.race([sleep(warmUp), failed]);
    running.begin?.();
    const lateness = new Lateness(duration);
    const interval = 1000 / rate;
    const probe = new FixedRate(interval, (late, first) => lateness.record(late, first));
    const operations = running.operations?.() ?? 0;
    const before = record.take();
    const began = performance.now();
    probe.start(interval);
    try {
      await Promise.race([sleep(duration), failed]);
    } finally {
      probe.stop();
    }
    const took = performance.now() - began;
    const figures = record.between(before, record.take(), stallThreshold);
    return {
      repeat,
      took,
      ...figures,
      operations: (running.operations?.() ?? 0) - operations,
      raw: lateness.raw,
      corrected: lateness.corrected(),
      windows: lateness.windows,
      own: running.lateness?.(),
    };
  } finally {
    await running.stop?.();
  }
}

module.exports = { measure };
