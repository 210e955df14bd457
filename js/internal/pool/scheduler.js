'use strict';
// The queue of a pool on its owner's side: tasks and sources of jobs wait here, are handed to the native pool
// (src/workers/pool.rs) a few jobs per thread at a time, and get back what comes of them.
//
// Grouping: a task that nobody can cancel by itself may share a job with others of the same code. How many share one
// follows from how long such tasks have taken: a job is meant to last about TARGET_NANOS, so tiny tasks travel by the
// hundred and long ones alone. The rest waits here, where cancelling a task is taking it out of a list. Where a group turns
// out to take longer, and a thread is free, what was not begun of it is taken back and goes again.
//
// A source hands out jobs as threads come free (map() and its kin). It has `priority`, fail(error) and
//   nextJob()   a job (tasks.js says what that is); undefined: nothing is left, it is forgotten; null: nothing at the
//               moment, it calls schedule() when there is.

const { guarded } = require('internal/realm');
const { TaskJob } = require('internal/pool/tasks');
const { CANCELLED, CLOSED, ERROR, FINISHED, NOTICE } = require('internal/pool/protocol');
const { endError } = require('internal/pool/errors');
const native = internalBinding('pool');
const { now } = internalBinding('performance');

// What a job of grouped tasks should take.
const TARGET_NANOS = 200_000;
const MAX_GROUP = 512;
// What it may be given, as far as earlier ones tell: the isolate has to hold it all at once.
const MAX_BYTES = 1_000_000;
// Jobs handed over beyond those that can run, per thread, so that none idles while the outcome of its last one travels.
const JOBS_IN_ADVANCE = 1;
// What native.submit() is told of a job.
const GROUPED = 1;
const SUSPECT = 2;
// How long after it was handed over, in ms, a group may be taken apart.
const LATE = 2;

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

// Of the pool that runs the present task, where its isolate hands tasks to that.
let joinedScheduler;

class Scheduler {
  #id;
  // How many jobs of tasks, and of sources, may be handed over.
  #limit;
  #sourceLimit;
  #jobs = new Map();
  #levels = [new Level(0)];
  #scheduled = false;
  #hooks;
  #ended = false;
  #referenced = true;
  #keepsAlive = false;
  // Of job_runner.js, where tasks of the same pool run here.
  #currentRun;
  // Groups under way, and when they are looked at.
  #groups = 0;
  #lateTimer;
  #recordsTiming;
  #timing;
  // When what happens now began, in ms; 0 where nothing does. Read once for a burst.
  #now = 0;

  // `id` is the native pool's. Hooks: onQuiet() whenever nothing is queued or under way, onDispatched() whenever the queue
  // may have changed, onError(error) for an error of no task's, onClosed() when the threads have ended.
  // `joined`: the owner is a task of the pool. Its tasks may all be waiting for one that is not handed over yet, so there
  // is no limit to those.
  constructor(id, { threads, concurrency, joined, rerunLost, recordTiming, hooks }) {
    this.#id = id;
    this.threads = threads;
    this.concurrency = concurrency;
    this.#recordsTiming = recordTiming;
    const limit = threads * (concurrency + JOBS_IN_ADVANCE);
    this.#limit = joined ? Infinity : limit;
    this.#sourceLimit = joined ? limit * 16 : limit;
    this.#hooks = hooks;
    if (joined) {
      joinedScheduler = this;
      this.#currentRun = require('internal/pool/job_runner').currentRun;
    }
    this.rerunsLost = rerunLost;
    // Tasks that wait here, and tasks handed over.
    this.queued = 0;
    this.under = 0;
    this.completed = 0;
  }

  // The job of this isolate that what is queued now is for: what comes back may fill the heap.
  get parent() { return this.#currentRun?.()?.number ?? 0; }

  get id() { return this.#id; }
  // Undefined where no times are to be kept.
  get timing() {
    if (!this.#recordsTiming) return undefined;
    return this.#timing ??= new (require('internal/pool/timing').Timing)();
  }

  get idle() { return this.#jobs.size === 0 && this.queueLength === 0; }

  // What waits here; a source counts as one.
  get queueLength() {
    let count = this.queued;
    const levels = this.#levels;
    for (let i = 0; i < levels.length; i++) count += levels[i].sources.length;
    return count;
  }

  // Tasks that wait for a thread, here or handed over; tasks that have one.
  get queueSize() { return this.queueLength + this.waiting; }
  get running() { return Math.max(0, this.under - this.waiting); }
  get waiting() { return this.#jobs.size === 0 || this.#ended ? 0 : native.waiting(this.#id); }

  // Whether one more task would exceed `most` tasks that wait, with every thread taken.
  isFull(most) {
    const capacity = this.threads * this.concurrency;
    if (this.queueLength + this.under < most + capacity) return false;
    const { waiting } = this;
    return this.queueLength + waiting - (capacity - (this.under - waiting)) >= most;
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
    if (this.#now === 0) this.#now = now();
    task.queued = this.#now;
    task.parent = this.parent;
    this.schedule();
    this.#level(task.priority).tasks.push(task);
    this.queued++;
  }

  // Tasks that were handed over come back to the head of their queue.
  putBack(tasks, alone = false) {
    const level = this.#level(tasks[0].priority);
    for (const task of tasks) {
      task.job = 0;
      task.alone ||= alone;
    }
    level.tasks.splice(0, level.head, ...tasks);
    level.head = 0;
    this.queued += tasks.length;
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
      guarded(() => this.dispatch());
    });
  }

  // A task of this isolate was ended by force, and V8 dropped the microtasks that waited: perhaps the one above.
  static revive() {
    const scheduler = joinedScheduler;
    if (scheduler === undefined || !scheduler.#scheduled) return;
    scheduler.#scheduled = false;
    scheduler.schedule();
  }

  dispatch() {
    if (this.#ended) return;
    const levels = this.#levels;
    let above = 0;
    for (let i = 0; i < levels.length; i++) {
      const level = levels[i];
      // Jobs of lower priority that were handed over do not stand in the way: the native queue lets this pass them.
      for (;;) {
        const handed = above + level.under;
        if (handed >= this.#limit) break;
        const tasks = level.head < level.tasks.length;
        if (tasks && !(level.sourceNext && level.sources.length > 0 && handed < this.#sourceLimit)) {
          level.sourceNext = true;
          this.#dispatchTasks(level);
        } else if (level.sources.length > 0 && handed < this.#sourceLimit) {
          level.sourceNext = false;
          if (!this.#dispatchSource(level) && !tasks) break;
        } else {
          break;
        }
      }
      above += level.under;
    }
    if (this.#groups > 0 && this.#lateTimer === undefined) this.#watchGroups();
    if (levels.length > 8) this.#levels = levels.filter((level) => level.priority === 0 || !level.idle);
    this.#now = 0;
    const busy = !this.idle;
    this.#keepAlive(busy && this.#referenced);
    this.#hooks.onDispatched();
    // Where it is the first time: while a thread works, and not when it has answered.
    if (this.#timing === undefined) void this.timing;
    if (!busy) this.#hooks.onQuiet();
  }

  #keepAlive(wanted) {
    if (this.#keepsAlive === wanted) return;
    this.#keepsAlive = wanted;
    native.setRef(this.#id, wanted);
  }

  // Whether work keeps the owner's loop alive.
  setReferenced(referenced) {
    this.#referenced = referenced;
    if (!this.#ended) this.#keepAlive(referenced && !this.idle);
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
      const most = Math.min(first.code.group(TARGET_NANOS, MAX_GROUP), first.code.fit(MAX_BYTES), share);
      while (tasks.length < most && head < queue.length) {
        const next = queue[head];
        if (next.code !== first.code || next.alone || next.settled) break;
        if (next.timeout !== first.timeout || next.parent !== first.parent) break;
        tasks.push(next);
        head++;
      }
    }
    level.head = head;
    this.#trim(level);
    this.queued -= tasks.length;
    const job = new TaskJob(this, tasks);
    const id = this.#submit(job, level, 0);
    if (id === 0) return;
    first.code.weigh(native.sentBytes(), tasks.length);
    for (let i = 0; i < tasks.length; i++) tasks[i].job = id;
  }

  #watchGroups() {
    this.#lateTimer = setTimeout(() => {
      this.#lateTimer = undefined;
      if (this.#ended) return;
      // Where something waits here, threads that are free take that.
      if (this.queueLength === 0) this.#takeBack();
      if (this.#groups > 0 && this.#lateTimer === undefined) this.#watchGroups();
    }, LATE);
    this.#lateTimer.unref();
  }

  #takeBack() {
    const late = now() - LATE;
    for (const [id, job] of this.#jobs) {
      if (!job.grouped || job.dropped || job.sent > late) continue;
      const first = native.takeBack(this.#id, id);
      if (first === undefined) continue;
      const before = job.size;
      const tasks = job.keep(first);
      this.under -= before - job.size;
      if (!job.grouped) this.#groups--;
      this.putBack(tasks);
      break;
    }
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

  // False: none of the sources has anything at the moment.
  #dispatchSource(level) {
    const { sources } = level;
    for (let left = sources.length; left > 0; left--) {
      const source = sources.shift();
      const job = source.nextJob();
      if (job === undefined) {
        if (sources.length === 0) return true;
        continue;
      }
      // Several sources take turns.
      sources.push(source);
      if (job === null) continue;
      job.source = source;
      this.#submit(job, level, 0);
      return true;
    }
    return false;
  }

  // Hands a job over, and gives its number; 0 where it could not be serialized. `isolate` names one that has to run it.
  #submit(job, level, isolate) {
    let id;
    try {
      id = native.submit(this.#id, job.code.id, job.form, job.priority, job.size, job.timeout ?? 0, isolate, job.payload(),
                         job.list, (job.grouped ? GROUPED : 0) | (job.again ? SUSPECT : 0), job.parent);
    } catch (error) {
      job.refused(error);
      return 0;
    }
    job.level = level;
    if (this.#now === 0) this.#now = now();
    job.sent = this.#now;
    level.under++;
    this.under += job.size;
    if (job.grouped) this.#groups++;
    this.#jobs.set(id, job);
    return id;
  }

  // The isolates that are alive, by number.
  isolates() {
    return native.isolates(this.#id).map((row) => row[0]);
  }

  // Has a job run on one isolate, whatever else waits. Where that is gone, the job ends with NO_ISOLATE.
  submitTo(isolate, job) {
    const id = this.#submit(job, this.#level(job.priority), isolate);
    this.#keepAlive(this.#referenced);
    return id;
  }

  // A task that somebody does not want any more: its promise is rejected with `error`.
  cancelTask(task, error) {
    if (task.settled) return;
    task.settle(true, error);
    if (task.job === 0) {
      // It still waits here, and is skipped when its turn comes.
      this.queued--;
      this.schedule();
    } else {
      this.#cancelJob(task.job);
    }
  }

  #cancelJob(id) {
    const job = this.#jobs.get(id);
    // One that had not begun has left the native queue; of any other, the outcome will tell. Until then its thread is
    // busy with it, but nobody waits for it.
    if (native.cancel(this.#id, id) !== 0) {
      if (job !== undefined && !job.dropped) {
        job.dropped = true;
        this.under -= job.size;
      }
      return;
    }
    this.#finish(id, job, CANCELLED, -1, undefined);
    this.schedule();
  }

  cancelSource(source) {
    for (const level of this.#levels) {
      const at = level.sources.indexOf(source);
      if (at !== -1) level.sources.splice(at, 1);
    }
    for (const [id, job] of this.#jobs) {
      if (job.source === source) this.#cancelJob(id);
    }
    this.schedule();
  }

  #finish(id, job, end, position, outcome) {
    if (job === undefined) return;
    this.#jobs.delete(id);
    job.level.under--;
    if (!job.dropped) this.under -= job.size;
    if (job.grouped) this.#groups--;
    this.completed += job.size;
    if (end === FINISHED) job.code.learn(outcome.ran, job.size);
    job.end(end, position, outcome);
  }

  // [job, end, waited, ran, position, parts, (kind, start, value) ..., ...]; times in nanoseconds.
  onOutcomes(flat) {
    guarded(() => this.#settle(flat));
  }

  // In an isolate of a pool the end of one task, in whose context this may run, must not lose what is another's.
  #settle(flat) {
    for (let i = 0; i < flat.length;) {
      const id = flat[i];
      const end = flat[i + 1];
      const outcome = { waited: flat[i + 2], ran: flat[i + 3] };
      const position = flat[i + 4];
      const parts = flat[i + 5];
      i += 6;
      try {
        this.#handle(id, end, position, outcome, parts, flat, i);
      } catch (error) {
        // A callback of the user's threw: its error is nobody's, and the outcomes behind it are still theirs.
        process.nextTick(() => { throw error; });
      }
      i += parts * 3;
    }
    // Where nothing waits to be handed over, those that the outcomes are for go first.
    if (this.queueLength > 0) this.dispatch();
    else this.schedule();
  }

  // One outcome, whose parts begin at flat[i].
  #handle(id, end, position, outcome, parts, flat, i) {
    const job = this.#jobs.get(id);
    if (job !== undefined) {
      for (let part = 0; part < parts; part++) job.part(flat[i + 3 * part], flat[i + 3 * part + 1], flat[i + 3 * part + 2]);
      // Said by a job that goes on.
      if (end !== NOTICE) this.#finish(id, job, end, position, outcome);
    } else if (id === 0) {
      if (end === CLOSED) this.#close();
      else if (parts > 0 && flat[i] === ERROR) this.#hooks.onError(flat[i + 2]);
    }
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
    for (const id of [...this.#jobs.keys()]) this.#cancelJob(id);
    this.schedule();
  }

  // Ends the native pool; onClosed() tells when its threads are gone.
  destroy() {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#lateTimer);
    native.setRef(this.#id, true);
    native.destroy(this.#id);
  }

  #close() {
    native.setRef(this.#id, false);
    native.forget(this.#id);
    this.#hooks.onClosed();
  }
}

module.exports = { Scheduler };
