'use strict';

// What a transform is, and how one is applied to a stream. A function gets one batch at a time and null at the end; an
// object's transform() gets the whole stream, whose last item is null. Neighbouring functions run in one step.

const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
const { isPromise } = require('internal/util/types');
const { chunkOf, isBatch, methodOf } = require('internal/streams/iter/from_sync');

const VALUE_SYNC = ['string', 'Uint8Array', 'ArrayBuffer', 'ArrayBufferView', 'Iterable'];
const VALUE_ASYNC = [...VALUE_SYNC, 'AsyncIterable'];
const RESULT_SYNC = ['string', 'Uint8Array', 'ArrayBuffer', 'ArrayBufferView', 'Array', 'Iterable', 'null'];
const RESULT_ASYNC = [...RESULT_SYNC.slice(0, -1), 'AsyncIterable', 'Promise', 'null'];

// ---- arguments ----------------------------------------------------------

// A transform as it was given, its method read once: `method` is undefined for a function.
function readTransform(value, index) {
  if (typeof value === 'function') return { __proto__: null, target: value, method: undefined };
  const method = methodOf(value, 'transform');
  if (method === undefined) {
    throw new ERR_INVALID_ARG_TYPE(`transforms[${index}]`, ['function', 'Object with transform()'], value);
  }
  return { __proto__: null, target: value, method };
}

function readTransforms(values) {
  return values.map(readTransform);
}

// `values` without the options they may end with. Whatever is no transform at that place stands for options.
function splitOptions(values) {
  if (values.length === 0) return { __proto__: null, transforms: [], options: undefined };
  const last = values[values.length - 1];
  if (typeof last === 'function') return { __proto__: null, transforms: readTransforms(values), options: undefined };
  const method = methodOf(last, 'transform');
  const transforms = readTransforms(values.slice(0, -1));
  if (method === undefined) return { __proto__: null, transforms, options: last };
  transforms.push({ __proto__: null, target: last, method });
  return { __proto__: null, transforms, options: undefined };
}

// ---- results ------------------------------------------------------------

function flattenSync(value, into) {
  const chunk = chunkOf(value);
  if (chunk !== undefined) {
    into.push(chunk);
  } else if (methodOf(value, Symbol.iterator) !== undefined) {
    for (const each of value) flattenSync(each, into);
  } else {
    throw new ERR_INVALID_ARG_TYPE('value', VALUE_SYNC, value);
  }
}

async function flatten(value, into) {
  if (isPromise(value)) value = await value;
  const chunk = chunkOf(value);
  if (chunk !== undefined) {
    into.push(chunk);
  } else if (methodOf(value, Symbol.asyncIterator) !== undefined) {
    for await (const each of value) await flatten(each, into);
  } else if (methodOf(value, Symbol.iterator) !== undefined) {
    for (const each of value) flattenSync(each, into);
  } else {
    throw new ERR_INVALID_ARG_TYPE('value', VALUE_ASYNC, value);
  }
}

// The batch a result stands for; null where it stands for nothing.
function batchSync(value, name, kinds) {
  if (value === null) return null;
  if (isBatch(value)) return value.length > 0 ? value : null;
  const chunk = chunkOf(value);
  if (chunk !== undefined) return [chunk];
  if (methodOf(value, Symbol.iterator) === undefined) throw new ERR_INVALID_ARG_TYPE(name, kinds, value);
  const batch = [];
  for (const each of value) flattenSync(each, batch);
  return batch.length > 0 ? batch : null;
}

// As batchSync, or a promise of it where the result needs one.
function batchOf(value, name, kinds) {
  if (value === null) return null;
  if (isBatch(value)) return value.length > 0 ? value : null;
  if (isPromise(value)) return value.then((settled) => batchOf(settled, name, kinds));
  if (chunkOf(value) === undefined && methodOf(value, Symbol.asyncIterator) !== undefined) return collected(value);
  return batchSync(value, name, kinds);
}

async function collected(value) {
  const batch = [];
  await flatten(value, batch);
  return batch.length > 0 ? batch : null;
}

// ---- application --------------------------------------------------------

function optionsFor(signal) {
  return { __proto__: null, signal };
}

async function callOne({ target }, batch, signal) {
  return batchOf(target(batch, optionsFor(signal)), 'result', RESULT_ASYNC);
}

// A batch through all functions of one step.
async function through(run, batch, signal) {
  for (let i = 0; i < run.length && batch !== null; i++) {
    const result = batchOf(run[i].target(batch, optionsFor(signal)), 'result', RESULT_ASYNC);
    batch = isPromise(result) ? await result : result;
  }
  return batch;
}

async function* statelessStep(source, run, signal) {
  for await (const batch of source) {
    const result = await through(run, batch, signal);
    // One that did not look at its signal has gone on for nothing.
    if (signal.aborted) throw signal.reason;
    if (result !== null) yield result;
  }
  // Each function's last words go through the ones after it, before those are told the end themselves.
  let words = [];
  for (let i = 0; i < run.length; i++) {
    const next = [];
    for (const batch of words) {
      const result = await callOne(run[i], batch, signal);
      if (result !== null) next.push(result);
    }
    const last = await callOne(run[i], null, signal);
    if (last !== null) next.push(last);
    words = next;
  }
  yield* words;
}

async function* withEnd(source) {
  yield* source;
  yield null;
}

async function* statefulStep(source, { target, method }, signal) {
  const output = Reflect.apply(method, target, [withEnd(source), optionsFor(signal)]);
  for await (const value of output) {
    const result = batchOf(value, 'value', VALUE_ASYNC);
    const batch = isPromise(result) ? await result : result;
    if (batch !== null) yield batch;
  }
}

// Runs of neighbouring functions, and the objects between them.
function steps(transforms) {
  const list = [];
  for (const transform of transforms) {
    const last = list[list.length - 1];
    if (transform.method !== undefined) list.push(transform);
    else if (Array.isArray(last)) last.push(transform);
    else list.push([transform]);
  }
  return list;
}

async function* plain(source) {
  for await (const batch of source) yield batch;
}

// `source` (of batches) behind `transforms`, as a generator.
function apply(source, transforms, signal) {
  if (transforms.length === 0) return plain(source);
  for (const step of steps(transforms)) {
    source = Array.isArray(step) ? statelessStep(source, step, signal) : statefulStep(source, step, signal);
  }
  return source;
}

function* statelessStepSync(source, run) {
  const call = ({ target }, batch) => batchSync(target(batch), 'result', RESULT_SYNC);
  for (let batch of source) {
    for (let i = 0; i < run.length && batch !== null; i++) batch = call(run[i], batch);
    if (batch !== null) yield batch;
  }
  let words = [];
  for (let i = 0; i < run.length; i++) {
    const next = [];
    for (const batch of words) {
      const result = call(run[i], batch);
      if (result !== null) next.push(result);
    }
    const last = call(run[i], null);
    if (last !== null) next.push(last);
    words = next;
  }
  yield* words;
}

function* withEndSync(source) {
  yield* source;
  yield null;
}

function* statefulStepSync(source, { target, method }) {
  const output = Reflect.apply(method, target, [withEndSync(source)]);
  for (const value of output) {
    const batch = batchSync(value, 'value', VALUE_SYNC);
    if (batch !== null) yield batch;
  }
}

function applySync(source, transforms) {
  for (const step of steps(transforms)) {
    source = Array.isArray(step) ? statelessStepSync(source, step) : statefulStepSync(source, step);
  }
  return source;
}

module.exports = { apply, applySync, readTransforms, splitOptions };
