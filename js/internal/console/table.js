'use strict';
// console.table: rows and columns with box characters.

const { getStringWidth, inspect } = require('internal/util/inspect');
const { isMap, isMapIterator, isSet, isSetIterator } = require('internal/util/types');
const { previewEntries } = internalBinding('util');

const indexHeading = '(index)';
const iterationHeading = '(iteration index)';

function renderRow(cells, widths) {
  let row = '';
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    row += `\u2502 ${cell}${' '.repeat(widths[i] - getStringWidth(cell) + 1)}`;
  }
  return `${row}\u2502`;
}

function renderRule(widths, left, middle, right) {
  return left + widths.map((width) => '\u2500'.repeat(width + 2)).join(middle) + right;
}

// `columns` are arrays of cell texts; a missing cell is empty.
function renderTable(headings, columns) {
  const widths = headings.map((heading) => getStringWidth(heading));
  const rows = [];
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i];
    for (let j = 0; j < column.length; j++) {
      rows[j] ??= new Array(headings.length).fill('');
      const cell = column[j] ?? '';
      rows[j][i] = cell;
      const width = getStringWidth(cell);
      if (width > widths[i]) widths[i] = width;
    }
  }
  let text = `${renderRule(widths, '\u250c', '\u252c', '\u2510')}\n` +
    `${renderRow(headings, widths)}\n` +
    `${renderRule(widths, '\u251c', '\u253c', '\u2524')}\n`;
  for (const row of rows) text += `${renderRow(row, widths)}\n`;
  return text + renderRule(widths, '\u2514', '\u2534', '\u2518');
}

function indexes(length) {
  return Array.from({ length }, (_, i) => `${i}`);
}

// The table of `data` as text; `only` names the columns to show, and `options`
// are inspect's.
function tableText(data, only, options) {
  const show = (value) => {
    // Small objects fit a cell, of others only the class is shown.
    const depth = value !== null && typeof value === 'object' && !Array.isArray(value) &&
      Object.keys(value).length > 2 ? -1 : 0;
    return inspect(value, { maxArrayLength: 3, breakLength: Infinity, ...options, depth });
  };

  let entries;
  let paired = isMap(data);
  if (isMapIterator(data)) [entries, paired] = previewEntries(data, true);
  if (paired) {
    const keys = [];
    const values = [];
    if (entries === undefined) {
      for (const pair of data) {
        keys.push(show(pair[0]));
        values.push(show(pair[1]));
      }
    } else {
      for (let i = 0; i < entries.length; i += 2) {
        keys.push(show(entries[i]));
        values.push(show(entries[i + 1]));
      }
    }
    return renderTable([iterationHeading, 'Key', 'Values'], [indexes(keys.length), keys, values]);
  }
  if (isSetIterator(data)) entries = previewEntries(data);
  if (entries !== undefined || isSet(data)) {
    const values = Array.from(entries ?? data, show);
    return renderTable([iterationHeading, 'Values'], [indexes(values.length), values]);
  }

  const columns = { __proto__: null };
  const primitives = [];
  let hasPrimitives = false;
  const rowKeys = Object.keys(data);
  for (let i = 0; i < rowKeys.length; i++) {
    const item = data[rowKeys[i]];
    const primitive = item === null || (typeof item !== 'object' && typeof item !== 'function');
    if (primitive && only === undefined) {
      hasPrimitives = true;
      primitives[i] = show(item);
      continue;
    }
    for (const key of only ?? Object.keys(item)) {
      columns[key] ??= [];
      columns[key][i] = primitive || !Object.hasOwn(item, key) ? '' : show(item[key]);
    }
  }
  const headings = [indexHeading, ...Object.keys(columns)];
  const cells = [rowKeys, ...Object.values(columns)];
  if (hasPrimitives) {
    headings.push('Values');
    cells.push(primitives);
  }
  return renderTable(headings, cells);
}

module.exports = { tableText };
