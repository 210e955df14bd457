'use strict';
// What every isolate has: `process`, the loop's hooks, and the globals. Costly globals are made when first read.
// Evaluated in every isolate, and so that it could be snapshotted: it reads no file, clock or environment.

const { defineLazy, setUpProcess } = require('internal/process/object');
const execution = require('internal/process/execution');
const taskQueues = require('internal/process/task_queues');
const timers = require('internal/timers');
const { promiseRejected } = require('internal/process/promises');
const { setHooks } = internalBinding('realm');

setUpProcess();
setHooks(
  timers.processTimers, timers.runImmediates, taskQueues.processTicks, execution.fatalException, promiseRejected,
  (ms, creation) => require('internal/loop/callbacks').observe(ms, creation));
taskQueues.setExitingCheck(() => process._exiting);

// Warnings and signals cost nothing until there is one.
process.on('warning', (warning) => require('internal/process/warning').onWarning(warning));
const isSignal = (event) => typeof event === 'string' && event.startsWith('SIG');
process.on('newListener', (event) => {
  if (isSignal(event)) require('internal/process/signals').startListeningIfSignal(event);
  else if (event === 'workerMessage') require('internal/worker/thread_messages').listen();
});
process.on('removeListener', (event) => {
  if (isSignal(event)) require('internal/process/signals').stopListeningIfSignal(event);
  else if (event === 'workerMessage') require('internal/worker/thread_messages').unlisten();
});

const target = globalThis;

function define(name, value, enumerable = false) {
  Object.defineProperty(target, name, { __proto__: null, value, writable: true, configurable: true, enumerable });
}

// Names of one module, read from it when first asked for.
function lazy(id, names, enumerable = false) {
  for (const name of names) defineLazy(target, name, () => require(id)[name], { enumerable });
}

define('global', target, true);
Object.defineProperty(target, Symbol.toStringTag, {
  __proto__: null, value: 'global', writable: false, enumerable: false, configurable: true,
});
let processGlobal = process;
Object.defineProperty(target, 'process', {
  __proto__: null, configurable: true, enumerable: false,
  get() { return processGlobal; },
  set(value) { processGlobal = value; },
});
let bufferGlobal;
Object.defineProperty(target, 'Buffer', {
  __proto__: null, configurable: true, enumerable: false,
  get() { return bufferGlobal ??= require('buffer').Buffer; },
  set(value) { bufferGlobal = value; },
});

const publicTimers = require('timers');
for (const name of ['clearImmediate', 'clearInterval', 'clearTimeout', 'setImmediate', 'setInterval', 'setTimeout']) {
  define(name, publicTimers[name], true);
}
define('queueMicrotask', taskQueues.queueMicrotask, true);
// V8 has a console of its own, for its inspector; users get Node's. The isolate of a snapshot has this done once more, when
// V8's inspector has looked at the console (src/ops/inspector.rs).
function installConsole() {
  delete target.console;
  defineLazy(target, 'console', () => require('console'), { enumerable: false });
}
installConsole();

lazy('web/structured_clone', ['structuredClone'], true);
lazy('buffer', ['atob', 'btoa'], true);
lazy('web/performance', ['performance'], true);
lazy('internal/webcrypto', ['crypto'], true);
lazy('internal/webcrypto', ['Crypto', 'CryptoKey', 'SubtleCrypto']);
lazy('web/url', ['URL', 'URLSearchParams']);
lazy('web/url_pattern', ['URLPattern']);
lazy('web/encoding', ['TextEncoder', 'TextDecoder']);
lazy('web/blob', ['Blob', 'File']);
lazy('web/event_target', ['Event', 'EventTarget', 'CustomEvent']);
lazy('web/abort_controller', ['AbortController', 'AbortSignal']);
lazy('web/dom_exception', ['DOMException']);
lazy('web/quota_exceeded_error', ['QuotaExceededError']);
lazy('web/message_channel', ['MessageChannel', 'MessagePort', 'MessageEvent']);
lazy('web/broadcast_channel', ['BroadcastChannel']);
lazy('perf_hooks', [
  'PerformanceEntry', 'PerformanceMark', 'PerformanceMeasure', 'PerformanceObserver',
  'PerformanceObserverEntryList', 'PerformanceResourceTiming', 'Performance',
]);
lazy('stream/web', [
  'ReadableStream', 'ReadableStreamDefaultReader', 'ReadableStreamBYOBReader', 'ReadableStreamBYOBRequest',
  'ReadableByteStreamController', 'ReadableStreamDefaultController', 'TransformStream',
  'TransformStreamDefaultController', 'WritableStream', 'WritableStreamDefaultController',
  'WritableStreamDefaultWriter', 'ByteLengthQueuingStrategy', 'CountQueuingStrategy', 'TextEncoderStream',
  'TextDecoderStream', 'CompressionStream', 'DecompressionStream',
]);
defineLazy(target, 'navigator', () => require('web/navigator').navigator, { enumerable: false });
lazy('web/navigator', ['Navigator']);
lazy('web/worker', ['Worker']);
lazy('web/error_event', ['ErrorEvent']);

module.exports = { installConsole };
