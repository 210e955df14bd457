// Isolates that were spoiled, and what is still under way in them: tasks that wait for tasks get somebody to run those, and
// what goes down with an isolate is run again.
import assert from 'node:assert';
import { Pool } from 'weft:pool';

const code = (promise) => promise.then((value) => value, (error) => error.code);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

{
  // As many isolates as a pool has places for, each spoiled, and with a task that then waits for one of its own, which lands
  // in an isolate that is spoiled while it waits for the next, and so on.
  await using pool = new Pool({ maxThreads: 1, concurrentTasksPerThread: 4, cancelGrace: 10 });
  const DEPTH = 4;
  const parent = async (n, depth, words, text) => {
    const { run, task } = await import('weft:pool');
    const again = (0, eval)(`(${text})`);
    const flags = new Int32Array(words);
    if (depth === 0) return [n, task.isolateId];
    // Until its isolate has been spoiled: by a neighbour that is dropped while it awaits a timer.
    if (n >= 0) {
      Atomics.add(flags, 1, 1);
      while (Atomics.load(flags, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    } else {
      await run(() => new Promise((resolve) => setTimeout(resolve, 1e6)), { timeout: 20 }).catch(() => {});
    }
    const below = await run(again, { args: [-1 - Math.abs(n), depth - 1, words, text] });
    return [n, task.isolateId, ...below];
  };
  const words = new SharedArrayBuffer(8);
  const flags = new Int32Array(words);
  const parents = [];
  for (let n = 0; n < 4; n++) {
    parents.push(pool.run(parent, { args: [n, DEPTH, words, parent.toString()] }));
    while (Atomics.load(flags, 1) <= n) await pause(2);
    assert.strictEqual(await code(pool.run(() => new Promise((resolve) => setTimeout(resolve, 1e6)), { timeout: 10 })),
                       'ERR_POOL_TASK_TIMEOUT');
  }
  // All places are taken: this one has to wait until one is free.
  const late = pool.run(() => 'late');
  await pause(20);
  assert.strictEqual(pool.queueSize, 1);
  Atomics.store(flags, 0, 1);
  const all = await Promise.all(parents);
  assert.deepStrictEqual(all.map((result) => result[0]), [0, 1, 2, 3]);
  assert.deepStrictEqual(all.map((result) => result.length), Array(4).fill(2 * DEPTH + 2));
  assert.strictEqual(new Set(all.map((result) => result[1])).size, 4, 'four isolates');
  assert.strictEqual(await late, 'late');
  for (let i = 0; i < 500 && pool.threadCount > 1; i++) await pause(10);
  assert.ok(pool.threadCount <= 1, `${pool.threadCount} threads`);
  assert.strictEqual(await pool.run(() => 1), 1);
}
{
  // One that V8 finds no way back from takes its isolate and thread along. Whatever else was under way there goes again; the
  // one that it was never gets there.
  const waits = async (n) => {
    const { task } = await import('weft:pool');
    task.progress('begun');
    await new Promise((resolve) => setTimeout(resolve, 300));
    return n;
  };
  const ruin = async (ms) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return 'a'.repeat(4e8).split('').length;
  };
  for (const rerunLost of [true, false]) {
    await using pool = new Pool({ maxThreads: 1, rerunLost, resourceLimits: { maxOldGenerationSizeMb: 24 } });
    const begun = [0, 0, 0];
    const tasks = begun.map((_, n) => code(pool.run(waits, { args: [n], onProgress: () => begun[n]++ })));
    while (begun.includes(0)) await pause(1);
    const buffer = new ArrayBuffer(8);
    const moved = code(pool.run(async (b) => { await new Promise((resolve) => setTimeout(resolve, 300)); return b.byteLength; },
                                { args: [buffer], transferList: [buffer] }));
    const slices = code(pool.map([1, 2, 3], async (x) => { await new Promise((resolve) => setTimeout(resolve, 300)); return x; },
                                 { chunkSize: 2 }));
    const lost = 'ERR_POOL_TASK_LOST';
    // Who it was cannot be told as long as there are several.
    assert.strictEqual(await code(pool.run(ruin, { args: [50] })), rerunLost ? 'ERR_WORKER_OUT_OF_MEMORY' : lost);
    assert.deepStrictEqual(await Promise.all(tasks), rerunLost ? [0, 1, 2] : [lost, lost, lost]);
    assert.deepStrictEqual(begun, rerunLost ? [2, 2, 2] : [1, 1, 1]);
    assert.strictEqual(await moved, lost, 'what was moved is gone');
    assert.deepStrictEqual(await slices, rerunLost ? [1, 2, 3] : lost);
    assert.strictEqual(await pool.run(() => 1), 1);
  }
}
