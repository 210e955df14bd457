// 1000 Workers (STRESS_WORKERS) are started and terminated at random moments while four threads send transferables in
// circles. At the end the threads and descriptors are those of the beginning, and the later ones took no more memory.
import assert from 'node:assert';
import { once } from 'node:events';
import fs from 'node:fs';
import { MessageChannel, Worker, isMainThread, workerData } from 'node:worker_threads';

const COUNT = Number(process.env.STRESS_WORKERS ?? 1000);

// A generator of its own, so that a failure can be repeated.
let seed = Number(process.env.STRESS_SEED ?? 4711);
const random = (n) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;

const SOURCES = [
  '',
  'for (;;);',
  'setInterval(() => {}, 1)',
  'process.exit(3)',
  'throw new Error("thrown")',
  'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  'import("node:path").then(() => { for (;;); })',
  'const { parentPort } = require("worker_threads"); parentPort.on("message", (m) => parentPort.postMessage(m))',
  'const { parentPort } = require("worker_threads"); for (;;) { const b = new ArrayBuffer(1000); parentPort.postMessage(b, [b]) }',
  'const { port1, port2 } = new MessageChannel(); port1.on("message", () => {}); for (;;) port2.postMessage({ a: [1] })',
  'const { Worker } = require("worker_threads"); new Worker("for (;;);", { eval: true }); new Worker("", { eval: true })',
  'const fs = require("fs"); (function f() { fs.readFile(process.execPath, f) })()',
  'const k = []; for (;;) k.push(new Array(1000).fill(1))',
];

function sender() {
  // Buffers, views, ports with messages in them and strings, to the next of the circle.
  const { next, previous, counter } = workerData;
  let passed = 0;
  previous.on('message', ({ buffer, port, left }) => {
    passed = Atomics.add(counter, 0, 1);
    new Uint8Array(buffer)[0]++;
    if (left > 0) next.postMessage({ buffer, port, left: left - 1 }, [buffer, port]);
    else port.close();
  });
  setInterval(() => {
    const { port1, port2 } = new MessageChannel();
    port2.postMessage('waits');
    port2.close();
    const buffer = new ArrayBuffer(1 + passed % 100000);
    next.postMessage({ buffer, port: port1, left: 8, text: 'x'.repeat(passed % 40000) }, [buffer, port1]);
  }, 1).unref();
}

async function one() {
  const worker = new Worker(SOURCES[random(SOURCES.length)], {
    eval: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: 16 },
  });
  worker.on('error', () => {});
  const ended = once(worker, 'exit').catch(() => {});
  const buffer = new ArrayBuffer(1 + random(100000));
  const { port1 } = new MessageChannel();
  worker.postMessage({ buffer, port1 }, [buffer, port1]);
  const delay = random(40);
  if (delay > 4) await new Promise((resolve) => setTimeout(resolve, delay - 5));
  await Promise.all([worker.terminate(), random(2) === 0 ? worker.terminate() : undefined]);
  await ended;
  assert.strictEqual(worker.threadId, -1);
}

function count() {
  const list = (path) => (process.platform === 'linux' ? fs.readdirSync(path).length : 0);
  return { threads: list('/proc/self/task'), descriptors: list('/proc/self/fd') };
}

// Starts and ends `workers` Workers beside the circle of senders. Gives the resident memory when all is over.
async function run(workers, counter) {
  const circle = Array.from({ length: 4 }, () => new MessageChannel());
  const senders = circle.map(({ port1 }, i) => {
    const previous = circle[(i + 3) % 4].port2;
    const options = { workerData: { next: port1, previous, counter }, transferList: [port1, previous] };
    return new Worker(new URL(import.meta.url), options);
  });
  const passed = counter[0];
  while (Atomics.load(counter, 0) === passed) await new Promise((resolve) => setTimeout(resolve, 5));
  let left = workers;
  await Promise.all(Array.from({ length: 6 }, async () => {
    while (left-- > 0) await one();
  }));
  await Promise.all(senders.map((worker) => worker.terminate()));
  // Memory that is free goes back to the system a while later.
  let least = Infinity;
  for (let i = 0; i < 10; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 200));
    least = Math.min(least, process.memoryUsage.rss());
  }
  return least;
}

async function main() {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  // The loop's own descriptors come with its first sleep, which may not be the first wait of a process that starts slowly.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const before = count();
  await run(Math.ceil(COUNT / 10), counter);
  const rounds = [];
  for (let i = 0; i < 4; i++) rounds.push(await run(Math.ceil(COUNT * 0.225), counter));
  const after = count();
  const mb = (bytes) => (bytes / 2 ** 20).toFixed(1);
  console.log(`${COUNT} Workers, ${counter[0]} transfers; MB after each quarter ${rounds.map(mb).join(', ')};`, { before, after });
  // What a flood of messages took (about 100 MB) is free afterwards, but the allocator may keep it for the next. Memory that
  // is lost, 1 MB with each Worker, would make both later rounds larger than both earlier ones by more than that.
  assert.ok(Math.min(rounds[2], rounds[3]) < Math.max(rounds[0], rounds[1]) + 2 ** 28, 'memory grew');
  // V8's helpers and the system's own may have come; Workers may not have stayed.
  assert.ok(after.threads <= before.threads + 1, 'threads are left');
  assert.ok(after.descriptors <= before.descriptors, 'descriptors are left');
}

if (isMainThread) await main();
else sender();
