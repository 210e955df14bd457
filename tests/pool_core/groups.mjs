// Tasks that share a job: a time limit is that of each of them, and a thread with nothing to do gets what another one was
// given and has not begun.
import assert from 'node:assert';
import { Pool } from 'weft:pool';

// Teaches a pool that tasks of `fn` take no time, so that they travel by the hundred.
const learn = async (pool, fn, args) => { for (let i = 0; i < 60; i++) await pool.run(fn, { args }); };
const outcomes = async (promises) => {
  const all = await Promise.allSettled(promises);
  return all.flatMap((result, i) => (result.value === i ? [] : [[i, result.reason?.code ?? result.reason]]));
};

{
  // Only the task whose time is up is ended, before and after others of its job.
  await using pool = new Pool({ maxThreads: 1, taskTimeout: 300 });
  const work = (n, stuck) => { if (n === stuck) for (;;); return n; };
  await learn(pool, work, [0, -1]);
  for (const stuck of [0, 77, 199]) {
    const tasks = Array.from({ length: 200 }, (_, i) => pool.run(work, { args: [i, stuck] }));
    assert.deepStrictEqual(await outcomes(tasks), [[stuck, 'ERR_POOL_TASK_TIMEOUT']]);
  }
  const isolate = await pool.run(async () => (await import('weft:pool')).task.isolateId);
  assert.strictEqual(isolate, pool.threads[0].isolateId, 'ending a task costs no isolate');
}
{
  // Also where it awaits, and where it takes its signal.
  await using pool = new Pool({ maxThreads: 1, cancelGrace: 20 });
  const sleeps = async (n, stuck) => { if (n === stuck) await new Promise((resolve) => setTimeout(resolve, 1e6)); return n; };
  const listens = async (n, stuck) => {
    const { task } = await import('weft:pool');
    const timer = setInterval(() => {}, 1000);
    if (n === stuck) await new Promise((resolve) => task.signal.addEventListener('abort', resolve));
    clearInterval(timer);
    return n;
  };
  for (const work of [sleeps, listens]) {
    await learn(pool, work, [0, -1]);
    const tasks = Array.from({ length: 50 }, (_, i) => pool.run(work, { args: [i, 20], timeout: 300 }));
    assert.deepStrictEqual(await outcomes(tasks), [[20, 'ERR_POOL_TASK_TIMEOUT']]);
  }
}
{
  // Together they may take longer than one of them.
  await using pool = new Pool({ maxThreads: 1, taskTimeout: 700 });
  const work = (n, ms) => { const end = performance.now() + ms; while (performance.now() < end); return n; };
  await learn(pool, work, [0, 0]);
  const tasks = Array.from({ length: 40 }, (_, i) => pool.run(work, { args: [i, i % 8 === 0 ? 200 : 0] }));
  assert.deepStrictEqual(await outcomes(tasks), []);
}
{
  // The first task of a job waits for the others: another thread has to run them.
  await using pool = new Pool({ maxThreads: 2 });
  const work = (n, buffer, wanted) => {
    const done = new Int32Array(buffer);
    // Given up some time, so that a failure is told and not waited for.
    const end = performance.now() + 20_000;
    while (n === 0 && Atomics.load(done, 0) < wanted && performance.now() < end);
    return n === 0 ? Atomics.load(done, 0) : Atomics.add(done, 0, 1) * 0 + n;
  };
  await learn(pool, work, [1, new SharedArrayBuffer(4), 0]);
  const buffer = new SharedArrayBuffer(4);
  const tasks = Array.from({ length: 64 }, (_, i) => pool.run(work, { args: [i, buffer, 63] }));
  const values = await Promise.all(tasks);
  assert.deepStrictEqual(values, [63, ...Array.from({ length: 63 }, (_, i) => i + 1)]);
  assert.deepStrictEqual([pool.running, pool.queueSize, pool.completed], [0, 0, 124]);
}
{
  // The same in one isolate, where the first one awaits.
  await using pool = new Pool({ maxThreads: 1 });
  const work = async (n, buffer, wanted) => {
    const done = new Int32Array(buffer);
    const end = performance.now() + 20_000;
    while (n === 0 && Atomics.load(done, 0) < wanted && performance.now() < end) await new Promise(setImmediate);
    return n === 0 ? Atomics.load(done, 0) : Atomics.add(done, 0, 1) * 0 + n;
  };
  await learn(pool, work, [1, new SharedArrayBuffer(4), 0]);
  const buffer = new SharedArrayBuffer(4);
  const values = await Promise.all(Array.from({ length: 20 }, (_, i) => pool.run(work, { args: [i, buffer, 19] })));
  assert.strictEqual(values[0], 19);
}
