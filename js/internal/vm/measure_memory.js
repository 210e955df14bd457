'use strict';
// vm.measureMemory(): how much memory JavaScript's objects take (https://nodejs.org/api/vm.html#vmmeasurememoryoptions).
//
// V8's own measurement is not reachable from here. What is told is what V8's statistics say once garbage was collected;
// whose context an object belongs to they do not say.

const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('internal/errors');
const { collectGarbage, getHeapStatistics } = internalBinding('v8');

function measured(mode) {
  const { number_of_native_contexts: contexts, total_heap_size: size, used_heap_size: used } = getHeapStatistics();
  const memory = () => ({ jsMemoryEstimate: used, jsMemoryRange: [used, size] });
  if (mode === 'summary') return { total: memory() };
  if (contexts > 1) throw new ERR_METHOD_NOT_IMPLEMENTED('vm.measureMemory() of several contexts');
  return { total: memory(), current: memory(), other: [] };
}

// Waits for the next collection of the whole heap, which may never come.
function atNextCollection(mode) {
  const { PerformanceObserver, constants: { NODE_PERFORMANCE_GC_MAJOR } } = require('perf_hooks');
  return new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => {
      if (!list.getEntries().some(({ detail }) => detail.kind === NODE_PERFORMANCE_GC_MAJOR)) return;
      observer.disconnect();
      resolve(mode);
    });
    observer.observe({ entryTypes: ['gc'] });
  }).then(measured);
}

async function measureMemory({ mode, execution }) {
  if (execution === 'default') return atNextCollection(mode);
  collectGarbage();
  return measured(mode);
}

module.exports = { measureMemory };
