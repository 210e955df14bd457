// What a pool does once and not again and again, and how it splits what it is given.
import assert from 'node:assert';
import { availableParallelism } from 'node:os';
import { Pool, map, pool as ready, run } from 'weft:pool';

{
  // As many threads as the process may use, which a control group may limit further than the machine does.
  assert.ok(ready.maxThreads >= 1 && ready.maxThreads <= availableParallelism());
  assert.strictEqual(new Pool().maxThreads, ready.maxThreads);
  // The ready one is one.
  await run(() => 1);
  await map([1], (x) => x);
  assert.strictEqual(ready.completed, 2);
}
{
  // A text is compiled once per isolate, a captured value makes no difference to that.
  await using pool = new Pool({ maxThreads: 1 });
  const same = new Function('const me = arguments.callee; globalThis.first ??= me; return globalThis.first === me');
  for (let i = 0; i < 20; i++) assert.strictEqual(await pool.run(same), true);
  // The same text, made anew.
  assert.strictEqual(await pool.run(new Function('const me = arguments.callee; globalThis.first ??= me; return globalThis.first === me')), true);
  // A module is evaluated once.
  const filename = 'data:text/javascript,let n = 0; export default () => ++n;';
  for (let i = 1; i < 10; i++) assert.strictEqual(await pool.run(undefined, { filename }), i);
}
{
  // Chunks follow from the time that items take: many of those that take none, single ones of those that take long.
  await using pool = new Pool({ maxThreads: 2 });
  const job = async (x, ms) => {
    const { task } = await import('weft:pool');
    for (const end = performance.now() + ms; performance.now() < end;);
    return task.id.split('.')[0];
  };
  const jobs = async (count, ms, options) => {
    const fn = new Function('x', `return (${job})(x, ${ms})`);
    return new Set(await pool.map(Array.from({ length: count }, (_, i) => i), fn, options)).size;
  };
  const quick = await jobs(20_000, 0);
  assert.ok(quick < 5000, `${quick} chunks of quick items`);
  const slow = await jobs(40, 5);
  assert.ok(slow >= 30, `${slow} chunks of 40 slow items`);
  assert.strictEqual(await jobs(1000, 0, { chunkSize: 100 }), 10);
}
{
  // A shared value is serialized once, however many use it.
  await using pool = new Pool({ maxThreads: 2 });
  let read = 0;
  // Looked at when it is shared, and never again.
  using table = pool.share({ get big() { read++; return 'x'.repeat(100); } });
  const before = read;
  const lengths = await Promise.all(Array.from({ length: 100 }, () => pool.run((t) => t.big.length, { args: [table] })));
  assert.deepStrictEqual([new Set(lengths), read], [new Set([100]), before]);
}
{
  // Nothing enters an isolate in the middle of a task, not even what the task itself asks for.
  await using pool = new Pool({ maxThreads: 2, concurrentTasksPerThread: 16 });
  const careful = async (n, nests) => {
    const { run } = await import('weft:pool');
    if (globalThis.inside) throw new Error('entered in the middle');
    globalThis.inside = true;
    const nested = nests ? run((n) => { if (globalThis.inside) throw new Error('entered in the middle'); return n; }, { args: [n] }) : n;
    for (const end = performance.now() + 1; performance.now() < end;);
    globalThis.inside = false;
    return nested;
  };
  const values = await Promise.all(Array.from({ length: 200 }, (_, n) => pool.run(careful, { args: [n, n % 3 === 0] })));
  assert.deepStrictEqual(values, Array.from({ length: 200 }, (_, n) => n));
}
{
  // Tasks that travel together are not given more than an isolate should have to hold at once.
  await using pool = new Pool({ maxThreads: 1 });
  const fn = async () => (await import('weft:pool')).task.id.split('.')[0];
  const text = 'x'.repeat(400_000);
  for (let i = 0; i < 30; i++) await pool.run(fn, { args: [text + i] });
  const jobs = await Promise.all(Array.from({ length: 40 }, (_, i) => pool.run(fn, { args: [text + i] })));
  assert.ok(new Set(jobs).size >= 20, `${new Set(jobs).size} jobs`);
}
