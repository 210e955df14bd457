'use strict';
// test.assert: assertions of the user's own on t.assert.

const { validateFunction, validateString } = require('internal/validators');

const assertions = new Map();

const api = {
  register(name, fn) {
    validateString(name, 'name');
    validateFunction(fn, 'fn');
    assertions.set(name, fn);
  },
};

module.exports = { api, registered: () => assertions };
