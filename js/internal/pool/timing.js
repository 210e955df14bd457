'use strict';
// How long the tasks of a pool waited and ran: two histograms, in nanoseconds to two significant figures, and the sum of all
// run times for `utilization`.

const { Counts } = require('internal/pool/counts');

// Longer than anybody waits: an hour.
const HIGHEST = 3.6e12;

const PERCENTILES = {
  p0_001: 0.001, p0_01: 0.01, p0_1: 0.1, p1: 1, p2_5: 2.5, p10: 10, p25: 25, p50: 50, p75: 75, p90: 90, p97_5: 97.5,
  p99: 99, p99_9: 99.9, p99_99: 99.99, p99_999: 99.999,
};

// In ms, as piscina shows them.
function summary(counts) {
  const empty = counts.total === 0;
  const ms = (nanos) => (empty ? 0 : nanos / 1e6);
  const mean = ms(counts.mean());
  const result = {
    count: counts.total, average: mean, mean, stddev: ms(counts.stddev()), min: ms(counts.lowest()), max: ms(counts.highest()),
  };
  for (const name of Object.keys(PERCENTILES)) result[name] = ms(counts.percentile(PERCENTILES[name]));
  return result;
}

class Timing {
  #run = new Counts(1, HIGHEST, 2);
  #wait = new Counts(1, HIGHEST, 2);
  // Nanoseconds that tasks ran, altogether.
  total = 0;

  // The tasks of a job that was handed over at `sent` (ms).
  recordTasks(tasks, sent, { waited, ran }) {
    const { length } = tasks;
    this.total += ran;
    if (length === 1) {
      this.#record(ran, 1, (sent - tasks[0].queued) * 1e6 + waited, 1);
      return;
    }
    // Tasks queued in one go have waited equally long, but for what ran before them in their job.
    const each = ran / length;
    this.#run.record(Math.min(Math.max(1, Math.round(each)), HIGHEST), length);
    const before = waited + ran / 2;
    for (let i = 0; i < length;) {
      const { queued } = tasks[i];
      const first = i;
      while (i < length && tasks[i].queued === queued) i++;
      const wait = (sent - queued) * 1e6 + before;
      this.#wait.record(Math.min(Math.max(1, Math.round(wait)), HIGHEST), i - first);
    }
  }

  // A job whose items nobody queued one by one.
  recordJob(size, { waited, ran }) {
    this.total += ran;
    this.#record(size === 0 ? 0 : ran / size, size, waited, 1);
  }

  #record(ran, runs, waited, waits) {
    this.#run.record(Math.min(Math.max(1, Math.round(ran)), HIGHEST), runs);
    this.#wait.record(Math.min(Math.max(1, Math.round(waited)), HIGHEST), waits);
  }

  get runTime() { return summary(this.#run); }
  get waitTime() { return summary(this.#wait); }

  reset() {
    this.#run.reset();
    this.#wait.reset();
  }
}

module.exports = { Timing };
