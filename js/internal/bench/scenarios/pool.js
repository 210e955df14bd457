'use strict';
// The slices of `cpu`, as tasks of the pool: as many at a time as there are threads.

const { Pool } = require('weft:pool');
const { pacedBy } = require('internal/bench/pace');

function slice(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

module.exports = {
  about: 'the same CPU as tasks of the pool',
  unit: 'ms in a slice',
  payload: [1, 20, 60_000],
  start({ payload, threads, random, fail }) {
    const pool = new Pool({ maxThreads: threads });
    const loads = Array.from({ length: threads }, () => {
      return pacedBy(payload, random, fail, () => pool.run(slice, { args: [payload] }));
    });
    return {
      operations: () => loads.reduce((sum, load) => sum + load.operations(), 0),
      async stop() {
        await Promise.all(loads.map((load) => load.stop()));
        await pool.close();
      },
    };
  },
};
