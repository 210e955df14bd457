'use strict';
// The class Pool of weft:pool, on its owner's side: queues tasks, groups them into jobs, hands jobs to the native pool
// (src/workers/pool.rs), and settles promises with what comes back.
//
// Grouping: a task that nobody can cancel by itself may share a job with others of the same code. How many share one
// follows from how long such tasks have taken: a job is meant to last about TARGET_NANOS, so tiny tasks travel by the
// hundred and long ones alone. At most JOBS_PER_THREAD jobs per thread are handed over at a time; the rest waits here,
// where cancelling a task is taking it out of a list.

const EventEmitter = require('events');
const {
  AbortError,
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE },
} = require('internal/errors');
const { validateAbortSignal, validateArray, validateFunction, validateObject, validateString } =
  require('internal/validators');
require('internal/worker/messaging');
const protocol = require('internal/pool/protocol');
const native = internalBinding('pool');

const { FUNCTION, MODULE, TASKS, SLICE, VALUE, ERROR, FINISHED, CANCELLED } = protocol;

// What a job of grouped tasks should take.
const TARGET_NANOS = 200_000;
// A slice of a map is bigger: nobody waits for a single item of it.
const TARGET_SLICE_NANOS = 2_000_000;
const MAX_GROUP = 512;
const MAX_SLICE = 65_536;
// One that runs and one that waits, so that a thread does not idle while the outcome of its last job travels.
const JOBS_PER_THREAD = 2;

const functionText = Function.prototype.toString;
const noList = undefined;

function coded(message, code, name) {
  const error = new Error(message);
  if (name !== undefined) {
    Object.defineProperty(error, 'name', { __proto__: null, value: name, configurable: true, writable: true });
  }
  error.code = code;
  return error;
}

const closedError = () => coded('The pool has been closed', 'ERR_POOL_CLOSED');

// Why a job did not finish, as its tasks are told.
function endError(end, code) {
  switch (end) {
    case protocol.OUT_OF_MEMORY:
      return coded('The task was ended because the heap of its isolate was full', 'ERR_WORKER_OUT_OF_MEMORY');
    case protocol.EXITED:
      return coded('The task ended its isolate (process.exit() or an uncaught error)', 'ERR_POOL_TASK_EXITED');
    case protocol.NEVER_SETTLES:
      return coded('The task\'s promise was never settled: nothing is left in its isolate that could settle it',
                   'ERR_POOL_TASK_NEVER_SETTLES');
    case protocol.NO_ISOLATE:
      return coded('No isolate could be made for the task', 'ERR_WORKER_INIT_FAILED');
    default:
      return coded('The task was cancelled', 'ERR_POOL_TASK_CANCELLED');
  }
}

// Code that tasks run, with what was learned about it.
class Code {
  constructor(id) {
    this.id = id;
    // Nanoseconds a task of it takes, as a moving average; 0 until one ran.
    this.nanos = 0;
  }

  learn(nanos, tasks) {
    const each = nanos / tasks;
    this.nanos = this.nanos === 0 ? each : this.nanos * 0.7 + each * 0.3;
  }

  group(target, most) {
    if (this.nanos === 0) return 1;
    return Math.min(most, Math.max(1, Math.floor(target / this.nanos)));
  }
}

class Task {
  constructor(code, value, list, resolve, reject) {
    this.code = code;
    this.value = value;
    this.list = list;
    this.resolve = resolve;
    this.reject = reject;
    // A task with a signal or a timeout goes alone, so that ending it ends nothing else.
    this.alone = list !== noList;
    this.job = 0;
    this.settled = false;
    this.release = undefined;
    this.timeout = 0;
    this.timer = undefined;
  }

  settle(failed, value) {
    if (this.settled) return;
    this.settled = true;
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.release?.();
    if (failed) this.reject(value);
    else this.resolve(value);
  }
}

// A job of grouped tasks under way.
class TaskJob {
  constructor(tasks) {
    this.tasks = tasks;
    this.size = tasks.length;
    this.code = tasks[0].code;
  }

  part(kind, start, value) {
    const { tasks } = this;
    if (kind === VALUE || kind === ERROR) {
      tasks[start].settle(kind === ERROR, value);
      return;
    }
    for (let i = 0; i < value.length; i++) tasks[start + i].settle(false, value[i]);
  }

  end(end) {
    const { tasks } = this;
    for (let i = 0; i < tasks.length; i++) {
      if (!tasks[i].settled) tasks[i].settle(true, endError(end));
    }
  }
}

// A slice of a map under way.
class SliceJob {
  constructor(map, first, size) {
    this.map = map;
    this.first = first;
    this.size = size;
    this.code = map.code;
  }

  part(kind, start, value) {
    if (kind === ERROR) this.map.fail(value);
    else this.map.store(this.first + start, kind === VALUE ? [value] : value);
  }

  end(end) {
    if (end !== FINISHED) this.map.fail(endError(end));
    this.map.sliceOver();
  }
}

// One call of map(): hands out slices of an iterable, as far as threads ask for them.
class Mapping {
  constructor(pool, code, items, resolve, reject) {
    this.pool = pool;
    this.code = code;
    this.results = [];
    this.resolve = resolve;
    this.reject = reject;
    this.under = 0;
    this.next = 0;
    this.over = false;
    this.settled = false;
    this.release = undefined;
    this.jobs = new Set();
    if (ArrayBuffer.isView(items) && !(items instanceof DataView)) {
      this.typed = items;
      this.results = new Array(items.length);
    } else if (Array.isArray(items)) {
      this.array = items;
    } else {
      this.iterator = items[Symbol.iterator]();
    }
  }

  // The next items, at most `most`; undefined where nothing is left.
  take(most) {
    const { next } = this;
    if (this.typed !== undefined || this.array !== undefined) {
      const all = this.typed ?? this.array;
      const left = all.length - next;
      if (left <= 0) return undefined;
      // Towards the end slices get smaller, so that the threads finish together.
      const size = Math.min(most, Math.max(1, Math.ceil(left / (this.pool.threads * 2))));
      return all.slice(next, next + size);
    }
    const items = [];
    while (items.length < most) {
      const { done, value } = this.iterator.next();
      if (done) {
        this.iterator = undefined;
        this.array = [];
        break;
      }
      items.push(value);
    }
    return items.length > 0 ? items : undefined;
  }

  store(first, values) {
    const { results } = this;
    for (let i = 0; i < values.length; i++) results[first + i] = values[i];
  }

  fail(error) {
    this.over = true;
    if (this.settled) return;
    this.settled = true;
    this.release?.();
    this.reject(error);
  }

  sliceOver() {
    this.under--;
    this.finishIfDone();
  }

  finishIfDone() {
    if (!this.over || this.under > 0 || this.settled) return;
    this.settled = true;
    this.release?.();
    this.resolve(this.results);
  }
}

function positive(value, name, fallback) {
  if (value === undefined) return fallback;
  if (typeof value !== 'number') throw new ERR_INVALID_ARG_TYPE(name, 'number', value);
  if (!(value > 0)) throw new ERR_OUT_OF_RANGE(name, '> 0', value);
  return value;
}

// The URL of a task's module, from a URL, an absolute path, or a path relative to the working directory.
function moduleHref(filename) {
  if (typeof filename === 'object' && filename !== null && typeof filename.href === 'string') return filename.href;
  validateString(filename, 'options.filename');
  if (/^(?:file|data|node|weft):/.test(filename)) return filename;
  return require('internal/modules/paths').pathToHref(require('path').resolve(filename));
}

function readListOption(list) {
  if (list === undefined || list === null) return noList;
  return require('internal/worker/messaging').readTransferOption(list);
}

class Pool extends EventEmitter {
  #id = 0;
  #options;
  #threads;
  #queue = [];
  // Where the queue begins; what is before it was handed over.
  #head = 0;
  #maps = [];
  #jobs = new Map();
  #modules = new Map();
  #functions = new WeakMap();
  #texts = new Map();
  #scheduled = false;
  #closing = undefined;
  #destroyed = false;
  #completed = 0;
  #sourceCodes = new Map();

  constructor(options = {}) {
    super();
    validateObject(options, 'options');
    const fallback = native.availableParallelism();
    const maxThreads = Math.trunc(positive(options.maxThreads, 'options.maxThreads', fallback));
    const minThreads = options.minThreads === undefined ? 0 : Math.trunc(options.minThreads);
    if (minThreads > maxThreads) {
      throw new ERR_INVALID_ARG_VALUE('options.minThreads', minThreads, 'must not exceed options.maxThreads');
    }
    if (options.name !== undefined) validateString(options.name, 'options.name');
    const taskTimeout = positive(options.taskTimeout, 'options.taskTimeout', 0);
    const limits = options.resourceLimits ?? {};
    validateObject(limits, 'options.resourceLimits');
    this.#threads = maxThreads;
    this.#options = {
      filename: options.filename === undefined || options.filename === null ? undefined : moduleHref(options.filename),
      name: options.name ?? 'default',
      minThreads,
      taskTimeout,
      limits: ['maxYoungGenerationSizeMb', 'maxOldGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb'].map(
        (name) => limits[name] ?? 0),
    };
    if (minThreads > 0) this.#start();
  }

  // The threads are started by the first task, or at once where minThreads asks for isolates beforehand.
  #start() {
    const { minThreads, limits } = this.#options;
    this.#id = native.create(this.#threads, minThreads, 'weft-pool', ...limits, (flat) => this.#onOutcomes(flat));
  }

  get threads() { return this.#threads; }
  get maxThreads() { return this.#threads; }
  get minThreads() { return this.#options.minThreads; }
  get completed() { return this.#completed; }
  get closed() { return this.#closing !== undefined; }

  // Tasks that wait here; a map counts as one.
  get queueSize() { return this.#queue.length - this.#head + this.#maps.length; }

  // Tasks handed over and not yet back.
  get running() {
    let count = 0;
    for (const job of this.#jobs.values()) count += job.size;
    return count;
  }

  // The code of a function, told to the native side once; cached by function, and by text for functions made anew.
  #functionCode(fn, captureNames) {
    let code = captureNames.length === 0 ? this.#functions.get(fn) : undefined;
    if (code !== undefined) return code;
    const text = functionText.call(fn);
    if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) {
      throw new ERR_INVALID_ARG_VALUE('task', fn, 'must be a function written in JavaScript, and not a bound one');
    }
    if (/^class\b/.test(text)) throw new ERR_INVALID_ARG_VALUE('task', fn, 'must not be a class');
    const source = `${captureNames.join(',')}\n${text}`;
    code = this.#texts.get(source);
    if (code === undefined) {
      code = new Code(native.addCode(this.#id, FUNCTION, source, fn.name));
      this.#texts.set(source, code);
    }
    if (captureNames.length === 0) this.#functions.set(fn, code);
    return code;
  }

  #moduleCode(filename, name) {
    const href = filename === undefined || filename === null ? this.#options.filename : moduleHref(filename);
    if (href === undefined) {
      throw new ERR_INVALID_ARG_VALUE(
        'options.filename', filename, 'must name a module, unless the pool has one or the task is a function');
    }
    const key = `${name}\n${href}`;
    let code = this.#modules.get(key);
    if (code === undefined) {
      code = new Code(native.addCode(this.#id, MODULE, href, name));
      this.#modules.set(key, code);
    }
    return code;
  }

  #ready() {
    if (this.#closing !== undefined) throw closedError();
    if (this.#id === 0) this.#start();
  }

  // Runs a function, or gives `task` to the function a module exports. A promise of what it returns.
  run(task, options = undefined) {
    return new Promise((resolve, reject) => {
      this.#ready();
      if (options === undefined && typeof task === 'function') {
        this.#enqueue(new Task(this.#functionCode(task, []), [[], []], noList, resolve, reject));
      } else if (options === undefined) {
        const code = this.#moduleCode(undefined, this.#options.name);
        this.#enqueue(new Task(code, task, noList, resolve, reject));
      } else {
        this.#runWith(task, options, resolve, reject);
      }
    });
  }

  #runWith(task, options, resolve, reject) {
    validateObject(options, 'options');
    const { filename, name = this.#options.name, transferList, args, captures, signal } = options;
    const timeout = positive(options.timeout, 'options.timeout', this.#options.taskTimeout);
    if (signal !== undefined && signal !== null) validateAbortSignal(signal, 'options.signal');
    const list = readListOption(transferList);
    let entry;
    if (typeof task === 'function') {
      if (args !== undefined) validateArray(args, 'options.args');
      if (captures !== undefined) validateObject(captures, 'options.captures');
      const names = captures === undefined ? [] : Object.keys(captures);
      const code = this.#functionCode(task, names);
      entry = new Task(code, [args ?? [], names.map((key) => captures[key])], list, resolve, reject);
    } else {
      validateString(name, 'options.name');
      entry = new Task(this.#moduleCode(filename, name), task, list, resolve, reject);
    }
    if (signal) {
      if (signal.aborted) {
        reject(new AbortError(undefined, { cause: signal.reason }));
        return;
      }
      const onAbort = () => this.#cancel(entry, new AbortError(undefined, { cause: signal.reason }));
      signal.addEventListener('abort', onAbort, { once: true });
      entry.release = () => signal.removeEventListener('abort', onAbort);
      entry.alone = true;
    }
    entry.timeout = timeout;
    if (timeout > 0) entry.alone = true;
    this.#enqueue(entry);
  }

  #enqueue(task) {
    if (task.timeout === 0 && this.#options.taskTimeout > 0) {
      task.timeout = this.#options.taskTimeout;
      task.alone = true;
    }
    this.#queue.push(task);
    this.#schedule();
  }

  // Tasks of the same burst are handed over together, once the code that made them is through.
  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  }

  #dispatch() {
    if (this.#destroyed) return;
    const limit = this.#threads * JOBS_PER_THREAD;
    while (this.#jobs.size < limit) {
      if (this.#head < this.#queue.length) this.#dispatchTasks();
      else if (this.#maps.length === 0 || !this.#dispatchSlice()) break;
    }
    native.setRef(this.#id, this.#jobs.size > 0 || this.queueSize > 0);
    if (this.#closing !== undefined && this.#jobs.size === 0 && this.queueSize === 0) this.#closing.finish();
  }

  #dispatchTasks() {
    const queue = this.#queue;
    let head = this.#head;
    const first = queue[head++];
    const tasks = [first];
    if (!first.alone) {
      // A fair share for each thread, and no more than the target allows.
      const share = Math.ceil((queue.length - head + 1) / this.#threads);
      const most = Math.min(first.code.group(TARGET_NANOS, MAX_GROUP), share);
      while (tasks.length < most && head < queue.length) {
        const next = queue[head];
        if (next.code !== first.code || next.alone) break;
        tasks.push(next);
        head++;
      }
    }
    if (head === queue.length) {
      queue.length = 0;
      head = 0;
    } else if (head > 4096 && head * 2 > queue.length) {
      queue.splice(0, head);
      head = 0;
    }
    this.#head = head;
    if (first.settled) return;
    this.#submitTasks(tasks);
  }

  #submitTasks(tasks) {
    const [first] = tasks;
    const values = new Array(tasks.length);
    for (let i = 0; i < tasks.length; i++) values[i] = tasks[i].value;
    let job;
    try {
      job = native.submit(this.#id, first.code.id, TASKS, values, first.list);
    } catch (error) {
      // One value that cannot be cloned must not fail the others.
      if (tasks.length === 1) first.settle(true, error);
      else for (const task of tasks) this.#submitTasks([task]);
      return;
    }
    this.#jobs.set(job, new TaskJob(tasks));
    for (let i = 0; i < tasks.length; i++) {
      const task = tasks[i];
      task.job = job;
      task.value = undefined;
      if (task.timeout > 0) {
        task.timer = setTimeout(() => {
          this.#cancel(task, coded(`The task did not end within ${task.timeout} ms`, 'ERR_POOL_TASK_TIMEOUT', 'TimeoutError'));
        }, task.timeout);
      }
    }
  }

  #dispatchSlice() {
    const map = this.#maps[0];
    let items;
    let job;
    const first = map.next;
    try {
      items = map.over ? undefined : map.take(map.code.group(TARGET_SLICE_NANOS, MAX_SLICE));
      if (items !== undefined) job = native.submit(this.#id, map.code.id, SLICE, [items, first, map.captures], noList);
    } catch (error) {
      map.fail(error);
    }
    if (job === undefined) {
      map.over = true;
      this.#maps.shift();
      map.finishIfDone();
      return this.#maps.length > 0;
    }
    map.next += items.length;
    map.under++;
    map.jobs.add(job);
    this.#jobs.set(job, new SliceJob(map, first, items.length));
    // Several maps take turns.
    if (this.#maps.length > 1) this.#maps.push(this.#maps.shift());
    return true;
  }

  #cancel(task, error) {
    if (task.settled) return;
    if (task.job === 0) {
      // It still waits here; #dispatchTasks skips what is settled.
      task.settle(true, error);
      return;
    }
    native.cancel(this.#id, task.job);
    task.settle(true, error);
  }

  // [job, end, nanos, parts, (kind, start, value) ..., ...]
  #onOutcomes(flat) {
    for (let i = 0; i < flat.length;) {
      const id = flat[i];
      const job = this.#jobs.get(id);
      this.#jobs.delete(id);
      const end = flat[i + 1];
      const nanos = flat[i + 2];
      const parts = flat[i + 3];
      i += 4;
      if (job === undefined) {
        i += parts * 3;
        continue;
      }
      for (let part = 0; part < parts; part++, i += 3) job.part(flat[i], flat[i + 1], flat[i + 2]);
      if (end === FINISHED) job.code.learn(nanos, job.size);
      this.#completed += job.size;
      job.map?.jobs.delete(id);
      job.end(end);
    }
    this.#dispatch();
  }

  // Applies a function (by its text), or the export `fnOrName` of the pool's module, to every item; the promise of an
  // array of the results, in the order of the items. Items are taken from the iterable as threads come free.
  map(iterable, fnOrName, options = {}) {
    return new Promise((resolve, reject) => {
      this.#ready();
      validateObject(options, 'options');
      const { captures, signal, filename } = options;
      if (iterable === undefined || iterable === null || typeof iterable[Symbol.iterator] !== 'function') {
        throw new ERR_INVALID_ARG_TYPE('iterable', 'Iterable', iterable);
      }
      if (captures !== undefined) validateObject(captures, 'options.captures');
      if (signal !== undefined && signal !== null) validateAbortSignal(signal, 'options.signal');
      const names = captures === undefined ? [] : Object.keys(captures);
      let code;
      if (typeof fnOrName === 'function') {
        code = this.#functionCode(fnOrName, names);
      } else {
        const name = fnOrName ?? this.#options.name;
        validateString(name, 'fnOrName');
        code = this.#moduleCode(filename, name);
      }
      const map = new Mapping(this, code, iterable, resolve, reject);
      map.captures = names.map((key) => captures[key]);
      if (signal) {
        const onAbort = () => {
          map.fail(new AbortError(undefined, { cause: signal.reason }));
          for (const job of map.jobs) native.cancel(this.#id, job);
        };
        if (signal.aborted) {
          onAbort();
          return;
        }
        signal.addEventListener('abort', onAbort, { once: true });
        map.release = () => signal.removeEventListener('abort', onAbort);
      }
      this.#maps.push(map);
      this.#schedule();
    });
  }

  // Takes no more tasks; resolves when those it has are done and its threads are gone.
  close() {
    this.#closing ??= this.#finishing();
    this.#schedule();
    return this.#closing.promise;
  }

  // As close(), but cancels what waits and what runs.
  destroy() {
    this.#closing ??= this.#finishing();
    if (!this.#destroyed) {
      const waiting = this.#queue.slice(this.#head);
      this.#queue.length = this.#head = 0;
      for (const task of waiting) task.settle(true, endError(CANCELLED));
      for (const map of this.#maps) map.fail(endError(CANCELLED));
      this.#maps.length = 0;
      for (const id of this.#jobs.keys()) native.cancel(this.#id, id);
      this.#schedule();
    }
    return this.#closing.promise;
  }

  #finishing() {
    const { promise, resolve } = Promise.withResolvers();
    return {
      promise,
      finish: () => {
        if (this.#destroyed) return;
        this.#destroyed = true;
        if (this.#id !== 0) native.destroy(this.#id);
        this.emit('close');
        resolve();
      },
    };
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }
}

module.exports = { Pool };
