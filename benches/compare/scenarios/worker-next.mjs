// A Worker is made now and then, made of a text: the time to its first message, the first one left out. Median of 15, in ms.
import { Worker } from 'node:worker_threads';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function once() {
  const start = performance.now();
  const worker = new Worker("require('node:worker_threads').parentPort.postMessage(1)", { eval: true });
  await new Promise((resolve) => worker.once('message', resolve));
  const time = performance.now() - start;
  await worker.terminate();
  return time;
}

await once();
const times = [];
for (let i = 0; i < 15; i++) {
  await pause(20);
  times.push(await once());
}
console.log(times.sort((a, b) => a - b)[7]);
