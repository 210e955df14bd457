'use strict';

// node:perf_hooks.

const { Performance, eventLoopUtilization, performance, timerify } = require('web/performance');
const {
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceResourceTiming,
} = require('web/performance_entry');
const { PerformanceObserver, PerformanceObserverEntryList } = require('web/performance_timeline');

function createHistogram(options = undefined) {
  return require('internal/histogram').createHistogram(options);
}

function createSlidingWindowHistogram(options) {
  return require('internal/histogram_window').createSlidingWindowHistogram(options);
}

function importHistogram(data) {
  return require('internal/histogram').importHistogram(data);
}

function monitorEventLoopDelay(options = undefined) {
  return require('internal/histogram').monitorEventLoopDelay(options);
}

module.exports = {
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver,
  PerformanceObserverEntryList,
  PerformanceResourceTiming,
  createHistogram,
  createSlidingWindowHistogram,
  eventLoopUtilization,
  importHistogram,
  monitorEventLoopDelay,
  performance,
  timerify,
};

const constants = {
  NODE_PERFORMANCE_GC_MAJOR: 4,
  NODE_PERFORMANCE_GC_MINOR: 1,
  NODE_PERFORMANCE_GC_MINOR_MARK_SWEEP: 2,
  NODE_PERFORMANCE_GC_INCREMENTAL: 8,
  NODE_PERFORMANCE_GC_WEAKCB: 16,
  NODE_PERFORMANCE_GC_FLAGS_NO: 0,
  NODE_PERFORMANCE_GC_FLAGS_CONSTRUCT_RETAINED: 2,
  NODE_PERFORMANCE_GC_FLAGS_FORCED: 4,
  NODE_PERFORMANCE_GC_FLAGS_SYNCHRONOUS_PHANTOM_PROCESSING: 8,
  NODE_PERFORMANCE_GC_FLAGS_ALL_AVAILABLE_GARBAGE: 16,
  NODE_PERFORMANCE_GC_FLAGS_ALL_EXTERNAL_MEMORY: 32,
  NODE_PERFORMANCE_GC_FLAGS_SCHEDULE_IDLE: 64,
};
// Numbers of kinds of entries and of moments in the life of a process, which do not show.
[
  ['ENTRY_TYPE', ['GC', 'HTTP', 'HTTP2', 'NET', 'DNS', 'QUIC']],
  ['MILESTONE', [
    'TIME_ORIGIN_TIMESTAMP', 'TIME_ORIGIN', 'ENVIRONMENT', 'NODE_START', 'V8_START', 'LOOP_START', 'LOOP_EXIT',
    'BOOTSTRAP_COMPLETE',
  ]],
].forEach(([kind, names]) => names.forEach((name, value) => {
  Object.defineProperty(constants, `NODE_PERFORMANCE_${kind}_${name}`, { __proto__: null, value });
}));

Object.defineProperty(module.exports, 'constants', {
  __proto__: null, configurable: false, enumerable: true, value: Object.freeze(constants),
});
