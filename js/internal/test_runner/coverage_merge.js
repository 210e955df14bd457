'use strict';
// What several processes and threads have counted of the same source, as one list of functions. V8 gives a function's
// ranges from the outermost inwards, and leaves out a block that ran as often as what is around it.

const keyOf = ({ functionName, ranges: [{ startOffset, endOffset }] }) => `${functionName}:${startOffset}:${endOffset}`;

// How often the function counted what is between the two places: what its innermost range around them says.
function countOf(ranges, start, end) {
  let count = 0;
  for (const range of ranges) {
    if (range.startOffset > start) break;
    if (range.endOffset >= end) count = range.count;
  }
  return count;
}

const outerFirst = (a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset;

function sameRanges(a, b) {
  return a.length === b.length &&
    a.every((range, i) => range.startOffset === b[i].startOffset && range.endOffset === b[i].endOffset);
}

// Every range that either side has, with the sum of both sides' counts.
function mergeRanges(a, b) {
  if (sameRanges(a, b)) return a.map((range, i) => ({ ...range, count: range.count + b[i].count }));
  const places = new Map();
  for (const { startOffset, endOffset } of [...a, ...b]) {
    places.set(`${startOffset}:${endOffset}`, { startOffset, endOffset });
  }
  return [...places.values()].sort(outerFirst).map(({ startOffset, endOffset }) => ({
    startOffset, endOffset, count: countOf(a, startOffset, endOffset) + countOf(b, startOffset, endOffset),
  }));
}

function merge(a, b) {
  // A function that never ran there has a single range and tells nothing of blocks.
  return {
    functionName: a.functionName,
    isBlockCoverage: a.isBlockCoverage || b.isBlockCoverage,
    ranges: mergeRanges(a.ranges, b.ranges),
  };
}

// The functions of one source out of the lists of all that loaded it, outer ones first.
function mergeFunctions(lists) {
  const merged = new Map();
  for (const list of lists) {
    for (const each of list) {
      const key = keyOf(each);
      const known = merged.get(key);
      merged.set(key, known === undefined ? each : merge(known, each));
    }
  }
  return [...merged.values()].sort((a, b) => outerFirst(a.ranges[0], b.ranges[0]));
}

module.exports = { mergeFunctions };
