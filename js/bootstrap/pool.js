'use strict';
// The isolate of a thread of a pool: its process, and what src/workers/pooled_isolate.rs calls
// (js/internal/pool/job_runner.js).

require('bootstrap/node');

const execution = require('internal/process/execution');
require('internal/worker/messaging');
const { thread } = require('internal/worker/thread');
const runner = require('internal/pool/job_runner');
const native = internalBinding('pool');

thread.isMainThread = false;

execution.setThreadHooks({
  // Termination takes effect where JavaScript next looks for interrupts; nothing of the user's may run until then.
  leave() {
    const run = runner.currentRun();
    run?.flush();
    native.exit(run?.number ?? 0, run?.index ?? 0);
    for (;;);
  },
  // An error nobody caught belongs to the task whose code threw it, if it is still under way.
  reportFatal(error) {
    const run = runner.currentRun();
    if (run !== undefined && !run.over) {
      run.flush();
      runner.settleError(run, run.index, error);
    }
  },
});

module.exports = runner;
