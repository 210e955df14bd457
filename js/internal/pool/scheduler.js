'use strict';
// The queue of a pool on its owner's side: tasks and sources of jobs wait here, are handed to the native pool
// (src/workers/pool.rs) a few jobs per thread at a time, and get back what comes of them.
//
// Grouping: a task that nobody can cancel by itself may share a job with others of the same code. How many share one
// follows from how long such tasks have taken: a job is meant to last about TARGET_NANOS, so tiny tasks travel by the
// hundred and long ones alone. The rest waits here, where cancelling a task is taking it out of a list.
//
// A source hands out jobs as threads come free (map() and its kin). It has `priority` and
//   nextJob()   a job (tasks.js says what that is); undefined: nothing is left, it is forgotten; null: nothing at the
//               moment, it calls schedule() when there is.

const { TaskJob } = require('internal/pool/tasks');
const { CANCELLED, FINISHED, NOTICE } = require('internal/pool/protocol');
const { endError } = require('internal/pool/errors');
const native = internalBinding('pool');

// What a job of grouped tasks should take.
const TARGET_NANOS = 200_000;
const MAX_GROUP = 512;
// Jobs handed over beyond those that can run, per thread, so that none idles while the outcome of its last one travels.
const JOBS_IN_ADVANCE = 1;

// What waits at one priority, and how many of its jobs are handed over.
class Level {
  constructor(priority) {
    this.priority = priority;
    this.tasks = [];
    // Where the queue begins; what is before it was handed over.
    this.head = 0;
    this.sources = [];
    this.sourceNext = false;
    this.under = 0;
  }

  get idle() { return this.head >= this.tasks.length && this.sources.length === 0 && this.under === 0; }
}

class Scheduler {
  #id;
  #limit;
  #jobs = new Map();
  #levels = [new Level(0)];
  #scheduled = false;
  #onIdle;
  #destroyed = false;
  #referenced = true;
  #keepsAlive = false;

  // `id` is the native pool's; `onIdle()` is called whenever nothing is queued or under way.
  constructor(id, threads, concurrency, onIdle) {
    this.#id = id;
    this.threads = threads;
    this.#limit = threads * (concurrency + JOBS_IN_ADVANCE);
    this.#onIdle = onIdle;
    // Tasks that wait here, and tasks handed over.
    this.queued = 0;
    this.under = 0;
    this.completed = 0;
  }

  get id() { return this.#id; }
  get idle() { return this.#jobs.size === 0 && this.queued === 0 && this.#levels.every((level) => level.idle); }

  // Tasks that wait; a source counts as one.
  get queueSize() {
    let count = this.queued;
    for (const level of this.#levels) count += level.sources.length;
    return count;
  }

  #level(priority) {
    const levels = this.#levels;
    for (let i = 0; i < levels.length; i++) {
      if (levels[i].priority === priority) return levels[i];
      if (levels[i].priority < priority) {
        const level = new Level(priority);
        levels.splice(i, 0, level);
        return level;
      }
    }
    const level = new Level(priority);
    levels.push(level);
    return level;
  }

  enqueue(task) {
    this.#level(task.priority).tasks.push(task);
    this.queued++;
    this.schedule();
  }

  addSource(source) {
    this.#level(source.priority).sources.push(source);
    this.schedule();
  }

  // What was made in one go is handed over in one go, once the code that made it is through.
  schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.dispatch();
    });
  }

  dispatch() {
    if (this.#destroyed) return;
    const levels = this.#levels;
    let above = 0;
    for (let i = 0; i < levels.length; i++) {
      const level = levels[i];
      // Jobs of lower priority that were handed over do not stand in the way: the native queue lets this pass them.
      while (above + level.under < this.#limit) {
        const tasks = level.head < level.tasks.length;
        if (tasks && !(level.sourceNext && level.sources.length > 0)) {
          level.sourceNext = true;
          this.#dispatchTasks(level);
        } else if (level.sources.length > 0) {
          level.sourceNext = false;
          if (!this.#dispatchSource(level) && !tasks) break;
        } else {
          break;
        }
      }
      above += level.under;
    }
    if (levels.length > 8) this.#levels = levels.filter((level) => level.priority === 0 || !level.idle);
    const busy = this.#jobs.size > 0 || this.queueSize > 0;
    this.#keepAlive(busy && this.#referenced);
    if (!busy) this.#onIdle();
  }

  #keepAlive(wanted) {
    if (this.#keepsAlive === wanted) return;
    this.#keepsAlive = wanted;
    native.setRef(this.#id, wanted);
  }

  // Whether work keeps the owner's loop alive.
  setReferenced(referenced) {
    this.#referenced = referenced;
    if (!this.#destroyed) this.#keepAlive(referenced && !this.idle);
  }

  #dispatchTasks(level) {
    const queue = level.tasks;
    let { head } = level;
    const first = queue[head++];
    if (first.settled) {
      // Cancelled while it waited.
      level.head = head;
      this.#trim(level);
      return;
    }
    const tasks = [first];
    if (!first.alone) {
      // A fair share for each thread, and no more than the target allows.
      const share = Math.ceil((queue.length - head + 1) / this.threads);
      const most = Math.min(first.code.group(TARGET_NANOS, MAX_GROUP), share);
      while (tasks.length < most && head < queue.length) {
        const next = queue[head];
        if (next.code !== first.code || next.alone) break;
        tasks.push(next);
        head++;
      }
    }
    level.head = head;
    this.#trim(level);
    this.queued -= tasks.length;
    this.#submitTasks(level, tasks);
  }

  #trim(level) {
    const { head, tasks } = level;
    if (head === tasks.length) {
      tasks.length = 0;
      level.head = 0;
    } else if (head > 4096 && head * 2 > tasks.length) {
      tasks.splice(0, head);
      level.head = 0;
    }
  }

  #submitTasks(level, tasks) {
    const job = new TaskJob(tasks);
    let id;
    try {
      id = this.#submit(job, level, 0);
    } catch (error) {
      // One value that cannot be cloned must not fail the others.
      if (tasks.length === 1) tasks[0].settle(true, error);
      else for (const task of tasks) this.#submitTasks(level, [task]);
      return;
    }
    for (let i = 0; i < tasks.length; i++) {
      tasks[i].job = id;
      tasks[i].value = undefined;
    }
  }

  #dispatchSource(level) {
    const source = level.sources.shift();
    const job = source.nextJob();
    if (job === undefined) return true;
    // Several sources take turns.
    level.sources.push(source);
    if (job === null) return false;
    job.source = source;
    try {
      this.#submit(job, level, 0);
    } catch (error) {
      job.refused(error);
    }
    return true;
  }

  // `isolate` names one that has to run the job; 0: any.
  #submit(job, level, isolate) {
    const id = native.submit(this.#id, job.code.id, job.form, job.priority, job.size, isolate, job.payload(), job.list);
    job.level = level;
    level.under++;
    this.under += job.size;
    this.#jobs.set(id, job);
    return id;
  }

  // The isolates that are alive, by number.
  isolates() {
    return native.isolates(this.#id);
  }

  // Has a job run on one isolate, whatever else waits. Throws where it cannot be serialized, or the isolate is gone.
  submitTo(isolate, job) {
    const id = this.#submit(job, this.#level(job.priority), isolate);
    this.#keepAlive(this.#referenced);
    return id;
  }

  // A task that somebody does not want any more: its promise is rejected with `error`.
  cancelTask(task, error) {
    if (task.settled) return;
    // One that still waits here is skipped when its turn comes.
    if (task.job === 0) this.queued--;
    else native.cancel(this.#id, task.job);
    task.settle(true, error);
    if (task.job === 0) this.schedule();
  }

  cancelSource(source) {
    for (const [id, job] of this.#jobs) {
      if (job.source === source) native.cancel(this.#id, id);
    }
    for (const level of this.#levels) {
      const at = level.sources.indexOf(source);
      if (at !== -1) level.sources.splice(at, 1);
    }
    this.schedule();
  }

  // [job, end, nanos, position, parts, (kind, start, value) ..., ...]
  onOutcomes(flat) {
    for (let i = 0; i < flat.length;) {
      const id = flat[i];
      const end = flat[i + 1];
      const nanos = flat[i + 2];
      const position = flat[i + 3];
      const parts = flat[i + 4];
      i += 5;
      const job = this.#jobs.get(id);
      if (job === undefined) {
        i += parts * 3;
        continue;
      }
      for (let part = 0; part < parts; part++, i += 3) job.part(flat[i], flat[i + 1], flat[i + 2]);
      // Said by a job that goes on.
      if (end === NOTICE) continue;
      this.#jobs.delete(id);
      job.level.under--;
      this.under -= job.size;
      this.completed += job.size;
      if (end === FINISHED) job.code.learn(nanos, job.size);
      job.end(end, position);
    }
    this.dispatch();
  }

  // Cancels what waits and what runs.
  cancelAll() {
    for (const level of this.#levels) {
      const waiting = level.tasks.slice(level.head);
      level.tasks.length = level.head = 0;
      for (const task of waiting) task.settle(true, endError(CANCELLED));
      for (const source of level.sources.splice(0)) source.fail(endError(CANCELLED));
    }
    this.queued = 0;
    for (const id of this.#jobs.keys()) native.cancel(this.#id, id);
    this.schedule();
  }

  // Ends the native pool; its threads are joined.
  destroy() {
    if (this.#destroyed) return;
    this.#destroyed = true;
    native.destroy(this.#id);
  }
}

module.exports = { Scheduler };
