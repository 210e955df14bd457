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
class HeapProfileHandle extends ProfileHandle {}

async function start(threadId, isHeap, params) {
  const profileId = ++profiles;
  await ask('startProfile', threadId, profileId, isHeap, JSON.stringify(params));
  return new (isHeap ? HeapProfileHandle : CPUProfileHandle)(threadId, profileId);
}

module.exports = { ask, start };
