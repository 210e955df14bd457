'use strict';
// The debugger's server and what becomes of the program while one may be attached: `--inspect`, `--inspect-brk`,
// `--inspect-wait`, and the console, which then speaks to front ends too.

const native = internalBinding('inspector');

const DEFAULT_HOST = '127.0.0.1';
// Node's exit code where the server of --inspect cannot listen.
const CANNOT_LISTEN = 12;

let wrapped = false;
let warnsOfProfiler = false;

function wrapConsole() {
  if (wrapped) return;
  wrapped = true;
  const ours = require('console');
  const theirs = native.inspectorConsole();
  for (const name of Object.keys(theirs)) {
    const method = ours[name];
    if (typeof method !== 'function' || name === 'context' || name === 'createTask') {
      ours[name] = theirs[name];
      continue;
    }
    const both = native.wrapConsoleMethod(theirs[name], method);
    Object.defineProperty(both, 'name', { __proto__: null, value: name, configurable: true });
    ours[name] = both;
  }
}

function warnOfProfiler(type) {
  if (type === 'SIGPROF' && native.url() !== undefined) {
    process.emitWarning('process.on(SIGPROF) is reserved while debugging');
  }
}

// Starts the server; false, and a message, where it cannot listen.
function openServer(host = DEFAULT_HOST, port = process.debugPort, waits = false) {
  wrapConsole();
  if (!warnsOfProfiler) {
    warnsOfProfiler = true;
    process.on('newListener', warnOfProfiler);
  }
  const { getOptionValue } = require('internal/options');
  const places = getOptionValue('--inspect-publish-uid') ?? 'stderr,http';
  try {
    const got = native.open(host, port, title(), address(), `node.js/${process.version}`,
                            places.includes('stderr'), places.includes('http'), waits);
    if (got !== undefined) process.debugPort = got;
    return true;
  } catch (error) {
    if (error.code === 'ERR_ACCESS_DENIED') throw error;
    const { getSystemErrorMessage } = require('util');
    const why = error.errno === undefined ? error.message : getSystemErrorMessage(error.errno);
    internalBinding('process').printError(`Starting inspector on ${host}:${port} failed: ${why}\n`);
    return false;
  }
}

function title() {
  const script = process.argv[1];
  return script === undefined ? `weft[${process.pid}]` : script;
}

function address() {
  const script = process.argv[1];
  if (script === undefined) return '';
  return require('internal/modules/paths').pathToHref(script);
}

function closeServer() {
  native.close();
}

// `[host:]port`, `host` or nothing. A host of IPv6 stands in brackets.
function parseEndpoint(text) {
  if (typeof text !== 'string' || text === '') return {};
  const match = /^(?:(\[[^\]]*\]|[^:]*):)?(\d+)$/.exec(text);
  const strip = (host) => (host?.startsWith('[') ? host.slice(1, -1) : host) || undefined;
  if (match === null) return { host: strip(text) };
  return { host: strip(match[1]), port: Number(match[2]) };
}

// The command line's flags, before anything of the program runs.
function applyFlags(getOptionValue) {
  const brk = getOptionValue('--inspect-brk');
  const wait = getOptionValue('--inspect-wait');
  const given = brk ?? wait ?? getOptionValue('--inspect');
  const base = parseEndpoint(getOptionValue('--inspect-port'));
  if (base.port !== undefined) process.debugPort = base.port;
  if (given === undefined) return;
  const { host = base.host, port = base.port } = parseEndpoint(given);
  const waits = brk !== undefined || wait !== undefined;
  if (!openServer(host, port, waits)) process.reallyExit(CANNOT_LISTEN);
  if (waits) native.waitForDebugger(true);
  if (brk !== undefined) haltAtStart();
}

// A Worker that a debugger may look at: it waits where one wants it to, or where its own execArgv says so.
function prepareWorker(waits, ownFlags) {
  wrapConsole();
  const brk = ownFlags?.['--inspect-brk'];
  if (brk !== undefined || ownFlags?.['--inspect-wait'] !== undefined) {
    native.waitForDebugger(false);
    if (brk !== undefined) haltAtStart();
  } else if (waits) {
    native.waitForDebugger(true);
  }
}

// The debugger halts in the first line of the program.
function haltAtStart() {
  const { start } = require('internal/modules/cjs_loader');
  start.call = (fn, thisArg, args) => {
    start.call = undefined;
    return native.callAndPauseOnStart(fn, thisArg, args);
  };
  start.haltInScript = () => {
    start.call = undefined;
    native.haltInScript();
  };
}

function reportException(error) {
  native.exceptionThrown(error);
}

module.exports = { applyFlags, closeServer, openServer, prepareWorker, reportException, wrapConsole };
