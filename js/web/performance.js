'use strict';

// The `performance` object: High Resolution Time, User Timing, and what Node
// adds (nodeTiming, eventLoopUtilization, timerify).

const {
  codes: {
    ERR_ILLEGAL_CONSTRUCTOR,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_THIS,
    ERR_MISSING_ARGS,
    ERR_PERFORMANCE_INVALID_TIMESTAMP,
    ERR_PERFORMANCE_MEASURE_INVALID_OPTIONS,
  },
  lazyDOMException,
} = require('internal/errors');
const { validateFunction, validateObject, validateString } = require('internal/validators');
const { EventTarget, defineEventHandler } = require('web/event_target');
const {
  MILESTONES,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceNodeEntry,
  PerformanceResourceTiming,
  kCreate,
  now,
  publish,
} = require('web/performance_entry');
const timeline = require('web/performance_timeline');
const native = internalBinding('performance');

const customInspect = Symbol.for('nodejs.util.inspect.custom');
const kBrand = Symbol('performance');

function check(self) {
  if (self?.[kBrand] === undefined) throw new ERR_INVALID_THIS('Performance');
}

// --- nodeTiming -------------------------------------------------------------------

// [loop start, loop end, idle time, turns, events, events waiting, active time]
let loopWords;
function loopMetrics() {
  loopWords ??= new Float64Array(7);
  native.loopMetrics(loopWords);
  return loopWords;
}

// [v8Start, environment, bootstrapComplete]
let milestoneWords;
function milestone(index) {
  if (milestoneWords === undefined) {
    milestoneWords = new Float64Array(3);
    native.milestones(milestoneWords);
  }
  return milestoneWords[index];
}

const TIMINGS = {
  // The origin of the clock is the start of the process.
  nodeStart: () => 0,
  v8Start: () => milestone(0),
  environment: () => milestone(1),
  loopStart: () => loopMetrics()[0],
  loopExit: () => loopMetrics()[1],
  bootstrapComplete: () => milestone(2),
  idleTime: () => loopMetrics()[2],
};

const IN_JSON = ['nodeStart', 'v8Start', 'bootstrapComplete', 'environment', 'loopStart', 'loopExit', 'idleTime'];

class PerformanceNodeTiming extends PerformanceEntry {
  constructor(secret) {
    super(secret, 'node', 'node', 0, 0);
    for (const name of ['name', 'entryType', 'startTime', 'duration']) {
      const get = name === 'duration' ? now : () => super[name];
      Object.defineProperty(this, name, { __proto__: null, get, enumerable: true, configurable: true });
    }
    for (const name of Object.keys(TIMINGS)) {
      Object.defineProperty(this, name, {
        __proto__: null, get: TIMINGS[name], enumerable: true, configurable: true,
      });
    }
    Object.defineProperty(this, 'uvMetricsInfo', {
      __proto__: null, get: uvMetricsInfo, enumerable: true, configurable: true,
    });
  }

  toJSON() {
    const json = super.toJSON();
    for (const name of IN_JSON) json[name] = TIMINGS[name]();
    return json;
  }
}

function uvMetricsInfo() {
  return { loopCount: loopMetrics()[3], events: loopMetrics()[4], eventsWaiting: loopMetrics()[5] };
}

let nodeTiming;
function getNodeTiming() {
  nodeTiming ??= new PerformanceNodeTiming(kCreate);
  return nodeTiming;
}

// How much of the loop's time was not spent waiting; of the time between two
// earlier results, or since one, where those are given.
function eventLoopUtilization(first, second) {
  const words = loopMetrics();
  return utilizationOf([words[0], words[2], words[6]], first, second);
}

// The same of a loop that began at, slept for, and did not sleep for what `times` says; undefined if it does not run.
function utilizationOf(times, first, second) {
  if (times === undefined || times[0] <= 0) return { idle: 0, active: 0, utilization: 0 };
  if (second) return utilization(first.idle - second.idle, first.active - second.active);
  const [, idle, active] = times;
  if (!first) return utilization(idle, active);
  return utilization(idle - first.idle, active - first.active);
}

function utilization(idle, active) {
  // What is left of rounding is not to show as time that went backwards.
  idle = Math.max(0, idle);
  active = Math.max(0, active);
  return { idle, active, utilization: idle + active === 0 ? 0 : active / (idle + active) };
}

// --- marks and measures ------------------------------------------------------------

// The time that a mark's name, a milestone's name or a number stands for.
function timeOf(mark) {
  if (typeof mark === 'number') {
    if (mark < 0) throw new ERR_PERFORMANCE_INVALID_TIMESTAMP(mark);
    return mark;
  }
  const name = `${mark}`;
  if (MILESTONES.has(name)) return getNodeTiming()[name];
  const time = timeline.markTime(name);
  if (time === undefined) {
    throw lazyDOMException(`The "${name}" performance mark has not been set`, 'SyntaxError');
  }
  return time;
}

// User Timing, section 3.1.3.
function measureRange(startOrOptions, endMark) {
  const isDictionary = startOrOptions !== null && typeof startOrOptions === 'object';
  const { start, end, duration } = isDictionary ? startOrOptions : {};
  if (isDictionary && (start !== undefined || end !== undefined || duration !== undefined ||
                       startOrOptions.detail !== undefined)) {
    if (endMark !== undefined) throw new ERR_PERFORMANCE_MEASURE_INVALID_OPTIONS('endMark must not be specified');
    if (start !== undefined && end !== undefined && duration !== undefined) {
      throw new ERR_PERFORMANCE_MEASURE_INVALID_OPTIONS(
        'Must not have options.start, options.end, and options.duration specified');
    }
  }

  let endTime;
  if (endMark !== undefined) endTime = timeOf(endMark);
  else if (end !== undefined) endTime = timeOf(end);
  else if (start !== undefined && duration !== undefined) endTime = timeOf(start) + timeOf(duration);
  else endTime = now();

  let startTime = 0;
  if (start !== undefined) startTime = timeOf(start);
  else if (duration !== undefined && end !== undefined) startTime = endTime - timeOf(duration);
  else if (typeof startOrOptions === 'string') startTime = timeOf(startOrOptions);
  return { startTime, duration: endTime - startTime };
}

// https://webidl.spec.whatwg.org/#js-unsigned-long
function toUnsignedLong(value, name) {
  if (typeof value === 'bigint' || typeof value === 'symbol') {
    const error = new TypeError(
      `${name} is a ${typeof value === 'bigint' ? 'BigInt' : 'Symbol'} and cannot be converted to a number.`);
    error.code = 'ERR_INVALID_ARG_TYPE';
    throw error;
  }
  return value >>> 0;
}

function optionalName(name) {
  return name === undefined ? undefined : `${name}`;
}

class Performance extends EventTarget {
  constructor(secret = undefined) {
    if (secret !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    super();
    this[kBrand] = true;
  }

  now() {
    check(this);
    return now();
  }

  get timeOrigin() {
    check(this);
    return native.timeOrigin();
  }

  mark(name, options = undefined) {
    check(this);
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('name');
    const mark = new PerformanceMark(name, options);
    timeline.record(mark);
    return mark;
  }

  measure(name, startOrOptions = undefined, endMark = undefined) {
    check(this);
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('name');
    validateString(name, 'name');
    const { startTime, duration } = measureRange(startOrOptions, endMark);
    const measure = new PerformanceMeasure(kCreate, name, startTime, duration, startOrOptions?.detail);
    timeline.record(measure);
    return measure;
  }

  clearMarks(name = undefined) {
    check(this);
    timeline.clear('mark', optionalName(name));
  }

  clearMeasures(name = undefined) {
    check(this);
    timeline.clear('measure', optionalName(name));
  }

  clearResourceTimings(name = undefined) {
    check(this);
    timeline.clearResources(optionalName(name));
  }

  setResourceTimingBufferSize(size) {
    check(this);
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('maxSize');
    timeline.setResourceLimit(toUnsignedLong(size, 'maxSize'));
  }

  getEntries() {
    check(this);
    return timeline.entriesOf();
  }

  getEntriesByName(name, type = undefined) {
    check(this);
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('name');
    return timeline.entriesOf(`${name}`, optionalName(type));
  }

  getEntriesByType(type) {
    check(this);
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('type');
    return timeline.entriesOf(undefined, `${type}`);
  }

  toJSON() {
    check(this);
    return {
      nodeTiming: getNodeTiming(),
      timeOrigin: this.timeOrigin,
      eventLoopUtilization: eventLoopUtilization(),
    };
  }

  [customInspect](depth, options) {
    if (depth < 0) return this;
    const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    return `Performance ${require('internal/util/inspect').inspect({
      nodeTiming: getNodeTiming(),
      timeOrigin: native.timeOrigin(),
    }, inner)}`;
  }
}
publish(Performance, [
  'now', 'timeOrigin', 'mark', 'measure', 'clearMarks', 'clearMeasures', 'clearResourceTimings',
  'setResourceTimingBufferSize', 'getEntries', 'getEntriesByName', 'getEntriesByType', 'toJSON',
]);
defineEventHandler(Performance.prototype, 'resourcetimingbufferfull');

// --- timerify ---------------------------------------------------------------------

function timerify(fn, options = {}) {
  validateFunction(fn, 'fn');
  validateObject(options, 'options');
  const { histogram } = options;
  if (histogram !== undefined && typeof histogram?.record !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('options.histogram', 'RecordableHistogram', histogram);
  }

  const finish = (start, args) => {
    const duration = now() - start;
    // A histogram counts nanoseconds, and nothing below one.
    if (histogram !== undefined) histogram.record(Math.max(1, Math.ceil(duration * 1e6)));
    if (timeline.isObserved()) {
      const entry = new PerformanceNodeEntry(kCreate, fn.name, 'function', start, duration, args);
      for (let i = 0; i < args.length; i++) entry[i] = args[i];
      timeline.notify(entry);
    }
  };

  function timerified(...args) {
    const start = now();
    const result = new.target === undefined ? Reflect.apply(fn, this, args) : Reflect.construct(fn, args, fn);
    if (new.target === undefined && typeof result?.finally === 'function') {
      return result.finally(() => finish(start, args));
    }
    finish(start, args);
    return result;
  }
  Object.defineProperties(timerified, {
    length: { __proto__: null, configurable: false, enumerable: true, value: fn.length },
    name: { __proto__: null, configurable: false, enumerable: true, value: `timerified ${fn.name}` },
  });
  return timerified;
}

// Called by fetch() when a request is over.
function markResourceTiming(timingInfo, requestedUrl, initiatorType, global, cacheMode, bodyInfo = undefined,
                            responseStatus = undefined, deliveryType = '') {
  if (cacheMode !== '' && cacheMode !== 'local' && cacheMode !== 'validated') {
    require('assert')(false, 'cache mode must be an empty string or \'local\' or \'validated\'');
  }
  const entry = new PerformanceResourceTiming(kCreate, {
    timingInfo, requestedUrl, initiatorType, cacheMode, bodyInfo, responseStatus, deliveryType,
  });
  timeline.recordResource(entry, performance);
  return entry;
}

const performance = new Performance(kCreate);

function extra(name, descriptor) {
  Object.defineProperty(
    Performance.prototype, name, { __proto__: null, configurable: true, enumerable: false, ...descriptor });
}
extra('eventLoopUtilization', { value: eventLoopUtilization, writable: true });
extra('nodeTiming', { get: getNodeTiming });
extra('timerify', { value: timerify, writable: true });
extra('markResourceTiming', { value: markResourceTiming, writable: true });

module.exports = { Performance, eventLoopUtilization, performance, timerify, utilizationOf };
