'use strict';

// AbortSignals that can be posted to other threads. The one that arrives
// follows the one that was sent through a message channel of its own, and every
// transfer makes another, so one signal can go to several places.

const { AbortSignal, abortSignal, createAbortSignal } = require('web/abort_controller');
const {
  kDeserialize,
  kTransfer,
  markTransferMode,
} = require('internal/worker/js_transferable');

function makeTransferable(signal) {
  markTransferMode(signal, false, true);
}

function define(key, value) {
  Object.defineProperty(AbortSignal.prototype, key, { __proto__: null, value, configurable: true, writable: true });
}

// The port that follows an abort to come.
function followingPort(signal) {
  const { MessageChannel } = require('web/message_channel');
  const { port1, port2 } = new MessageChannel();
  // An abort that may come is no reason to go on living, on either side.
  port1.unref();
  port2.unref();
  signal.addEventListener('abort', () => {
    port1.postMessage(signal.reason);
    port1.close();
  }, { once: true });
  return port2;
}

define(kTransfer, function() {
  const { aborted, reason } = this;
  const port = aborted ? undefined : followingPort(this);
  return {
    data: { aborted, reason, port },
    list: aborted ? undefined : [port],
    deserializeInfo: 'internal/abort_transfer:ReceivedAbortSignal',
  };
});

// What the clone protocol looks up by name on arrival.
class ReceivedAbortSignal {
  static [kDeserialize]({ aborted, reason, port }) {
    const signal = createAbortSignal();
    if (aborted) {
      abortSignal(signal, reason);
    } else {
      port.onmessage = ({ data }) => {
        abortSignal(signal, data);
        port.close();
      };
      port.unref();
    }
    return signal;
  }
}

module.exports = { ReceivedAbortSignal, makeTransferable };
