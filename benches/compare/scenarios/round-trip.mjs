import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
const WARM_UP = 2000;
const COUNT = 20000;
if (isMainThread) {
  const worker = new Worker(fileURLToPath(import.meta.url));
  let left = WARM_UP + COUNT;
  let start;
  worker.on('message', (message) => {
    if (left === COUNT) start = performance.now();
    if (left-- > 0) {
      worker.postMessage(message);
    } else {
      console.log(((performance.now() - start) * 1e3) / COUNT);
      worker.terminate();
    }
  });
  worker.postMessage({ id: 1, ok: true });
} else {
  parentPort.on('message', (message) => parentPort.postMessage(message));
}
