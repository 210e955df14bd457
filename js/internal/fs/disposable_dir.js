'use strict';

// mkdtempDisposable: a temporary directory that removes itself at the end of a `using` or `await using`. It stays where it was made, even if
// the process changes its working directory meanwhile.

const { isUint8Array } = require('internal/util/types');
const { resolve } = require('path');

function absolute(path) {
  return isUint8Array(path) ? path : resolve(path);
}

function mkdtempDisposableSync(prefix, options) {
  const { mkdtempSync, rmSync } = require('internal/fs/tree');
  const path = mkdtempSync(prefix, options);
  const place = absolute(path);
  const remove = () => rmSync(place, { recursive: true, force: true });
  return { path, remove, [Symbol.dispose ?? Symbol.for('nodejs.dispose')]: remove };
}

async function mkdtempDisposable(prefix, options) {
  const { exports: { mkdtemp, rm } } = require('internal/fs/promises');
  const path = await mkdtemp(prefix, options);
  const place = absolute(path);
  const remove = () => rm(place, { recursive: true, force: true });
  return { path, remove, [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]: remove };
}

module.exports = { mkdtempDisposable, mkdtempDisposableSync };
