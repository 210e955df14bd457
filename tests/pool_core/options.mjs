// The options of a pool, and what is wrong with them.
import assert from 'node:assert';
import { SHARE_ENV } from 'node:worker_threads';
import { Pool } from 'weft:pool';

const bad = (options, code = 'ERR_OUT_OF_RANGE') => assert.throws(() => new Pool(options), { code }, JSON.stringify(options));
for (const value of [0, -1, 1.5]) bad({ maxThreads: value });
for (const value of [-1, 1.5, 0.5]) bad({ minThreads: value });
bad({ minThreads: 3, maxThreads: 2 }, 'ERR_INVALID_ARG_VALUE');
bad({ idleTimeout: -1 });
bad({ maxQueue: -1 });
bad({ concurrentTasksPerThread: 0 });
bad({ taskTimeout: 0 });
bad({ taskTimeout: NaN });
bad({ recycleAfter: { tasks: 0 } });
bad({ recycleAfter: { heapMb: -1 } });
bad({ niceIncrement: -1 });
bad({ resourceLimits: { maxOldGenerationSizeMb: -1 } });
for (const name of ['maxThreads', 'minThreads', 'idleTimeout', 'maxQueue', 'concurrentTasksPerThread', 'taskTimeout', 'name',
                    'recordTiming', 'niceIncrement', 'recycleAfter', 'argv', 'execArgv', 'env', 'filename']) {
  bad({ [name]: Symbol('no') }, 'ERR_INVALID_ARG_TYPE');
}
bad({ resourceLimits: { stackSizeMb: '1' } }, 'ERR_INVALID_ARG_TYPE');
bad({ execArgv: ['--no-such-flag-at-all'] }, 'ERR_WORKER_INVALID_EXEC_ARGV');
{
  await using pool = new Pool({ maxThreads: 3, maxQueue: 'auto' });
  assert.strictEqual(pool.options.maxQueue, 9);
  const wrong = (options) => pool.run(() => 1, options).then(() => 'fulfilled', (error) => error.code);
  for (const options of [{ timeout: 'x' }, { priority: 'x' }, { deadline: 'x' }, { signal: 1 }, { onProgress: 1 }, { args: 1 },
                         { captures: 1 }, { transferList: 1 }, 5]) {
    assert.strictEqual(await wrong(options), 'ERR_INVALID_ARG_TYPE', JSON.stringify(options));
  }
  for (const options of [{ timeout: 0 }, { priority: 1.5 }, { priority: 2 ** 40 }, { deadline: NaN }]) {
    assert.strictEqual(await wrong(options), 'ERR_OUT_OF_RANGE', JSON.stringify(options));
  }
}
{
  // A full queue refuses.
  await using pool = new Pool({ maxThreads: 1, concurrentTasksPerThread: 1, maxQueue: 2 });
  const gate = new AbortController();
  const stuck = pool.run(() => { for (;;); }, { signal: gate.signal }).catch(() => {});
  const waiting = [pool.run(() => 1), pool.run(() => 2)];
  await assert.rejects(pool.run(() => 3), { code: 'ERR_POOL_QUEUE_FULL' });
  await new Promise((resolve) => setTimeout(resolve, 30));
  await assert.rejects(pool.run(() => 3), { code: 'ERR_POOL_QUEUE_FULL' });
  gate.abort();
  await stuck;
  assert.deepStrictEqual(await Promise.all(waiting), [1, 2]);
  await using none = new Pool({ maxThreads: 1, concurrentTasksPerThread: 1, maxQueue: 0 });
  const first = none.run(() => 1);
  await assert.rejects(none.run(() => 2), { code: 'ERR_POOL_QUEUE_FULL' });
  assert.strictEqual(await first, 1);
  assert.strictEqual(await none.run(() => 3), 3);
}
{
  const workerData = { deep: [1, new Map([[1, 2]])] };
  await using pool = new Pool({
    maxThreads: 1, workerData, argv: ['a', 5], env: { ONLY: 1 }, execArgv: ['--trace-warnings'],
    resourceLimits: { maxOldGenerationSizeMb: 99 },
  });
  const seen = await pool.run(async () => {
    const { workerData, isMainThread, threadId, resourceLimits } = await import('node:worker_threads');
    return { workerData, isMainThread, threadId: threadId > 0, resourceLimits, argv: process.argv.slice(2),
             env: { ...process.env }, execArgv: process.execArgv };
  });
  assert.deepStrictEqual(seen, {
    workerData, isMainThread: false, threadId: true, resourceLimits: { maxOldGenerationSizeMb: 99 }, argv: ['a', '5'],
    env: { ONLY: '1' }, execArgv: ['--trace-warnings'],
  });
  await using shared = new Pool({ maxThreads: 1, env: SHARE_ENV });
  await shared.run(() => { process.env.WEFT_POOL_SHARED = 'yes'; });
  assert.strictEqual(process.env.WEFT_POOL_SHARED, 'yes');
}
{
  // The environment is copied when a task looks at it, and not when the runtime loads its module.
  await using pool = new Pool({ maxThreads: 1, filename: new URL('places/neighbour.mjs', import.meta.url) });
  await assert.rejects(pool.run(undefined, { name: 'nothing' }), { code: 'ERR_POOL_NO_SUCH_EXPORT' });
  process.env.WEFT_POOL_LATE = 'before';
  const look = () => {
    const { WEFT_POOL_LATE: seen } = process.env;
    process.env.WEFT_POOL_LATE = 'own';
    return [seen, process.env.WEFT_POOL_LATE, Object.keys(process.env).length];
  };
  assert.deepStrictEqual(await pool.run(look), ['before', 'own', Object.keys(process.env).length]);
  assert.strictEqual(process.env.WEFT_POOL_LATE, 'before');
  process.env.WEFT_POOL_LATE = 'after';
  assert.strictEqual((await pool.run(look))[0], 'own');
}
{
  // Isolates are made for work, kept to the least number, and let go when idle.
  await using pool = new Pool({ minThreads: 1, maxThreads: 3, idleTimeout: 30 });
  const block = (ms) => { const end = Date.now() + ms; while (Date.now() < end); };
  const tasks = [1, 2, 3, 4].map(() => pool.run(block, { args: [60] }));
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(pool.threadCount > 1);
  await Promise.all(tasks);
  while (pool.threadCount > 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.strictEqual(pool.threadCount, 1);
  assert.strictEqual(await pool.run(() => 1), 1);
}
{
  // Made anew after so many tasks.
  await using pool = new Pool({ maxThreads: 1, recycleAfter: { tasks: 3 } });
  const isolates = [];
  for (let i = 0; i < 9; i++) {
    isolates.push(await pool.run(async () => (await import('weft:pool')).task.isolateId));
  }
  assert.strictEqual(new Set(isolates).size, 3, `${isolates}`);
  await using heap = new Pool({ maxThreads: 1, recycleAfter: { heapMb: 40 } });
  const grow = async () => {
    (globalThis.kept ??= []).push(new Array(2e6).fill(1));
    await new Promise((resolve) => setTimeout(resolve, 25));
    return (await import('weft:pool')).task.isolateId;
  };
  const seen = new Set();
  for (let i = 0; i < 12; i++) seen.add(await heap.run(grow));
  assert.ok(seen.size > 1);
}
if (process.platform === 'linux') {
  const { getPriority } = await import('node:os');
  await using pool = new Pool({ maxThreads: 1, niceIncrement: 3 });
  const before = getPriority();
  assert.strictEqual(await pool.run(async () => (await import('node:os')).getPriority()), Math.min(19, before + 3));
  assert.strictEqual(getPriority(), before);
}
