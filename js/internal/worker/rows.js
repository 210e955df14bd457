'use strict';
// Long arrays of plain objects with the same keys and primitive values: tables, in other words. V8's serializer writes down the
// keys of each row and looks each of them up again where it reads it. Here a table is taken apart into columns, which the
// serializer copies as a whole, and put together by code that was made for the shape of its rows.
//
// What counts as such a table must be beyond doubt, as in internal/worker/flat.js: no row is exotic, comes twice, or has a
// prototype of its own, and the array has elements alone. Everything else is left to the serializer, errors included. Each
// element is read once, so that what was looked at is what is sent (what turns out to be no table after all, the serializer
// reads again); getters of rows are called column by column.

const { hasElementsAlone } = internalBinding('messaging');
const { isPlain } = internalBinding('types');
const { arraysAreOrdinary } = require('internal/util/types');

const ObjectPrototype = Object.prototype;
const ArrayPrototype = Array.prototype;
const { defineProperty, getPrototypeOf, keys: ownKeys } = Object;
const MakeFunction = Function;

const MAX_KEYS = 32;
// Longer texts are not put into one: a part of a text keeps all of it.
const MAX_TEXT = 64;
// How many shapes of rows there is code for. A program has so many kinds of tables and no more.
const MAX_SHAPES = 256;

const kNumbers = 'n';
const kIntegers = 'i';
const kBooleans = 'b';
const kTexts = 't';
const kValues = 'v';

function hasKeys(row, keys) {
  let i = 0;
  // Inherited ones are none of `keys`, or come after them.
  for (const key in row) if (key !== keys[i++]) return false;
  return i === keys.length;
}

function define(object, key, value) {
  defineProperty(object, key, { __proto__: null, value, configurable: true, enumerable: true, writable: true });
}

// [keys, rows] of a table; undefined where `array` is none, or is not to be sent as one. A proxy is found out before anything
// is asked of it.
function tableOf(array) {
  if (!hasCode || !hasElementsAlone(array) || getPrototypeOf(array) !== ArrayPrototype || !arraysAreOrdinary()) return undefined;
  const { length, 0: first } = array;
  if (!isPlain(first)) return undefined;
  const keys = ownKeys(first);
  if (keys.length === 0 || keys.length > MAX_KEYS || keys.includes('__proto__')) return undefined;
  const rows = [];
  for (let i = 0; i < length; i++) {
    const row = i === 0 ? first : array[i];
    if (!isPlain(row) || getPrototypeOf(row) !== ObjectPrototype || !hasKeys(row, keys)) return undefined;
    rows.push(row);
  }
  return new Set(rows).size === length ? [keys, rows] : undefined;
}

// Code by what it is for.
const made = new Map();

function codeFor(name, parameters, source) {
  let code = made.get(name);
  if (code === undefined && made.size < MAX_SHAPES) {
    try {
      code = new MakeFunction(...parameters, source());
    } catch {
      // Code from strings was turned off.
      return undefined;
    }
    made.set(name, code);
  }
  return code;
}

// Known before a table is looked at: where it is off, the serializer is to read it, and read it once.
const hasCode = codeFor('', [], () => '') !== undefined;

// A function of (rows, out) that writes the values under `key` to `out`.
function readerOf(key) {
  return codeFor(`read ${key}`, ['rows', 'out'],
                 () => `for (let i = 0; i < rows.length; i++) out[i] = rows[i][${JSON.stringify(key)}];`);
}

function isPrimitive(value) {
  return (typeof value !== 'object' || value === null) && typeof value !== 'function' && typeof value !== 'symbol';
}

function isInt32(value) {
  return typeof value === 'number' && (value | 0) === value && (value !== 0 || 1 / value > 0);
}

function integers(values) {
  const column = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!isInt32(value)) return undefined;
    column[i] = value;
  }
  return [kIntegers, column];
}

function numbers(values) {
  const column = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'number') return undefined;
    column[i] = value;
  }
  return [kNumbers, column];
}

function booleans(values) {
  const column = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'boolean') return undefined;
    column[i] = value ? 1 : 0;
  }
  return [kBooleans, column];
}

function texts(values) {
  const lengths = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'string' || value.length > MAX_TEXT) return undefined;
    lengths[i] = value.length;
  }
  return [kTexts, lengths, values.join('')];
}

// One column; undefined where a value is no primitive that can be cloned.
function columnOf(values) {
  let column;
  switch (typeof values[0]) {
    case 'number': column = integers(values) ?? numbers(values); break;
    case 'boolean': column = booleans(values); break;
    case 'string': column = texts(values); break;
  }
  if (column !== undefined) return column;
  for (let i = 0; i < values.length; i++) if (!isPrimitive(values[i])) return undefined;
  return [kValues, values];
}

// [keys, number of rows, columns], for unpackRows; undefined where `array` is no table.
function packRows(array) {
  const table = tableOf(array);
  if (table === undefined) return undefined;
  const { 0: keys, 1: rows } = table;
  const columns = [];
  for (let i = 0; i < keys.length; i++) {
    const read = readerOf(keys[i]);
    if (read === undefined) return undefined;
    const values = new Array(rows.length);
    read(rows, values);
    const column = columnOf(values);
    if (column === undefined) return undefined;
    columns.push(column);
  }
  return [keys, rows.length, columns];
}

// How a row's value is had from the column in `c0`, `c1`, ...
const valueFrom = {
  __proto__: null,
  [kNumbers]: (n) => `c${n}[i]`,
  [kIntegers]: (n) => `c${n}[i]`,
  [kBooleans]: (n) => `c${n}[i] === 1`,
  [kTexts]: (n) => `c${n}.substring(p${n}, p${n} += l${n}[i])`,
  [kValues]: (n) => `c${n}[i]`,
};

function unpackingSource(keys, columns) {
  const declarations = columns.map(([kind], n) => (
    kind === kTexts ? `const l${n} = columns[${n}][1], c${n} = columns[${n}][2]; let p${n} = 0;` : `const c${n} = columns[${n}][1];`
  ));
  const literal = columns.map(([kind], n) => `${JSON.stringify(keys[n])}: ${valueFrom[kind](n)}`);
  return `${declarations.join('\n')}
    const rows = [];
    for (let i = 0; i < length; i++) rows.push({ ${literal.join(', ')} });
    return rows;`;
}

// Where code cannot be made, or a program put properties on the prototypes of arrays.
function unpackSlowly({ 0: keys, 1: length, 2: columns }) {
  const places = new Uint32Array(columns.length);
  const rows = [];
  for (let i = 0; i < length; i++) {
    const row = {};
    for (let n = 0; n < keys.length; n++) {
      const { 0: kind, 1: column, 2: text } = columns[n];
      if (kind === kTexts) define(row, keys[n], text.substring(places[n], places[n] += column[i]));
      else define(row, keys[n], kind === kBooleans ? column[i] === 1 : column[i]);
    }
    define(rows, i, row);
  }
  return rows;
}

// The table that packRows() took apart.
function unpackRows(packed) {
  const { 0: keys, 1: length, 2: columns } = packed;
  if (!arraysAreOrdinary()) return unpackSlowly(packed);
  let name = 'make ';
  for (let i = 0; i < columns.length; i++) name += columns[i][0];
  const make = codeFor(name + JSON.stringify(keys), ['length', 'columns'], () => unpackingSource(keys, columns));
  return make === undefined ? unpackSlowly(packed) : make(length, columns);
}

// A clone of `array` in the same isolate; undefined where it is no table.
function cloneRows(array) {
  const table = tableOf(array);
  if (table === undefined) return undefined;
  const { 0: keys, 1: rows } = table;
  const clone = codeFor(`clone ${JSON.stringify(keys)}`, ['rows', 'out', 'isPrimitive'], () => `
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      ${keys.map((key, n) => `const v${n} = row[${JSON.stringify(key)}];
      if (!isPrimitive(v${n})) return undefined;`).join('\n')}
      out.push({ ${keys.map((key, n) => `${JSON.stringify(key)}: v${n}`).join(', ')} });
    }
    return out;`);
  return clone?.(rows, [], isPrimitive);
}

module.exports = { cloneRows, packRows, unpackRows };
