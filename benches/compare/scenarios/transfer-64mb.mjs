// A 64 MB ArrayBuffer to a Worker and back, transferred. In microseconds.
import { Worker } from 'node:worker_threads';

const worker = new Worker(`
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', (m) => parentPort.postMessage(m, [m]));
`, { eval: true });
let buffer = new ArrayBuffer(Number(process.argv[2] ?? 64) << 20);
const send = () => new Promise((resolve) => {
  worker.once('message', (m) => { buffer = m; resolve(); });
  worker.postMessage(buffer, [buffer]);
});
for (let i = 0; i < 200; i++) await send();
const start = performance.now();
for (let i = 0; i < 2000; i++) await send();
console.log((performance.now() - start) * 1000 / 2000);
process.exit(0);
