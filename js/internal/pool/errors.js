'use strict';
// The errors of weft:pool. Each has a code; those that a `catch` wants to tell apart by name have one of their own.

const { CANCELLED, EXITED, LOST, NEVER_SETTLES, NO_ISOLATE, OUT_OF_MEMORY, TIMED_OUT } = require('internal/pool/protocol');

function coded(message, code, name) {
  const error = new Error(message);
  if (name !== undefined) {
    Object.defineProperty(error, 'name', { __proto__: null, value: name, configurable: true, writable: true });
  }
  error.code = code;
  return error;
}

const closedError = () => coded('The pool has been closed', 'ERR_POOL_CLOSED');

const queueFullError = (limit) => coded(
  limit === 0 ? 'All threads of the pool are busy, and it has no queue' : `The queue of the pool is full (${limit} tasks)`,
  'ERR_POOL_QUEUE_FULL');

function timeoutError(milliseconds) {
  return coded(`The task did not end within ${milliseconds} ms`, 'ERR_POOL_TASK_TIMEOUT', 'TimeoutError');
}

const deadlineError = () => coded('The task did not end before its deadline', 'ERR_POOL_TASK_TIMEOUT', 'TimeoutError');

function abortError(signal) {
  const { AbortError } = require('internal/errors');
  return new AbortError(undefined, { cause: signal.reason });
}

// Why a task did not finish, from the number its isolate's thread gave.
function endError(end, timeout = 0) {
  switch (end) {
    case OUT_OF_MEMORY:
      return coded('The task was ended because the heap of its isolate was full', 'ERR_WORKER_OUT_OF_MEMORY');
    case EXITED:
      return coded('The task ended its isolate (process.exit() or an uncaught error)', 'ERR_POOL_TASK_EXITED');
    case NEVER_SETTLES:
      return coded('The task\'s promise was never settled: nothing is left in its isolate that could settle it',
                   'ERR_POOL_TASK_NEVER_SETTLES');
    case NO_ISOLATE:
      return coded('There is no isolate for the task: none could be made, or the one it was meant for is gone',
                   'ERR_WORKER_INIT_FAILED');
    case LOST:
      return coded('The task was lost with its isolate, which another task had ruined', 'ERR_POOL_TASK_LOST');
    case TIMED_OUT:
      return timeout > 0 ? timeoutError(timeout) : coded('The time of the task is up', 'ERR_POOL_TASK_TIMEOUT', 'TimeoutError');
    case CANCELLED:
    default:
      return coded('The task was cancelled', 'ERR_POOL_TASK_CANCELLED');
  }
}

module.exports = { abortError, closedError, coded, deadlineError, endError, queueFullError, timeoutError };
