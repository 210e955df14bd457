// Messages one way: 200000 small objects to a Worker, from the first post to its answer, a message. In microseconds.
import { Worker } from 'node:worker_threads';

const COUNT = 200_000;
const worker = new Worker(`
  const { parentPort } = require('node:worker_threads');
  let seen = 0;
  parentPort.on('message', (m) => { if (m.last) parentPort.postMessage(++seen); else seen++; });
`, { eval: true });
const answered = (last) => new Promise((resolve) => {
  worker.once('message', resolve);
  worker.postMessage({ id: 0, name: 'end', last });
});
await answered(true);
// Twice, so that the code is warm.
let took;
for (let round = 0; round < 2; round++) {
  const start = performance.now();
  for (let id = 0; id < COUNT; id++) worker.postMessage({ id, name: 'row', last: false });
  await answered(true);
  took = performance.now() - start;
}
console.log((took * 1000) / COUNT);
process.exit(0);
