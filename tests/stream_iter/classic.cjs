'use strict';
// Readables and Writables on one side, batches and writers on the other.

const assert = require('assert');
const { EventEmitter } = require('events');
const { Readable, Writable } = require('stream');
const { finished, pipeline } = require('stream/promises');
const {
  bytes, from, fromReadable, fromSync, fromWritable, ondrain, pipeTo, pull, push, text, toAsyncStreamable, toReadable,
  toReadableSync, toWritable,
} = require('stream/iter');
const { all, tick } = require('./common.cjs');

const is = (expected) => (reason) => reason === expected;
const collect = async (readable) => Buffer.concat(await readable.toArray()).toString();

async function readables() {
  assert.strictEqual(await text(Readable.from(['a', Buffer.from('b'), ['c', new Uint8Array([100])]])), 'abcd');
  const encoded = new Readable({ read() {}, encoding: 'hex' });
  encoded.push('ab');
  encoded.push(null);
  assert.strictEqual(await text(pull(encoded, (chunks) => chunks)), '6162');
  const readable = Readable.from(['a']);
  assert.strictEqual(fromReadable(readable), fromReadable(readable));
  assert.notStrictEqual(readable[toAsyncStreamable](), fromReadable(readable));
  await assert.rejects(text(Readable.from(['a', 5])), { code: 'ERR_INVALID_ARG_TYPE' });
  for (const wrong of [undefined, null, 5, {}, new EventEmitter(), new Writable()]) {
    assert.throws(() => fromReadable(wrong), {
      code: 'ERR_INVALID_ARG_TYPE', message: /^The "readable" argument must be an instance of Readable\./,
    });
  }
}

async function readablesThatEndBadly() {
  const failing = new Readable({ read() {} });
  failing.push('a');
  const iterator = fromReadable(failing);
  await iterator.next();
  failing.destroy(new Error('failed'));
  await assert.rejects(iterator.next(), { message: 'failed' });

  const closing = new Readable({ read() {} });
  closing.destroy();
  await assert.rejects(text(closing), { code: 'ERR_STREAM_PREMATURE_CLOSE' });

  const left = new Readable({ read() { this.push('x'); } });
  for await (const batch of fromReadable(left)) {
    assert.ok(batch.length > 0);
    break;
  }
  assert.strictEqual(left.destroyed, true);
}

async function toReadables() {
  const readable = toReadable(pull(from(['a', 'b']), (chunks) => chunks ?? '!'));
  assert.ok(readable instanceof Readable);
  assert.strictEqual(readable.readableHighWaterMark, 65536);
  assert.strictEqual(await collect(readable), 'ab!');
  const sync = toReadableSync(fromSync('now'));
  assert.strictEqual(sync.read().toString(), 'now');
  assert.strictEqual(await collect(toReadableSync(fromSync(['a', 'b']))), 'ab');

  // Not further than it is wanted.
  let pulls = 0;
  const source = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        pulls++;
        return { done: pulls > 10, value: [Buffer.alloc(30000)] };
      },
    }),
  };
  const slow = toReadable(source);
  const readableEvent = new Promise((resolve) => slow.once('readable', resolve));
  slow.read();
  await readableEvent;
  await tick();
  assert.strictEqual(pulls, 3);
  slow.destroy();

  let closed = 0;
  const endless = async function* () {
    try {
      for (;;) yield [Buffer.from('x')];
    } finally {
      closed++;
    }
  };
  for await (const chunk of toReadable(endless())) {
    assert.strictEqual(chunk[0], 120);
    break;
  }
  const controller = new AbortController();
  const aborted = toReadable(endless(), { signal: controller.signal });
  aborted.read();
  controller.abort();
  await assert.rejects(finished(aborted), { name: 'AbortError' });
  await tick();
  assert.strictEqual(closed, 2);

  for (const [reason, code] of [[null, 'ERR_FALSY_VALUE_REJECTION'], ['text', 'ERR_OPERATION_FAILED']]) {
    const failing = toReadable((async function* () { throw reason; })());
    await assert.rejects(collect(failing), (error) => error.code === code && error.reason === reason);
  }
  for (const wrong of [undefined, null, 5, 'x', {}]) {
    assert.throws(() => toReadable(wrong), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => toReadable(from('a'), { highWaterMark: -1 }), { code: 'ERR_OUT_OF_RANGE' });
}

async function writables() {
  const written = [];
  const writable = new Writable({
    highWaterMark: 2,
    write(chunk, encoding, callback) {
      written.push(chunk.toString());
      setImmediate(callback);
    },
  });
  const writer = fromWritable(writable, { backpressure: 'unbounded' });
  assert.strictEqual(writer, fromWritable(writable, { backpressure: 'unbounded' }));
  assert.deepStrictEqual([writer.writeSync('x'), writer.writevSync(['x']), writer.endSync()], [false, false, -1]);
  assert.strictEqual(await pipeTo(['aa', ['bb', 'cc']], writer), 6);
  assert.deepStrictEqual(written, ['aa', 'bb', 'cc']);
  assert.strictEqual(writable.writableFinished, true);
  assert.strictEqual(writer.canWrite, null);
  await assert.rejects(writer.write('x'), { code: 'ERR_STREAM_WRITE_AFTER_END' });
}

async function fullWritables() {
  const callbacks = [];
  const make = () => new Writable({ highWaterMark: 2, write: (chunk, encoding, callback) => callbacks.push(callback) });
  const strict = fromWritable(make());
  await strict.write('aa');
  assert.strictEqual(strict.canWrite, false);
  await assert.rejects(strict.write('b'), { name: 'RangeError', code: 'ERR_INVALID_STATE', message: /buffer is full/ });
  const drained = ondrain(strict);
  callbacks.shift()();
  assert.strictEqual(await drained, true);
  const dropping = fromWritable(make(), { backpressure: 'drop-newest' });
  await dropping.write('aa');
  await dropping.write('dropped');
  callbacks.shift()();
  assert.strictEqual(await dropping.end(), 9);
  assert.throws(() => fromWritable(make(), { backpressure: 'drop-oldest' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => fromWritable(new Writable({ objectMode: true })), { code: 'ERR_INVALID_STATE' });
  assert.throws(() => fromWritable({}), { code: 'ERR_INVALID_ARG_TYPE' });

  const failed = make();
  const error = new Promise((resolve) => failed.on('error', resolve));
  const writer = fromWritable(failed);
  writer.fail('text');
  assert.strictEqual((await error).reason, 'text');
  await assert.rejects(writer.write('x'), is('text'));
  await assert.rejects(writer.end(), is('text'));
}

async function toWritables() {
  const { writer, readable } = push({ backpressure: 'unbounded' });
  const piped = pipeline(Readable.from([Buffer.alloc(20000, 'a'), Buffer.alloc(20000, 'b')]), toWritable(writer));
  assert.strictEqual((await bytes(readable)).length, 40000);
  await piped;

  const calls = [];
  const sync = toWritable({
    write() { calls.push('write'); },
    writeSync(chunk) { return calls.push(`writeSync ${chunk}`) > 0; },
    writev() { calls.push('writev'); },
    writevSync(chunks) { return calls.push(`writevSync ${chunks.join()}`) > 0; },
    end() { calls.push('end'); },
    endSync() { return calls.push('endSync'); },
  });
  sync.write('a');
  sync.cork();
  sync.write('b');
  sync.write('c');
  process.nextTick(() => sync.uncork());
  sync.end('d');
  await finished(sync);
  assert.deepStrictEqual(calls, ['writeSync a', 'writevSync b,c,d', 'endSync']);

  const reasons = [];
  const failing = toWritable({
    write() { throw 'text'; },
    fail(reason) { reasons.push(reason); },
  });
  failing.write('a');
  await assert.rejects(finished(failing), { code: 'ERR_OPERATION_FAILED' });
  const destroyed = toWritable({ write() {}, fail(reason) { reasons.push(reason.message); } });
  destroyed.destroy(new Error('destroyed'));
  await assert.rejects(finished(destroyed), { message: 'destroyed' });
  assert.deepStrictEqual(reasons, ['text', 'destroyed']);
  assert.throws(() => toWritable({}), { code: 'ERR_INVALID_ARG_TYPE' });
}

all(readables, readablesThatEndBadly, toReadables, writables, fullWritables, toWritables);
