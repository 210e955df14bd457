// What a task does wrong is its own affair: its promise is rejected with a code, and no other task suffers.
import assert from 'node:assert';
import { Pool } from 'weft:pool';

const code = (promise) => promise.then(() => 'fulfilled', (error) => error.code ?? error.name);
const resourceLimits = { maxOldGenerationSizeMb: 32, maxArrayBufferSizeMb: 64 };

const ways = {
  heap: () => { const all = []; for (;;) all.push(new Array(1000).fill(1)); },
  buffers: () => { const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1)); },
  recursion: () => (function again() { again(); })(),
  exit: () => process.exit(3),
  exitLater: async () => { await new Promise((resolve) => setTimeout(resolve, 1)); process.exit(); },
  uncaught: () => new Promise(() => { setTimeout(() => { throw new TypeError('late'); }, 1); }),
  rejection: () => new Promise(() => { Promise.reject(new RangeError('nobody listens')); }),
  never: () => new Promise(() => {}),
  uncloneable: () => () => {},
  uncloneableError: () => { throw () => {}; },
  wait: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
};
const expected = {
  heap: 'ERR_WORKER_OUT_OF_MEMORY', buffers: 'ERR_WORKER_OUT_OF_MEMORY', recursion: 'RangeError',
  exit: 'ERR_POOL_TASK_EXITED', exitLater: 'ERR_POOL_TASK_EXITED', uncaught: 'TypeError', rejection: 'RangeError',
  never: 'ERR_POOL_TASK_NEVER_SETTLES', uncloneable: 25, uncloneableError: 'Error', wait: 'TypeError',
};

for (const concurrentTasksPerThread of [1, 8]) {
  await using pool = new Pool({ maxThreads: 2, concurrentTasksPerThread, resourceLimits });
  for (const name of Object.keys(ways)) assert.strictEqual(await code(pool.run(ways[name])), expected[name], name);
  // All at once, among tasks that do nothing wrong.
  const bad = Object.keys(ways).map(async (name) => [name, await code(pool.run(ways[name]))]);
  const good = Array.from({ length: 40 }, (_, i) => pool.run(async (n) => {
    if (n % 2 === 0) await new Promise((resolve) => setTimeout(resolve, n));
    return n;
  }, { args: [i] }));
  assert.deepStrictEqual(await Promise.all(good), Array.from({ length: 40 }, (_, i) => i));
  assert.deepStrictEqual(Object.fromEntries(await Promise.all(bad)), expected);
}
{
  // What nothing can settle any more is over, and what it would have gone on with cannot run either.
  await using pool = new Pool({ maxThreads: 1 });
  await pool.run(() => { globalThis.gate = Promise.withResolvers(); });
  assert.strictEqual(await code(pool.run(async () => { await globalThis.gate.promise; for (;;); })), 'ERR_POOL_TASK_NEVER_SETTLES');
  await pool.run(() => { globalThis.gate?.resolve(); });
  assert.strictEqual(await pool.run(() => 1), 1);
}
{
  // A task that ends its isolate takes none of those along that share its job.
  await using pool = new Pool({ maxThreads: 1, resourceLimits });
  const work = (n) => {
    if (n === 150) { const all = []; for (;;) all.push(new Array(1000).fill(1)); }
    if (n === 250) process.exit(1);
    if (n === 300) return () => {};
    return n;
  };
  for (let i = 0; i < 50; i++) await pool.run(work, { args: [i] });
  const all = await Promise.allSettled(Array.from({ length: 400 }, (_, i) => pool.run(work, { args: [i] })));
  const wrong = all.flatMap((result, i) => (result.value === i ? [] : [[i, result.reason?.code]]));
  assert.deepStrictEqual(wrong, [[150, 'ERR_WORKER_OUT_OF_MEMORY'], [250, 'ERR_POOL_TASK_EXITED'], [300, 25]]);
}
{
  await using pool = new Pool({ maxThreads: 2, filename: 'data:text/javascript,throw new TypeError("at import")' });
  for (let i = 0; i < 3; i++) await assert.rejects(pool.run(i), { name: 'TypeError', message: 'at import' });
  const exits = 'data:text/javascript,process.exit(1)';
  assert.strictEqual(await code(pool.run(1, { filename: exits })), 'ERR_POOL_TASK_EXITED');
  const spins = 'data:text/javascript,for (;;);';
  assert.strictEqual(await code(pool.run(1, { filename: spins, timeout: 30 })), 'ERR_POOL_TASK_TIMEOUT');
  assert.strictEqual(await pool.run(() => 1), 1);
}
{
  // What a task leaves behind fails when it is over: the pool is told, and goes on.
  await using pool = new Pool({ maxThreads: 1 });
  const told = new Promise((resolve) => pool.once('error', resolve));
  assert.strictEqual(await pool.run(() => { setTimeout(() => { throw new Error('afterwards'); }, 5); return 1; }), 1);
  // An idle pool keeps nothing alive.
  const awake = setInterval(() => {}, 1000);
  assert.strictEqual((await told).message, 'afterwards');
  clearInterval(awake);
  assert.strictEqual(await pool.run(() => 2), 2);
}
{
  // The environment and the directory of the process are not for tasks to change.
  await using pool = new Pool({ maxThreads: 1 });
  process.env.WEFT_POOL_TEST = 'mine';
  assert.strictEqual(await pool.run(() => { const was = process.env.WEFT_POOL_TEST; process.env.WEFT_POOL_TEST = 'theirs'; return was; }), 'mine');
  assert.strictEqual(process.env.WEFT_POOL_TEST, 'mine');
  assert.strictEqual(await code(pool.run(() => process.chdir('/'))), 'ERR_WORKER_UNSUPPORTED_OPERATION');
}
