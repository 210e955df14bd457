// weft examples/mandelbrot.mjs OUT.png [SIZE]
//
// Renders SIZE x SIZE pixels (4096 unless told) of the Mandelbrot set in the pool, into one SharedArrayBuffer, on one
// thread and on all, and writes the picture as a PNG.
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Pool } from 'weft:pool';

const [out, sizeText = '4096'] = process.argv.slice(2);
const size = Number(sizeText);
if (!out || !Number.isInteger(size) || size < 1 || size > 16384) {
  console.error('usage: weft examples/mandelbrot.mjs OUT.png [SIZE, 1 to 16384]');
  process.exit(1);
}

async function render(threads) {
  const pool = new Pool({ filename: new URL('./tasks/mandelbrot-rows.mjs', import.meta.url), maxThreads: threads });
  const buffer = new SharedArrayBuffer(size * size);
  const rows = Math.max(1, size >> 6);
  const tasks = [];
  const start = performance.now();
  for (let from = 0; from < size; from += rows) {
    tasks.push(pool.run({ buffer, size, from, to: Math.min(size, from + rows), limit: 200 }));
  }
  await Promise.all(tasks);
  const ms = performance.now() - start;
  await pool.close();
  return { pixels: new Uint8Array(buffer), ms };
}

// A PNG with 8-bit grey pixels (PNG specification, chunks IHDR, IDAT, IEND). The zlib stream holds stored blocks:
// nothing is compressed, so that nothing but the rendering takes time.
function png(pixels, width, height) {
  const crcTable = new Uint32Array(256).map((_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n >>> 0;
  });
  const crc = (bytes) => {
    let c = 0xffffffff;
    for (let i = 0; i < bytes.length; i++) c = crcTable[(c ^ bytes[i]) & 255] ^ (c >>> 8);
    return (c ^ 0xffffffff) >>> 0;
  };
  const chunk = (type, data) => {
    const bytes = Buffer.alloc(12 + data.length);
    bytes.writeUInt32BE(data.length, 0);
    bytes.write(type, 4, 'latin1');
    bytes.set(data, 8);
    bytes.writeUInt32BE(crc(bytes.subarray(4, 8 + data.length)), 8 + data.length);
    return bytes;
  };
  const raw = Buffer.alloc((width + 1) * height); // each row starts with its filter type, 0
  for (let y = 0; y < height; y++) raw.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const blocks = [Buffer.from([0x78, 0x01])];
  for (let at = 0; at < raw.length; at += 65535) {
    const part = raw.subarray(at, at + 65535);
    const head = Buffer.alloc(5);
    head[0] = at + 65535 >= raw.length ? 1 : 0;
    head.writeUInt16LE(part.length, 1);
    head.writeUInt16LE(part.length ^ 0xffff, 3);
    blocks.push(head, part);
  }
  let a = 1;
  let b = 0;
  for (let i = 0; i < raw.length; ) {
    // 3800 bytes are as many as add up without overflowing 2^32 (zlib's own bound is 5552 for unsigned words).
    for (const end = Math.min(i + 3800, raw.length); i < end; i++) {
      a += raw[i];
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  const adler = Buffer.alloc(4);
  adler.writeUInt32BE(b * 65536 + a);
  blocks.push(adler);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', Buffer.concat(blocks)), chunk('IEND', Buffer.alloc(0))]);
}

const threads = availableParallelism();
const single = await render(1);
const all = await render(threads);
writeFileSync(out, png(all.pixels, size, size));
console.log(`${out}: ${size} x ${size} pixels`);
console.log(`1 thread ${single.ms.toFixed(0)} ms, ${threads} threads ${all.ms.toFixed(0)} ms: ${(single.ms / all.ms).toFixed(2)} times as fast`);
