import assert from 'node:assert';
import zlib from 'node:zlib';

const formats = {
  'gzip': zlib.gunzipSync, 'deflate': zlib.inflateSync, 'deflate-raw': zlib.inflateRawSync,
  'brotli': zlib.brotliDecompressSync,
};
const text = 'compression of streams '.repeat(20_000);

function source(...chunks) {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}
async function bytes(readable) {
  const pieces = [];
  for await (const piece of readable) {
    assert.ok(piece instanceof Uint8Array);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

for (const [format, decompress] of Object.entries(formats)) {
  const half = text.length / 2;
  const chunks = [text.slice(0, half), text.slice(half)].map((part) => new TextEncoder().encode(part));
  const packed = await bytes(source(...chunks).pipeThrough(new CompressionStream(format)));
  assert.strictEqual(decompress(packed).toString(), text);
  const back = await bytes(source(packed.subarray(0, 5), packed.subarray(5))
    .pipeThrough(new DecompressionStream(format)));
  assert.strictEqual(back.toString(), text);

  // Cut, broken, or more than there should be.
  const typeError = (code) => ({ name: 'TypeError', code });
  await assert.rejects(bytes(source(packed.subarray(0, -1)).pipeThrough(new DecompressionStream(format))),
                       typeError('Z_BUF_ERROR'));
  await assert.rejects(bytes(source(Buffer.from([0xff, 0xff, 0xff, 0xff])).pipeThrough(new DecompressionStream(format))),
                       TypeError);
  for (const junk of [[Buffer.concat([packed, Buffer.from('x')])], [packed, Buffer.from('x')]]) {
    await assert.rejects(bytes(source(...junk).pipeThrough(new DecompressionStream(format))),
                         typeError('ERR_TRAILING_JUNK_AFTER_STREAM_END'));
  }
}

for (const Class of [CompressionStream, DecompressionStream]) {
  assert.throws(() => new Class('zip'), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => new Class(), TypeError);
  assert.throws(() => Class('gzip'), TypeError);
  assert.strictEqual(String(new Class('gzip')), `[object ${Class.name}]`);
  const { readable } = Object.getOwnPropertyDescriptor(Class.prototype, 'readable').get.call(new Class('gzip')) &&
    new Class('gzip');
  assert.ok(readable instanceof ReadableStream);
}
for (const chunk of [1, null, undefined, {}, new Uint8Array(new SharedArrayBuffer(4))]) {
  await assert.rejects(bytes(source(chunk).pipeThrough(new CompressionStream('gzip'))), { name: 'TypeError' });
}
