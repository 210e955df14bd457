// What a pool tells about itself, and how it ends.
import assert from 'node:assert';
import { tracingChannel } from 'node:diagnostics_channel';
import { Pool } from 'weft:pool';

{
  await using pool = new Pool({ maxThreads: 2 });
  assert.deepStrictEqual([pool.threads, pool.completed, pool.queueSize, pool.running], [[], 0, 0, 0]);
  const block = (ms) => { const end = performance.now() + ms; while (performance.now() < end); return ms; };
  await Promise.all(Array.from({ length: 20 }, () => pool.run(block, { args: [5] })));
  assert.strictEqual(pool.completed, 20);
  const { runTime, waitTime, utilization } = pool;
  assert.strictEqual(runTime.count, 20);
  assert.ok(runTime.p50 >= 4.9 && runTime.min >= 4.9 && runTime.max >= runTime.p99_99, JSON.stringify(runTime));
  assert.ok(waitTime.p99 > waitTime.p1 && waitTime.p90 > 5, JSON.stringify(waitTime));
  assert.ok(utilization > 0 && utilization <= 1, `${utilization}`);
  for (const thread of pool.threads) {
    const { eventLoopUtilization: { active, idle, utilization }, memory } = thread;
    assert.ok(active > 0 && idle >= 0 && utilization > 0 && utilization <= 1);
    assert.ok(memory.heapUsed > 100_000 && memory.heapTotal >= memory.heapUsed);
  }
  // Threads that have nothing to do are idle for most of some time to come.
  for (let idle = false; !idle;) {
    const before = pool.threads.map((thread) => thread.eventLoopUtilization);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const after = pool.threads.map((thread) => thread.eventLoopUtilization);
    idle = after.every((now, i) => now.idle - before[i].idle > now.active - before[i].active);
  }
  pool.histogram.resetRunTime();
  assert.strictEqual(pool.runTime.count, 0);
  await using blind = new Pool({ maxThreads: 1, recordTiming: false });
  await blind.run(() => 1);
  assert.deepStrictEqual([blind.runTime, blind.histogram], [undefined, null]);
}
{
  // Events and the tracing channel.
  const said = [];
  const channel = tracingChannel('weft.pool.task');
  const handlers = {
    start: ({ id }) => said.push(`start ${id}`), end() {}, asyncStart() {},
    asyncEnd: ({ id, status }) => said.push(`${status} ${id}`), error: ({ id, error }) => said.push(`${error.message} ${id}`),
  };
  channel.subscribe(handlers);
  await using pool = new Pool({ maxThreads: 1, concurrentTasksPerThread: 1, maxQueue: 4 });
  pool.on('task', ({ id, status, duration }) => said.push(`event ${id} ${status} ${duration >= 0}`));
  pool.on('drain', () => said.push('drain'));
  pool.on('needsDrain', () => said.push(`needsDrain ${pool.needsDrain}`));
  await pool.run(() => 1);
  await pool.run(() => { throw new Error('no'); }).catch(() => {});
  assert.deepStrictEqual(said.splice(0), ['start 1', 'fulfilled 1', 'event 1 fulfilled true', 'start 2', 'no 2', 'rejected 2',
                                          'event 2 rejected true']);
  channel.unsubscribe(handlers);
  pool.removeAllListeners('task');
  const block = () => { const end = Date.now() + 10; while (Date.now() < end); };
  await Promise.all(Array.from({ length: 5 }, () => pool.run(block)));
  for (let i = 0; i < 100 && said.length < 2; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepStrictEqual(said, ['needsDrain true', 'drain']);
  assert.strictEqual(pool.needsDrain, false);
}
{
  // close() finishes, destroy() does not, closeTimeout lies between; each resolves when the threads are gone.
  const pool = new Pool({ maxThreads: 2 });
  const tasks = Array.from({ length: 20 }, (_, i) => pool.run((n) => n, { args: [i] }));
  let closed = 0;
  pool.on('close', () => closed++);
  const end = pool.close();
  await assert.rejects(pool.run(() => 1), { code: 'ERR_POOL_CLOSED' });
  await end;
  assert.strictEqual((await Promise.all(tasks)).length, 20);
  await pool.close();
  await pool.destroy();
  assert.deepStrictEqual([closed, pool.threadCount, pool.closed], [1, 0, true]);
  const stuck = new Pool({ maxThreads: 2, closeTimeout: 30 });
  const outcomes = Array.from({ length: 6 }, () => stuck.run(() => { for (;;); }).catch((e) => e.code));
  await stuck.close();
  assert.deepStrictEqual([...new Set(await Promise.all(outcomes))], ['ERR_POOL_TASK_CANCELLED']);
  const forced = new Pool({ maxThreads: 1, closeTimeout: 0 });
  const one = forced.run(() => new Promise((resolve) => setTimeout(resolve, 1e6))).catch((e) => e.code);
  await forced.close({ force: true });
  assert.strictEqual(await one, 'ERR_POOL_TASK_CANCELLED');
  await new Pool().close();
  await new Pool().destroy();
}
{
  // One job on one isolate, whatever else waits (what broadcast stands on).
  await using pool = new Pool({ maxThreads: 2, minThreads: 2 });
  await Promise.all([0, 1, 2, 3].map(() => pool.run(() => { const end = Date.now() + 30; while (Date.now() < end); })));
  assert.strictEqual(pool.threads.length, 2);
}
