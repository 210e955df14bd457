// weft examples/wordfreq.mjs [FILES or DIRS]
//
// Counts the words of a tree of text files in the pool, on one thread and on all, in turn; prints the most frequent
// words, the speed-up, and how late the main loop's 10 ms timer ever was meanwhile.
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { Pool } from 'weft:pool';

const SKIPPED = new Set(['.git', 'node_modules', 'target', 'third_party']);
const ROUNDS = 5;
const TOP = 10;

function* filesOf(path) {
  const stat = statSync(path);
  if (stat.isFile()) {
    if (stat.size > 0) yield { path, size: stat.size };
  } else if (stat.isDirectory()) {
    for (const entry of readdirSync(path).sort()) {
      if (!SKIPPED.has(entry)) yield* filesOf(join(path, entry));
    }
  }
}

// Large batches first, since each answer has to be merged here, then smaller ones, so that the threads end together:
// each takes a share of what is left.
function batchesOf(files, threads) {
  const total = files.reduce((sum, f) => sum + f.size, 0);
  const batches = [];
  let batch = [];
  let size = 0;
  let left = total;
  for (const file of files) {
    batch.push(file.path);
    size += file.size;
    if (size >= Math.max(left / (1.5 * threads), total / (16 * threads))) {
      batches.push(batch);
      batch = [];
      left -= size;
      size = 0;
    }
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

async function count(pool, batches, onBatch) {
  const start = performance.now();
  const words = new Map();
  let bytes = 0;
  let total = 0;
  await Promise.all(batches.map(async (paths) => {
    const [read, seen, keys, counts] = await pool.run(paths);
    bytes += read;
    total += seen;
    for (let i = 0; i < keys.length; i++) words.set(keys[i], (words.get(keys[i]) ?? 0) + counts[i]);
    onBatch();
  }));
  return { words, bytes, total, ms: performance.now() - start };
}

function watchTimer() {
  let worst = 0;
  let due = performance.now() + 10;
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - due);
    due = now + 10;
  }, 10);
  return () => {
    clearInterval(timer);
    return worst;
  };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const here = dirname(import.meta.dirname);
const roots = process.argv.slice(2);
const files = (roots.length > 0 ? roots : [here]).flatMap((root) => [...filesOf(root)]);
if (files.length === 0) {
  console.error('wordfreq: no text files there');
  process.exit(1);
}

const threads = availableParallelism();
const filename = new URL('./tasks/count-words.mjs', import.meta.url);
const one = new Pool({ filename, maxThreads: 1 });
const all = new Pool({ filename, maxThreads: threads });
const batches = batchesOf(files, threads);
const steps = 2 * (ROUNDS + 1) * batches.length;
let step = 0;
const progress = () => {
  step++;
  if (process.stderr.isTTY) process.stderr.write(`\r${Math.round((100 * step) / steps)} %`);
};

const stopWatch = watchTimer();
// A first round that is not counted: isolates are made and code is compiled.
await count(one, batches, progress);
let result = await count(all, batches, progress);
const times = { one: [], all: [] };
for (let round = 0; round < ROUNDS; round++) {
  times.one.push((await count(one, batches, progress)).ms);
  result = await count(all, batches, progress);
  times.all.push(result.ms);
}
const late = stopWatch();
if (process.stderr.isTTY) process.stderr.write('\r     \r');
await Promise.all([one.close(), all.close()]);

const top = [...result.words].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, TOP);
console.log(`${files.length} files, ${(result.bytes / 1e6).toFixed(1)} MB, ${result.total} words, ${result.words.size} different`);
for (const [word, n] of top) console.log(`${String(n).padStart(9)}  ${word}`);
const [a, b] = [median(times.one), median(times.all)];
console.log(`1 thread ${a.toFixed(0)} ms, ${threads} threads ${b.toFixed(0)} ms: ${(a / b).toFixed(2)} times as fast (medians of ${ROUNDS})`);
console.log(`the main loop's 10 ms timer was never more than ${late.toFixed(1)} ms late`);
