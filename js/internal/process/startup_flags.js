'use strict';

// Flags of the command line that change JavaScript itself or how it is looked at, before the program runs, in every
// thread.

// Globals that Node lets be turned off by name.
const GLOBALS = {
  __proto__: null,
  '--experimental-fetch': ['fetch', 'FormData', 'Headers', 'Request', 'Response'],
  '--experimental-global-customevent': ['CustomEvent'],
  '--experimental-global-navigator': ['navigator', 'Navigator'],
  '--experimental-global-webcrypto': ['crypto', 'Crypto', 'CryptoKey', 'SubtleCrypto'],
  '--experimental-websocket': ['WebSocket', 'CloseEvent'],
};

function traceExits() {
  const { reallyExit } = process;
  process.reallyExit = function(code) {
    const trace = {};
    Error.captureStackTrace(trace, process.reallyExit);
    const { threadId } = require('internal/worker/thread').thread;
    internalBinding('process').printError(
      `(node:${process.pid}${threadId ? `, thread:${threadId}` : ''}) WARNING: Exited the environment with code ` +
      `${code ?? 0}\n${trace.stack.split('\n').slice(1).join('\n')}\n\n`);
    reallyExit(code);
  };
}

// `prototype`: Object.prototype, of this context or of one of vm's.
function disableProto(mode, prototype = Object.prototype) {
  delete prototype.__proto__;
  if (mode !== 'throw') return;
  const refuse = () => {
    const { codes: { ERR_PROTO_ACCESS } } = require('internal/errors');
    throw new ERR_PROTO_ACCESS();
  };
  Object.defineProperty(prototype, '__proto__', {
    __proto__: null, configurable: false, enumerable: false, get: refuse, set: refuse,
  });
}

const PROFILES = ['--cpu-prof', '--heap-prof', '--heapsnapshot-signal', '--heapsnapshot-near-heap-limit'];

const REPORTS = ['--report-uncaught-exception', '--report-on-signal', '--report-on-fatalerror'];

// What is to be told on standard error while the program runs (src/ops/trace_flags.rs).
function trace(getOptionValue, isMainThread) {
  const native = internalBinding('trace_flags');
  if (getOptionValue('--trace-env-js-stack')) native.traceEnv(2);
  else if (getOptionValue('--trace-env')) native.traceEnv(1);
  if (getOptionValue('--trace-uncaught')) native.traceUncaught();
  if (getOptionValue('--trace-promises')) require('internal/process/trace_promises').start();
  if (getOptionValue('--trace-sigint') && isMainThread) native.traceSigint(true);
}

function apply(getOptionValue) {
  const isMainThread = internalBinding('worker').threadId() === 0;
  require('internal/permission').start(getOptionValue, isMainThread);
  trace(getOptionValue, isMainThread);
  if (REPORTS.some(getOptionValue)) require('internal/process/report').applyFlags();
  if (getOptionValue('--track-heap-objects')) {
    const { OwnSession } = require('internal/inspector_session');
    // For as long as the thread lives.
    new OwnSession().call('HeapProfiler.startTrackingHeapObjects', { trackAllocations: true });
  }
  if (PROFILES.some(getOptionValue)) require('internal/process/profiles').start(getOptionValue);
  if (getOptionValue('--experimental-config-file') !== undefined && isMainThread) {
    require('internal/util').emitExperimentalWarning('--experimental-config-file');
  }
  if (getOptionValue('--enable-source-maps')) require('internal/source_map_support').setEnabled(true);
  if (getOptionValue('--trace-exit')) traceExits();
  const order = getOptionValue('--dns-result-order');
  if (order !== undefined) {
    const { validateOneOf } = require('internal/validators');
    validateOneOf(order, '--dns-result-order', ['verbatim', 'ipv4first', 'ipv6first']);
  }
  const proto = getOptionValue('--disable-proto');
  if (proto !== undefined) disableProto(proto);
  for (const flag of Object.keys(GLOBALS)) {
    if (getOptionValue(flag) !== false) continue;
    for (const name of GLOBALS[flag]) delete globalThis[name];
  }
  if (process.env.NODE_COMPILE_CACHE) require('internal/modules/compile_cache').enableCompileCache();
  const loaders = getOptionValue('--experimental-loader');
  if (loaders !== undefined) {
    const { register } = require('internal/modules/hooks');
    const { pathToHref } = require('internal/modules/paths');
    const path = require('path');
    const parent = pathToHref(path.join(process.cwd(), path.sep));
    warnOfLoaders(loaders);
    for (const loader of loaders) register(loader, parent);
  }
}

// Says how to do without the flag, in a form that a shell takes.
function warnOfLoaders(loaders) {
  const readable = (text) => encodeURIComponent(text).replaceAll("'", '%27').replaceAll('%22', '"').replaceAll('%2F', '/');
  const calls = loaders.map((loader) => `register(${readable(JSON.stringify(loader))}, pathToFileURL("./"))`);
  process.emitWarning('`--experimental-loader` may be removed in the future; instead use `register()`:\n' +
    '--import \'data:text/javascript,import { register } from "node:module"; import { pathToFileURL } from "node:url"; ' +
    `${calls.join('; ')};'`, 'ExperimentalWarning');
}

module.exports = { apply, disableProto };
