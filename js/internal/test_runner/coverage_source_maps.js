'use strict';
// Coverage of generated code as coverage of what it was made from, for files that end with a sourceMappingURL
// comment (--enable-source-maps).

const fs = require('fs');
const { entriesOf } = require('internal/source_map');
const { lineAt, linesOf } = require('internal/test_runner/coverage_lines');
const { mergeFunctions } = require('internal/test_runner/coverage_merge');

// The lines of the source at a URL; undefined where it cannot be read.
function originalLines(url, { contents, known, texts }) {
  if (known.has(url)) return known.get(url);
  let text = contents.get(url);
  if (typeof text !== 'string') {
    try {
      text = fs.readFileSync(new URL(url), 'utf8');
    } catch {
      text = undefined;
    }
  }
  if (text !== undefined) texts.set(url, text);
  const lines = text === undefined ? undefined : linesOf(text);
  known.set(url, lines);
  return lines;
}

// The place in a source that belongs to an offset in the generated code.
function placeOf(offset, lines, entry) {
  const line = lines[lineAt(lines, offset)];
  const { originalSource, originalLine, originalColumn, generatedColumn, generatedLine } =
    entry.map.findEntry(line.number - 1, offset - line.start);
  if (originalSource === undefined || originalLine === undefined) return undefined;
  const original = originalLines(originalSource, entry)?.[originalLine];
  if (original === undefined) return undefined;
  // What stands between two mapped places is as far from the first of them on both sides.
  const beyond = generatedLine === line.number - 1 ? offset - line.start - generatedColumn : 0;
  return { url: originalSource, offset: Math.min(original.start + originalColumn + beyond, original.end) };
}

function mapRange({ startOffset, endOffset, count }, lines, entry) {
  const start = placeOf(startOffset, lines, entry);
  const end = placeOf(endOffset, lines, entry);
  if (start === undefined || end === undefined || start.url !== end.url || end.offset < start.offset) return undefined;
  return { url: start.url, range: { startOffset: start.offset, endOffset: end.offset, count } };
}

// The module as a whole, of each source that it was made from: the lines that are mapped at all. What a bundler has
// dropped did not run.
function wholeModules(module, entry) {
  const spans = new Map();
  for (const { originalSource, originalLine } of entriesOf(entry.map)) {
    if (originalSource === undefined) continue;
    const lines = originalLines(originalSource, entry);
    const line = lines?.[originalLine];
    if (line === undefined) continue;
    const span = spans.get(originalSource);
    if (span === undefined) spans.set(originalSource, { startOffset: line.start, endOffset: line.end });
    else {
      span.startOffset = Math.min(span.startOffset, line.start);
      span.endOffset = Math.max(span.endOffset, line.end);
    }
  }
  const { count } = module.ranges[0];
  return [...spans].map(([url, span]) => [url, { ...module, ranges: [{ ...span, count }] }]);
}

// `functions` by URL -> the same by the URLs of the sources; `texts` gets the sources' texts, which may be nowhere else.
function mapFunctions(functions, texts) {
  const { readMapOf } = require('internal/source_map_support');
  const lists = new Map();
  const add = (url, each) => {
    const list = lists.get(url);
    if (list === undefined) lists.set(url, [each]);
    else list.push(each);
  };
  for (const [url, own] of functions) {
    let text;
    try {
      text = fs.readFileSync(new URL(url), 'utf8');
    } catch {
      continue;
    }
    const entry = readMapOf(url, text);
    if (entry === undefined) {
      add(url, own);
      continue;
    }
    Object.assign(entry, { known: new Map(), texts });
    const lines = linesOf(text);
    const [module, ...rest] = own;
    for (const [source, each] of wholeModules(module, entry)) add(source, [each]);
    for (const each of rest) {
      const mapped = each.ranges.map((range) => mapRange(range, lines, entry));
      // What the compiler has added belongs to no source.
      if (mapped[0] === undefined) continue;
      const source = mapped[0].url;
      const ranges = mapped.filter((range) => range?.url === source).map(({ range }) => range);
      add(source, [{ ...each, ranges }]);
    }
  }
  return new Map([...lists].map(([url, list]) => [url, mergeFunctions(list)]));
}

module.exports = { mapFunctions };
