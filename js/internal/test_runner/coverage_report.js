'use strict';
// The event test:coverage as text: a table for people, and the tracefile format of LCOV.

const path = require('path');

const HEADINGS = ['line %', 'branch %', 'funcs %'];
const PERCENTS = ['coveredLinePercent', 'coveredBranchPercent', 'coveredFunctionPercent'];
const UNCOVERED = 'uncovered lines';
// Above these a figure is good, or middling.
const GOOD = 90;
const MIDDLING = 50;
// Beside the columns: a mark of the reporter's in front, separators between.
const MARGIN = 2;
const SEPARATOR = ' | ';

// Lines that did not run, as ranges.
function uncoveredText(lines) {
  const ranges = [];
  for (const { line, count } of lines) {
    if (count > 0) continue;
    const last = ranges.at(-1);
    if (last?.[1] === line - 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(' ');
}

// Rows of the table: a line for each folder on the way to a file, indented by depth.
function rowsOf({ files, workingDirectory }) {
  const rows = [];
  let shown = [];
  for (const file of files) {
    const parts = path.relative(workingDirectory, file.path).split(path.sep);
    const name = parts.pop();
    let common = 0;
    while (common < parts.length && parts[common] === shown[common]) common++;
    for (let i = common; i < parts.length; i++) rows.push({ name: ' '.repeat(i) + parts[i] });
    shown = parts;
    rows.push({ name: ' '.repeat(parts.length) + name, figures: file, uncovered: uncoveredText(file.lines) });
  }
  return rows;
}

const mean = (figures) => PERCENTS.reduce((sum, percent) => sum + figures[percent], 0) / PERCENTS.length;

function cut(text, width) {
  if (text.length <= width) return text;
  return `${text.slice(0, Math.max(width - 1, 0))}\u2026`;
}

// The lines of the table, each after `prefix`. `colors` is js/internal/util/colors.js's palette.
function coverageTable(summary, { prefix = '', colors, columns }) {
  const { blue = '', green = '', red = '', yellow = '' } = colors ?? {};
  const paint = (text, color) => (color === '' ? text : `${color}${text}${blue}`);
  const colorOf = (percent) => (percent > GOOD ? green : percent > MIDDLING ? yellow : red);
  const rows = rowsOf(summary);
  const total = 'all files';
  // As wide as Node's: what stands at the top counts as indented.
  const nameWidth = Math.max(total.length, ...rows.map(({ name }) => Math.max(name.length, name.trimStart().length + 1)));
  const used = nameWidth + HEADINGS.reduce((sum, heading) => sum + SEPARATOR.length + heading.length, SEPARATOR.length);
  let lastWidth = Math.max(UNCOVERED.length, ...rows.map(({ uncovered = '' }) => uncovered.length));
  if (columns) lastWidth = Math.min(lastWidth, Math.max(columns - used - MARGIN, 1));
  const rule = '-'.repeat(used + lastWidth + 1);
  const line = ({ name, figures, uncovered = '' }) => {
    const cells = PERCENTS.map((percent, i) => {
      const text = figures === undefined ? '' : figures[percent].toFixed(2);
      return paint(text.padStart(HEADINGS[i].length), figures === undefined ? red : colorOf(figures[percent]));
    });
    // A file is as good as its figures are together.
    const indent = name.length - name.trimStart().length;
    const padded = name.padEnd(nameWidth);
    const shown = uncovered === undefined || figures === undefined || figures === summary.totals ? padded :
      padded.slice(0, indent) + paint(padded.slice(indent), colorOf(mean(figures)));
    return [shown, ...cells, cut(uncovered, lastWidth)].join(SEPARATOR);
  };
  const heading = ['file'.padEnd(nameWidth), ...HEADINGS.map((each) => paint(each, red)), cut(UNCOVERED, lastWidth)];
  const lines = [
    'start of coverage report', rule, heading.join(SEPARATOR), rule, ...rows.map(line), rule,
    line({ name: total, figures: summary.totals }), rule, 'end of coverage report',
  ];
  return lines.map((each) => `${prefix}${each}\n`).join('');
}

// LCOV knows one block a branch only, and functions by name.
function lcovText({ files, workingDirectory }) {
  let text = 'TN:\n';
  for (const file of files) {
    text += `SF:${path.relative(workingDirectory, file.path)}\n`;
    const named = file.functions.map(({ name, ...rest }, i) => ({ ...rest, name: name || `anonymous_${i}` }));
    for (const { line, name } of named) text += `FN:${line},${name}\n`;
    for (const { count, name } of named) text += `FNDA:${count},${name}\n`;
    text += `FNF:${file.totalFunctionCount}\nFNH:${file.coveredFunctionCount}\n`;
    file.branches.forEach(({ line, count }, i) => { text += `BRDA:${line},${i},0,${count}\n`; });
    text += `BRF:${file.totalBranchCount}\nBRH:${file.coveredBranchCount}\n`;
    for (const { line, count } of file.lines) text += `DA:${line},${count}\n`;
    text += `LH:${file.coveredLineCount}\nLF:${file.totalLineCount}\nend_of_record\n`;
  }
  return text;
}

class LcovFormatter {
  begin() {
    return [];
  }

  event(type, data) {
    return type === 'test:coverage' ? [lcovText(data.summary)] : [];
  }

  end() {
    return [];
  }
}

module.exports = { LcovFormatter, coverageTable };
