'use strict';
// The global structuredClone, after the HTML standard.

const { codes: { ERR_MISSING_ARGS } } = require('internal/errors');
const { mayBeTable } = require('internal/worker/flat');
const { binding, readIterable } = require('internal/worker/messaging');
const { LEFT, cloneTree } = require('internal/worker/tree');

function invalid(what) {
  const error = new TypeError(`Failed to execute 'structuredClone': ${what}`);
  error.code = 'ERR_INVALID_ARG_TYPE';
  return error;
}

function structuredClone(value, options) {
  if (arguments.length === 0) throw new ERR_MISSING_ARGS('value');
  let list;
  if (options !== undefined && options !== null) {
    if (typeof options !== 'object' && typeof options !== 'function') {
      throw invalid('Options cannot be converted to a dictionary');
    }
    const { transfer } = options;
    if (transfer !== undefined) {
      list = readIterable(transfer);
      if (list === undefined) throw invalid('transfer in Options cannot be converted to sequence.');
      for (let i = 0; i < list.length; i++) {
        const item = list[i];
        if ((typeof item !== 'object' || item === null) && typeof item !== 'function') {
          throw invalid(`transfer in Options[${i}] is not an object.`);
        }
      }
    }
  }
  if (list === undefined && mayBeTable(value)) {
    const clone = require('internal/worker/rows').cloneRows(value);
    if (clone !== undefined) return clone;
  }
  if (list === undefined || list.length === 0) {
    const clone = cloneTree(value);
    if (clone !== LEFT) return clone;
  }
  return binding.structuredClone(value, list);
}

module.exports = { structuredClone };
