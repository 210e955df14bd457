import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
const COUNT = 20000;
const FLIGHT = 256;
const threads = availableParallelism();
const filename = join(import.meta.dirname, 'tasks', 'tiny.mjs');
let pool;
if (process.versions.weft) {
  const { Pool } = await import('weft:pool');
  pool = new Pool({ filename, minThreads: threads, maxThreads: threads });
} else {
  const { Piscina } = createRequire(join(process.env.COMPARE_MODULES, 'x.js'))('piscina');
  pool = new Piscina({ filename, minThreads: threads, maxThreads: threads, concurrentTasksPerWorker: 1 });
}
async function burst(count) {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await pool.run(left);
  };
  await Promise.all(Array.from({ length: FLIGHT }, lane));
}
await burst(4000);
const start = performance.now();
await burst(COUNT);
console.log(((performance.now() - start) * 1e3) / COUNT);
await pool.destroy();
