'use strict';

// A native op with a callback, as a promise: one function per number of arguments, so that no argument list is ever spread.

function settler(resolve, reject) {
  return (err, value) => {
    if (err) reject(err);
    else resolve(value);
  };
}

function call1(op, a) {
  return new Promise((resolve, reject) => op(a, settler(resolve, reject)));
}

function call2(op, a, b) {
  return new Promise((resolve, reject) => op(a, b, settler(resolve, reject)));
}

function call3(op, a, b, c) {
  return new Promise((resolve, reject) => op(a, b, c, settler(resolve, reject)));
}

function call4(op, a, b, c, d) {
  return new Promise((resolve, reject) => op(a, b, c, d, settler(resolve, reject)));
}

function call5(op, a, b, c, d, e) {
  return new Promise((resolve, reject) => op(a, b, c, d, e, settler(resolve, reject)));
}

module.exports = { call1, call2, call3, call4, call5 };
