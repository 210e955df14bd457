'use strict';
// Which thread's loop users mean: a Worker, the number of a thread, 'all', or by default their own.

const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
const { validateInteger } = require('internal/validators');

const ALL = -1;

function targetOf(thread, name) {
  if (thread === undefined) return internalBinding('worker').threadId();
  if (thread === 'all') return ALL;
  if (typeof thread === 'object' && thread !== null && typeof thread.threadId === 'number') {
    // A Worker that is over has the number -1; nothing has this one.
    return thread.threadId < 0 ? Number.MAX_SAFE_INTEGER : thread.threadId;
  }
  if (typeof thread !== 'number') throw new ERR_INVALID_ARG_TYPE(name, ['number', 'string', 'Worker'], thread);
  validateInteger(thread, name, 0);
  return thread;
}

module.exports = { ALL, targetOf };
