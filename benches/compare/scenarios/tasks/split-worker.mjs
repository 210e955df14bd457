// The loop of the map scenario, split by hand.
import { parentPort } from 'node:worker_threads';
const f = (x) => Math.sqrt(x * x + 1) * Math.sin(x);
parentPort.on('message', ({ input, output, from, to }) => {
  for (let i = from; i < to; i++) output[i] = f(input[i]);
  parentPort.postMessage(to - from);
});
