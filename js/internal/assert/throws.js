'use strict';
// assert.throws, rejects, doesNotThrow and doesNotReject: running the code, and
// matching what it threw against a class, pattern, object or function.

const {
  codes: {
    ERR_AMBIGUOUS_ARGUMENT,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_RETURN_VALUE,
  },
} = require('internal/errors');
const { isError } = require('internal/util');
const { inspect } = require('internal/util/inspect');
const { isPromise, isRegExp } = require('internal/util/types');
const { validateFunction } = require('internal/validators');
const AssertionError = require('internal/assert/assertion_error');

// Nothing was thrown.
const kNone = Symbol('kNone');

function run(fn) {
  validateFunction(fn, 'fn');
  try {
    fn();
  } catch (error) {
    return error;
  }
  return kNone;
}

// Promises of other libraries have at least these two methods.
function isThenable(value) {
  return isPromise(value) || (value !== null && typeof value === 'object' &&
    typeof value.then === 'function' && typeof value.catch === 'function');
}

async function runAsync(promiseFn) {
  let promise;
  if (typeof promiseFn === 'function') {
    // What is thrown synchronously rejects, but is not what was asked about.
    promise = promiseFn();
    if (!isThenable(promise)) {
      throw new ERR_INVALID_RETURN_VALUE('instance of Promise', 'promiseFn', promise);
    }
  } else if (isThenable(promiseFn)) {
    promise = promiseFn;
  } else {
    throw new ERR_INVALID_ARG_TYPE('promiseFn', ['Function', 'Promise'], promiseFn);
  }
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return kNone;
}

function fail(options) {
  if (isError(options.message)) throw options.message;
  throw new AssertionError(options);
}

// ---- matching -----------------------------------------------------------

// What of an error a pattern object talks about. The class name shows up in
// messages.
class Comparison {
  constructor(object, keys, actual) {
    for (const key of keys) {
      if (!(key in object)) continue;
      // A pattern that matched is shown as what it matched.
      if (actual !== undefined && typeof actual[key] === 'string' && isRegExp(object[key]) &&
          object[key].exec(actual[key]) !== null) {
        this[key] = actual[key];
      } else {
        this[key] = object[key];
      }
    }
  }
}

function matchKeys(actual, expected, message, caller) {
  const keys = Object.keys(expected);
  if (isError(expected)) {
    keys.push('name', 'message');
  } else if (keys.length === 0) {
    throw new ERR_INVALID_ARG_VALUE('error', expected, 'may not be an empty object');
  }
  const { isDeepStrictEqual } = require('internal/util/comparisons');
  for (const key of keys) {
    if (typeof actual[key] === 'string' && isRegExp(expected[key]) &&
        expected[key].exec(actual[key]) !== null) {
      continue;
    }
    if (key in actual && isDeepStrictEqual(actual[key], expected[key])) continue;
    if (message) fail({ actual, expected, message, operator: caller.name, stackStartFn: caller });
    const error = new AssertionError({
      actual: new Comparison(actual, keys),
      expected: new Comparison(expected, keys, actual),
      operator: 'deepStrictEqual',
      stackStartFn: caller,
    });
    error.actual = actual;
    error.expected = expected;
    error.operator = caller.name;
    throw error;
  }
}

// Returns why `actual` is not what was expected, undefined when it is.
function mismatch(actual, expected) {
  if (isRegExp(expected)) {
    const text = String(actual);
    if (expected.exec(text) !== null) return undefined;
    return `The input did not match the regular expression ${inspect(expected)}. ` +
      `Input:\n\n${inspect(text)}\n`;
  }
  if (expected.prototype !== undefined && actual instanceof expected) return undefined;
  if (Object.prototype.isPrototypeOf.call(Error, expected)) {
    let reason = `The error is expected to be an instance of "${expected.name}". Received `;
    if (isError(actual)) reason += `"${actual.name}"`;
    else reason += `"${inspect(actual, { depth: -1 })}"`;
    if (isError(actual)) reason += `\n\nError message:\n\n${actual.message}`;
    return reason;
  }
  const result = Reflect.apply(expected, {}, [actual]);
  if (result === true) return undefined;
  const name = expected.name ? `"${expected.name}" ` : '';
  let reason = `The ${name}validation function is expected to return "true". ` +
    `Received ${inspect(result)}`;
  if (isError(actual)) reason += `\n\nCaught error:\n\n${actual}`;
  return reason;
}

function check(actual, expected, message, caller) {
  if (typeof expected !== 'function' && !isRegExp(expected)) {
    if (typeof actual !== 'object' || actual === null) {
      const error = new AssertionError({
        actual, expected, message, operator: 'deepStrictEqual', stackStartFn: caller,
      });
      error.operator = caller.name;
      throw error;
    }
    matchKeys(actual, expected, message, caller);
    return;
  }
  const reason = mismatch(actual, expected);
  if (reason === undefined) return;
  if (isError(message)) throw message;
  const error = new AssertionError({
    actual, expected, message: message || reason, operator: caller.name, stackStartFn: caller,
  });
  error.generatedMessage = !message;
  throw error;
}

// ---- the four functions -------------------------------------------------

function expectError(caller, actual, kind, given) {
  let [error, message] = given;
  if (typeof error === 'string') {
    if (given.length === 2) {
      throw new ERR_INVALID_ARG_TYPE('error', ['Object', 'Error', 'Function', 'RegExp'], error);
    }
    if (typeof actual === 'object' && actual !== null) {
      if (actual.message === error) {
        throw new ERR_AMBIGUOUS_ARGUMENT('error/message',
          `The error message "${actual.message}" is identical to the message.`);
      }
    } else if (actual === error) {
      throw new ERR_AMBIGUOUS_ARGUMENT('error/message',
        `The error "${actual}" is identical to the message.`);
    }
    message = error;
    error = undefined;
  } else if (error !== undefined && error !== null && typeof error !== 'object' &&
             typeof error !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('error', ['Object', 'Error', 'Function', 'RegExp'], error);
  }
  if (actual === kNone) {
    let details = error?.name ? ` (${error.name})` : '';
    details += message ? `: ${message}` : '.';
    fail({
      actual: undefined,
      expected: error,
      operator: caller.name,
      message: `Missing expected ${kind}${details}`,
      stackStartFn: caller,
    });
  }
  if (error) check(actual, error, message, caller);
}

function expectNone(caller, actual, kind, given) {
  if (actual === kNone) return;
  let [error, message] = given;
  if (typeof error === 'string') {
    message = error;
    error = undefined;
  }
  if (!error || isUnwanted(actual, error)) {
    const details = message ? `: ${message}` : '.';
    fail({
      actual,
      expected: error,
      operator: caller.name,
      message: `Got unwanted ${kind}${details}\nActual message: "${actual?.message}"`,
      stackStartFn: caller,
    });
  }
  throw actual;
}

function isUnwanted(actual, expected) {
  if (typeof expected === 'function') {
    if (expected.prototype !== undefined && actual instanceof expected) return true;
    if (Object.prototype.isPrototypeOf.call(Error, expected)) return false;
    return Reflect.apply(expected, {}, [actual]) === true;
  }
  if (isRegExp(expected)) return expected.exec(String(actual)) !== null;
  throw new ERR_INVALID_ARG_TYPE('expected', ['Function', 'RegExp'], expected);
}

module.exports = { expectError, expectNone, run, runAsync };
