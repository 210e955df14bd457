'use strict';

// module.register(): asynchronous customization hooks, which run in a thread of their own
// (https://nodejs.org/api/module.html#moduleregisterspecifier-parenturl-options). The loader asks that thread and
// waits: V8 wants the links of a graph at once. All hooks of this thread share one.

const { MessageChannel, Worker, receiveMessageOnPort } = require('worker_threads');
const { kInternalEntry } = require('internal/worker/thread');

class HooksThread {
  #port;
  #answers = new Int32Array(new SharedArrayBuffer(4));
  #worker;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker('internal/modules/async_hooks_thread', {
      [kInternalEntry]: true, name: 'hooks', execArgv: [], workerData: { port: port2, answers: this.#answers },
      transferList: [port2],
    });
    this.#worker.unref();
    port1.unref();
    process.on('exit', () => this.#worker.terminate());
  }

  // The answer to one question; throws what the hooks threw.
  ask(kind, args, transfer = []) {
    const before = Atomics.load(this.#answers, 0);
    this.#port.postMessage({ kind, args }, transfer);
    let received;
    while ((received = receiveMessageOnPort(this.#port)) === undefined) {
      Atomics.wait(this.#answers, 0, before);
    }
    const { error, value } = received.message;
    if (error === undefined) return value;
    if (!error.isError) throw error.value;
    const thrown = new ({ SyntaxError, TypeError, RangeError }[error.name] ?? Error)(error.message);
    if (error.code !== undefined) thrown.code = error.code;
    if (error.url !== undefined) thrown.url = error.url;
    thrown.stack = error.stack;
    throw thrown;
  }
}

let thread;

function ask(...args) {
  thread ??= new HooksThread();
  return thread.ask(...args);
}

module.exports = { ask, isRunning: () => thread !== undefined };
