'use strict';
// Rejected promises nobody handles: collected as V8 reports them, judged once microtasks have run
// (Node's documentation, "Event: 'unhandledRejection'", and the flag --unhandled-rejections).

const { triggerUncaught } = internalBinding('process');
const asyncContext = internalBinding('async_context');

const HAS_REJECTIONS = 1;
const REJECTED = 0;
const HANDLER_ADDED = 1;

let words;
// Rejected since the last judgement: promise -> { reason, id for warnings, async context }.
let pending = new Map();
// Reported as unhandled already; weak, so that a reported promise can be collected.
const reported = new WeakMap();
// Handled after they were reported: to be told by 'rejectionHandled'.
let handledLate = [];
let lastId = 0;

// V8's promise reject events, through the loop.
function promiseRejected(event, promise, reason) {
  if (event === REJECTED) {
    pending.set(promise, { reason, id: ++lastId, context: asyncContext.get() });
    words[HAS_REJECTIONS] = 1;
  } else if (event === HANDLER_ADDED) {
    if (pending.delete(promise)) return;
    const report = reported.get(promise);
    if (report !== undefined) {
      reported.delete(promise);
      handledLate.push({ promise, report });
      words[HAS_REJECTIONS] = 1;
    }
  } else if (process.listenerCount('multipleResolves') > 0) {
    const type = event === 2 ? 'reject' : 'resolve';
    process.emit('multipleResolves', type, promise, reason);
  }
}

// What was rejected with, in words that run no code of the user's.
function describe(reason) {
  if (reason !== null && (typeof reason === 'object' || typeof reason === 'function')) {
    if (require('internal/errors').isErrorLike(reason)) return String(reason.stack);
    return `#<${internalBinding('util').getConstructorName(reason)}>`;
  }
  return String(reason);
}

function rejectionError(reason) {
  const { codes: { ERR_UNHANDLED_REJECTION }, withoutStack } = require('internal/errors');
  // Nothing of the program is on the stack.
  return withoutStack(() => new ERR_UNHANDLED_REJECTION(describe(reason)));
}

function warnUnhandled({ reason, id }) {
  const warning = new Error(
    'Unhandled promise rejection: a promise was rejected and nothing handles it, neither a catch block around its ' +
    'await nor a .catch(). The flag `--unhandled-rejections=strict` makes that end the process. ' +
    `(rejection id: ${id})`);
  warning.name = 'UnhandledPromiseRejectionWarning';
  const { isErrorLike } = require('internal/errors');
  try {
    if (isErrorLike(reason)) {
      warning.stack = reason.stack;
      process.emitWarning(reason.stack, 'UnhandledPromiseRejectionWarning');
    } else {
      process.emitWarning(describe(reason), 'UnhandledPromiseRejectionWarning');
    }
  } catch { /* A reason whose stack getter throws still gets the second warning. */ }
  process.emitWarning(warning);
}

// An error goes to 'uncaughtException' as it is; anything else is wrapped, so that there is a stack.
function throwReason(reason) {
  const { isErrorLike } = require('internal/errors');
  triggerUncaught(isErrorLike(reason) ? reason : rejectionError(reason), true);
}

// A domain hears of what was rejected in it; without one the process does.
function tellOf(promise, reason) {
  const { domain } = process;
  return domain ? domain.emit('error', reason) : process.emit('unhandledRejection', reason, promise);
}

const modes = {
  strict(promise, entry) {
    throwReason(entry.reason);
    if (!tellOf(promise, entry.reason)) warnUnhandled(entry);
  },
  throw(promise, entry) {
    if (!tellOf(promise, entry.reason)) throwReason(entry.reason);
  },
  warn(promise, entry) {
    tellOf(promise, entry.reason);
    warnUnhandled(entry);
  },
  none(promise, entry) {
    tellOf(promise, entry.reason);
  },
  'warn-with-error-codes'(promise, entry) {
    if (tellOf(promise, entry.reason)) return;
    warnUnhandled(entry);
    process.exitCode = 1;
  },
};

let mode;

// Judges what was collected. True if that may have left new ticks or microtasks.
function judge() {
  words[HAS_REJECTIONS] = 0;
  if (handledLate.length === 0 && pending.size === 0) return false;
  mode ??= modes[require('internal/options').getOptionValue('--unhandled-rejections') ?? 'throw'];
  const late = handledLate;
  handledLate = [];
  // Programs may break the iteration of arrays; rejections are judged nevertheless.
  late.forEach(({ promise, report }) => {
    if (!process.emit('rejectionHandled', promise)) {
      const warning = new Error(`Promise rejection was handled asynchronously (rejection id: ${report.id})`);
      warning.name = 'PromiseRejectionHandledWarning';
      warning.id = report.id;
      process.emitWarning(warning);
    }
  });
  const batch = pending;
  pending = new Map();
  try {
    batch.forEach((entry, promise) => {
      batch.delete(promise);
      reported.set(promise, { id: entry.id });
      asyncContext.set(entry.context);
      mode(promise, entry);
    });
  } finally {
    // A handler that threw must not make the rest unheard of.
    batch.forEach((entry, promise) => {
      pending.set(promise, entry);
      words[HAS_REJECTIONS] = 1;
    });
  }
  return true;
}

module.exports = {
  judge,
  promiseRejected,
  setWords(value) { words = value; },
};
