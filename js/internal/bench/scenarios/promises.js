'use strict';
// Storms of promise jobs: the loop gets no turn until the last job of a storm is done.

module.exports = {
  about: 'storms of promise jobs, 5 to 15 ms apart',
  unit: 'jobs in a storm',
  payload: [1, 10_000, 1_000_000_000],
  start({ payload, random, fail }) {
    let done = 0;
    let timer;
    let stopped = false;
    const storm = async () => {
      for (let i = 0; i < payload; i++) await undefined;
      done += payload;
      if (!stopped) timer = setTimeout(next, 5 + 10 * random());
    };
    const next = () => { storm().catch(fail); };
    next();
    return {
      operations: () => done,
      stop() {
        stopped = true;
        clearTimeout(timer);
      },
    };
  },
};
