// A file of 4 GB, all of it a hole, copied through pipeline to nowhere: the most that was resident at any look. In MB.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'compare-pipeline-'));
const file = path.join(folder, 'sparse');
fs.writeFileSync(file, '');
fs.truncateSync(file, 2 ** 32);
let most = 0;
let seen = 0;
const source = fs.createReadStream(file);
source.on('data', (chunk) => {
  seen += chunk.length;
  if (seen % (64 << 20) === 0) most = Math.max(most, process.memoryUsage().rss);
});
await pipeline(source, fs.createWriteStream('/dev/null'));
if (seen !== 2 ** 32) throw new Error(`${seen} bytes were read`);
fs.rmSync(folder, { recursive: true });
console.log(most / 2 ** 20);
