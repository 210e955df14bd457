// Cancellation: what waits leaves the queue, what runs is asked and then forced, and who comes next is not touched.
import assert from 'node:assert';
import { Pool } from 'weft:pool';

const where = async () => {
  const { task } = await import('weft:pool');
  return [task.isolateId, task.threadId];
};
const until = async (met) => { while (!met()) await new Promise((resolve) => setTimeout(resolve, 5)); };
const code = (promise) => promise.then(() => 'fulfilled', (error) => error.code);

{
  // A loop without end is terminated; the same isolate of the same thread serves the next task.
  await using pool = new Pool({ maxThreads: 1 });
  const before = await pool.run(where);
  assert.ok(before[0] > 0 && before[1] > 0);
  for (let i = 0; i < 20; i++) {
    const controller = new AbortController();
    const running = pool.run(() => { for (;;); }, { signal: controller.signal });
    setTimeout(() => controller.abort('enough'), i % 5);
    const error = await running.catch((e) => e);
    assert.deepStrictEqual([error.name, error.code, error.cause], ['AbortError', 'ABORT_ERR', 'enough']);
    assert.deepStrictEqual(await pool.run(where), before);
  }
  assert.strictEqual(await code(pool.run(() => { for (;;); }, { timeout: 20 })), 'ERR_POOL_TASK_TIMEOUT');
  assert.strictEqual(await code(pool.run(async () => { await null; for (;;); }, { timeout: 20 })), 'ERR_POOL_TASK_TIMEOUT');
  assert.strictEqual(await code(pool.run(async () => { for (;;) await null; }, { timeout: 20 })), 'ERR_POOL_TASK_TIMEOUT');
  assert.deepStrictEqual(await pool.run(where), before);
}
{
  // Whatever a thread was at with its first task, all are told that they were cancelled.
  for (let i = 0; i < 60; i++) {
    const pool = new Pool({ maxThreads: 2 });
    const tasks = Array.from({ length: 4 }, () => pool.run(() => { for (;;); }).catch((e) => e));
    await new Promise((resolve) => setTimeout(resolve, i % 12));
    for (const end = performance.now() + i / 60; performance.now() < end;);
    await pool.destroy();
    for (const error of await Promise.all(tasks)) assert.strictEqual(error?.code, 'ERR_POOL_TASK_CANCELLED');
  }
}
{
  // What waits leaves the queue at once, wherever it waits.
  await using pool = new Pool({ maxThreads: 1 });
  const first = new AbortController();
  const rest = new AbortController();
  await pool.run(() => { globalThis.ran = 0; });
  const blocked = pool.run(() => { for (;;); }, { signal: first.signal });
  const waiting = Array.from({ length: 50 }, () => pool.run(() => { globalThis.ran++; }, { signal: rest.signal }));
  await until(() => pool.running === 1);
  assert.strictEqual(pool.queueSize, 50);
  rest.abort();
  assert.deepStrictEqual([...new Set(await Promise.all(waiting.map(code)))], ['ABORT_ERR']);
  assert.strictEqual(pool.queueSize, 0);
  first.abort();
  assert.strictEqual(await code(blocked), 'ABORT_ERR');
  assert.strictEqual(await pool.run(() => globalThis.ran), 0);
  assert.strictEqual(await code(pool.run(() => 1, { signal: AbortSignal.abort() })), 'ABORT_ERR');
}
{
  // A task that took its signal is asked, and its isolate stays.
  await using pool = new Pool({ maxThreads: 1 });
  const before = await pool.run(where);
  const controller = new AbortController();
  const said = [];
  const onProgress = (value) => {
    said.push(value);
    if (value === 'started') controller.abort();
  };
  const running = pool.run(async () => {
    const { task } = await import('weft:pool');
    const { promise, resolve } = Promise.withResolvers();
    const timer = setInterval(() => {}, 1000);
    task.signal.addEventListener('abort', () => {
      task.progress(task.signal.reason.code);
      resolve();
    });
    task.progress('started');
    await promise;
    clearInterval(timer);
    task.progress('tidy');
  }, { signal: controller.signal, onProgress });
  assert.strictEqual(await code(running), 'ABORT_ERR');
  assert.deepStrictEqual(await pool.run(where), before);
  // By polling, which no event could reach.
  const polled = pool.run(async () => {
    const { task } = await import('weft:pool');
    const { signal } = task;
    while (!signal.aborted);
    return 'by itself';
  }, { timeout: 20 });
  assert.strictEqual(await code(polled), 'ERR_POOL_TASK_TIMEOUT');
  assert.deepStrictEqual(await pool.run(where), before);
  // One that takes no notice is forced when its grace is over.
  const deaf = pool.run(async () => {
    const { task } = await import('weft:pool');
    void task.signal;
    for (;;);
  }, { timeout: 20 });
  assert.strictEqual(await code(deaf), 'ERR_POOL_TASK_TIMEOUT');
  assert.deepStrictEqual(await pool.run(where), before);
}
{
  // One that awaits what may still happen leaves an isolate nobody should inherit.
  await using pool = new Pool({ maxThreads: 1, cancelGrace: 20 });
  const before = await pool.run(where);
  const late = pool.run(() => new Promise((resolve) => setTimeout(resolve, 100_000)), { timeout: 20 });
  assert.strictEqual(await code(late), 'ERR_POOL_TASK_TIMEOUT');
  assert.notDeepStrictEqual(await pool.run(where), before);
}
{
  // Timeouts count from the start; deadlines do not care.
  await using pool = new Pool({ maxThreads: 1, taskTimeout: 1000 });
  const sleepy = (ms) => { const end = Date.now() + ms; while (Date.now() < end); };
  await pool.run(sleepy, { args: [1] });
  const tasks = Array.from({ length: 4 }, () => code(pool.run(sleepy, { args: [300] })));
  assert.deepStrictEqual(await Promise.all(tasks), ['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled']);
  const busy = code(pool.run(sleepy, { args: [1000], timeout: 150 }));
  const queued = await code(pool.run(() => 1, { deadline: Date.now() + 20 }));
  assert.strictEqual(queued, 'ERR_POOL_TASK_TIMEOUT');
  assert.strictEqual(await busy, 'ERR_POOL_TASK_TIMEOUT');
  assert.strictEqual(await code(pool.run(() => { for (;;); }, { deadline: new Date(Date.now() + 20) })), 'ERR_POOL_TASK_TIMEOUT');
  assert.strictEqual(await code(pool.run(() => 1, { deadline: Date.now() - 1 })), 'ERR_POOL_TASK_TIMEOUT');
  assert.strictEqual(await pool.run(() => 1, { deadline: Date.now() + 60_000 }), 1);
}
{
  // Limits hold while the owner's loop is busy: the thread is free again when it looks.
  await using pool = new Pool({ maxThreads: 1 });
  const flag = new Int32Array(new SharedArrayBuffer(4));
  await pool.run(() => 1);
  const stuck = code(pool.run(() => { for (;;); }, { timeout: 20 }));
  const next = pool.run((words) => { Atomics.store(words, 0, 1); }, { args: [flag] });
  await null;
  await null;
  const end = Date.now() + 20_000;
  while (Atomics.load(flag, 0) === 0) assert.ok(Date.now() < end, 'the task that follows never began');
  assert.strictEqual(await stuck, 'ERR_POOL_TASK_TIMEOUT');
  await next;
}
{
  // With several tasks in one isolate, only the one that is meant ends.
  await using pool = new Pool({ maxThreads: 1, concurrentTasksPerThread: 4, cancelGrace: 10 });
  const waits = (ms) => new Promise((resolve) => setTimeout(() => resolve(ms), ms));
  const others = [pool.run(waits, { args: [150] }), pool.run(waits, { args: [151] })];
  const hog = code(pool.run(async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    for (;;);
  }, { timeout: 30 }));
  assert.strictEqual(await hog, 'ERR_POOL_TASK_TIMEOUT');
  assert.deepStrictEqual(await Promise.all(others), [150, 151]);
}
{
  // What another task resolved is ended as well, although that one's JavaScript called it; who waited for the same thing
  // goes on, although V8 dropped what waited behind it; so do others.
  await using pool = new Pool({ maxThreads: 1, concurrentTasksPerThread: 8 });
  await pool.run(() => {
    // Something that could always happen.
    globalThis.clock = setInterval(() => {}, 1000);
    globalThis.gate = Promise.withResolvers();
  });
  const code = (promise) => promise.catch((error) => error.code);
  const spins = code(pool.run(async () => { await globalThis.gate.promise; for (;;); }, { timeout: 100 }));
  const waits = code(pool.run(async () => { await globalThis.gate.promise; return 1; }));
  const sleeps = code(pool.run(async () => { await new Promise((resolve) => setTimeout(resolve, 400)); return 'slept'; }));
  await new Promise((resolve) => setTimeout(resolve, 30));
  await pool.run(() => { globalThis.gate.resolve(); });
  assert.deepStrictEqual(await Promise.all([spins, waits, sleeps]), ['ERR_POOL_TASK_TIMEOUT', 1, 'slept']);
  assert.strictEqual(await pool.run(() => 1), 1);
}
{
  // Results of tasks that tasks wait for come one by one: one that ends badly drops none of the others.
  await using pool = new Pool({ maxThreads: 2, concurrentTasksPerThread: 16 });
  const parent = async (n) => {
    const { run } = await import('weft:pool');
    await run((x) => x, { args: [n] });
    if (n % 4 === 0) for (;;);
    return n;
  };
  const all = await Promise.allSettled(Array.from({ length: 24 }, (_, n) => (
    pool.run(parent, { args: [n], timeout: n % 4 === 0 ? 100 : undefined }))));
  all.forEach(({ value, reason }, n) => assert.strictEqual(value ?? reason.code, n % 4 === 0 ? 'ERR_POOL_TASK_TIMEOUT' : n));
}
{
  // What was cancelled does not count as running, though its thread may still be at it.
  await using pool = new Pool({ maxThreads: 2 });
  let taken = 0;
  for await (const value of pool.imap((function* () { for (;;) yield taken; })(), (x) => x)) if (value >= 0 && ++taken > 400) break;
  assert.deepStrictEqual([pool.running, pool.queueSize], [0, 0]);
  const gate = new AbortController();
  const stuck = pool.run(() => { for (;;); }, { signal: gate.signal }).catch(() => {});
  await until(() => pool.running === 1);
  gate.abort();
  assert.strictEqual(pool.running, 0);
  await stuck;
}
{
  // A task that is ended leaves nothing behind that could hold its isolate, whatever it has set up before.
  await using pool = new Pool({ maxThreads: 1, concurrentTasksPerThread: 4, cancelGrace: 20 });
  const ways = [
    () => { Promise.resolve().then(() => { for (;;); }); for (;;); },
    () => { queueMicrotask(() => { for (;;); }); process.nextTick(() => { for (;;); }); for (;;); },
    () => { setTimeout(() => { for (;;); }, 0); setImmediate(() => { for (;;); }); for (;;); },
    () => { setInterval(() => { for (;;); }, 1).unref(); for (;;); },
    async () => { setInterval(() => { for (;;); }, 60).unref(); await new Promise(() => { setTimeout(() => {}, 1e6); }); },
  ];
  for (const way of ways) {
    // Another one is under way in the isolate, which therefore lives on for a while.
    const neighbour = pool.run(async () => { await new Promise((resolve) => setTimeout(resolve, 150)); return 'unharmed'; });
    await new Promise((resolve) => setTimeout(resolve, 10));
    await assert.rejects(pool.run(way, { timeout: 30 }), { code: 'ERR_POOL_TASK_TIMEOUT' }, String(way));
    assert.strictEqual(await neighbour, 'unharmed', String(way));
    assert.strictEqual(await pool.run(() => 1), 1);
  }
}
