'use strict';
// The nextTick queue and queueMicrotask. Node's documentation, "process.nextTick() vs queueMicrotask()":
// the tick queue is emptied after the current operation, then microtasks run, which may fill it again, until both
// are empty; then rejections are judged, and the loop goes on.
//
// Words shared with the loop (src/main_loop/tick.rs): it looks at them after each callback and only calls in here
// when there is something to do.

const { tickWords, runMicrotasks, waitingMicrotasks, enqueueMicrotask } = internalBinding('realm');
const { triggerUncaught } = internalBinding('process');
const asyncContext = internalBinding('async_context');
const rejections = require('internal/process/promises');

const HAS_TICKS = 0;
const HAS_REJECTIONS = 1;
const words = tickWords();

rejections.setWords(words);

// A ring of fixed-size arrays would save garbage on very long queues; a plain array with a moving head does the
// same job for bursts, and is reset whenever it runs dry.
let queue = [];
let head = 0;

// Set by async_hooks while a hook is enabled: { init(tick), before(tick), after(tick) }.
let hooks = null;
// As in internal/timers.
let observer = null;

class TickObject {
  constructor(callback, args, context) {
    this.callback = callback;
    this.args = args;
    this.context = context;
  }
}

let exiting = () => false;

function nextTick(callback) {
  if (typeof callback !== 'function') {
    const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
    throw new ERR_INVALID_ARG_TYPE('callback', 'Function', callback);
  }
  if (exiting()) return;
  let args;
  switch (arguments.length) {
    case 1: break;
    case 2: args = [arguments[1]]; break;
    case 3: args = [arguments[1], arguments[2]]; break;
    default:
      args = new Array(arguments.length - 1);
      for (let i = 1; i < arguments.length; i++) args[i - 1] = arguments[i];
  }
  const tick = new TickObject(callback, args, asyncContext.get());
  if (hooks !== null) hooks.init(tick);
  if (observer !== null) observer.made(tick);
  queue.push(tick);
  words[HAS_TICKS] = 1;
}

function takeTick() {
  if (head === queue.length) {
    if (head !== 0) {
      queue = [];
      head = 0;
    }
    words[HAS_TICKS] = 0;
    return null;
  }
  const tick = queue[head];
  queue[head++] = undefined;
  // Keep a long-running queue from growing without end while it never runs dry.
  if (head === 4096) {
    queue = queue.slice(head);
    head = 0;
  }
  return tick;
}

function runTick(tick) {
  asyncContext.set(tick.context);
  if (hooks !== null) hooks.before(tick);
  const { callback, args } = tick;
  if (args === undefined) callback();
  else {
    switch (args.length) {
      case 1: callback(args[0]); break;
      case 2: callback(args[0], args[1]); break;
      default: callback(...args);
    }
  }
  // Where it threw, handlers of the exception belong to it still; async_hooks ends it after them.
  if (hooks !== null) hooks.after(tick);
}

function runObserved(tick) {
  const began = observer.now();
  try {
    runTick(tick);
  } finally {
    observer?.done('tick', began, tick.callback, tick);
  }
}

// Called by the loop, and between the callbacks of one timers or check phase. What a tick throws leaves through
// here; the loop reports it and calls again for the rest.
function processTicks() {
  let tick;
  const context = asyncContext.get();
  do {
    while ((tick = takeTick()) !== null) {
      if (observer === null) runTick(tick);
      else runObserved(tick);
    }
    runMicrotasks();
  } while (head !== queue.length || rejections.judge());
  // Not where a tick threw: its context is also that of the handlers of uncaught exceptions.
  asyncContext.set(context);
  words[HAS_TICKS] = 0;
}

// Its one element is 0 while no microtask waits. Fetched when it is first needed, as it cannot be in a snapshot.
let waiting;

// Between two callbacks that JavaScript runs itself (timers, immediates, messages). V8's checkpoint, which the loop has after
// them all in any case, is left out where there is nothing to do.
function runNextTicks() {
  if (words[HAS_TICKS] === 0 && words[HAS_REJECTIONS] === 0) {
    waiting ??= waitingMicrotasks();
    if (waiting[0] === 0) return;
    runMicrotasks();
    if (words[HAS_TICKS] === 0 && words[HAS_REJECTIONS] === 0) return;
  }
  processTicks();
}

// Promise jobs and the judgement of rejections, without ticks.
function settlePromises() {
  do {
    runMicrotasks();
  } while (rejections.judge());
}

function queueMicrotask(callback) {
  if (typeof callback !== 'function') {
    const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
    throw new ERR_INVALID_ARG_TYPE('callback', 'Function', callback);
  }
  const context = asyncContext.get();
  enqueueMicrotask(() => {
    const before = asyncContext.get();
    asyncContext.set(context);
    try {
      callback();
    } catch (error) {
      triggerUncaught(error, false);
    } finally {
      asyncContext.set(before);
    }
  });
}

module.exports = {
  TickObject,
  nextTick,
  processTicks,
  queueMicrotask,
  runNextTicks,
  setExitingCheck(check) { exiting = check; },
  setHooks(value) { hooks = value; },
  setObserver(value) { observer = value; },
  settlePromises,
  words,
};
