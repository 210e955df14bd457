// Resident memory that each of 16 idle Workers adds. In MB.
import { Worker } from 'node:worker_threads';

const COUNT = 16;
const start = () => new Promise((resolve) => {
  const worker = new Worker(`
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', () => {});
    parentPort.postMessage(0);
  `, { eval: true });
  worker.once('message', resolve);
});
// The first one brings what all share.
await start();
const before = process.memoryUsage().rss;
for (let i = 0; i < COUNT; i++) await start();
await new Promise((resolve) => setTimeout(resolve, 200));
console.log((process.memoryUsage().rss - before) / COUNT / 2 ** 20);
process.exit(0);
