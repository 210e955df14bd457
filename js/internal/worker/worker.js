'use strict';
// The class Worker of node:worker_threads, as the parent sees it (Node's documentation, "Class: Worker").
//
// A Worker gets everything it needs in one startup message. Besides the user's channel there is one of the runtime's
// own (control), for errors and stdio. The native side (src/workers/worker.rs) runs the thread and tells when it ended.

const EventEmitter = require('events');
const {
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_WORKER_INIT_FAILED,
    ERR_WORKER_INVALID_EXEC_ARGV,
    ERR_WORKER_NOT_RUNNING,
    ERR_WORKER_OUT_OF_MEMORY,
    ERR_WORKER_PATH,
  },
} = require('internal/errors');
const { validateArray, validateString } = require('internal/validators');
const { announceResource, binding: messaging, kOnMessage, readTransferOption } = require('internal/worker/messaging');
const { SHARE_ENV, environmentData, kInternalEntry, thread } = require('internal/worker/thread');
const native = internalBinding('worker');

// How a Worker ended, as the native side numbers it.
const OUT_OF_MEMORY = 1;
const INIT_FAILED = 2;

// In the order the native side takes them. The last one is Weft's own and shows only where it was asked for.
const LIMITS = [
  'maxYoungGenerationSizeMb', 'maxOldGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb', 'maxArrayBufferSizeMb',
];
const DEFAULT_STACK_MB = 4;
const DEFAULT_NAME = 'WorkerThread';

const kInternal = Symbol('kInternal');

// What to run: { kind: 'file' | 'eval' | 'module', source }.
function readEntry(filename, options) {
  if (options[kInternalEntry]) return { kind: 'internal', source: filename };
  if (options.eval) {
    if (typeof filename !== 'string') {
      throw new ERR_INVALID_ARG_VALUE('options.eval', options.eval, "must be false when 'filename' is not a string");
    }
    return { kind: 'eval', source: filename };
  }
  if (typeof filename === 'object' && filename !== null && typeof filename.href === 'string' &&
      typeof filename.protocol === 'string') {
    if (filename.protocol === 'data:') return { kind: 'module', source: filename.href };
    return { kind: 'file', source: require('internal/url').fileURLToPath(filename) };
  }
  if (typeof filename !== 'string') throw new ERR_INVALID_ARG_TYPE('filename', ['string', 'URL'], filename);
  const path = require('path');
  if (path.isAbsolute(filename) || /^\.\.?[\\/]/.test(filename)) {
    return { kind: 'file', source: path.resolve(filename) };
  }
  throw new ERR_WORKER_PATH(filename);
}

function readEnv(env) {
  if (env === SHARE_ENV) {
    return { shared: require('internal/process/env').sharedEnvNumber(), values: undefined };
  }
  if (env === undefined || env === null) return { shared: undefined, values: { ...process.env } };
  if (typeof env !== 'object') {
    throw new ERR_INVALID_ARG_TYPE('options.env', ['object', 'undefined', 'null', 'worker_threads.SHARE_ENV'], env);
  }
  const values = {};
  for (const name of Object.keys(env)) values[name] = `${env[name]}`;
  return { shared: undefined, values };
}

function readLimits(limits) {
  if (typeof limits !== 'object' || limits === null) return [0, 0, 0, DEFAULT_STACK_MB, 0];
  const values = LIMITS.map((name) => (typeof limits[name] === 'number' && limits[name] > 0 ? limits[name] : 0));
  values[3] ||= DEFAULT_STACK_MB;
  return values;
}

// What holds where nothing was asked for is V8's to say.
function limitsObject(values) {
  const shown = native.effectiveLimits(values[0], values[1], values[2], values[3]);
  if (values[4] > 0) shown.push(values[4]);
  return Object.fromEntries(shown.map((value, index) => [LIMITS[index], value]));
}

// The words of NODE_OPTIONS: spaces separate them, except between double quotes, where a backslash makes the next
// character an ordinary one.
function splitWords(text) {
  const words = [];
  for (const [word] of text.matchAll(/(?:"(?:\\.|[^"\\])*"?|[^\s"])+/gs)) {
    words.push(word.replace(/"((?:\\.|[^"\\])*)"?/gs, (quoted, inner) => inner.replace(/\\(.)/gs, '$1')));
  }
  return words;
}

// NODE_OPTIONS of an environment that is not the process's own hold for the thread.
function readNodeOptions(env) {
  const text = env?.NODE_OPTIONS;
  if (text === undefined || text === process.env.NODE_OPTIONS) return undefined;
  const { overrides, invalid } = require('internal/worker/exec_argv').parse(splitWords(text));
  if (invalid.length > 0) {
    const flags = invalid.map((flag) => `${flag.replace(/=.*$/s, '=')} is not allowed in NODE_OPTIONS`);
    throw new ERR_WORKER_INVALID_EXEC_ARGV(flags, 'invalid NODE_OPTIONS env variable');
  }
  return overrides;
}

function readExecArgv(execArgv) {
  if (execArgv === undefined || execArgv === null) return { flags: process.execArgv, overrides: undefined };
  validateArray(execArgv, 'options.execArgv');
  const flags = execArgv.map(String).filter((flag) => flag !== '');
  const { overrides, invalid } = require('internal/worker/exec_argv').parse(flags);
  if (invalid.length > 0) throw new ERR_WORKER_INVALID_EXEC_ARGV(invalid);
  const end = flags.indexOf('--');
  return { flags: end === -1 ? flags : flags.slice(0, end), overrides };
}

function startedCwdCounter() {
  if (thread.cwdCounter === null) {
    thread.cwdCounter = new Uint32Array(new SharedArrayBuffer(4));
    const { chdir } = process;
    process.chdir = function(directory) {
      Reflect.apply(chdir, process, [directory]);
      Atomics.add(thread.cwdCounter, 0, 1);
    };
    Object.defineProperty(process.chdir, 'name', { __proto__: null, value: 'chdir' });
  }
  return thread.cwdCounter;
}

class Worker extends EventEmitter {
  #id = -1;
  #running = false;
  #referenced = true;
  #port;
  #control;
  #flags;
  #name;
  #limits;
  #streams = { stdin: null, stdout: undefined, stderr: undefined };
  #terminations = [];
  // What async hooks see of the thread.
  #handle = { hasRef: () => (this.#gone ? undefined : this.#referenced) };
  #gone = false;
  #utilization;
  #deliver;

  // `internal`: what only the runtime may ask for (js/web/worker.js): { web: what the thread's global scope becomes, kind:
  // how the file is run }.
  constructor(filename, options = {}, internal = undefined) {
    super();
    options ??= {};
    const entry = readEntry(filename, options);
    const own = internal?.[kInternal];
    if (own?.kind !== undefined) entry.kind = own.kind;
    if (own?.kind === 'module-file') entry.source = filename.href;
    const limits = readLimits(options.resourceLimits);
    // The isolate is made while the rest is put together.
    native.prepare(...limits);
    if (options.argv !== undefined && options.argv !== null) validateArray(options.argv, 'options.argv');
    if (options.name !== undefined && options.name !== null) validateString(options.name, 'options.name');
    const execArgv = readExecArgv(options.execArgv);
    const env = readEnv(options.env);
    const nodeOptions = readNodeOptions(env.values);
    // As in Node, what is no object is none.
    const transfer = typeof options.transferList === 'object' && options.transferList !== null ?
      readTransferOption(options.transferList) ?? [] : [];
    this.#name = options.name ?? DEFAULT_NAME;
    this.#limits = limits;
    this.#flags = new Int32Array(new SharedArrayBuffer(4));

    const [port, childPort] = messaging.createChannel();
    const [control, childControl] = messaging.createChannel();
    this.#port = port;
    this.#control = control;
    const startup = {
      entry,
      argv: options.argv?.map(String) ?? [],
      execArgv: execArgv.flags,
      overrides: nodeOptions === undefined ? execArgv.overrides : { ...nodeOptions, ...execArgv.overrides },
      env,
      name: this.#name,
      limits: limitsObject(limits),
      isLimited: typeof options.resourceLimits === 'object' && options.resourceLimits !== null,
      workerData: options.workerData,
      environmentData: environmentData.size > 0 ? environmentData : undefined,
      port: childPort,
      control: childControl,
      stdio: { stdin: Boolean(options.stdin), stdout: Boolean(options.stdout), stderr: Boolean(options.stderr) },
      flags: this.#flags,
      tracksDescriptors: options.trackUnmanagedFds === undefined || Boolean(options.trackUnmanagedFds),
      web: own?.web,
      cwdCounter: startedCwdCounter(),
    };
    if (options.stdin) {
      this.#streams.stdin = require('internal/worker/stdio').createParentWritable((chunk) => {
        control.postMessage({ type: 'stdin', chunk });
      });
    }
    try {
      this.#id = native.spawn(this.#name, ...limits, startup, [...transfer, childPort, childControl],
                              (code, ending) => this.#onExit(code, ending));
    } catch (error) {
      port.close();
      control.close();
      throw error;
    }
    this.#running = true;
    announceResource('WORKER', this.#handle);
    const channel = require('internal/realm').loaded('diagnostics_channel')?.channel('worker_threads');
    if (channel?.hasSubscribers) channel.publish({ worker: this });
    this.#deliver = own?.onMessage ?? ((type, value) => this.emit(type, value));
    port[kOnMessage] = this.#deliver;
    control[kOnMessage] = (type, value) => this.#onControl(value);
    messaging.start(port);
    messaging.start(control);
    // What is written before anybody reads must not be lost.
    if (options.stdout) this.#output('stdout');
    if (options.stderr) this.#output('stderr');
    process.nextTick(() => process.emit('worker', this));
  }

  #onControl(message) {
    switch (message.type) {
      case 'online':
        this.emit('online');
        break;
      case 'error':
        this.emit('error', 'symbol' in message ? Symbol(message.symbol) : message.error);
        break;
      case 'stdout':
      case 'stderr':
        this.#output(message.type).push(message.chunk);
        break;
      case 'stdinMore':
        this.#streams.stdin?.more();
        break;
    }
  }

  #onExit(code, ending) {
    this.#drain(this.#port, (value) => this.#deliver('message', value));
    this.#drain(this.#control, (value) => this.#onControl(value));
    this.#running = false;
    this.#id = -1;
    this.#port.close();
    this.#control.close();
    const { stdin, stdout, stderr } = this.#streams;
    stdin?.destroy();
    stdout?.push(null);
    stderr?.push(null);
    const terminations = this.#terminations;
    this.#terminations = [];
    try {
      if (ending === OUT_OF_MEMORY) this.emit('error', new ERR_WORKER_OUT_OF_MEMORY('JS heap out of memory'));
      else if (ending === INIT_FAILED) this.emit('error', new ERR_WORKER_INIT_FAILED('no isolate'));
    } finally {
      for (const resolve of terminations) resolve(code);
      setImmediate(() => { this.#gone = true; }).unref();
      this.emit('exit', code);
    }
  }

  // What was posted before the end arrives before 'exit'.
  #drain(port, deliver) {
    for (;;) {
      let received;
      try {
        received = messaging.receive(port);
      } catch (error) {
        this.emit('messageerror', error);
        continue;
      }
      if (received === undefined) return;
      deliver(received[0]);
    }
  }

  #output(name) {
    const stream = this.#streams[name] ??= require('internal/worker/stdio').createParentReadable();
    return stream;
  }

  #wanted(name, bit) {
    Atomics.or(this.#flags, 0, bit);
    return this.#output(name);
  }

  // Node's `worker.performance` has this one method: eventLoopUtilization() of the thread, seen from here.
  get performance() {
    this.#utilization ??= {
      eventLoopUtilization: (first, second) => {
        const { utilizationOf } = require('web/performance');
        return utilizationOf(this.#running ? native.times(this.#id) : undefined, first, second);
      },
    };
    return this.#utilization;
  }

  get stdin() { return this.#streams.stdin; }
  get stdout() { return this.#wanted('stdout', 1); }
  get stderr() { return this.#wanted('stderr', 2); }

  get threadId() { return this.#id; }
  get threadName() { return this.#running ? this.#name : null; }
  get resourceLimits() { return this.#running ? limitsObject(this.#limits) : {}; }

  postMessage(...args) {
    if (this.#running) Reflect.apply(this.#port.postMessage, this.#port, args);
  }

  // Resolves with the exit code once the thread has ended; with undefined if it had ended before.
  terminate(callback) {
    if (typeof callback === 'function') {
      process.emitWarning(
        'Passing a callback to worker.terminate() is deprecated. It returns a Promise instead.',
        'DeprecationWarning', 'DEP0132');
      if (!this.#running) return Promise.resolve();
      this.once('exit', (code) => callback(null, code));
    }
    if (!this.#running) return Promise.resolve();
    this.ref();
    native.terminate(this.#id);
    return new Promise((resolve) => this.#terminations.push(resolve));
  }

  hasRef() {
    return this.#running && this.#referenced;
  }

  async [Symbol.asyncDispose]() {
    await this.terminate();
  }

  ref() {
    if (!this.#running || this.#referenced) return;
    this.#referenced = true;
    native.setRef(this.#id, true);
  }

  unref() {
    if (!this.#running || !this.#referenced) return;
    this.#referenced = false;
    native.setRef(this.#id, false);
  }

  #ask(name, ...args) {
    if (!this.#running) return Promise.reject(new ERR_WORKER_NOT_RUNNING());
    return require('internal/worker/profile_handles').ask(name, this.#id, ...args);
  }

  getHeapSnapshot(options) {
    const { checkSnapshotOptions, snapshotStream } = require('internal/heap_snapshot');
    checkSnapshotOptions(options);
    return this.#ask('heapSnapshot').then(snapshotStream);
  }

  getHeapStatistics() {
    return this.#ask('heapStatistics');
  }

  async cpuUsage(previous) {
    const { checkPreviousUsage, usageSince } = require('internal/process/usage');
    if (previous) checkPreviousUsage(previous);
    return usageSince(await this.#ask('cpuUsage'), previous);
  }

  startCpuProfile(options = {}) {
    return this.#startProfile(false, require('internal/worker/profile_handles').readCpuOptions(options));
  }

  startHeapProfile(options = {}) {
    return this.#startProfile(true, require('internal/worker/profile_handles').readHeapOptions(options));
  }

  #startProfile(isHeap, params) {
    if (!this.#running) return Promise.reject(new ERR_WORKER_NOT_RUNNING());
    return require('internal/worker/profile_handles').start(this.#id, isHeap, params);
  }
}

require('internal/worker/js_transferable').markTransferMode(Worker.prototype, false, false);

module.exports = { Worker, kInternal };
