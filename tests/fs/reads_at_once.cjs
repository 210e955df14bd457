'use strict';
// Reads that the loop may do itself, and what must not be one of them: FIFOs, devices, what has no size, what is not there.

const assert = require('node:assert');
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const { readFile } = fs.promises;
const { once } = require('node:events');

const text = (i) => `file ${i} `.repeat(i + 1);
const count = 300;
for (let i = 0; i < count; i++) fs.writeFileSync(`f${i}`, text(i));

// Many reads in a row that are done at once, so that those that follow are expected to be.
async function readAll() {
  for (let i = 0; i < 20; i++) assert.strictEqual(await readFile(`f${i}`, 'utf8'), text(i));
  const all = await Promise.all(Array.from({ length: count }, (_, i) => readFile(`f${i}`, 'utf8')));
  all.forEach((contents, i) => assert.strictEqual(contents, text(i)));
}

async function sizesAndKinds() {
  await readAll();
  for (const size of [0, 1, 4096, 64 * 1024, 64 * 1024 + 1, 3 << 20]) {
    const contents = Buffer.alloc(size, 'abc');
    fs.writeFileSync('sized', contents);
    assert.ok(contents.equals(await readFile('sized')), `${size} bytes`);
  }
  fs.symlinkSync('f7', 'link');
  assert.strictEqual(await readFile('link', 'utf8'), text(7));
  await assert.rejects(readFile('none'), { code: 'ENOENT', syscall: 'open', path: 'none' });
  await assert.rejects(readFile('f1/none'), { code: 'ENOTDIR' });
  await assert.rejects(readFile('.'), { code: 'EISDIR', syscall: 'read' });
  assert.strictEqual((await readFile('/dev/null')).length, 0);
  if (process.platform === 'linux') {
    assert.match(await readFile('/proc/self/status', 'utf8'), /^Name:/);
    fs.symlinkSync('/proc/self/status', 'status');
    assert.match(await readFile('status', 'utf8'), /^Name:/);
    // A size, but only part of it is there.
    assert.match(await readFile('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8').catch(() => 'never'), /never/);
  }
  // The result comes later, whoever did the work.
  let later = false;
  const reading = new Promise((resolve) => fs.readFile('f1', () => { assert.ok(later); resolve(); }));
  later = true;
  await reading;
}

async function handles() {
  fs.writeFileSync('numbers', Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251)));
  const handle = await fs.promises.open('numbers', 'r+');
  const buffer = Buffer.alloc(1000);
  for (let i = 0; i < 50; i++) {
    const { bytesRead } = await handle.read(buffer, 0, 1000, null);
    assert.strictEqual(bytesRead, 1000);
    assert.strictEqual(buffer[10], (i * 1000 + 10) % 251);
  }
  assert.strictEqual((await handle.read(buffer, 100, 200, 5000)).bytesRead, 200);
  assert.deepStrictEqual([buffer[100], buffer[299], buffer[300]], [5000 % 251, 5199 % 251, (49_000 + 300) % 251]);
  assert.strictEqual((await handle.read(buffer, 0, 1000, 99_500)).bytesRead, 500);
  assert.strictEqual((await handle.read(buffer, 0, 1000, 100_000)).bytesRead, 0);
  assert.strictEqual((await handle.read(buffer, 0, 0, 0)).bytesRead, 0);
  assert.strictEqual((await handle.read(buffer, 0, 1000, null)).bytesRead, 1000, 'goes on where it was');
  await handle.write(Buffer.from([255]), 0, 1, 0);
  assert.strictEqual((await handle.read(buffer, 0, 1, 0)).buffer[0], 255, 'sees what was written');
  await handle.close();
  await assert.rejects(new Promise((resolve, reject) => fs.read(9999, buffer, 0, 1, 0, (err) => reject(err))), { code: 'EBADF', syscall: 'read' });
  const writer = fs.openSync('f1', 'w');
  await assert.rejects(new Promise((resolve, reject) => fs.read(writer, buffer, 0, 1, 0, (err) => reject(err))), { code: 'EBADF' });
  fs.closeSync(writer);
  fs.writeFileSync('f1', text(1));
}

// A reader of a FIFO waits for a writer, and one that came earlier for the reader; other reads go on meanwhile.
async function fifos() {
  await readAll();
  execFileSync('mkfifo', ['a', 'b', 'c']);
  const waiting = [readFile('a', 'utf8'), readFile('b', 'utf8')];
  let settled = 0;
  for (const each of waiting) each.then(() => settled++);
  await readAll();
  assert.strictEqual(settled, 0);
  fs.writeFileSync('a', 'from a');
  assert.strictEqual(await waiting[0], 'from a');
  // In two parts, with others being read between them.
  const b = fs.openSync('b', 'w');
  fs.writeSync(b, 'from ');
  await readAll();
  assert.strictEqual(settled, 1);
  fs.writeSync(b, 'b');
  fs.closeSync(b);
  assert.strictEqual(await waiting[1], 'from b');

  // The writer waits for the first reader, which must not be one that goes away again.
  const writer = spawn('sh', ['-c', 'echo started >&2; echo contents > c; echo "written $?" >&2'], { stdio: ['ignore', 'ignore', 'pipe'] });
  writer.stderr.setEncoding('utf8');
  let said = '';
  writer.stderr.on('data', (part) => { said += part; });
  await once(writer.stderr, 'data');
  await readAll();
  assert.strictEqual(await readFile('c', 'utf8'), 'contents\n');
  await once(writer, 'close');
  assert.strictEqual(said, 'started\nwritten 0\n');

  // An open pipe, read from by descriptor: what is there, or what comes.
  const cat = spawn('cat', { stdio: ['pipe', fs.openSync('through', 'w'), 'inherit'] });
  cat.stdin.end('x');
  await once(cat, 'close');
  assert.strictEqual(await readFile('through', 'utf8'), 'x');
}

// Immediates that never end keep nobody from reading.
async function besideImmediates() {
  let on = true;
  const again = () => { if (on) setImmediate(again); };
  again();
  await readAll();
  on = false;
}

(async () => {
  await sizesAndKinds();
  await handles();
  if (process.platform !== 'win32') await fifos();
  await besideImmediates();
})();
