'use strict';
const assert = require('node:assert');
const zlib = require('node:zlib');
const { promisify } = require('node:util');
const { randomBytes } = require('node:crypto');

const pairs = [
  ['deflate', 'inflate'], ['deflate', 'unzip'], ['gzip', 'gunzip'], ['gzip', 'unzip'],
  ['deflateRaw', 'inflateRaw'], ['brotliCompress', 'brotliDecompress'], ['zstdCompress', 'zstdDecompress'],
];
const noise = randomBytes(300_000);
const inputs = {
  nothing: Buffer.alloc(0),
  text: Buffer.from('to be or not to be, '.repeat(40)),
  noise,
  zeros: Buffer.alloc(3_000_000),
};

async function main() {
  for (const [compress, decompress] of pairs) {
    for (const [name, input] of Object.entries(inputs)) {
      const what = `${compress} ${decompress} ${name}`;
      const options = compress === 'brotliCompress' ? { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } } : {};
      const packed = zlib[`${compress}Sync`](input, options);
      assert.ok(packed instanceof Buffer);
      assert.ok(zlib[`${decompress}Sync`](packed).equals(input), what);
      const later = await promisify(zlib[compress])(input, options);
      assert.ok((await promisify(zlib[decompress])(later)).equals(input), what);
      assert.ok(name !== 'zeros' || packed.length < 10_000, what);
    }
  }

  // Every form of input.
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const shared = new Uint8Array(new SharedArrayBuffer(256));
  shared.set(bytes);
  for (const input of [
    bytes, bytes.buffer, new DataView(bytes.buffer, 0), new Uint16Array(bytes.buffer), shared, shared.buffer,
  ]) {
    assert.ok(zlib.gunzipSync(zlib.gzipSync(input)).equals(bytes));
  }
  assert.ok(zlib.gunzipSync(zlib.gzipSync(new Uint8Array(bytes.buffer, 8, 16))).equals(bytes.subarray(8, 24)));
  assert.strictEqual(zlib.gunzipSync(zlib.gzipSync('gr\u00fc\u00df')).toString(), 'gr\u00fc\u00df');

  // Levels and strategies make a difference, all of them readable.
  const text = Buffer.from(Array.from({ length: 5000 }, (_, i) => `line ${i * 7919 % 1000}\n`).join(''));
  const sizes = [0, 1, 6, 9].map((level) => zlib.deflateRawSync(text, { level }).length);
  assert.ok(sizes[0] > text.length && sizes[1] > sizes[2] && sizes[2] >= sizes[3], `${sizes}`);
  for (let strategy = 0; strategy <= 4; strategy++) {
    for (const windowBits of [8, 9, 12, 15]) {
      for (const memLevel of [1, 8, 9]) {
        const packed = zlib.deflateSync(text, { strategy, windowBits, memLevel });
        assert.ok(zlib.inflateSync(packed).equals(text));
      }
    }
  }
  const { BROTLI_PARAM_LGWIN: window, BROTLI_PARAM_MODE: mode, BROTLI_PARAM_QUALITY: quality } = zlib.constants;
  for (const params of [{ [quality]: 0 }, { [quality]: 4, [window]: 10 }, { [quality]: 9, [mode]: 1 }]) {
    assert.ok(zlib.brotliDecompressSync(zlib.brotliCompressSync(text, { params })).equals(text));
  }
  const { ZSTD_c_compressionLevel: level, ZSTD_c_nbWorkers: workers, ZSTD_c_checksumFlag: checksum } = zlib.constants;
  for (const params of [{ [level]: 1 }, { [level]: 19 }, { [workers]: 2 }, { [checksum]: true }]) {
    assert.ok(zlib.zstdDecompressSync(zlib.zstdCompressSync(text, { params })).equals(text));
  }

  // What one call left is not seen by the next, of the same parameters or of others, after an error too.
  for (let i = 0; i < 20; i++) {
    const some = text.subarray(i * 100, i * 1000 + 50);
    assert.ok(zlib.inflateRawSync(zlib.deflateRawSync(some)).equals(some));
    assert.ok(zlib.inflateRawSync(zlib.deflateRawSync(some, { level: i % 10 })).equals(some));
    assert.ok(zlib.gunzipSync(zlib.gzipSync(some)).equals(some));
    assert.throws(() => zlib.gzipSync(noise, { maxOutputLength: 10 }), { code: 'ERR_BUFFER_TOO_LARGE' });
    zlib.deflateRawSync(some, { finishFlush: zlib.constants.Z_SYNC_FLUSH });
  }

  // `info` gives the stream too.
  const { buffer, engine } = zlib.gzipSync('abc', { info: true });
  assert.ok(engine instanceof zlib.Gzip);
  assert.strictEqual(engine.bytesWritten, 3);
  assert.strictEqual(zlib.gunzipSync(buffer).toString(), 'abc');
  const told = await promisify(zlib.gunzip)(buffer, { info: true });
  assert.strictEqual(told.buffer.toString(), 'abc');
  assert.strictEqual(told.engine.bytesWritten, buffer.length);

  // Output exactly as long as it may be, and longer.
  assert.strictEqual(zlib.inflateSync(zlib.deflateSync('abcd'), { maxOutputLength: 4 }).length, 4);
  const bomb = zlib.gzipSync(Buffer.alloc(10_000_000));
  assert.throws(() => zlib.gunzipSync(bomb, { maxOutputLength: 1000 }), {
    name: 'RangeError', code: 'ERR_BUFFER_TOO_LARGE', message: 'Cannot create a Buffer larger than 1000 bytes',
  });
  await assert.rejects(promisify(zlib.gunzip)(bomb, { maxOutputLength: 1000 }), { code: 'ERR_BUFFER_TOO_LARGE' });

  // The length a gzip file claims is not believed: here it claims 4 GB.
  const liar = Buffer.from(zlib.gzipSync('abc'));
  liar.fill(0xff, liar.length - 4);
  assert.throws(() => zlib.gunzipSync(liar), { code: 'Z_DATA_ERROR', message: 'incorrect length check' });

  assert.strictEqual(zlib.crc32('hello'), 0x3610a686);
  assert.strictEqual(zlib.crc32('lo', zlib.crc32(Buffer.from('hel'))), 0x3610a686);

  // While other threads compress, this one goes on.
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await Promise.all(Array.from({ length: 4 }, () => promisify(zlib.brotliCompress)(text)));
  clearInterval(timer);
  assert.ok(turns > 0);
}

main();
