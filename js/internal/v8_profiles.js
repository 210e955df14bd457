'use strict';
// Profiles of this thread that a program takes of itself: v8.startCpuProfile(), v8.startHeapProfile()
// (https://nodejs.org/api/v8.html).

const { OwnSession } = require('internal/inspector_session');
const { readCpuOptions, readHeapOptions, samplingParams, withoutFrames } = require('internal/worker/profile_handles');

// A profile under way, until it is stopped; then there is nothing more to be had.
class Handle {
  #finish;

  constructor(finish) {
    this.#finish = finish;
  }

  // The profile as JSON text.
  stop() {
    const finish = this.#finish;
    this.#finish = undefined;
    return finish?.();
  }

  [Symbol.dispose]() {
    this.stop();
  }
}

class SyncCPUProfileHandle extends Handle {}
class SyncHeapProfileHandle extends Handle {}

// The buffer is full: what comes later is not kept.
function withinLimit({ samples, timeDeltas, ...profile }, most) {
  return { ...profile, samples: samples.slice(0, most), timeDeltas: timeDeltas.slice(0, most) };
}

function startCpuProfile(options = {}) {
  const { interval, maxSamples } = readCpuOptions(options);
  const session = new OwnSession();
  session.call('Profiler.enable');
  if (interval !== undefined) session.call('Profiler.setSamplingInterval', { interval });
  session.call('Profiler.start');
  return new SyncCPUProfileHandle(() => {
    const { profile } = session.call('Profiler.stop');
    session.close();
    return JSON.stringify(maxSamples === undefined ? profile : withinLimit(profile, maxSamples));
  });
}

// There is one at a time in an isolate.
let heapProfileRuns = false;

function startHeapProfile(options = {}) {
  const params = readHeapOptions(options);
  if (heapProfileRuns) {
    const { codes: { ERR_HEAP_PROFILE_HAVE_BEEN_STARTED } } = require('internal/errors');
    throw new ERR_HEAP_PROFILE_HAVE_BEEN_STARTED();
  }
  const session = new OwnSession();
  session.call('HeapProfiler.startSampling', samplingParams(params));
  heapProfileRuns = true;
  return new SyncHeapProfileHandle(() => {
    const { profile } = session.call('HeapProfiler.stopSampling');
    session.close();
    heapProfileRuns = false;
    return JSON.stringify(params.stackDepth === 0 ? withoutFrames(profile) : profile);
  });
}

module.exports = { startCpuProfile, startHeapProfile };
