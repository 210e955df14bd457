'use strict';

// from(): anything that stands for bytes as an async iterable of batches.

const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
const { isPromise, isUint8Array } = require('internal/util/types');
const { BATCH, chunkOf, isBatch, methodOf, slices } = require('internal/streams/iter/from_sync');
const { toAsyncStreamable, toStreamable } = require('internal/streams/iter/protocols');

const KINDS = [
  'string', 'ArrayBuffer', 'ArrayBufferView', 'Iterable', 'AsyncIterable', 'toStreamable', 'toAsyncStreamable',
];
const SYNC_KINDS = ['string', 'ArrayBuffer', 'ArrayBufferView', 'Iterable', 'toStreamable'];

// Chunks within a value of an async source: async iterables and promises may be anywhere in it.
async function* flatten(value) {
  if (isPromise(value)) value = await value;
  const chunk = chunkOf(value);
  if (chunk !== undefined) {
    yield chunk;
    return;
  }
  for (const key of [toAsyncStreamable, toStreamable]) {
    const convert = methodOf(value, key);
    if (convert !== undefined) {
      yield* flatten(await Reflect.apply(convert, value, []));
      return;
    }
  }
  if (methodOf(value, Symbol.asyncIterator) !== undefined) {
    for await (const each of value) yield* flatten(each);
  } else if (methodOf(value, Symbol.iterator) !== undefined) {
    for (const each of value) yield* flatten(each);
  } else {
    throw new ERR_INVALID_ARG_TYPE('value', KINDS, value);
  }
}

// Chunks within a value of a synchronous source: promises are waited for, other asynchronous things refused.
async function* flattenSync(value) {
  if (isPromise(value)) value = await value;
  const chunk = chunkOf(value);
  if (chunk !== undefined) {
    yield chunk;
    return;
  }
  if (methodOf(value, toAsyncStreamable) !== undefined || methodOf(value, Symbol.asyncIterator) !== undefined) {
    throw new ERR_INVALID_ARG_TYPE('value', SYNC_KINDS, value);
  }
  const convert = methodOf(value, toStreamable);
  if (convert !== undefined) {
    yield* flattenSync(Reflect.apply(convert, value, []));
    return;
  }
  if (methodOf(value, Symbol.iterator) === undefined) throw new ERR_INVALID_ARG_TYPE('value', KINDS, value);
  for (const each of value) yield* flattenSync(each);
}

async function* gather(chunks) {
  let batch = [];
  for await (const chunk of chunks) {
    batch.push(chunk);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

async function* fromAsyncIterable(source) {
  for await (const value of source) {
    if (isBatch(value)) {
      if (value.length > 0) yield value;
      continue;
    }
    const chunk = chunkOf(value);
    if (chunk !== undefined) yield [chunk];
    else yield* gather(flatten(value));
  }
}

async function* fromIterable(source) {
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
    const chunk = chunkOf(value);
    if (chunk !== undefined) yield [chunk];
    else if (!isBatch(value)) yield* gather(flattenSync(value));
    else if (value.length > BATCH) yield* slices(value);
    else if (value.length > 0) yield value;
  }
  if (gathered.length > 0) yield gathered;
}

function iterable(generator) {
  return { __proto__: null, [Symbol.asyncIterator]: generator };
}

// A stream that is read only once, however many iterators are made of it.
function once(stream) {
  return iterable(async function* () {
    yield* stream;
  });
}

// What a protocol's method returned: at once where it is no promise, so that a wrong value is refused at once.
function converted(result, isAsync) {
  if (!isAsync || methodOf(result, 'then') === undefined) {
    if (!isAsync || acceptable(result)) return from(result);
  }
  return iterable(async function* () {
    yield* from(await result)[Symbol.asyncIterator]();
  });
}

function acceptable(value) {
  return chunkOf(value) !== undefined || methodOf(value, toAsyncStreamable) !== undefined ||
    methodOf(value, toStreamable) !== undefined || methodOf(value, Symbol.asyncIterator) !== undefined ||
    methodOf(value, Symbol.iterator) !== undefined;
}

function from(input) {
  if (input === null || input === undefined) {
    throw new ERR_INVALID_ARG_TYPE('input', 'a non-null value', input);
  }
  const chunk = chunkOf(input);
  if (chunk !== undefined) {
    return iterable(async function* () {
      yield [chunk];
    });
  }
  const convertAsync = methodOf(input, toAsyncStreamable);
  if (convertAsync !== undefined) return converted(Reflect.apply(convertAsync, input, []), true);
  const convert = methodOf(input, toStreamable);
  if (convert !== undefined) return converted(Reflect.apply(convert, input, []), false);
  if (isBatch(input)) {
    return iterable(async function* () {
      yield* slices(input);
    });
  }
  if (methodOf(input, Symbol.asyncIterator) !== undefined) {
    return once(fromAsyncIterable(input));
  }
  if (methodOf(input, Symbol.iterator) !== undefined) {
    return once(fromIterable(input));
  }
  throw new ERR_INVALID_ARG_TYPE('input', KINDS, input);
}

module.exports = { acceptable, flatten, from };
