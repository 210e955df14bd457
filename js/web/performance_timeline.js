'use strict';

// The performance timeline: buffers of entries that performance.getEntries()
// shows, and PerformanceObserver (Performance Timeline, Resource Timing).

const {
  codes: {
    ERR_ILLEGAL_CONSTRUCTOR,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_MISSING_ARGS,
  },
  lazyDOMException,
} = require('internal/errors');
const { validateFunction, validateObject } = require('internal/validators');
const { PerformanceNodeEntry, kCreate, publish } = require('web/performance_entry');

const customInspect = Symbol.for('nodejs.util.inspect.custom');

const SUPPORTED = Object.freeze(['dns', 'function', 'gc', 'mark', 'measure', 'resource']);

// Beyond this many entries somebody has forgotten to clear them.
const LEAK_LIMIT = 1e6;
const buffers = {
  mark: { entries: [], warned: false, clear: 'performance.clearMarks' },
  measure: { entries: [], warned: false, clear: 'performance.clearMeasures' },
};
// mark name -> the time it was set last
const markTimes = new Map();

// --- observers --------------------------------------------------------------------

const observers = new Set();
const pending = new Set();
let scheduled = false;

function schedule(observer) {
  pending.add(observer);
  if (scheduled) return;
  scheduled = true;
  require('timers').setImmediate(() => {
    scheduled = false;
    const batch = Array.from(pending);
    pending.clear();
    for (const each of batch) each[kDispatch]();
  });
}

const kDispatch = Symbol('kDispatch');
const kOffer = Symbol('kOffer');
const kWants = Symbol('kWants');

function byStart(a, b) {
  return a.startTime - b.startTime;
}

function select(entries, name, type) {
  return entries.filter((entry) =>
    (name === undefined || entry.name === name) && (type === undefined || entry.entryType === type));
}

class PerformanceObserverEntryList {
  #entries;

  constructor(secret = undefined, entries = []) {
    if (secret !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this.#entries = entries.sort(byStart);
  }

  getEntries() {
    return this.#entries.slice();
  }

  getEntriesByType(type) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('type');
    return select(this.#entries, undefined, `${type}`);
  }

  getEntriesByName(name, type = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('name');
    return select(this.#entries, `${name}`, type === undefined || type === null ? undefined : `${type}`);
  }

  [customInspect](depth, options) {
    if (depth < 0) return this;
    const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    return `PerformanceObserverEntryList ${require('internal/util/inspect').inspect(this.#entries, inner)}`;
  }
}
publish(PerformanceObserverEntryList, ['getEntries', 'getEntriesByType', 'getEntriesByName']);

class PerformanceObserver {
  #callback;
  #buffer = [];
  #types = new Set();
  // How it observes: undefined until first told, then 'single' (by type) or
  // 'multiple' (by entryTypes).
  #mode;

  constructor(callback) {
    validateFunction(callback, 'callback');
    this.#callback = callback;
  }

  observe(options = {}) {
    validateObject(options, 'options');
    const { entryTypes, type, buffered } = options;
    if (entryTypes === undefined && type === undefined) {
      throw new ERR_MISSING_ARGS('options.entryTypes', 'options.type');
    }
    if (entryTypes != null && type != null) {
      throw new ERR_INVALID_ARG_VALUE(
        'options.entryTypes', entryTypes, 'options.entryTypes can not set with options.type together');
    }
    const mode = entryTypes !== undefined && type == null ? 'multiple' : 'single';
    if (this.#mode === undefined) {
      this.#mode = mode;
    } else if (this.#mode !== mode) {
      throw lazyDOMException(
        `PerformanceObserver can not change to ${mode} observation${mode === 'multiple' ? 's' : ''}`,
        'InvalidModificationError');
    }

    if (mode === 'multiple') {
      if (!Array.isArray(entryTypes)) throw new ERR_INVALID_ARG_TYPE('options.entryTypes', 'string[]', entryTypes);
      this.#types.clear();
      for (const each of entryTypes) {
        if (SUPPORTED.includes(each)) this.#types.add(each);
      }
      if (this.#types.size === 0) {
        this.disconnect();
        return;
      }
    } else {
      if (!SUPPORTED.includes(type)) return;
      this.#types.add(type);
      if (buffered) {
        this.#buffer.push(...entriesOf(undefined, type));
        if (this.#buffer.length > 0) schedule(this);
      }
    }
    observers.add(this);
    watchCollections();
  }

  disconnect() {
    observers.delete(this);
    pending.delete(this);
    this.#buffer = [];
    this.#types.clear();
    this.#mode = undefined;
    watchCollections();
  }

  takeRecords() {
    const taken = this.#buffer;
    this.#buffer = [];
    return taken;
  }

  static get supportedEntryTypes() {
    return SUPPORTED;
  }

  [kWants](type) {
    return this.#types.has(type);
  }

  [kOffer](entry) {
    if (!this.#types.has(entry.entryType)) return;
    this.#buffer.push(entry);
    schedule(this);
  }

  [kDispatch]() {
    const entries = this.takeRecords();
    if (entries.length === 0) return;
    this.#callback.call(this, new PerformanceObserverEntryList(kCreate, entries), this);
  }

  [customInspect](depth, options) {
    if (depth < 0) return this;
    const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    return `PerformanceObserver ${require('internal/util/inspect').inspect({
      connected: observers.has(this),
      pending: pending.has(this),
      entryTypes: Array.from(this.#types),
      buffer: this.#buffer,
    }, inner)}`;
  }
}
publish(PerformanceObserver, ['observe', 'disconnect', 'takeRecords']);

// V8 tells of its garbage collections as long as somebody observes them.
let collectionsWatched = false;
function watchCollections() {
  let wanted = false;
  for (const observer of observers) wanted ||= observer[kWants]('gc');
  if (wanted === collectionsWatched) return;
  collectionsWatched = wanted;
  internalBinding('gc_observer').observe(wanted ? collected : undefined);
}

// `numbers` is [kind, flags, start, duration, ...].
function collected(numbers) {
  for (let i = 0; i < numbers.length; i += 4) {
    const detail = { kind: numbers[i], flags: numbers[i + 1] };
    notify(new PerformanceNodeEntry(kCreate, 'gc', 'gc', numbers[i + 2], numbers[i + 3], detail));
  }
}

// Whether anybody observes entries of `type`: measuring for nobody is a waste.
function isObserved() {
  return observers.size > 0;
}

// Tells observers of an entry.
function notify(entry) {
  for (const observer of observers) observer[kOffer](entry);
}

// --- the global buffers -----------------------------------------------------------

// Adds a mark or measure to its buffer and tells observers.
function record(entry) {
  if (observers.size > 0) notify(entry);
  const buffer = buffers[entry.entryType];
  const count = buffer.entries.push(entry);
  if (entry.entryType === 'mark') markTimes.set(entry.name, entry.startTime);
  if (count > LEAK_LIMIT && !buffer.warned) {
    buffer.warned = true;
    const warning = new Error(
      `Possible perf_hooks memory leak detected. ${count} ${entry.entryType} entries added to the global ` +
      `performance entry buffer. Use ${buffer.clear} to clear the buffer.`);
    warning.name = 'MaxPerformanceEntryBufferExceededWarning';
    warning.entryType = entry.entryType;
    warning.count = count;
    process.emitWarning(warning);
  }
}

function clear(type, name) {
  const buffer = buffers[type];
  buffer.entries = name === undefined ? [] : buffer.entries.filter((entry) => entry.name !== name);
  if (type !== 'mark') return;
  if (name === undefined) markTimes.clear();
  else markTimes.delete(name);
}

function entriesOf(name, type) {
  const all = [];
  if (type === undefined || type === 'mark') all.push(...select(buffers.mark.entries, name));
  if (type === undefined || type === 'measure') all.push(...select(buffers.measure.entries, name));
  if (type === undefined || type === 'resource') all.push(...select(resources.entries, name));
  return all.sort(byStart);
}

// --- resource timing (section 4.4): a bounded buffer, and a second one for what came while it was full ---------

const resources = { entries: [], overflow: [], limit: 250, pending: false };

function recordResource(entry, target) {
  if (observers.size > 0) notify(entry);
  if (resources.entries.length < resources.limit && !resources.pending) {
    resources.entries.push(entry);
    return;
  }
  if (!resources.pending) {
    resources.pending = true;
    require('timers').setImmediate(resourcesFull, target);
  }
  resources.overflow.push(entry);
}

function resourcesFull(target) {
  const { Event } = require('web/event_target');
  while (resources.overflow.length > 0) {
    const before = resources.overflow.length;
    if (resources.entries.length >= resources.limit) target.dispatchEvent(new Event('resourcetimingbufferfull'));
    while (resources.overflow.length > 0 && resources.entries.length < resources.limit) {
      resources.entries.push(resources.overflow.shift());
    }
    // Nobody made room: what does not fit is lost.
    if (resources.overflow.length >= before) resources.overflow = [];
  }
  resources.pending = false;
}

function clearResources(name) {
  resources.entries = name === undefined ? [] : resources.entries.filter((entry) => entry.name !== name);
}

function setResourceLimit(limit) {
  resources.limit = limit;
}

module.exports = {
  PerformanceObserver,
  PerformanceObserverEntryList,
  clear,
  clearResources,
  entriesOf,
  isObserved,
  markTime(name) { return markTimes.get(name); },
  notify,
  record,
  recordResource,
  setResourceLimit,
};
