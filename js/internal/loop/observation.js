'use strict';
// Observations of loops (weft:loop): slow turns and stalls, as they are reported by the native side, to a callback, an
// async iterator and diagnostics channels.

const { validateBoolean, validateFunction, validateNumber, validateObject } = require('internal/validators');
const native = internalBinding('loop');
const { targetOf } = require('internal/loop/target');

const DEFAULT_THRESHOLD = 50;
// Reports that nobody takes are kept up to this number; then the oldest go.
const MOST_WAITING = 1000;

// Where a callback comes from, flat.
function described({ place, operation, created, ...rest }) {
  const what = { ...rest };
  if (operation) what.operation = operation;
  if (place) {
    what.name = place.name;
    if (place.file) {
      what.file = place.file;
      what.line = place.line;
      what.column = place.column;
    }
  }
  if (created) what.created = created;
  return what;
}

// What made the turn slow: of the callbacks that took at least half of it, the one that says most, which is the shortest,
// since the others contain it. null: several did.
function explain(callbacks, duration) {
  let found = null;
  for (const callback of callbacks) {
    if (callback.duration * 2 >= duration && (found === null || callback.duration <= found.duration)) found = callback;
  }
  return found;
}

function longest(phases) {
  const names = Object.keys(phases);
  return names.reduce((a, b) => (phases[b] > phases[a] ? b : a), names[0] ?? 'outside');
}

function finish(report) {
  if (report.type === 'stall') return report;
  const { stall, ...rest } = report;
  const callbacks = report.callbacks.map(described);
  const what = explain(callbacks, report.duration);
  const culprit = stall?.culprit ??
    (what?.file === undefined ? null : { name: what.name, file: what.file, line: what.line, column: what.column });
  return { ...rest, phase: longest(report.phases), what, culprit, callbacks, stall: stall ?? null };
}

class Observation {
  #id;
  #callback;
  #waiting = [];
  #readers = [];
  #iterates = false;
  #stalls;
  // Reports that were dropped because nobody took them.
  dropped = 0;

  constructor(options, callback) {
    validateObject(options, 'options');
    const { threshold = DEFAULT_THRESHOLD, thread, creation = true, stalls = true } = options;
    validateNumber(threshold, 'options.threshold', 1);
    validateBoolean(creation, 'options.creation');
    validateBoolean(stalls, 'options.stalls');
    if (callback !== undefined) validateFunction(callback, 'callback');
    this.#callback = callback;
    this.#stalls = stalls;
    this.#id = native.observe(targetOf(thread, 'options.thread'), threshold, creation, (report) => this.#receive(report));
  }

  #receive(report) {
    if (report.type === 'stall' && !this.#stalls) return;
    report = finish(report);
    publish(report);
    this.#callback?.(report);
    if (this.#callback !== undefined && !this.#iterates) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ value: report, done: false });
      return;
    }
    this.#waiting.push(report);
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.dropped++;
    }
  }

  close() {
    if (this.#id === undefined) return;
    native.unobserve(this.#id);
    this.#id = undefined;
    for (const reader of this.#readers.splice(0)) reader({ value: undefined, done: true });
  }

  [Symbol.dispose]() {
    this.close();
  }

  [Symbol.asyncIterator]() {
    this.#iterates = true;
    return {
      next: () => {
        if (this.#waiting.length > 0) return Promise.resolve({ value: this.#waiting.shift(), done: false });
        if (this.#id === undefined) return Promise.resolve({ value: undefined, done: true });
        return new Promise((resolve) => this.#readers.push(resolve));
      },
      return: () => {
        this.close();
        return Promise.resolve({ value: undefined, done: true });
      },
      [Symbol.asyncIterator]() { return this; },
    };
  }
}

function publish(report) {
  const diagnostics = require('internal/realm').loaded('diagnostics_channel');
  if (diagnostics === undefined) return;
  const channel = diagnostics.channel(report.type === 'stall' ? 'weft.loop.stall' : 'weft.loop.slow');
  if (channel.hasSubscribers) channel.publish(report);
}

module.exports = { Observation };
