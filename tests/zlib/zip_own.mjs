// What Weft does where Node 26.10 waits for ever, ends the process or lets things lie.

import assert from 'assert';
import zlib from 'zlib';
import { createRequire } from 'module';

const { archive, drain, patched, rejects, stored } = createRequire(import.meta.url)('./zip_common.cjs');
const { ZipBuffer, ZipEntry, createZipArchive } = zlib;

// Compressed content that is cut off, or more than it should be, ends a stream with an error.
for (const method of ['deflate', 'zstd']) {
  const bytes = archive([ZipEntry.createSync('f', Buffer.from('x'.repeat(5000)), { ...stored, method })]);
  const central = bytes.indexOf('PK\x01\x02', 'latin1');
  const short = bytes.readUInt32LE(18) - 3;
  const cut = new ZipBuffer(patched(bytes, [[18, 32, short], [central + 20, 32, short]])).get('f');
  await assert.rejects(drain(cut.contentIterator()), { message: 'unexpected end of file' });
  const bomb = new ZipBuffer(patched(bytes, [[22, 32, 50], [central + 24, 32, 50]])).get('f');
  await rejects(drain(bomb.contentIterator()), 'ERR_ZIP_ENTRY_CORRUPT', /beyond its declared size/);
}

// An archive that is destroyed before it is read lets go of what it was given.
const destroyed = [];
const source = (name) => ({ destroy() { destroyed.push(name); } });
for (const begin of [false, true]) {
  destroyed.length = 0;
  const stream = createZipArchive([
    ZipEntry.createSync('first', Buffer.from('x')), ZipEntry.createStream('a', source('a')),
    ZipEntry.createStream('b', source('b')),
  ]);
  if (begin) await stream.iterator({ destroyOnReturn: false }).next();
  stream.destroy();
  await new Promise((resolve) => { stream.on('close', resolve); });
  assert.deepStrictEqual(destroyed, ['a', 'b']);
}

// The name is a copy: filling it does nothing to the archive.
const bytes = archive([ZipEntry.createSync('s', Buffer.from('hello'), stored)]);
new ZipBuffer(bytes).get('s').nameBuffer.fill(0);
assert.strictEqual(new ZipBuffer(bytes).get('s').name, 's');

// A date that was given may change afterwards.
const date = new Date(1600000000000);
const entry = ZipEntry.createSync('d', Buffer.alloc(0), { modified: date });
date.setTime(0);
assert.strictEqual(entry.modified.getTime(), 1600000000000);
