// One scenario of one pool library: POOL_LIBRARY and POOL_SCENARIO say which. Prints one number.
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const library = process.env.POOL_LIBRARY;
const scenario = process.env.POOL_SCENARIO;
const threads = availableParallelism();
const tasks = join(import.meta.dirname, 'tasks', 'pool-tasks.mjs');
const need = createRequire(join(process.env.COMPARE_MODULES, 'x.js'));

const LIBRARIES = {
  async weft() {
    const { Pool } = await import('weft:pool');
    const pool = new Pool({ filename: tasks, maxThreads: threads });
    return { pool, run: (name, value) => pool.run(value, { name }), end: () => pool.destroy() };
  },
  async piscina() {
    const { Piscina } = need('piscina');
    const pool = new Piscina({ filename: tasks, minThreads: threads, maxThreads: threads, concurrentTasksPerWorker: 1 });
    return { run: (name, value) => pool.run(value, { name }), end: () => pool.destroy() };
  },
  async tinypool() {
    const { Tinypool } = await import(pathToFileURL(join(process.env.COMPARE_MODULES, 'tinypool', 'dist', 'index.js')).href);
    const pool = new Tinypool({ filename: pathToFileURL(tasks).href, minThreads: threads, maxThreads: threads });
    return { run: (name, value) => pool.run({ name, value }), end: () => pool.destroy() };
  },
  async workerpool() {
    const file = join(import.meta.dirname, 'tasks', 'workerpool-tasks.mjs');
    const pool = need('workerpool').pool(file, { minWorkers: threads, maxWorkers: threads, workerType: 'thread' });
    return { run: (name, value) => pool.exec(name, [value]), end: () => pool.terminate(true) };
  },
};

async function burst(pool, count, flight) {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await pool.run('add', left);
  };
  await Promise.all(Array.from({ length: flight }, lane));
}

async function measured(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function several(rounds, work) {
  await work();
  const times = [];
  for (let i = 0; i < rounds; i++) times.push(await measured(work));
  return median(times);
}

const N = 10_000_000;

function numbers() {
  const input = new Float64Array(new SharedArrayBuffer(8 * N));
  for (let i = 0; i < N; i++) input[i] = i / 1000;
  return input;
}

// Whatever the library, its users would split the work by hand.
async function splitByHand() {
  const { Worker } = await import('node:worker_threads');
  const { once } = await import('node:events');
  const input = numbers();
  const workers = Array.from({ length: threads }, () => new Worker(join(import.meta.dirname, 'tasks', 'split-worker.mjs')));
  const ms = await several(15, async () => {
    const output = new Float64Array(new SharedArrayBuffer(8 * N));
    await Promise.all(workers.map((worker, i) => {
      worker.postMessage({ input, output, from: Math.floor(N * i / threads), to: Math.floor(N * (i + 1) / threads) });
      return once(worker, 'message');
    }));
  });
  for (const worker of workers) worker.terminate();
  return ms;
}

function bigTable() {
  const rows = Array.from({ length: 250_000 }, (_, value) => ({ value, name: `row number ${value}`, tags: ['a', 'b', value] }));
  // 50 MB with its buffer.
  return { rows, bytes: new Uint8Array(30_000_000).fill(1) };
}

// How late timers of 1 ms are, one after the other, until what this gives is called for the 99th percentile, in ms. Not by
// monitorEventLoopDelay: what that tells has the millisecond in it in Weft and Node, and has not in Bun.
function watchTimers() {
  const late = [];
  let last = performance.now();
  let timer;
  const again = () => {
    const now = performance.now();
    late.push(Math.max(0, now - last - 1));
    last = now;
    timer = setTimeout(again, 1);
  };
  timer = setTimeout(again, 1);
  return () => {
    clearTimeout(timer);
    return late.sort((a, b) => a - b)[Math.floor(late.length * 0.99)];
  };
}

const SCENARIOS = {
  // us per task, 1,000 in flight
  async tiny(pool) {
    await burst(pool, 10_000, 1000);
    return await measured(() => burst(pool, 50_000, 1000)) * 1e3 / 50_000;
  },
  // us
  async roundtrip(pool) {
    for (let i = 0; i < 2000; i++) await pool.run('add', i);
    return await measured(async () => { for (let i = 0; i < 5000; i++) await pool.run('add', i); }) * 1e3 / 5000;
  },
  // ms; from the first call of a pool that was made just before
  async cold(make) {
    const pool = await make();
    return [await measured(() => pool.run('add', 1)), pool];
  },
  // ms; the same with loading the library and making the pool
  async start(make) {
    let pool;
    const ms = await measured(async () => {
      pool = await make();
      await pool.run('add', 1);
    });
    return [ms, pool];
  },
  // ms
  async map({ pool }) {
    const input = numbers();
    return several(15, () => pool.map(input, (x) => Math.sqrt(x * x + 1) * Math.sin(x)));
  },
  split: splitByHand,
  async single() {
    const input = numbers();
    const f = (x) => Math.sqrt(x * x + 1) * Math.sin(x);
    return several(15, () => {
      const output = new Float64Array(new SharedArrayBuffer(8 * N));
      for (let i = 0; i < N; i++) output[i] = f(input[i]);
    });
  },
  // ms; what a process takes while another does the same: no pool can do better than these two together.
  async pair() {
    const { execFile } = await import('node:child_process');
    const env = { ...process.env, POOL_SCENARIO: 'single' };
    const one = () => new Promise((resolve, reject) => {
      execFile(process.execPath, [import.meta.filename], { env }, (error, text) => (error ? reject(error) : resolve(Number(text))));
    });
    const [a, b] = await Promise.all([one(), one()]);
    return (a + b) / 2;
  },
  // ms per task
  async pass(pool) {
    const table = bigTable();
    const count = 10;
    return await measured(async () => { for (let i = 0; i < count; i++) await pool.run('look', { table, i }); }) / count;
  },
  async share({ pool, run }) {
    const made = bigTable();
    const count = 1000;
    return await measured(async () => {
      using table = pool.share(made);
      await Promise.all(Array.from({ length: count }, (_, i) => run('look', { table, i })));
    }) / count;
  },
  // ms, p99 of how late the main loop is
  async lateness(pool) {
    await burst(pool, 100, 10);
    const p99 = watchTimers();
    const end = performance.now() + 2000;
    await Promise.all(Array.from({ length: threads * 2 }, async () => {
      while (performance.now() < end) await pool.run('spin', 5);
    }));
    return p99();
  },
  async idle() {
    const p99 = watchTimers();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    return p99();
  },
};

const make = LIBRARIES[library];
if (scenario === 'pair' || scenario === 'single') {
  console.log(await SCENARIOS[scenario]());
} else if (scenario === 'cold' || scenario === 'start') {
  const [ms, pool] = await SCENARIOS[scenario](make);
  console.log(ms);
  await pool.end();
} else {
  const pool = await make();
  console.log(await SCENARIOS[scenario](pool));
  await pool.end();
}
process.exit(0);
