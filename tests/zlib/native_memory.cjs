'use strict';
const assert = require('node:assert');
const zlib = require('node:zlib');
const { once } = require('node:events');

const external = () => process.memoryUsage().external;

async function main() {
  zlib.gzipSync('warm up');
  const before = external();
  const streams = [];
  for (let i = 0; i < 20; i++) streams.push(zlib.createGzip(), zlib.createBrotliCompress(), zlib.createZstdCompress());
  const held = external() - before;
  assert.ok(held > 20 * 250_000, `${held}`);
  for (const stream of streams) stream.close();
  assert.ok(Math.abs(external() - before) < 100_000, `${external() - before}`);

  // A zstd context grows as it is used, which is told too.
  const zstd = zlib.createZstdCompress();
  const empty = external();
  zstd.resume();
  await new Promise((resolve) => zstd.write(Buffer.alloc(1000), resolve));
  assert.ok(external() - empty > 500_000, `${external() - empty}`);
  zstd.close();
  await once(zstd, 'close');

  // Streams that nobody closed go with the garbage.
  (() => {
    for (let i = 0; i < 50; i++) zlib.createGzip();
  })();
  assert.ok(external() - before > 10_000_000);
  for (let i = 0; i < 100 && external() - before > 1_000_000; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.ok(external() - before < 1_000_000, `${external() - before}`);

  // Calls for whole data hold nothing afterwards.
  const now = external();
  for (let i = 0; i < 200; i++) zlib.deflateSync('x');
  globalThis.gc();
  assert.ok(external() - now < 1_000_000, `${external() - now}`);
}

main();
