'use strict';
// What of the program's code has run, as V8 counts it: NODE_V8_COVERAGE, v8.takeCoverage(), v8.stopCoverage().
// https://nodejs.org/api/cli.html#node_v8_coveragedir

const execution = require('internal/process/execution');

const native = internalBinding('inspector');

// These end a process that has no listener for them.
const ENDING = new Set(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGKILL', 'SIGTERM']);

let session;
let lastAnswer;
let directory;
let written = 0;

// Sessions with the same thread answer before `dispatch` returns.
function call(method, params = {}) {
  lastAnswer = undefined;
  native.dispatch(session, JSON.stringify({ id: 1, method, params }));
  return lastAnswer.result;
}

// Counts from now on, and leaves a file in `dir` when the thread ends.
function start(dir) {
  directory = require('path').resolve(dir);
  // Children and Workers may stand elsewhere.
  process.env.NODE_V8_COVERAGE = directory;
  session = native.connect((text) => {
    const message = JSON.parse(text);
    if (message.id === 1) lastAnswer = message;
  });
  call('Profiler.enable');
  call('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
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
  const { result, timestamp } = call('Profiler.takePreciseCoverage');
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
  call('Profiler.stopPreciseCoverage');
  native.disconnect(session);
  session = undefined;
}

module.exports = { start, stop, write };
