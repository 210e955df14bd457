'use strict';
// The global structuredClone, after the HTML standard.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_MISSING_ARGS } } = require('internal/errors');
const { binding, readTransferOption } = require('internal/worker/messaging');

function structuredClone(value, options) {
  if (arguments.length === 0) throw new ERR_MISSING_ARGS('value');
  let list;
  if (options !== undefined && options !== null) {
    if (typeof options !== 'object' && typeof options !== 'function') {
      throw new ERR_INVALID_ARG_TYPE('options', ['object', 'null', 'undefined'], options);
    }
    const { transfer } = options;
    if (transfer !== undefined) list = readTransferOption(transfer);
  }
  return binding.structuredClone(value, list);
}

module.exports = { structuredClone };
