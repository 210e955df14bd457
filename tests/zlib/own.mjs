// What is Weft's own: calls do not look at their input once they were made, and a compression stream whose reader left
// refuses what is written to it, as the standard says.
import assert from 'node:assert';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

for (const [compress, decompress] of [
  [promisify(zlib.deflate), zlib.inflateSync], [promisify(zlib.zstdCompress), zlib.zstdDecompressSync],
]) {
  const mine = Buffer.alloc(200_000, 'a');
  const pending = compress(mine);
  mine.fill('b');
  assert.ok(decompress(await pending).equals(Buffer.alloc(200_000, 'a')));
}
const stream = zlib.createGzip();
const chunk = new Uint8Array(100_000).fill(1);
stream.end(chunk);
structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
const pieces = [];
for await (const piece of stream) pieces.push(piece);
assert.ok(zlib.gunzipSync(Buffer.concat(pieces)).equals(new Uint8Array(100_000).fill(1)));

const { readable, writable } = new CompressionStream('deflate');
const writer = writable.getWriter();
const writing = writer.write(new Uint8Array(1_000_000));
await readable.cancel('enough');
await writing.catch(() => {});
await assert.rejects(writer.write(new Uint8Array(1)));

for (const name of ['zlib', 'brotli', 'zstd']) assert.match(process.versions[name], /^\d+\.\d+\.\d+$/);
