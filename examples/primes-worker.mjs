// weft examples/primes-worker.mjs [LIMIT]        (or: node examples/primes-worker.mjs)
//
// Counts primes with plain node:worker_threads, on one Worker and on one per core: the same file runs on Node.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

function countPrimes(from, to) {
  let count = 0;
  for (let n = Math.max(2, from); n < to; n++) {
    let prime = n % 2 !== 0 || n === 2;
    for (let d = 3; prime && d * d <= n; d += 2) prime = n % d !== 0;
    if (prime) count++;
  }
  return count;
}

function inWorker(from, to) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { from, to } });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function run(limit, workers) {
  const start = performance.now();
  // Larger numbers take longer: cut so that each part costs about the same (work grows with n^1.5).
  const edges = Array.from({ length: workers + 1 }, (_, i) => Math.round(limit * (i / workers) ** (2 / 3)));
  const counts = await Promise.all(edges.slice(1).map((to, i) => inWorker(edges[i], to)));
  return { count: counts.reduce((a, b) => a + b, 0), ms: performance.now() - start };
}

if (isMainThread) {
  const limit = Number(process.argv[2] ?? 4_000_000);
  const cores = availableParallelism();
  const one = await run(limit, 1);
  const all = await run(limit, cores);
  if (one.count !== all.count) throw new Error(`${one.count} primes, then ${all.count}`);
  console.log(`${all.count} primes below ${limit}`);
  console.log(`1 Worker ${one.ms.toFixed(0)} ms, ${cores} Workers ${all.ms.toFixed(0)} ms: ${(one.ms / all.ms).toFixed(2)} times as fast`);
} else {
  parentPort.postMessage(countPrimes(workerData.from, workerData.to));
}
