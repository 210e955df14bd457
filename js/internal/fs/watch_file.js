'use strict';

// fs.watchFile: polling a file's stat, which works where the system cannot tell of changes. One poller per path, shared by its listeners.

const { EventEmitter } = require('events');
const { validateFunction, validateUint32 } = require('internal/validators');
const { getValidatedPath } = require('internal/fs/utils');
const { kFieldCount, statsFrom } = require('internal/fs/stats');
const { clearTimeout, setTimeout } = require('timers');

const { atWork, owners, tracking } = require('internal/tracked_handles');

const binding = internalBinding('fs');
const kDefaultInterval = 5007;
const kStart = Symbol('start');

// Fields whose change is news: all but the time of the last access and the file system's block counts.
const kCompared = [0, 1, 2, 3, 4, 5, 7, 8, 12, 13, 14, 15, 16, 17];

const pollers = new Map();

class StatWatcher extends EventEmitter {
  #path;
  #bigint;
  #interval;
  #timer;
  #last;
  #absent = false;
  #running = false;
  #referenced;

  constructor(bigint) {
    super();
    this.#bigint = bigint;
  }

  [kStart](path, persistent, interval) {
    this.#path = path;
    this.#interval = interval;
    this.#referenced = persistent;
    this.#running = true;
    tracking.hooks?.init(this, 'STATWATCHER');
    atWork.set(this, ['StatWatcher', this, () => this.#referenced]);
    this.#poll();
  }

  stop() {
    if (!this.#running) return;
    this.#running = false;
    clearTimeout(this.#timer);
    atWork.delete(this);
    tracking.hooks?.destroy(this);
    process.nextTick(() => this.emit('stop'));
  }

  ref() {
    this.#referenced = true;
    this.#timer?.ref();
    return this;
  }

  unref() {
    this.#referenced = false;
    this.#timer?.unref();
    return this;
  }

  #poll() {
    const done = (err, fields) => {
      if (!this.#running) return;
      try {
        this.#compare(err, fields);
      } finally {
        if (this.#running) {
          this.#timer = setTimeout(() => this.#poll(), this.#interval);
          if (!this.#referenced) this.#timer.unref();
        }
      }
    };
    owners.set(done, this);
    binding.stat(this.#path, this.#bigint, done);
  }

  #compare(err, fields) {
    const before = this.#last;
    if (err) {
      // What is not there is told once, also when it never was there. What it was before stays known for when it is there again.
      if (this.#absent) return;
      this.#absent = true;
      const none = this.#bigint ? new BigInt64Array(kFieldCount) : new Float64Array(kFieldCount);
      this.#last = before ?? none;
      this.emit('change', statsFrom(none), statsFrom(before ?? none));
      return;
    }
    this.#last = fields;
    const appeared = this.#absent;
    this.#absent = false;
    if (before === undefined) return;
    if (appeared || kCompared.some((i) => before[i] !== fields[i])) this.emit('change', statsFrom(fields), statsFrom(before));
  }
}

function watchFile(filename, options, listener) {
  filename = require('path').resolve(String(getValidatedPath(filename)));
  if (options === null || typeof options !== 'object') {
    listener = options;
    options = undefined;
  }
  validateFunction(listener, 'listener');
  const { bigint, interval, persistent } = { bigint: false, interval: kDefaultInterval, persistent: true, ...options };
  validateUint32(interval, 'interval');
  // What is not allowed would look like what is not there.
  if (internalBinding('permission').isEnforced()) internalBinding('fs').existsSync(filename);
  let poller = pollers.get(filename);
  if (poller === undefined) {
    poller = new StatWatcher(Boolean(bigint));
    poller[kStart](filename, Boolean(persistent), interval);
    pollers.set(filename, poller);
  }
  poller.addListener('change', listener);
  return poller;
}

function unwatchFile(filename, listener) {
  filename = require('path').resolve(String(getValidatedPath(filename)));
  const poller = pollers.get(filename);
  if (poller === undefined) return;
  if (typeof listener === 'function') poller.removeListener('change', listener);
  else poller.removeAllListeners('change');
  if (poller.listenerCount('change') === 0) {
    poller.stop();
    pollers.delete(filename);
  }
}

module.exports = { StatWatcher, unwatchFile, watchFile };
