'use strict';
// The isolate of a thread of a pool: its process, and what src/workers/pooled_isolate.rs calls
// (js/internal/pool/job_runner.js).

require('bootstrap/node');

const execution = require('internal/process/execution');
require('internal/worker/messaging');
const { thread } = require('internal/worker/thread');
const { place } = require('internal/pool/place');
const { ERROR } = require('internal/pool/protocol');
const runner = require('internal/pool/job_runner');
const { isSound, watchModules } = require('internal/pool/soundness');
const { guardWith } = require('internal/realm');
const native = internalBinding('pool_task');

// An error nobody caught is being reported: what `leave` returns to is no code of the user's.
let fatal = false;

const threadHooks = {
  // Termination takes effect where JavaScript next looks for interrupts; nothing of the user's may run until then. But V8
  // drops with it the reactions that wait, which may be other tasks': where there are some, the task is told to go.
  leave() {
    const run = runner.currentRun();
    const reported = fatal;
    fatal = false;
    // Whoever comes next in this isolate, to finish what is under way, may leave too.
    process._exiting = false;
    if (run !== undefined && runner.leave(run)) {
      if (reported) return;
      throw new runner.Gone();
    }
    if (reported && (run === undefined || run.over)) {
      native.leave(0, 0);
      return;
    }
    native.exit(run === undefined || run.over ? 0 : run.number);
    for (;;);
  },
  // An error nobody caught belongs to the task whose code threw it, if that is still under way; otherwise to the pool.
  reportFatal(error) {
    fatal = true;
    if (error instanceof runner.Gone) return;
    const run = runner.currentRun();
    if (run !== undefined && !run.over) {
      run.flush();
      runner.settleError(run, run.index, error);
      return;
    }
    try {
      native.notify(0, ERROR, 0, error);
    } catch {
      native.notify(0, ERROR, 0, new Error(require('internal/util/inspect').inspect(error)));
    }
  },
};

function define(target, name, value) {
  Object.defineProperty(target, name, { __proto__: null, value, configurable: true, enumerable: true, writable: true });
}

// A copy of the environment, made when somebody looks: what a task changes is its isolate's own.
function ownEnvironment(values) {
  let own;
  const make = () => {
    const { createEnvCopy, createEnvFrom } = require('internal/process/env');
    return values === undefined ? createEnvCopy() : createEnvFrom(values);
  };
  Object.defineProperty(process, 'env', {
    __proto__: null, configurable: true, enumerable: true,
    get() { return own ??= make(); },
    set(value) { own = value; },
  });
}

// What would change the process under the feet of other threads.
const UNSUPPORTED = [
  'abort', 'chdir', 'initgroups', 'setegid', 'seteuid', 'setgid', 'setgroups', 'setuid', 'execve',
];

function narrowProcess() {
  for (const name of UNSUPPORTED) {
    if (process[name] === undefined) continue;
    const method = {
      [name]() {
        const { codes: { ERR_WORKER_UNSUPPORTED_OPERATION } } = require('internal/errors');
        throw new ERR_WORKER_UNSUPPORTED_OPERATION(`process.${name}()`);
      },
    }[name];
    method.disabled = true;
    process[name] = method;
  }
}

let isPrepared = false;

// What does not depend on the pool: also in an isolate that is made before there is one (src/workers/pool_spare.rs).
function prepare() {
  if (isPrepared) return;
  isPrepared = true;
  execution.setThreadHooks(threadHooks);
  watchModules();
  narrowProcess();
}

// `startup` holds what the pool's options say about its isolates.
function setUp(isolate, seat, threadId, startup) {
  prepare();
  // A task that is ended by force in the middle of what the runtime loads for it would leave half of that to the next.
  guardWith(native.shield, native.unshield);
  place.isolate = isolate;
  place.seat = seat;
  thread.isMainThread = false;
  thread.threadId = threadId;
  native.setContextKey(runner.contextKey);
  const { argv, execArgv, overrides, env, workerData, limits, name } = startup ?? {};
  thread.threadName = name ?? '';
  if (workerData !== undefined) thread.workerData = workerData;
  if (limits !== undefined) thread.resourceLimits = limits;
  thread.onKnown?.();
  if (overrides !== undefined) {
    const { override } = require('internal/options');
    for (const option of Object.keys(overrides)) override(option, overrides[option]);
  }
  if (execArgv !== undefined) define(process, 'execArgv', execArgv);
  if (argv !== undefined) define(process, 'argv', [process.execPath, '[worker pool]', ...argv]);
  if (env?.shared) thread.sharedEnv = true;
  else ownEnvironment(env?.values);
  if (internalBinding('permission').isEnforced()) require('internal/permission').install();
  const { getOptionValue } = require('internal/options');
  if (getOptionValue('--cpu-prof') || getOptionValue('--heap-prof')) {
    require('internal/process/profiles').start(getOptionValue);
  }
}

const { abandon, abort, runJob } = runner;

module.exports = { abandon, abort, isSound, prepare, runJob, setUp };
