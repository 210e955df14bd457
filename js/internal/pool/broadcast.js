'use strict';
// pool.broadcast(): a task that runs once on every isolate that lives.

const { validateArray, validateObject } = require('internal/validators');
const { Task, TaskJob } = require('internal/pool/tasks');
const { now } = internalBinding('performance');

// One that its isolate did not live to see.
const GONE = Symbol('gone');

function submit(scheduler, isolate, code, value) {
  return new Promise((resolve, reject) => {
    const missed = (error) => (error?.code === 'ERR_WORKER_INIT_FAILED' ? resolve(GONE) : reject(error));
    const task = new Task(code, value, undefined, resolve, missed);
    task.alone = true;
    task.queued = now();
    scheduler.submitTo(isolate, new TaskJob(scheduler, [task]));
  });
}

async function broadcast(pool, { kCode, kScheduler }, fn, options = {}) {
  validateObject(options, 'options');
  const { args, captures, filename } = options;
  const isFunction = typeof fn === 'function';
  if (args !== undefined) validateArray(args, 'options.args');
  if (captures !== undefined) validateObject(captures, 'options.captures');
  const scheduler = pool[kScheduler]();
  const names = captures === undefined ? [] : Object.keys(captures);
  const code = pool[kCode](fn, names, filename, isFunction ? undefined : fn);
  const value = isFunction ? [args ?? [], names.map((name) => captures[name])] : args?.[0];
  // A pool that has not begun gets its first isolate.
  if (scheduler.isolates().length === 0) await pool.run(() => {});
  const results = await Promise.all(scheduler.isolates().map((isolate) => submit(scheduler, isolate, code, value)));
  return results.filter((result) => result !== GONE);
}

module.exports = { broadcast };
