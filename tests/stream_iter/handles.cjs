'use strict';
// FileHandle's pull(), pullSync() and writer().

const assert = require('assert');
const fs = require('fs');
const { open } = require('fs/promises');
const { pipeTo, pipeToSync, text, textSync } = require('stream/iter');
const { all } = require('./common.cjs');

const upper = (chunks) => chunks && chunks.map((chunk) => Buffer.from(chunk.toString().toUpperCase()));
const read = (name) => fs.readFileSync(name, 'utf8');
const isClosed = (handle) => handle.fd === -1;

async function reading() {
  fs.writeFileSync('in', 'hello world');
  const handle = await open('in');
  assert.strictEqual(await text(handle.pull({ limit: 5 })), 'hello');
  assert.strictEqual(await text(handle.pull(upper)), ' WORLD');
  assert.strictEqual(await text(handle.pull({ start: 6, limit: 3 })), 'wor');
  const chunks = [];
  for await (const batch of handle.pull({ start: 0, chunkSize: 4 })) chunks.push(...batch.map(String));
  assert.deepStrictEqual(chunks, ['hell', 'o wo', 'rld']);
  assert.strictEqual(textSync(handle.pullSync(upper, { start: 0 })), 'HELLO WORLD');
  for (const options of [{ start: 'a' }, { limit: 0 }, { limit: 1.5 }, { chunkSize: 0 }, { autoClose: 1 }]) {
    for (const method of ['pull', 'pullSync', 'writer']) {
      assert.throws(() => handle[method](options), (error) => /^ERR_(INVALID_ARG_TYPE|OUT_OF_RANGE)$/.test(error.code));
    }
  }
  assert.strictEqual(await text(handle.pull({ start: 0, autoClose: true })), 'hello world');
  assert.ok(isClosed(handle));
  assert.throws(() => handle.pull(), { code: 'ERR_INVALID_STATE', message: 'Invalid state: The FileHandle is closed' });
}

async function locks() {
  const handle = await open('in', 'r+');
  const iterator = handle.pull({ chunkSize: 2 })[Symbol.asyncIterator]();
  await iterator.next();
  for (const method of ['pull', 'pullSync', 'writer']) {
    assert.throws(() => handle[method](), { code: 'ERR_INVALID_STATE', message: 'Invalid state: The FileHandle is locked' });
  }
  await iterator.return();
  const writer = handle.writer();
  assert.throws(() => handle.pull(), { code: 'ERR_INVALID_STATE' });
  writer.endSync();

  const controller = new AbortController();
  const aborted = handle.pull({ signal: controller.signal, chunkSize: 2, start: 0 })[Symbol.asyncIterator]();
  await aborted.next();
  controller.abort('enough');
  await assert.rejects(aborted.next(), (reason) => reason === 'enough');
  assert.strictEqual(await text(handle.pull({ start: 0 })), 'hello world');
  await handle.close();
}

async function left() {
  const handle = await open('in');
  for await (const batch of handle.pull({ autoClose: true, chunkSize: 2 })) {
    assert.strictEqual(String(batch[0]), 'he');
    break;
  }
  assert.ok(isClosed(handle));
  const sync = await open('in');
  assert.throws(() => textSync(sync.pullSync(() => { throw new Error('transform'); }, { autoClose: true })), {
    message: 'transform',
  });
  assert.ok(isClosed(sync));
}

async function writing() {
  const handle = await open('out', 'w');
  const writer = handle.writer();
  await Promise.all([writer.write('a'), writer.writev(['b', Buffer.from('c')]), writer.write('d')]);
  assert.strictEqual(writer.writeSync('e'), true);
  assert.strictEqual(writer.writevSync(['f', 'g']), true);
  // Not while something is on its way, and not more than a chunk.
  const pending = writer.write('h');
  assert.strictEqual(writer.writeSync('x'), false);
  assert.strictEqual(writer.endSync(), -1);
  await pending;
  assert.strictEqual(writer.writeSync(Buffer.alloc(131073)), false);
  assert.strictEqual(await writer.end(), 8);
  assert.strictEqual(read('out'), 'abcdefgh');
  assert.strictEqual(writer.endSync(), 8);
  await assert.rejects(writer.write('x'), { name: 'TypeError', code: 'ERR_INVALID_STATE' });

  const placed = handle.writer({ start: 2, limit: 4 });
  await placed.write('XY');
  await assert.rejects(placed.write('too much'), {
    code: 'ERR_OUT_OF_RANGE', message: 'The value of "write" is out of range. It must be <= 2 bytes. Received 8',
  });
  assert.strictEqual(placed.writeSync('too much'), false);
  assert.strictEqual(placed.writeSync('Z'), true);
  assert.strictEqual(placed.endSync(), 3);
  assert.strictEqual(read('out'), 'abXYZfgh');

  const failed = handle.writer();
  failed.fail('reason');
  await assert.rejects(failed.write('x'), (reason) => reason === 'reason');
  await assert.rejects(failed.end(), (reason) => reason === 'reason');
  await handle.close();
}

async function pipes() {
  fs.writeFileSync('large', Buffer.alloc(500000, 'x'));
  const [source, target] = [await open('large'), await open('copy', 'w')];
  assert.strictEqual(await pipeTo(source.pull({ autoClose: true }), target.writer({ autoClose: true })), 500000);
  assert.ok(isClosed(source) && isClosed(target));
  assert.strictEqual(fs.statSync('copy').size, 500000);
  const [first, second] = [await open('large'), await open('copy', 'w')];
  assert.strictEqual(pipeToSync(first.pullSync(upper, { autoClose: true }), second.writer({ autoClose: true })), 500000);
  assert.strictEqual(read('copy').slice(-2), 'XX');
}

all(reading, locks, left, writing, pipes);
