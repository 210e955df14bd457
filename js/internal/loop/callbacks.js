'use strict';
// Times the callbacks that JavaScript runs itself (timers, immediates, ticks), while somebody observes this thread's loop
// (src/observe/observers.rs calls). What the loop calls is timed by the loop.

const { now } = internalBinding('performance');
const native = internalBinding('loop');
const timers = require('internal/timers');
const taskQueues = require('internal/process/task_queues');

let threshold = Infinity;
let wantsCreation = false;

// Timers, immediates and ticks -> { stack } of what made them.
const origins = new WeakMap();

// Frames of the runtime's own say nothing about where something was made.
function originOf(resource) {
  const stack = origins.get(resource)?.stack;
  if (typeof stack !== 'string') return undefined;
  return stack.split('\n').slice(1).filter((line) => !/\(?node:[^()]*\)?$/.test(line)).join('\n') || undefined;
}

const observer = {
  now,
  made(resource) {
    if (!wantsCreation) return;
    const origin = {};
    Error.captureStackTrace(origin, observer.made);
    origins.set(resource, origin);
  },
  done(kind, began, callback, resource) {
    // It was running when the observation began.
    if (began === 0) return;
    const took = now() - began;
    if (took >= threshold) native.callbackDone(kind, began, took, callback, originOf(resource));
  },
};

// CommonJS modules as the trace shows them: loading one is reading, compiling and running it.
function traceModules() {
  const { Module } = require('internal/modules/cjs_loader');
  const { load } = Module.prototype;
  Module.prototype.load = { load(filename) {
    const began = now();
    try {
      return Reflect.apply(load, this, [filename]);
    } finally {
      native.traceModule(`load ${filename}`, began, now() - began);
    }
  } }.load;
}

let tracesModules = false;

function observe(ms, creation) {
  if (!tracesModules && native.isTraced()) {
    tracesModules = true;
    traceModules();
  }
  threshold = ms;
  wantsCreation = creation;
  const value = ms < 0 ? null : observer;
  timers.setObserver(value);
  taskQueues.setObserver(value);
}

module.exports = { observe };
