'use strict';
// Inside an isolate of a pool: runs jobs (src/workers/pooled_isolate.rs calls). The tasks of one job run one after the
// other, without a turn of the loop between them unless one returns a promise; results go back in as few parts as
// possible. Several jobs may be under way, all but one of them awaiting something.
//
// What goes back: native.settle(job, kind, start, value, transferList) for parts, native.done(job) when it ran to its
// end. A task may return a Moved value (move.js): that one is settled by itself, with its transfer list.
//
// Tasks of a job that has several are begun by a claim (src/workers/claim.rs), since their owner may take some back, and the
// time of one may be up when the next one should begin.
//
// Each job is in the async context while it runs, so that `task` of weft:pool, process.exit() and errors nobody caught
// find the task they belong to.

const { current, enter, indexOf } = require('internal/async_context');
const { Moved } = require('internal/pool/move');
const { SLICE, VALUE, ERROR, VALUES, PROGRESS, NOT_BEGUN } = require('internal/pool/protocol');
const { compiled } = require('internal/pool/task_code');
const native = internalBinding('pool_task');

const { now } = internalBinding('performance');

// The word of a claim, its second half: tasks begun above, the end of the job below; whether times are noted.
const WORD = 2;
const TIMED = 3;
const BEGUN = 16;
const END = 0xffff;

// What frames of the async context know the job by.
const contextKey = { description: 'task of weft:pool' };

const active = new Map();

function isPromise(value) {
  return value !== null && typeof value === 'object' && typeof value.then === 'function';
}

class JobRun {
  #controller = undefined;

  constructor(number, form, size, payload, claim) {
    this.number = number;
    this.claim = claim === undefined ? undefined : new Int32Array(claim);
    this.began = claim === undefined || this.claim[TIMED] === 0 ? undefined : new Float64Array(claim, 0, 1);
    this.form = form;
    this.payload = payload;
    // A slice is one task to all but slices.js.
    this.size = form === SLICE ? 1 : size;
    // Calls the code for the task at an index.
    this.call = undefined;
    // The task that runs.
    this.index = 0;
    // Values of tasks that are done and not yet told, and the index of the first.
    this.values = [];
    this.start = 0;
    // Whatever still comes of it is dropped.
    this.over = false;
  }

  bind(code) {
    const { payload } = this;
    if (this.form === SLICE) {
      this.call = () => require('internal/pool/slices').runSlice(code, payload);
    } else if (code.module) {
      const { call } = code;
      this.call = (index) => call(payload[index]);
    } else if (code.factory === undefined) {
      const { call } = code;
      this.call = (index) => call(...payload[index][0]);
    } else {
      this.call = (index) => code.factory(...payload[index][1])(...payload[index][0]);
    }
  }

  // Whether the task at the present index, which is not the first, is to be run here.
  #begins() {
    const { claim, index } = this;
    // Before it counts as begun, so that nobody takes the time of the one before it for its.
    if (this.began !== undefined) this.began[0] = now();
    for (;;) {
      const word = Atomics.load(claim, WORD);
      if (word < 0) {
        this.#expire(index - 1);
        return false;
      }
      if (index >= (word & END)) {
        this.size = index;
        this.finish();
        return false;
      }
      if (Atomics.compareExchange(claim, WORD, word, (index + 1) << BEGUN | (word & END)) === word) return true;
    }
  }

  // The task that runs; the one before it where the end came between the two.
  lastBegun() {
    const { claim, index } = this;
    return claim === undefined ? index : Math.min(index, ((claim[WORD] & 0x7fff_ffff) >> BEGUN) - 1);
  }

  // Whether the job was stopped, which the highest bit says. Then it ends here, and the present task has had its time.
  #isStopped() {
    if (this.began === undefined || Atomics.load(this.claim, WORD) >= 0) return false;
    this.#expire(this.index);
    return true;
  }

  #expire(index) {
    this.flush();
    this.over = true;
    active.delete(this.number);
    native.expired(this.number, index);
  }

  // Runs tasks from the present index on until all are done, or one gives a promise: then goes on when that is settled.
  run() {
    const { size, claim } = this;
    while (this.index < size) {
      if (claim !== undefined && this.index > 0 && !this.#begins()) return;
      let value;
      let promised;
      try {
        value = this.call(this.index);
        promised = isPromise(value);
      } catch (error) {
        if (this.#isStopped()) return;
        this.fail(error);
        continue;
      }
      if (this.#isStopped()) return;
      if (promised) {
        this.flush();
        this.#await(value);
        return;
      }
      this.values.push(value);
      this.index++;
    }
    this.finish();
  }

  #await(promise) {
    const next = (settle, outcome) => {
      if (this.over || this.#isStopped()) return;
      settle(this, this.index, outcome);
      this.start = ++this.index;
      this.run();
    };
    Promise.resolve(promise).then((value) => next(settleValue, value), (error) => next(settleError, error));
  }

  // The present task threw.
  fail(error) {
    this.flush();
    settleError(this, this.index, error);
    this.start = ++this.index;
  }

  failAll(error) {
    while (this.index < this.size) {
      if (this.claim !== undefined && this.index > 0 && !this.#begins()) return;
      this.fail(error);
    }
    this.finish();
  }

  flush() {
    const { values, start } = this;
    if (values.length === 0) return;
    this.values = [];
    this.start = start + values.length;
    settleValues(this, start, values);
  }

  finish() {
    this.flush();
    this.over = true;
    active.delete(this.number);
    native.done(this.number);
  }

  // The signal of its tasks; asking for it makes cancellation wait for a moment.
  get signal() {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      watchFromInside(this, this.#controller.signal);
      const reason = native.listen(this.number);
      if (reason !== 0) this.abort(reason);
    }
    return this.#controller.signal;
  }

  abort(reason) {
    const { endError } = require('internal/pool/errors');
    this.#controller?.abort(endError(reason));
  }

  progress(value) {
    if (!this.over) native.notify(this.number, PROGRESS, this.index, value);
  }
}

// A task that computes without a pause learns that it is cancelled by looking at its signal, though no event can reach it.
function watchFromInside(run, signal) {
  const { prototype } = AbortSignal;
  const { get } = Object.getOwnPropertyDescriptor(prototype, 'aborted');
  function look() {
    if (Reflect.apply(get, signal, [])) return true;
    const reason = run.over ? 0 : native.asked(run.number);
    if (reason !== 0) run.abort(reason);
    return reason !== 0;
  }
  Object.defineProperties(signal, {
    aborted: { __proto__: null, configurable: true, enumerable: true, get: look },
    throwIfAborted: {
      __proto__: null, configurable: true, writable: true,
      value: function throwIfAborted() {
        look();
        Reflect.apply(prototype.throwIfAborted, signal, []);
      },
    },
  });
}

function settleValue(run, index, value) {
  try {
    if (value instanceof Moved) native.settle(run.number, VALUE, index, value.value, value.list);
    else native.settle(run.number, VALUE, index, value);
  } catch (error) {
    settleError(run, index, error);
  }
}

function settleError(run, index, error) {
  try {
    native.settle(run.number, ERROR, index, error);
  } catch {
    let text;
    try {
      text = require('internal/util/inspect').inspect(error);
    } catch {
      text = 'and that cannot be shown either';
    }
    native.settle(run.number, ERROR, index, new Error(`The task threw something that cannot be cloned: ${text}`));
  }
}

function settleValues(run, start, values) {
  let together = values.length > 1;
  for (let i = 0; together && i < values.length; i++) together = !(values[i] instanceof Moved);
  if (together) {
    try {
      native.settle(run.number, VALUES, start, values);
      return;
    } catch {
      // One that cannot be cloned must not spoil the others.
    }
  }
  for (let i = 0; i < values.length; i++) settleValue(run, start + i, values[i]);
}

// `source` and `name` come only with the first job of a code. `failure` says why the payload could not be read.
function runJob(number, codeId, kind, source, name, form, size, payload, failure, claim) {
  const code = compiled(number, codeId, kind, source, name);
  const run = new JobRun(number, form, size, payload, claim);
  active.set(number, run);
  if (failure !== undefined) {
    run.failAll(failure);
    return;
  }
  enter([contextKey, run]);
  if (code instanceof Promise) code.then((loaded) => begin(run, loaded));
  else begin(run, code);
  enter(undefined);
}

function begin(run, code) {
  if (run.over) return;
  if (code.failed !== undefined) {
    run.failAll(code.failed);
    return;
  }
  try {
    run.bind(code);
  } catch (error) {
    run.failAll(error);
    return;
  }
  run.run();
}

// The job that asks, if it can be told.
function currentRun() {
  const frame = current();
  const at = frame === undefined ? -1 : indexOf(frame, contextKey);
  if (at !== -1) return frame[at + 1];
  return active.size === 1 ? active.values().next().value : undefined;
}

// A job was ended from outside: what its finished tasks gave is told, the rest of it is dropped. The index of the task that
// was under way; NOT_BEGUN where its code is still being loaded; -1 where the job is not known.
function abandon(number) {
  const run = active.get(number);
  if (run === undefined) return -1;
  run.flush();
  run.over = true;
  active.delete(number);
  return run.call === undefined ? NOT_BEGUN : run.lastBegun();
}

// Thrown where process.exit() cannot end the JavaScript that called it; its job is over.
class Gone extends Error {
  constructor() {
    super('process.exit() was called');
    this.code = 'ERR_POOL_TASK_EXITED';
  }
}

// process.exit() in a task, where others are under way in the isolate: ends the task's job alone. False: it is alone.
function leave(run) {
  run.flush();
  if (active.size < 2) return false;
  if (!run.over) {
    run.over = true;
    active.delete(run.number);
    native.leave(run.number, run.index);
  }
  return true;
}

function abort(number, reason) {
  active.get(number)?.abort(reason);
}

module.exports = { Gone, abandon, abort, contextKey, currentRun, leave, runJob, settleError };
