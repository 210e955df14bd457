'use strict';

// The messages between a cluster's primary and its workers: `{ cmd: 'NODE_CLUSTER', act, seq, ... }`, answered with
// `{ ack: seq }`. They travel over the channel of fork() as internal messages, in Node's format.

const callbacks = new Map();
let sequence = 0;

// Sends to `proc` (a ChildProcess, or `process` in a worker). `callback(reply, handle)` hears the answer.
function sendMessage(proc, message, handle, callback) {
  if (!proc.connected) return false;
  const seq = sequence++;
  if (callback) callbacks.set(seq, callback);
  return proc.send({ cmd: 'NODE_CLUSTER', ...message, seq }, handle);
}

// A listener of 'internalMessage' that gives answers to whom they are for, and everything else to `onMessage`.
function listener(onMessage) {
  return (message, handle) => {
    if (message.cmd !== 'NODE_CLUSTER') return;
    const waiting = message.ack === undefined ? undefined : callbacks.get(message.ack);
    if (waiting === undefined) {
      onMessage(message, handle);
    } else {
      callbacks.delete(message.ack);
      waiting(message, handle);
    }
  };
}

module.exports = { listener, sendMessage };
