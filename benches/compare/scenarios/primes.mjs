// Counts primes on one thread, then on as many Workers as there are cores, in slices that they fetch as they come free: how many times
// as fast the second is.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, workerData, parentPort } from 'node:worker_threads';

const LIMIT = 1_500_000;
const SLICE = 10_000;

function countPrimes(from, to) {
  let found = 0;
  for (let n = Math.max(from, 2); n < to; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) {
      if (n % d === 0) {
        prime = false;
        break;
      }
    }
    if (prime) found++;
  }
  return found;
}

function slices(next) {
  let found = 0;
  for (let at; (at = Atomics.add(next, 0, SLICE)) < LIMIT;) found += countPrimes(at, Math.min(at + SLICE, LIMIT));
  return found;
}

if (isMainThread) {
  const next = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: availableParallelism() }, () => new Worker(fileURLToPath(import.meta.url), { workerData: next }));
  const ask = (worker) => new Promise((resolve) => {
    worker.once('message', resolve);
    worker.postMessage('go');
  });
  const run = async (threads) => {
    next[0] = 0;
    const start = performance.now();
    const found = await Promise.all(threads.map(ask));
    return [performance.now() - start, found.reduce((a, b) => a + b)];
  };
  await run(workers);
  let one = Infinity;
  let all = Infinity;
  for (let round = 0; round < 8; round++) {
    const [single, expected] = await run(workers.slice(0, 1));
    const [several, found] = await run(workers);
    if (found !== expected) throw new Error(`${found} primes instead of ${expected}`);
    one = Math.min(one, single);
    all = Math.min(all, several);
  }
  console.log(one / all);
  process.exit(0);
} else {
  parentPort.on('message', () => parentPort.postMessage(slices(workerData)));
}
