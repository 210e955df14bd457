'use strict';
// A Worker that floods the main thread with messages; up to 1000 are under way.

const { Worker } = require('worker_threads');

const BATCH = 250;
const BATCHES = 4;

const CODE = `
const { parentPort, workerData: { payload, batch } } = require('worker_threads');
const bytes = new Uint8Array(payload);
parentPort.on('message', () => { for (let i = 0; i < batch; i++) parentPort.postMessage(bytes); });
`;

module.exports = {
  about: 'a Worker floods a port of the main thread',
  unit: 'bytes in a message',
  payload: [0, 1024, 16_777_216],
  start({ payload, fail }) {
    const worker = new Worker(CODE, { eval: true, workerData: { payload, batch: BATCH } });
    let received = 0;
    worker.on('error', fail);
    worker.on('message', () => {
      if (++received % BATCH === 0) worker.postMessage(null);
    });
    for (let i = 0; i < BATCHES; i++) worker.postMessage(null);
    return { operations: () => received, stop: () => worker.terminate() };
  },
};
