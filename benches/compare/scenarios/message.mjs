// message.mjs string | rows | copy: something to a Worker until its answer, a string of 1 kB there and back (microseconds), 20,000 rows
// or 64 MB in an ArrayBuffer (milliseconds).
import { Worker } from 'node:worker_threads';

const kind = process.argv[2];
const { value, count, scale } = {
  string: { value: 'x'.repeat(1024), count: 20_000, scale: 1e3 },
  rows: { value: Array.from({ length: 20_000 }, (_, id) => ({ id, name: `row ${id}`, value: id / 3, ok: id % 2 === 0 })), count: 20, scale: 1 },
  copy: { value: new ArrayBuffer(64 << 20), count: 20, scale: 1 },
}[kind];
const worker = new Worker(`
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', (m) => parentPort.postMessage(typeof m === 'string' ? m : m.length ?? m.byteLength));
`, { eval: true });

function send(times) {
  return new Promise((resolve) => {
    let left = times;
    worker.removeAllListeners('message');
    worker.on('message', () => (--left > 0 ? worker.postMessage(value) : resolve()));
    worker.postMessage(value);
  });
}
await send(Math.ceil(count / 4));
const start = performance.now();
await send(count);
console.log((performance.now() - start) * scale / count);
process.exit(0);
