'use strict';
// process.permission, where there is --permission (https://nodejs.org/api/permissions.html). What is allowed is decided by
// the operations themselves (src/permission.rs); this only asks and gives back.

const native = internalBinding('permission');

// Flags that let a program do what the rest could not stop, with the code of their warning.
const POWERFUL = {
  __proto__: null,
  '--allow-addons': 'PERM0001',
  '--allow-child-process': 'PERM0002',
  '--allow-inspector': 'PERM0004',
  '--allow-wasi': 'PERM0005',
  '--allow-worker': 'PERM0006',
};
const OTHERS = ['--allow-fs-read', '--allow-fs-write', '--allow-net'];

function check(scope, reference) {
  const { validateString } = require('internal/validators');
  validateString(scope, 'scope');
  if (reference === undefined) return undefined;
  // A Buffer names no grant, as in Node.
  if (require('buffer').Buffer.isBuffer(reference)) return reference.toString();
  if (reference?.href !== undefined && reference.protocol === 'file:') return require('url').fileURLToPath(reference);
  validateString(reference, 'reference');
  return reference;
}

const permission = {
  // Whether the process may do it: all of it, or with `reference` for that path.
  has(scope, reference) {
    return native.has(scope, check(scope, reference));
  },

  // Gives it back for good.
  drop(scope, reference) {
    native.drop(scope, check(scope, reference));
  },
};

function install() {
  Object.defineProperty(process, 'permission', {
    __proto__: null, configurable: false, enumerable: true, value: permission, writable: false,
  });
}

function warn(getOptionValue) {
  for (const flag in POWERFUL) {
    if (!getOptionValue(flag)) continue;
    process.emitWarning(
      `The flag ${flag} must be used with extreme caution. It could invalidate the permission model.`,
      { type: 'SecurityWarning', code: POWERFUL[flag] });
  }
  if (getOptionValue('--allow-net')) {
    process.emitWarning('The flag --allow-net is under experimental phase.', 'ExperimentalWarning');
  }
  for (const flag of ['--allow-fs-read', '--allow-fs-write']) {
    if (!getOptionValue(flag)?.some((path) => path.includes(','))) continue;
    process.emitWarning(
      `The ${flag} CLI flag has changed. Passing a comma-separated list of paths is no longer valid. ` +
      'Documentation can be found at https://nodejs.org/api/permissions.html#file-system-permissions', 'Warning');
  }
}

// At the start of each thread with JavaScript, before the user's code. The first one puts the policy in force.
function start(getOptionValue, isMainThread) {
  if (!getOptionValue('--permission')) {
    if (isMainThread && [...Object.keys(POWERFUL), ...OTHERS].some((flag) => getOptionValue(flag))) {
      const { codes: { ERR_MISSING_OPTION } } = require('internal/errors');
      throw new ERR_MISSING_OPTION('--permission');
    }
    return;
  }
  if (isMainThread) {
    native.enforce();
    warn(getOptionValue);
  }
  install();
}

const quoted = (word) => (/[\s"\\]/.test(word) ? `"${word.replace(/["\\]/g, '\\$&')}"` : word);

// WEFT_OPTIONS with which a child process has the same policy.
function optionsForChildren(given = '') {
  const { getOptionValue } = require('internal/options');
  if (!getOptionValue('--permission') || /(?:^|\s)--permission(?:\s|$)/.test(given)) return undefined;
  const words = ['--permission'];
  for (const flag of [...Object.keys(POWERFUL), ...OTHERS]) {
    const value = getOptionValue(flag);
    if (value === true) words.push(flag);
    else if (!Array.isArray(value)) continue;
    else for (const path of value) {
      const { resolve } = require('path');
      words.push(quoted(`${flag}=${path === '*' ? path : resolve(path)}`));
    }
  }
  return `${given} ${words.join(' ')}`.trim();
}

module.exports = { install, optionsForChildren, start };
