'use strict';

// Checking and normalising what the functions of node:child_process are given, before anything is started.

const { codes } = require('internal/errors');
const { signalName: nameOfSignal, signalNumbers } = require('internal/signals');
const { kEmptyObject } = require('internal/util');
const {
  validateBoolean,
  validateInt32,
  validateObject,
  validateString,
} = require('internal/validators');

const isWindows = process.platform === 'win32';

function isGiven(value) {
  return value !== undefined && value !== null;
}

function refuseNullBytes(text, name, must = 'must be a string without null bytes') {
  if (typeof text === 'string' && text.includes('\0')) {
    throw new codes.ERR_INVALID_ARG_VALUE(name, text, must);
  }
}

// A path as text, from text, bytes or a file: URL.
function pathOf(value, name) {
  if (typeof value === 'object' && value !== null) {
    if (value instanceof Uint8Array) value = Buffer.from(value).toString();
    else if (value.href !== undefined && value.protocol !== undefined) value = require('url').fileURLToPath(value);
  }
  if (typeof value !== 'string') throw new codes.ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'URL'], value);
  refuseNullBytes(value, name, 'must be a string, Uint8Array, or URL without null bytes');
  return value;
}

function validateTimeout(timeout) {
  if (isGiven(timeout) && !(Number.isInteger(timeout) && timeout >= 0)) {
    throw new codes.ERR_OUT_OF_RANGE('timeout', 'an unsigned integer', timeout);
  }
}

function validateMaxBuffer(maxBuffer) {
  if (isGiven(maxBuffer) && !(typeof maxBuffer === 'number' && maxBuffer >= 0)) {
    throw new codes.ERR_OUT_OF_RANGE('options.maxBuffer', 'a positive number', maxBuffer);
  }
}

// The number of a signal given by name or number.
function signalNumber(signal) {
  if (typeof signal === 'number') {
    if (nameOfSignal(signal) !== undefined) return signal;
  } else if (typeof signal === 'string') {
    const number = signalNumbers()[signal.toUpperCase()];
    if (number) return number;
  }
  throw new codes.ERR_UNKNOWN_SIGNAL(signal);
}

function signalName(number) {
  return nameOfSignal(number) ?? `${number}`;
}

function killSignalOf(killSignal) {
  if (typeof killSignal === 'string' || typeof killSignal === 'number') return signalNumber(killSignal);
  if (isGiven(killSignal)) {
    throw new codes.ERR_INVALID_ARG_TYPE('options.killSignal', ['string', 'number'], killSignal);
  }
  return undefined;
}

// (file, args, options) | (file, options) -> what ChildProcess.prototype.spawn takes.
function normalizeSpawnArguments(file, args, options) {
  validateString(file, 'file');
  refuseNullBytes(file, 'file');
  if (file.length === 0) throw new codes.ERR_INVALID_ARG_VALUE('file', file, 'cannot be empty');

  if (Array.isArray(args)) {
    args = args.slice();
  } else if (!isGiven(args)) {
    args = [];
  } else if (typeof args !== 'object') {
    throw new codes.ERR_INVALID_ARG_TYPE('args', 'object', args);
  } else {
    options = args;
    args = [];
  }
  for (let i = 0; i < args.length; i++) {
    refuseNullBytes(`${args[i]}`, `args[${i}]`);
  }

  if (options === undefined) options = kEmptyObject;
  else validateObject(options, 'options');
  options = { __proto__: null, ...options };
  let { cwd, shell } = options;
  const { argv0, env } = options;
  if (isGiven(cwd)) cwd = pathOf(cwd, 'options.cwd');
  if (isGiven(options.detached)) validateBoolean(options.detached, 'options.detached');
  if (isGiven(options.uid)) validateInt32(options.uid, 'options.uid');
  if (isGiven(options.gid)) validateInt32(options.gid, 'options.gid');
  if (isGiven(shell) && typeof shell !== 'boolean' && typeof shell !== 'string') {
    throw new codes.ERR_INVALID_ARG_TYPE('options.shell', ['boolean', 'string'], shell);
  }
  if (isGiven(argv0)) {
    validateString(argv0, 'options.argv0');
    refuseNullBytes(argv0, 'options.argv0');
  }
  if (isGiven(options.windowsHide)) validateBoolean(options.windowsHide, 'options.windowsHide');
  let { windowsVerbatimArguments } = options;
  if (isGiven(windowsVerbatimArguments)) {
    validateBoolean(windowsVerbatimArguments, 'options.windowsVerbatimArguments');
  }

  if (shell) {
    if (typeof shell === 'string') refuseNullBytes(shell, 'options.shell');
    const command = args.length > 0 ? `${file} ${args.join(' ')}` : file;
    if (isWindows) {
      file = typeof shell === 'string' ? shell : process.env.comspec || 'cmd.exe';
      // Only cmd.exe wants its own way of quoting.
      if (/^(?:.*\\)?cmd(?:\.exe)?$/i.test(file)) {
        args = ['/d', '/s', '/c', `"${command}"`];
        windowsVerbatimArguments = true;
      } else {
        args = ['-c', command];
      }
    } else {
      file = typeof shell === 'string' ? shell : '/bin/sh';
      args = ['-c', command];
    }
  }
  args.unshift(typeof argv0 === 'string' ? argv0 : file);

  return {
    __proto__: null,
    ...options,
    args,
    cwd,
    detached: Boolean(options.detached),
    envPairs: environmentPairs(withPermission(withCoverage(env))),
    file,
    windowsHide: Boolean(options.windowsHide),
    windowsVerbatimArguments: Boolean(windowsVerbatimArguments),
  };
}

// Where coverage is asked for, children count too, unless their environment says otherwise.
function withCoverage(env) {
  if (!env) return process.env;
  const directory = process.env.NODE_V8_COVERAGE;
  if (directory === undefined || Object.hasOwn(env, 'NODE_V8_COVERAGE')) return env;
  const inherited = {};
  for (const name in env) inherited[name] = env[name];
  inherited.NODE_V8_COVERAGE = directory;
  return inherited;
}

// A child may do no more than its parent.
function withPermission(env) {
  if (!internalBinding('permission').isEnforced()) return env;
  const options = require('internal/permission').optionsForChildren(env.WEFT_OPTIONS);
  if (options === undefined) return env;
  const inherited = {};
  for (const name in env) inherited[name] = env[name];
  inherited.WEFT_OPTIONS = options;
  return inherited;
}

function environmentPairs(env) {
  const pairs = [];
  // Inherited properties count too: programs pass Object.create(process.env).
  const names = [];
  for (const name in env) names.push(name);
  const known = isWindows ? new Set() : undefined;
  if (isWindows) names.sort();
  for (const name of names) {
    const value = env[name];
    if (value === undefined) continue;
    if (known !== undefined) {
      // Windows knows no case in names; the first one counts.
      const upper = name.toUpperCase();
      if (known.has(upper)) continue;
      known.add(upper);
    }
    refuseNullBytes(name, `options.env['${name}']`);
    refuseNullBytes(value, `options.env['${name}']`);
    pairs.push(`${name}=${value}`);
  }
  return pairs;
}

// (command, options, callback) | (command, callback) of exec().
function normalizeExecArgs(command, options, callback) {
  validateString(command, 'command');
  refuseNullBytes(command, 'command');
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  const settings = { ...options };
  settings.shell = typeof settings.shell === 'string' ? settings.shell : true;
  return { file: command, options: settings, callback };
}

module.exports = {
  isGiven,
  killSignalOf,
  normalizeExecArgs,
  normalizeSpawnArguments,
  pathOf,
  refuseNullBytes,
  signalName,
  signalNumber,
  validateMaxBuffer,
  validateTimeout,
};
