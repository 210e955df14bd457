'use strict';
// node:test: https://nodejs.org/api/test.html

const { currentContext, getHarness } = require('internal/test_runner/harness');

function test(name, options, fn) {
  const harness = getHarness();
  return harness.createTest(harness.parentOfCaller(), name, options, fn);
}

function describe(name, options, fn) {
  const harness = getHarness();
  return harness.createSuite(harness.parentOfCaller(), name, options, fn);
}

// skip, todo, only and expectFailure as methods.
function addShorthands(target, create) {
  for (const keyword of ['expectFailure', 'skip', 'todo', 'only']) {
    target[keyword] = (name, options, fn) => {
      const harness = getHarness();
      return harness[create](harness.parentOfCaller(), name, options, fn, { [keyword]: true });
    };
  }
}
addShorthands(test, 'createTest');
addShorthands(describe, 'createSuite');

for (const kind of ['before', 'after', 'beforeEach', 'afterEach']) {
  test[kind] = {
    [kind](fn, options) {
      getHarness().parentOfCaller().addHook(kind, fn, options);
    },
  }[kind];
}

function run(options) {
  return require('internal/test_runner/runner').run(options);
}

module.exports = test;
Object.assign(test, {
  test,
  it: test,
  describe,
  suite: describe,
  run,
  getTestContext() { return currentContext(); },
});

let mock;
Object.defineProperty(test, 'mock', {
  __proto__: null,
  configurable: true,
  enumerable: true,
  get() {
    return mock ??= new (require('internal/test_runner/mock').MockTracker)();
  },
});

for (const [name, id] of [['snapshot', 'snapshot'], ['assert', 'assertions']]) {
  let value;
  Object.defineProperty(test, name, {
    __proto__: null,
    configurable: true,
    enumerable: true,
    get() { return value ??= require(`internal/test_runner/${id}`).api; },
  });
}
