'use strict';

// A native op with a callback, as a promise: one function per number of arguments, so that no argument list is ever spread.
// An error made on another thread has no stack; it gets the one of whoever awaits it, which only shows once the promise has been rejected.

function located(err) {
  if (typeof err?.errno === 'number') Error.captureStackTrace(err, located);
  throw err;
}

// Rejects the promise of `resolve`, for which nobody had to wait with `located`.
function settleWithError(resolve, err) {
  const { promise, reject } = Promise.withResolvers();
  resolve(promise.then(undefined, located));
  // Only once the one promise follows the other, which is the next microtask, does V8 find who awaits it.
  Promise.resolve(err).then(reject);
}

// The callbacks made here, once async hooks want to know.
const { tracking } = require('internal/tracked_handles');
let settlers = tracking.hooks === undefined ? undefined : new WeakSet();
if (settlers === undefined) tracking.whenTracked.push(() => { settlers = new WeakSet(); });

function isSettler(callback) {
  return settlers !== undefined && settlers.has(callback);
}

function settler(resolve, reject) {
  const settle = (err, value) => {
    if (err) reject(err);
    else resolve(value);
  };
  settlers?.add(settle);
  return settle;
}

function call1(op, a) {
  return new Promise((resolve, reject) => op(a, settler(resolve, reject))).then(undefined, located);
}

function call2(op, a, b) {
  return new Promise((resolve, reject) => op(a, b, settler(resolve, reject))).then(undefined, located);
}

function call3(op, a, b, c) {
  return new Promise((resolve, reject) => op(a, b, c, settler(resolve, reject))).then(undefined, located);
}

function call4(op, a, b, c, d) {
  return new Promise((resolve, reject) => op(a, b, c, d, settler(resolve, reject))).then(undefined, located);
}

function call5(op, a, b, c, d, e) {
  return new Promise((resolve, reject) => op(a, b, c, d, e, settler(resolve, reject))).then(undefined, located);
}

module.exports = { call1, call2, call3, call4, call5, isSettler, settleWithError };
