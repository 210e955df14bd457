'use strict';
// from(), fromSync() and what collects a stream.

const assert = require('assert');
const {
  array, arrayBuffer, arrayBufferSync, bytes, bytesSync, from, fromSync, text, textSync, toAsyncStreamable, toStreamable,
} = require('stream/iter');
const { all, batches, batchesSync, bytes: encode } = require('./common.cjs');

async function* slowly(...values) {
  for (const value of values) yield value;
}

async function kinds() {
  const list = [
    ['text', [['text']]],
    ['', [['']]],
    [encode('abc'), [['abc']]],
    [encode('abc').buffer, [['abc']]],
    [new DataView(encode('xabcx').buffer, 1, 3), [['abc']]],
    [['a', encode('b'), ['c', ['d']]], [['a'], ['b'], ['c', 'd']]],
    [[encode('a'), encode('b')], [['a', 'b']]],
    [new Set(['a', encode('b'), encode('c'), 'd']), [['a'], ['b', 'c'], ['d']]],
    [{ [toStreamable]: () => ({ [toStreamable]: () => 'deep' }), *[Symbol.iterator]() {} }, [['deep']]],
    [[], []],
  ];
  for (const [input, expected] of list) {
    assert.deepStrictEqual(await batches(from(input)), expected);
    assert.deepStrictEqual(batchesSync(fromSync(input)), expected);
  }
  const asyncOnly = [
    [slowly('a', [encode('b'), encode('c')], slowly('d', 'e'), []), [['a'], ['b', 'c'], ['d', 'e']]],
    [{ [toAsyncStreamable]: async () => 'later', [toStreamable]: () => 'now' }, [['later']]],
    [['a', Promise.resolve(['b', 'c'])], [['a'], ['b', 'c']]],
    [new ReadableStream({ start(c) { c.enqueue(encode('web')); c.close(); } }), [['web']]],
  ];
  for (const [input, expected] of asyncOnly) assert.deepStrictEqual(await batches(from(input)), expected);
}

function refusals() {
  for (const input of [null, undefined, 5, true, Symbol('x'), {}, () => {}, new Date()]) {
    assert.throws(() => from(input), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => fromSync(input), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => fromSync(slowly('a')), {
    code: 'ERR_INVALID_ARG_TYPE', message: /must be an a synchronous input \(not AsyncIterable\)/,
  });
  assert.throws(() => fromSync(Promise.resolve('a')), { message: /\(not Promise\)/ });
  assert.throws(() => from(Promise.resolve('a')), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => textSync([1]), { code: 'ERR_INVALID_ARG_TYPE', message: /^The "value" argument must be/ });
}

// Single chunks are gathered, but nothing is copied.
async function batching() {
  const lengths = async (stream) => (await batches(stream)).map((batch) => batch.length);
  function* many(count) {
    for (let i = 0; i < count; i++) yield encode('x');
  }
  assert.deepStrictEqual(await lengths(from(many(300))), [128, 128, 44]);
  assert.deepStrictEqual(await lengths(fromSync(many(300))), [128, 128, 44]);
  const batch = [encode('a')];
  for await (const seen of from(slowly(batch))) assert.strictEqual(seen, batch);
  for (const seen of fromSync([batch])) assert.strictEqual(seen, batch);
  const own = encode('own');
  assert.strictEqual(await bytes(own), own);
  assert.strictEqual(await arrayBuffer(own), own.buffer);
  assert.strictEqual(arrayBufferSync(own), own.buffer);
  // A view of a part is not: what is around it stays where it is.
  const part = new Uint8Array(encode('xabcx').buffer, 1, 3);
  assert.strictEqual((await bytes(part)).buffer.byteLength, 3);
}

// A source that is left early is closed.
async function closing() {
  let closed = 0;
  function* sync() {
    try {
      yield 'a';
      yield 'b';
    } finally {
      closed++;
    }
  }
  for await (const batch of from(sync())) {
    assert.strictEqual(batch.length, 1);
    break;
  }
  for (const batch of fromSync(sync())) {
    assert.strictEqual(batch.length, 1);
    break;
  }
  await assert.rejects(bytes(sync(), { limit: 1 }), {
    name: 'RangeError', code: 'ERR_OUT_OF_RANGE',
    message: 'The value of "totalBytes" is out of range. It must be <= 1. Received 2',
  });
  assert.throws(() => bytesSync(sync(), { limit: 1 }), { code: 'ERR_OUT_OF_RANGE' });
  assert.strictEqual(closed, 4);
}

async function options() {
  assert.strictEqual(await text('abc', null), 'abc');
  assert.strictEqual(await text('abc', { limit: '3.9' }), 'abc');
  assert.strictEqual(textSync(encode('abc'), { encoding: 'latin1' }), 'abc');
  for (const limit of [NaN, 'x', 1n, Symbol('x')]) {
    await assert.rejects(text('abc', { limit }), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  await assert.rejects(text('abc', { limit: -1 }), { name: 'TypeError', code: 'ERR_OUT_OF_RANGE' });
  await assert.rejects(text('abc', { encoding: 'nope' }), { name: 'RangeError', code: 'ERR_INVALID_ARG_VALUE' });
  await assert.rejects(text(new Uint8Array([0xff])), { code: 'ERR_ENCODING_INVALID_ENCODED_DATA' });
  await assert.rejects(array('abc', 5), { code: 'ERR_INVALID_ARG_TYPE' });
  for (const signal of [null, 5, {}, { aborted: false }]) {
    await assert.rejects(array('abc', { signal }), {
      code: 'ERR_INVALID_ARG_TYPE', message: 'signal in options is not of type AbortSignal.',
    });
  }
  await assert.rejects(array('abc', { signal: AbortSignal.abort('why') }), (reason) => reason === 'why');
}

// A signal ends a read that would never end by itself.
async function aborted() {
  const controller = new AbortController();
  const source = {
    [Symbol.asyncIterator]: () => ({
      next() {
        queueMicrotask(() => controller.abort('enough'));
        return new Promise(() => {});
      },
    }),
  };
  await assert.rejects(text(source, { signal: controller.signal }), (reason) => reason === 'enough');
}

all(kinds, refusals, batching, closing, options, aborted);
