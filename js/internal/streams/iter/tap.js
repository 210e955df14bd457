'use strict';

// tap() and tapSync(): transforms that show each batch to a callback and give it on; ondrain(): waiting for room.

const { validateFunction } = require('internal/validators');
const { methodOf } = require('internal/streams/iter/from_sync');
const { drainableProtocol } = require('internal/streams/iter/protocols');

function tap(callback) {
  validateFunction(callback, 'callback');
  return async (chunks, options) => {
    await callback(chunks, options);
    return chunks;
  };
}

function tapSync(callback) {
  validateFunction(callback, 'callback');
  return (chunks) => {
    callback(chunks);
    return chunks;
  };
}

function ondrain(drainable) {
  const method = methodOf(drainable, drainableProtocol);
  return method === undefined ? null : Reflect.apply(method, drainable, []);
}

module.exports = { ondrain, tap, tapSync };
