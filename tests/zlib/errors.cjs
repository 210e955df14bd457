'use strict';
const assert = require('node:assert');
const zlib = require('node:zlib');
const { once } = require('node:events');
const { promisify } = require('node:util');

const broken = [
  ['inflate', 'abc', 'Z_DATA_ERROR', -3, 'incorrect header check'],
  ['gunzip', 'abc', 'Z_DATA_ERROR', -3, 'incorrect header check'],
  ['inflateRaw', Buffer.from([0xff, 0xff]), 'Z_DATA_ERROR', -3, 'invalid block type'],
  ['brotliDecompress', 'this is not', 'ERR__ERROR_FORMAT_PADDING_1', -14, 'Decompression failed'],
  ['zstdDecompress', 'this is not', 'ZSTD_error_prefix_unknown', 10, 'Unknown frame descriptor'],
];
for (const [name] of broken) {
  broken.push([name, '', 'Z_BUF_ERROR', -5, 'unexpected end of file']);
  if (broken.length === 10) break;
}
for (const [compress, decompress] of [
  ['gzip', 'gunzip'], ['deflateRaw', 'inflateRaw'], ['brotliCompress', 'brotliDecompress'],
  ['zstdCompress', 'zstdDecompress'],
]) {
  const packed = zlib[`${compress}Sync`]('abcdefghij'.repeat(3));
  broken.push([decompress, packed.subarray(0, packed.length - 3), 'Z_BUF_ERROR', -5, 'unexpected end of file']);
}

async function main() {
  for (const [name, data, code, errno, message] of broken) {
    const expected = { name: 'Error', code, errno, message };
    assert.throws(() => zlib[`${name}Sync`](data), expected, name);
    await assert.rejects(promisify(zlib[name])(data), expected, name);
    const Class = zlib[name[0].toUpperCase() + name.slice(1)];
    const stream = new Class();
    stream.resume();
    stream.end(data);
    const [error] = await once(stream, 'error');
    assert.deepStrictEqual({ ...error }, { errno, code });
    assert.strictEqual(error.message, message);
    await new Promise(setImmediate);
    assert.ok(stream.destroyed && stream._handle === null);
  }

  // A checksum that does not fit is an error at the end of the data.
  const spoiled = Buffer.from(zlib.gzipSync('abc'));
  spoiled[spoiled.length - 8] ^= 1;
  assert.throws(() => zlib.gunzipSync(spoiled), { code: 'Z_DATA_ERROR', message: 'incorrect data check' });
  // Cut data are no error for whoever says so.
  const cut = zlib.gzipSync('abcabcabc').subarray(0, 15);
  assert.match(zlib.gunzipSync(cut, { finishFlush: zlib.constants.Z_SYNC_FLUSH }).toString(), /^abc/);

  const range = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
  for (const [options, message] of [
    [{ chunkSize: 63 }, 'The value of "options.chunkSize" is out of range. It must be >= 64. Received 63'],
    [{ level: 10 }, 'The value of "options.level" is out of range. It must be >= -1 and <= 9. Received 10'],
    [{ windowBits: 8 }, 'The value of "options.windowBits" is out of range. It must be >= 9 and <= 15. Received 8'],
    [{ flush: 6 }, 'The value of "options.flush" is out of range. It must be >= 0 and <= 5. Received 6'],
    [{ memLevel: 0 }, 'The value of "options.memLevel" is out of range. It must be >= 1 and <= 9. Received 0'],
  ]) {
    assert.throws(() => zlib.gzipSync('', options), { ...range, message });
    assert.throws(() => zlib.gzip('', options, () => {}), { ...range, message });
    assert.throws(() => new zlib.Gzip(options), { ...range, message });
  }
  assert.throws(() => zlib.createBrotliCompress({ flush: 4 }), range);
  assert.throws(() => zlib.createZstdCompress({ finishFlush: 3 }), range);
  assert.throws(() => zlib.createGzip().params(10, 0), range);
  const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  assert.throws(() => zlib.createDeflate({ dictionary: 'text' }), type);
  assert.throws(() => zlib.gzipSync(1), type);
  assert.throws(() => zlib.gzip('a'), type);
  assert.throws(() => zlib.gzip({}, () => {}), type);
  assert.throws(() => zlib.crc32('a', -1), range);
  assert.throws(() => zlib.brotliCompressSync('', { params: { 99: 1 } }), {
    name: 'RangeError', code: 'ERR_BROTLI_INVALID_PARAM', message: '99 is not a valid Brotli parameter',
  });
  assert.throws(() => zlib.brotliDecompressSync('', { params: { 2: 1 } }), { code: 'ERR_ZLIB_INITIALIZATION_FAILED' });
  assert.throws(() => zlib.zstdDecompressSync('', { params: { 101: 1 } }), {
    name: 'RangeError', code: 'ERR_ZSTD_INVALID_PARAM',
  });
  assert.throws(() => zlib.zstdCompressSync('', { params: { 101: 99 } }), {
    code: 'ERR_ZLIB_INITIALIZATION_FAILED', message: 'Setting parameter failed',
  });
  assert.throws(() => zlib.zstdCompressSync('abc', { pledgedSrcSize: 5 }), {
    code: 'ZSTD_error_srcSize_wrong', errno: 72,
  });
  assert.throws(() => zlib.ZstdCompress(), TypeError);

  // An AbortSignal ends a call under way.
  const controller = new AbortController();
  const aborted = promisify(zlib.gzip)(Buffer.alloc(1_000_000), { signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
}

main();
