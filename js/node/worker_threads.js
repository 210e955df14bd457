'use strict';
// node:worker_threads: threads with isolates of their own, and messages between them.

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

function notImplemented(name) {
  const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('internal/errors');
  return new ERR_METHOD_NOT_IMPLEMENTED(`worker_threads.${name}`);
}

function moveMessagePortToContext() {
  throw notImplemented('moveMessagePortToContext()');
}

async function postMessageToThread() {
  throw notImplemented('postMessageToThread()');
}

function define(name, get) {
  Object.defineProperty(exports, name, { __proto__: null, configurable: true, enumerable: true, get });
}

exports.isMainThread = thread.isMainThread;
exports.isInternalThread = false;
exports.SHARE_ENV = SHARE_ENV;
exports.resourceLimits = thread.resourceLimits;
exports.threadId = thread.threadId;
exports.threadName = thread.threadName;
exports.parentPort = thread.parentPort;
exports.workerData = thread.workerData;
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
define('BroadcastChannel', () => require('web/broadcast_channel').BroadcastChannel);
