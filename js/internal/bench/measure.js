'use strict';
// One run: a load, and beside it a probe at a fixed rate that is late whenever the loop is. All runtimes can run it; what only
// Weft's own loop can tell comes from a `recorder`: { take(), between(before, after, threshold) }.

const { Counters } = require('internal/bench/counters');
const { FixedRate } = require('internal/bench/schedule');
const { randomFrom } = require('internal/bench/random');

// A run is cut into so many windows, each with a histogram: latency over time, and what the bootstrap draws from.
const WINDOWS = 20;

const nanoseconds = (ms) => Math.max(1, Math.round(ms * 1e6));

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// The probe's values: `raw` as a measurer would have them who waits for the loop before it measures again, `windows`
// with one for each time the loop was meant to answer.
class Lateness {
  raw = new Counters();
  windows = Array.from({ length: WINDOWS }, () => new Counters());
  // How often the probe had to wait for so many ms or more.
  stalls = 0;
  #began = performance.now();
  #length;
  #threshold;

  constructor(duration, threshold) {
    this.#length = duration / WINDOWS;
    this.#threshold = threshold;
  }

  record(late, first) {
    const at = Math.min(WINDOWS - 1, Math.floor((performance.now() - this.#began) / this.#length));
    const ns = nanoseconds(late);
    this.windows[at].record(ns);
    if (!first) return;
    this.raw.record(ns);
    if (late >= this.#threshold) this.stalls++;
  }

  corrected() {
    const all = new Counters();
    for (const window of this.windows) all.add(window.data());
    return all.data();
  }
}

// Measures `load`, a scenario or what a script made into one. Times in the result are ms, but for lateness, which is ns.
// `stalls` of the result are those the probe met, unless the recorder knows better.
async function measure(load, { payload, repeat, duration, warmUp, rate, threads, seed, stallThreshold }, recorder) {
  let fail;
  const failed = new Promise((resolve, reject) => { fail = reject; });
  // Whoever waits sees it; until then it is nobody's.
  failed.catch(() => {});
  const context = { payload, threads, duration, rate, random: randomFrom(seed + repeat), fail };
  const running = await load.start(context);
  try {
    await Promise.race([sleep(warmUp), failed]);
    running.begin?.();
    const lateness = new Lateness(duration, stallThreshold);
    const interval = 1000 / rate;
    const probe = new FixedRate(interval, (late, first) => lateness.record(late, first));
    const operations = running.operations?.() ?? 0;
    const before = recorder.take();
    const began = performance.now();
    probe.start(interval);
    try {
      await Promise.race([sleep(duration), failed]);
    } finally {
      probe.stop();
    }
    const took = performance.now() - began;
    const figures = recorder.between(before, recorder.take(), stallThreshold);
    const own = running.lateness?.();
    return {
      repeat,
      took,
      stalls: lateness.stalls,
      ...figures,
      operations: (running.operations?.() ?? 0) - operations,
      raw: lateness.raw.data(),
      corrected: lateness.corrected(),
      windows: lateness.windows.map((window) => window.data().counts),
      ...(own !== undefined && { own: { raw: own.raw.data(), corrected: own.corrected.data() } }),
    };
  } finally {
    await running.stop?.();
  }
}

module.exports = { measure };
