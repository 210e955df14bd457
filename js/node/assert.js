'use strict';
// assert: https://nodejs.org/api/assert.html. What a failed assertion says is
// made in js/internal/assert/.

const { defineLazyValue, isUnread } = require('internal/lazy');
const {
  codes: {
    ERR_AMBIGUOUS_ARGUMENT,
    ERR_CONSTRUCT_CALL_REQUIRED,
    ERR_INVALID_ARG_TYPE,
    ERR_MISSING_ARGS,
  },
} = require('internal/errors');
const { isError } = require('internal/util');

let comparisons;
function lazyComparisons() {
  return comparisons ??= require('internal/util/comparisons');
}

let AssertionErrorClass;
function lazyAssertionError() {
  return AssertionErrorClass ??= require('internal/assert/assertion_error');
}

let throwing;
function lazyThrowing() {
  return throwing ??= require('internal/assert/throws');
}

// Where an Assert keeps its options. The assertions look for it in `this`; called on their own, or as assert's, they
// find none.
const kOptions = Symbol('options');

// What the arguments behind the values say: an error to throw, a text, a text with values to put into it, or a function
// that makes a text of the values. undefined when the message is to be generated.
function readMessage(given, actual, expected) {
  const [message] = given;
  if (given.length === 0 || (message === undefined && given.length === 1)) return undefined;
  if (isError(message)) {
    if (given.length === 1) throw message;
    throw new ERR_AMBIGUOUS_ARGUMENT('message', `The error message was passed as error object "${message}" has ` +
      'trailing arguments that would be ignored.');
  }
  if (typeof message === 'function') {
    try {
      const made = message(actual, expected);
      return typeof made === 'string' ? made : undefined;
    } catch {
      return undefined;
    }
  }
  if (typeof message !== 'string') {
    throw new ERR_INVALID_ARG_TYPE('message', ['string', 'function'], message);
  }
  return given.length === 1 ? message : require('internal/util/inspect').format(...given);
}

function innerFail(self, given, options) {
  options.message = readMessage(given, options.actual, options.expected);
  options.diff = self?.[kOptions]?.diff;
  throw new (lazyAssertionError())(options);
}

function needBoth(count) {
  if (count < 2) throw new ERR_MISSING_ARGS('actual', 'expected');
}

// ---- truth --------------------------------------------------------------

function failTruth(fn, args) {
  const [value] = args;
  let message;
  let generated = false;
  if (args.length === 0) {
    generated = true;
    message = 'No value argument passed to `assert.ok()`';
  } else {
    message = readMessage(args.slice(1), value, true);
    if (message === undefined) {
      generated = true;
      message = require('internal/assert/source_expression').falsyMessage(fn);
    }
  }
  const error = new (lazyAssertionError())({
    actual: value, expected: true, message, operator: '==', stackStartFn: fn,
  });
  error.generatedMessage = generated;
  throw error;
}

function assert(...args) {
  if (!args[0]) failTruth(assert, args);
}

assert.fail = function fail(actual, expected, message, operator, stackStartFn) {
  const count = arguments.length;
  let generated = false;
  if ((actual === null || actual === undefined) && count <= 1) {
    generated = true;
    message = 'Failed';
  } else if (count === 1) {
    message = actual;
    actual = undefined;
  } else {
    warnFailArguments();
    if (count === 2) operator = '!=';
  }
  if (isError(message)) throw message;
  const options = {
    actual,
    expected,
    operator: operator === undefined ? 'fail' : operator,
    stackStartFn: stackStartFn || fail,
    message,
    diff: this?.[kOptions]?.diff,
  };
  const error = new (lazyAssertionError())(options);
  if (generated) error.generatedMessage = true;
  throw error;
};

let failWarned = false;
function warnFailArguments() {
  if (failWarned) return;
  failWarned = true;
  process.emitWarning(
    'assert.fail() with more than one argument is deprecated. ' +
    'Please use assert.strictEqual() instead or only pass a message.',
    'DeprecationWarning', 'DEP0094');
}

// Defined here, so that keys stand in Node's order.
defineLazyValue(assert, 'AssertionError', () => require('internal/assert/assertion_error'));

assert.ok = function ok(...args) {
  if (!args[0]) failTruth(ok, args);
};

// ---- equality -----------------------------------------------------------

assert.equal = function equal(actual, expected, ...message) {
  needBoth(arguments.length);
  if (actual != expected && (actual === actual || expected === expected)) {
    innerFail(this, message, { actual, expected, operator: '==', stackStartFn: equal });
  }
};

assert.notEqual = function notEqual(actual, expected, ...message) {
  needBoth(arguments.length);
  if (actual == expected || (actual !== actual && expected !== expected)) {
    innerFail(this, message, { actual, expected, operator: '!=', stackStartFn: notEqual });
  }
};

assert.deepEqual = function deepEqual(actual, expected, ...message) {
  needBoth(arguments.length);
  if (!lazyComparisons().isDeepEqual(actual, expected)) {
    innerFail(this, message, { actual, expected, operator: 'deepEqual', stackStartFn: deepEqual });
  }
};

assert.notDeepEqual = function notDeepEqual(actual, expected, ...message) {
  needBoth(arguments.length);
  if (lazyComparisons().isDeepEqual(actual, expected)) {
    innerFail(this, message, {
      actual, expected, operator: 'notDeepEqual', stackStartFn: notDeepEqual,
    });
  }
};

assert.deepStrictEqual = function deepStrictEqual(actual, expected, ...message) {
  needBoth(arguments.length);
  if (!lazyComparisons().isDeepStrictEqual(actual, expected, this?.[kOptions]?.skipPrototype)) {
    innerFail(this, message, {
      actual, expected, operator: 'deepStrictEqual', stackStartFn: deepStrictEqual,
    });
  }
};

assert.notDeepStrictEqual = function notDeepStrictEqual(actual, expected, ...message) {
  needBoth(arguments.length);
  if (lazyComparisons().isDeepStrictEqual(actual, expected, this?.[kOptions]?.skipPrototype)) {
    innerFail(this, message, {
      actual, expected,
      operator: 'notDeepStrictEqual', stackStartFn: notDeepStrictEqual,
    });
  }
};

assert.strictEqual = function strictEqual(actual, expected, ...message) {
  needBoth(arguments.length);
  if (!Object.is(actual, expected)) {
    innerFail(this, message, { actual, expected, operator: 'strictEqual', stackStartFn: strictEqual });
  }
};

assert.notStrictEqual = function notStrictEqual(actual, expected, ...message) {
  needBoth(arguments.length);
  if (Object.is(actual, expected)) {
    innerFail(this, message, {
      actual, expected, operator: 'notStrictEqual', stackStartFn: notStrictEqual,
    });
  }
};

assert.partialDeepStrictEqual = function partialDeepStrictEqual(actual, expected, ...message) {
  needBoth(arguments.length);
  const { isPartialStrictEqual } = lazyComparisons();
  if (!isPartialStrictEqual(actual, expected, this?.[kOptions]?.skipPrototype)) {
    innerFail(this, message, {
      actual, expected,
      operator: 'partialDeepStrictEqual', stackStartFn: partialDeepStrictEqual,
    });
  }
};

// ---- exceptions ---------------------------------------------------------

assert.throws = function throws(fn, ...expected) {
  const { expectError, run } = lazyThrowing();
  expectError(throws, run(fn), 'exception', expected);
};

assert.rejects = async function rejects(promiseFn, ...expected) {
  const { expectError, runAsync } = lazyThrowing();
  expectError(rejects, await runAsync(promiseFn), 'rejection', expected);
};

assert.doesNotThrow = function doesNotThrow(fn, ...expected) {
  const { expectNone, run } = lazyThrowing();
  expectNone(doesNotThrow, run(fn), 'exception', expected);
};

assert.doesNotReject = async function doesNotReject(fn, ...expected) {
  const { expectNone, runAsync } = lazyThrowing();
  expectNone(doesNotReject, await runAsync(fn), 'rejection', expected);
};

assert.ifError = function ifError(value) {
  if (value === null || value === undefined) return;
  let message = 'ifError got unwanted exception: ';
  if (typeof value === 'object' && typeof value.message === 'string') {
    message += value.message.length === 0 && value.constructor ?
      value.constructor.name : value.message;
  } else {
    message += require('internal/util/inspect').inspect(value);
  }
  const error = new (lazyAssertionError())({
    actual: value, expected: null, operator: 'ifError', message, stackStartFn: ifError,
    diff: this?.[kOptions]?.diff,
  });
  // The stack leads from here to where the error was made: what both have in
  // common is shown once.
  const original = value.stack;
  const start = typeof original === 'string' ? original.indexOf('\n    at') : -1;
  if (start !== -1) {
    const frames = original.slice(start + 1).split('\n');
    let own = error.stack.split('\n');
    for (const frame of frames) {
      const at = own.indexOf(frame);
      if (at !== -1) {
        own = own.slice(0, at);
        break;
      }
    }
    error.stack = `${own.join('\n')}\n${frames.join('\n')}`;
  }
  throw error;
};

// ---- patterns -----------------------------------------------------------

function matchPattern(text, pattern, given, fn, wanted) {
  const { isRegExp } = require('internal/util/types');
  if (!isRegExp(pattern)) throw new ERR_INVALID_ARG_TYPE('regexp', 'RegExp', pattern);
  if (typeof text === 'string' && (RegExp.prototype.exec.call(pattern, text) !== null) === wanted) {
    return;
  }
  let message = readMessage(given, text, pattern);
  const generated = !message;
  if (generated) {
    const { inspect } = require('internal/util/inspect');
    if (typeof text !== 'string') {
      message = 'The "string" argument must be of type string. Received type ' +
        `${typeof text} (${inspect(text)})`;
    } else {
      message = (wanted ? 'The input did not match the regular expression ' :
        'The input was expected to not match the regular expression ') +
        `${inspect(pattern)}. Input:\n\n${inspect(text)}\n`;
    }
  }
  const error = new (lazyAssertionError())({
    actual: text, expected: pattern, message, operator: fn.name, stackStartFn: fn,
  });
  error.generatedMessage = generated;
  throw error;
}

assert.match = function match(string, regexp, ...message) {
  matchPattern(string, regexp, message, match, true);
};

assert.doesNotMatch = function doesNotMatch(string, regexp, ...message) {
  matchPattern(string, regexp, message, doesNotMatch, false);
};

// ---- the rest -----------------------------------------------------------

defineLazyValue(assert, 'CallTracker', () => require('internal/assert/call_tracker'));

function strict(...args) {
  if (!args[0]) failTruth(strict, args);
}

const strictMethods = {
  __proto__: null,
  equal: assert.strictEqual,
  deepEqual: assert.deepStrictEqual,
  notEqual: assert.notStrictEqual,
  notDeepEqual: assert.notDeepStrictEqual,
};

for (const name of Object.keys(assert)) {
  if (isUnread(assert, name)) defineLazyValue(strict, name, () => assert[name]);
  else strict[name] = strictMethods[name] ?? assert[name];
}
assert.strict = strict;
strict.strict = strict;

// A set of assertions with options of its own. They stand on the prototype, loose; what the strict ones replace is the
// instance's own.
function Assert(options) {
  if (new.target === undefined) throw new ERR_CONSTRUCT_CALL_REQUIRED('Assert');
  const own = { __proto__: null, strict: true, skipPrototype: false, ...options };
  if (own.diff !== undefined) {
    require('internal/validators').validateOneOf(own.diff, 'options.diff', ['simple', 'full']);
  }
  this.AssertionError = lazyAssertionError();
  Object.defineProperty(this, kOptions, {
    __proto__: null, value: own, writable: false, enumerable: false, configurable: false,
  });
  if (own.strict) Object.assign(this, strictMethods);
}

for (const name of Object.keys(assert)) {
  if (name !== 'AssertionError' && name !== 'CallTracker' && name !== 'strict') Assert.prototype[name] = assert[name];
}
// Not to be listed among the assertions, which is how programs find them (`t.assert` of node:test).
for (const target of [assert, strict]) {
  Object.defineProperty(target, 'Assert', { __proto__: null, value: Assert, writable: true, configurable: true });
}

module.exports = assert;
