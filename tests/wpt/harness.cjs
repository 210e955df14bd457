// Runs one file of the web platform tests and prints what became of its subtests:
//
//   harness.cjs ROOT FILE QUERY SCOPE        FILE below ROOT; SCOPE is 'main' or 'worker'
//
// One JSON value a line on standard output: [name, status, message] for a subtest, then {status, message} for the file.
// The numbers are testharness.js's own. What the tests' web server would do, this does: it puts the scripts together that
// the `META:` lines name, and answers fetch() and importScripts() from the folder.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const inWorker = typeof DedicatedWorkerGlobalScope === 'function';
const [root, file, query, scope] = inWorker ? JSON.parse(name) : process.argv.slice(2);
const kHarnessError = 1;
const kGrace = 2000;

let completed = false;
function report(value) {
  fs.writeSync(1, `${JSON.stringify(value)}\n`);
}

// Whatever the test left open (channels, ports) must not keep the process alive.
function complete(status, message) {
  if (completed) return;
  completed = true;
  report({ status, message: message?.toWellFormed() });
  if (inWorker) postMessage('completed');
  else process.exit();
}

function fail(error) {
  complete(kHarnessError, `uncaught: ${error?.stack ?? String(error)}`);
}

// The path of what a test names: from ROOT where that begins with a slash, else from the test's folder.
function locate(reference) {
  // A parser that is part of webidl2 now, which idlharness.js asks for under its old name.
  if (reference === '/resources/WebIDLParser.js') reference = '/resources/webidl2/lib/webidl2.js';
  const { pathname } = new URL(reference, `http://web-platform.test/${file}`);
  return path.join(root, decodeURIComponent(pathname));
}

function runFile(location, wrap = (text) => text) {
  vm.runInThisContext(wrap(fs.readFileSync(location, 'utf8')), { filename: location });
}

function metaScripts(text) {
  const scripts = [];
  for (const [, key, value] of text.matchAll(/^\/\/ META: *(\w+)=(.*)$/gm)) {
    if (key === 'script') scripts.push(value.trim());
  }
  return scripts;
}

function define(key, value) {
  Object.defineProperty(globalThis, key, { value, writable: true, configurable: true, enumerable: true });
}

function prepareScope() {
  if (!inWorker) define('self', globalThis);
  define('GLOBAL', { isWindow: () => false, isWorker: () => inWorker, isShadowRealm: () => false });
  const { href, origin, protocol, host, hostname, port, pathname, search, hash } =
    new URL(`http://web-platform.test/${file}${query}`);
  define('location', { href, origin, protocol, host, hostname, port, pathname, search, hash, toString: () => href });
  define('fetch', async (reference) => {
    const bytes = await fs.promises.readFile(locate(reference));
    return {
      ok: true,
      status: 200,
      arrayBuffer: async () => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
      json: async () => JSON.parse(bytes.toString()),
      text: async () => bytes.toString(),
    };
  });
  define('importScripts', (...references) => {
    for (const reference of references) runFile(locate(reference));
  });
}

function watchHarness() {
  add_result_callback(({ name, status, message }) => report([name.toWellFormed(), status, message?.toWellFormed()]));
  add_completion_callback((tests, { status, message }) => complete(status, message));
  // Nothing keeps the process alive any more. Timers that do not (AbortSignal.timeout) get their turn, then what still
  // waits has timed out.
  process.once('beforeExit', () => {
    if (!completed) setTimeout(() => completed || timeout(), kGrace);
  });
}

function runTests() {
  process.on('uncaughtException', fail);
  prepareScope();
  const location = path.join(root, file);
  const text = fs.readFileSync(location, 'utf8');
  if (file.endsWith('.worker.js')) {
    // Such a file asks for the harness itself.
    const { importScripts } = globalThis;
    globalThis.importScripts = (...references) => {
      for (const reference of references) {
        importScripts(reference);
        if (reference.endsWith('/testharness.js')) watchHarness();
      }
    };
    runFile(location);
    return;
  }
  runFile(path.join(root, 'resources/testharness.js'));
  watchHarness();
  for (const script of metaScripts(text)) runFile(locate(script));
  runFile(location);
  if (inWorker) done();
}

if (scope === 'worker' && !inWorker) {
  const worker = new Worker(__filename, { name: JSON.stringify([root, file, query, scope]) });
  worker.onerror = (event) => fail(event.error ?? event.message);
  worker.onmessage = ({ data }) => {
    if (data === 'completed') process.exit();
  };
} else {
  runTests();
}
