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

function cpuUsage(previous) {
  if (previous) {
    require('internal/validators').validateObject(previous, 'prevValue');
    checkPrevious(previous.user, 'prevValue.user');
    checkPrevious(previous.system, 'prevValue.system');
  }
  const [user, system] = native.cpuUsage();
  return previous ? { user: user - previous.user, system: system - previous.system } : { user, system };
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

function notImplemented(name) {
  const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('internal/errors');
  return new ERR_METHOD_NOT_IMPLEMENTED(name);
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
  threadCpuUsage() { throw notImplemented('process.threadCpuUsage()'); },
};
