'use strict';
// The options of a Pool: read, checked, completed. Names and meaning are piscina's where it has them.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE } } = require('internal/errors');
const { validateObject, validateString } = require('internal/validators');
const { moduleHref } = require('internal/pool/code');
const native = internalBinding('pool');

const LIMITS = ['maxYoungGenerationSizeMb', 'maxOldGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb'];

function positive(value, name, fallback) {
  if (value === undefined) return fallback;
  if (typeof value !== 'number') throw new ERR_INVALID_ARG_TYPE(name, 'number', value);
  if (!(value > 0)) throw new ERR_OUT_OF_RANGE(name, '> 0', value);
  return value;
}

function readPoolOptions(options) {
  validateObject(options, 'options');
  const maxThreads = Math.trunc(positive(options.maxThreads, 'options.maxThreads', native.availableParallelism()));
  const minThreads = options.minThreads === undefined ? 0 : Math.trunc(options.minThreads);
  if (minThreads > maxThreads) {
    throw new ERR_INVALID_ARG_VALUE('options.minThreads', minThreads, 'must not exceed options.maxThreads');
  }
  if (options.name !== undefined) validateString(options.name, 'options.name');
  const resourceLimits = options.resourceLimits ?? {};
  validateObject(resourceLimits, 'options.resourceLimits');
  return {
    filename: options.filename === undefined || options.filename === null ? undefined : moduleHref(options.filename),
    name: options.name ?? 'default',
    minThreads,
    maxThreads,
    taskTimeout: positive(options.taskTimeout, 'options.taskTimeout', 0),
    limits: LIMITS.map((name) => resourceLimits[name] ?? 0),
  };
}

module.exports = { positive, readPoolOptions };
