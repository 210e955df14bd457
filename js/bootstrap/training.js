'use strict';
// What programs do as they start, done once before a startup snapshot is made (src/snapshot/training.rs): the functions that
// run here are in it compiled. A program of its own, on the main thread, in a Worker and in a pool.

const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

function settle(resolve) {
  process.nextTick(() => queueMicrotask(() => setTimeout(() => setImmediate(resolve), 1)));
}

async function common() {
  const { EventEmitter } = require('node:events');
  const emitter = new EventEmitter();
  emitter.once('event', () => {});
  emitter.on('event', () => {});
  emitter.emit('event', 1);
  emitter.removeAllListeners();
  await import('node:path');
  await import('./task.mjs');
  await import('data:text/javascript,import { sep } from "node:path"; export default sep;');
  await new Promise(settle);
  clearTimeout(setTimeout(() => {}, 1000));
  clearInterval(setInterval(() => {}, 1000));
  await Promise.reject(new Error('handled')).catch(() => {});
  return [process.argv.length, process.pid, process.cwd(), process.env.HOME];
}

async function usePool() {
  const { Pool } = await import('weft:pool');
  const pool = new Pool({ filename: `${__dirname}/task.mjs`, maxThreads: 1 });
  await pool.run(1, { name: 'named' });
  await Promise.all([pool.run(1), pool.run({ a: 1 })]);
  await pool.run((a, b) => a + b, { args: [1, 2] });
  await pool.run(async (object) => object, { args: [{ list: [1] }] });
  await pool.map(new Float64Array(100), (value) => value * 2);
  await pool.close();
}

if (isMainThread) {
  // Made of a text, and of a file.
  const worker = new Worker(`require(${JSON.stringify(__filename)})`, {
    eval: true, workerData: { text: 'text', list: [1, 2, 3] },
  });
  worker.on('message', (message) => worker.postMessage(message));
  worker.on('exit', async () => {
    await common();
    await usePool();
  });
} else {
  parentPort.on('message', (message) => {
    if (message !== workerData.text) return;
    common().then(() => parentPort.close());
  });
  parentPort.postMessage({ a: 1, b: 'two' });
  parentPort.postMessage([new Map([[1, new Date(0)]]), new Error('cloned')]);
  parentPort.postMessage(workerData.text);
}
