'use strict';
const assert = require('node:assert');
const zlib = require('node:zlib');
const { once } = require('node:events');
const { Readable, Writable } = require('node:stream');
const { pipeline } = require('node:stream/promises');
const { randomBytes } = require('node:crypto');

const pairs = [
  [zlib.createDeflate, zlib.createInflate], [zlib.createGzip, zlib.createUnzip],
  [zlib.createDeflateRaw, zlib.createInflateRaw],
  [() => zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
   zlib.createBrotliDecompress],
  [zlib.createZstdCompress, zlib.createZstdDecompress],
];

function collect(pieces) {
  return new Writable({
    write(chunk, encoding, callback) {
      pieces.push(chunk);
      callback();
    },
  });
}

async function output(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function main() {
  // Pieces of odd sizes, there and back.
  const noise = randomBytes(100_000);
  const input = Buffer.concat([noise, Buffer.alloc(400_000, 'abcdefg'), noise]);
  for (const [compressor, decompressor] of pairs) {
    for (const size of [1000, 65_536, 600_000]) {
      const pieces = [];
      const chunks = [];
      for (let i = 0; i < input.length; i += size) chunks.push(input.subarray(i, i + size));
      await pipeline(Readable.from(chunks), compressor(), decompressor(), collect(pieces));
      assert.ok(Buffer.concat(pieces).equals(input));
    }
  }

  // Output comes in pieces of at most chunkSize.
  {
    const gunzip = zlib.createGunzip({ chunkSize: 100 });
    gunzip.end(zlib.gzipSync(input));
    let total = 0;
    gunzip.on('data', (piece) => {
      assert.ok(piece.length <= 100);
      total += piece.length;
    });
    await once(gunzip, 'end');
    assert.strictEqual(total, input.length);
  }

  // A reader that does not read holds the writer up: little input that becomes much output stays little.
  {
    const bomb = zlib.deflateSync(Buffer.alloc(50_000_000));
    const inflate = zlib.createInflate();
    inflate.end(bomb);
    await once(inflate, 'readable');
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    assert.ok(inflate.readableLength < 1_000_000, `${inflate.readableLength}`);
    let total = 0;
    for await (const piece of inflate) total += piece.length;
    assert.strictEqual(total, 50_000_000);
  }

  // What was flushed can be read before the end.
  for (const [compressor, decompressor] of pairs) {
    const packer = compressor();
    const unpacker = decompressor();
    packer.pipe(unpacker);
    packer.write('first');
    packer.flush();
    const [piece] = await once(unpacker, 'data');
    assert.strictEqual(piece.toString(), 'first');
    packer.end('second');
    assert.strictEqual((await output(unpacker)).toString(), 'second');
  }

  // Callbacks of writes, flushes and the end, in order.
  {
    const seen = [];
    const gzip = zlib.createGzip();
    gzip.resume();
    gzip.write('a', () => seen.push('write'));
    gzip.flush(() => seen.push('flush'));
    gzip.flush(zlib.constants.Z_SYNC_FLUSH, () => seen.push('sync flush'));
    gzip.write('b', () => seen.push('write'));
    await new Promise((resolve) => gzip.end(resolve));
    seen.push('end');
    gzip.flush(() => seen.push('late flush'));
    await once(gzip, 'close');
    assert.deepStrictEqual(seen, ['write', 'flush', 'sync flush', 'write', 'end', 'late flush']);
    assert.strictEqual(gzip.bytesWritten, 2);
  }

  // params() holds for what is written after it.
  {
    const deflate = zlib.createDeflate({ level: 0 });
    const result = output(deflate);
    deflate.write(Buffer.alloc(10_000, 'a'));
    await new Promise((resolve) => deflate.params(9, zlib.constants.Z_DEFAULT_STRATEGY, resolve));
    deflate.end(Buffer.alloc(10_000, 'b'));
    const packed = await result;
    assert.ok(packed.length > 10_000 && packed.length < 10_200, `${packed.length}`);
    assert.strictEqual(zlib.inflateSync(packed).toString(), 'a'.repeat(10_000) + 'b'.repeat(10_000));
  }

  // reset() forgets what was written.
  for (const [compressor, , decompress] of [
    [zlib.createGzip(), 0, zlib.gunzipSync],
    [zlib.createBrotliCompress(), 0, zlib.brotliDecompressSync],
    [zlib.createZstdCompress(), 0, zlib.zstdDecompressSync],
  ]) {
    const result = output(compressor);
    await new Promise((resolve) => compressor.write('forgotten', resolve));
    compressor.reset();
    compressor.end('kept');
    const packed = await result;
    // gzip's header had gone out already, and is written once more.
    const start = compressor instanceof zlib.Gzip ? 10 : 0;
    assert.strictEqual(decompress(packed.subarray(start)).toString(), 'kept');
  }

  // Closed in the middle of a write.
  {
    const gzip = zlib.createGzip();
    gzip.write(input);
    await new Promise((resolve) => gzip.close(resolve));
    assert.ok(gzip.destroyed && gzip._closed);
  }
  {
    const gzip = zlib.createGzip();
    gzip.close();
    assert.throws(() => gzip.reset(), { code: 'ERR_INTERNAL_ASSERTION', message: /^zlib binding closed/ });
    gzip.flush();
  }

  // As packages use it: a synchronous piece, with the handle kept from being closed.
  {
    const gzip = new zlib.Gzip();
    const handle = gzip._handle;
    const { close } = handle;
    handle.close = () => {};
    const parts = [];
    for (const [piece, flush] of [['ab', 0], ['cd', 2], ['', 4]]) {
      // A copy, for Node uses the memory again.
      parts.push(Buffer.from(gzip._processChunk(Buffer.from(piece), flush)));
      gzip._handle = handle;
    }
    handle.close = close;
    gzip.close();
    assert.strictEqual(zlib.gunzipSync(Buffer.concat(parts)).toString(), 'abcd');
  }

  // Subclasses, and classes called as functions.
  class Mine extends zlib.Deflate {}
  const mine = new Mine({ level: 1 });
  assert.ok(mine instanceof zlib.Deflate);
  mine.end('mine');
  assert.strictEqual(zlib.inflateSync(await output(mine)).toString(), 'mine');
  assert.strictEqual(zlib.createGzip().constructor, zlib.Gzip);

  // Strings come decoded, whatever else the options say.
  const decoded = zlib.createGunzip({ objectMode: true });
  decoded.setEncoding('utf8');
  decoded.end(zlib.gzipSync('\u20ac'.repeat(50_000)));
  let text = '';
  for await (const piece of decoded) text += piece;
  assert.strictEqual(text, '\u20ac'.repeat(50_000));
}

main();
