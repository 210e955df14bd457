// files.mjs promises | one | handle | sync | pipeline: files of 4 kB read 64 in flight or one after the other (microseconds a file), by
// one handle, or a file of 64 MB copied through streams (milliseconds).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'compare-files-'));
const files = Array.from({ length: 256 }, (_, i) => path.join(folder, `file-${i}`));
for (const file of files) fs.writeFileSync(file, Buffer.alloc(4096, 'x'));
const COUNT = 4096;

const rounds = {
  async promises() {
    let next = 0;
    const one = async () => {
      while (next < COUNT) await fs.promises.readFile(files[next++ % files.length]);
    };
    await Promise.all(Array.from({ length: 64 }, one));
  },
  async one() {
    for (let i = 0; i < COUNT; i++) await fs.promises.readFile(files[i % files.length]);
  },
  async handle() {
    const handle = await fs.promises.open(files[0]);
    const buffer = Buffer.alloc(4096);
    for (let i = 0; i < COUNT; i++) await handle.read(buffer, 0, 4096, 0);
    await handle.close();
  },
  sync() {
    for (let i = 0; i < COUNT; i++) fs.readFileSync(files[i % files.length]);
  },
  async pipeline() {
    await pipeline(fs.createReadStream(files[0]), fs.createWriteStream(files[1]));
  },
};
const kind = process.argv[2];
if (kind === 'pipeline') fs.writeFileSync(files[0], Buffer.alloc(64 << 20, 'x'));
let best = Infinity;
for (let round = 0; round < 5; round++) {
  const start = performance.now();
  await rounds[kind]();
  best = Math.min(best, performance.now() - start);
}
fs.rmSync(folder, { recursive: true });
console.log(kind === 'pipeline' ? best : best * 1e3 / COUNT);
