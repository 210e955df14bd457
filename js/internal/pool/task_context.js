'use strict';
// What a task knows about itself: `task` of weft:pool, inside the isolates of a pool. One object, whose answers depend on
// the task that asks.

const { place } = require('internal/pool/place');

function currentRun() {
  return place.isolate === 0 ? undefined : require('internal/pool/job_runner').currentRun();
}

const task = {
  __proto__: null,

  // Names the task within the process; undefined outside of one.
  get id() {
    const run = currentRun();
    return run === undefined ? undefined : `${run.number}.${run.index}`;
  },

  // Aborted when the task is cancelled or its time is up; a task that took it gets a moment to end by itself.
  get signal() { return currentRun()?.signal; },

  // Tells the owner how far the task is: any value that can be cloned.
  progress(value) { currentRun()?.progress(value); },

  // The isolate and the thread it runs on, as the rows of pool.isolates name them.
  get isolateId() { return place.isolate === 0 ? undefined : place.isolate; },
  get threadId() { return require('internal/worker/thread').thread.threadId; },
};

module.exports = { task };
