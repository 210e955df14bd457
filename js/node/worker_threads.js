'use strict';
// node:worker_threads: threads with isolates of their own, and messages between them.

const { defineLazyValue } = require('internal/lazy');
const { thread, SHARE_ENV, getEnvironmentData, setEnvironmentData } = require('internal/worker/thread');

function binding() {
  return require('internal/worker/messaging').binding;
}

const UNTRANSFERABLE = 0;
const UNCLONEABLE = 1;

function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function markAsUntransferable(object) {
  if (isObject(object)) binding().mark(object, UNTRANSFERABLE);
}

function isMarkedAsUntransferable(object) {
  return isObject(object) && binding().isMarked(object, UNTRANSFERABLE);
}

function markAsUncloneable(object) {
  if (isObject(object)) binding().mark(object, UNCLONEABLE);
}

function moveMessagePortToContext(port, contextifiedSandbox) {
  const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
  // Node's wording of these two is its own.
  const wrong = (message) => {
    const error = new ERR_INVALID_ARG_TYPE('port', 'MessagePort', port);
    error.message = message;
    return error;
  };
  if (port === null || typeof port !== 'object' || !binding().isPort(port)) {
    throw wrong('The "port" argument must be a MessagePort instance');
  }
  const isObjectLike = contextifiedSandbox !== null && typeof contextifiedSandbox === 'object';
  const moved = isObjectLike && require('vm').isContext(contextifiedSandbox) ?
    binding().moveToContext(port, contextifiedSandbox) : undefined;
  if (moved === undefined) throw wrong('Invalid context argument');
  return moved;
}

function postMessageToThread(threadId, value, transferList, timeout) {
  return require('internal/worker/thread_messages').postMessageToThread(threadId, value, transferList, timeout);
}

// Loaded when it is looked at.
function define(name, load) {
  defineLazyValue(exports, name, load);
}

function showThread() {
  exports.isMainThread = thread.isMainThread;
  exports.isInternalThread = false;
  exports.SHARE_ENV = SHARE_ENV;
  exports.resourceLimits = thread.resourceLimits;
  exports.threadId = thread.threadId;
  exports.threadName = thread.threadName;
  exports.parentPort = thread.parentPort;
  exports.workerData = thread.workerData;
}

showThread();
thread.onKnown = showThread;
exports.getEnvironmentData = getEnvironmentData;
exports.setEnvironmentData = setEnvironmentData;
exports.markAsUntransferable = markAsUntransferable;
exports.isMarkedAsUntransferable = isMarkedAsUntransferable;
exports.markAsUncloneable = markAsUncloneable;
exports.moveMessagePortToContext = moveMessagePortToContext;
exports.postMessageToThread = postMessageToThread;
exports.receiveMessageOnPort = function receiveMessageOnPort(port) {
  return require('web/message_channel').receiveMessageOnPort(port);
};

define('Worker', () => require('internal/worker/worker').Worker);
define('MessageChannel', () => require('web/message_channel').MessageChannel);
define('MessagePort', () => require('web/message_channel').MessagePort);
define('locks', () => require('web/locks').locks);
define('BroadcastChannel', () => require('web/broadcast_channel').BroadcastChannel);
