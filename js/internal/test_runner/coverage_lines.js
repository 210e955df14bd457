'use strict';
// Lines of a source as coverage counts them: where each stands in the text, and which the comments take out
// (https://nodejs.org/api/test.html#collecting-code-coverage).

const DIRECTIVE = /\/\*\s*node:coverage\s+(?:(enable|disable)|ignore\s+next(?:\s+(\d+))?)\s*\*\//;

class Line {
  constructor(number, start, text) {
    this.number = number;
    this.start = start;
    this.end = start + text.length;
    this.ignored = false;
    // Nothing tells of an empty line; others have run if some range says so.
    this.count = text.length === 0 ? 1 : 0;
  }
}

// A directive counts from the line after its own; the line that enables again is still left out.
function linesOf(source) {
  const lines = [];
  let start = 0;
  let disabled = false;
  let ignoring = 0;
  for (const text of source.split('\n')) {
    const line = new Line(lines.length + 1, start, text.endsWith('\r') ? text.slice(0, -1) : text);
    line.ignored = disabled || ignoring > 0;
    if (ignoring > 0) ignoring--;
    const directive = text.includes('node:coverage') ? DIRECTIVE.exec(text) : null;
    if (directive !== null) {
      if (directive[1] !== undefined) disabled = directive[1] === 'disable';
      else ignoring = Number(directive[2] ?? 1);
    }
    lines.push(line);
    start += text.length + 1;
  }
  // What follows the last line break is no line where nothing stands there.
  if (lines.length > 1 && lines.at(-1).start === source.length) lines.pop();
  return lines;
}

// Index of the line that holds the place `offset` (its line break included).
function lineAt(lines, offset) {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (lines[middle].start <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(low - 1, 0);
}

module.exports = { lineAt, linesOf };
