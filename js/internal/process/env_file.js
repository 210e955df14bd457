'use strict';
// process.loadEnvFile and --env-file: variables that are set already win.

function apply(text) {
  const { parseEnv } = require('util');
  for (const [name, value] of Object.entries(parseEnv(text))) {
    if (process.env[name] === undefined) process.env[name] = value;
  }
}

function loadEnvFile(path) {
  const { readFileSync } = require('fs');
  const { getValidatedPath } = require('internal/fs/utils');
  path = path === undefined || path === null ? '.env' : getValidatedPath(path);
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error.syscall !== 'read') throw error;
    const { coded } = require('internal/modules/errors');
    throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', `Contents of '${path}' should be a valid string.`);
  }
  apply(text);
}

// The files named on the command line; a later file wins over an earlier one.
// Unless it `applies` them it only looks whether they are there.
function loadCommandLineFiles(required, optional, applies = true) {
  const { readFileSync, existsSync } = require('fs');
  const { parseEnv } = require('util');
  const merged = {};
  for (const path of required) {
    let text;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      const problem = error.code === 'EISDIR' ? 'invalid format' : 'not found';
      internalBinding('process').printError(`${process.argv0}: ${path}: ${problem}\n`);
      process.reallyExit(9);
    }
    Object.assign(merged, parseEnv(text));
  }
  for (const path of optional) {
    if (existsSync(path)) {
      Object.assign(merged, parseEnv(readFileSync(path, 'utf8')));
    } else {
      if (applies) internalBinding('process').printError(`${path} not found. Continuing without it.\n`);
    }
  }
  if (!applies) return;
  for (const [name, value] of Object.entries(merged)) {
    if (process.env[name] === undefined) process.env[name] = value;
  }
}

module.exports = { loadCommandLineFiles, loadEnvFile };
