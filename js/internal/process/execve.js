'use strict';
// process.execve(): puts another program in the place of this one (https://nodejs.org/api/process.html#processexecvefile-args-env).

const { codes: { ERR_INVALID_ARG_VALUE } } = require('internal/errors');
const { validateArray, validateObject, validateString } = require('internal/validators');

const isText = (value) => typeof value === 'string' && !value.includes('\0');

function execve(execPath, args = [], env = process.env) {
  require('internal/util').emitExperimentalWarning('process.execve');
  validateString(execPath, 'execPath');
  validateArray(args, 'args');
  for (let i = 0; i < args.length; i++) {
    if (!isText(args[i])) {
      throw new ERR_INVALID_ARG_VALUE(`args[${i}]`, args[i], 'must be a string without null bytes');
    }
  }
  validateObject(env, 'env');
  const pairs = Object.entries(env);
  if (!pairs.every(([name, value]) => isText(name) && isText(value))) {
    throw new ERR_INVALID_ARG_VALUE('env', env, 'must be an object with string keys and values without null bytes');
  }
  internalBinding('process').execve(execPath, args, pairs.map(([name, value]) => `${name}=${value}`));
}

module.exports = { execve };
