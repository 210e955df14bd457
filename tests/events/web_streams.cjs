'use strict';

// Web streams where Node's differ from the standard's letter, and other
// corners that Node's own tests leave open. Runs unchanged on Node 26.10.

const assert = require('assert');
const { inspect } = require('util');
const { ReadableStreamTee } = require('stream/web');

async function readAll(readable) {
  const chunks = [];
  for await (const chunk of readable) chunks.push(chunk);
  return chunks;
}

(async () => {
  // A little can be written to a compressor before anybody reads.
  const compression = new CompressionStream('gzip');
  const writer = compression.writable.getWriter();
  assert.strictEqual(writer.desiredSize, 65536);
  await writer.write(Buffer.from('hello'));
  await writer.write('world');
  await writer.close();
  const packed = Buffer.concat(await readAll(compression.readable));
  assert.strictEqual(String(require('zlib').gunzipSync(packed)), 'helloworld');

  // Broken data: a TypeError, and what zlib says is its cause.
  const broken = new DecompressionStream('gzip');
  const brokenWriter = broken.writable.getWriter();
  for (const promise of [brokenWriter.closed, brokenWriter.ready]) promise.catch(() => {});
  brokenWriter.write(new Uint8Array([1, 2, 3])).catch(() => {});
  await assert.rejects(broken.readable.getReader().read(), (error) => {
    assert.ok(error instanceof TypeError);
    assert.strictEqual(error.message, '');
    assert.strictEqual(error.code, 'Z_DATA_ERROR');
    assert.strictEqual(error.cause.message, 'incorrect header check');
    assert.strictEqual(error.cause.errno, -3);
    return true;
  });
  const nothing = new CompressionStream('deflate');
  const nothingWriter = nothing.writable.getWriter();
  nothingWriter.closed.catch(() => {});
  nothing.readable.getReader().read().catch(() => {});
  await assert.rejects(nothingWriter.write(null), { code: 'ERR_STREAM_NULL_VALUES' });

  for (const Class of [WritableStream, TransformStream]) {
    assert.throws(() => new Class(null), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => ReadableStream.from({}),
                { code: 'ERR_ARG_NOT_ITERABLE', message: '{} must be iterable' });
  assert.throws(() => ReadableStream.from(null), /Cannot read properties of null/);

  const byob = () => new ReadableStream({
    type: 'bytes',
    pull(controller) { controller.byobRequest.respond(1); },
  }).getReader({ mode: 'byob' });
  for (const [min, code] of [
    [3, 'ERR_OUT_OF_RANGE'], [-1, 'ERR_INVALID_ARG_VALUE'], [1.5, 'ERR_INVALID_ARG_VALUE'],
    ['2', 'ERR_INVALID_ARG_TYPE'],
  ]) {
    await assert.rejects(byob().read(new Uint8Array(2), { min }), { code });
  }
  assert.strictEqual((await byob().read(new Uint8Array(2), { min: null })).value.length, 1);
  await assert.rejects(byob().read(new Uint8Array(2), 5), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(byob().read(new Uint8Array(new SharedArrayBuffer(2))),
                       { code: 'ERR_INVALID_ARG_VALUE' });
  let refused;
  new ReadableStream({
    type: 'bytes',
    pull({ byobRequest }) {
      try {
        byobRequest.respond(0);
      } catch (error) {
        refused = error;
        byobRequest.respond(1);
      }
    },
  }).getReader({ mode: 'byob' }).read(new Uint8Array(1));
  await new Promise(setImmediate);
  assert.strictEqual(refused.code, 'ERR_INVALID_ARG_VALUE');

  const chunk = { a: 1 };
  const source = () => new ReadableStream({
    start(controller) {
      controller.enqueue(chunk);
      controller.close();
    },
  });
  for (const cloning of [false, true]) {
    const [[first], [second]] = await Promise.all(
      ReadableStreamTee(source(), cloning).map(readAll));
    assert.strictEqual(first, chunk);
    assert.deepStrictEqual(second, chunk);
    assert.strictEqual(second === chunk, !cloning);
  }
  assert.throws(() => ReadableStreamTee(5), { code: 'ERR_INVALID_ARG_TYPE' });

  // Deeper than inspect() looks, they say nothing.
  assert.strictEqual(inspect([[[new ReadableStream()]]]), '[ [ [ undefined ] ] ]');
})();
