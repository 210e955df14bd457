'use strict';
// The global class Worker (HTML standard, section 10.2.6), over the Worker of node:worker_threads. What the thread's
// global scope has besides Node's globals is in web/worker_global_scope.
//
// A script is named by a URL (file:, data:, blob:) or by a path, which is relative to the working directory. The type
// 'module' makes it an ES module; 'classic', the default, leaves that to Node's rules for the file. As in
// Node, a thread ends when nothing keeps it busy: neither a listener for 'message' nor timers nor I/O.

const { codes: { ERR_INVALID_ARG_VALUE, ERR_MISSING_ARGS } } = require('internal/errors');
const { EventTarget, defineEventHandler, kEvents } = require('web/event_target');
const { errorEventOf } = require('web/error_event');
const { receivedMessage } = require('web/message_event');
const { Worker: Thread, kInternal } = require('internal/worker/worker');

function notSupported(message) {
  const { DOMException } = require('web/dom_exception');
  return new DOMException(message, 'NotSupportedError');
}

// The URL of a script.
function resolveScript(script) {
  const { URL } = require('web/url');
  const text = `${script}`;
  const path = require('path');
  if (!path.isAbsolute(text) && URL.canParse(text)) return new URL(text);
  return require('url').pathToFileURL(path.resolve(text));
}

function readOptions(options) {
  const { type = 'classic', name = '' } = options ?? {};
  if (type !== 'classic' && type !== 'module') {
    throw new ERR_INVALID_ARG_VALUE('options.type', type, "must be 'classic' or 'module'");
  }
  return { type, name: `${name}` };
}

// What the thread runs: the arguments of the class in node:worker_threads. The text of a Blob is sent after it.
function readScript(url, type, web) {
  switch (url.protocol) {
    case 'file:':
      web.path = require('url').fileURLToPath(url);
      return { entry: url, kind: type === 'module' ? 'module-file' : 'file' };
    case 'data:':
      return { entry: url, kind: undefined };
    case 'blob:': {
      const blob = require('web/blob').resolveObjectURL(url.href);
      const { port1, port2 } = new (require('web/message_channel').MessageChannel)();
      web.source = port2;
      const send = (text) => {
        port1.postMessage(text);
        port1.close();
      };
      if (blob === undefined) send(undefined);
      else blob.text().then(send, () => send(undefined));
      return { entry: './blob', kind: 'sent' };
    }
    default:
      throw notSupported(`Scripts of Workers cannot be loaded from ${url.protocol} URLs`);
  }
}

class Worker extends EventTarget {
  #thread;
  #ended = false;

  constructor(scriptURL, options = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('scriptURL');
    super();
    const { type, name } = readOptions(options);
    const url = resolveScript(scriptURL);
    const web = { type, name, path: undefined, source: undefined, href: url.href };
    const { entry, kind } = readScript(url, type, web);
    const onMessage = (event, value, ports) => {
      if (!this.#ended) this.dispatchEvent(receivedMessage(event, value, ports));
    };
    const settings = { name, transferList: web.source === undefined ? [] : [web.source] };
    this.#thread = new Thread(entry, settings, { [kInternal]: { kind, web, onMessage } });
    this.#thread.on('error', (error) => this.#onError(error));
    this.#thread.on('exit', () => { this.#ended = true; });
  }

  #onError(error) {
    if (this.#ended) return;
    const heard = this[kEvents]?.has('error') === true;
    this.dispatchEvent(errorEventOf(error));
    // Nobody looks: it is an uncaught error of this thread.
    if (!heard) throw error;
  }

  postMessage(...args) {
    if (args.length === 0) throw new ERR_MISSING_ARGS('message');
    this.#thread.postMessage(...args);
  }

  terminate() {
    this.#ended = true;
    this.#thread.terminate();
  }

  // Node's own, as on its class: whether the thread keeps this one alive.
  ref() { this.#thread.ref(); }
  unref() { this.#thread.unref(); }
}

for (const name of ['postMessage', 'terminate']) {
  Object.defineProperty(Worker.prototype, name, { __proto__: null, enumerable: true });
}
Object.defineProperty(Worker.prototype, Symbol.toStringTag, {
  __proto__: null, value: 'Worker', writable: false, enumerable: false, configurable: true,
});
for (const name of ['message', 'messageerror', 'error']) defineEventHandler(Worker.prototype, name);

module.exports = { Worker };
