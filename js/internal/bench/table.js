'use strict';
// What a person reads in the terminal.

const { colorsFor } = require('internal/util/colors');

// Three figures that count.
function milliseconds(ms) {
  return ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2);
}

// In thousands, millions where there are so many.
function rate(perSecond) {
  if (perSecond === null) return '-';
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(2)}M`;
  return perSecond >= 1e4 ? `${(perSecond / 1e3).toFixed(1)}k` : perSecond.toFixed(perSecond >= 100 ? 0 : 1);
}

const FIGURES = ['p50', 'p90', 'p99', 'p99.9', 'max'];

// What the table has: a title, and a cell of a result.
const COLUMNS = [
  ['scenario', ({ scenario }) => scenario],
  ['runtime', ({ runtime, version }) => (version === null ? runtime : `${runtime} ${version}`)],
  ...FIGURES.map((figure) => [figure, ({ corrected }) => milliseconds(corrected[figure] / 1e6)]),
  ['util', ({ utilization }) => (utilization === null ? '-' : `${(100 * utilization).toFixed(1)}%`)],
  ['stalls', ({ stalls }) => String(stalls)],
  ['longest turn', ({ runs }) => milliseconds(Math.max(...runs.map((run) => run.longestTurn)))],
  ['op/s', ({ operationsPerSecond }) => rate(operationsPerSecond)],
];

// The table's columns for these results, of which those of a comparison have a runtime each and no turns to tell of.
function columnsFor(results) {
  const compares = results.some(({ runtime }) => runtime !== undefined);
  return COLUMNS.filter(([title]) => title !== (compares ? 'longest turn' : 'runtime'));
}

// How late the loop was, in ms, from the intended time on.
function tableOf(results, options, stream) {
  const { gray, red, reset, yellow } = colorsFor(stream);
  const columns = columnsFor(results);
  const rows = results.map((result) => {
    if (result.runs.length > 0) return columns.map(([, cell]) => cell(result));
    return [result.scenario, result.runtime, result.failed];
  });
  const full = rows.filter((row) => row.length === columns.length);
  const widths = columns.map(([title], i) => Math.max(title.length, ...full.map((row) => row[i].length)));
  const left = columns.map(([title]) => title === 'scenario' || title === 'runtime');
  const line = (cells) => cells.map((cell, i) => (left[i] ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  let text = `${gray}${line(columns.map(([title]) => title))}${reset}\n`;
  for (const [i, row] of rows.entries()) {
    const { corrected, stalls } = results[i];
    const color = stalls > 0 ? red : corrected.max / 1e6 >= options.stallThreshold ? yellow : '';
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

module.exports = { columnsFor, histogramOf, milliseconds, tableOf };
