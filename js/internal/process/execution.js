'use strict';
// How a process (or a Worker's thread) ends: process.exit, 'beforeExit', 'exit', and exceptions nobody caught.
// Node's documentation, "Process events" and "Exit codes".

const { printError, reallyExit } = internalBinding('process');
const asyncContext = internalBinding('async_context');

const GENERIC_FAILURE = 1;
const NO_HANDLER = 6;
// A Worker ends with 1 here.
let handlerThrew = 7;

let exitCode;
let captureCallback = null;
// Those of addUncaughtExceptionCaptureCallback, which share: the one added last is asked first.
const sharedCaptures = [];
// Of the module domain once it is loaded: (error) => whether an active domain has taken it.
let domainHandler = null;

// A Worker ends its thread instead of the process, and its errors go to the parent: `leave(code)` and
// `reportFatal(error) -> true if taken`.
let leave = reallyExit;
let reportFatal = printFatal;

function invalidExitCode(name, value) {
  const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
  return new ERR_INVALID_ARG_TYPE(name, 'number', value);
}

// Integers, strings of integers, undefined and null are exit codes.
function toExitCode(value, name) {
  if (value === undefined || value === null) return undefined;
  let number = value;
  if (typeof value === 'string' && value !== '') {
    number = Number(value);
    if (Number.isNaN(number)) throw invalidExitCode(name, value);
  }
  if (typeof number !== 'number') throw invalidExitCode(name, value);
  const { validateInteger } = require('internal/validators');
  validateInteger(number, name);
  return number;
}

function exit(code) {
  if (arguments.length !== 0) {
    process.exitCode = code;
  }
  if (!process._exiting) {
    process._exiting = true;
    process.emit('exit', exitCode ?? 0);
  }
  process.reallyExit(exitCode ?? 0);
}

// Told when the loop ends by itself and not by process.exit(): whoever still waits for something.
const atNaturalEnd = new Set();

// At the natural end of the loop.
function finish() {
  if (!process._exiting) {
    for (const listener of atNaturalEnd) listener();
    process._exiting = true;
    process.emit('exit', exitCode ?? 0);
    // What the listeners left behind is still heard; ticks are not.
    require('internal/process/task_queues').settlePromises();
  }
  leave(exitCode ?? 0);
}

function emitBeforeExit() {
  if (process.listenerCount('beforeExit') > 0) process.emit('beforeExit', exitCode ?? 0);
}

function lastResort(error) {
  try {
    if (typeof error?.stack === 'string') return error.stack;
    return typeof error === 'object' ? Object.prototype.toString.call(error) : String(error);
  } catch {
    return 'an exception that cannot be shown';
  }
}

// An 'error' event that nobody listened to: its stack says where it was emitted, too.
function noteEmitter(error) {
  const { kEnhanceStackBeforeInspector } = require('internal/errors');
  if (!Object.hasOwn(error, kEnhanceStackBeforeInspector) || typeof error.stack !== 'string') return;
  error.stack = error[kEnhanceStackBeforeInspector]();
}

// What is said of an error whose stack cannot be read, since the program's Error.prepareStackTrace throws.
function withoutStack(error) {
  try {
    error.stack; // eslint-disable-line no-unused-expressions
    return undefined;
  } catch {
    return Error.prototype.toString.call(error);
  }
}

function isError(value) {
  return value instanceof Error || require('util').types.isNativeError(value);
}

// The error as its author would want to see it: the place, the stack, what else the error carries.
function fatalText(error, arrow, thrown = '') {
  const maps = require('internal/realm').loaded('internal/source_map_support');
  if (arrow && maps !== undefined) arrow = maps.mapArrow(arrow);
  const { inspect } = require('internal/util/inspect');
  const { getOptionValue } = require('internal/options');
  let text;
  let stackless;
  try {
    if (require('internal/errors').isErrorLike(error) && isError(error)) {
      stackless = withoutStack(error);
      noteEmitter(error);
      text = stackless ?? inspect(error, { colors: require('internal/process/colors').stderrHasColors() });
    } else {
      // A string is the message itself. Where the place is shown, that says it is an error.
      const shown = typeof error === 'string' || typeof error === 'bigint' ? String(error) : inspect(error);
      text = arrow ? `\n${arrow}${shown}` : `Uncaught:\n${shown}`;
    }
    // An object can have been made with its stack; anything else cannot.
    const primitive = error === null || (typeof error !== 'object' && typeof error !== 'function');
    if ((primitive || stackless !== undefined) && !getOptionValue('--trace-uncaught')) {
      text += '\n(Use `weft --trace-uncaught ...` to show where the exception was thrown)';
    }
    if (thrown) text += `\n${thrown.trimEnd()}`;
  } catch {
    // A hostile error: a getter that throws, a proxy. Show what can be had of it.
    text = `Uncaught:\n${lastResort(error)}`;
  }
  if (arrow && !text.trimStart().startsWith(arrow)) text = `${arrow}\n${text}`;
  if (getOptionValue('--extra-info-on-fatal-exception') === false) return `${text}\n`;
  return `${text}\n\nWeft v${require('internal/options').cli().weftVersion}\n`;
}

function printFatal(error, arrow, thrown) {
  require('internal/realm').loaded('internal/inspector')?.reportException(error);
  printError(fatalText(error, arrow, thrown));
  require('internal/realm').loaded('internal/process/report')?.onUncaughtException(error);
  // A core dump was asked for. Only the main thread ends this way; a Worker's error goes to its parent.
  if (abortsOnUncaught()) process.abort();
}

function abortsOnUncaught() {
  return Boolean(require('internal/options').getOptionValue('--abort-on-uncaught-exception'));
}

// The handlers of an exception have run: what threw it is over now.
function endOfThrower() {
  asyncContext.set(undefined);
  require('internal/realm').loaded('internal/async_ids')?.unwind();
}

// Called by the loop, and by whoever runs user callbacks of its own. Returns if the process goes on. What a handler throws
// leaves through here; the loop then comes again with that, and `ofHandler` set.
function fatalException(error, fromPromise, arrow = '', thrown = '', ofHandler = false) {
  if (ofHandler) {
    reportFatal(error, arrow, thrown);
    leaveAfterFailure(handlerThrew);
    return;
  }
  if (typeof process._fatalException !== 'function') {
    // Node's last resort, which users can break.
    printError(fatalText(error, arrow, thrown));
    leaveAfterFailure(NO_HANDLER);
    return;
  }
  const type = fromPromise ? 'unhandledRejection' : 'uncaughtException';
  process.emit('uncaughtExceptionMonitor', error, type);
  if (captureCallback !== null) {
    captureCallback(error);
    endOfThrower();
    return;
  }
  for (let i = sharedCaptures.length - 1; i >= 0; i--) {
    if (sharedCaptures[i](error) === true) {
      endOfThrower();
      return;
    }
  }
  // Handlers run in the context of what threw; what comes next does not.
  if (domainHandler !== null && domainHandler(error)) {
    endOfThrower();
    return;
  }
  // Who asks for a core dump wants the stack as it is now, whatever a listener would do.
  if (!fromPromise && reportFatal === printFatal && abortsOnUncaught()) printFatal(error, arrow, thrown);
  if (process.emit('uncaughtException', error, type)) {
    endOfThrower();
    return;
  }
  if (!process._exiting) {
    process._exiting = true;
    exitCode = GENERIC_FAILURE;
    try {
      process.emit('exit', GENERIC_FAILURE);
    } catch {
      // The first error is the one to report.
    }
  }
  reportFatal(error, arrow, thrown);
  leaveAfterFailure(exitCode ?? GENERIC_FAILURE);
}

// `step` runs when everything of the user's has, right before the process or thread ends.
function beforeLeaving(step) {
  const then = leave;
  leave = (code) => {
    leave = then;
    step();
    then(code);
  };
}

function leaveAfterFailure(code) {
  process._exiting = true;
  leave(code);
}

function setUncaughtExceptionCaptureCallback(callback) {
  const {
    codes: {
      ERR_DOMAIN_CANNOT_SET_UNCAUGHT_EXCEPTION_CAPTURE,
      ERR_INVALID_ARG_TYPE,
      ERR_UNCAUGHT_EXCEPTION_CAPTURE_ALREADY_SET,
    },
  } = require('internal/errors');
  if (domainHandler !== null) throw new ERR_DOMAIN_CANNOT_SET_UNCAUGHT_EXCEPTION_CAPTURE();
  if (callback === null) {
    captureCallback = null;
    return;
  }
  if (typeof callback !== 'function') throw new ERR_INVALID_ARG_TYPE('fn', ['Function', 'null'], callback);
  if (captureCallback !== null) throw new ERR_UNCAUGHT_EXCEPTION_CAPTURE_ALREADY_SET();
  captureCallback = callback;
}

// One that returns true has dealt with the exception.
function addUncaughtExceptionCaptureCallback(callback) {
  require('internal/validators').validateFunction(callback, 'fn');
  sharedCaptures.push(callback);
}

// What fs tells of descriptors, in a thread that tracks them; kept here, since fs may never be loaded.
let descriptorTracker = null;

module.exports = {
  addUncaughtExceptionCaptureCallback,
  beforeLeaving,
  emitBeforeExit,
  exit,
  atNaturalEnd,
  getDescriptorTracker() { return descriptorTracker; },
  setDescriptorTracker(tracker) { descriptorTracker = tracker; },
  fatalException,
  fatalText,
  finish,
  getExitCode() { return exitCode; },
  hasUncaughtExceptionCaptureCallback() { return captureCallback !== null; },
  reallyExit(code) { leave(code ?? 0); },
  setDomainHandler(handler) { domainHandler = handler; },
  setExitCode(value) { exitCode = toExitCode(value, 'code'); },
  setExitCodeRaw(value) {
    exitCode = toExitCode(value, 'code');
  },
  setThreadHooks(hooks) {
    leave = hooks.leave;
    reportFatal = hooks.reportFatal;
    handlerThrew = GENERIC_FAILURE;
  },
  setUncaughtExceptionCaptureCallback,
};
