'use strict';
// What of the program's code has run, as V8 counts it: NODE_V8_COVERAGE, v8.takeCoverage(), v8.stopCoverage().
// https://nodejs.org/api/cli.html#node_v8_coveragedir

const execution = require('internal/process/execution');

// These end a process that has no listener for them.
const ENDING = new Set(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGKILL', 'SIGTERM']);

let session;
let directory;
let written = 0;

// Counts from now on, and leaves a file in `dir` when the thread ends.
function start(dir) {
  directory = require('path').resolve(dir);
  // Children and Workers may stand elsewhere.
  process.env.NODE_V8_COVERAGE = directory;
  const { OwnSession } = require('internal/inspector_session');
  session = new OwnSession();
  session.call('Profiler.enable');
  session.call('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  execution.beforeLeaving(write);
  writeBeforeKill();
}

function writeBeforeKill() {
  const { kill } = process;
  process.kill = function(pid, signal = 'SIGTERM') {
    if (pid === process.pid && ENDING.has(signal) && process.listenerCount(signal) === 0) write();
    return Reflect.apply(kill, this, arguments);
  };
  Object.defineProperty(process.kill, 'name', { __proto__: null, value: 'kill' });
}

// Writes the counts since the last time, of files alone.
function write() {
  if (session === undefined) return;
  const { result, timestamp } = session.call('Profiler.takePreciseCoverage');
  const data = { result: result.filter(({ url }) => url.startsWith('file:')), timestamp };
  const { thread } = require('internal/worker/thread');
  const name = `coverage-${process.pid}-${Date.now()}-${thread.threadId}${written === 0 ? '' : `-${written}`}.json`;
  written++;
  const fs = require('fs');
  try {
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(require('path').join(directory, name), JSON.stringify(data));
  } catch (error) {
    internalBinding('process').printError(`Cannot write the coverage to ${directory}: ${error.message}\n`);
  }
}

function stop() {
  if (session === undefined) return;
  session.call('Profiler.stopPreciseCoverage');
  session.close();
  session = undefined;
}

module.exports = { isOn: () => session !== undefined, start, stop, write };
