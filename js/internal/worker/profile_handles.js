'use strict';
// Profiles of a Worker under way (worker.startCpuProfile(), worker.startHeapProfile()).

const native = internalBinding('worker');

let profiles = 0;

// A promise of what a native question comes to.
function ask(name, ...args) {
  return new Promise((resolve, reject) => {
    native[name](...args, (error, answer) => {
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

class ProfileHandle {
  #threadId;
  #profileId;
  #result;

  constructor(threadId, profileId) {
    this.#threadId = threadId;
    this.#profileId = profileId;
  }

  // The profile, as the JSON that DevTools loads. There is one, however often it is asked for.
  stop() {
    return this.#result ??= ask('stopProfile', this.#threadId, this.#profileId);
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }
}

class CPUProfileHandle extends ProfileHandle {}
class HeapProfileHandle extends ProfileHandle {
  #hasFrames;

  constructor(threadId, profileId, hasFrames) {
    super(threadId, profileId);
    this.#hasFrames = hasFrames;
  }

  async stop() {
    const profile = await super.stop();
    return this.#hasFrames ? profile : JSON.stringify(withoutFrames(JSON.parse(profile)));
  }
}

// The longest interval between samples, in ms.
const MAX_INTERVAL = (2 ** 31 - 1) / 1000;

function readCpuOptions(options) {
  const { validateNumber, validateObject } = require('internal/validators');
  validateObject(options, 'options');
  const { sampleInterval, maxBufferSize } = options;
  const params = {};
  if (sampleInterval !== undefined) {
    validateNumber(sampleInterval, 'options.sampleInterval', 0, MAX_INTERVAL);
    // 0 leaves V8's own.
    if (sampleInterval > 0) params.interval = Math.max(1, Math.floor(sampleInterval * 1000));
  }
  if (maxBufferSize !== undefined) {
    validateNumber(maxBufferSize, 'options.maxBufferSize', 1, 2 ** 32 - 1);
    params.maxSamples = Math.floor(maxBufferSize);
  }
  return params;
}

// V8's protocol collects garbage before a profile is taken in any case, so `forceGC` changes nothing.
function readHeapOptions(options) {
  const { validateBoolean, validateInt32, validateInteger, validateObject } = require('internal/validators');
  validateObject(options, 'options');
  const {
    sampleInterval = 512 * 1024, stackDepth = 16, forceGC = false,
    includeObjectsCollectedByMajorGC = false, includeObjectsCollectedByMinorGC = false,
  } = options;
  validateInteger(sampleInterval, 'options.sampleInterval', 1);
  validateInt32(stackDepth, 'options.stackDepth', 0);
  validateBoolean(forceGC, 'options.forceGC');
  validateBoolean(includeObjectsCollectedByMajorGC, 'options.includeObjectsCollectedByMajorGC');
  validateBoolean(includeObjectsCollectedByMinorGC, 'options.includeObjectsCollectedByMinorGC');
  return {
    samplingInterval: sampleInterval, stackDepth, includeObjectsCollectedByMajorGC, includeObjectsCollectedByMinorGC,
  };
}

// The protocol wants one frame at least; where none is wanted, it is taken out afterwards.
function samplingParams(params) {
  return { ...params, stackDepth: Math.max(params.stackDepth, 1) };
}

// A profile that tells nothing of where.
function withoutFrames({ head, samples }) {
  let selfSize = 0;
  const add = (node) => {
    selfSize += node.selfSize;
    node.children.forEach(add);
  };
  add(head);
  return { head: { ...head, selfSize, children: [] }, samples: samples.map((one) => ({ ...one, nodeId: head.id })) };
}

async function start(threadId, isHeap, params) {
  const profileId = ++profiles;
  await ask('startProfile', threadId, profileId, isHeap, JSON.stringify(isHeap ? samplingParams(params) : params));
  if (!isHeap) return new CPUProfileHandle(threadId, profileId);
  return new HeapProfileHandle(threadId, profileId, params.stackDepth > 0);
}

module.exports = { ask, readCpuOptions, readHeapOptions, samplingParams, start, withoutFrames };
