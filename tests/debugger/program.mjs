import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: 20 });
  worker.on('message', (value) => console.log('got', value));
} else {
  function double(a, b) {
    const sum = a + b;
    debugger;
    const twice = sum * 2;
    return twice;
  }
  const value = double(workerData, 1);
  parentPort.postMessage(value);
}
