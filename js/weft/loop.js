'use strict';
// weft:loop: what the loops of this process do, and where they lose their time (docs/latency.md). Loaded by those who ask.

const { validateNumber, validateObject } = require('internal/validators');
const { ALL, targetOf } = require('internal/loop/target');
const native = internalBinding('loop');

// Slow turns of a loop, as they happen. `callback(report)`, or `for await (const report of observe())`.
function observe(options = {}, callback = undefined) {
  if (typeof options === 'function') {
    callback = options;
    options = {};
  }
  const { Observation } = require('internal/loop/observation');
  return new Observation(options, callback);
}

// Figures of a loop since it began; undefined where the thread does not run.
function snapshot(thread = undefined) {
  const target = targetOf(thread, 'thread');
  if (target === ALL) return threads().map(({ thread }) => snapshot(thread)).filter((figures) => figures !== undefined);
  const found = native.figures(target);
  if (found === undefined) return undefined;
  const [figures, busy, late] = found;
  const { histogramOf } = require('internal/histogram');
  const { idle, active } = figures;
  return {
    ...figures,
    utilization: idle + active === 0 ? 0 : active / (idle + active),
    busy: histogramOf(busy),
    late: histogramOf(late),
  };
}

// The threads that have a loop: [{ thread, threadName, isolate }].
function threads() {
  return native.threads();
}

// Has the watch write stalls of any thread to standard error, as --stall-threshold does. Gives what ends that.
function watch(options = {}) {
  validateObject(options, 'options');
  const { threshold = 50 } = options;
  validateNumber(threshold, 'options.threshold', 1);
  native.writeStalls(threshold);
  const close = () => native.writeStalls(0);
  return { close, [Symbol.dispose]: close };
}

module.exports = { observe, snapshot, threads, watch };
