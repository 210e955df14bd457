'use strict';
// Slices of work with pauses between: each pause is between a half and one and a half of a slice.

// `work` may give a promise; the pause begins when it is kept.
function pacedBy(ms, random, fail, work) {
  let done = 0;
  let stopped = false;
  let timer;
  let wake;
  const loop = async () => {
    while (!stopped) {
      await new Promise((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, ms * (0.5 + random()));
      });
      if (stopped) return;
      await work();
      done++;
    }
  };
  const ended = loop().catch((error) => { if (!stopped) fail(error); });
  return {
    operations: () => done,
    // Promises the end of the slice that is being worked on.
    stop() {
      stopped = true;
      clearTimeout(timer);
      wake();
      return ended;
    },
  };
}

module.exports = { pacedBy };
