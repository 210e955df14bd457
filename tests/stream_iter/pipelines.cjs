'use strict';
// pull(), pullSync(), merge(), tap() and tapSync().

const assert = require('assert');
const { from, fromSync, merge, pull, pullSync, tap, tapSync, text, textSync } = require('stream/iter');
const { all, batches, batchesSync, bytes, string, tick } = require('./common.cjs');

const upper = (chunks) => chunks && chunks.map((chunk) => bytes(string(chunk).toUpperCase()));

async function functions() {
  const seen = [];
  const note = (name, last) => (chunks) => {
    seen.push(`${name} ${chunks === null ? 'end' : chunks.map(string)}`);
    return chunks ?? last;
  };
  assert.strictEqual(await text(pull(['a', 'b'], note(1, 'x'), upper, note(2, 'y'), note(3, null))), 'ABXy');
  const expected = ['1 a', '2 A', '3 A', '1 b', '2 B', '3 B', '1 end', '2 X', '2 end', '3 X', '3 y', '3 end'];
  assert.deepStrictEqual(seen.splice(0), expected);
  assert.strictEqual(textSync(pullSync(['a', 'b'], note(1, 'x'), upper, note(2, 'y'), note(3, null))), 'ABXy');
  assert.deepStrictEqual(seen, expected);
}

async function results() {
  const list = [
    [() => 'text', [['text'], ['text']]],
    [() => null, []],
    [() => [], []],
    [(chunks) => chunks && ['x', ['y', bytes('z').buffer]], [['x', 'y', 'z']]],
    [function* (chunks) { if (chunks) yield* ['p', 'q']; }, [['p', 'q']]],
  ];
  for (const [transform, expected] of list) {
    assert.deepStrictEqual(await batches(pull('in', transform)), expected);
    assert.deepStrictEqual(batchesSync(pullSync('in', transform)), expected);
  }
  assert.deepStrictEqual(await batches(pull('in', async (chunks) => chunks)), [['in']]);
  assert.deepStrictEqual(await batches(pull('in', async function* (c) { if (c) yield ['p', 'q']; })), [['p', 'q']]);
  for (const result of [undefined, 5, {}, true]) {
    await assert.rejects(text(pull('in', () => result)), { code: 'ERR_INVALID_ARG_TYPE', message: /^The "result"/ });
    assert.throws(() => textSync(pullSync('in', () => result)), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => textSync(pullSync('in', async (chunks) => chunks)), { code: 'ERR_INVALID_ARG_TYPE' });
}

async function objects() {
  const ends = {
    async *transform(source, { signal }) {
      assert.strictEqual(signal.aborted, false);
      for await (const chunks of source) yield chunks ?? 'END';
    },
  };
  assert.strictEqual(await text(pull(['a', 'b'], (chunks) => chunks ?? '!', ends, upper)), 'AB!END');
  const endsSync = {
    *transform(source) {
      for (const chunks of source) yield chunks ?? 'END';
    },
  };
  assert.strictEqual(textSync(pullSync(['a', 'b'], (chunks) => chunks ?? '!', endsSync, upper)), 'AB!END');
}

async function lazy() {
  let opened = 0;
  const source = {
    [Symbol.asyncIterator]() {
      opened++;
      return from('a')[Symbol.asyncIterator]();
    },
  };
  const stream = pull(source, upper);
  const iterator = stream[Symbol.asyncIterator]();
  assert.strictEqual(opened, 0);
  assert.strictEqual(string((await iterator.next()).value[0]), 'A');
  assert.strictEqual(opened, 1);
  assert.deepStrictEqual(await iterator.next(), { done: true, value: undefined });
}

// Whatever ends a pipeline early is told to its transforms and closes its source.
async function ends() {
  const events = [];
  async function* source() {
    try {
      yield 'a';
      yield 'b';
    } finally {
      events.push('closed');
    }
  }
  let signal;
  const watch = (chunks, options) => {
    ({ signal } = options);
    return chunks;
  };
  for await (const batch of pull(source(), watch)) {
    assert.strictEqual(batch.length, 1);
    break;
  }
  assert.strictEqual(signal.reason.name, 'AbortError');

  const failure = new Error('transform');
  await assert.rejects(text(pull(source(), watch, () => { throw failure; })), failure);
  assert.strictEqual(signal.reason, failure);

  const thrown = pull(source(), watch)[Symbol.asyncIterator]();
  await thrown.next();
  await assert.rejects(thrown.throw('thrown'), (reason) => reason === 'thrown');
  assert.strictEqual(signal.reason, 'thrown');

  const controller = new AbortController();
  const aborted = pull(source(), watch, { signal: controller.signal })[Symbol.asyncIterator]();
  await aborted.next();
  controller.abort('aborted');
  await assert.rejects(aborted.next(), (reason) => reason === 'aborted');
  assert.strictEqual(signal.reason, 'aborted');
  assert.deepStrictEqual(await aborted.next(), { done: true, value: undefined });
  assert.deepStrictEqual(events, ['closed', 'closed', 'closed', 'closed']);
}

// A read that never ends is given up for the signal, and for return().
async function pending() {
  const stuck = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
  const controller = new AbortController();
  const aborted = pull(stuck, upper, { signal: controller.signal })[Symbol.asyncIterator]().next();
  controller.abort('now');
  await assert.rejects(aborted, (reason) => reason === 'now');

  const iterator = pull(stuck)[Symbol.asyncIterator]();
  const read = assert.rejects(iterator.next(), { name: 'AbortError' });
  await tick();
  assert.deepStrictEqual(await iterator.return(), { done: true, value: undefined });
  await read;
  assert.throws(() => pull('a', { signal: AbortSignal.abort('before') }), (reason) => reason === 'before');

  // Nothing is begun for a signal that fires before the first read.
  const early = new AbortController();
  const untouched = {
    [Symbol.asyncIterator]() {
      throw new Error('opened');
    },
  };
  const never = { transform() { throw new Error('begun'); } };
  const stream = pull(untouched, never, { signal: early.signal })[Symbol.asyncIterator]();
  early.abort('early');
  await assert.rejects(stream.next(), (reason) => reason === 'early');
  assert.deepStrictEqual(await stream.next(), { done: true, value: undefined });
}

function refusals() {
  for (const transform of [5, null, undefined, 'x', {}, { transform: 1 }]) {
    assert.throws(() => pullSync('a', transform), {
      code: 'ERR_INVALID_ARG_TYPE',
      message: /^The "transforms\[0\]" argument must be of type function or an Object with transform\(\)\./,
    });
    assert.throws(() => pull('a', transform, upper), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => pull('a', 5), { message: 'options cannot be converted to a dictionary' });
  assert.throws(() => tap(), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => merge('a', null), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => merge('a', { signal: 5 }), { code: 'ERR_INVALID_ARG_TYPE' });
}

async function taps() {
  const seen = [];
  const see = (chunks) => {
    seen.push(chunks && chunks.map(string));
    return 'ignored';
  };
  assert.strictEqual(await text(pull('a', tap(see))), 'a');
  assert.strictEqual(textSync(pullSync('a', tapSync(see))), 'a');
  assert.deepStrictEqual(seen, [['a'], null, ['a'], null]);
}

async function merged() {
  const gates = { a: Promise.withResolvers(), b: Promise.withResolvers() };
  const closed = [];
  async function* source(name) {
    try {
      yield `${name}1`;
      await gates[name].promise;
      yield `${name}2`;
    } finally {
      closed.push(name);
    }
  }
  const iterator = merge(source('a'), source('b'))[Symbol.asyncIterator]();
  const next = async () => string((await iterator.next()).value[0]);
  assert.deepStrictEqual([await next(), await next()], ['a1', 'b1']);
  const third = next();
  gates.b.resolve();
  assert.strictEqual(await third, 'b2');
  const fourth = next();
  gates.a.resolve();
  assert.strictEqual(await fourth, 'a2');
  assert.strictEqual((await iterator.next()).done, true);
  assert.deepStrictEqual(closed.sort(), ['a', 'b']);

  await assert.rejects(text(merge(source('a'), fromSync('x'), (async function* () {
    throw new Error('one fails');
  })())), { message: 'one fails' });
  assert.deepStrictEqual(await batches(merge()), []);
  await assert.rejects(text(merge('a', { signal: AbortSignal.abort('no') })), (reason) => reason === 'no');
}

all(functions, results, objects, lazy, ends, pending, refusals, taps, merged);
