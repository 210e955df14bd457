// What happens to one task is none of the others' business, also where they await something in the same isolate: the end of
// one by force, or its filling the heap, takes no reaction, timer, tick or message along that another one waits for.
import assert from 'node:assert';
import { Pool } from 'weft:pool';

const code = (promise) => promise.then((value) => value, (error) => error.code);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const resourceLimits = { maxOldGenerationSizeMb: 24, maxArrayBufferSizeMb: 64 };
const make = (options) => new Pool({ maxThreads: 1, concurrentTasksPerThread: 32, cancelGrace: 20, ...options });

// Ways to come to an end that is not one's own.
const ENDS = {
  spins: [() => { for (;;); }, 'ERR_POOL_TASK_TIMEOUT'],
  'fills the heap': [() => { const all = []; for (;;) all.push(new Array(10_000).fill(1)); }, 'ERR_WORKER_OUT_OF_MEMORY'],
  'fills buffers': [() => { const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1)); }, 'ERR_WORKER_OUT_OF_MEMORY'],
  exits: [() => process.exit(1), 'ERR_POOL_TASK_EXITED'],
};
// Ways to wait for the same thing, in the same turn of the loop.
const WAYS = {
  'a promise': { wait: () => globalThis.gate.promise, open: () => { globalThis.gate.resolve(); } },
  'a chain of promises': {
    wait: async () => { await globalThis.gate.promise; for (let i = 0; i < 50; i++) await null; },
    open: () => { globalThis.gate.resolve(); },
  },
  ticks: {
    wait: () => new Promise((resolve) => { globalThis.gate.waiting.push(resolve); }),
    open: () => { for (const resolve of globalThis.gate.waiting) process.nextTick(resolve); },
  },
  immediates: {
    wait: () => new Promise((resolve) => { globalThis.gate.waiting.push(resolve); }),
    open: () => { for (const resolve of globalThis.gate.waiting) setImmediate(resolve); },
  },
  timers: {
    wait: () => new Promise((resolve) => { globalThis.gate.waiting.push(resolve); }),
    open: () => { for (const resolve of globalThis.gate.waiting) setTimeout(resolve, 1); },
  },
  messages: {
    wait: () => new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port2.onmessage = () => { port2.close(); resolve(); };
      globalThis.gate.waiting.push(() => port1.postMessage(1));
    }),
    open: () => { for (const post of globalThis.gate.waiting) post(); },
  },
};

for (const [way, { wait, open }] of Object.entries(WAYS)) {
  for (const [end, [offend, expected]] of Object.entries(ENDS)) {
    await using pool = make({ resourceLimits });
    await pool.run(() => {
      // Something that could always happen.
      globalThis.clock = setInterval(() => {}, 1000);
      globalThis.gate = { ...Promise.withResolvers(), waiting: [] };
    });
    const text = (fn) => `(${fn})`;
    const offender = () => code(pool.run(async (wait, offend) => {
      await (0, eval)(wait)();
      (0, eval)(offend)();
    }, { args: [text(wait), text(offend)], timeout: end === 'spins' ? 500 : undefined }));
    const neighbour = (n) => code(pool.run(async (wait, n) => {
      await (0, eval)(wait)();
      return n;
    }, { args: [text(wait), n] }));
    const [before, bad, after, worse, last] = [neighbour(1), offender(), neighbour(2), offender(), neighbour(3)];
    await pause(20);
    await pool.run(open);
    assert.deepStrictEqual(await Promise.all([before, bad, after, worse, last]), [1, expected, 2, expected, 3], `${way}, ${end}`);
  }
}
{
  // Also what a task does itself before it is ended, and where it does so without having awaited anything.
  await using pool = make();
  await pool.run(() => {
    globalThis.clock = setInterval(() => {}, 1000);
    globalThis.gate = Promise.withResolvers();
  });
  const waits = Array.from({ length: 5 }, (_, n) => pool.run(async (n) => { await globalThis.gate.promise; return n; }, { args: [n] }));
  await pause(20);
  const spins = () => { globalThis.gate.resolve(); for (;;); };
  assert.strictEqual(await code(pool.run(spins, { timeout: 20 })), 'ERR_POOL_TASK_TIMEOUT');
  assert.deepStrictEqual(await Promise.all(waits), [0, 1, 2, 3, 4]);
}
{
  // What several tasks are given together may be more than the heap can hold, of one of them or all.
  await using pool = make({ resourceLimits });
  const length = (list) => list.length;
  for (let i = 0; i < 60; i++) await pool.run(length, { args: [[]] });
  const lists = Array.from({ length: 40 }, (_, n) => new Array(n === 17 ? 5e6 : 1e5).fill(0.5));
  const all = await Promise.all(lists.map((list) => code(pool.run(length, { args: [list] }))));
  assert.deepStrictEqual(all, lists.map((list, n) => (n === 17 ? 'ERR_WORKER_OUT_OF_MEMORY' : list.length)));
}
{
  // A task that waits for tasks, one of which gives more than its isolate can hold: it is the one that is ended.
  await using pool = make({ maxThreads: 2, resourceLimits });
  // Numbers take three times as much where they arrive as in the array that they were made in.
  const big = async () => {
    const { run } = await import('weft:pool');
    return (await run(() => new Array(1.2e6).fill(0.5))).length;
  };
  const others = Array.from({ length: 8 }, (_, n) => pool.run(async (n) => {
    const { run } = await import('weft:pool');
    for (let i = 0; i < 20; i++) {
      const got = await run((x) => x, { args: [n] });
      if (got !== n) throw new Error(`${got} for ${n}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return n;
  }, { args: [n] }));
  for (let i = 0; i < 3; i++) assert.strictEqual(await code(pool.run(big)), 'ERR_WORKER_OUT_OF_MEMORY');
  assert.deepStrictEqual(await Promise.all(others), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.strictEqual(await pool.run(() => 1), 1);
}
