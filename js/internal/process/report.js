'use strict';
// process.report: a diagnostic report of the process, as JSON (https://nodejs.org/api/report.html). Written on request, on
// a signal, or when an error that nobody caught ends the process.

const native = internalBinding('report');
const { validateBoolean, validateString } = require('internal/validators');

const VERSION = 5;

let options;
// What the listener of the signal is, while there is one.
let onSignal;

function settings() {
  if (options !== undefined) return options;
  const { getOptionValue } = require('internal/options');
  const text = (flag) => getOptionValue(flag) ?? '';
  const is = (flag) => Boolean(getOptionValue(flag));
  return options = {
    compact: is('--report-compact'),
    directory: text('--report-directory'),
    excludeEnv: is('--report-exclude-env'),
    excludeNetwork: is('--report-exclude-network'),
    filename: text('--report-filename'),
    onFatalError: is('--report-on-fatalerror'),
    onSignal: is('--report-on-signal'),
    onUncaughtException: is('--report-uncaught-exception'),
    signal: getOptionValue('--report-signal') ?? 'SIGUSR2',
  };
}

// ---- the parts of a report ----

function header(event, trigger, filename, now, { excludeNetwork }) {
  const os = require('os');
  const two = (value) => `${value}`.padStart(2, '0');
  const time = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}T` +
    `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}Z`;
  const { threadId } = require('internal/worker/thread').thread;
  return {
    reportVersion: VERSION,
    event,
    trigger,
    filename,
    dumpEventTime: time,
    dumpEventTimeStamp: `${now.getTime()}`,
    processId: process.pid,
    threadId,
    cwd: process.cwd(),
    commandLine: [process.argv0, ...process.execArgv, ...process.argv.slice(1)],
    nodejsVersion: process.version,
    ...libraryVersions(),
    wordSize: /64|s390x/.test(process.arch) ? 64 : 32,
    arch: process.arch,
    platform: process.platform,
    componentVersions: { ...process.versions },
    release: { ...process.release },
    osName: os.type(),
    osRelease: os.release(),
    osVersion: os.version(),
    osMachine: os.machine(),
    cpus: os.cpus().map(({ model, speed, times }) => ({
      model, speed, user: times.user, nice: times.nice, sys: times.sys, idle: times.idle, irq: times.irq,
    })),
    ...excludeNetwork ? {} : { networkInterfaces: networkInterfaces(os) },
    host: os.hostname(),
  };
}

function libraryVersions() {
  const [glibcVersionRuntime, glibcVersionCompiler] = native.libraryVersions();
  if (glibcVersionRuntime === undefined) return {};
  return { glibcVersionRuntime, ...glibcVersionCompiler === undefined ? {} : { glibcVersionCompiler } };
}

function networkInterfaces(os) {
  const list = [];
  for (const [name, addresses] of Object.entries(os.networkInterfaces())) {
    for (const { internal, mac, address, netmask, family, scopeid } of addresses) {
      list.push({
        name, internal, mac, address, netmask, family, ...family === 'IPv6' ? { scopeid } : {},
      });
    }
  }
  return list;
}

function javascriptStack(error) {
  if (error === undefined) return { message: 'No stack.', stack: ['Unavailable.'], errorProperties: {} };
  if (error === null || (typeof error !== 'object' && typeof error !== 'function')) {
    return { message: typeof error === 'string' ? error : String(error), errorProperties: {} };
  }
  // The stack may begin with where the error was thrown.
  const { isErrorLike } = require('internal/errors');
  const message = isErrorLike(error) ? `${error}` : require('internal/util/inspect').inspect(error);
  let text;
  try {
    text = error.stack;
  } catch {
    // The program's Error.prepareStackTrace throws.
  }
  const stack = typeof text === 'string' ? text.split('\n').filter((line) => /^\s+at /.test(line)) : [];
  const errorProperties = {};
  if (typeof error === 'object' && error !== null) {
    for (const key of Object.keys(error)) {
      try {
        errorProperties[key] = `${error[key]}`;
      } catch {
        // What cannot be shown is left out.
      }
    }
  }
  return { message, stack: stack.map((line) => line.trim()), errorProperties };
}

function javascriptHeap() {
  const v8 = internalBinding('v8');
  const heap = v8.getHeapStatistics();
  const heapSpaces = {};
  for (const space of v8.getHeapSpaceStatistics()) {
    const used = space.space_used_size;
    const available = space.space_available_size;
    heapSpaces[space.space_name] = {
      memorySize: space.space_size, committedMemory: space.physical_space_size, capacity: used + available, used,
      available,
    };
  }
  return {
    totalMemory: heap.total_heap_size,
    executableMemory: heap.total_heap_size_executable,
    totalCommittedMemory: heap.total_physical_size,
    availableMemory: heap.total_available_size,
    totalGlobalHandlesMemory: heap.total_global_handles_size,
    usedGlobalHandlesMemory: heap.used_global_handles_size,
    usedMemory: heap.used_heap_size,
    memoryLimit: heap.heap_size_limit,
    mallocedMemory: heap.malloced_memory,
    externalMemory: heap.external_memory,
    peakMallocedMemory: heap.peak_malloced_memory,
    nativeContextCount: heap.number_of_native_contexts,
    detachedContextCount: heap.number_of_detached_contexts,
    doesZapGarbage: heap.does_zap_garbage,
    heapSpaces,
  };
}

function nativeStack() {
  const stack = [];
  const texts = native.nativeStack();
  for (let i = 0; i < texts.length; i += 2) stack.push({ pc: texts[i], symbol: texts[i + 1] });
  return stack;
}

// Processor time is that of the whole process here and that of the thread there.
function times(user, system, reads, writes) {
  const up = process.uptime();
  return {
    userCpuSeconds: user / 1e6,
    kernelCpuSeconds: system / 1e6,
    cpuConsumptionPercent: (user + system) / 1e4 / up,
    userCpuConsumptionPercent: user / 1e4 / up,
    kernelCpuConsumptionPercent: system / 1e4 / up,
    fsActivity: { reads, writes },
  };
}

function resourceUsage() {
  const os = require('os');
  const usage = process.resourceUsage();
  const { fsActivity, ...cpu } = times(usage.userCPUTime, usage.systemCPUTime, usage.fsRead, usage.fsWrite);
  return {
    free_memory: os.freemem(),
    total_memory: os.totalmem(),
    rss: process.memoryUsage.rss(),
    constrained_memory: process.constrainedMemory(),
    available_memory: process.availableMemory(),
    ...cpu,
    maxRss: usage.maxRSS * 1024,
    pageFaults: { IORequired: usage.majorPageFault, IONotRequired: usage.minorPageFault },
    fsActivity,
  };
}

function threadUsage() {
  let usage;
  try {
    usage = process.threadCpuUsage();
  } catch {
    // Not every system counts by thread.
    return {};
  }
  return { uvthreadResourceUsage: times(usage.user, usage.system, 0, 0) };
}

// What Workers tell of themselves, each as a report of its own: what is the process's is the same in all of them.
function subreports(parts, common) {
  return parts.map(({ threadId, name, thread, workers, ...own }) => ({
    ...common,
    header: { ...common.header, event: `Worker thread subreport [${name}]`, filename: null, threadId },
    ...own,
    ...thread === null ? {} : { uvthreadResourceUsage: times(...thread) },
    workers: subreports(workers, common),
  }));
}

function userLimits() {
  const limits = {};
  const values = native.userLimits();
  const shown = (value) => (value === Infinity ? 'unlimited' : value);
  for (let i = 0; i < values.length; i += 3) {
    limits[values[i]] = { soft: shown(values[i + 1]), hard: shown(values[i + 2]) };
  }
  return limits;
}

function makeReport(event, trigger, filename, error, asksWorkers = true) {
  const settled = settings();
  const now = new Date();
  const report = {
    header: header(event, trigger, filename, now, settled),
    javascriptStack: javascriptStack(error),
    javascriptHeap: javascriptHeap(),
    nativeStack: nativeStack(),
    resourceUsage: resourceUsage(),
    ...threadUsage(),
    libuv: JSON.parse(native.handles()),
    workers: [],
    ...settled.excludeEnv ? {} : { environmentVariables: { ...process.env } },
    ...process.platform === 'win32' ? {} : { userLimits: userLimits() },
    sharedObjects: native.sharedObjects(),
  };
  if (asksWorkers) report.workers = subreports(JSON.parse(native.workers(trigger)), { ...report });
  return report;
}

// ---- writing one ----

const defaultName = () => require('internal/process/profiles').diagnosticName('report', 'json');

// The name of the file it is in.
function write(event, trigger, given, error) {
  const { compact, directory, filename } = settings();
  const { printError } = internalBinding('process');
  const name = given || filename || defaultName();
  const text = (report) => `${JSON.stringify(report, null, compact ? 0 : 2)}\n`;
  const fs = require('fs');
  if (name === 'stdout' || name === 'stderr') {
    fs.writeSync(name === 'stdout' ? 1 : 2, text(makeReport(event, trigger, name, error)));
    return name;
  }
  const path = require('path');
  const file = path.resolve(directory, name);
  // Not the directory of the settings where the caller has named a file of its own.
  const target = given && path.isAbsolute(given) ? given : file;
  const shown = `Writing Node.js report to file: ${name}`;
  let report;
  try {
    report = text(makeReport(event, trigger, name, error));
    fs.writeFileSync(target, report);
  } catch (problem) {
    if (problem.code === 'ERR_ACCESS_DENIED') throw problem;
    printError(`\nFailed to open Node.js report file: ${name}${directory === '' ? '' : ` directory: ${directory}`} ` +
      `(errno: ${problem.errno === undefined ? problem.message : -problem.errno})\n`);
    return '';
  }
  printError(`\n${shown}\nNode.js report completed\n`);
  return name;
}

function checkError(error) {
  if (error === undefined || (typeof error === 'object' && error !== null && !Array.isArray(error))) return;
  const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
  throw new ERR_INVALID_ARG_TYPE('err', 'Object', error);
}

// Stands for an error where a report is asked for without one.
function synthetic(asked) {
  const { codes: { ERR_SYNTHETIC } } = require('internal/errors');
  const error = new ERR_SYNTHETIC();
  Error.captureStackTrace(error, asked);
  return error;
}

// ---- the signal ----

function checkSignal(signal) {
  validateString(signal, 'signal');
  if (require('internal/signals').signalNumbers()[signal] !== undefined) return;
  const { codes: { ERR_UNKNOWN_SIGNAL } } = require('internal/errors');
  if (require('internal/signals').signalNumbers()[signal.toUpperCase()] !== undefined) {
    throw new ERR_UNKNOWN_SIGNAL(`${signal} (signals must use all capital letters)`);
  }
  throw new ERR_UNKNOWN_SIGNAL(signal);
}

function listen() {
  if (onSignal !== undefined) process.removeListener(onSignal.signal, onSignal.listener);
  onSignal = undefined;
  const { onSignal: wanted, signal } = settings();
  // Signals are the main thread's.
  if (!wanted || internalBinding('worker').threadId() !== 0) return;
  const listener = () => { write(signal, 'Signal', '', ''); };
  onSignal = { listener, signal };
  process.on(signal, listener);
}

// ---- the end of memory ----

// There is no JavaScript any more then: what the report says is put together now, and src/ops/report/fatal.rs fills in what has
// changed since.
function prepareForFatalError() {
  // Workers have limits of their own, which do not end the process.
  if (internalBinding('worker').threadId() !== 0) return;
  const { compact, directory, filename, onFatalError } = settings();
  const prepared = onFatalError ? { ...makeReport('', '', '', undefined, false), libuv: [] } : undefined;
  native.onFatalError(prepared === undefined ? '' : JSON.stringify(prepared), filename, directory, compact);
}

// ---- process.report ----

const report = {
  writeReport(file, err) {
    if (typeof file === 'object' && file !== null) {
      err = file;
      file = undefined;
    } else if (file !== undefined) {
      validateString(file, 'file');
    }
    checkError(err);
    return write('JavaScript API', 'API', file, err ?? synthetic(report.writeReport));
  },

  // An object here; Node makes it by way of JSON too.
  getReport(err) {
    checkError(err);
    return JSON.parse(JSON.stringify(
      makeReport('JavaScript API', 'GetReport', null, err ?? synthetic(report.getReport))));
  },
};

// What is prepared goes by the settings.
function refresh() {
  if (settings().onFatalError) prepareForFatalError();
}

function accessor(name, key, check, changed = () => {}) {
  Object.defineProperty(report, name, {
    __proto__: null, configurable: true, enumerable: true,
    get() { return settings()[key]; },
    set(value) {
      check(value, check === validateBoolean && name.startsWith('reportOn') ? 'trigger' : name);
      settings()[key] = value;
      changed();
    },
  });
}

accessor('directory', 'directory', validateString, refresh);
accessor('filename', 'filename', validateString, refresh);
accessor('compact', 'compact', validateBoolean, refresh);
accessor('excludeEnv', 'excludeEnv', validateBoolean, refresh);
accessor('excludeNetwork', 'excludeNetwork', validateBoolean, refresh);
accessor('signal', 'signal', checkSignal, listen);
accessor('reportOnFatalError', 'onFatalError', validateBoolean, prepareForFatalError);
accessor('reportOnSignal', 'onSignal', validateBoolean, listen);
accessor('reportOnUncaughtException', 'onUncaughtException', validateBoolean);

// --report-on-signal and its kin, at the start of a thread.
function applyFlags() {
  checkSignal(settings().signal);
  listen();
  if (settings().onFatalError) prepareForFatalError();
}

// An error that nobody caught ends the process.
function onUncaughtException(error) {
  if (settings().onUncaughtException) write('Exception', 'Exception', '', error);
}

module.exports = { applyFlags, onUncaughtException, report };
