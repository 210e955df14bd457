'use strict';
// Tasks of run(), and the jobs in which they travel. A job is what the scheduler hands to the native pool and gets back:
// any object with
//   code, form, priority   what to run, how to read the payload (protocol.js), larger goes first
//   size                   how many tasks it counts for
//   timeout                how many ms it may run; 0 for any time
//   parent                 the job whose task it is for, inside a task; 0 elsewhere
//   payload(), list        what to serialize, and what of it to move
//   dropped                the scheduler's, false at first
//   grouped                whether the payload has several tasks that begin one after the other
//   again                  whether it was begun before, in an isolate that was lost
//   keep(count)            of a grouped one: no more than the first so many will be begun, the rest is the caller's
//   part(kind, start, value)   some of it is done
//   end(end, position, outcome)   it is over; unless FINISHED, `position` is the index of the task that ended it, or -1;
//                          `outcome` has { waited, ran } in nanoseconds; undefined: it never ran
//   refused(error)         it could not be serialized, and never went
// TaskJob here is one kind, the slices of map() are another (mapping.js).

const {
  CANCELLED, ERROR, EXITED, FINISHED, LOST, OUT_OF_MEMORY, PROGRESS, TASKS, TIMED_OUT, VALUE,
} = require('internal/pool/protocol');
const { deadlineError, endError } = require('internal/pool/errors');

class Task {
  constructor(code, value, list, resolve, reject) {
    this.code = code;
    this.value = value;
    this.list = list;
    this.resolve = resolve;
    this.reject = reject;
    this.priority = 0;
    // The job whose task queued it, where that is one of the same pool; 0 otherwise.
    this.parent = 0;
    // Whether it was begun and lost with its isolate, and is on its way again.
    this.again = false;
    // One that somebody may cancel, or whose memory moves, goes alone, so that ending it ends nothing else.
    this.alone = list !== undefined;
    // The number of the job it went with; 0 while it waits here.
    this.job = 0;
    this.settled = false;
    this.release = undefined;
    this.onProgress = undefined;
    // ms it may run; the time, as Date.now() tells it, at which it must be over; 0 for none.
    this.timeout = 0;
    this.deadline = 0;
    this.timer = undefined;
    // When it was queued, in ms.
    this.queued = 0;
    // What diagnostics_channel carries about it, where somebody listens.
    this.trace = undefined;
  }

  settle(failed, value) {
    if (this.settled) return;
    this.settled = true;
    this.value = undefined;
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.release?.();
    this.trace?.settle(failed, value);
    if (failed) this.reject(value);
    else this.resolve(value);
  }

  settleEnd(end) {
    const late = end === TIMED_OUT && this.timeout === 0 && this.deadline > 0;
    this.settle(true, late ? deadlineError() : endError(end, this.timeout));
  }
}

// Ends that one task brings about, and the others of its job had no part in.
function isOneTasksFault(end) {
  return end === OUT_OF_MEMORY || end === EXITED || end === TIMED_OUT;
}

// A job of tasks of the same code.
class TaskJob {
  constructor(scheduler, tasks) {
    this.scheduler = scheduler;
    this.tasks = tasks;
    this.size = tasks.length;
    const [first] = tasks;
    this.code = first.code;
    this.form = TASKS;
    this.priority = first.priority;
    this.timeout = first.timeout;
    this.parent = first.parent;
    this.again = first.again;
    this.list = first.list;
    // Cancelled while it ran: nobody waits for it any more.
    this.dropped = false;
  }

  get grouped() { return this.tasks.length > 1; }

  keep(count) {
    this.size = count;
    return this.tasks.splice(count);
  }

  payload() {
    const { tasks } = this;
    const values = new Array(tasks.length);
    for (let i = 0; i < tasks.length; i++) values[i] = tasks[i].value;
    return values;
  }

  part(kind, start, value) {
    const { tasks } = this;
    if (kind === VALUE || kind === ERROR) tasks[start].settle(kind === ERROR, value);
    else if (kind === PROGRESS) tasks[start].onProgress?.(value);
    else for (let i = 0; i < value.length; i++) tasks[start + i].settle(false, value[i]);
  }

  end(end, position, outcome) {
    const { tasks } = this;
    if (outcome !== undefined) this.scheduler.timing?.recordTasks(tasks, this.sent, outcome);
    if (end === FINISHED) return;
    let left;
    for (let i = 0; i < tasks.length; i++) {
      const task = tasks[i];
      if (task.settled) continue;
      if (this.#goesAgain(task, i, end, position)) (left ??= []).push(task);
      else task.settleEnd(end);
    }
    if (left !== undefined) this.scheduler.putBack(left);
  }

  // Whether one that is not settled, though its job is over, is run again.
  #goesAgain(task, index, end, position) {
    // None had begun: it was what they were given that filled the heap, of one of them or of all together.
    if (end === OUT_OF_MEMORY && position === -1 && this.tasks.length > 1) {
      task.alone = true;
      return true;
    }
    // What the one at fault kept from beginning; or what had ended already, with its outcome still in a heap that is gone.
    if (isOneTasksFault(end)) return position >= 0 && index !== position;
    // All of it went with the isolate, through no fault of its own. Memory that was moved there is gone, too.
    if (end !== LOST || this.list !== undefined || !this.scheduler.rerunsLost || task.again) return false;
    // Who of them ruined the isolate cannot be told, until it does so where it is alone.
    task.again = task.alone = index <= position;
    return true;
  }

  refused(error) {
    const { tasks } = this;
    // One value that cannot be cloned must not fail the others.
    if (tasks.length === 1) tasks[0].settle(true, error);
    else this.scheduler.putBack(tasks, true);
  }

  cancel() {
    for (const task of this.tasks) task.settleEnd(CANCELLED);
  }
}

module.exports = { Task, TaskJob };
