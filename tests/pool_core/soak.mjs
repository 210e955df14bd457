// Everything at once, for as many seconds as the first argument says: tasks of all sizes, random cancellation, timeouts,
// tasks that ruin their isolate, tasks inside tasks, tasks that wait for the same thing. No task is lost, no result mixed up,
// and memory does not grow.
import assert from 'node:assert';
import { Pool } from 'weft:pool';

const seconds = Number(process.argv[2] ?? 2);
const end = Date.now() + seconds * 1000;

// A generator of its own, so that a run can be repeated: the second argument.
let seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
const firstSeed = seed;
function random(n) {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return (seed >>> 8) % n;
}

const kinds = {
  tiny: (n) => n,
  spin: (n, us) => { const stop = performance.now() + us / 1000; while (performance.now() < stop); return n; },
  sleep: async (n, ms) => { await new Promise((resolve) => setTimeout(resolve, ms)); return n; },
  bytes: (n, size) => ({ n, bytes: new Uint8Array(size).fill(n & 255) }),
  throws: (n) => { throw Object.assign(new RangeError(`task ${n}`), { n }); },
  forever: () => { for (;;); },
  foreverLater: async () => { await null; for (;;); },
  stuck: () => new Promise((resolve) => setTimeout(resolve, 1e7)),
  nested: async (n) => { const { run } = await import('weft:pool'); return run((x) => x, { args: [n] }); },
  heap: () => { const all = []; for (;;) all.push(new Array(5000).fill(1)); },
  exit: () => process.exit(1),
  together: async (n, spins) => {
    if (!spins) {
      globalThis.gate ??= new Promise((resolve) => setTimeout(() => { globalThis.gate = undefined; resolve(); }, 3));
    }
    await globalThis.gate;
    if (spins) for (;;);
    return n;
  },
  moved: async (n) => { const { move } = await import('weft:pool'); return move(new Uint32Array([n])); },
  listens: async () => {
    const { task } = await import('weft:pool');
    await new Promise((resolve) => {
      const timer = setTimeout(() => {}, 1e7);
      task.signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); });
    });
  },
};
const ABORTED = ['ABORT_ERR'];
const TIMEOUT = ['ERR_POOL_TASK_TIMEOUT'];
const FULL = 'ERR_WORKER_OUT_OF_MEMORY';

const pools = [
  new Pool({ maxThreads: 2, resourceLimits: { maxOldGenerationSizeMb: 48 }, cancelGrace: 20 }),
  new Pool({ maxThreads: 2, concurrentTasksPerThread: 1, resourceLimits: { maxOldGenerationSizeMb: 48 }, idleTimeout: 50,
             recycleAfter: { tasks: 5000 } }),
];
const counts = {};
let started = 0;
let settled = 0;

async function one(n) {
  const pool = pools[random(2)];
  const dice = random(1000);
  const count = (name) => { counts[name] = (counts[name] ?? 0) + 1; };
  const run = async (name, args, options = {}) => {
    count(name);
    const task = pool.run(kinds[name], { args: [n, ...args], ...options });
    return task.then((value) => ({ value }), (error) => ({ error }));
  };
  const value = ({ value, error }, allowed = []) => {
    if (error !== undefined) assert.ok(allowed.includes(error.code), `task ${n}: ${error.stack} ${error.code}`);
    return value;
  };
  if (dice < 500) {
    const got = value(await run('tiny', []));
    assert.strictEqual(got, n);
  } else if (dice < 700) {
    assert.strictEqual(value(await run('spin', [random(2000)], { priority: random(5) - 2 })), n);
  } else if (dice < 780) {
    assert.strictEqual(value(await run('sleep', [random(30)])), n);
  } else if (dice < 850) {
    const size = random(200_000);
    const got = value(await run('bytes', [size]));
    assert.ok(got.n === n && got.bytes.length === size && (size === 0 || got.bytes[size - 1] === (n & 255)));
  } else if (dice < 890) {
    const { error } = await run('throws', []);
    assert.ok(error instanceof RangeError && error.n === n, `${error?.stack}`);
  } else if (dice < 920) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), random(20));
    const name = ['forever', 'stuck', 'listens', 'foreverLater'][random(4)];
    value(await run(name, [], { signal: controller.signal }), ABORTED);
  } else if (dice < 950) {
    const name = ['forever', 'stuck', 'listens', 'foreverLater'][random(4)];
    value(await run(name, [], { timeout: 1 + random(20) }), TIMEOUT);
  } else if (dice < 960) {
    const controller = new AbortController();
    const outcome = run('spin', [random(1000)], { signal: controller.signal });
    setTimeout(() => controller.abort(), random(3));
    const got = value(await outcome, ABORTED);
    assert.ok(got === undefined || got === n);
  } else if (dice < 970) {
    // Two of three are ended in the very turn in which the third goes on.
    const spins = random(3) > 0;
    const outcome = await run('together', [spins], { timeout: spins ? 20 : undefined });
    if (spins) value(outcome, TIMEOUT);
    else assert.strictEqual(value(outcome), n);
  } else if (dice < 980) {
    assert.strictEqual(value(await run('nested', [])), n);
  } else if (dice < 990) {
    assert.strictEqual(value(await run('moved', []))[0], n);
  } else if (dice < 993) {
    const { error } = await run('heap', []);
    assert.strictEqual(error?.code, FULL, error?.stack);
  } else {
    const { error } = await run('exit', []);
    assert.strictEqual(error?.code, 'ERR_POOL_TASK_EXITED', error?.stack);
  }
}

async function lane() {
  while (Date.now() < end) {
    const n = started++;
    await one(n);
    settled++;
  }
}

const memory = () => process.memoryUsage().rss / 1e6;
const samples = [];
const sampler = setInterval(() => samples.push(memory()), Math.max(100, seconds * 20)).unref();
const watchdog = setTimeout(() => {
  console.error(`lost: ${started - settled} of ${started} tasks; seed ${firstSeed}`, counts, pools.map((p) => p.threads));
  process.exit(9);
}, seconds * 1000 + 60_000);
try {
  await Promise.all(Array.from({ length: 100 }, lane));
} catch (error) {
  error.message += ` (seed ${firstSeed})`;
  throw error;
}
clearTimeout(watchdog);
clearInterval(sampler);
assert.strictEqual(settled, started);
for (const pool of pools) {
  // A cancelled task may still be on its way out.
  for (let i = 0; i < 1000 && pool.running > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepStrictEqual([pool.running, pool.queueSize], [0, 0]);
  await pool.close();
}
// Flat: the last third is no higher than the first by more than the heaps of a few isolates.
if (samples.length >= 30) {
  const third = Math.floor(samples.length / 3);
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [first, last] = [mean(samples.slice(third, 2 * third)), mean(samples.slice(-third))];
  assert.ok(last < first * 1.25 + 50, `memory grew from ${first.toFixed(0)} to ${last.toFixed(0)} MB`);
  if (process.argv[4]) console.log(`memory ${first.toFixed(0)} -> ${last.toFixed(0)} MB`);
}
if (process.argv[4]) console.log(settled, counts);
