'use strict';

// module.SourceMap: places of generated code and of the sources it was made from (ECMA-426, "Source map format").
// The mappings are decoded once, into an array sorted by generated place.

const {
  codes: { ERR_INVALID_ARG_TYPE },
} = require('internal/errors');
const { validateObject } = require('internal/validators');

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CONTINUES = 32;

// Calls `each(generated line, generated column, source index, line, column, name index)` for every segment of
// a `mappings` string; what a segment lacks is undefined.
function decode(mappings, each) {
  let line = 0;
  let column = 0;
  let source = 0;
  let sourceLine = 0;
  let sourceColumn = 0;
  let name = 0;
  let at = 0;
  const atSegmentEnd = () => at >= mappings.length || mappings[at] === ',' || mappings[at] === ';';
  // A number in base 64, least significant digits first, its sign in the lowest bit.
  const number = () => {
    let value = 0;
    let shift = 0;
    let digit;
    do {
      digit = digits.indexOf(mappings[at++]);
      if (digit === -1) throw new SyntaxError(`Invalid source map: "${mappings[at - 1]}" in its mappings`);
      value += (digit & 31) * 2 ** shift;
      shift += 5;
    } while (digit & CONTINUES);
    const magnitude = Math.floor(value / 2);
    return value % 2 === 1 ? -magnitude : magnitude;
  };
  while (at < mappings.length) {
    if (mappings[at] === ';') {
      line++;
      column = 0;
      at++;
    } else if (mappings[at] === ',') {
      at++;
    } else {
      column += number();
      if (atSegmentEnd()) {
        each(line, column);
        continue;
      }
      source += number();
      sourceLine += number();
      sourceColumn += number();
      if (atSegmentEnd()) {
        each(line, column, source, sourceLine, sourceColumn);
        continue;
      }
      name += number();
      each(line, column, source, sourceLine, sourceColumn, name);
    }
  }
}

// All entries of a SourceMap, by generated place; for Weft itself.
let entriesOf;

class SourceMap {
  static {
    entriesOf = (map) => map.#entries;
  }

  #payload;
  #lineLengths;
  #entries = [];

  constructor(payload, { lineLengths } = {}) {
    validateObject(payload, 'payload');
    this.#payload = structuredClone(payload);
    if (lineLengths !== undefined) {
      if (!Array.isArray(lineLengths)) throw new ERR_INVALID_ARG_TYPE('options.lineLengths', 'Array', lineLengths);
      this.#lineLengths = lineLengths.slice();
    }
    const { sections } = this.#payload;
    if (Array.isArray(sections)) {
      for (const { map, offset } of sections) this.#add(map, offset.line, offset.column);
    } else {
      this.#add(this.#payload, 0, 0);
    }
    this.#entries.sort((a, b) => a.generatedLine - b.generatedLine || a.generatedColumn - b.generatedColumn);
  }

  // Sources are named as the map names them, without its `sourceRoot`, as in Node; who reads the maps of modules adds that.
  #add({ mappings, names = [], sources = [] }, lineOffset, columnOffset) {
    decode(mappings, (line, column, source, originalLine, originalColumn, name) => {
      this.#entries.push({
        generatedLine: line + lineOffset,
        generatedColumn: column + (line === 0 ? columnOffset : 0),
        originalSource: sources[source],
        originalLine,
        originalColumn,
        name: name === undefined ? undefined : names[name],
      });
    });
  }

  get payload() {
    return structuredClone(this.#payload);
  }

  get lineLengths() {
    return this.#lineLengths?.slice();
  }

  // The mapping that covers the place in the generated code (both from 0); {} if none does.
  findEntry(lineOffset, columnOffset) {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { generatedLine, generatedColumn } = this.#entries[middle];
      if (generatedLine < lineOffset || (generatedLine === lineOffset && generatedColumn <= columnOffset)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const entry = this.#entries[low - 1];
    return entry === undefined ? {} : { ...entry };
  }

  // The place in the sources of a place in the generated code, both from 1, as call sites count.
  findOrigin(lineNumber, columnNumber) {
    const entry = this.findEntry(lineNumber - 1, columnNumber - 1);
    if (entry.originalSource === undefined) return {};
    return {
      name: entry.name,
      fileName: entry.originalSource,
      lineNumber: entry.originalLine + lineNumber - entry.generatedLine,
      columnNumber: entry.originalColumn + columnNumber - entry.generatedColumn,
    };
  }
}

module.exports = { SourceMap, entriesOf };
