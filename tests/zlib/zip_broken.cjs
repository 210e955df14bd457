'use strict';

// Archives of other writers, broken ones, and ones that are made to harm: each is read, or refused by a coded error
// before memory is given for what it claims to hold.

const assert = require('assert');
const { isDeepStrictEqual } = require('util');
const zlib = require('zlib');
const { archive, drain, inFolder, modified, patched, rejects, stored, throws } = require('./zip_common.cjs');

const { ZipBuffer, ZipEntry, ZipFile } = zlib;

const kInvalid = 'ERR_ZIP_INVALID_ARCHIVE';
const kCorrupt = 'ERR_ZIP_ENTRY_CORRUPT';
const kUnsupported = 'ERR_ZIP_UNSUPPORTED_FEATURE';

const u16 = (value) => { const bytes = Buffer.alloc(2); bytes.writeUInt16LE(value); return bytes; };
const u32 = (value) => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes; };
const u64 = (value) => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64LE(BigInt(value)); return bytes; };
const field = (id, ...data) => {
  const all = Buffer.concat(data);
  return Buffer.concat([u16(id), u16(all.length), all]);
};

// An archive of one member, any of whose parts may be something else.
function built(parts = {}) {
  const {
    name = 'f', content = Buffer.from('hello'), size = content.length, compressedSize = content.length,
    crc = zlib.crc32(content), flags = 0x800, method = 0, extra = Buffer.alloc(0), disk = 0, offset = 0,
    host = 3, attributes = 0x81a40000, comment = Buffer.alloc(0), end = {}, between = Buffer.alloc(0),
  } = parts;
  const local = { crc, compressedSize, size, flags, method, extra: Buffer.alloc(0), ...parts.local };
  const nameBytes = Buffer.from(name, typeof name === 'string' ? 'utf8' : undefined);
  // Noon of a day in 2023.
  const time = Buffer.concat([u16(0x61aa), u16(0x576e)]);
  const first = Buffer.concat([
    u32(0x04034b50), u16(20), u16(local.flags), u16(local.method), time, u32(local.crc), u32(local.compressedSize),
    u32(local.size), u16(nameBytes.length), u16(local.extra.length), nameBytes, local.extra, content,
  ]);
  const central = Buffer.concat([
    u32(0x02014b50), Buffer.from([20, host]), u16(20), u16(flags), u16(method), time, u32(crc), u32(compressedSize),
    u32(size), u16(nameBytes.length), u16(extra.length), u16(comment.length), u16(disk), u16(0), u32(attributes),
    u32(offset), nameBytes, extra, comment,
  ]);
  const { records = 1, disks = 0, start = first.length, length = central.length, text = Buffer.alloc(0) } = end;
  const bytes = typeof between === 'function' ? between(first.length, central.length) : between;
  return Buffer.concat([
    first, central, bytes, u32(0x06054b50), u16(disks), u16(disks), u16(records), u16(records), u32(length), u32(start),
    u16(text.length), text,
  ]);
}

const read = (bytes) => [...ZipEntry.read(bytes)];
const only = (parts) => read(built(parts))[0];

// ---- of other writers -------------------------------------------------------

function names() {
  const cp437 = Buffer.from([0x80, 0x94, 0xe1, 0xff, 0x41]);
  assert.strictEqual(only({ name: cp437, flags: 0 }).name, '\u00c7\u00f6\u00df\u00a0A');
  assert.strictEqual(only({ name: '\u00e9', flags: 0 }).name, '\u00e9');
  assert.strictEqual(only({ name: Buffer.from([0xff]) }).name, '\ufffd');
  assert.strictEqual(only({ name: 'a\0../b' }).name, 'a\0../b');
  assert.deepStrictEqual(only({ name: cp437, flags: 0 }).nameBuffer, cp437);
  const path = (version, crc) => field(0x7075, Buffer.from([version]), u32(crc), Buffer.from('\u2603'));
  assert.strictEqual(only({ extra: path(1, zlib.crc32('f')) }).name, '\u2603');
  assert.strictEqual(only({ extra: path(1, 5) }).name, 'f');
  assert.strictEqual(only({ extra: path(2, zlib.crc32('f')) }).name, 'f');
  assert.strictEqual(only({ comment: Buffer.from([0x81]), flags: 0 }).comment, '\u00fc');
  assert.strictEqual(new ZipBuffer(built({ end: { text: Buffer.from([0x81, 0xff]) } })).comment, '\u00fc\u00a0');
}

function metadata() {
  const dos = { host: 0, attributes: 0x20 };
  const entry = only(dos);
  assert.deepStrictEqual([entry.mode, entry.isSymlink, entry.isFile], [0, false, true]);
  // Who made it is not forgotten on the way into another archive.
  const again = archive([entry]);
  const central = again.indexOf('PK\x01\x02', 'latin1');
  assert.deepStrictEqual([again[central + 5], again.readUInt32LE(central + 38)], [0, 0x20]);
  assert.strictEqual(only({ attributes: 0xa1ff0000 }).isSymlink, true);
  assert.strictEqual(only({ attributes: 0x8fff0000 }).mode, 0o7777);

  const ntfs = (ticks) => field(0x000a, u32(0), u16(1), u16(24), u64(ticks), u64(0), u64(0));
  const extended = (...seconds) => field(0x5455, Buffer.from([1]), ...seconds.map(u32));
  const timeOf = (extra, local) => only({ extra, local: { extra: local ?? Buffer.alloc(0) } }).modified.getTime();
  assert.strictEqual(timeOf(Buffer.alloc(0)), modified.getTime());
  assert.strictEqual(timeOf(extended(1600000001)), 1600000001000);
  assert.strictEqual(timeOf(Buffer.alloc(0), extended(1600000001)), 1600000001000);
  assert.strictEqual(timeOf(extended(1600000001), ntfs(132000000000001234n)), 1555526400000);
  assert.strictEqual(timeOf(field(0x5855, u32(1), u32(1600000001))), 1600000001000);
  // Fields that are broken are as good as none.
  for (const broken of [field(0x5455, Buffer.from([0])), field(0x5855, u32(1)), Buffer.from([0x55, 0x54, 0xff, 0xff]),
                        field(0x000a, u32(0), u16(1), u16(200)), Buffer.from([1])]) {
    assert.strictEqual(timeOf(broken), modified.getTime());
  }
}

function zip64() {
  const all = 0xffffffff;
  const z = (...numbers) => field(1, ...numbers);
  const local = { size: 5, compressedSize: 5 };
  const reads = (parts) => assert.strictEqual(String(only({ ...parts, local }).contentSync()), 'hello');
  reads({ size: all, extra: z(u64(5)) });
  reads({ size: all, compressedSize: all, offset: all, disk: 0xffff, extra: z(u64(5), u64(5), u64(0), u32(0)) });
  // All of the fields though one was asked for.
  reads({ compressedSize: all, extra: z(u64(99), u64(5), u64(7), u32(0)) });
  reads({ size: all, extra: Buffer.concat([field(0x9999, Buffer.from('x')), z(u64(5))]) });
  const refused = (parts, message) => throws(() => read(built({ ...parts, local })), kInvalid, message);
  refused({ size: all, extra: z(u64(2n ** 63n)) }, /safe integer range/);
  refused({ size: all, extra: z(u32(5)) }, /is truncated/);
  refused({ size: all, extra: Buffer.concat([u16(1), u16(100), u32(5)]) }, /extra field is malformed/);
  refused({ size: all }, /extra field is missing/);

  const end64 = (more = {}) => (start, length) => Buffer.concat([
    u32(0x06064b50), u64(44), u16(45), u16(45), u32(more.disk ?? 0), u32(0), u64(more.records ?? 1),
    u64(more.records ?? 1), u64(length), u64(start),
    u32(0x07064b50), u32(0), u64(more.at ?? start + length), u32(more.disks ?? 1),
  ]);
  const sentinels = { records: 0xffff, start: all, length: all };
  assert.strictEqual(read(built({ between: end64(), end: sentinels })).length, 1);
  // Something in front: the locator is wrong, the record is where it was.
  assert.strictEqual(read(Buffer.concat([Buffer.from('front'), built({ between: end64(), end: sentinels })])).length, 1);
  assert.strictEqual(read(built({ between: end64({ at: 2n ** 64n - 1n }) })).length, 1);
  throws(() => read(built({ between: end64({ disks: 2 }) })), kUnsupported, /multi-disk/);
  throws(() => read(built({ between: end64({ disk: 1 }) })), kUnsupported, /multi-disk/);
  throws(() => read(built({ between: end64({ records: 3 }) })), kInvalid, /disagree/);
  throws(() => read(built({ between: end64({ records: 2n ** 60n }), end: sentinels })), kInvalid, /safe integer/);
}

// ---- broken -----------------------------------------------------------------

const kRecord = 46 + 1;
const kMember = 30 + 1 + 5;

function directories() {
  const good = built();
  const end = good.length - 22;
  const table = [
    [Buffer.alloc(0), kInvalid, /no end of central directory record found/],
    [Buffer.alloc(100, 'A'), kInvalid, /no end of central directory record found/],
    [built({ end: { disks: 1 } }), kUnsupported, /multi-disk/],
    [built({ disk: 1 }), kUnsupported, /multi-disk/],
    [built({ end: { records: 0 } }), kInvalid, /count is inconsistent/],
    [built({ end: { records: 100 } }), kInvalid, /count is inconsistent/],
    [built({ end: { length: kRecord + 1 } }), kInvalid, /does not fit/],
    [built({ end: { start: 0xffffff } }), kInvalid, /does not fit/],
    [patched(good, [[kMember, 32, 0]]), kInvalid, /directory header signature is invalid/],
    [patched(good, [[kMember + 28, 16, 2000]]), kInvalid, /directory header is truncated/],
    [patched(good, [[kMember + 30, 16, 5]]), kInvalid, /directory header is out of bounds/],
    [patched(good, [[0, 32, 0]]), kInvalid, /local file header signature is invalid/],
    [built({ offset: 0x7fffffff }), kInvalid, /local file header is out of bounds/],
    [patched(good, [[26, 16, 60000]]), kInvalid, /local file header is truncated/],
    [built({ compressedSize: 0x7fffffff }), kInvalid, /data is out of bounds/],
    [built({ local: { crc: 1 } }), kInvalid, /sizes disagree/],
    [built({ local: { size: 4 } }), kInvalid, /sizes disagree/],
    [built({ local: { method: 8 } }), kInvalid, /compression methods disagree/],
    [built({ local: { flags: 0x801 } }), kInvalid, /encryption flags disagree/],
    // A comment that reaches beyond the end is no end.
    [patched(good, [[end + 20, 16, 5]]), kInvalid, /no end of central directory record found/],
    // Two archives that could be meant.
    [Buffer.concat([good, good]), kInvalid, /ambiguous/],
    [built({ end: { text: Buffer.concat([u32(0x06054b50), Buffer.alloc(18)]) } }), kInvalid, /ambiguous/],
  ];
  for (const [bytes, code, message] of table) {
    throws(() => read(bytes), code, message);
    throws(() => new ZipBuffer(bytes), code, message);
  }
  for (let length = 0; length < good.length; length++) {
    throws(() => read(good.subarray(0, length)), kInvalid);
  }
  // What is no harm.
  for (const bytes of [Buffer.concat([Buffer.from('#!/front\n'), good]), Buffer.concat([good, Buffer.from('\r\n\0\0')]),
                       Buffer.concat([good, good.subarray(end)]), built({ end: { text: Buffer.from('PK\x05\x06') } }),
                       built({ local: { crc: 0, size: 0, compressedSize: 0, flags: 0x808 } })]) {
    assert.strictEqual(String(read(bytes)[0].contentSync()), 'hello');
  }
}

// Members that share bytes turn a small archive into a large one.
async function overlaps(place) {
  const bytes = archive([ZipEntry.createSync('A', Buffer.alloc(40, 1), stored),
                         ZipEntry.createSync('B', Buffer.alloc(40, 2), stored)]);
  const member = 30 + 1 + 40;
  const quoted = patched(archive([ZipEntry.createSync('A', Buffer.alloc(40, 1), stored),
                                  ZipEntry.createSync('B', Buffer.alloc(40, 1), stored)]),
                         [[2 * member + kRecord + 42, 32, 0]]);
  const longer = patched(bytes, [[28, 16, 8]]);
  for (const each of [quoted, longer]) {
    throws(() => new ZipBuffer(each), kInvalid, /possible zip bomb/);
    const path = place(undefined, each);
    throws(() => ZipFile.openSync(path), kInvalid, /possible zip bomb/);
    await rejects(ZipFile.open(path), kInvalid, /possible zip bomb/);
  }
}

async function contents(place) {
  const text = Buffer.from('x'.repeat(5000));
  const deflated = zlib.deflateRawSync(text);
  const zstd = zlib.zstdCompressSync(text);
  const crc = zlib.crc32(text);
  const table = [
    [{ flags: 0x801 }, kUnsupported, /entry "f" is encrypted/],
    [{ method: 1 }, kUnsupported, /entry "f" uses compression method 1/],
    [{ crc: 1 }, kCorrupt, /entry "f" failed CRC-32 verification/],
    [{ size: 4 }, kCorrupt, /produced 5 bytes, expected 4/],
    [{ size: 1000 }, kCorrupt, /produced 5 bytes, expected 1000/],
    [{ content: deflated, method: 8, size: 50, crc }, kCorrupt, /inflates beyond its declared size of 50 bytes/],
    [{ content: zstd, method: 93, size: 50, crc }, kCorrupt, /decompresses beyond its declared size of 50 bytes/],
    [{ content: deflated, method: 8, size: 6000, crc }, kCorrupt, /produced 5000 bytes, expected 6000/],
    [{ content: deflated.subarray(0, -3), method: 8, size: 5000, crc }, kCorrupt, /failed to inflate: unexpected end/],
    [{ content: zstd.subarray(0, -3), method: 93, size: 5000, crc }, kCorrupt, /failed to decompress: unexpected end/],
    [{ content: Buffer.alloc(9, 255), method: 8, size: 5000, crc }, kCorrupt, /failed to inflate: invalid block type/],
    [{ size: 2 ** 31, content: deflated, method: 8 }, 'ERR_ZIP_ENTRY_TOO_LARGE', /declares 2147483648 bytes/],
  ];
  for (const [parts, code, message] of table) {
    const bytes = built(parts);
    const entry = new ZipBuffer(bytes).get('f');
    throws(() => entry.contentSync(), code, message);
    await rejects(entry.content(), code, message);
    const zip = ZipFile.openSync(place(undefined, bytes));
    throws(() => zip.getSync('f').contentSync(), code, message);
    await rejects(zip.getSync('f').content(), code, message);
    zip.closeSync();
  }
  assert.strictEqual(String(only({ crc: 1 }).contentSync({ verify: false })), 'hello');
  await rejects(drain(only({ size: 4 }).contentIterator()), kCorrupt, /inflates beyond its declared size of 4 bytes/);
  await rejects(drain(only({ size: 9 }).contentIterator()), kCorrupt, /is truncated: got 5 of 9 bytes/);
  await rejects(drain(only({ crc: 1 }).contentIterator()), kCorrupt, /CRC-32/);

  const entry = only({ content: deflated, method: 8, size: 5000, crc });
  throws(() => entry.contentSync({ maxSize: 4999 }), 'ERR_ZIP_ENTRY_TOO_LARGE', /exceeding the 4999 byte limit/);
  const most = zlib.getMaxZipContentSize();
  assert.strictEqual(most, 256 * 1024 * 1024);
  zlib.setMaxZipContentSize(10);
  await rejects(entry.content(), 'ERR_ZIP_ENTRY_TOO_LARGE');
  assert.ok((await entry.content({ maxSize: 5000 })).equals(text));
  // A stream needs no such limit.
  assert.ok((await drain(entry.contentIterator())).equals(text));
  zlib.setMaxZipContentSize(most);
  throws(() => zlib.setMaxZipContentSize(-1), 'ERR_OUT_OF_RANGE');
  throws(() => zlib.setMaxZipContentSize('1'), 'ERR_INVALID_ARG_TYPE');
}

// Whatever is done to an archive, what comes is data or a coded error.
function mutations() {
  const text = Buffer.from('some text '.repeat(20));
  const bases = [archive([ZipEntry.createSync('a', text), ZipEntry.createSync('b', text, { method: 'zstd' })], 'c'),
                 built({ extra: field(0x5455, Buffer.from([1]), u32(5)) })];
  let state = 20260801;
  const random = (below) => (state = (state * 48271) % 2147483647) % below;
  const codes = new Set();
  for (let i = 0; i < 3000; i++) {
    const bytes = Buffer.from(bases[i % bases.length]);
    for (let j = random(3); j >= 0; j--) bytes[random(bytes.length)] = [0, 0xff, random(256)][random(3)];
    try {
      for (const entry of new ZipBuffer(bytes).values()) {
        entry.contentSync();
        assert.ok(!Number.isNaN(entry.mode) && isDeepStrictEqual(entry.modified, entry.modified));
      }
    } catch (error) {
      assert.match(error.code ?? '', /^ERR_ZIP_/, error.stack);
      codes.add(error.code);
    }
  }
  assert.deepStrictEqual([...codes].sort(), [kCorrupt, kInvalid, kUnsupported]);
}

function argumentsAreChecked() {
  const data = Buffer.from('x');
  const table = [
    [() => ZipEntry.createSync(1, data), 'ERR_INVALID_ARG_TYPE'],
    [() => ZipEntry.createSync('', data), 'ERR_INVALID_ARG_VALUE'],
    [() => ZipEntry.createSync('x'.repeat(65536), data), 'ERR_ZIP_ENTRY_TOO_LARGE'],
    [() => ZipEntry.createSync('a', 'text'), 'ERR_INVALID_ARG_TYPE'],
    [() => ZipEntry.createSync('a/', data), 'ERR_INVALID_ARG_VALUE'],
    [() => ZipEntry.createSync('a', data, { comment: 1 }), 'ERR_INVALID_ARG_TYPE'],
    [() => ZipEntry.createSync('a', data, { comment: 'x'.repeat(65536) }), 'ERR_ZIP_ENTRY_TOO_LARGE'],
    [() => ZipEntry.createSync('a', data, { mode: -1 }), 'ERR_OUT_OF_RANGE'],
    [() => ZipEntry.createSync('a', data, { modified: 1 }), 'ERR_INVALID_ARG_TYPE'],
    [() => ZipEntry.createSync('a', data, { method: 'lzma' }), 'ERR_INVALID_ARG_VALUE'],
    [() => ZipEntry.createStream('a/', []), 'ERR_INVALID_ARG_VALUE'],
    [() => ZipEntry.createSymlink('a', 1), 'ERR_INVALID_ARG_TYPE'],
    [() => new ZipBuffer('text'), 'ERR_INVALID_ARG_TYPE'],
    [() => archive([], 1), 'ERR_INVALID_ARG_TYPE'],
    [() => archive([], { baseOffset: -1 }), 'ERR_OUT_OF_RANGE'],
    [() => archive([], 'x'.repeat(65536)), 'ERR_ZIP_ARCHIVE_TOO_LARGE'],
  ];
  for (const [run, code] of table) throws(run, code);
}

inFolder(async (place) => {
  names();
  metadata();
  zip64();
  directories();
  await overlaps(place);
  await contents(place);
  mutations();
  argumentsAreChecked();
}).then(() => { process.exitCode = 0; });
process.exitCode = 1;
