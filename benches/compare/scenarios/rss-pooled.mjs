// Resident memory that each of 15 further isolates of the pool adds. In MB.
import { Pool } from 'weft:pool';

const wait = () => new Promise((resolve) => setTimeout(resolve, 200));
const one = new Pool({ minThreads: 1, maxThreads: 1 });
await one.run(() => 1);
await wait();
const before = process.memoryUsage().rss;
const COUNT = 15;
const more = new Pool({ minThreads: COUNT, maxThreads: COUNT });
await more.broadcast(() => 1);
await wait();
console.log((process.memoryUsage().rss - before) / COUNT / 2 ** 20);
process.exit(0);
