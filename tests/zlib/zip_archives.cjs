'use strict';

// Archives in memory, there and back, and the very bytes that Node writes.

const assert = require('assert');
const fs = require('fs');
const { Readable } = require('stream');
const zlib = require('zlib');
const { archive, drain, inFolder, modified, rejects, stored, throws } = require('./zip_common.cjs');

const warnings = [];
process.on('warning', (warning) => warnings.push(`${warning.name}: ${warning.message}`));

// Looking at them warns of nothing; that comes with the first use.
const { ZipBuffer, ZipEntry, ZipFile, createZipArchive, createZipArchiveSync, zipFiles } = zlib;

function surface() {
  assert.deepStrictEqual([ZipEntry, ZipFile, ZipBuffer].map((each) => each.name), ['ZipEntry', 'ZipFile', 'ZipBuffer']);
  for (const name of ['ZipEntry', 'createZipArchive', 'setMaxZipContentSize']) {
    const { value, ...how } = Object.getOwnPropertyDescriptor(zlib, name);
    assert.strictEqual(typeof value, 'function');
    assert.deepStrictEqual(how, { writable: false, enumerable: true, configurable: true });
  }
  const entry = ZipEntry.createSync('a', Buffer.alloc(0));
  assert.ok(entry instanceof ZipEntry);
  assert.ok(!({} instanceof ZipEntry));
  assert.strictEqual(entry.constructor.name, 'ZipEntry');
}

// Archives of Node 26.10 with these members, of which the time is the only part that depends on the time zone.
function sameBytes() {
  const entry = (name, data, options) => ZipEntry.createSync(name, Buffer.from(data), { ...stored, ...options });
  const bytes = archive([
    entry('a.txt', 'x'), entry('d/', ''), ZipEntry.createSymlink('l', 't/x', { modified }),
    entry('\u00e9.txt', 'x', { comment: '\u00e9', mode: 0o600 }),
  ], 'cmt');
  const expected = '504b0304140000080000TTTTDDDD8316dc8c010000000100000005000000612e74787478504b0304140000080000TTTTDDDD' +
    '00000000000000000000000002000000642f504b0304140000080000TTTTDDDDfdd87be00300000003000000010000006c742f78504b03' +
    '04140000080000TTTTDDDD8316dc8c010000000100000006000000c3a92e74787478504b01021403140000080000TTTTDDDD8316dc8c01' +
    '00000001000000050000000000000000000000a48100000000612e747874504b01021403140000080000TTTTDDDD000000000000000000' +
    '000000020000000000000000001000ed4124000000642f504b01021403140000080000TTTTDDDDfdd87be0030000000300000001000000' +
    '0000000000000000ffa1440000006c504b01021403140000080000TTTTDDDD8316dc8c0100000001000000060000000200000000000000' +
    '808166000000c3a92e747874c3a9504b05060000000004000400c80000008b0000000300636d74';
  assert.strictEqual(bytes.toString('hex'), expected.replaceAll('TTTT', 'aa61').replaceAll('DDDD', '6e57'));
}

async function streamedBytes() {
  async function* source() {
    yield Buffer.from('ab');
    yield new Uint8Array(0);
    yield new Uint8Array([0x63]);
  }
  const entry = ZipEntry.createStream('s.txt', source(), stored);
  assert.strictEqual(entry.rawContent, null);
  throws(() => entry.size, 'ERR_INVALID_STATE');
  throws(() => entry.contentIterator(), 'ERR_INVALID_STATE');
  const bytes = await drain(createZipArchive([entry]));
  assert.strictEqual(bytes.toString('hex'),
                     '504b03042d0008080000aa616e5700000000ffffffffffffffff05001400732e747874010010000000000000000000' +
                     '0000000000000000616263504b0708c241243503000000000000000300000000000000504b01022d032d0008080000' +
                     'aa616e57c24124350300000003000000050000000000000000000000a48100000000732e747874504b050600000000' +
                     '0100010033000000520000000000');
  assert.deepStrictEqual([entry.size, entry.compressedSize, entry.crc32], [3, 3, zlib.crc32('abc')]);
  await rejects(entry.content(), 'ERR_INVALID_STATE');
  await rejects(drain(createZipArchive([entry])), 'ERR_INVALID_STATE', /only be serialized once/);
  const [read] = ZipEntry.read(bytes);
  assert.strictEqual(String(await read.content()), 'abc');
  // Written again nothing follows the content.
  assert.strictEqual([...ZipEntry.read(archive([read]))][0].flags & 8, 0);
}

async function roundTrip() {
  const text = Buffer.from('Hello, world! '.repeat(2000));
  const noise = Buffer.alloc(5000);
  for (let i = 0, state = 1; i < noise.length; i++) noise[i] = (state = (state * 48271) % 2147483647) >> 8;
  const entries = [
    await ZipEntry.create('deflate.txt', text),
    ZipEntry.createSync('zstd.txt', text, { method: 'zstd' }),
    await ZipEntry.create('noise', noise),
    await ZipEntry.create('noise.zst', noise, { method: 'zstd' }),
    await ZipEntry.create('empty', Buffer.alloc(0)),
    await ZipEntry.create('dir/', new ArrayBuffer(0), { mode: 0o700 }),
    ZipEntry.createStream('streamed', Readable.from([text, text]), { method: 'deflate' }),
    ZipEntry.createStream('streamed.zst', [text], { method: 'zstd' }),
  ];
  const stream = createZipArchive(entries, { comment: 'whole' });
  assert.ok(stream instanceof Readable);
  assert.strictEqual(stream.readableObjectMode, false);
  const bytes = await drain(stream);
  const methods = { 'deflate.txt': 8, 'zstd.txt': 93, 'noise': 0, 'noise.zst': 0, 'empty': 0, 'dir/': 0,
                    'streamed': 8, 'streamed.zst': 93 };
  const zip = new ZipBuffer(new Uint8Array(bytes));
  assert.strictEqual(zip.comment, 'whole');
  assert.deepStrictEqual(Object.fromEntries([...zip].map(([name, entry]) => [name, entry.method])), methods);
  for (const [name, entry] of zip) {
    const expected = name.startsWith('noise') ? noise : name === 'empty' || name === 'dir/' ? Buffer.alloc(0) :
      name === 'streamed' ? Buffer.concat([text, text]) : text;
    assert.ok(entry.contentSync().equals(expected), name);
    assert.ok((await entry.content()).equals(expected), name);
    assert.ok((await drain(entry.contentIterator())).equals(expected), name);
    assert.strictEqual(entry.crc32, zlib.crc32(expected));
    assert.strictEqual(entry.compressed, entry.method !== 0);
    assert.ok(Math.abs(entry.modified - Date.now()) < 24 * 60 * 60 * 1000);
  }
  assert.deepStrictEqual([zip.get('dir/').isDirectory, zip.get('dir/').mode, zip.get('noise').mode],
                         [true, 0o700, 0o644]);
  // Out of an archive into the next, as they are.
  assert.deepStrictEqual([...new ZipBuffer(await zip.toBuffer()).keys()], Object.keys(methods));
  const again = new ZipBuffer(zip.toBufferSync('other'));
  assert.strictEqual(again.comment, 'other');
  assert.ok(again.get('streamed').contentSync().equals(Buffer.concat([text, text])));
}

async function editing() {
  const zip = new ZipBuffer(archive([
    ZipEntry.createSync('a', Buffer.from('original'), stored), ZipEntry.createSync('b', Buffer.from('keep'), stored),
  ], '\u2603'));
  assert.strictEqual(zip.writable, true);
  assert.strictEqual(Object.prototype.toString.call(zip), '[object ZipBuffer]');
  assert.strictEqual((await zip.add('c', Buffer.from('new'))).name, 'c');
  zip.addSync('a', Buffer.from('replaced'));
  assert.deepStrictEqual([zip.size, zip.delete('b'), zip.delete('b'), zip.has('b')], [3, true, false, false]);
  const seen = [];
  zip.forEach(function(entry, name, self) { seen.push([this.it, name, entry.name, self === zip]); }, { it: 1 });
  assert.deepStrictEqual(seen, [[1, 'a', 'a', true], [1, 'c', 'c', true]]);
  const next = new ZipBuffer(zip.toBufferSync());
  assert.deepStrictEqual([...next.values()].map((entry) => `${entry.name} ${entry.contentSync()}`),
                         ['a replaced', 'c new']);
  assert.strictEqual(next.comment, '\u2603');
  throws(() => zip.get('b'), 'ERR_ZIP_ENTRY_NOT_FOUND', /^no such entry "b" in the archive$/);
  throws(() => zip.addEntry({}), 'ERR_INVALID_ARG_TYPE', /instance of ZipEntry/);
  zip[Symbol.dispose]();
  assert.strictEqual(zip.size, 0);
}

function ownership() {
  const data = Buffer.from('hello');
  const made = ZipEntry.createSync('s', data, stored);
  assert.strictEqual(made.rawContent, data);
  const bytes = archive([made]);
  const entry = new ZipBuffer(bytes).get('s');
  // Views of the archive inside, but what content() gives is the caller's.
  assert.strictEqual(entry.rawContent.buffer, bytes.buffer);
  entry.contentSync().fill(0);
  assert.strictEqual(String(entry.contentSync()), 'hello');
}

function times() {
  const back = (milliseconds) => {
    const bytes = archive([ZipEntry.createSync('a', Buffer.alloc(0), { modified: new Date(milliseconds) })]);
    return [...ZipEntry.read(bytes)][0].modified.getTime();
  };
  const even = modified.getTime();
  assert.strictEqual(back(even), even);
  // Odd seconds and parts of one need an extra field, which has whole seconds.
  assert.strictEqual(back(even + 1000), even + 1000);
  assert.strictEqual(back(even + 1999), even + 1000);
  assert.strictEqual(back(new Date(1970, 5, 5).getTime()), new Date(1980, 0, 1).getTime());
  // The current time, where none is given, is not worth a field.
  const now = ZipEntry.createSync('a', Buffer.from('x'));
  assert.strictEqual(now.modified.getTime() % 2000, 0);
  assert.ok(now.modified.getTime() <= Date.now());
  assert.strictEqual(archive([now]).length, 30 + 1 + 1 + 46 + 1 + 22);
  const invalid = ZipEntry.createSync('a', Buffer.alloc(0), { modified: new Date(NaN) });
  throws(() => archive([invalid]), 'ERR_INVALID_ARG_VALUE', /valid Date/);
}

function zip64() {
  const far = 0x1_0000_0000;
  const bytes = archive([ZipEntry.createSync('far', Buffer.from('hello'), stored)], { baseOffset: far });
  const central = bytes.indexOf('PK\x01\x02', 'latin1');
  assert.strictEqual(bytes.readUInt16LE(central + 6), 45);
  assert.strictEqual(bytes.readUInt32LE(central + 42), 0xffffffff);
  assert.strictEqual(bytes.readBigUInt64LE(central + 46 + 3 + 4), BigInt(far));
  assert.ok(bytes.includes('PK\x06\x06', 'latin1') && bytes.includes('PK\x06\x07', 'latin1'));
  // Where it belongs, it reads; a program in front is what baseOffset is for.
  const front = Buffer.from('#!/bin/sh\nexit 0\n');
  const behind = archive([ZipEntry.createSync('n', Buffer.from('x'), stored)], { baseOffset: front.length });
  assert.strictEqual(behind.readUInt32LE(behind.indexOf('PK\x01\x02', 'latin1') + 42), front.length);
  assert.strictEqual(String(new ZipBuffer(Buffer.concat([front, behind])).get('n').contentSync()), 'x');

  const many = [];
  for (let i = 0; i < 0xffff; i++) many.push(ZipEntry.createSync(`${i}`, Buffer.alloc(0), stored));
  const below = archive(many.slice(0, 0xfffe));
  assert.ok(!below.includes('PK\x06\x06', 'latin1'));
  const above = archive(many);
  assert.ok(above.includes('PK\x06\x06', 'latin1'));
  const zip = new ZipBuffer(above);
  assert.deepStrictEqual([zip.size, zip.get('65534').size], [0xffff, 0]);
}

async function fromFiles() {
  await inFolder(async (place) => {
    const file = place('file', 'content');
    fs.chmodSync(file, 0o640);
    fs.utimesSync(file, 1700000000, 1700000001);
    fs.mkdirSync(place('dir'));
    if (process.platform !== 'win32') fs.symlinkSync('file', place('link'));
    const list = new Map([[file, 'in/file'], [place('dir'), 'dir']]);
    const zip = new ZipBuffer(await drain(zipFiles(list, 'of files')));
    assert.deepStrictEqual([zip.comment, ...zip.keys()], ['of files', 'in/file', 'dir/']);
    const entry = zip.get('in/file');
    assert.deepStrictEqual([String(entry.contentSync()), entry.modified.getTime()], ['content', 1700000001000]);
    if (process.platform !== 'win32') {
      assert.strictEqual(entry.mode, 0o640);
      for (const followSymlinks of [true, false]) {
        const [link] = ZipEntry.read(await drain(zipFiles([[place('link'), 'l']], { followSymlinks })));
        assert.deepStrictEqual([link.isSymlink, String(link.contentSync())],
                               followSymlinks ? [false, 'content'] : [true, 'file']);
      }
      await rejects(drain(zipFiles([['/dev/null', 'n']])), 'ERR_ZIP_UNSUPPORTED_FEATURE', /not a regular file/);
    }
    await rejects(drain(zipFiles([[place('missing'), 'm']])), 'ENOENT');
    await rejects(drain(zipFiles([[1, 'm']])), 'ERR_INVALID_ARG_TYPE', /sourcePath/);
    throws(() => zipFiles([], { followSymlinks: 1 }), 'ERR_INVALID_ARG_TYPE');
  });
}

function releasing() {
  let destroyed = 0;
  const source = () => ({ destroy() { destroyed++; }, async *[Symbol.asyncIterator]() { yield Buffer.from('x'); } });
  const entry = ZipEntry.createStream('x', source());
  entry[Symbol.dispose]();
  entry[Symbol.dispose]();
  assert.strictEqual(destroyed, 1);
  destroyed = 0;
  const pieces = createZipArchiveSync([
    ZipEntry.createSync('a', Buffer.from('x')), ZipEntry.createStream('x', source()), ZipEntry.createStream('y', source()),
  ]);
  pieces.next();
  pieces.return();
  assert.strictEqual(destroyed, 2);
  destroyed = 0;
  throws(() => archive([ZipEntry.createStream('x', source()), ZipEntry.createStream('y', source())]), 'ERR_INVALID_STATE',
         /cannot be serialized synchronously/);
  assert.strictEqual(destroyed, 2);
}

async function failingSource() {
  for (const method of ['store', 'deflate', 'zstd']) {
    let closed = false;
    async function* source() {
      try {
        yield Buffer.from('some');
        throw new Error(`broke in ${method}`);
      } finally {
        closed = true;
      }
    }
    const stream = createZipArchive([ZipEntry.createStream('s', source(), { method })]);
    await assert.rejects(drain(stream), { message: `broke in ${method}` });
    assert.ok(closed);
    await rejects(drain(ZipEntry.createStream('s', ['text'], { method })), 'ERR_INVALID_ARG_TYPE', /"chunk"/);
  }
}

async function main() {
  assert.deepStrictEqual(warnings, []);
  surface();
  sameBytes();
  await streamedBytes();
  await roundTrip();
  await editing();
  ownership();
  times();
  zip64();
  await fromFiles();
  releasing();
  await failingSource();
  assert.deepStrictEqual(warnings, [
    'ExperimentalWarning: The zlib ZIP archive API is an experimental feature and might change at any time',
  ]);
}

main().then(() => { process.exitCode = 0; });
process.exitCode = 1;
