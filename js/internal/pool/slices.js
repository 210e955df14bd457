'use strict';
// Inside an isolate of a pool: what collections.js has done to parts of collections. A payload is
//   [operation, captured values, input, from, to, base, extra]
// where `input` is an array of items of its own, or a typed array in memory that all share; the item at `i` has index
// base + i. What comes back:
//   MAP     an array of results; nothing where they were written to the typed array `extra`
//   EACH    nothing
//   FILTER  positions of the items to keep, from `from` on; of a typed array, the kept items
//   REDUCE  the accumulated value; `extra` is undefined or [initial]
//   SORT    positions in order; of a typed array nothing, it is sorted in place
//   MERGE   see merge()
//
// The loops over items are compiled anew for each code, so that V8 knows which function each of them calls, and inlines it.

const { Moved } = require('internal/pool/move');
const { EACH, FILTER, MAP, MERGE, REDUCE, SORT } = require('internal/pool/protocol');
const { aboutToFill } = internalBinding('pool_task');

// Below this, in bytes, a result's memory is as likely to be in use as it is new.
const MUCH = 1 << 18;

// A step runs from `i` on, and returns `to`, or the position at which it stopped because what `fn` gave, left in
// box.value, is none of its business: a promise, a Moved, and for `numbers` whatever is not of that type.
const LOOPS = `(function() { 'use strict'; return {
  numbers(fn, input, output, i, to, base, type, box) {
    for (; i < to; i++) {
      const value = fn(input[i], base + i);
      if (typeof value !== type) { box.value = value; return i; }
      output[i] = value;
    }
    return to;
  },
  map(fn, input, output, i, to, base, box) {
    for (; i < to; i++) {
      const value = fn(input[i], base + i);
      if (value !== null && typeof value === 'object' && box.stops(value)) { box.value = value; return i; }
      output.push(value);
    }
    return to;
  },
  each(fn, input, i, to, base, box) {
    for (; i < to; i++) {
      const value = fn(input[i], base + i);
      if (value !== null && typeof value === 'object' && box.stops(value)) { box.value = value; return i; }
    }
    return to;
  },
  filter(fn, input, kept, i, to, base, box) {
    for (; i < to; i++) {
      const value = fn(input[i], base + i);
      if (value !== null && typeof value === 'object' && box.stops(value)) { box.value = value; return i; }
      if (value) kept.push(i);
    }
    return to;
  },
  reduce(fn, input, i, to, base, box) {
    let value = box.value;
    for (; i < to; i++) {
      value = fn(value, input[i], base + i);
      if (value !== null && typeof value === 'object' && box.stops(value)) { box.value = value; return i; }
    }
    box.value = value;
    return to;
  },
}; })()`;

let made = 0;

function loopsOf(code) {
  if (code.loops === undefined) {
    const indirect = eval;
    // A text of its own gets feedback of its own.
    code.loops = indirect(`${LOOPS}//${made++}`);
  }
  return code.loops;
}

class Box {
  value = undefined;
  stops(value) { return typeof value.then === 'function' || value instanceof Moved; }
}

// Runs step(position) until it is through; where it stops, `accept(position, value)` takes what was awaited.
function drive(step, box, from, to, accept, result) {
  const at = step(from);
  return at === to ? result() : driveOn(step, box, at, to, accept, result);
}

async function driveOn(step, box, at, to, accept, result) {
  while (at < to) {
    accept(at, await box.value);
    at = step(at + 1);
  }
  return result();
}

function map(loops, fn, input, from, to, base, output) {
  const box = new Box();
  if (output !== undefined) {
    const type = output instanceof BigInt64Array || output instanceof BigUint64Array ? 'bigint' : 'number';
    const { BYTES_PER_ELEMENT: width } = output;
    if ((to - from) * width >= MUCH) aboutToFill(output, from * width, to * width);
    const step = (i) => loops.numbers(fn, input, output, i, to, base, type, box);
    return drive(step, box, from, to, (i, value) => { output[i] = value; }, () => undefined);
  }
  const results = [];
  let list;
  const step = (i) => loops.map(fn, input, results, i, to, base, box);
  const accept = (i, value) => {
    if (value instanceof Moved) {
      (list ??= []).push(...value.list);
      results.push(value.value);
    } else {
      results.push(value);
    }
  };
  return drive(step, box, from, to, accept, () => (list === undefined ? results : new Moved(results, list)));
}

function each(loops, fn, input, from, to, base) {
  const box = new Box();
  return drive((i) => loops.each(fn, input, i, to, base, box), box, from, to, () => {}, () => undefined);
}

function filter(loops, fn, input, from, to, base) {
  const box = new Box();
  const kept = [];
  const step = (i) => loops.filter(fn, input, kept, i, to, base, box);
  return drive(step, box, from, to, (i, keep) => { if (keep) kept.push(i); }, () => {
    if (!ArrayBuffer.isView(input)) return kept;
    const items = new input.constructor(kept.length);
    for (let i = 0; i < items.length; i++) items[i] = input[kept[i]];
    return new Moved(items, [items.buffer]);
  });
}

function reduce(loops, fn, input, from, to, base, initial) {
  const box = new Box();
  box.value = initial === undefined ? input[from++] : initial[0];
  const step = (i) => loops.reduce(fn, input, i, to, base, box);
  return drive(step, box, from, to, (i, value) => { box.value = value; }, () => box.value);
}

// Whether `b` stands before `a` in the order that typed arrays have by themselves.
function isBefore(b, a) {
  if (b < a) return true;
  if (b > a) return false;
  // Zeros, of which -0 is first, and NaN, which is last.
  return a === b ? a === 0 && Object.is(b, -0) && Object.is(a, 0) : a !== a && b === b;
}

// As Array.prototype.sort has it: undefined is last, and no comparator sees it.
function isItemBefore(fn, b, a) {
  if (b === undefined) return false;
  return a === undefined || fn(b, a) < 0;
}

function sort(fn, input, from, to, extra) {
  if (ArrayBuffer.isView(input)) {
    const items = input.slice(from, to);
    if (extra.byNature) items.sort();
    else items.sort(fn);
    input.set(items, from);
    return undefined;
  }
  const order = new Array(input.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  order.sort((i, j) => {
    const a = input[i];
    const b = input[j];
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    return fn(a, b);
  });
  const positions = Uint32Array.from(order);
  return new Moved(positions, [positions.buffer]);
}

// How many of the first `count` items of two merged runs come from the first run.
function share(before, a, aFrom, aTo, b, bFrom, bTo, count) {
  let low = Math.max(0, count - (bTo - bFrom));
  let high = Math.min(count, aTo - aFrom);
  while (low < high) {
    const middle = (low + high) >>> 1;
    // The item at `middle` of the first run is among them unless enough of the second are before it.
    if (before(b[bFrom + count - middle - 1], a[aFrom + middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

// Two arrays [first run, second run]: for each place of the merged run, which of them its item comes from. Or of a typed
// array, part of a merge into another: extra { target, middle, start, end, byNature }; the runs are from..middle and
// middle..to, and what is written is start..end of the merged run, which begins at `from` in the target.
function merge(fn, input, from, to, extra) {
  if (extra === undefined) {
    const [a, b] = input;
    const picks = new Uint8Array(a.length + b.length);
    let i = 0;
    for (let j = 0, k = 0; k < picks.length; k++) {
      if (i === a.length || (j < b.length && isItemBefore(fn, b[j], a[i]))) {
        picks[k] = 1;
        j++;
      } else {
        i++;
      }
    }
    return new Moved(picks, [picks.buffer]);
  }
  const { target, middle, start, end, byNature } = extra;
  const before = byNature ? isBefore : (b, a) => fn(b, a) < 0;
  const taken = share(before, input, from, middle, input, middle, to, start);
  let i = from + taken;
  let j = middle + start - taken;
  for (let k = from + start; k < from + end; k++) {
    if (i === middle || (j < to && before(input[j], input[i]))) target[k] = input[j++];
    else target[k] = input[i++];
  }
  return undefined;
}

function runSlice(code, payload) {
  // By their places: what users may make of the iterator of arrays must not see what `extra` is.
  const { 0: operation, 1: captured, 2: input, 3: from, 4: to, 5: base, 6: extra } = payload;
  const fn = code.factory === undefined ? code.call : code.factory(...captured);
  switch (operation) {
    case MAP: return map(loopsOf(code), fn, input, from, to, base, extra);
    case EACH: return each(loopsOf(code), fn, input, from, to, base);
    case FILTER: return filter(loopsOf(code), fn, input, from, to, base);
    case REDUCE: return reduce(loopsOf(code), fn, input, from, to, base, extra);
    case SORT: return sort(fn, input, from, to, extra);
    case MERGE: return merge(fn, input, from, to, extra);
    default: throw new Error('Unknown operation');
  }
}

module.exports = { runSlice };
