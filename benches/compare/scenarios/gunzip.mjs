import zlib from 'node:zlib';
import { rows } from './tasks/rows.mjs';
const data = zlib.gzipSync(rows(1 << 20));
for (let i = 0; i < 20; i++) zlib.gunzipSync(data);
const start = performance.now();
for (let i = 0; i < 100; i++) zlib.gunzipSync(data);
console.log((performance.now() - start) / 100);
