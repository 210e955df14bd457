// Who runs when: order, priority, tasks that await, tasks inside tasks, several pools, stealing.
import assert from 'node:assert';
import { Pool } from 'weft:pool';

{
  // First in, first out within a priority; higher priorities first, also past what was handed over.
  await using pool = new Pool({ maxThreads: 1, concurrentTasksPerThread: 1 });
  await pool.run(() => { globalThis.order = []; });
  const gate = new AbortController();
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const blocked = pool.run((begun) => { for (begun[0] = 1; ;); }, { args: [begun], signal: gate.signal }).catch(() => {});
  while (Atomics.load(begun, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const add = (priority, n) => pool.run((entry) => { globalThis.order.push(entry); }, { args: [`${priority}:${n}`], priority });
  const tasks = [];
  for (let n = 0; n < 5; n++) for (const priority of [0, -3, 10]) tasks.push(add(priority, n));
  await new Promise((resolve) => setTimeout(resolve, 10));
  tasks.push(add(20, 0));
  await new Promise((resolve) => setTimeout(resolve, 10));
  gate.abort();
  await Promise.all([blocked, ...tasks]);
  const order = await pool.run(() => globalThis.order);
  const wanted = ['20:0', ...[10, 0, -3].flatMap((p) => [0, 1, 2, 3, 4].map((n) => `${p}:${n}`))];
  assert.deepStrictEqual(order, wanted);
}
{
  // Tasks that await hold no thread: with as many as may be under way, all are; no two run at the same time.
  await using pool = new Pool({ maxThreads: 1, concurrentTasksPerThread: 16 });
  const counted = async () => {
    globalThis.under = (globalThis.under ?? 0) + 1;
    globalThis.most = Math.max(globalThis.most ?? 0, globalThis.under);
    await new Promise((resolve) => setTimeout(resolve, 30));
    globalThis.under--;
    return globalThis.most;
  };
  const most = Math.max(...await Promise.all(Array.from({ length: 40 }, () => pool.run(counted))));
  assert.ok(most > 4 && most <= 16, `${most} at once`);
  await using strict = new Pool({ maxThreads: 1, concurrentTasksPerThread: 1 });
  assert.strictEqual(Math.max(...await Promise.all(Array.from({ length: 10 }, () => strict.run(counted)))), 1);
}
{
  // Tasks that wait for tasks, deeper than there are threads.
  for (const concurrentTasksPerThread of [1, 4]) {
    await using pool = new Pool({ maxThreads: 2, concurrentTasksPerThread });
    const count = async (depth, text) => {
      if (depth === 0) return 1;
      const { run, isWorkerThread } = await import('weft:pool');
      if (!isWorkerThread) throw new Error('not in the pool');
      const again = (0, eval)(`(${text})`);
      const parts = await Promise.all([0, 1].map(() => run(again, { args: [depth - 1, text] })));
      return parts[0] + parts[1];
    };
    assert.strictEqual(await pool.run(count, { args: [6, count.toString()] }), 64);
    const both = await Promise.all([0, 1, 2].map(() => pool.run(count, { args: [4, count.toString()] })));
    assert.deepStrictEqual(both, [16, 16, 16]);
    assert.ok(pool.threadCount <= 2, 'in the same pool');
  }
}
{
  // One pool's work does not keep another's waiting.
  await using busy = new Pool({ maxThreads: 2 });
  await using other = new Pool({ maxThreads: 1 });
  const gate = new AbortController();
  const stuck = Array.from({ length: 20 }, () => busy.run(() => { for (;;); }, { signal: gate.signal }).catch(() => {}));
  assert.strictEqual(await other.run(() => 'through'), 'through');
  gate.abort();
  await Promise.all(stuck);
}
{
  // A thread that is free takes what waits, whoever it was handed to.
  await using pool = new Pool({ maxThreads: 2, concurrentTasksPerThread: 1 });
  await Promise.all([0, 1].map(() => pool.run(() => { const end = Date.now() + 50; while (Date.now() < end); })));
  const gate = new AbortController();
  const stuck = pool.run(() => { for (;;); }, { signal: gate.signal }).catch(() => {});
  assert.deepStrictEqual(await Promise.all(Array.from({ length: 200 }, (_, i) => pool.run((n) => n, { args: [i] }))),
                         Array.from({ length: 200 }, (_, i) => i));
  gate.abort();
  await stuck;
}
{
  // What an isolate has open goes on while it is idle.
  await using pool = new Pool({ maxThreads: 1 });
  await pool.run(() => { globalThis.ticks = 0; setInterval(() => globalThis.ticks++, 5).unref(); });
  while (await pool.run(() => globalThis.ticks) < 4) await new Promise((resolve) => setTimeout(resolve, 20));
}
