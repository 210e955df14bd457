// weft examples/shared-table.mjs [ROWS]
//
// A table that every task needs: passed with each task, and shared once. Then a pipeline over a source that has no end,
// which runs only as far ahead as its consumer lets it.
import { Pool } from 'weft:pool';

const size = Number(process.argv[2] ?? 50_000);
await using pool = new Pool();

const table = Array.from({ length: size }, (_, id) => ({ id, name: `row ${id}`, score: (id * 7919) % 1000 }));
const time = async (label, work) => {
  const start = performance.now();
  const result = await work();
  console.log(`${label.padEnd(24)} ${(performance.now() - start).toFixed(1).padStart(8)} ms  ${result}`);
};
const look = (id) => table[id].score;
const ids = Array.from({ length: 50 }, (_, i) => (i * 104729) % size);
const total = (scores) => scores.reduce((a, b) => a + b, 0);

await time('passed with each task', async () => total(await Promise.all(
  ids.map((id) => pool.run((table, id) => table[id].score, { args: [table, id] })))));

using shared = pool.share(table);
await time('shared', async () => total(await pool.map(ids, look, { captures: { table: shared } })));

function* naturals() {
  for (let n = 2; ; n++) yield n;
}
const isPrime = (n) => {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return 0;
  return n;
};
await time('the 2000th prime', async () => {
  let count = 0;
  for await (const prime of pool.imap(naturals(), isPrime)) {
    if (prime !== 0 && ++count === 2000) return prime;
  }
});

pool.inspect();
