import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
if (isMainThread) {
  const start = performance.now();
  const worker = new Worker(fileURLToPath(import.meta.url));
  worker.once('message', () => {
    console.log(performance.now() - start);
    worker.terminate();
  });
} else {
  parentPort.postMessage(1);
}
