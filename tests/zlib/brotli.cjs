'use strict';
// Brotli with and without a dictionary through every door of node:zlib. The
// sums are what Node 26.10 (Brotli 1.2.0) writes.
const assert = require('node:assert');
const { once } = require('node:events');
const zlib = require('node:zlib');

const { BROTLI_PARAM_QUALITY: quality, BROTLI_PARAM_LGWIN: window } = zlib.constants;
const data = Buffer.from(Array.from({ length: 4000 }, (_, i) => `line ${i * i % 977} of ${i % 89}\n`).join(''));
const dictionary = data.subarray(5000, 9000);
const sum = (bytes) => `${bytes.length}:${zlib.crc32(bytes).toString(16)}`;

async function collected(stream, pieces) {
  const out = [];
  stream.on('data', (piece) => out.push(piece));
  for (const piece of pieces) stream.write(piece);
  stream.end();
  await once(stream, 'end');
  return Buffer.concat(out);
}

function inPieces(bytes, size) {
  const pieces = [];
  for (let i = 0; i < bytes.length; i += size) pieces.push(bytes.subarray(i, i + size));
  return pieces;
}

const expected = {
  __proto__: null,
  0: ['18540:d7668fcd', '18540:d7668fcd'],
  1: ['14755:1495fc1b', '14755:1495fc1b'],
  4: ['10391:3f01e00d', '10391:3f01e00d'],
  5: ['7327:c17d3647', '6469:d0be1fe0'],
  9: ['7011:60061d0d', '6155:be7a235a'],
  11: ['5082:224d1e6f', '5864:762e9f28'],
};

function sameInEveryForm(level) {
  const options = { dictionary, params: { [quality]: level } };
  const plain = zlib.brotliCompressSync(data, { params: options.params });
  const packed = zlib.brotliCompressSync(data, options);
  assert.deepStrictEqual([sum(plain), sum(packed)], expected[level]);
  assert.ok(zlib.brotliDecompressSync(packed, { dictionary }).equals(data));
  for (const form of [new Uint8Array(dictionary), new DataView(new Uint8Array(dictionary).buffer),
                      new Uint8Array(dictionary).buffer]) {
    assert.ok(zlib.brotliCompressSync(data, { ...options, dictionary: form }).equals(packed));
  }
  return new Promise((resolve, reject) => {
    zlib.brotliCompress(data, options, (error, result) => {
      if (error) return reject(error);
      assert.ok(result.equals(packed));
      zlib.brotliDecompress(result, { dictionary }, (failed, back) => {
        if (failed) return reject(failed);
        assert.ok(back.equals(data));
        resolve();
      });
    });
  });
}

async function main() {
  for (const level of Object.keys(expected)) await sameInEveryForm(Number(level));

  // Streams, whatever the pieces; the dictionary was copied when the stream was made.
  for (const size of [1000, data.length]) {
    const own = Buffer.from(dictionary);
    const stream = zlib.createBrotliCompress({ dictionary: own, params: { [quality]: 6 } });
    own.fill(0);
    const packed = await collected(stream, inPieces(data, size));
    const back = await collected(zlib.createBrotliDecompress({ dictionary }), inPieces(packed, 100));
    assert.ok(back.equals(data));
  }

  // What was flushed can be read, and small pieces of output are the same bytes.
  const stream = zlib.createBrotliCompress({ dictionary, chunkSize: 64, params: { [quality]: 5 } });
  const reader = zlib.createBrotliDecompress({ dictionary });
  let read = 0;
  reader.on('data', (piece) => {
    assert.ok(piece.equals(data.subarray(read, read + piece.length)));
    read += piece.length;
  });
  stream.on('data', (piece) => reader.write(piece));
  for (let i = 0; i < 4; i++) {
    stream.write(data.subarray(i * 10_000, i * 10_000 + 10_000));
    await new Promise((resolve) => stream.flush(resolve));
    await new Promise((resolve) => reader.write('', resolve));
    assert.strictEqual(read, i * 10_000 + 10_000);
  }
  stream.destroy();
  reader.destroy();

  // An empty dictionary is none; another one does not fit; what is no bytes is refused.
  const small = { params: { [quality]: 9, [window]: 16 } };
  assert.ok(zlib.brotliCompressSync(data, { ...small, dictionary: Buffer.alloc(0) })
    .equals(zlib.brotliCompressSync(data, small)));
  const packed = zlib.brotliCompressSync(data, { ...small, dictionary });
  assert.throws(() => zlib.brotliDecompressSync(packed), { message: 'Decompression failed' });
  assert.throws(() => zlib.brotliCompressSync(data, { dictionary: 'text' }), { code: 'ERR_INVALID_ARG_TYPE' });

  // -1 stands for the default.
  assert.ok(zlib.brotliCompressSync(data, { params: { [quality]: -1 } }).equals(zlib.brotliCompressSync(data)));
  assert.ok(zlib.zstdCompressSync(data, { params: { [zlib.constants.ZSTD_c_compressionLevel]: -1 } })
    .equals(zlib.zstdCompressSync(data)));
}

main();
