'use strict';
// The isolate of a Worker. `start` receives the startup message (js/internal/worker/worker.js makes it), gives the
// thread its identity and runs its entry; `emitBeforeExit` and `exit` as on the main thread (src/workers/worker.rs).

const { installConsole } = require('bootstrap/node');

const execution = require('internal/process/execution');
const { environmentData, thread } = require('internal/worker/thread');
const native = internalBinding('worker');

// What `announce` answers, as bits: a debugger may come (1), one wants the Worker to wait for it.
const WAITS = 2;

// What would change the process under the feet of other threads.
const UNSUPPORTED = [
  'abort', 'chdir', 'initgroups', 'setegid', 'seteuid', 'setgid', 'setgroups', 'setuid', '_debugEnd', '_debugProcess',
  '_startProfilerIdleNotifier', '_stopProfilerIdleNotifier', 'execve',
];

function reportFatal(error) {
  try {
    // Of a symbol, the description can travel.
    thread.controlPort.postMessage(
      typeof error === 'symbol' ? { type: 'error', symbol: error.description } : { type: 'error', error });
  } catch {
    // It cannot be cloned (a function, a symbol, an object with either): its looks are what can travel.
    const text = require('internal/util/inspect').inspect(error);
    try {
      thread.controlPort.postMessage({ type: 'error', error: text });
    } catch {
      // The parent learns of it by the exit code.
    }
  }
}

// Termination takes effect where JavaScript next looks for interrupts; nothing of the user's may run until then.
function leave(code) {
  native.leave(code);
  for (;;);
}

let isNarrow = false;

function narrowProcess() {
  if (isNarrow) return;
  isNarrow = true;
  const { codes: { ERR_WORKER_UNSUPPORTED_OPERATION } } = require('internal/errors');
  for (const name of UNSUPPORTED) {
    if (process[name] === undefined) continue;
    const method = {
      [name]() {
        throw new ERR_WORKER_UNSUPPORTED_OPERATION(name === 'execve' ? 'Calling process.execve' : `process.${name}()`);
      },
    }[name];
    method.disabled = true;
    process[name] = method;
  }
  const { umask } = process;
  process.umask = function(mask) {
    if (mask !== undefined) throw new ERR_WORKER_UNSUPPORTED_OPERATION('Setting process.umask()');
    return umask();
  };
  Object.defineProperty(process.umask, 'name', { __proto__: null, value: 'umask' });

  // The directory changes only on the main thread, which counts the changes.
  const readCwd = process.cwd;
  let cached;
  let counted = -1;
  process.cwd = function cwd() {
    const count = Atomics.load(thread.cwdCounter, 0);
    if (count !== counted) {
      counted = count;
      cached = readCwd();
    }
    return cached;
  };
}

function setUpEnv({ shared, values }) {
  const { createSharedEnv, createEnvFrom } = require('internal/process/env');
  define(process, 'env', shared === undefined ? createEnvFrom(values) : createSharedEnv(shared));
}

function define(target, name, value) {
  Object.defineProperty(target, name, { __proto__: null, value, configurable: true, enumerable: true, writable: true });
}

function defineStream(name, make) {
  let stream;
  Object.defineProperty(process, name, {
    __proto__: null, configurable: true, enumerable: true,
    get() { return stream ??= make(); },
    set(value) { stream = value; },
  });
}

function setUpStreams(data) {
  const { control, flags, stdio } = data;
  const streams = () => require('internal/worker/stdio');
  for (const [name, bit] of [['stdout', 1], ['stderr', 2]]) {
    defineStream(name, () => streams().createWorkerWritable(name, bit, control, flags, stdio[name]));
  }
  let stdin;
  defineStream('stdin', () => {
    const { binding } = require('internal/worker/messaging');
    stdin = streams().createWorkerReadable(control, (keepAlive) => binding.setRef(control, keepAlive));
    // Without the option there is nothing to read, and never will be.
    if (!stdio.stdin) stdin.push(null);
    return stdin;
  });
  if (stdio.stdin) {
    const { binding, kOnMessage } = require('internal/worker/messaging');
    control[kOnMessage] = (type, message) => {
      if (message.type === 'stdin') process.stdin.receive(message.chunk);
    };
    binding.start(control);
  }
}

function setUp(data) {
  thread.isMainThread = false;
  thread.threadId = native.threadId();
  thread.threadName = data.name;
  thread.workerData = data.workerData;
  thread.parentPort = data.port;
  thread.controlPort = data.control;
  thread.resourceLimits = data.limits;
  thread.cwdCounter = data.cwdCounter;
  thread.onKnown?.();
  if (data.environmentData !== undefined) {
    for (const [key, value] of data.environmentData) environmentData.set(key, value);
  }
  execution.setThreadHooks({ leave, reportFatal });
  if (data.overrides !== undefined) {
    const { override } = require('internal/options');
    for (const name of Object.keys(data.overrides)) override(name, data.overrides[name]);
  }
  define(process, 'execArgv', data.execArgv);
  const { kind, source } = data.entry;
  define(process, 'argv', [process.execPath, data.web?.path ?? (kind === 'file' ? source : '[worker eval]'), ...data.argv]);
  setUpEnv(data.env);
  narrowProcess();
  setUpStreams(data);
  if (data.isLimited) require('internal/worker/growable_memory').install();
  if (data.tracksDescriptors) execution.setDescriptorTracker(trackDescriptor);
  if (data.web !== undefined) {
    require('web/worker_global_scope').install(data.web, data.port, (error) => {
      reportFatal(error);
      process.exit(1);
    });
  }
}

function trackDescriptor(fd, opened) {
  if (native.trackDescriptor(fd, opened)) return;
  process.emitWarning(opened ? `File descriptor ${fd} opened in unmanaged mode twice` :
    `File descriptor ${fd} closed but not opened in unmanaged mode`);
}

// Debuggers may come to any Worker at any time, or have waited for this one.
function announce({ kind, source }, name, overrides) {
  let url = source;
  if (kind === 'file') url = require('internal/modules/paths').pathToHref(source);
  else if (kind === 'eval') url = '[worker eval]';
  const title = `[worker ${thread.threadId}]${name === '' ? '' : ` ${name}`}`;
  const known = native.announce(title, url ?? '');
  const waits = (known & WAITS) !== 0;
  if (known !== 0 || overrides?.['--inspect-brk'] !== undefined || overrides?.['--inspect-wait'] !== undefined) {
    require('internal/inspector').prepareWorker(waits, overrides);
  }
}

function run({ kind, source }, web) {
  const { getOptionValue } = require('internal/options');
  if (getOptionValue('--frozen-intrinsics')) require('internal/freeze_intrinsics').freezeIntrinsics();
  const main = require('internal/modules/run_main');
  switch (kind) {
    case 'file':
      main.runMain(source);
      break;
    case 'internal':
      main.initPaths();
      require(source).start(thread.workerData);
      break;
    case 'eval':
      main.evalScript(source, { name: '[worker eval]', worker: true });
      break;
    case 'sent':
      web.source.once('message', (text) => {
        if (text === undefined) throw new Error(`Cannot load ${web.href}`);
        main.evalScript(text, { inputType: web.type === 'module' ? 'module' : undefined, name: '[worker eval]', worker: true });
      });
      break;
    default:
      main.evalScript(`import ${JSON.stringify(source)};`, { inputType: 'module', worker: true });
  }
}

// What most Workers load, and which asks for nothing that is known only later.
const USUAL = ['worker_threads', 'internal/worker/worker', 'web/locks', 'web/broadcast_channel', 'vm'];

// In an isolate that was made before its Worker was asked for (src/workers/spare.rs), with time to spare.
function prepare() {
  narrowProcess();
  for (const id of USUAL) require(id);
}

function start(data) {
  // Ports arrive as objects of the class their module makes; the startup message brought two of them.
  setUp(data);
  thread.controlPort.postMessage({ type: 'online' });
  const { getOptionValue, hasFlags } = require('internal/options');
  if (data.entry.kind === 'internal') {
    run(data.entry);
    return;
  }
  announce(data.entry, data.name, data.overrides);
  if (process.env.NODE_V8_COVERAGE) require('internal/coverage').start(process.env.NODE_V8_COVERAGE);
  if (hasFlags() || process.env.NODE_COMPILE_CACHE) require('internal/process/startup_flags').apply(getOptionValue);
  const requires = getOptionValue('--require');
  const imports = getOptionValue('--import');
  if (requires !== undefined || imports !== undefined) {
    require('internal/modules/run_main').runWithPreloads(requires ?? [], imports ?? [], () => run(data.entry, data.web));
    return;
  }
  run(data.entry, data.web);
}

// The startup message is read before `start` is called, and it holds ports.
require('internal/worker/messaging');

module.exports = { emitBeforeExit: execution.emitBeforeExit, exit: execution.finish, installConsole, prepare, start };
