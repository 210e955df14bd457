'use strict';

// What keeps the process alive at this moment: process.getActiveResourcesInfo() and the undocumented
// process._getActiveHandles() and _getActiveRequests() that tools look at.

const NAMES = ['TCPSocketWrap', 'PipeWrap', 'PipeWrap'];

function nameOf(handle) {
  if (handle.onconnection !== null && handle.kind === 0) return 'TCPServerWrap';
  return NAMES[handle.kind];
}

// The objects users know the handles by.
function activeHandles() {
  const handles = internalBinding('active').handles().map((handle) => handle.owner ?? handle);
  for (const [, owner] of working()) handles.push(owner);
  return handles;
}

function working() {
  const { atWork } = require('internal/tracked_handles');
  return [...atWork.values()].filter(([, , isReferenced]) => isReferenced());
}

// Those of the thread pool's jobs that Node has as requests.
const REQUESTS = {
  __proto__: null,
  FILEHANDLECLOSEREQ: 'FileHandleCloseReq',
  FSREQCALLBACK: 'FSReqCallback',
  FSREQPROMISE: 'FSReqPromise',
  GETADDRINFOREQWRAP: 'GetAddrInfoReqWrap',
  GETNAMEINFOREQWRAP: 'GetNameInfoReqWrap',
};

// [callback, name] of each.
function requests() {
  const { owners, requestType } = require('internal/tracked_handles');
  const flat = internalBinding('active').requests();
  const named = [];
  for (let i = 0; i < flat.length; i += 2) {
    const callback = flat[i];
    // What works for a handle is not a request.
    if (owners.has(callback)) continue;
    const name = REQUESTS[requestType(flat[i + 1], callback)];
    if (name !== undefined) named.push([callback, name]);
  }
  return named;
}

const requestClasses = { __proto__: null };

function activeRequests() {
  return requests().map(([callback, name]) => {
    const Class = requestClasses[name] ??= { [name]: class { constructor(oncomplete) { this.oncomplete = oncomplete; } } }[name];
    return new Class(callback);
  });
}

function activeResources() {
  const native = internalBinding('active');
  const { activeTimers } = require('internal/timers');
  const { immediates, timeouts } = activeTimers();
  const names = requests().map(([, name]) => name);
  for (const handle of native.handles()) names.push(nameOf(handle));
  for (const [name] of working()) names.push(name);
  const repeat = (name, count) => {
    for (let i = 0; i < count; i++) names.push(name);
  };
  repeat('ProcessWrap', native.processes());
  repeat('Timeout', timeouts);
  repeat('Immediate', immediates);
  return names;
}

module.exports = { activeHandles, activeRequests, activeResources };
