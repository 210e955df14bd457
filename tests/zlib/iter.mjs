// node:zlib/iter: transforms by themselves, and in pipelines of node:stream/iter. Runs on Node 26, too, but for what
// is said to be Weft's own.
import assert from 'node:assert';
import zlib from 'node:zlib';
import * as iter from 'node:zlib/iter';
import { bytes, bytesSync, from, fromSync, pull, pullSync, text, textSync } from 'node:stream/iter';

const own = 'weft' in process.versions;
const data = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `line ${i * i % 977} of ${i % 89}\n`).join(''));
const formats = { Gzip: 'gunzip', Deflate: 'inflate', Brotli: 'brotliDecompress', Zstd: 'zstdDecompress' };
const noSignal = new AbortController().signal;

async function* feed(batches) {
  yield* batches;
}

async function batchesOf(transform, batches, signal = noSignal) {
  const result = [];
  for await (const batch of transform.transform(feed(batches), { signal })) result.push(batch);
  return result;
}

const joined = (batches) => Buffer.concat(batches.flat());
const sizes = (batches) => batches.map((batch) => batch.map((piece) => piece.byteLength));

// There and back, in both forms, as everybody else reads and writes it.
for (const [format, whole] of Object.entries(formats)) {
  const [pack, unpack] = [iter[`compress${format}`], iter[`decompress${format}`]];
  const [packSync, unpackSync] = [iter[`compress${format}Sync`], iter[`decompress${format}Sync`]];
  assert.deepStrictEqual([pack.name, pack.length], [`compress${format}`, 0]);

  const packed = await bytes(pull(from(data), pack()));
  assert.ok(zlib[`${whole}Sync`](packed).equals(data));
  assert.strictEqual(await text(pull(from(packed), unpack())), data.toString());
  const packedSync = bytesSync(pullSync(fromSync(data), packSync()));
  assert.ok(Buffer.from(packedSync).equals(packed));
  assert.strictEqual(textSync(pullSync(fromSync(packed), unpackSync())), data.toString());
  // One after the other in one pipeline, and two runs of one transform at once.
  const both = pack();
  const runs = [0, 1].map(() => text(pull(from('some text'), both, unpack())));
  assert.deepStrictEqual(await Promise.all(runs), ['some text', 'some text']);

  // Whatever the pieces.
  const pieces = [];
  for (let i = 0; i < packed.byteLength; i += 1000) pieces.push([packed.subarray(i, i + 500), packed.subarray(i + 500, i + 1000)]);
  assert.ok(joined(await batchesOf(unpack(), pieces)).equals(data));
  assert.ok(joined([...unpackSync().transform([...pieces, null])]).equals(data));

  // The end of the stream is looked for, and broken data are told.
  await assert.rejects(text(pull(from(packed.subarray(0, -4)), unpack())), { code: 'Z_BUF_ERROR', errno: -5 });
  assert.throws(() => textSync(pullSync(fromSync(packed.subarray(0, -4)), unpackSync())), { code: 'Z_BUF_ERROR' });
  await assert.rejects(text(pull(from(Buffer.from('what is this')), unpack())), (error) => error.errno !== 0);

  // Dictionaries.
  const dictionary = data.subarray(0, 2000);
  if (format !== 'Gzip') {
    const small = await bytes(pull(from(data.subarray(0, 4000)), pack({ dictionary })));
    assert.strictEqual(await text(pull(from(small), unpack({ dictionary }))), data.toString('latin1', 0, 4000));
    await assert.rejects(text(pull(from(small), unpack())));
  }

  for (const bad of [null, 5, 'x', [], () => {}]) {
    assert.throws(() => pack(bad), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => unpackSync(bad), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  // The other options are looked at when a run begins.
  const late = unpack({ chunkSize: 1 });
  await assert.rejects(batchesOf(late, []), { code: 'ERR_OUT_OF_RANGE' });
}

// The defaults are not those of node:zlib.
{
  const { BROTLI_PARAM_QUALITY: quality, BROTLI_PARAM_LGWIN: window } = zlib.constants;
  const packed = await bytes(pull(from(data), iter.compressBrotli()));
  assert.ok(zlib.brotliCompressSync(data, { params: { [quality]: 6, [window]: 20 } }).equals(packed));
  const best = await bytes(pull(from(data), iter.compressBrotli({ params: { [quality]: 11, [window]: 22 } })));
  assert.ok(zlib.brotliCompressSync(data).equals(best));
  const deflated = await bytes(pull(from(data), iter.compressDeflate()));
  assert.ok(zlib.deflateSync(data, { level: 4, memLevel: 9 }).equals(deflated));
}

// Output is cut at multiples of chunkSize and where input ended; batches are of 64 kB and a little more.
{
  const packed = zlib.zstdCompressSync(Buffer.concat([data, data]).subarray(0, 200_000));
  const half = zlib.zstdCompressSync(data.subarray(0, 1000));
  assert.deepStrictEqual(sizes(await batchesOf(iter.decompressZstd(), [[packed, half]])), [[65536], [65536], [65536], [3392, 1000]]);
  assert.deepStrictEqual(
    sizes([...iter.decompressZstdSync({ chunkSize: 16384 }).transform([[packed], [half], null])]),
    [[16384, 16384, 16384, 16384], [16384, 16384, 16384, 16384], [16384, 16384, 16384, 16384], [3392], [1000]]);
}

// A signal ends what is under way, and what comes after.
{
  const endless = Buffer.alloc(64 << 20, 'abcdefghij');
  const { BROTLI_PARAM_QUALITY: quality } = zlib.constants;
  const controller = new AbortController();
  const run = iter.compressBrotli({ params: { [quality]: 11 } }).transform(feed([[endless]]), { signal: controller.signal });
  const first = run.next();
  setImmediate(() => controller.abort(new Error('enough')));
  await assert.rejects(first, { message: 'enough' });
  assert.deepStrictEqual(await run.next(), { value: undefined, done: true });
  await assert.rejects(batchesOf(iter.compressGzip(), [], AbortSignal.abort()), { name: 'AbortError' });
}

// Who leaves closes the source; what the source throws is thrown.
{
  let closed = 0;
  const source = {
    async * [Symbol.asyncIterator]() {
      try {
        for (;;) yield [zlib.zstdCompressSync(data)];
      } finally {
        closed++;
      }
    },
  };
  for await (const batch of iter.decompressZstd().transform(source, { signal: noSignal })) {
    assert.ok(batch.length > 0);
    break;
  }
  assert.strictEqual(closed, 1);
  async function* failing() {
    yield [data];
    throw new Error('of the source');
  }
  if (own) {
    // Node tells of it a second time, as an unhandled rejection.
    await assert.rejects(text(pull(failing(), iter.compressGzip())), { message: 'of the source' });
  }
}

// Little input that becomes much output is given out bit by bit.
if (own) {
  const bomb = zlib.gzipSync(Buffer.alloc(256 << 20));
  const run = iter.decompressGzip().transform(feed([[bomb]]), { signal: noSignal });
  const before = process.memoryUsage().arrayBuffers;
  assert.strictEqual((await run.next()).value[0].byteLength, 65536);
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 << 20);
  await run.return();
}
