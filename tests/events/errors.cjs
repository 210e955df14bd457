'use strict';
const assert = require('node:assert');
const { EventEmitter } = require('node:events');

// The code is a property and stands in the stack.
try {
  new EventEmitter().on('x', 5);
  assert.fail();
} catch (error) {
  assert.ok(error instanceof TypeError);
  assert.strictEqual(error.name, 'TypeError');
  assert.deepStrictEqual(Object.keys(error), ['code']);
  const lines = error.stack.split('\n');
  assert.strictEqual(lines[0], 'TypeError [ERR_INVALID_ARG_TYPE]: The "listener" argument must be of type function. ' +
    'Received type number (5)');
  assert.strictEqual(`${error}`, lines[0]);
}

// What a message received is shown in short.
const received = (value) => {
  try {
    process.chdir(value);
  } catch (error) {
    return error.message.slice(error.message.indexOf('Received'));
  }
  return undefined;
};
assert.deepStrictEqual([null, undefined, 1n, [], {}, Object.create(null), class A {}, Symbol('s'), true].map(received), [
  'Received null', 'Received undefined', 'Received type bigint (1n)', 'Received an instance of Array',
  'Received an instance of Object', 'Received [Object: null prototype] {}', 'Received function A',
  'Received type symbol (Symbol(s))', 'Received type boolean (true)',
]);

// DOMException is an Error without being made of one's own properties.
const exception = new DOMException('text', { name: 'DataCloneError', cause: 1 });
assert.ok(exception instanceof Error);
assert.deepStrictEqual([exception.name, exception.message, exception.code, exception.cause], ['DataCloneError', 'text', 25, 1]);
assert.deepStrictEqual(Object.keys(exception), []);
const copy = structuredClone(exception);
assert.ok(copy instanceof DOMException);
assert.deepStrictEqual([copy.name, copy.message, copy.code], ['DataCloneError', 'text', 25]);
