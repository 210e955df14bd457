'use strict';
// What tests and suites get as their argument: TestContext and SuiteContext.

const { validateFunction, validateNumber, validateObject, validateUint32 } =
  require('internal/validators');
const { setTimeout, clearTimeout } = require('timers');

// Methods of assert that are no assertions.
const notAssertions = new Set(['AssertionError', 'CallTracker', 'strict', 'Assert']);

// t.assert: assert's methods, counted for the plan. With `ok`, the frame to be
// quoted is the caller of t.assert.ok.
function makeAssert(test) {
  const assert = require('assert');
  const counted = { __proto__: null };
  for (const name of Object.keys(assert)) {
    if (notAssertions.has(name)) continue;
    if (name === 'ok') {
      counted.ok = function ok(...args) {
        test.count();
        if (args[0]) return;
        const AssertionError = assert.AssertionError;
        let message = args[1];
        let generated = false;
        if (args.length === 0) {
          generated = true;
          message = 'No value argument passed to `assert.ok()`';
        } else if (message === undefined || message === null) {
          generated = true;
          message = require('internal/assert/source_expression').falsyMessage(ok);
        } else if (message instanceof Error) {
          throw message;
        }
        const error = new AssertionError({
          actual: args[0], expected: true, message, operator: '==', stackStartFn: ok,
        });
        error.generatedMessage = generated;
        throw error;
      };
      continue;
    }
    const method = assert[name];
    counted[name] = (...args) => {
      test.count();
      return method(...args);
    };
  }
  for (const name of ['snapshot', 'fileSnapshot']) {
    Object.defineProperty(counted, name, {
      __proto__: null,
      configurable: true,
      enumerable: false,
      writable: true,
      value(...args) {
        test.count();
        return require('internal/test_runner/snapshot')[name](test, ...args);
      },
    });
  }
  const { registered } = require('internal/test_runner/assertions');
  for (const [name, method] of registered()) {
    counted[name] = (...args) => {
      test.count();
      return Reflect.apply(method, test.context, args);
    };
  }
  return counted;
}

class TestContext {
  #test;
  #assert;

  constructor(test) {
    this.#test = test;
  }

  get name() {
    return this.#test.name;
  }

  get fullName() {
    return this.#test.fullName;
  }

  get filePath() {
    return this.#test.location?.file;
  }

  get tags() {
    return [...this.#test.tags];
  }

  get signal() {
    return this.#test.signal;
  }

  get passed() {
    return this.#test.isBodyDone && this.#test.error === null;
  }

  // Which of the processes that run files at the same time this one is.
  get workerId() {
    const id = process.env.NODE_TEST_WORKER_ID;
    return id === undefined ? undefined : Number(id);
  }

  get error() {
    return this.#test.error;
  }

  get attempt() {
    return this.#test.harness.rerun?.attempt ?? 0;
  }

  get assert() {
    return this.#assert ??= makeAssert(this.#test);
  }

  get mock() {
    const { MockTracker } = require('internal/test_runner/mock');
    return this.#test.mock ??= new MockTracker();
  }

  diagnostic(message) {
    this.#test.diagnostics.push(`${message}`);
  }

  plan(count, options = { __proto__: null }) {
    validateUint32(count, 'count');
    validateObject(options, 'options');
    const { wait = false } = options;
    if (typeof wait === 'number') {
      validateNumber(wait, 'options.wait', 0, 2 ** 31 - 1);
    } else if (typeof wait !== 'boolean') {
      const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
      throw new ERR_INVALID_ARG_TYPE('options.wait', ['boolean', 'number'], wait);
    }
    this.#test.planned = count;
    this.#test.planOptions = options;
  }

  skip(message) {
    this.#test.skipReason = message ?? true;
  }

  todo(message) {
    this.#test.todoReason = message ?? true;
  }

  runOnly(value) {
    this.#test.runsOnly = Boolean(value);
  }

  test(name, options, fn) {
    return this.#subtest(name, options, fn, undefined);
  }

  #subtest(name, options, fn, overrides) {
    const test = this.#test;
    if (test.state === 'done') {
      return test.harness.addLate(test, name, options, fn, overrides);
    }
    test.count();
    return test.harness.createTest(test, name, options, fn, overrides, TestContext);
  }

  before(fn, options) {
    this.#test.addHook('before', fn, options);
  }

  after(fn, options) {
    this.#test.addHook('after', fn, options);
  }

  beforeEach(fn, options) {
    this.#test.addHook('beforeEach', fn, options);
  }

  afterEach(fn, options) {
    this.#test.addHook('afterEach', fn, options);
  }

  // Calls `condition` until it does not throw.
  waitFor(condition, options = { __proto__: null }) {
    validateFunction(condition, 'condition');
    validateObject(options, 'options');
    const { interval = 50, timeout = 1000 } = options;
    validateNumber(interval, 'options.interval', 0, 2 ** 31 - 1);
    validateNumber(timeout, 'options.timeout', 0, 2 ** 31 - 1);
    return new Promise((resolve, reject) => {
      let cause;
      let poller;
      const limit = setTimeout(() => {
        clearTimeout(poller);
        reject(new Error('waitFor() timed out', cause === undefined ? undefined : { cause }));
      }, timeout);
      const poll = async () => {
        try {
          const result = await condition();
          clearTimeout(limit);
          resolve(result);
        } catch (error) {
          cause = error;
          poller = setTimeout(poll, interval);
        }
      };
      poll();
    });
  }
}

class SuiteContext {
  #suite;

  constructor(suite) {
    this.#suite = suite;
  }

  get name() {
    return this.#suite.name;
  }

  get fullName() {
    return this.#suite.fullName;
  }

  get filePath() {
    return this.#suite.location?.file;
  }

  get signal() {
    return this.#suite.signal;
  }

  diagnostic(message) {
    this.#suite.diagnostics.push(`${message}`);
  }
}

module.exports = { SuiteContext, TestContext };
