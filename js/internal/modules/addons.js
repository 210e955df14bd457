'use strict';

// process.dlopen(). There is no Node-API, so it always ends in an error: the system's, or that no addon registered.

const { openLibrary } = internalBinding('addons');

// What the system says of an addon names one function that is missing. This is why.
const ADDON_SYMBOL = /undefined symbol: (?:napi_|node_api_|_ZN2v8|_ZN4node|uv_)/;

function dlopen(module, filename) {
  if (arguments.length < 2) {
    const { codes: { ERR_MISSING_ARGS } } = require('internal/errors');
    throw new ERR_MISSING_ARGS('module', 'filename');
  }
  if (require('internal/options').getOptionValue('--addons') === false) {
    throw require('internal/modules/errors').coded(
      Error, 'ERR_DLOPEN_DISABLED', 'Cannot load native addon because loading addons is disabled.');
  }
  const { exports } = module;
  // As in Node: an addon's exports are an object before anything is loaded.
  if (exports === undefined || exports === null) throw new TypeError('Cannot convert undefined or null to object');
  let message = openLibrary(`${filename}`);
  if (ADDON_SYMBOL.test(message)) message += ' (Weft has no Node-API: native addons cannot be loaded)';
  throw require('internal/modules/errors').coded(Error, 'ERR_DLOPEN_FAILED', message);
}

module.exports = { dlopen };
