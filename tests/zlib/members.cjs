'use strict';
const assert = require('node:assert');
const zlib = require('node:zlib');

const concat = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));

// The data written to `stream` cut in two at `at`.
async function inTwo(stream, data, at) {
  stream.write(data.subarray(0, at));
  stream.end(data.subarray(at));
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function main() {
  // Members of a gzip file, wherever it is cut; zeros after them are padding.
  const members = concat(zlib.gzipSync('abc'), zlib.gzipSync('def'));
  const padded = concat(members, Buffer.alloc(9));
  for (let at = 0; at <= members.length; at++) {
    assert.strictEqual(await inTwo(zlib.createGunzip(), members, at), 'abcdef');
    assert.strictEqual(await inTwo(zlib.createUnzip(), members, at), 'abcdef');
  }
  assert.strictEqual(zlib.gunzipSync(padded).toString(), 'abcdef');
  assert.throws(() => zlib.gunzipSync(concat(members, 'junk')), { code: 'Z_DATA_ERROR' });
  // One byte of gzip's two: not gzip.
  assert.throws(() => zlib.unzipSync(Buffer.from([0x1f, 0x1f])), { code: 'Z_DATA_ERROR' });

  // Frames of Zstandard, also ones to be skipped.
  const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const frames = concat(zlib.zstdCompressSync('abc'), skipped, zlib.zstdCompressSync('def'));
  for (let at = 0; at <= frames.length; at++) {
    assert.strictEqual(await inTwo(zlib.createZstdDecompress(), frames, at), 'abcdef');
  }
  assert.throws(() => zlib.zstdDecompressSync(frames.subarray(0, frames.length - 2)), { code: 'Z_BUF_ERROR' });

  // What follows the end is left alone, or refused.
  for (const [compress, Class] of [
    [zlib.deflateSync, zlib.Inflate], [zlib.deflateRawSync, zlib.InflateRaw],
    [zlib.brotliCompressSync, zlib.BrotliDecompress], [zlib.zstdCompressSync, zlib.ZstdDecompress],
    [zlib.gzipSync, zlib.Gunzip],
  ]) {
    const packed = compress('abc');
    const data = concat(packed, Class === zlib.Gunzip ? '\0\0' : 'more of it');
    const stream = new Class();
    assert.strictEqual(await inTwo(stream, data, data.length), 'abc');
    assert.strictEqual(stream.bytesWritten, packed.length);
    const strict = new Class({ rejectGarbageAfterEnd: true });
    await assert.rejects(inTwo(strict, data, 2), {
      name: 'TypeError', code: 'ERR_TRAILING_JUNK_AFTER_STREAM_END',
    });
  }
  assert.throws(() => zlib.gunzipSync(members, { rejectGarbageAfterEnd: true }), {
    code: 'ERR_TRAILING_JUNK_AFTER_STREAM_END',
  });

  // What may be the beginning of another frame is garbage where nothing follows, in pieces, too.
  const frame = zlib.zstdCompressSync('one frame');
  for (const [rejectGarbageAfterEnd, last] of [[true, 'ERR_TRAILING_JUNK_AFTER_STREAM_END'], [false, 'end']]) {
    const stream = zlib.createZstdDecompress({ rejectGarbageAfterEnd });
    const ended = new Promise((resolve) => {
      stream.on('end', () => resolve('end')).on('error', (error) => resolve(error.code)).resume();
    });
    await new Promise((resolve) => stream.write(frame, resolve));
    await new Promise((resolve) => stream.write(frame.subarray(0, 2), resolve));
    stream.end();
    assert.strictEqual(await ended, last);
    assert.strictEqual(stream.bytesWritten, frame.length + 2);
  }

  // Dictionaries.
  const dictionary = Buffer.from('It was the best of times, it was the worst of times');
  const text = 'it was the worst of times';
  for (const [compress, decompress] of [
    ['deflate', 'inflate'], ['deflateRaw', 'inflateRaw'], ['zstdCompress', 'zstdDecompress'],
  ]) {
    const packed = zlib[`${compress}Sync`](text, { dictionary });
    assert.ok(packed.length < zlib[`${compress}Sync`](text).length);
    assert.strictEqual(zlib[`${decompress}Sync`](packed, { dictionary }).toString(), text);
    const view = dictionary.buffer.slice(dictionary.byteOffset, dictionary.byteOffset + dictionary.length);
    assert.strictEqual(zlib[`${decompress}Sync`](packed, { dictionary: view }).toString(), text);
  }
  const packed = zlib.deflateSync(text, { dictionary });
  assert.throws(() => zlib.inflateSync(packed), { code: 'Z_NEED_DICT', errno: 2, message: 'Missing dictionary' });
  assert.throws(() => zlib.inflateSync(packed, { dictionary: Buffer.from('other') }), {
    code: 'Z_NEED_DICT', errno: 2, message: 'Bad dictionary',
  });
  // It stays for what is written after a reset.
  const deflate = zlib.createDeflate({ dictionary });
  deflate.reset();
  deflate.end(text);
  const pieces = [];
  for await (const piece of deflate) pieces.push(piece);
  assert.strictEqual(zlib.inflateSync(Buffer.concat(pieces), { dictionary }).toString(), text);
}

main();
