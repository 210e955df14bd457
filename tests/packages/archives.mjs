// tar: archives through minizlib, which drives the streams of zlib by hand.
import assert from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import * as tar from 'tar';

const scratch = fs.mkdtempSync('scratch-');
process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));
fs.mkdirSync(path.join(scratch, 'in', 'deep'), { recursive: true });
const text = Array.from({ length: 30_000 }, (_, i) => `${i * 7919 % 30_000}\n`).join('');
fs.writeFileSync(path.join(scratch, 'in', 'deep', 'a.txt'), text);
fs.writeFileSync(path.join(scratch, 'in', 'b.txt'), 'b');
for (const [name, options] of [
  ['plain', {}], ['gzip', { gzip: true }], ['level', { gzip: { level: 9 } }], ['brotli', { brotli: true }],
  ['zstd', { zstd: true }], ['sync', { gzip: true, sync: true }],
]) {
  const file = path.join(scratch, name);
  await tar.create({ ...options, file, cwd: scratch }, ['in']);
  assert.equal(fs.statSync(file).size < 160_000, name !== 'plain', name);
  for (const sync of [false, true]) {
    const cwd = fs.mkdtempSync(path.join(scratch, 'out-'));
    const { brotli, zstd } = options;
    await tar.extract({ file, cwd, sync, brotli, zstd });
    assert.equal(fs.readFileSync(path.join(cwd, 'in', 'deep', 'a.txt'), 'utf8'), text);
    assert.equal(fs.readFileSync(path.join(cwd, 'in', 'b.txt'), 'utf8'), 'b');
  }
}
console.log('ok');
