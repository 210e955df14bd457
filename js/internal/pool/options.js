'use strict';
// The options of a Pool, and of single tasks: read, checked, completed. Names and meaning are piscina's where it has them.

const { codes } = require('internal/errors');
const {
  validateAbortSignal, validateArray, validateBoolean, validateFunction, validateInteger, validateObject, validateString,
} = require('internal/validators');
const { moduleHref } = require('internal/pool/code');
const native = internalBinding('pool');

const LIMITS = [
  'maxYoungGenerationSizeMb', 'maxOldGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb', 'maxArrayBufferSizeMb',
];

// Tasks that may be under way in one isolate, all but one of them awaiting something.
const CONCURRENCY = 8;
const IDLE_TIMEOUT = 30_000;
const CLOSE_TIMEOUT = 30_000;
const CANCEL_GRACE = 100;
// More threads than this are a mistake, whatever the machine.
const MOST_THREADS = 1024;

function positive(value, name, fallback) {
  if (value === undefined) return fallback;
  if (typeof value !== 'number') throw new codes.ERR_INVALID_ARG_TYPE(name, 'number', value);
  if (!(value > 0)) throw new codes.ERR_OUT_OF_RANGE(name, '> 0', value);
  return value;
}

// ms, with 0 and Infinity meaning what they say.
function duration(value, name, fallback) {
  if (value === undefined) return fallback;
  if (typeof value !== 'number') throw new codes.ERR_INVALID_ARG_TYPE(name, 'number', value);
  if (!(value >= 0)) throw new codes.ERR_OUT_OF_RANGE(name, '>= 0', value);
  return value;
}

function readThreads(options) {
  const { minThreads, maxThreads } = options;
  if (maxThreads !== undefined) validateInteger(maxThreads, 'options.maxThreads', 1, MOST_THREADS);
  if (minThreads !== undefined) validateInteger(minThreads, 'options.minThreads', 0, MOST_THREADS);
  if (minThreads > maxThreads) {
    throw new codes.ERR_INVALID_ARG_VALUE('options.minThreads', minThreads, 'must not exceed options.maxThreads');
  }
  const least = minThreads ?? 0;
  return [least, maxThreads ?? Math.max(least, native.availableParallelism())];
}

function readMaxQueue(maxQueue, maxThreads) {
  if (maxQueue === undefined || maxQueue === Infinity) return Infinity;
  if (maxQueue === 'auto') return maxThreads ** 2;
  if (typeof maxQueue !== 'number') throw new codes.ERR_INVALID_ARG_TYPE('options.maxQueue', ['number', '\'auto\''], maxQueue);
  validateInteger(maxQueue, 'options.maxQueue', 0);
  return maxQueue;
}

function readConcurrency(options) {
  const name = options.concurrentTasksPerThread === undefined ? 'concurrentTasksPerWorker' : 'concurrentTasksPerThread';
  const value = options[name];
  if (value === undefined) return CONCURRENCY;
  validateInteger(value, `options.${name}`, 1, 1_000_000);
  return value;
}

function readLimits(limits = {}) {
  validateObject(limits, 'options.resourceLimits');
  return LIMITS.map((name) => {
    const value = limits[name];
    if (value === undefined) return 0;
    if (typeof value !== 'number') throw new codes.ERR_INVALID_ARG_TYPE(`options.resourceLimits.${name}`, 'number', value);
    if (!(value > 0)) throw new codes.ERR_OUT_OF_RANGE(`options.resourceLimits.${name}`, '> 0', value);
    return value;
  });
}

function readRecycling(recycleAfter) {
  if (recycleAfter === undefined) return { tasks: 0, heapMb: 0 };
  validateObject(recycleAfter, 'options.recycleAfter');
  const { tasks, heapMb } = recycleAfter;
  if (tasks !== undefined) validateInteger(tasks, 'options.recycleAfter.tasks', 1);
  return { tasks: tasks ?? 0, heapMb: positive(heapMb, 'options.recycleAfter.heapMb', 0) };
}

function readEnv(env) {
  if (env === undefined || env === null) return undefined;
  const { SHARE_ENV } = require('internal/worker/thread');
  if (env === SHARE_ENV) return { shared: true, values: undefined };
  if (typeof env !== 'object') {
    throw new codes.ERR_INVALID_ARG_TYPE('options.env', ['object', 'undefined', 'null', 'worker_threads.SHARE_ENV'], env);
  }
  const values = {};
  for (const name of Object.keys(env)) values[name] = `${env[name]}`;
  return { shared: false, values };
}

// What every isolate receives when it is made; undefined where the options ask for nothing.
function readStartup(options, limits) {
  const { argv, execArgv, workerData, name } = options;
  const env = readEnv(options.env);
  if (argv !== undefined && argv !== null) validateArray(argv, 'options.argv');
  let flags;
  let overrides;
  if (execArgv !== undefined && execArgv !== null) {
    validateArray(execArgv, 'options.execArgv');
    flags = execArgv.map(String);
    const parsed = require('internal/worker/exec_argv').parse(flags);
    if (parsed.invalid.length > 0) throw new codes.ERR_WORKER_INVALID_EXEC_ARGV(parsed.invalid);
    ({ overrides } = parsed);
  }
  const limited = limits.some((value) => value > 0);
  if (!argv && !flags && env === undefined && workerData === undefined && !limited) return undefined;
  const shown = limited ? Object.fromEntries(LIMITS.map((key, i) => [key, limits[i]]).filter((e) => e[1] > 0)) : undefined;
  return { argv: argv?.map(String), execArgv: flags, overrides, env, workerData, limits: shown, name };
}

function readPoolOptions(options) {
  validateObject(options, 'options');
  const [minThreads, maxThreads] = readThreads(options);
  if (options.name !== undefined) validateString(options.name, 'options.name');
  if (options.recordTiming !== undefined) validateBoolean(options.recordTiming, 'options.recordTiming');
  if (options.rerunLost !== undefined) validateBoolean(options.rerunLost, 'options.rerunLost');
  if (options.niceIncrement !== undefined) validateInteger(options.niceIncrement, 'options.niceIncrement', 0, 39);
  const limits = readLimits(options.resourceLimits ?? undefined);
  const startup = readStartup(options, limits);
  return {
    // What users see as pool.options.
    public: {
      filename: options.filename === undefined || options.filename === null ? null : moduleHref(options.filename),
      name: options.name ?? 'default',
      minThreads,
      maxThreads,
      idleTimeout: duration(options.idleTimeout, 'options.idleTimeout', IDLE_TIMEOUT),
      closeTimeout: duration(options.closeTimeout, 'options.closeTimeout', CLOSE_TIMEOUT),
      maxQueue: readMaxQueue(options.maxQueue, maxThreads),
      concurrentTasksPerThread: readConcurrency(options),
      taskTimeout: positive(options.taskTimeout, 'options.taskTimeout', 0),
      cancelGrace: duration(options.cancelGrace, 'options.cancelGrace', CANCEL_GRACE),
      recycleAfter: readRecycling(options.recycleAfter),
      niceIncrement: options.niceIncrement ?? 0,
      recordTiming: options.recordTiming ?? true,
      rerunLost: options.rerunLost ?? true,
      resourceLimits: options.resourceLimits ?? {},
      workerData: options.workerData,
      argv: options.argv ?? [],
      execArgv: options.execArgv ?? [],
      env: options.env,
    },
    limits,
    startup,
  };
}

// What native.create() takes.
function nativeOptions({ public: options, limits }) {
  return {
    name: 'weft-pool',
    minThreads: options.minThreads,
    maxThreads: options.maxThreads,
    concurrency: options.concurrentTasksPerThread,
    graceMs: options.cancelGrace,
    recycleTasks: options.recycleAfter.tasks,
    recycleHeapMb: options.recycleAfter.heapMb,
    nice: options.niceIncrement,
    maxYoungMb: limits[0],
    maxOldMb: limits[1],
    codeRangeMb: limits[2],
    stackMb: limits[3],
    maxArrayBufferMb: limits[4],
  };
}

function readPriority(priority) {
  if (priority === undefined) return 0;
  validateInteger(priority, 'options.priority', -2147483648, 2147483647);
  return priority;
}

// A time as Date.now() tells it; 0 for none.
function readDeadline(deadline) {
  if (deadline === undefined || deadline === null) return 0;
  const time = deadline instanceof Date ? deadline.getTime() : deadline;
  if (typeof time !== 'number') throw new codes.ERR_INVALID_ARG_TYPE('options.deadline', ['number', 'Date'], deadline);
  if (Number.isNaN(time)) throw new codes.ERR_OUT_OF_RANGE('options.deadline', 'a time', deadline);
  return time;
}

// The options of run() that say how a task is scheduled, put into `task`. `fallback` is the pool's taskTimeout.
function readScheduling(task, options, fallback) {
  const { signal, onProgress } = options;
  if (signal !== undefined && signal !== null) validateAbortSignal(signal, 'options.signal');
  if (onProgress !== undefined) validateFunction(onProgress, 'options.onProgress');
  task.onProgress = onProgress;
  task.timeout = positive(options.timeout, 'options.timeout', fallback);
  if (task.timeout === Infinity) task.timeout = 0;
  task.priority = readPriority(options.priority);
  task.deadline = readDeadline(options.deadline);
  if (task.deadline === Infinity) task.deadline = 0;
  task.alone ||= Boolean(signal) || task.deadline !== 0 || onProgress !== undefined;
  return signal ?? undefined;
}

module.exports = { nativeOptions, positive, readPoolOptions, readPriority, readScheduling };
