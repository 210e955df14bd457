'use strict';
// push() and duplex(): writers, budgets, policies, and the ways a stream ends.

const assert = require('assert');
const { duplex, ondrain, push, text } = require('stream/iter');
const { all, batches, string, tick } = require('./common.cjs');

const FULL = new Uint8Array(16384);
const iterate = (readable) => readable[Symbol.asyncIterator]();
const is = (expected) => (reason) => reason === expected;

async function room() {
  const { writer, readable } = push();
  assert.strictEqual(writer.canWrite, true);
  // What is below the budget takes a chunk of any size.
  assert.strictEqual(writer.writeSync(new Uint8Array(16383)), true);
  assert.strictEqual(writer.writeSync(FULL), true);
  assert.strictEqual(writer.canWrite, false);
  assert.strictEqual(writer.writeSync('x'), false);
  assert.strictEqual(writer.writevSync(['x', 'y']), false);

  const waiting = writer.write('waits');
  await assert.rejects(writer.write('one too many'), {
    name: 'RangeError', code: 'ERR_INVALID_STATE', message: /Backpressure violation: too many pending writes/,
  });
  const drained = ondrain(writer);
  const iterator = iterate(readable);
  assert.deepStrictEqual((await iterator.next()).value.map((chunk) => chunk.length), [16383, 16384]);
  await waiting;
  assert.strictEqual(await drained, true);
  assert.strictEqual(writer.endSync(), -1);
  const ended = writer.end();
  assert.strictEqual(string((await iterator.next()).value[0]), 'waits');
  assert.strictEqual((await iterator.next()).done, true);
  assert.strictEqual(await ended, 16383 + 16384 + 5);
  assert.strictEqual(writer.endSync(), 16383 + 16384 + 5);
  assert.strictEqual(writer.canWrite, null);
  assert.strictEqual(ondrain(writer), null);
}

async function policies() {
  const fill = (backpressure) => {
    const made = push({ backpressure });
    for (let i = 0; i < 6; i++) made.writer.writeSync(new Uint8Array(5000).fill(i));
    made.writer.endSync();
    return made;
  };
  const kept = async ({ readable }) => (await iterate(readable).next()).value.map(([first]) => first);
  assert.deepStrictEqual(await kept(fill('strict')), [0, 1, 2, 3]);
  assert.deepStrictEqual(await kept(fill('drop-newest')), [0, 1, 2, 3]);
  assert.deepStrictEqual(await kept(fill('drop-oldest')), [2, 3, 4, 5]);

  const { writer, readable } = push({ backpressure: 'unbounded' });
  writer.writeSync(FULL);
  const writes = [writer.write('a'), writer.writev(['b', 'c']), writer.write('d')];
  const end = writer.end();
  await assert.rejects(writer.write('late'), { code: 'ERR_INVALID_STATE', message: /Writer is closing/ });
  const iterator = iterate(readable);
  await iterator.next();
  await Promise.all(writes);
  assert.deepStrictEqual((await iterator.next()).value.map(string), ['a', 'b', 'c', 'd']);
  assert.strictEqual((await iterator.next()).done, true);
  assert.strictEqual(await end, 16384 + 4);
}

// Reads that wait are served in their order, one write each.
async function reads() {
  const { writer, readable } = push();
  const iterator = iterate(readable);
  const pending = [iterator.next(), iterator.next(), iterator.next()];
  writer.writeSync('a');
  writer.writevSync(['b', 'c']);
  writer.endSync();
  assert.deepStrictEqual((await Promise.all(pending)).map(({ done, value }) => (done ? 'done' : value.map(string))),
                         [['a'], ['b', 'c'], 'done']);
}

async function conversions() {
  const { writer, readable } = push();
  await writer.write(42, null);
  assert.strictEqual(writer.writevSync(new Set([null, true, { toString: () => 'object' }])), true);
  assert.strictEqual(writer.writeSync(''), true);
  for (const [method, value] of [['write', Symbol('x')], ['writev', 'text'], ['writev', 5], ['writev', {}]]) {
    assert.throws(() => writer[method](value), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => writer.write('x', { signal: 5 }), { code: 'ERR_INVALID_ARG_TYPE' });
  writer.endSync();
  assert.strictEqual(await text(readable), '42nulltrueobject');

  for (const budget of [16383, 0, -1, NaN, 2 ** 53]) assert.throws(() => push({ budget }), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => push({ backpressure: 'block' }), {
    name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE',
    message: "backpressure in options 'block' is not a valid enum value of type BackpressurePolicy.",
  });
}

async function failures() {
  for (const reason of [undefined, null, 0, new Error('failed')]) {
    const { writer, readable } = push();
    writer.writeSync('before');
    writer.fail(reason);
    writer.fail('again');
    const iterator = iterate(readable);
    assert.strictEqual(string((await iterator.next()).value[0]), 'before');
    await assert.rejects(iterator.next(), is(reason));
    await assert.rejects(writer.write('x', { signal: AbortSignal.abort() }), is(reason));
    await assert.rejects(writer.end(), is(reason));
    assert.strictEqual(writer.writeSync('x'), false);
  }
  const gone = push();
  gone.writer.writeSync(FULL);
  const lost = gone.writer.write('x');
  const drained = ondrain(gone.writer);
  await Promise.all([
    assert.rejects(lost, { code: 'ERR_INVALID_STATE', message: /Stream closed by consumer/ }),
    iterate(gone.readable).return(),
  ]);
  assert.strictEqual(await drained, false);
  assert.strictEqual(gone.writer.canWrite, null);

  const thrown = push();
  const iterator = iterate(thrown.readable);
  const read = assert.rejects(iterator.next(), is('reason'));
  await assert.rejects(iterator.throw('reason'), is('reason'));
  await read;
  await assert.rejects(thrown.writer.write('x'), is('reason'));
}

async function signals() {
  const controller = new AbortController();
  const { writer, readable } = push({ signal: controller.signal });
  writer.writeSync(FULL);
  const single = new AbortController();
  const given = writer.write('given up', { signal: single.signal });
  single.abort('single');
  await assert.rejects(given, is('single'));
  const end = writer.end({ signal: AbortSignal.abort('not yet') });
  await assert.rejects(end, is('not yet'));
  assert.strictEqual(writer.canWrite, false);
  const waiting = writer.write('x');
  controller.abort('all');
  await assert.rejects(waiting, is('all'));
  const iterator = iterate(readable);
  assert.strictEqual((await iterator.next()).value[0].length, 16384);
  await assert.rejects(iterator.next(), is('all'));
}

async function disposal() {
  const open = push();
  open.writer[Symbol.dispose]();
  await assert.rejects(iterate(open.readable).next(), is(undefined));
  const ending = push();
  ending.writer.writeSync('rest');
  ending.writer.endSync();
  const disposed = ending.writer[Symbol.asyncDispose]();
  assert.strictEqual(await text(ending.readable), 'rest');
  await disposed;
}

async function transformed() {
  const { writer, readable } = push((chunks) => chunks ?? '!', { budget: 20000 });
  writer.writeSync('a');
  const end = writer.end();
  assert.deepStrictEqual(await batches(readable), [['a'], ['!']]);
  assert.strictEqual(await end, 1);
}

async function channels() {
  const [here, there] = duplex({ a: { backpressure: 'drop-newest' }, budget: 20000 });
  here.writer.writeSync('question');
  there.writer.writeSync('answer');
  const closing = here.close();
  assert.strictEqual(there.writer.canWrite, null);
  let closed = false;
  closing.then(() => { closed = true; });
  await tick();
  assert.strictEqual(closed, false);
  assert.strictEqual(await text(there.readable), 'question');
  await closing;
  assert.strictEqual((await iterate(here.readable).next()).done, true);
  await assert.rejects(there.writer.write('x'), { code: 'ERR_INVALID_STATE' });
  await there[Symbol.asyncDispose]();
  assert.throws(() => duplex({ b: 5 }), { message: 'b in options cannot be converted to a dictionary' });
}

all(room, policies, reads, conversions, failures, signals, disposal, transformed, channels);
