// brotli.mjs QUALITY: milliseconds for 1 MB.
import zlib from 'node:zlib';
import { rows } from './tasks/rows.mjs';

const data = rows(1 << 20);
const options = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: Number(process.argv[2]) } };
for (let i = 0; i < 2; i++) zlib.brotliCompressSync(data, options);
let best = Infinity;
for (let i = 0; i < 5; i++) {
  const start = performance.now();
  zlib.brotliCompressSync(data, options);
  best = Math.min(best, performance.now() - start);
}
console.log(best);
