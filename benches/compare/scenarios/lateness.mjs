// How late a 10 ms timer of the main thread is at worst but for one time in a hundred, while as many Workers as there are cores
// compute. In milliseconds.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

const workers = Array.from({ length: availableParallelism() }, () => new Worker(`
  const { parentPort } = require('node:worker_threads');
  parentPort.postMessage(0);
  for (let x = 1; ; x = Math.sqrt(x + 1)) if (x < 0) break;
`, { eval: true }));
await Promise.all(workers.map((worker) => new Promise((resolve) => { worker.once('message', resolve); })));
const late = [];
let last = performance.now();
await new Promise((resolve) => {
  const again = () => {
    const now = performance.now();
    late.push(Math.max(0, now - last - 10));
    last = now;
    if (late.length < 200) setTimeout(again, 10);
    else resolve();
  };
  setTimeout(again, 10);
});
console.log(late.sort((a, b) => a - b)[Math.floor(late.length * 0.99)]);
process.exit(0);
