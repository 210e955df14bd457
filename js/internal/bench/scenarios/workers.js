'use strict';
// The slices of `cpu`, in Workers: as many at a time as there are threads.

const { once } = require('events');
const { Worker } = require('worker_threads');
const { pacedBy } = require('internal/bench/pace');

const CODE = `
const { parentPort } = require('worker_threads');
parentPort.on('message', (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  parentPort.postMessage(ms);
});
`;

module.exports = {
  about: 'the same CPU in Workers',
  unit: 'ms in a slice',
  payload: [1, 20, 60_000],
  async start({ payload, threads, random, fail }) {
    const workers = Array.from({ length: threads }, () => new Worker(CODE, { eval: true }));
    for (const worker of workers) worker.on('error', fail);
    await Promise.all(workers.map((worker) => once(worker, 'online')));
    const loads = workers.map((worker) => pacedBy(payload, random, fail, () => {
      worker.postMessage(payload);
      return once(worker, 'message');
    }));
    return {
      operations: () => loads.reduce((sum, load) => sum + load.operations(), 0),
      async stop() {
        for (const load of loads) load.stop();
        await Promise.all(workers.map((worker) => worker.terminate()));
      },
    };
  },
};
