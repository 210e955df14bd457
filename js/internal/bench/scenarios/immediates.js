'use strict';
// Immediates that make the next ones, so that the loop never sleeps.

const { setImmediate } = require('timers');

module.exports = {
  about: 'immediates that make the next ones',
  unit: 'immediates',
  payload: [1, 100, 1_000_000],
  start({ payload }) {
    let done = 0;
    let stopped = false;
    const step = () => {
      done++;
      if (!stopped) setImmediate(step);
    };
    for (let i = 0; i < payload; i++) setImmediate(step);
    return { operations: () => done, stop() { stopped = true; } };
  },
};
