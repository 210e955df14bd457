'use strict';
// What a benchmark gives to other programs: an object for JSON, lines of CSV.

const { countersOf } = require('internal/histogram');
const { merged, summary } = require('internal/bench/statistics');

// Raised when a reader of an earlier version could misread the result.
const SCHEMA = 'weft-bench-loop';
const SCHEMA_VERSION = 1;

function runOf({ raw, corrected, windows, own, ...figures }) {
  return {
    ...figures,
    corrected: summary(corrected),
    raw: summary(raw),
    // Windows in which the loop answered nothing have no histogram.
    windows: Array.from(windows, (window) => (window === undefined ? [] : countersOf(window))),
    ...(own !== undefined && { own: { corrected: summary(own.corrected), raw: summary(own.raw) } }),
  };
}

// Figures of one scenario: those of all runs together, and each run's.
function resultOf(name, { about, unit }, payload, runs) {
  const sum = (figure) => runs.reduce((total, run) => total + run[figure], 0);
  const idle = sum('idle');
  const active = sum('active');
  return {
    scenario: name,
    about,
    ...(payload !== undefined && { payload, unit }),
    corrected: summary(merged(runs.map((run) => run.corrected))),
    raw: summary(merged(runs.map((run) => run.raw))),
    utilization: idle + active > 0 ? active / (idle + active) : 0,
    stalls: sum('stalls'),
    runs: runs.map(runOf),
  };
}

function documentOf(results, options, started) {
  const os = require('os');
  const { cli } = require('internal/options');
  const { duration, warmUp, rate, repeat, threads, seed, stallThreshold } = options;
  return {
    schema: SCHEMA,
    schemaVersion: SCHEMA_VERSION,
    units: { corrected: 'ns', raw: 'ns', others: 'ms' },
    started: started.toISOString(),
    runtime: { name: 'weft', version: cli().weftVersion, v8: process.versions.v8 },
    machine: {
      platform: process.platform,
      arch: process.arch,
      processor: os.cpus()[0]?.model ?? null,
      threads: os.availableParallelism(),
    },
    options: { duration, warmUp, rate, repeat, threads, seed, stallThreshold },
    results,
  };
}

const FIGURES = ['count', 'min', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max'];
const COLUMNS = ['took', 'utilization', 'turns', 'stalls', 'longestTurn', 'latestWake', 'operations'];

// Lateness in ms here, as all other times.
function csvOf(results) {
  const head = ['scenario', 'repeat', 'payload', ...COLUMNS];
  for (const kind of ['corrected', 'raw']) for (const figure of FIGURES) head.push(`${kind}_${figure}`);
  const lines = [head];
  for (const { scenario, payload = '', runs } of results) {
    for (const run of runs) {
      const line = [scenario, run.repeat, payload, ...COLUMNS.map((column) => run[column])];
      for (const kind of ['corrected', 'raw']) {
        for (const figure of FIGURES) line.push(figure === 'count' ? run[kind].count : run[kind][figure] / 1e6);
      }
      lines.push(line);
    }
  }
  return lines.map((line) => `${line.join(',')}\n`).join('');
}

module.exports = { SCHEMA, SCHEMA_VERSION, csvOf, documentOf, resultOf };
