'use strict';
// Workers are ended while other threads compress for them; what those hold must outlive the isolate.
const { once } = require('node:events');
const { Worker } = require('node:worker_threads');

const text = `
  const zlib = require('node:zlib');
  const data = Buffer.alloc(2_000_000, 'some text to be compressed ');
  const { parentPort } = require('node:worker_threads');
  for (const stream of [zlib.createGzip(), zlib.createBrotliCompress(), zlib.createZstdCompress()]) {
    stream.resume();
    stream.write(data);
  }
  zlib.gzip(data, () => {});
  zlib.brotliCompress(data, () => {});
  parentPort.postMessage('busy');
`;

async function main() {
  for (let round = 0; round < 8; round++) {
    const workers = Array.from({ length: 3 }, () => new Worker(text, { eval: true }));
    await Promise.all(workers.map(async (worker) => {
      await once(worker, 'message');
      await worker.terminate();
    }));
  }
}

main();
