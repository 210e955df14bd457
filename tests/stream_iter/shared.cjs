'use strict';
// broadcast(), share() and shareSync(): several readers of one stream.

const assert = require('assert');
const {
  Broadcast, Share, SyncShare, broadcast, broadcastProtocol, from, fromSync, ondrain, pipeTo, share, shareProtocol, shareSync,
  shareSyncProtocol, text, textSync,
} = require('stream/iter');
const { all, string, tick } = require('./common.cjs');

const FULL = new Uint8Array(16384);
const iterate = (stream) => stream[Symbol.asyncIterator]();
const iterateSync = (stream) => stream[Symbol.iterator]();
const is = (expected) => (reason) => reason === expected;
const next = async (iterator) => {
  const { done, value } = await iterator.next();
  return done ? 'done' : value.map(string).join('+');
};

async function everyReaderGetsAll() {
  const { writer, broadcast: channel } = broadcast();
  const readers = [text(channel.push()), text(channel.push((chunks) => chunks ?? '!'))];
  assert.strictEqual(channel.consumerCount, 2);
  assert.strictEqual(await pipeTo(from(['a', ['b', 'c']]), writer), 3);
  assert.deepStrictEqual(await Promise.all(readers), ['abc', 'abc!']);
  assert.strictEqual(channel.consumerCount, 0);
}

// The slowest reader is waited for; one that leaves is not, and one that comes late starts where that one is.
async function pace() {
  const { writer, broadcast: channel } = broadcast({ budget: 16384 });
  const fast = iterate(channel.push());
  const slow = iterate(channel.push());
  writer.writeSync(FULL);
  const waiting = writer.write('next');
  const drained = ondrain(writer);
  await fast.next();
  const read = next(fast);
  await tick();
  assert.strictEqual(writer.canWrite, false);
  const late = iterate(channel.push());
  assert.strictEqual((await late.next()).value[0].length, 16384);
  await slow.return();
  await waiting;
  assert.strictEqual(await drained, true);
  assert.strictEqual(await read, 'next');
  assert.strictEqual(await next(late), 'next');
  assert.strictEqual(await next(slow), 'done');
  assert.strictEqual(channel.consumerCount, 2);
}

async function oldestIsDropped() {
  const { writer, broadcast: channel } = broadcast({ budget: 16384, backpressure: 'drop-oldest' });
  assert.strictEqual(channel.backpressurePolicy, 'drop-oldest');
  const reader = iterate(channel.push());
  for (let i = 0; i < 6; i++) writer.writeSync(new Uint8Array(5000).fill(i));
  const seen = [];
  for (let i = 0; i < 4; i++) seen.push((await reader.next()).value[0][0]);
  assert.deepStrictEqual(seen, [2, 3, 4, 5]);
}

async function endings() {
  const ended = broadcast();
  const first = iterate(ended.broadcast.push());
  const second = iterate(ended.broadcast.push());
  ended.writer.writeSync('all');
  assert.strictEqual(ended.writer.endSync(), -1);
  const end = ended.writer.end();
  assert.deepStrictEqual([await next(first), await next(first), await next(second)], ['all', 'done', 'all']);
  await second.return();
  assert.strictEqual(await end, 3);

  const failed = broadcast();
  const reader = iterate(failed.broadcast.push());
  const pending = reader.next();
  failed.writer.fail(undefined);
  await assert.rejects(pending, is(undefined));
  await assert.rejects(failed.writer.write('x'), is(undefined));
  await assert.rejects(iterate(failed.broadcast.push()).next(), is(undefined));

  const cancelled = broadcast({ budget: 16384 });
  const quiet = iterate(cancelled.broadcast.push());
  cancelled.writer.writeSync(FULL);
  const lost = cancelled.writer.write('x');
  cancelled.broadcast.cancel();
  await assert.rejects(lost, { name: 'AbortError', message: 'Broadcast cancelled' });
  assert.strictEqual(await next(quiet), 'done');
  await assert.rejects(cancelled.writer.write('x'), { code: 'ERR_INVALID_STATE' });

  // Who comes after that gets what is still there, and then the reason.
  const late = broadcast();
  late.writer.writeSync('left over');
  late.broadcast.cancel('reason');
  const latecomer = iterate(late.broadcast.push());
  assert.strictEqual(await next(latecomer), 'left over');
  await assert.rejects(latecomer.next(), is('reason'));
  await assert.rejects(latecomer.next(), is('reason'));

  const told = broadcast();
  const listener = iterate(told.broadcast.push());
  told.broadcast.cancel(undefined);
  await assert.rejects(listener.next(), is(undefined));
}

async function readerSignals() {
  const { broadcast: channel } = broadcast();
  const controller = new AbortController();
  const reader = iterate(channel.push({ signal: controller.signal }));
  const pending = reader.next();
  await tick();
  controller.abort('left');
  await assert.rejects(pending, is('left'));
  assert.strictEqual(channel.consumerCount, 0);

  const shared = share(from(['a', 'b']));
  const other = new AbortController();
  const leaving = iterate(shared.pull({ signal: other.signal }));
  const staying = iterate(shared.pull());
  await leaving.next();
  other.abort('left');
  await assert.rejects(leaving.next(), is('left'));
  assert.strictEqual(shared.consumerCount, 1);
  assert.deepStrictEqual([await next(staying), await next(staying)], ['a', 'b']);
}

// Reads of a share's source, with what they gave.
function counted(size, count) {
  const source = {
    pulls: 0,
    closed: false,
    next() {
      if (source.pulls === count) return { done: true, value: undefined };
      return { done: false, value: [new Uint8Array(size).fill(source.pulls++)] };
    },
    return() {
      source.closed = true;
      return {};
    },
    [Symbol.iterator]() { return source; },
    [Symbol.asyncIterator]() { return { next: async () => source.next(), return: async () => source.return() }; },
  };
  return source;
}

async function oneReadForAll() {
  const source = counted(8000, 6);
  const shared = share(source);
  assert.strictEqual(source.pulls, 0);
  const [a, b] = await Promise.all([text(shared.pull()), text(shared.pull())]);
  assert.deepStrictEqual([a.length, b.length, source.pulls], [48000, 48000, 6]);

  const together = share(counted(10, 3));
  const reader = iterate(together.pull());
  const other = iterate(together.pull());
  const results = await Promise.all([reader.next(), reader.next(), other.next(), reader.next()]);
  assert.deepStrictEqual(results.map(({ value }) => value[0][0]), [0, 1, 0, 2]);
}

async function aheadOfTheOthers() {
  const ahead = async (backpressure) => {
    const source = counted(8000, 6);
    const shared = share(source, { budget: 16384, backpressure });
    const fast = iterate(shared.pull());
    const slow = iterate(shared.pull());
    for (let i = 0; i < 3; i++) await fast.next();
    return { fast, slow, source, shared };
  };
  const strict = await ahead('strict');
  await assert.rejects(strict.fast.next(), {
    code: 'ERR_OUT_OF_RANGE', message: 'The value of "buffered bytes" is out of range. It must be < 16384. Received 24000',
  });
  assert.strictEqual(await next(strict.fast), 'done');
  assert.strictEqual(strict.shared.consumerCount, 1);

  const patient = await ahead('unbounded');
  const read = patient.fast.next();
  await tick();
  assert.strictEqual(patient.source.pulls, 3);
  await patient.slow.next();
  assert.strictEqual((await read).value[0][0], 3);

  const oldest = await ahead('drop-oldest');
  assert.strictEqual((await oldest.fast.next()).value[0][0], 3);
  assert.strictEqual((await oldest.slow.next()).value[0][0], 1);

  const newest = await ahead('drop-newest');
  const blocked = newest.fast.next();
  await tick();
  assert.strictEqual(newest.source.pulls, 4);
  await newest.slow.next();
  assert.strictEqual((await blocked).value[0][0], 4);

  // However often one consumer asks, one batch is dropped for it at a time.
  const impatient = await ahead('drop-newest');
  const asked = [impatient.fast.next(), impatient.fast.next(), impatient.fast.next()];
  await tick();
  assert.strictEqual(impatient.source.pulls, 4);
  impatient.shared.cancel('stop');
  for (const read of asked) await assert.rejects(read, is('stop'));
}

function withoutWaiting() {
  const shared = shareSync(['a', 'b', 'c']);
  const first = iterateSync(shared.pull());
  assert.strictEqual(string(first.next().value[0]), 'a');
  assert.strictEqual(textSync(shared.pull()), 'bc');
  assert.strictEqual(string(first.next().value[0]), 'b');

  const source = counted(16384, 6);
  const newest = shareSync(source, { budget: 16384, backpressure: 'drop-newest' });
  const fast = iterateSync(newest.pull());
  const slow = iterateSync(newest.pull());
  assert.strictEqual(fast.next().value[0][0], 0);
  assert.strictEqual(fast.next().done, true);
  assert.strictEqual(source.pulls, 2);
  assert.strictEqual(slow.next().value[0][0], 0);
  assert.strictEqual(fast.next().value[0][0], 2);

  const strict = shareSync(counted(16384, 3), { budget: 16384 });
  const reader = iterateSync(strict.pull());
  strict.pull();
  reader.next();
  assert.throws(() => reader.next(), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => shareSync('a', { backpressure: 'unbounded' }), {
    code: 'ERR_INVALID_ARG_VALUE', message: /unbounded is not supported by shareSync\(\)/,
  });
}

async function cancelled() {
  const source = counted(10, 3);
  const shared = share(source);
  const reader = iterate(shared.pull());
  await reader.next();
  shared.cancel('why');
  await assert.rejects(reader.next(), is('why'));
  await assert.rejects(iterate(shared.pull()).next(), is('why'));
  await tick();
  assert.strictEqual(source.closed, true);

  const stuck = share({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) });
  const pending = iterate(stuck.pull()).next();
  await tick();
  stuck[Symbol.dispose]();
  assert.strictEqual((await pending).done, true);

  const sync = counted(10, 3);
  const sharedSync = shareSync(sync);
  const readerSync = iterateSync(sharedSync.pull());
  readerSync.next();
  sharedSync.cancel(null);
  assert.strictEqual(sync.closed, true);
  assert.throws(() => readerSync.next(), is(null));
}

async function failing() {
  const broken = share((async function* () {
    yield 'a';
    throw 'source';
  })());
  const ahead = iterate(broken.pull());
  const behind = iterate(broken.pull());
  await ahead.next();
  await assert.rejects(ahead.next(), is('source'));
  assert.strictEqual(await next(behind), 'a');
  await assert.rejects(behind.next(), is('source'));

  const sync = shareSync((function* () {
    yield 'a';
    throw 'source';
  })());
  const first = iterateSync(sync.pull());
  const second = iterateSync(sync.pull());
  first.next();
  assert.throws(() => first.next(), is('source'));
  assert.throws(() => second.next(), is('source'));
  const third = iterateSync(sync.pull());
  sync.cancel('cancelled');
  assert.throws(() => third.next(), is('cancelled'));
}

async function protocols() {
  const { broadcast: channel } = broadcast();
  const options = { budget: 20000 };
  const bus = {
    [broadcastProtocol](given) {
      assert.strictEqual(this, bus);
      assert.strictEqual(given, options);
      return channel;
    },
  };
  assert.strictEqual(Broadcast.from(bus, options).broadcast, channel);
  const shared = share('a');
  assert.strictEqual(Share.from({ [shareProtocol]: () => shared }), shared);
  const sharedSync = shareSync('a');
  assert.strictEqual(SyncShare.fromSync({ [shareSyncProtocol]: () => sharedSync }), sharedSync);
  for (const wrong of [null, undefined, 5]) {
    assert.throws(() => Share.from({ [shareProtocol]: () => wrong }), { code: 'ERR_INVALID_RETURN_VALUE' });
  }
  assert.throws(() => Share.from('text'), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.strictEqual(textSync(SyncShare.fromSync(fromSync('b')).pull()), 'b');

  const fed = Broadcast.from(from(['a', 'b']));
  assert.strictEqual(await text(fed.broadcast.push()), 'ab');
  let closed = false;
  const endless = Broadcast.from((async function* () {
    try {
      for (;;) yield FULL;
    } finally {
      closed = true;
    }
  })(), { budget: 16384 });
  await iterate(endless.broadcast.push()).next();
  endless.broadcast.cancel();
  await tick();
  assert.strictEqual(closed, true);
}

all(everyReaderGetsAll, pace, oldestIsDropped, endings, readerSignals, oneReadForAll, aheadOfTheOthers, withoutWaiting,
    cancelled, failing, protocols);
