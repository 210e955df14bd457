'use strict';
// How the inspector lays parts out: on one line when they fit, in aligned
// columns when an array has many short entries, else one part a line.

// `join` concatenates, which costs nothing until the text is read; Array#join
// would copy the whole output once for every level of nesting.
const { join, removeColors } = require('internal/util');
const { getStringWidth } = require('internal/util/inspect_text');

// What stands between the braces: named properties, or array-like entries
// (which may be grouped into columns).
const kProperties = 0;
const kElements = 1;

function indentText(columns) {
  return ' '.repeat(columns);
}

// Whether `parts`, joined by ', ', stay within breakLength. `used` is what the
// line carries already.
function fitsOnLine(ins, parts, used, base) {
  let total = parts.length + used;
  if (total + parts.length > ins.breakLength) return false;
  for (let i = 0; i < parts.length; i++) {
    total += ins.colors ? removeColors(parts[i]).length : parts[i].length;
    if (total > ins.breakLength) return false;
  }
  return base === '' || !base.includes('\n');
}

// Puts more than six array entries into columns of equal width. The number of
// columns aims at a block about 2.5 times as wide as high, at most 15 (and four
// for each level of compactness); entries of very different width stay alone.
function groupElements(ins, parts, value) {
  const gap = 2;
  let count = parts.length;
  // The "... more items" note is no entry.
  if (ins.maxArrayLength < count) count--;

  const widths = new Array(count);
  let sum = 0;
  let widest = 0;
  for (let i = 0; i < count; i++) {
    const width = getStringWidth(parts[i], ins.colors);
    widths[i] = width;
    sum += width + gap;
    if (width > widest) widest = width;
  }
  const cell = widest + gap;
  if (cell * 3 + ins.indent >= ins.breakLength ||
      !(sum / cell > 5 || widest <= 6)) {
    return parts;
  }

  const heightRatio = 2.5;
  // The more the widths differ, the narrower a typical cell is taken to be.
  const spread = Math.sqrt(cell - sum / parts.length);
  const typical = Math.max(cell - 3 - spread, 1);
  const columns = Math.min(
    Math.round(Math.sqrt(heightRatio * typical * count) / typical),
    Math.floor((ins.breakLength - ins.indent) / cell),
    ins.compact * 4,
    15);
  if (columns <= 1) return parts;

  const columnWidths = [];
  for (let column = 0; column < columns; column++) {
    let width = 0;
    for (let i = column; i < count; i += columns) {
      if (widths[i] > width) width = widths[i];
    }
    columnWidths.push(width + gap);
  }

  // Numbers are aligned right, all else left.
  let alignRight = true;
  if (value !== undefined) {
    for (let i = 0; i < parts.length; i++) {
      const type = typeof value[i];
      if (type !== 'number' && type !== 'bigint') {
        alignRight = false;
        break;
      }
    }
  }

  const rows = [];
  for (let start = 0; start < count; start += columns) {
    const last = Math.min(start + columns, count) - 1;
    let row = '';
    for (let i = start; i < last; i++) {
      // Escape sequences and wide characters make text length and width differ.
      const target = columnWidths[i - start] + parts[i].length - widths[i];
      const text = `${parts[i]}, `;
      row += alignRight ? text.padStart(target) : text.padEnd(target);
    }
    if (alignRight) {
      const target = columnWidths[last - start] + parts[last].length - widths[last] - gap;
      row += parts[last].padStart(target);
    } else {
      row += parts[last];
    }
    rows.push(row);
  }
  if (ins.maxArrayLength < parts.length) rows.push(parts[count]);
  return rows;
}

// Joins the parts of one object. `level` is the object's depth, `ins.level`
// that of the innermost object formatted last: their distance tells how many
// levels are nested below, and `compact` of those may share a line.
function joinParts(ins, parts, base, open, close, extras, level, value) {
  const { compact } = ins;
  if (compact !== true) {
    if (typeof compact === 'number' && compact >= 1) {
      const entries = parts.length;
      if (extras === kElements && entries > 6) parts = groupElements(ins, parts, value);
      // Grouped entries have their own lines already.
      if (ins.level - level < compact && entries === parts.length) {
        const used = parts.length + ins.indent + open.length + base.length + 10;
        if (fitsOnLine(ins, parts, used, base)) {
          const joined = join(parts, ', ');
          if (!joined.includes('\n')) {
            return `${base ? `${base} ` : ''}${open} ${joined} ${close}`;
          }
        }
      }
    }
    const newline = `\n${indentText(ins.indent)}`;
    return `${base ? `${base} ` : ''}${open}${newline}  ` +
      `${join(parts, `,${newline}  `)}${newline}${close}`;
  }

  // compact: true puts everything on one line, and lines up what is too long
  // under the opening brace.
  if (fitsOnLine(ins, parts, 0, base)) {
    return `${open}${base ? ` ${base}` : ''} ${join(parts, ', ')} ${close}`;
  }
  const newline = `\n${indentText(ins.indent)}`;
  const lead = base === '' && open.length === 1 ? ' ' : `${base ? ` ${base}` : ''}${newline}  `;
  return `${open}${lead}${join(parts, `,${newline}  `)} ${close}`;
}

module.exports = {
  indentText,
  joinParts,
  kElements,
  kProperties,
};
