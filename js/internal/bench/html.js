'use strict';
// The report of --html: one file, nothing from elsewhere, in light or dark as the reader's system is set.

const { columnsFor } = require('internal/bench/table');
const { sections } = require('internal/bench/plots');

// Narrow enough for letters to be read on a telephone, to whose width a plot shrinks.
const WIDTH = 480;

// Plots are drawn in these colours, which nothing else has, and get those of the page's theme instead.
const PLACEHOLDERS = {
  background: [1, 2, 3],
  ink: [1, 2, 4],
  grid: [1, 2, 5],
  series: [[1, 3, 0], [1, 3, 1], [1, 3, 2], [1, 3, 3], [1, 3, 4], [1, 3, 5]],
};

const STYLE = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #222222; --soft: #666666; --grid: #dddddd; --mark: #b00020;
  --s0: #0072b2; --s1: #d55e00; --s2: #009e73; --s3: #b1518c; --s4: #6a4fa3; --s5: #666666; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181c; --ink: #e6e6e6; --soft: #a0a0a0; --grid: #3a3d44; --mark: #ff7b86;
    --s0: #56b4e9; --s1: #f0904a; --s2: #3ccf9e; --s3: #e39ac4; --s4: #b79cf0; --s5: #a0a0a0; }
}
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1360px;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } .soft { color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.8rem; text-align: right; border-bottom: 1px solid var(--grid); white-space: nowrap; }
th.left, td.left { text-align: left; } th { color: var(--soft); font-weight: 600; } tr.stalled td { color: var(--mark); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 1rem; }
.plots svg { width: 100%; height: auto; }
a { color: var(--s0); }
`;

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text) => String(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
const hex = (color) => `#${color.map((part) => part.toString(16).padStart(2, '0')).join('')}`;

const THEME = new Map([
  [hex(PLACEHOLDERS.background), 'var(--paper)'],
  [hex(PLACEHOLDERS.ink), 'var(--ink)'],
  [hex(PLACEHOLDERS.grid), 'var(--grid)'],
  ...PLACEHOLDERS.series.map((color, i) => [hex(color), `var(--s${i})`]),
]);

function picture(panel) {
  const { background, ink, grid } = PLACEHOLDERS;
  const svg = internalBinding('plot').draw({ title: '', width: WIDTH, background, ink, grid, panels: [panel] }, false);
  return svg
    .replace(/<svg width="(\d+)" height="(\d+)"/, (whole, width, height) => {
      return `<svg role="img" aria-label="${escaped(panel.title)}" viewBox="0 0 ${width} ${height}"`;
    })
    .replace(/#[0-9a-f]{6}(?=")/gi, (color) => THEME.get(color.toLowerCase()) ?? color);
}

function table(results) {
  const columns = columnsFor(results);
  const side = (title) => (title === 'scenario' || title === 'runtime' ? ' class="left"' : '');
  const head = columns.map(([title]) => `<th${side(title)}>${escaped(title)}</th>`).join('');
  const rows = results.map((result) => {
    const stalled = result.stalls > 0 ? ' class="stalled"' : '';
    if (result.runs.length === 0) {
      const first = [result.scenario, result.runtime].map((text) => `<td class="left">${escaped(text)}</td>`).join('');
      return `<tr>${first}<td class="left" colspan="${columns.length - 2}">${escaped(result.failed)}</td></tr>`;
    }
    const cells = columns.map(([title, cell]) => `<td${side(title)}>${escaped(cell(result))}</td>`).join('');
    return `<tr${stalled}>${cells}</tr>`;
  });
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

function comparisonOf({ comparisons, options }) {
  if (comparisons === undefined) return '';
  const ms = (ns) => (ns / 1e6).toFixed(2);
  const rows = comparisons.map(({ scenario, before, difference, low, high, regressed }) => {
    const cells = [ms(before), ms(difference), `${ms(low)} to ${ms(high)}`, regressed ? 'worse' : ''];
    const rest = cells.map((cell) => `<td>${cell}</td>`).join('');
    return `<tr${regressed ? ' class="stalled"' : ''}><td class="left">${escaped(scenario)}</td>${rest}</tr>`;
  });
  const head = ['before', 'difference', '95 % interval', ''].map((title) => `<th>${title}</th>`).join('');
  const bound = options.bound === undefined ? '' : `, bound ${100 * options.bound} %`;
  return `<h2>p99 against the baseline, ms${bound}</h2>
<div class="wide"><table><thead><tr><th class="left">scenario</th>${head}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

function sectionOf({ name, results, panels }) {
  const { about, payload, unit } = results[0];
  const size = payload === undefined ? '' : ` (${unit}: ${payload})`;
  return `<section><h2 id="${escaped(name)}">${escaped(name)}</h2>
<p class="soft">${escaped(about)}${escaped(size)}</p>
<div class="plots">
${panels.map(picture).join('\n')}
</div></section>`;
}

// `document` is what --json writes.
function reportOf(document) {
  const { runtime, machine, options, started, results } = document;
  const { duration, warmUp, rate, repeat, threads, seed, stallThreshold } = options;
  const parts = sections(document, PLACEHOLDERS);
  const links = parts.map(({ name }) => `<a href="#${escaped(name)}">${escaped(name)}</a>`).join(' &middot; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>weft bench loop, ${escaped(started)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>How late the loop was</h1>
<p class="soft">Weft ${escaped(runtime.version)} (V8 ${escaped(runtime.v8)}) on ${escaped(machine.processor ?? 'an unknown processor')},
${machine.threads} threads, ${escaped(machine.platform)} ${escaped(machine.arch)}; ${escaped(started)}.<br>
${repeat} &times; ${duration / 1000} s of each after ${warmUp / 1000} s of warm-up, ${rate} probes a second, ${threads} thread${threads === 1 ? '' : 's'}, seed ${seed}.</p>
<p>Lateness in ms, from the time on at which the loop was meant to answer: a stall counts for each answer that it kept back (corrected for coordinated
omission). <em>raw</em> has only the answers that came. Rows with turns of ${stallThreshold} ms or more are marked.</p>
${table(results)}
${comparisonOf(document)}
<p>${links}</p>
${parts.map(sectionOf).join('\n')}
</body>
</html>
`;
}

module.exports = { reportOf };
