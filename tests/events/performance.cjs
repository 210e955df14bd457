'use strict';
const assert = require('node:assert');
const { PerformanceObserver, createHistogram, monitorEventLoopDelay, performance } = require('node:perf_hooks');

assert.ok(Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000);
const { nodeTiming } = performance;
assert.ok(nodeTiming.v8Start < nodeTiming.environment);
assert.ok(nodeTiming.environment < nodeTiming.bootstrapComplete);

performance.mark('a', { startTime: 5, detail: { deep: [1] } });
performance.mark('b', { startTime: 8 });
assert.strictEqual(performance.measure('a to b', 'a', 'b').duration, 3);
assert.throws(() => performance.measure('x', 'no such mark'), { name: 'SyntaxError', code: 12 });
assert.deepStrictEqual(performance.getEntries().map(({ name }) => name), ['a', 'a to b', 'b']);
performance.clearMarks('a');
assert.deepStrictEqual(performance.getEntriesByType('mark').map(({ name }) => name), ['b']);

const histogram = createHistogram();
for (let value = 1; value <= 1000; value++) histogram.record(value);
assert.deepStrictEqual([histogram.min, histogram.max, histogram.count, histogram.exceeds], [1, 1000, 1000, 0]);
assert.deepStrictEqual([histogram.percentile(50), histogram.percentile(100)], [500, 1000]);
assert.strictEqual(histogram.mean, 500.5);
const double = performance.timerify(function double(x) { return 2 * x; }, { histogram });
assert.strictEqual(double(21), 42);
assert.strictEqual(histogram.count, 1001);

const kinds = new Set();
const observer = new PerformanceObserver((list) => {
  for (const { entryType } of list.getEntries()) kinds.add(entryType);
});
observer.observe({ entryTypes: ['function', 'gc', 'mark', 'measure'] });
double(1);
performance.mark('c');
performance.measure('d', 'c');
globalThis.gc();

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
setTimeout(() => {
  const until = performance.now() + 50;
  while (performance.now() < until);
  setTimeout(check, 60);
}, 20);

function check() {
  delay.disable();
  observer.disconnect();
  assert.ok(delay.max >= 45e6, `${delay.max}`);
  assert.deepStrictEqual([...kinds].sort(), ['function', 'gc', 'mark', 'measure']);
  const first = performance.eventLoopUtilization();
  setTimeout(() => {
    const { idle, utilization } = performance.eventLoopUtilization(first);
    assert.ok(idle > 10 && utilization > 0 && utilization < 1, `${idle} ${utilization}`);
  }, 60);
}

// What else a resource's entry tells.
{
  const timing = {
    startTime: 1, endTime: 5, finalServiceWorkerStartTime: 0, redirectStartTime: 0, redirectEndTime: 0,
    postRedirectStartTime: 0, finalConnectionTimingInfo: null, finalNetworkRequestStartTime: 2,
    finalNetworkResponseStartTime: 4, encodedBodySize: 10, decodedBodySize: 20,
  };
  const body = { contentType: 'text/css', contentEncoding: 'br' };
  const plain = performance.markResourceTiming(timing, 'http://one/', 'fetch', globalThis, '', body, 200);
  const { contentType, contentEncoding, renderBlockingStatus } = plain.toJSON();
  assert.deepStrictEqual({ contentType, contentEncoding, renderBlockingStatus },
                         { ...body, renderBlockingStatus: 'non-blocking' });
  assert.strictEqual(plain.firstInterimResponseStart, 0);
  assert.strictEqual(plain.responseStart, 4);
  const early = performance.markResourceTiming(
    { ...timing, firstInterimNetworkResponseStartTime: 3, renderBlocking: true }, 'http://two/', 'fetch', globalThis, '', {}, 200);
  assert.deepStrictEqual(
    [early.firstInterimResponseStart, early.responseStart, early.finalResponseHeadersStart, early.renderBlockingStatus],
    [3, 3, 4, 'blocking']);
  performance.clearResourceTimings();
  assert.strictEqual(require('perf_hooks').constants.NODE_PERFORMANCE_MILESTONE_LOOP_START, 5);
}
