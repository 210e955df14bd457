// Work on collections is done by several threads at a time: two calls have to meet, each waiting for the other.
import assert from 'node:assert';
import { Pool } from 'weft:pool';

// Notes in `state` that two were there at once; gives up after some time, so that a failure is told and not waited for.
const MEET = `
  const seen = new Int32Array(state);
  if (Atomics.load(seen, 1) === 0) {
    if (Atomics.add(seen, 0, 1) === 1) Atomics.store(seen, 1, 1);
    const end = performance.now() + 10_000;
    while (Atomics.load(seen, 1) === 0) if (performance.now() > end) Atomics.store(seen, 1, 2);
    Atomics.sub(seen, 0, 1);
  }`;
const fn = (...parts) => new Function(...parts.slice(0, -1), `${MEET}\nreturn ${parts.at(-1)};`);

await using pool = new Pool({ maxThreads: 2 });
const items = Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 10_000);
const sorted = items.toSorted((a, b) => a - b);
const sum = items.reduce((a, b) => a + b);
const ways = {
  map: (options) => pool.map(items, fn('x', 'x + 1'), options),
  'map of a typed array': (options) => pool.map(Float64Array.from(items), fn('x', 'x + 1'), options),
  forEach: (options) => pool.forEach(items, fn('x', 'undefined'), options),
  filter: (options) => pool.filter(items, fn('x', 'x > 5'), options),
  async reduce(options) { assert.strictEqual(await pool.reduce(items, fn('a', 'b', 'a + b'), options), sum); },
  async 'reduce of a typed array'(options) {
    assert.strictEqual(await pool.reduce(Int32Array.from(items), fn('a', 'b', 'a + b'), { ...options, initial: 0 }), sum);
  },
  async sort({ captures }) { assert.deepStrictEqual(await pool.sort(items, fn('a', 'b', 'a - b'), { captures }), sorted); },
  async 'sort of a typed array'({ captures }) {
    assert.deepStrictEqual([...await pool.sort(Int32Array.from(items), fn('a', 'b', 'a - b'), { captures })], sorted);
  },
  async imap(options) { for await (const value of pool.imap(items, fn('x', 'x'), options)) assert.ok(value >= 0); },
};
for (const [name, way] of Object.entries(ways)) {
  const state = new SharedArrayBuffer(8);
  await way({ captures: { state }, chunkSize: 100 });
  assert.strictEqual(new Int32Array(state)[1], 1, name);
}
