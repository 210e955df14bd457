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
      `${code ?? 0}\n${trace.stack.split('\n').slice(1).join('\n')}\n`);
    reallyExit(code);
  };
}

function disableProto(mode) {
  delete Object.prototype.__proto__;
  if (mode !== 'throw') return;
  const refuse = () => {
    const { codes: { ERR_PROTO_ACCESS } } = require('internal/errors');
    throw new ERR_PROTO_ACCESS();
  };
  Object.defineProperty(Object.prototype, '__proto__', {
    __proto__: null, configurable: false, enumerable: false, get: refuse, set: refuse,
  });
}

const PROFILES = ['--cpu-prof', '--heap-prof', '--heapsnapshot-signal'];

function apply(getOptionValue) {
  if (PROFILES.some(getOptionValue)) require('internal/process/profiles').start(getOptionValue);
  if (getOptionValue('--enable-source-maps')) require('internal/source_map_support').setEnabled(true);
  if (getOptionValue('--trace-exit')) traceExits();
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
    for (const loader of loaders) register(loader, parent);
  }
}

module.exports = { apply };
