'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const { pipeline } = require('node:stream/promises');

async function main() {
  // Every kind of view, shared memory too.
  const numbers = fs.openSync('numbers', 'w+');
  fs.writeSync(numbers, new Float64Array([1.5, 2.5]));
  const back = new Float64Array(2);
  assert.strictEqual(fs.readSync(numbers, back, 0, 16, 0n), 16);
  assert.deepStrictEqual([...back], [1.5, 2.5]);
  const shared = new Uint8Array(new SharedArrayBuffer(16));
  assert.strictEqual(fs.readSync(numbers, shared, 8, 8, 8), 8);
  assert.deepStrictEqual(shared.slice(8), new Uint8Array(Float64Array.of(2.5).buffer));
  const small = Buffer.alloc(4);
  assert.strictEqual(fs.readvSync(numbers, [small, new DataView(new ArrayBuffer(4))], 0), 8);
  assert.strictEqual(fs.writevSync(numbers, [Buffer.from('a'), Buffer.from('bc')], 0), 3);
  fs.ftruncateSync(numbers, 3);
  fs.closeSync(numbers);
  assert.strictEqual(fs.readFileSync('numbers', 'latin1'), 'abc');

  // More buffers than the system takes at once: a short count, as the call promises.
  const many = fs.openSync('many', 'w');
  const count = fs.writevSync(many, Array.from({ length: 3000 }, () => Buffer.from('x')));
  assert.ok(count > 0 && count <= 3000);
  fs.closeSync(many);

  // Streams over paths, descriptors and handles.
  fs.writeFileSync('big', Buffer.alloc(1_000_000, 'ab'));
  await pipeline(fs.createReadStream('big'), fs.createWriteStream('copy'));
  assert.ok(fs.readFileSync('big').equals(fs.readFileSync('copy')));
  const fd = fs.openSync('copy');
  const part = fs.createReadStream(null, { fd, start: 1, end: 3, autoClose: false });
  assert.strictEqual(Buffer.concat(await part.toArray()).toString(), 'bab');
  fs.closeSync(fd);

  const handle = await fs.promises.open('lines', 'w+');
  await handle.writeFile('one\ntwo\n');
  await handle.appendFile('three');
  const { bytesRead, buffer } = await handle.read({ position: 4, length: 3 });
  assert.strictEqual(buffer.toString('latin1', 0, bytesRead), 'two');
  assert.strictEqual((await handle.stat()).size, 13);
  await handle.close();
  await assert.rejects(handle.stat(), { code: 'EBADF' });

  const lines = [];
  for await (const line of (await fs.promises.open('lines')).readLines()) lines.push(line);
  assert.deepStrictEqual(lines, ['one', 'two', 'three']);

  const source = await fs.promises.open('lines');
  let text = '';
  for await (const chunk of source.readableWebStream()) text += Buffer.from(chunk).toString();
  assert.strictEqual(text, 'one\ntwo\nthree');
  await source.close();

  // A handle that is closed while it works waits for the work.
  const busy = await fs.promises.open('big');
  const reading = busy.read(Buffer.alloc(1_000_000), 0, 1_000_000, 0);
  await busy.close();
  assert.strictEqual((await reading).bytesRead, 1_000_000);

  // Who closes a file ends its stream, whether somebody reads or nobody does.
  const idle = await fs.promises.open('big');
  idle.readableWebStream();
  await idle.close();
  const pulled = await fs.promises.open('big');
  const reader = pulled.readableWebStream().getReader();
  assert.strictEqual((await reader.read()).done, false);
  await pulled.close();
  await reader.closed;

  // Options of stat() are looked at.
  const asked = await fs.promises.open('big');
  await assert.rejects(asked.stat(1), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(asked.stat({ signal: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(asked.stat({ signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.strictEqual((await asked.stat({ bigint: true })).size, BigInt((await asked.stat()).size));
  await asked.close();
  assert.throws(() => fs.createReadStream('big', { end: null }), { code: 'ERR_INVALID_ARG_TYPE' });

  // Stopping a stream in the middle closes its file.
  const stopped = fs.createReadStream('big', { highWaterMark: 10 });
  for await (const chunk of stopped) {
    assert.strictEqual(chunk.length, 10);
    break;
  }
  assert.strictEqual(stopped.destroyed, true);
}

main();
