'use strict';
const assert = require('node:assert');
const fs = require('node:fs');

async function main() {
  // Many in flight, each with its own size.
  await Promise.all(Array.from({ length: 300 }, async (_, i) => {
    await fs.promises.writeFile(`f${i}`, 'x'.repeat(i));
    assert.strictEqual((await fs.promises.readFile(`f${i}`)).length, i);
  }));

  // Files without a size.
  assert.ok(fs.readFileSync('/proc/self/stat').length > 10);
  assert.match(await fs.promises.readFile('/proc/self/status', 'utf8'), /^Name:/);

  // Text that is no UTF-8 is replaced as Buffer does it; a byte order mark stays.
  fs.writeFileSync('bad', Buffer.from([0x61, 0xff, 0xe2, 0x82, 0x62, 0xf0, 0x9f]));
  assert.strictEqual(fs.readFileSync('bad', 'utf8'), 'a\ufffd\ufffdb\ufffd');
  fs.writeFileSync('bom', '\ufeffx');
  assert.strictEqual(fs.readFileSync('bom', 'utf8').length, 2);

  // Long ASCII goes to JavaScript without a copy, and is a string like any other.
  fs.writeFileSync('long', 'abc'.repeat(200_000));
  const long = fs.readFileSync('long', 'utf8');
  assert.strictEqual(long.length, 600_000);
  assert.strictEqual(long.replaceAll('abc', 'd'), 'd'.repeat(200_000));

  // What writeFile takes.
  await fs.promises.writeFile('made', (async function* () {
    yield 'a';
    yield Buffer.from('b');
  })());
  assert.strictEqual(fs.readFileSync('made', 'utf8'), 'ab');
  await fs.promises.writeFile('made', ['x', 'y'], { flag: 'a' });
  assert.strictEqual(fs.readFileSync('made', 'utf8'), 'abxy');
  fs.writeFileSync('made', '616263', 'hex');
  assert.strictEqual(fs.readFileSync('made', 'latin1'), 'abc');
  fs.writeFileSync('made', new Uint16Array([0x4241]));
  assert.strictEqual(fs.readFileSync('made', 'utf8'), 'AB');
  await assert.rejects(fs.promises.writeFile('made', [1]), { code: 'ERR_INVALID_ARG_TYPE' });

  // A descriptor is read from where it stands.
  fs.writeFileSync('made', 'hello');
  const fd = fs.openSync('made');
  fs.readSync(fd, Buffer.alloc(2));
  assert.strictEqual(fs.readFileSync(fd, 'utf8'), 'llo');
  assert.strictEqual(fs.readFileSync(fd, 'utf8'), '');
  fs.closeSync(fd);

  // Many at once, more than there are threads for, and some that fail.
  const asked = Array.from({ length: 400 }, (_, i) => fs.promises.readFile(i % 7 === 0 ? `missing-${i}` : 'made', i % 2 ? 'utf8' : null));
  for (const [i, { status, value, reason }] of (await Promise.allSettled(asked)).entries()) {
    if (i % 7 === 0) assert.strictEqual(reason.code, 'ENOENT');
    else assert.strictEqual(String(value), 'hello', status);
  }
  if (process.versions.weft) {
    const lost = async () => await fs.promises.readFile('missing');
    await assert.rejects(lost(), ({ stack }) => /at async lost/.test(stack));
  }

  // What nobody keeps is freed, though nothing else is made.
  fs.writeFileSync('large', Buffer.alloc(1 << 20, 'x'));
  for (let i = 0; i < 1000; i++) assert.strictEqual(fs.readFileSync('large').length, 1 << 20);
  assert.ok(process.memoryUsage().rss < 600e6);

  // Changing one's mind.
  fs.writeFileSync('big', Buffer.alloc(4_000_000));
  for (const start of [
    (signal) => fs.promises.readFile('big', { signal }),
    (signal) => fs.promises.writeFile('big2', Buffer.alloc(4_000_000), { signal }),
    (signal) => new Promise((resolve, reject) => {
      fs.readFile('big', { signal }, (err) => (err ? reject(err) : resolve()));
    }),
  ]) {
    const control = new AbortController();
    const running = start(control.signal);
    process.nextTick(() => control.abort());
    await assert.rejects(running, { name: 'AbortError' });
    await assert.rejects(start(AbortSignal.abort('why')), { name: 'AbortError', cause: 'why' });
  }

  // Names that are no text.
  fs.writeFileSync(Buffer.from([0x6e, 0xff]), '1');
  const names = fs.readdirSync('.', 'buffer');
  assert.ok(names.some((name) => name.equals(Buffer.from([0x6e, 0xff]))));

  const blob = await fs.openAsBlob('made', { type: 'text/plain' });
  assert.strictEqual(await blob.text(), 'hello');
  const atOnce = fs.openAsBlobSync('made', { type: 'text/plain' });
  assert.strictEqual(await atOnce.slice(1, 3).text(), 'el');
  assert.throws(() => fs.openAsBlobSync('missing'), { code: 'ENOENT', syscall: 'stat' });

  // Instants keep the nanoseconds.
  const stats = fs.statSync('made');
  const exact = fs.statSync('made', { bigint: true });
  for (const time of ['atime', 'mtime', 'ctime', 'birthtime']) {
    assert.strictEqual(stats[`${time}Instant`].epochNanoseconds, exact[`${time}Ns`]);
    assert.strictEqual(exact[`${time}Instant`].epochNanoseconds, exact[`${time}Ns`]);
  }
  fs.utimesSync('made', 1e9, 2e9 + 0.999999);
  assert.strictEqual(fs.statSync('made').atimeInstant.epochNanoseconds, 10n ** 18n);
  assert.strictEqual(fs.statSync('made').mtimeInstant.epochNanoseconds, fs.statSync('made', { bigint: true }).mtimeNs);
}

main();
