'use strict';
// What a thread knows about itself and its parent. The main thread has the values written here; in a Worker,
// js/bootstrap/worker.js fills them in before anything of the user's runs.

const SHARE_ENV = Symbol.for('nodejs.worker_threads.SHARE_ENV');

// Option of Worker: the entry is one of Weft's own modules.
const kInternalEntry = Symbol('kInternalEntry');

// Data that setEnvironmentData() leaves to Workers started later.
const environmentData = new Map();

const thread = {
  isMainThread: true,
  threadId: 0,
  threadName: '',
  workerData: null,
  parentPort: null,
  resourceLimits: {},
  // The channel of the runtime's own to the parent: errors, stdio.
  controlPort: null,
  // Counts the changes of the working directory; threads re-read it only when this moved.
  cwdCounter: null,
  // Called when a Worker's values are there, by whom they were shown to before.
  onKnown: undefined,
};

function setEnvironmentData(key, value) {
  if (value === undefined) environmentData.delete(key);
  else environmentData.set(key, value);
}

function getEnvironmentData(key) {
  return environmentData.get(key);
}

module.exports = { SHARE_ENV, environmentData, getEnvironmentData, kInternalEntry, setEnvironmentData, thread };
