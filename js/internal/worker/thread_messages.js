'use strict';
// postMessageToThread() and the event 'workerMessage' of `process` (node:worker_threads). Any thread reaches any other by
// its id; src/workers/thread_message.rs carries the message and brings back what became of it.

const {
  codes: {
    ERR_WORKER_MESSAGING_ERRORED,
    ERR_WORKER_MESSAGING_FAILED,
    ERR_WORKER_MESSAGING_SAME_THREAD,
    ERR_WORKER_MESSAGING_TIMEOUT,
  },
} = require('internal/errors');
const { thread } = require('internal/worker/thread');
const native = internalBinding('worker');

const DELIVERED = 0;
const NOBODY = 1;
const ERRORED = 2;
const LEFT = 3;

// Made known while `process` has listeners.
function listen() {
  native.listenToThreads((value, sender) => {
    try {
      return process.emit('workerMessage', value, sender) ? DELIVERED : NOBODY;
    } catch {
      // It is the sender's to deal with.
      return ERRORED;
    }
  });
}

function unlisten() {
  if (process.listenerCount('workerMessage') === 0) native.listenToThreads(undefined);
}

async function postMessageToThread(threadId, value, transferList, timeout) {
  const { readTransferList } = require('internal/worker/messaging');
  if (typeof transferList === 'number' && timeout === undefined) {
    timeout = transferList;
    transferList = undefined;
  }
  if (timeout !== undefined) require('internal/validators').validateNumber(timeout, 'timeout', 0);
  if (threadId === thread.threadId) throw new ERR_WORKER_MESSAGING_SAME_THREAD();
  const list = transferList === undefined ? undefined : readTransferList(transferList);
  const id = typeof threadId === 'number' && threadId >= 0 && Number.isInteger(threadId) ? threadId : -1;
  if (id === -1) throw new ERR_WORKER_MESSAGING_FAILED();

  const outcome = await new Promise((resolve, reject) => {
    let timer;
    native.postToThread(id, value, list, (error, result) => {
      // A thread that ends while it listens answers nobody, as in Node; only a time limit tells of it.
      if (!error && result === LEFT) return;
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(result);
    });
    if (timeout !== undefined) {
      timer = setTimeout(() => reject(new ERR_WORKER_MESSAGING_TIMEOUT()), timeout);
    }
  });
  if (outcome === NOBODY) throw new ERR_WORKER_MESSAGING_FAILED();
  if (outcome === ERRORED) throw new ERR_WORKER_MESSAGING_ERRORED();
}

module.exports = { listen, postMessageToThread, unlisten };
