'use strict';
// assert.CallTracker (deprecated in Node, but still there): counts the calls of
// functions and tells which were called too often or too seldom.

const { codes: { ERR_INVALID_ARG_VALUE, ERR_UNAVAILABLE_DURING_EXIT } } =
  require('internal/errors');
const { validateUint32 } = require('internal/validators');
const AssertionError = require('internal/assert/assertion_error');

function noop() {}

class Tracked {
  #calls = [];

  constructor({ expected, stackTrace, name }) {
    this.expected = expected;
    this.stackTrace = stackTrace;
    this.name = name;
  }

  track(thisArg, args) {
    this.#calls.push(Object.freeze({ thisArg, arguments: Object.freeze(args.slice()) }));
  }

  getCalls() {
    return Object.freeze(this.#calls.slice());
  }

  reset() {
    this.#calls = [];
  }

  report() {
    const actual = this.#calls.length;
    if (actual === this.expected) return undefined;
    return {
      message: `Expected the ${this.name} function to be ` +
        `executed ${this.expected} time(s) but was executed ${actual} time(s).`,
      actual,
      expected: this.expected,
      operator: this.name,
      stack: this.stackTrace,
    };
  }
}

class CallTracker {
  #tracked = new Map();

  #find(fn) {
    const tracked = this.#tracked.get(fn);
    if (tracked === undefined) {
      throw new ERR_INVALID_ARG_VALUE('tracked', fn, 'is not a tracked function');
    }
    return tracked;
  }

  reset(fn) {
    if (fn === undefined) {
      for (const tracked of this.#tracked.values()) tracked.reset();
    } else {
      this.#find(fn).reset();
    }
  }

  getCalls(fn) {
    return this.#find(fn).getCalls();
  }

  calls(fn, expected = 1) {
    if (process._exiting) throw new ERR_UNAVAILABLE_DURING_EXIT();
    if (typeof fn === 'number') {
      expected = fn;
      fn = noop;
    } else if (fn === undefined) {
      fn = noop;
    }
    validateUint32(expected, 'expected', true);

    const tracked = new Tracked({
      expected,
      stackTrace: new Error(),
      name: fn.name || 'calls',
    });
    // A proxy, so that name, length and whatever else stay those of the function.
    const proxy = new Proxy(fn, {
      __proto__: null,
      apply(target, thisArg, args) {
        tracked.track(thisArg, args);
        return Reflect.apply(target, thisArg, args);
      },
    });
    this.#tracked.set(proxy, tracked);
    return proxy;
  }

  report() {
    const problems = [];
    for (const tracked of this.#tracked.values()) {
      const problem = tracked.report();
      if (problem !== undefined) problems.push(problem);
    }
    return problems;
  }

  verify() {
    const problems = this.report();
    if (problems.length === 0) return;
    throw new AssertionError({
      message: problems.length === 1 ?
        problems[0].message : 'Functions were not called the expected number of times',
      details: problems,
    });
  }
}

module.exports = CallTracker;
