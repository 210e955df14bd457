'use strict';
// Work on the main thread in slices, with pauses that are as long on average.

const { pacedBy } = require('internal/bench/pace');

module.exports = {
  about: 'CPU on the main thread, in slices, half of the time',
  unit: 'ms in a slice',
  payload: [1, 20, 60_000],
  start({ payload, random, fail }) {
    return pacedBy(payload, random, fail, () => {
      const end = performance.now() + payload;
      while (performance.now() < end);
    });
  },
};
