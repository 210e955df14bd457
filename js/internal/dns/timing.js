'use strict';

// 'dns' entries of the performance timeline. They cost nothing unless somebody loaded the timeline and observes.

// Begins an entry; the function returned ends it, with what became known meanwhile. Undefined where nobody observes.
function startDnsEntry(name, detail) {
  const timeline = require('internal/realm').loaded('web/performance_timeline');
  if (timeline === undefined || !timeline.isObserved()) return undefined;
  const { now } = internalBinding('performance');
  const start = now();
  return (more) => {
    const { PerformanceNodeEntry, kCreate } = require('web/performance_entry');
    const entry = new PerformanceNodeEntry(kCreate, name, 'dns', start, now() - start, { ...detail, ...more });
    timeline.notify(entry);
  };
}

module.exports = { startDnsEntry };
