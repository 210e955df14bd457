'use strict';

// fromSync(): anything that stands for bytes as an iterable of batches. What a source's iterator gives is flattened;
// plain chunks are gathered, so that many small ones cost one step of a pipeline and not one each.

const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
const { isAnyArrayBuffer, isArrayBufferView, isPromise, isUint8Array } = require('internal/util/types');
const { encoder } = require('internal/streams/iter/convert');
const { toStreamable } = require('internal/streams/iter/protocols');

// Chunks in one batch: the most a consumer gets at once from a source of single chunks.
const BATCH = 128;
const KINDS = ['string', 'ArrayBuffer', 'ArrayBufferView', 'Iterable', 'toStreamable'];

// The bytes of a value that is one chunk; undefined if it is none.
function chunkOf(value) {
  if (typeof value === 'string') return encoder.encode(value);
  if (isUint8Array(value)) return value;
  if (isAnyArrayBuffer(value)) return new Uint8Array(value);
  if (isArrayBufferView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return undefined;
}

function isBatch(value) {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) if (!isUint8Array(value[i])) return false;
  return true;
}

function methodOf(value, key) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return undefined;
  const method = value[key];
  return typeof method === 'function' ? method : undefined;
}

function refuse(value) {
  throw new ERR_INVALID_ARG_TYPE('value', KINDS, value);
}

// All chunks within `value`, however deep, one after another.
function* flatten(value) {
  const chunk = chunkOf(value);
  if (chunk !== undefined) {
    yield chunk;
    return;
  }
  const convert = methodOf(value, toStreamable);
  if (convert !== undefined) {
    yield* flatten(Reflect.apply(convert, value, []));
    return;
  }
  if (methodOf(value, Symbol.iterator) === undefined) refuse(value);
  for (const each of value) yield* flatten(each);
}

// Slices of at most BATCH chunks of one that is a batch already; the batch itself where it is short.
function* slices(batch) {
  if (batch.length <= BATCH) {
    if (batch.length > 0) yield batch;
    return;
  }
  for (let at = 0; at < batch.length; at += BATCH) yield batch.slice(at, at + BATCH);
}

function* flattened(value) {
  let batch = [];
  for (const chunk of flatten(value)) {
    batch.push(chunk);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function* batches(source) {
  let gathered = [];
  for (const value of source) {
    if (isUint8Array(value)) {
      gathered.push(value);
      if (gathered.length === BATCH) {
        yield gathered;
        gathered = [];
      }
      continue;
    }
    if (gathered.length > 0) {
      yield gathered;
      gathered = [];
    }
    if (!isBatch(value)) yield* flattened(value);
    else if (value.length > BATCH) yield* slices(value);
    else if (value.length > 0) yield value;
  }
  if (gathered.length > 0) yield gathered;
}

function iterable(generator) {
  return { __proto__: null, [Symbol.iterator]: generator };
}

function refuseInput(input, what) {
  const error = new ERR_INVALID_ARG_TYPE('input', [`a synchronous input (not ${what})`], input);
  throw error;
}

function fromSync(input) {
  if (input === null || input === undefined) {
    throw new ERR_INVALID_ARG_TYPE('input', 'a non-null value', input);
  }
  const chunk = chunkOf(input);
  if (chunk !== undefined) {
    return iterable(function* () {
      yield [chunk];
    });
  }
  const convert = methodOf(input, toStreamable);
  if (convert !== undefined) return fromSync(Reflect.apply(convert, input, []));
  if (isBatch(input)) {
    return iterable(function* () {
      yield* slices(input);
    });
  }
  if (methodOf(input, Symbol.iterator) !== undefined) {
    return iterable(function* () {
      yield* batches(input);
    });
  }
  if (methodOf(input, Symbol.asyncIterator) !== undefined) refuseInput(input, 'AsyncIterable');
  if (isPromise(input) || methodOf(input, 'then') !== undefined) refuseInput(input, 'Promise');
  throw new ERR_INVALID_ARG_TYPE('input', KINDS, input);
}

module.exports = {
  BATCH,
  chunkOf,
  fromSync,
  isBatch,
  iterable,
  methodOf,
  slices,
};
