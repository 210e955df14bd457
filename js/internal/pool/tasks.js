'use strict';
// Tasks of run(), and the jobs in which they travel. A job is what the scheduler hands to the native pool and gets back:
// any object with
//   code, form, priority   what to run, how to read the payload (protocol.js), larger goes first
//   size                   how many tasks it counts for
//   payload(), list        what to serialize, and what of it to move
//   part(kind, start, value)   some of it is done
//   end(end, position)     it is over; unless FINISHED, `position` is the index of the task that ended it
//   refused(error)         it could not be serialized, and never went
// TaskJob here is one kind, the slices of map() are another (mapping.js).

const { ERROR, FINISHED, TASKS, VALUE } = require('internal/pool/protocol');
const { endError } = require('internal/pool/errors');

class Task {
  constructor(code, value, list, resolve, reject) {
    this.code = code;
    this.value = value;
    this.list = list;
    this.resolve = resolve;
    this.reject = reject;
    this.priority = 0;
    // One that somebody may cancel, or whose memory moves, goes alone, so that ending it ends nothing else.
    this.alone = list !== undefined;
    // The number of the job it went with; 0 while it waits here.
    this.job = 0;
    this.settled = false;
    this.release = undefined;
    this.onProgress = undefined;
    this.timeout = 0;
    this.timer = undefined;
    // When it was queued, in ms.
    this.queued = 0;
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

// A job of tasks of the same code.
class TaskJob {
  constructor(tasks) {
    this.tasks = tasks;
    this.size = tasks.length;
    this.code = tasks[0].code;
    this.form = TASKS;
    this.priority = tasks[0].priority;
    this.list = tasks[0].list;
  }

  payload() {
    const { tasks } = this;
    const values = new Array(tasks.length);
    for (let i = 0; i < tasks.length; i++) values[i] = tasks[i].value;
    return values;
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
    if (end === FINISHED) return;
    const { tasks } = this;
    for (let i = 0; i < tasks.length; i++) {
      if (!tasks[i].settled) tasks[i].settle(true, endError(end, tasks[i].timeout));
    }
  }
}

module.exports = { Task, TaskJob };
