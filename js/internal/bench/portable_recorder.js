'use strict';
// The recorder of measure.js where the loop is not Weft's to ask: what Node's `performance` tells, if the runtime has it.

const { performance } = require('perf_hooks');

function take() {
  try {
    const { idle, active } = performance.eventLoopUtilization();
    return idle + active > 0 ? { idle, active } : null;
  } catch {
    return null;
  }
}

const UNKNOWN = { turns: null, longestTurn: null, latestWake: null, idle: null, active: null, utilization: null };

function between(before, after) {
  if (before === null || after === null) return UNKNOWN;
  const idle = after.idle - before.idle;
  const active = after.active - before.active;
  return { ...UNKNOWN, idle, active, utilization: idle + active > 0 ? active / (idle + active) : null };
}

module.exports = { between, take };
