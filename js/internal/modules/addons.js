'use strict';

// process.dlopen(). There is no Node-API, so it always ends in an error: the system's, or that no addon registered.

const { openLibrary } = internalBinding('addons');

function dlopen(module, filename) {
  if (arguments.length < 2) {
    const { codes: { ERR_MISSING_ARGS } } = require('internal/errors');
    throw new ERR_MISSING_ARGS('module', 'filename');
  }
  const { exports } = module;
  // As in Node: an addon's exports are an object before anything is loaded.
  if (exports === undefined || exports === null) throw new TypeError('Cannot convert undefined or null to object');
  throw require('internal/modules/errors').coded(Error, 'ERR_DLOPEN_FAILED', openLibrary(`${filename}`));
}

module.exports = { dlopen };
