'use strict';
// The class Pool of weft:pool: what users call. Options are read by options.js, tasks wait in scheduler.js, code is named
// in code.js; the methods over collections are in files of their own and get at the scheduler through [kScheduler]().

const EventEmitter = require('events');
const { codes } = require('internal/errors');
const { validateArray, validateObject, validateString } = require('internal/validators');
const { CodeTable, moduleHref } = require('internal/pool/code');
const { abortError, closedError, deadlineError, queueFullError } = require('internal/pool/errors');
const { nativeOptions, readPoolOptions, readScheduling } = require('internal/pool/options');
const { place } = require('internal/pool/place');
const { Scheduler } = require('internal/pool/scheduler');
const { Task } = require('internal/pool/tasks');
const native = internalBinding('pool');
const { now } = internalBinding('performance');

// pool[kScheduler](): the scheduler of a pool that takes tasks, which is started if need be; throws where it is closed.
const kScheduler = Symbol('kScheduler');
// pool[kCode](task, captures, filename, name): the Code of a function or of a module's export.
const kCode = Symbol('kCode');
// Given to the constructor for options: the pool that runs the present task.
const kJoin = Symbol('kJoin');

const kinds = { kCode, kScheduler };

// The longest a timer can be set for.
const LONGEST_TIMER = 2 ** 31 - 1;

function readListOption(list) {
  if (list === undefined || list === null) return undefined;
  return require('internal/worker/messaging').readTransferOption(list);
}

class Pool extends EventEmitter {
  #read;
  #options;
  #scheduler;
  #codes;
  #joined = false;
  #born = now();
  #closing = undefined;
  #ended = false;
  #closeTimer;
  #idleTimer;
  #idleMark = -1;
  #needsDrain = false;
  #queued = false;
  // Whether somebody may look on from another process.
  #monitored = false;
  #channels;

  constructor(options = {}) {
    super();
    this.#joined = options === kJoin;
    this.#read = readPoolOptions(this.#joined ? {} : options);
    this.#options = this.#read.public;
    if (this.#options.minThreads > 0) this.#start();
    else if (!this.#joined) native.prepare(...this.#read.limits);
  }

  // The threads are started by the first task, or at once where minThreads asks for isolates beforehand.
  #start() {
    const { maxThreads, concurrentTasksPerThread, recordTiming, rerunLost } = this.#options;
    const onOutcomes = (flat) => this.#scheduler.onOutcomes(flat);
    const id = this.#joined ?
      native.join(onOutcomes) : native.create(nativeOptions(this.#read), this.#read.startup, onOutcomes);
    // While the first isolate is being made.
    require('internal/worker/messaging');
    this.#monitored = !this.#joined && require('internal/options').getOptionValue('--monitor') === true;
    this.#codes = new CodeTable(id);
    this.#scheduler = new Scheduler(id, {
      threads: maxThreads,
      concurrency: concurrentTasksPerThread,
      joined: this.#joined,
      rerunLost,
      recordTiming,
      hooks: {
        onQuiet: () => this.#onQuiet(),
        onDispatched: () => this.#onDispatched(),
        onError: (error) => this.#onError(error),
        onClosed: () => this.#onClosed(),
      },
    });
  }

  get options() { return this.#options; }
  get maxThreads() { return this.#options.maxThreads; }
  get minThreads() { return this.#options.minThreads; }
  get closed() { return this.#closing !== undefined; }

  // Threads that have an isolate, or are about to.
  get threadCount() { return this.#scheduler === undefined || this.#ended ? 0 : native.threads(this.#scheduler.id); }
  // What is known of each isolate that lives.
  get threads() {
    if (this.#scheduler === undefined || this.#ended) return [];
    return native.isolates(this.#scheduler.id).map((row) => {
      const [isolateId, index, running, completed, runTime, alive, idle, heapUsed, heapTotal, external] = row;
      return {
        isolateId, index, running, completed, runTime,
        eventLoopUtilization: { idle, active: alive - idle, utilization: alive > 0 ? (alive - idle) / alive : 0 },
        memory: { heapUsed, heapTotal, external },
      };
    });
  }

  get completed() { return this.#scheduler?.completed ?? 0; }
  get queueSize() { return this.#scheduler?.queueSize ?? 0; }
  get running() { return this.#scheduler?.running ?? 0; }
  get needsDrain() { return this.#needsDrain; }
  // ms since the pool was made.
  get duration() { return now() - this.#born; }
  get runTime() { return this.#scheduler?.timing?.runTime; }
  get waitTime() { return this.#scheduler?.timing?.waitTime; }
  get histogram() {
    const { timing } = this.#scheduler ?? {};
    return timing === undefined ? null : {
      runTime: timing.runTime, waitTime: timing.waitTime, resetRunTime: () => timing.reset(), resetWaitTime: () => timing.reset(),
    };
  }

  // The share of the time its threads could have run tasks in which they did.
  get utilization() {
    const total = this.#scheduler?.timing?.total ?? 0;
    return total / 1e6 / (this.duration * this.#options.maxThreads);
  }

  static get isWorkerThread() { return place.isolate !== 0; }

  [kScheduler]() {
    if (this.#closing !== undefined) throw closedError();
    if (this.#scheduler === undefined) this.#start();
    return this.#scheduler;
  }

  [kCode](task, captureNames, filename, name = this.#options.name) {
    this[kScheduler]();
    if (typeof task === 'function') return this.#codes.ofFunction(task, captureNames);
    validateString(name, 'options.name');
    const href = filename === undefined || filename === null ? this.#options.filename : moduleHref(filename);
    if (href === null) {
      throw new codes.ERR_INVALID_ARG_VALUE(
        'options.filename', filename, 'must name a module, unless the pool has one or the task is a function');
    }
    return this.#codes.ofModule(href, name);
  }

  // Runs a function, or gives `task` to the function a module exports. A promise of what it returns.
  run(task, options = undefined) {
    return new Promise((resolve, reject) => {
      const scheduler = this[kScheduler]();
      if (options !== undefined) {
        this.#runWith(task, options, resolve, reject);
        return;
      }
      const isFunction = typeof task === 'function';
      const entry = new Task(this[kCode](task, []), isFunction ? [[], []] : task, undefined, resolve, reject);
      entry.timeout = this.#options.taskTimeout === Infinity ? 0 : this.#options.taskTimeout;
      this.#enqueue(scheduler, entry);
    });
  }

  #runWith(task, options, resolve, reject) {
    validateObject(options, 'options');
    const { filename, name, transferList, args, captures } = options;
    let value = task;
    let names = [];
    if (typeof task === 'function') {
      if (args !== undefined) validateArray(args, 'options.args');
      if (captures !== undefined) {
        validateObject(captures, 'options.captures');
        names = Object.keys(captures);
      }
      value = [args ?? [], names.map((key) => captures[key])];
    }
    const entry = new Task(this[kCode](task, names, filename, name), value, readListOption(transferList), resolve, reject);
    const signal = readScheduling(entry, options, this.#options.taskTimeout);
    const scheduler = this.#scheduler;
    if (signal !== undefined) {
      if (signal.aborted) {
        reject(abortError(signal));
        return;
      }
      const onAbort = () => scheduler.cancelTask(entry, abortError(signal));
      signal.addEventListener('abort', onAbort, { once: true });
      entry.release = () => signal.removeEventListener('abort', onAbort);
    }
    if (entry.deadline !== 0) this.#setDeadline(scheduler, entry);
    if (!entry.settled) this.#enqueue(scheduler, entry);
  }

  #setDeadline(scheduler, entry) {
    const left = entry.deadline - Date.now();
    if (left <= 0) {
      entry.settle(true, deadlineError());
      return;
    }
    entry.timer = setTimeout(() => {
      if (left > LONGEST_TIMER) this.#setDeadline(scheduler, entry);
      else scheduler.cancelTask(entry, deadlineError());
    }, Math.min(left, LONGEST_TIMER));
    // The work keeps the loop alive, not its clock.
    entry.timer.unref();
  }

  #enqueue(scheduler, entry) {
    const { maxQueue } = this.#options;
    if (maxQueue !== Infinity && scheduler.isFull(maxQueue)) {
      entry.settle(true, queueFullError(maxQueue));
      return;
    }
    const channels = this.#channels ?? this.#findChannels();
    if (channels !== undefined) channels.begin(this, entry);
    scheduler.enqueue(entry);
  }

  // Where nobody loaded diagnostics_channel, and nobody listens for 'task', tasks are not told of.
  #findChannels() {
    if (this.listenerCount('task') === 0 && require('internal/realm').loaded('diagnostics_channel') === undefined) {
      return undefined;
    }
    return this.#channels = require('internal/pool/channels');
  }

  // The methods over collections take a function (by its text) or the export of that name of the pool's module, and give
  // it each item and its index. Items are taken as threads come free.
  map(iterable, fnOrName, options) {
    return require('internal/pool/collections').map(this, kinds, iterable, fnOrName, options);
  }

  imap(iterable, fnOrName, options) {
    return require('internal/pool/collections').imap(this, kinds, iterable, fnOrName, options);
  }

  forEach(iterable, fnOrName, options) {
    return require('internal/pool/collections').forEach(this, kinds, iterable, fnOrName, options);
  }

  filter(iterable, fnOrName, options) {
    return require('internal/pool/collections').filter(this, kinds, iterable, fnOrName, options);
  }

  reduce(iterable, fnOrName, options) {
    return require('internal/pool/collections').reduce(this, kinds, iterable, fnOrName, options);
  }

  sort(iterable, compare, options) {
    return require('internal/pool/sorting').sort(this, kinds, iterable, compare, options);
  }

  // Runs once on every isolate that lives; the results.
  broadcast(fnOrName, options) {
    return require('internal/pool/broadcast').broadcast(this, kinds, fnOrName, options);
  }

  // A handle of a value that every isolate reads at most once.
  share(value) {
    const { Shared } = require('internal/pool/share');
    return new Shared(value);
  }

  // Prints how the pool is doing.
  inspect(stream) {
    return require('internal/pool/inspection').inspect(this, stream);
  }

  // Values whose memory moves instead of being copied.
  static move(value, transferList) {
    return require('internal/pool/move').move(value, transferList);
  }

  // Whether tasks under way or waiting keep the process alive.
  ref() {
    this.#scheduler?.setReferenced(true);
    return this;
  }

  unref() {
    this[kScheduler]().setReferenced(false);
    return this;
  }

  // Takes no more tasks; resolves when those it has are done and its threads are gone. After closeTimeout, or with
  // { force: true } at once, what is not done is cancelled.
  close(options = {}) {
    validateObject(options, 'options');
    this.#closing ??= Promise.withResolvers();
    if (options.force) return this.destroy();
    if (this.#scheduler === undefined) {
      this.#onQuiet();
    } else if (!this.#ended) {
      const { closeTimeout } = this.#options;
      if (closeTimeout > 0 && closeTimeout <= LONGEST_TIMER && this.#closeTimer === undefined) {
        this.#closeTimer = setTimeout(() => this.destroy(), closeTimeout).unref();
      }
      this.#scheduler.schedule();
    }
    return this.#closing.promise;
  }

  // As close(), but cancels what waits and what runs.
  destroy() {
    this.#closing ??= Promise.withResolvers();
    if (this.#scheduler === undefined) this.#onQuiet();
    else if (!this.#ended) this.#scheduler.cancelAll();
    return this.#closing.promise;
  }

  // The queue may have changed.
  #onDispatched() {
    if (this.#monitored) native.noteQueue(this.#scheduler.id, this.#scheduler.queueLength);
    if (this.#queued || this.#scheduler.queueLength > 0) this.#watchQueue();
    if (this.#idleTimer === undefined) this.#watchIdle();
  }

  #watchQueue() {
    const { queueSize } = this.#scheduler;
    if (queueSize > 0) {
      this.#queued = true;
      const { maxQueue, maxThreads } = this.#options;
      if (!this.#needsDrain && queueSize >= (maxQueue === Infinity ? maxThreads ** 2 : maxQueue)) {
        this.#needsDrain = true;
        this.emit('needsDrain');
      }
    } else {
      this.#queued = false;
      this.#needsDrain = false;
      this.emit('drain');
    }
  }

  // Isolates that park between two looks, idleTimeout apart, and still stand parked at the second, are let go.
  #watchIdle() {
    const { idleTimeout } = this.#options;
    if (idleTimeout > LONGEST_TIMER || this.#joined || this.#ended) return;
    this.#idleTimer = setTimeout(() => {
      this.#idleTimer = undefined;
      if (this.#ended) return;
      const { id } = this.#scheduler;
      if (this.#idleMark >= 0) native.dismissIdle(id, this.#idleMark);
      this.#idleMark = native.mark(id);
      if (native.threads(id) > this.#options.minThreads) this.#watchIdle();
    }, Math.max(1, idleTimeout));
    this.#idleTimer.unref();
  }

  #onError(error) {
    if (this.listenerCount('error') > 0) this.emit('error', error);
    else process.emitWarning(`An error in an isolate of a pool belongs to no task: ${error?.stack ?? error}`, 'PoolWarning');
  }

  #onQuiet() {
    if (this.#closing === undefined || this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#closeTimer);
    clearTimeout(this.#idleTimer);
    if (this.#scheduler === undefined) this.#onClosed();
    else this.#scheduler.destroy();
  }

  #onClosed() {
    this.emit('close');
    this.#closing.resolve();
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }
}

module.exports = { Pool, kCode, kJoin, kScheduler };
