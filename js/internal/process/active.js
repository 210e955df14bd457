'use strict';

// What keeps the process alive at this moment: process.getActiveResourcesInfo() and the undocumented
// process._getActiveHandles() and _getActiveRequests() that tools look at.

const NAMES = ['TCPSocketWrap', 'PipeWrap', 'PipeWrap'];

function nameOf(handle) {
  if (handle.onconnection !== null) return handle.kind === 0 ? 'TCPServerWrap' : 'PipeServerWrap';
  return NAMES[handle.kind];
}

// The objects users know the handles by.
function activeHandles() {
  return internalBinding('active').handles().map((handle) => handle.owner ?? handle);
}

function activeRequests() {
  return internalBinding('active').requests();
}

function activeResources() {
  const native = internalBinding('active');
  const { activeTimers } = require('internal/timers');
  const { immediates, timeouts } = activeTimers();
  const names = native.requests().map(() => 'FSReqCallback');
  for (const handle of native.handles()) names.push(nameOf(handle));
  const repeat = (name, count) => {
    for (let i = 0; i < count; i++) names.push(name);
  };
  repeat('ProcessWrap', native.processes());
  repeat('Timeout', timeouts);
  repeat('Immediate', immediates);
  return names;
}

module.exports = { activeHandles, activeRequests, activeResources };
