'use strict';
// Plots of results: what src/plot.rs is to draw. Scales are made linear here, and the marks on them chosen.

const { percentile } = require('internal/bench/statistics');

// Colours of series, told apart also by those who see few colours.
const SERIES = [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167], [148, 103, 189], [120, 120, 120]];
const LIGHT = { background: [255, 255, 255], ink: [34, 34, 34], grid: [221, 221, 221], series: SERIES };

const WIDTH = 960;
const HEIGHT = 300;
// No lateness below 10 us is worth a place on an axis, which cannot go down to zero.
const LEAST = 0.01;

const log = (ms) => Math.log10(Math.max(LEAST, ms));
const inMs = (ns) => ns / 1e6;

// An axis of ms, by the logarithm, that holds `values`; its ends are whole powers of ten.
function logAxis(label, values) {
  const logs = values.map(log);
  const from = Math.floor(Math.min(...logs));
  const to = Math.max(from + 1, Math.ceil(Math.max(...logs)));
  const marks = [];
  for (let power = from; power <= to; power++) marks.push([power, `${Number((10 ** power).toPrecision(1))}`]);
  return { label, from, to, marks };
}

// With room above the values, for the legend.
function withRoom(axis) {
  return { ...axis, to: axis.to + 0.3 * (axis.to - axis.from) };
}

// A step that divides `span` into 4 to 10 parts: 1, 2 or 5 times a power of ten.
function stepFor(span) {
  const power = 10 ** Math.floor(Math.log10(span / 4));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => span / step <= 10);
}

function linearAxis(label, to) {
  if (!(to > 0)) return { label, from: 0, to: 1, marks: [[0, '0'], [1, '1']] };
  const step = stepFor(to);
  const marks = [];
  for (let i = 0; i * step <= to * 1.0001; i++) marks.push([i * step, `${Number((i * step).toPrecision(3))}`]);
  return { label, from: 0, to, marks };
}

// Each run after the one before; a window without values interrupts the line.
function overTime(result, share) {
  const lines = [];
  let before = 0;
  for (const { windows, took } of result.runs) {
    let line = [];
    for (const [i, counts] of windows.entries()) {
      if (counts.length === 0) {
        if (line.length > 0) lines.push(line);
        line = [];
        continue;
      }
      const [lowest, width] = counts.at(-1);
      const ns = percentile({ counts, max: lowest + width - 1 }, share);
      line.push([(before + (i + 0.5) * took / windows.length) / 1000, inMs(ns)]);
    }
    if (line.length > 0) lines.push(line);
    before += took;
  }
  return lines;
}

const lengthOf = ({ runs }) => runs.reduce((sum, { took }) => sum + took, 0) / 1000;

function timePanel(title, series, results, colors) {
  const all = series.flatMap(({ lines }) => lines.flat().map(([, ms]) => ms));
  return {
    title,
    height: HEIGHT,
    x: linearAxis('s', Math.max(...results.map(lengthOf))),
    y: withRoom(logAxis('ms late', all.length > 0 ? all : [1])),
    series: series.map(({ name, lines }, i) => {
      return { name, color: colors.series[i], lines: lines.map((line) => line.map(([s, ms]) => [s, log(ms)])) };
    }),
  };
}

const BINS = 10;

// Bars by the logarithm, ten to each power of ten, as high as the logarithm of their count: one late value among thousands is
// seen.
function histogramPanel(result, colors) {
  const bins = new Map();
  for (const [lowest, width, count] of result.corrected.counts) {
    const bin = Math.floor(BINS * log(inMs(lowest + width / 2)));
    bins.set(bin, (bins.get(bin) ?? 0) + count);
  }
  const most = Math.max(1, ...bins.values());
  const to = Math.max(1, Math.ceil(Math.log10(most) + 0.05));
  const marks = [];
  // A bar of one value has a height, too: one tenth of the first power of ten.
  const height = (count) => 0.1 + Math.log10(count);
  for (let power = 0; power <= to; power++) marks.push([0.1 + power, (10 ** power).toLocaleString('en')]);
  const bars = [...bins].map(([bin, count]) => [bin / BINS, 0, (bin + 0.92) / BINS, height(count)]);
  const x = logAxis('ms late', result.corrected.counts.map(([lowest, width]) => inMs(lowest + width)));
  return {
    title: `How often it was how late (${result.corrected.count.toLocaleString('en')} values)`,
    height: HEIGHT,
    x,
    y: { label: 'values', from: 0, to: to + 0.15, marks: marks.filter(([at]) => at <= to + 0.15) },
    series: [{ name: '', color: colors.series[0], bars }],
  };
}

// Shares of the values, and where they stand: each nine is as far from the one before.
const NINES = [[0, '0'], [0.5, '50 %'], [0.9, '90 %'], [0.99, '99 %'], [0.999, '99.9 %'], [0.9999, '99.99 %'], [0.99999, '99.999 %']];
const nines = (share) => -Math.log10(1 - share);

function curve(data) {
  const points = [];
  let seen = 0;
  const total = data.count;
  for (const [lowest, width, count] of data.counts) {
    // Where these values begin, and where they end; the last of all values has no nines.
    points.push([nines(seen / total), inMs(Math.min(data.max, lowest + width - 1))]);
    seen += count;
    points.push([nines(Math.min(seen, total - 0.5) / total), inMs(Math.min(data.max, lowest + width - 1))]);
  }
  return points;
}

function curvePanel(title, curves, colors) {
  const drawn = curves.map(({ name, data }) => ({ name, points: curve(data) }));
  const all = drawn.flatMap(({ points }) => points);
  const to = Math.max(1, ...all.map(([share]) => share));
  return {
    title,
    height: HEIGHT,
    legendBelow: true,
    x: {
      label: 'share of the values that were not later',
      from: 0,
      to,
      marks: NINES.map(([share, text]) => [nines(share), text]).filter(([at]) => at <= to),
    },
    y: logAxis('ms late', all.length > 0 ? all.map(([, ms]) => ms) : [1]),
    series: drawn.map(({ name, points }, i) => {
      return { name, color: colors.series[i], lines: [points.map(([share, ms]) => [share, log(ms)])] };
    }),
  };
}

// Where the loop's time went.
function phasePanel({ runs }, colors) {
  const times = new Map();
  for (const { phases } of runs) {
    for (const [name, { time }] of Object.entries(phases)) times.set(name, (times.get(name) ?? 0) + time);
  }
  times.set('asleep', runs.reduce((sum, { idle }) => sum + idle, 0));
  const total = runs.reduce((sum, { took }) => sum + took, 0);
  const names = [...times.keys()];
  const bars = names.map((name, i) => [i + 0.15, 0, i + 0.85, 100 * times.get(name) / total]);
  return {
    title: 'Where the time went',
    height: HEIGHT,
    x: { label: 'phase of the loop', from: 0, to: names.length, marks: names.map((name, i) => [i + 0.5, name]) },
    y: linearAxis('% of the time', 1.05 * Math.max(1, ...bars.map((bar) => bar[3]))),
    series: [{ name: '', color: colors.series[2], bars }],
  };
}

// What is drawn later is above what was drawn before.
const OVER_TIME = [['latest', 1], ['p99', 0.99], ['p50', 0.5]];

function panelsOf(result, colors) {
  const lines = OVER_TIME.map(([name, share]) => ({ name, lines: overTime(result, share) }));
  const curves = [{ name: 'corrected', data: result.corrected }, { name: 'raw', data: result.raw }];
  return [
    timePanel('Lateness over time', lines, [result], colors),
    histogramPanel(result, colors),
    curvePanel('Percentiles', curves, colors),
    phasePanel(result, colors),
  ];
}

// The same load in several runtimes.
function comparedPanels(results, colors) {
  const lines = results.map((result) => ({ name: result.runtime, lines: overTime(result, 0.99) }));
  const curves = results.map((result) => ({ name: result.runtime, data: result.corrected }));
  return [
    timePanel('99th percentile of lateness over time', lines, results, colors),
    curvePanel('Percentiles', curves, colors),
  ];
}

// By load: [{ name, results, panels }].
function sections({ results }, colors) {
  const measured = results.filter(({ runs }) => runs.length > 0);
  return [...Map.groupBy(measured, ({ scenario }) => scenario)].map(([name, group]) => {
    const compared = group[0].runtime !== undefined;
    return { name, results: group, panels: compared ? comparedPanels(group, colors) : panelsOf(group[0], colors) };
  });
}

// One picture for each load: { name, draw(png) }.
function pictures(document) {
  const { draw } = internalBinding('plot');
  const { background, ink, grid } = LIGHT;
  return sections(document, LIGHT).map(({ name, panels }) => {
    const plot = { title: `weft bench loop: ${name}`, width: WIDTH, background, ink, grid, panels };
    return { name, draw: (png) => (png ? Buffer.from(draw(plot, true)) : draw(plot, false)) };
  });
}

module.exports = { pictures, sections };
