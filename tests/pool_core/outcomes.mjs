// A task that was ended by force leaves nothing by which the outcome of another task, on its way to the one that waits for it
// in the same isolate, could be taken for its own and be lost.
import assert from 'node:assert';
import { Pool } from 'weft:pool';

const pool = new Pool({ maxThreads: 2, concurrentTasksPerThread: 2, cancelGrace: 10 });

async function outer(n) {
  const { run, task } = await import('weft:pool');
  async function inner(n) {
    const { task } = await import('weft:pool');
    task.progress('begun');
    await new Promise((resolve) => setTimeout(resolve, 50));
    return n;
  }
  // As long as something may happen here, the pool goes on ending what it ended by force.
  const timer = setTimeout(() => {}, 1e6);
  const begun = Promise.withResolvers();
  const result = run(inner, { args: [n], onProgress: begun.resolve });
  await begun.promise;
  task.progress('begun');
  return result.finally(() => clearTimeout(timer));
}

const kinds = [() => { for (;;); }, async () => { await null; for (;;); }];

for (let n = 0; n < 32; n++) {
  const begun = Promise.withResolvers();
  const result = pool.run(outer, { args: [n], onProgress: begun.resolve, timeout: 300_000 });
  await begun.promise;
  // One for each isolate: that of the task that waits, and that of the one it waits for.
  const forever = () => assert.rejects(pool.run(kinds[n % 2], { timeout: 10 }), { code: 'ERR_POOL_TASK_TIMEOUT' });
  await Promise.all([forever(), forever()]);
  assert.strictEqual(await result, n);
}
await pool.close();
