'use strict';

// What a file system tells about a file and lets one change without touching its contents: stat and its kin, access, exists, modes, owners
// and times. Synchronous and callback forms.

const { validateInteger } = require('internal/validators');
const {
  constants,
  getValidMode,
  getValidatedFd,
  getValidatedPath,
  kMaxUserId,
  parseFileMode,
  toUnixTimestamp,
  validateCallback,
} = require('internal/fs/utils');
const { BigIntStats, Stats, kFieldCount, statFsFrom, statsFrom } = require('internal/fs/stats');

const binding = internalBinding('fs');

// A synchronous stat fills one of these and is read out before anything else runs, so one of each kind is enough.
const numberFields = new Float64Array(kFieldCount);
let bigintFields;
function fieldsFor(bigint) {
  return bigint ? bigintFields ??= new BigInt64Array(kFieldCount) : numberFields;
}

function optionsAndCallback(options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  return [Boolean(options?.bigint), validateCallback(callback)];
}

// `quietly`: that nothing is there is no error.
function statsCallback(callback, quietly = false) {
  return (err, fields) => {
    if (err && quietly && (err.code === 'ENOENT' || err.code === 'ENOTDIR')) callback(null, undefined);
    else if (err) callback(err);
    else callback(null, statsFrom(fields));
  };
}

function stat(path, options, callback) {
  const { 0: bigint, 1: done } = optionsAndCallback(options, callback);
  binding.stat(getValidatedPath(path), bigint, statsCallback(done, options?.throwIfNoEntry === false));
}

function lstat(path, options, callback) {
  const { 0: bigint, 1: done } = optionsAndCallback(options, callback);
  binding.lstat(getValidatedPath(path), bigint, statsCallback(done));
}

function fstat(fd, options, callback) {
  fd = getValidatedFd(fd);
  const { 0: bigint, 1: done } = optionsAndCallback(options, callback);
  binding.fstat(fd, bigint, statsCallback(done));
}

// The sync ops answer false where nothing is there and the caller said that this is no error.
function statSync(path, options) {
  path = getValidatedPath(path);
  const fields = fieldsFor(options?.bigint);
  if (!binding.statSync(path, fields, options?.throwIfNoEntry === false)) return undefined;
  return statsFrom(fields);
}

function lstatSync(path, options) {
  path = getValidatedPath(path);
  const fields = fieldsFor(options?.bigint);
  if (!binding.lstatSync(path, fields, options?.throwIfNoEntry === false)) return undefined;
  return statsFrom(fields);
}

function fstatSync(fd, options) {
  fd = getValidatedFd(fd);
  const fields = fieldsFor(options?.bigint);
  binding.fstatSync(fd, fields);
  return statsFrom(fields);
}

function statfs(path, options, callback) {
  const { 0: bigint, 1: done } = optionsAndCallback(options, callback);
  binding.statfs(getValidatedPath(path), bigint, (err, fields) => {
    if (err) done(err);
    else done(null, statFsFrom(fields));
  });
}

function statfsSync(path, options) {
  return statFsFrom(binding.statfs(getValidatedPath(path), Boolean(options?.bigint)));
}

function access(path, mode, callback) {
  if (typeof mode === 'function') {
    callback = mode;
    mode = constants.F_OK;
  }
  path = getValidatedPath(path);
  mode = getValidMode(mode, 'access');
  binding.access(path, mode, validateCallback(callback));
}

function accessSync(path, mode) {
  binding.access(getValidatedPath(path), getValidMode(mode, 'access'));
}

// exists() answers a bare boolean and calls anything that is no usable path simply absent.
function exists(path, callback) {
  validateCallback(callback);
  try {
    path = getValidatedPath(path);
  } catch {
    callback(false);
    return;
  }
  binding.access(path, constants.F_OK, (err) => callback(!err));
}

Object.defineProperty(exists, Symbol.for('nodejs.util.promisify.custom'), {
  __proto__: null,
  value: function exists(path) {
    return new Promise((resolve) => module.exports.exists(path, resolve));
  },
});

let isTypeWarned = false;

function existsSync(path) {
  try {
    path = getValidatedPath(path);
  } catch (error) {
    if (!isTypeWarned && error?.code === 'ERR_INVALID_ARG_TYPE') {
      isTypeWarned = true;
      process.emitWarning('Passing invalid argument types to fs.existsSync is deprecated', 'DeprecationWarning', 'DEP0187');
    }
    return false;
  }
  return binding.existsSync(path);
}

function chmod(path, mode, callback) {
  path = getValidatedPath(path);
  mode = parseFileMode(mode, 'mode');
  binding.chmod(path, mode, validateCallback(callback));
}

function chmodSync(path, mode) {
  path = getValidatedPath(path);
  binding.chmod(path, parseFileMode(mode, 'mode'));
}

function fchmod(fd, mode, callback) {
  fd = getValidatedFd(fd);
  mode = parseFileMode(mode, 'mode');
  binding.fchmod(fd, mode, validateCallback(callback));
}

function fchmodSync(fd, mode) {
  fd = getValidatedFd(fd);
  binding.fchmod(fd, parseFileMode(mode, 'mode'));
}

// Only macOS and its relatives can change the mode of a link itself; elsewhere Node has no lchmod at all.
const hasLchmod = process.platform === 'darwin' || process.platform === 'ios';

function lchmod(path, mode, callback) {
  validateCallback(callback);
  path = getValidatedPath(path);
  binding.lchmod(path, parseFileMode(mode, 'mode'), callback);
}

function lchmodSync(path, mode) {
  path = getValidatedPath(path);
  binding.lchmod(path, parseFileMode(mode, 'mode'));
}

function validateOwner(uid, gid) {
  validateInteger(uid, 'uid', -1, kMaxUserId);
  validateInteger(gid, 'gid', -1, kMaxUserId);
}

function chown(path, uid, gid, callback) {
  validateCallback(callback);
  path = getValidatedPath(path);
  validateOwner(uid, gid);
  binding.chown(path, uid, gid, callback);
}

function chownSync(path, uid, gid) {
  path = getValidatedPath(path);
  validateOwner(uid, gid);
  binding.chown(path, uid, gid);
}

function fchown(fd, uid, gid, callback) {
  fd = getValidatedFd(fd);
  validateOwner(uid, gid);
  binding.fchown(fd, uid, gid, validateCallback(callback));
}

function fchownSync(fd, uid, gid) {
  fd = getValidatedFd(fd);
  validateOwner(uid, gid);
  binding.fchown(fd, uid, gid);
}

function lchown(path, uid, gid, callback) {
  validateCallback(callback);
  path = getValidatedPath(path);
  validateOwner(uid, gid);
  binding.lchown(path, uid, gid, callback);
}

function lchownSync(path, uid, gid) {
  path = getValidatedPath(path);
  validateOwner(uid, gid);
  binding.lchown(path, uid, gid);
}

function utimes(path, atime, mtime, callback) {
  validateCallback(callback);
  path = getValidatedPath(path);
  binding.utimes(path, toUnixTimestamp(atime), toUnixTimestamp(mtime), callback);
}

function utimesSync(path, atime, mtime) {
  path = getValidatedPath(path);
  binding.utimes(path, toUnixTimestamp(atime), toUnixTimestamp(mtime));
}

function futimes(fd, atime, mtime, callback) {
  fd = getValidatedFd(fd);
  atime = toUnixTimestamp(atime, 'atime');
  mtime = toUnixTimestamp(mtime, 'mtime');
  binding.futimes(fd, atime, mtime, validateCallback(callback));
}

function futimesSync(fd, atime, mtime) {
  fd = getValidatedFd(fd);
  binding.futimes(fd, toUnixTimestamp(atime, 'atime'), toUnixTimestamp(mtime, 'mtime'));
}

function lutimes(path, atime, mtime, callback) {
  validateCallback(callback);
  path = getValidatedPath(path);
  binding.lutimes(path, toUnixTimestamp(atime), toUnixTimestamp(mtime), callback);
}

function lutimesSync(path, atime, mtime) {
  path = getValidatedPath(path);
  binding.lutimes(path, toUnixTimestamp(atime), toUnixTimestamp(mtime));
}

module.exports = {
  BigIntStats,
  Stats,
  access,
  accessSync,
  chmod,
  chmodSync,
  chown,
  chownSync,
  exists,
  existsSync,
  fchmod,
  fchmodSync,
  fchown,
  fchownSync,
  fstat,
  fstatSync,
  futimes,
  futimesSync,
  hasLchmod,
  // Node keeps the names on every platform and leaves them undefined where the system has no such call.
  lchmod: hasLchmod ? lchmod : undefined,
  lchmodSync: hasLchmod ? lchmodSync : undefined,
  lchown,
  lchownSync,
  lstat,
  lstatSync,
  lutimes,
  lutimesSync,
  stat,
  statSync,
  statfs,
  statfsSync,
  utimes,
  utimesSync,
  validateOwner,
};
