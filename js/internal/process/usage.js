'use strict';
// process.memoryUsage, cpuUsage, resourceUsage and their kin.

const native = internalBinding('process');

function memoryUsage() {
  const [rss, heapTotal, heapUsed, external, arrayBuffers] = native.memoryUsage();
  return { rss, heapTotal, heapUsed, external, arrayBuffers };
}

memoryUsage.rss = function rss() {
  return native.memoryUsage()[0];
};

function checkPrevious(value, name) {
  const { codes: { ERR_INVALID_ARG_VALUE } } = require('internal/errors');
  require('internal/validators').validateNumber(value, name);
  if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) throw new ERR_INVALID_ARG_VALUE.RangeError(name, value);
}

function checkPreviousUsage(previous) {
  require('internal/validators').validateObject(previous, 'prevValue');
  checkPrevious(previous.user, 'prevValue.user');
  checkPrevious(previous.system, 'prevValue.system');
}

// What was used since `previous`, if there is one.
function usageSince([user, system], previous) {
  return previous ? { user: user - previous.user, system: system - previous.system } : { user, system };
}

function cpuUsage(previous) {
  if (previous) checkPreviousUsage(previous);
  return usageSince(native.cpuUsage(), previous);
}

function threadCpuUsage(previous) {
  if (previous) checkPreviousUsage(previous);
  return usageSince(native.threadCpuUsage(), previous);
}

const RESOURCE_NAMES = [
  'userCPUTime', 'systemCPUTime', 'maxRSS', 'sharedMemorySize', 'unsharedDataSize', 'unsharedStackSize',
  'minorPageFault', 'majorPageFault', 'swappedOut', 'fsRead', 'fsWrite', 'ipcSent', 'ipcReceived', 'signalsCount',
  'voluntaryContextSwitches', 'involuntaryContextSwitches',
];

function resourceUsage() {
  const values = native.resourceUsage();
  const usage = {};
  for (let i = 0; i < RESOURCE_NAMES.length; i++) usage[RESOURCE_NAMES[i]] = values[i];
  return usage;
}

module.exports = {
  availableMemory() { return require('internal/os_limits').availableMemory(); },
  constrainedMemory() {
    // 0 says "not known", as in Node where the system sets no limit.
    return require('internal/os_limits').constrainedMemory();
  },
  cpuUsage,
  memoryUsage,
  resourceUsage,
  checkPreviousUsage,
  threadCpuUsage,
  usageSince,
};
