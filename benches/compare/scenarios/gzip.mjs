import zlib from 'node:zlib';
import { rows } from './tasks/rows.mjs';
const data = rows(1 << 20);
for (let i = 0; i < 3; i++) zlib.gzipSync(data);
const start = performance.now();
for (let i = 0; i < 10; i++) zlib.gzipSync(data);
console.log((performance.now() - start) / 10);
