'use strict';
// Who is told of tasks: subscribers of the tracing channel 'weft.pool.task' (diagnostics_channel: start when a task is
// queued, asyncStart and asyncEnd when it is settled, error where it failed), and listeners of a pool's event 'task'.

const { tracingChannel } = require('diagnostics_channel');

const channel = tracingChannel('weft.pool.task');

let serial = 0;

// What both get about a task: one object for its whole life.
class TaskTrace {
  #pool;
  #began = performance.now();

  constructor(pool, task) {
    this.#pool = pool;
    this.id = ++serial;
    this.priority = task.priority;
    this.pool = pool;
  }

  settle(failed, value) {
    this.duration = performance.now() - this.#began;
    this.status = failed ? 'rejected' : 'fulfilled';
    if (failed) {
      this.error = value;
      channel.error.publish(this);
    } else {
      this.result = value;
    }
    channel.asyncStart.publish(this);
    channel.asyncEnd.publish(this);
    if (this.#pool.listenerCount('task') > 0) this.#pool.emit('task', this);
  }
}

// Follows a task that is about to be queued.
function begin(pool, task) {
  if (!channel.hasSubscribers && pool.listenerCount('task') === 0) return;
  const trace = new TaskTrace(pool, task);
  task.trace = trace;
  channel.start.publish(trace);
  channel.end.publish(trace);
}

module.exports = { begin };
