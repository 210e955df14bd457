'use strict';

// process.dlopen(). There is no Node-API, so it always ends in an error: the system's, or that no addon registered.

const { openLibrary } = internalBinding('addons');

// What the system says of an addon names one function that is missing. This is why.
const ADDON_SYMBOL = /undefined symbol: (?:napi_|node_api_|_ZN2v8|_ZN4node|uv_)/;

function dlopen(module, filename, flags) {
  if (arguments.length < 2) {
    throw require('internal/modules/errors').coded(
      TypeError, 'ERR_MISSING_ARGS', 'process.dlopen needs at least 2 arguments');
  }
  if (require('internal/options').getOptionValue('--addons') === false) {
    throw require('internal/modules/errors').coded(
      Error, 'ERR_DLOPEN_DISABLED', 'Cannot load native addon because loading addons is disabled.');
  }
  const { exports } = module;
  // As in Node: an addon's exports are an object before anything is loaded.
  if (exports === undefined || exports === null) throw new TypeError('Cannot convert undefined or null to object');
  if (typeof flags === 'symbol' || typeof flags === 'bigint') {
    throw require('internal/modules/errors').coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'flag argument must be an integer.');
  }
  // How the system is to load it (os.constants.dlopen).
  let message = openLibrary(`${filename}`, arguments.length < 3 ? undefined : flags | 0);
  if (ADDON_SYMBOL.test(message)) message += ' (Weft has no Node-API: native addons cannot be loaded)';
  throw require('internal/modules/errors').coded(Error, 'ERR_DLOPEN_FAILED', message);
}

module.exports = { dlopen };
