'use strict';

// What stands for parts of Node that Weft does not have, in modules that programs load without using them.

const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('internal/errors');

// A function that says what is missing when it is called, `new` included.
function missing(label, name, length) {
  function absent() {
    throw new ERR_METHOD_NOT_IMPLEMENTED(label);
  }
  Object.defineProperties(absent, {
    name: { __proto__: null, configurable: true, value: name },
    length: { __proto__: null, configurable: true, value: length },
  });
  return absent;
}

// Several of them for `module`: name -> number of parameters.
function missingFunctions(module, lengths) {
  const functions = {};
  for (const name of Object.keys(lengths)) functions[name] = missing(`${module}.${name}()`, name, lengths[name]);
  return functions;
}

module.exports = { missing, missingFunctions };
