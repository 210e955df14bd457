'use strict';
// pool.sort(): runs are sorted in the isolates, and merged there in pairs. Stable. Typed arrays are sorted in a copy that
// all share, and each merge is divided among the threads; of other items the isolates tell only the order, so that
// the result holds the items themselves.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE } } = require('internal/errors');
const { begin, readOptions } = require('internal/pool/collections');
const { isTypedArray, moved, typeOf } = require('internal/pool/feeds');
const { Mapping } = require('internal/pool/mapping');
const { MERGE, SORT } = require('internal/pool/protocol');

// Runs shorter than this are not worth a thread.
const SHORTEST_RUN = 2048;

// The order of Array.prototype.sort without a comparator.
function byText(a, b) {
  const x = String(a);
  const y = String(b);
  return x < y ? -1 : x > y ? 1 : 0;
}

// Jobs that are given beforehand: `slices` as feeds have them, each with its own `extra`.
class Steps extends Mapping {
  #slices;
  #results = [];

  constructor(setup, operation, slices, resolve, reject) {
    super({ ...setup, chunkSize: 1 }, undefined, resolve, reject);
    this.operation = operation;
    this.#slices = slices;
  }

  take() {
    const slice = this.#slices.shift();
    if (slice !== undefined) this.extra = slice.extra;
    return slice;
  }

  accept(slice, value) { this.#results[slice.place] = value; }
  finish() { this.resolve(this.#results); }
}

function perform(setup, operation, slices) {
  slices.forEach((slice, place) => {
    slice.place = place;
    slice.count = 1;
  });
  return new Promise((resolve, reject) => begin(new Steps(setup, operation, slices, resolve, reject), setup.signal));
}

// Where runs begin, and at last where the whole ends.
function bounds(length, threads) {
  const runs = Math.max(1, Math.min(threads, Math.ceil(length / SHORTEST_RUN)));
  return Array.from({ length: runs + 1 }, (_, i) => Math.floor(length * i / runs));
}

async function sortTyped(setup, view, byNature) {
  const Type = typeOf(view);
  const bytes = view.byteLength;
  const copy = () => new Type(new SharedArrayBuffer(bytes));
  let source = moved(view, setup.list);
  if (source === undefined) {
    source = copy();
    source.set(view);
  }
  const { threads } = setup.scheduler;
  let edges = bounds(source.length, threads);
  await perform(setup, SORT, edges.slice(1).map((to, i) => (
    { items: source, from: edges[i], to, base: 0, extra: { byNature } })));
  let target = edges.length > 2 ? copy() : undefined;
  while (edges.length > 2) {
    const slices = [];
    const next = [0];
    for (let i = 0; i + 1 < edges.length; i += 2) {
      const from = edges[i];
      const middle = edges[i + 1];
      const to = edges[i + 2] ?? middle;
      const parts = Math.max(1, Math.min(threads, Math.ceil((to - from) / SHORTEST_RUN)));
      for (let part = 0; part < parts; part++) {
        const start = Math.floor((to - from) * part / parts);
        const end = Math.floor((to - from) * (part + 1) / parts);
        slices.push({ items: source, from, to, base: 0, extra: { target, middle, start, end, byNature } });
      }
      next.push(to);
    }
    await perform(setup, MERGE, slices);
    edges = next;
    [source, target] = [target, source];
  }
  return source;
}

async function sortItems(setup, items) {
  const edges = bounds(items.length, setup.scheduler.threads);
  let runs = edges.slice(1).map((to, i) => items.slice(edges[i], to));
  const orders = await perform(setup, SORT, runs.map((run) => (
    { items: run, from: 0, to: run.length, base: 0, extra: undefined })));
  runs = runs.map((run, i) => Array.from(orders[i], (at) => run[at]));
  while (runs.length > 1) {
    const pairs = [];
    for (let i = 0; i + 1 < runs.length; i += 2) pairs.push([runs[i], runs[i + 1]]);
    const picks = await perform(setup, MERGE, pairs.map((pair) => (
      { items: pair, from: 0, to: pair[0].length + pair[1].length, base: 0, extra: undefined })));
    const merged = pairs.map((pair, which) => {
      const at = [0, 0];
      return Array.from(picks[which], (side) => pair[side][at[side]++]);
    });
    if (runs.length % 2 === 1) merged.push(runs.at(-1));
    runs = merged;
  }
  return runs[0];
}

async function itemsOf(iterable) {
  if (iterable !== undefined && iterable !== null) {
    if (typeof iterable[Symbol.asyncIterator] === 'function') return Array.fromAsync(iterable);
    if (typeof iterable[Symbol.iterator] === 'function') return Array.from(iterable);
  }
  throw new ERR_INVALID_ARG_TYPE('iterable', ['Iterable', 'AsyncIterable', 'TypedArray'], iterable);
}

async function sort(pool, kinds, iterable, compare, options = {}) {
  const setup = readOptions(pool, kinds, compare ?? byText, options);
  if (isTypedArray(iterable)) return sortTyped(setup, iterable, compare === undefined);
  if (setup.list !== undefined) {
    throw new ERR_INVALID_ARG_VALUE('options.transferList', options.transferList, 'needs a typed array of items');
  }
  const items = await itemsOf(iterable);
  return items.length === 0 ? [] : sortItems(setup, items);
}

module.exports = { sort };
