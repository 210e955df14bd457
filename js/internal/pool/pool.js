'use strict';
// The class Pool of weft:pool: what users call. Options are read by options.js, tasks wait in scheduler.js, code is named
// in code.js; the methods over collections are in files of their own and get at the scheduler through [kScheduler]().

const EventEmitter = require('events');
const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE } } = require('internal/errors');
const { validateAbortSignal, validateArray, validateObject, validateString } = require('internal/validators');
const { CodeTable, moduleHref } = require('internal/pool/code');
const { abortError, closedError, timeoutError } = require('internal/pool/errors');
const { positive, readPoolOptions } = require('internal/pool/options');
const { Scheduler } = require('internal/pool/scheduler');
const { Task } = require('internal/pool/tasks');
const native = internalBinding('pool');

// pool[kScheduler](): the scheduler of a pool that takes tasks, which is started if need be; throws where it is closed.
const kScheduler = Symbol('kScheduler');
// pool[kCode](task, captures, filename, name): the Code of a function or of a module's export.
const kCode = Symbol('kCode');

function readListOption(list) {
  if (list === undefined || list === null) return undefined;
  return require('internal/worker/messaging').readTransferOption(list);
}

class Pool extends EventEmitter {
  #options;
  #scheduler;
  #codes;
  #closing = undefined;
  #over = false;

  constructor(options = {}) {
    super();
    this.#options = readPoolOptions(options);
    if (this.#options.minThreads > 0) this.#start();
  }

  // The threads are started by the first task, or at once where minThreads asks for isolates beforehand.
  #start() {
    const { minThreads, maxThreads, limits } = this.#options;
    require('internal/worker/messaging');
    const id = native.create(maxThreads, minThreads, 'weft-pool', ...limits,
                             (flat) => this.#scheduler.onOutcomes(flat));
    this.#codes = new CodeTable(id);
    this.#scheduler = new Scheduler(id, maxThreads, 1, () => this.#onIdle());
  }

  get options() { return this.#options; }
  get threads() { return this.#options.maxThreads; }
  get maxThreads() { return this.#options.maxThreads; }
  get minThreads() { return this.#options.minThreads; }
  get completed() { return this.#scheduler?.completed ?? 0; }
  get closed() { return this.#closing !== undefined; }
  get queueSize() { return this.#scheduler?.queueSize ?? 0; }
  // Tasks handed over and not yet back.
  get running() { return this.#scheduler?.under ?? 0; }

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
    if (href === undefined) {
      throw new ERR_INVALID_ARG_VALUE(
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
      if (this.#options.taskTimeout > 0) this.#limitTime(entry, this.#options.taskTimeout);
      scheduler.enqueue(entry);
    });
  }

  #runWith(task, options, resolve, reject) {
    validateObject(options, 'options');
    const { filename, name, transferList, args, captures, signal } = options;
    const timeout = positive(options.timeout, 'options.timeout', this.#options.taskTimeout);
    if (signal !== undefined && signal !== null) validateAbortSignal(signal, 'options.signal');
    const list = readListOption(transferList);
    let entry;
    if (typeof task === 'function') {
      if (args !== undefined) validateArray(args, 'options.args');
      if (captures !== undefined) validateObject(captures, 'options.captures');
      const names = captures === undefined ? [] : Object.keys(captures);
      const value = [args ?? [], names.map((key) => captures[key])];
      entry = new Task(this[kCode](task, names), value, list, resolve, reject);
    } else {
      entry = new Task(this[kCode](task, [], filename, name), task, list, resolve, reject);
    }
    if (signal) {
      if (signal.aborted) {
        reject(abortError(signal));
        return;
      }
      const onAbort = () => this.#scheduler.cancelTask(entry, abortError(signal));
      signal.addEventListener('abort', onAbort, { once: true });
      entry.release = () => signal.removeEventListener('abort', onAbort);
      entry.alone = true;
    }
    if (timeout > 0) this.#limitTime(entry, timeout);
    this.#scheduler.enqueue(entry);
  }

  #limitTime(entry, timeout) {
    entry.timeout = timeout;
    entry.alone = true;
    entry.timer = setTimeout(() => this.#scheduler.cancelTask(entry, timeoutError(timeout)), timeout);
  }

  // Applies a function (by its text), or the export `fnOrName` of the pool's module, to every item; the promise of an
  // array of the results, in the order of the items. Items are taken from the iterable as threads come free.
  map(iterable, fnOrName, options = {}) {
    return new Promise((resolve, reject) => {
      const scheduler = this[kScheduler]();
      validateObject(options, 'options');
      const { captures, signal, filename } = options;
      if (iterable === undefined || iterable === null || typeof iterable[Symbol.iterator] !== 'function') {
        throw new ERR_INVALID_ARG_TYPE('iterable', 'Iterable', iterable);
      }
      if (captures !== undefined) validateObject(captures, 'options.captures');
      if (signal !== undefined && signal !== null) validateAbortSignal(signal, 'options.signal');
      const names = captures === undefined ? [] : Object.keys(captures);
      const code = this[kCode](fnOrName, names, filename, typeof fnOrName === 'function' ? undefined : fnOrName);
      const { Mapping } = require('internal/pool/mapping');
      const map = new Mapping(scheduler, code, iterable, names.map((key) => captures[key]), resolve, reject);
      if (signal) {
        const onAbort = () => map.fail(abortError(signal));
        if (signal.aborted) {
          onAbort();
          return;
        }
        signal.addEventListener('abort', onAbort, { once: true });
        map.release = () => signal.removeEventListener('abort', onAbort);
      }
      scheduler.addSource(map);
    });
  }

  // Takes no more tasks; resolves when those it has are done and its threads are gone.
  close() {
    this.#closing ??= Promise.withResolvers();
    if (this.#scheduler === undefined) this.#onIdle();
    else this.#scheduler.schedule();
    return this.#closing.promise;
  }

  // As close(), but cancels what waits and what runs.
  destroy() {
    this.#closing ??= Promise.withResolvers();
    if (this.#scheduler === undefined) this.#onIdle();
    else if (!this.#over) this.#scheduler.cancelAll();
    return this.#closing.promise;
  }

  #onIdle() {
    if (this.#closing === undefined || this.#over) return;
    this.#over = true;
    this.#scheduler?.destroy();
    this.emit('close');
    this.#closing.resolve();
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }
}

module.exports = { Pool, kCode, kScheduler };
