'use strict';
// What a benchmark gives to other programs: an object for JSON, lines of CSV.

const { merged, summary } = require('internal/bench/statistics');

// Raised when a reader of an earlier version could misread the result.
const SCHEMA = 'weft-bench-loop';
const SCHEMA_VERSION = 1;

function runOf({ raw, corrected, windows, own, version, ...figures }) {
  return {
    ...figures,
    corrected: summary(corrected),
    raw: summary(raw),
    windows,
    ...(own !== undefined && { own: { corrected: summary(own.corrected), raw: summary(own.raw) } }),
  };
}

// Figures of one load, in one runtime: those of all runs together, and each run's. What a runtime does not tell is null.
function resultOf({ name, runtime, runs, failed }, { about, unit }, payload) {
  const sum = (figure) => runs.reduce((total, run) => total + run[figure], 0);
  const known = runs.length > 0 && runs.every((run) => run.utilization !== null);
  const idle = sum('idle');
  const active = sum('active');
  return {
    scenario: name,
    about,
    ...(payload !== undefined && { payload, unit }),
    ...(runtime !== undefined && { runtime, version: runs[0]?.version ?? null }),
    ...(failed !== undefined && { failed }),
    corrected: summary(merged(runs.map((run) => run.corrected))),
    raw: summary(merged(runs.map((run) => run.raw))),
    utilization: !known ? null : idle + active > 0 ? active / (idle + active) : 0,
    stalls: sum('stalls'),
    operationsPerSecond: runs.length > 0 ? sum('operations') / (sum('took') / 1000) : null,
    runs: runs.map(runOf),
  };
}

function documentOf(results, options, started) {
  const os = require('os');
  const { cli } = require('internal/options');
  const { duration, warmUp, rate, repeat, threads, seed, stallThreshold, bound } = options;
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
    options: { duration, warmUp, rate, repeat, threads, seed, stallThreshold, bound },
    results,
  };
}

const FIGURES = ['count', 'min', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max'];
const COLUMNS = ['took', 'utilization', 'turns', 'stalls', 'longestTurn', 'latestWake', 'operations'];

// Lateness in ms here, as all other times.
function csvOf(results) {
  const compares = results.some(({ runtime }) => runtime !== undefined);
  const head = ['scenario', 'repeat', 'payload', ...(compares ? ['runtime'] : []), ...COLUMNS];
  for (const kind of ['corrected', 'raw']) for (const figure of FIGURES) head.push(`${kind}_${figure}`);
  const lines = [head];
  for (const { scenario, payload = '', runtime, runs } of results) {
    for (const run of runs) {
      const line = [scenario, run.repeat, payload, ...(compares ? [runtime] : []), ...COLUMNS.map((column) => run[column])];
      for (const kind of ['corrected', 'raw']) {
        for (const figure of FIGURES) line.push(figure === 'count' ? run[kind].count : run[kind][figure] / 1e6);
      }
      lines.push(line);
    }
  }
  return lines.map((line) => `${line.join(',')}\n`).join('');
}

module.exports = { SCHEMA, SCHEMA_VERSION, csvOf, documentOf, resultOf };
