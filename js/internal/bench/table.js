'use strict';
// What a person reads in the terminal.

const { colorsFor } = require('internal/util/colors');

const HEAD = ['scenario', 'p50', 'p90', 'p99', 'p99.9', 'max', 'util', 'stalls', 'longest turn'];

// Three figures that count.
function milliseconds(ms) {
  return ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2);
}

// How late the loop was, in ms, from the intended time on.
function tableOf(results, options, stream) {
  const { gray, red, reset, yellow } = colorsFor(stream);
  const rows = results.map(({ scenario, corrected, utilization, stalls, runs }) => [
    scenario,
    ...['p50', 'p90', 'p99', 'p99.9', 'max'].map((figure) => milliseconds(corrected[figure] / 1e6)),
    `${(100 * utilization).toFixed(1)}%`,
    String(stalls),
    milliseconds(Math.max(...runs.map((run) => run.longestTurn))),
  ]);
  const widths = HEAD.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  let text = `${gray}${line(HEAD)}${reset}\n`;
  for (const row of rows) {
    const color = Number(row[7]) > 0 ? red : Number(row[5]) >= options.stallThreshold ? yellow : '';
    text += color === '' ? `${line(row)}\n` : `${color}${line(row)}${reset}\n`;
  }
  return text;
}

// Bounds of bars, in ms: 1, 2, 5, 10 ...
function bounds(most) {
  const list = [];
  for (let power = 0.01; ; power *= 10) {
    for (const step of [1, 2, 5]) {
      list.push(step * power);
      if (step * power > most) return list;
    }
  }
}

const WIDTH = 50;

// The corrected values of one scenario. A bar's length goes by the logarithm of its count: one late value among
// thousands must be seen.
function histogramOf({ scenario, corrected }, stream) {
  const { blue, gray, reset } = colorsFor(stream);
  if (corrected.count === 0) return '';
  const ends = bounds(corrected.max / 1e6);
  const counts = new Array(ends.length).fill(0);
  for (const [lowest, width, count] of corrected.counts) {
    const ms = (lowest + width / 2) / 1e6;
    counts[Math.max(0, ends.findIndex((end) => ms < end))] += count;
  }
  const first = counts.findIndex((count) => count > 0);
  const most = Math.log1p(Math.max(...counts));
  let text = `\n${scenario}: ${corrected.count} values, bars by the logarithm\n`;
  for (let i = first; i < counts.length; i++) {
    const bar = '#'.repeat(Math.round(WIDTH * Math.log1p(counts[i]) / most));
    const label = `< ${Number(ends[i].toPrecision(1))} ms`;
    const part = `  ${label.padStart(12)} ${gray}|${reset}${blue}${bar}${reset}`;
    text += counts[i] > 0 ? `${part} ${counts[i]}\n` : `${part}\n`;
  }
  return text;
}

module.exports = { histogramOf, milliseconds, tableOf };
