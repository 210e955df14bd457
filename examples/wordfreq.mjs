// weft examples/wordfreq.mjs [FILES or DIRS]
//
// Counts the words of a tree of text files in the pool, on one thread and on all, in turn; prints the most frequent
// words, the speed-up, and how late the main loop's 10 ms timer ever was meanwhile.
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { Pool } from 'weft:pool';
import { byFrequency } from './tasks/count-words.mjs';

const SKIPPED = new Set(['.git', 'node_modules', 'target', 'third_party']);
const WARM_UP = 6;
const ROUNDS = 11;
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

// Large batches first, since every batch costs a merge, then smaller ones, so that the threads end together: each takes
// a share of what is left.
function batchesOf(files, threads) {
  const total = files.reduce((sum, f) => sum + f.size, 0);
  const batches = [];
  let batch = [];
  let size = 0;
  let left = total;
  for (const file of files) {
    batch.push(file.path);
    size += file.size;
    if (size >= Math.max(left / (2 * threads), total / (24 * threads))) {
      batches.push(batch);
      batch = [];
      left -= size;
      size = 0;
    }
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

// Map and reduce, both in the pool: batches are counted, then each part of the words is merged on its own.
async function count(pool, batches, parts, onTask) {
  const start = performance.now();
  const counted = await Promise.all(batches.map((paths) => pool.run({ paths, parts }).finally(onTask)));
  const merged = await Promise.all(Array.from({ length: parts }, (_, part) => {
    const task = { counted: counted.map(([, , byPart]) => byPart[part]), top: TOP };
    return pool.run(task, { name: 'mergeCounts' }).finally(onTask);
  }));
  const add = (list, i) => list.reduce((sum, entry) => sum + entry[i], 0);
  return {
    bytes: add(counted, 0),
    total: add(counted, 1),
    different: add(merged, 0),
    top: merged.flatMap(([, top]) => top).sort(byFrequency).slice(0, TOP),
    ms: performance.now() - start,
  };
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
const batches = batchesOf(files, threads);
const parts = 2 * threads;
const steps = 2 * (WARM_UP + ROUNDS) * (batches.length + parts);
let step = 0;
const progress = () => {
  step++;
  if (process.stderr.isTTY) process.stderr.write(`\r${Math.round((100 * step) / steps)} %`);
};

// The first rounds are not counted: isolates are made, and each compiles and optimises the code for itself.
async function measure(maxThreads) {
  const pool = new Pool({ filename, maxThreads });
  const times = [];
  let result;
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    result = await count(pool, batches, parts, progress);
    if (round >= 0) times.push(result.ms);
  }
  await pool.close();
  return { ...result, ms: median(times) };
}

const stopWatch = watchTimer();
const one = await measure(1);
const all = await measure(threads);
const late = stopWatch();
if (process.stderr.isTTY) process.stderr.write('\r     \r');

console.log(`${files.length} files, ${(all.bytes / 1e6).toFixed(1)} MB, ${all.total} words, ${all.different} different`);
for (const [word, n] of all.top) console.log(`${String(n).padStart(9)}  ${word}`);
const [a, b] = [one.ms, all.ms];
console.log(`1 thread ${a.toFixed(0)} ms, ${threads} threads ${b.toFixed(0)} ms: ${(a / b).toFixed(2)} times as fast (medians of ${ROUNDS})`);
console.log(`the main loop's 10 ms timer was never more than ${late.toFixed(1)} ms late`);
