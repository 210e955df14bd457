'use strict';

// Calls that change or list the tree of names: directories, links, renames, copies and removals. Synchronous and callback forms.

const { codes } = require('internal/errors');
const { ERR_INVALID_ARG_TYPE } = codes;
const { validateBoolean, validateOneOf } = require('internal/validators');
const {
  emitRecursiveRmdirWarning,
  encodeName,
  encodeNames,
  getOptions,
  getValidMode,
  getValidatedPath,
  isWindows,
  parseFileMode,
  rmDirectoryError,
  validateCallback,
  validateCpOptions,
  validateRmOptions,
  validateRmdirOptions,
  wantsBytes,
  constants,
} = require('internal/fs/utils');

const binding = internalBinding('fs');
const kNoOptions = Object.freeze({ __proto__: null });

// -> { mode, recursive } of mkdir's third argument, which may be a bare mode.
function mkdirOptions(options) {
  let mode = 0o777;
  let recursive = false;
  if (typeof options === 'number' || typeof options === 'string') {
    mode = parseFileMode(options, 'mode');
  } else if (options) {
    if (options.recursive !== undefined) {
      recursive = options.recursive;
      validateBoolean(recursive, 'options.recursive');
    }
    if (options.mode !== undefined) mode = parseFileMode(options.mode, 'mode');
  }
  return { mode, recursive };
}

function mkdir(path, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  const { mode, recursive } = mkdirOptions(options);
  validateCallback(callback);
  binding.mkdir(getValidatedPath(path), mode, recursive, recursive ?
    (err, first) => (first === undefined ? callback(err) : callback(null, first)) :
    callback);
}

function mkdirSync(path, options) {
  const { mode, recursive } = mkdirOptions(options);
  return binding.mkdir(getValidatedPath(path), mode, recursive);
}

// -> what a native readdir found in the caller's terms.
function readdirResult(found, path, options) {
  if (options.withFileTypes) {
    return require('internal/fs/dirent').makeDirents(found, path, options.encoding);
  }
  return wantsBytes(options.encoding) ? encodeNames(found, options.encoding) : found;
}

function checkReaddirOptions(options) {
  options = getOptions(options, kNoOptions);
  if (options.recursive !== undefined && options.recursive !== null) {
    validateBoolean(options.recursive, 'options.recursive');
  }
  return options;
}

function readdir(path, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  validateCallback(callback);
  options = checkReaddirOptions(options);
  path = getValidatedPath(path);
  const { encoding, withFileTypes, recursive } = options;
  binding.readdir(path, wantsBytes(encoding), Boolean(withFileTypes), Boolean(recursive), (err, found) => {
    if (err) callback(err);
    else callback(null, readdirResult(found, path, options));
  });
}

function readdirSync(path, options) {
  options = checkReaddirOptions(options);
  path = getValidatedPath(path);
  const { encoding, withFileTypes, recursive } = options;
  return readdirResult(binding.readdir(path, wantsBytes(encoding), Boolean(withFileTypes), Boolean(recursive)), path, options);
}

// The recursive rmdir of old is rm, but still complains about what is not there or no directory.
function rmdir(path, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  validateCallback(callback);
  path = getValidatedPath(path);
  if (options?.recursive) {
    emitRecursiveRmdirWarning();
    options = validateRmdirOptions(options);
    binding.lstat(path, false, (err, fields) => {
      if (err) return callback(err);
      if ((fields[1] & constants.S_IFMT) !== constants.S_IFDIR) return binding.rmdir(path, callback);
      binding.rm(path, true, false, options.maxRetries, options.retryDelay, callback);
    });
    return;
  }
  validateRmdirOptions(options);
  binding.rmdir(path, callback);
}

function rmdirSync(path, options) {
  path = getValidatedPath(path);
  if (options?.recursive) {
    emitRecursiveRmdirWarning();
    options = validateRmdirOptions(options);
    const { lstatSync } = require('internal/fs/metadata');
    if (lstatSync(path).isDirectory()) {
      binding.rm(path, true, false, options.maxRetries, options.retryDelay);
      return;
    }
  } else {
    validateRmdirOptions(options);
  }
  binding.rmdir(path);
}

function rmError(err, path) {
  return err.code === 'EISDIR' && err.syscall === 'rm' ? rmDirectoryError(path) : err;
}

function rm(path, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  path = getValidatedPath(path);
  options = validateRmOptions(options);
  validateCallback(callback);
  binding.rm(path, options.recursive, options.force, options.maxRetries, options.retryDelay, (err) => {
    if (err) callback(rmError(err, path));
    else callback(null);
  });
}

function rmSync(path, options) {
  path = getValidatedPath(path);
  options = validateRmOptions(options);
  try {
    binding.rm(path, options.recursive, options.force, options.maxRetries, options.retryDelay);
  } catch (err) {
    throw rmError(err, path);
  }
}

function mkdtempPrefix(prefix) {
  if (typeof prefix !== 'string' && !(prefix instanceof Uint8Array) && !(prefix instanceof URL)) {
    throw new ERR_INVALID_ARG_TYPE('prefix', ['string', 'Buffer', 'URL'], prefix);
  }
  return getValidatedPath(prefix, 'prefix');
}

function mkdtemp(prefix, options, callback) {
  callback = validateCallback(typeof options === 'function' ? options : callback);
  const { encoding } = getOptions(options, kNoOptions);
  prefix = mkdtempPrefix(prefix);
  binding.mkdtemp(prefix, wantsBytes(encoding), nameCallback(callback, encoding));
}

function mkdtempSync(prefix, options) {
  const { encoding } = getOptions(options, kNoOptions);
  prefix = mkdtempPrefix(prefix);
  return encodeName(binding.mkdtemp(prefix, wantsBytes(encoding)), encoding);
}

function nameCallback(callback, encoding) {
  if (!wantsBytes(encoding)) return callback;
  return (err, name) => (err ? callback(err) : callback(null, encodeName(name, encoding)));
}

function rename(oldPath, newPath, callback) {
  validateCallback(callback);
  oldPath = getValidatedPath(oldPath, 'oldPath');
  newPath = getValidatedPath(newPath, 'newPath');
  binding.rename(oldPath, newPath, callback);
}

function renameSync(oldPath, newPath) {
  oldPath = getValidatedPath(oldPath, 'oldPath');
  newPath = getValidatedPath(newPath, 'newPath');
  binding.rename(oldPath, newPath);
}

function copyFile(src, dest, mode, callback) {
  if (typeof mode === 'function') {
    callback = mode;
    mode = 0;
  }
  src = getValidatedPath(src, 'src');
  dest = getValidatedPath(dest, 'dest');
  mode = getValidMode(mode, 'copyFile');
  validateCallback(callback);
  binding.copyFile(src, dest, mode, callback);
}

function copyFileSync(src, dest, mode) {
  src = getValidatedPath(src, 'src');
  dest = getValidatedPath(dest, 'dest');
  binding.copyFile(src, dest, getValidMode(mode, 'copyFile'));
}

function cp(src, dest, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  validateCallback(callback);
  options = validateCpOptions(options);
  src = getValidatedPath(src, 'src');
  dest = getValidatedPath(dest, 'dest');
  require('internal/fs/cp').copyTree(src, dest, options).then(() => process.nextTick(callback, null, undefined), (err) => {
    process.nextTick(callback, err);
  });
}

function cpSync(src, dest, options) {
  options = validateCpOptions(options);
  src = getValidatedPath(src, 'src');
  dest = getValidatedPath(dest, 'dest');
  require('internal/fs/cp').copyTreeSync(src, dest, options);
}

function link(existingPath, newPath, callback) {
  validateCallback(callback);
  existingPath = getValidatedPath(existingPath, 'existingPath');
  newPath = getValidatedPath(newPath, 'newPath');
  binding.link(existingPath, newPath, callback);
}

function linkSync(existingPath, newPath) {
  existingPath = getValidatedPath(existingPath, 'existingPath');
  newPath = getValidatedPath(newPath, 'newPath');
  binding.link(existingPath, newPath);
}

const kSymlinkTypes = ['dir', 'file', 'junction', null, undefined];

// Windows must know whether a link leads to a directory and wants junctions absolute; elsewhere the type means nothing.
function symlinkFlags(type) {
  if (type === 'dir') return constants.UV_FS_SYMLINK_DIR;
  if (type === 'junction') return constants.UV_FS_SYMLINK_JUNCTION;
  return 0;
}

function symlinkArguments(target, path, type) {
  validateOneOf(type, 'type', kSymlinkTypes);
  target = getValidatedPath(target, 'target');
  path = getValidatedPath(path);
  if (isWindows && typeof target === 'string') {
    const pathModule = require('path');
    if ((type === null || type === undefined) && typeof path === 'string') {
      // Left out, the type is found by looking, as a link's target is relative to the link.
      const { statSync } = require('internal/fs/metadata');
      const stats = statSync(pathModule.resolve(path, '..', target), { throwIfNoEntry: false });
      if (stats?.isDirectory()) type = 'dir';
    }
    if (type === 'junction') target = pathModule.resolve(String(path), '..', target);
    else target = target.replaceAll('/', '\\');
  }
  return { target, path, flags: symlinkFlags(type) };
}

function symlink(target, path, type, callback) {
  if (callback === undefined) {
    callback = type;
    type = undefined;
  }
  validateCallback(callback);
  const link = symlinkArguments(target, path, type);
  binding.symlink(link.target, link.path, link.flags, callback);
}

function symlinkSync(target, path, type) {
  const link = symlinkArguments(target, path, type);
  binding.symlink(link.target, link.path, link.flags);
}

function readlink(path, options, callback) {
  callback = validateCallback(typeof options === 'function' ? options : callback);
  const { encoding } = getOptions(options, kNoOptions);
  path = getValidatedPath(path);
  binding.readlink(path, wantsBytes(encoding), nameCallback(callback, encoding));
}

function readlinkSync(path, options) {
  const { encoding } = getOptions(options, kNoOptions);
  path = getValidatedPath(path);
  return encodeName(binding.readlink(path, wantsBytes(encoding)), encoding);
}

// The native op resolves both forms alike; they differ in how they report what is missing: by the component or by the whole path.
function realpathOf(path, options, byComponent, callback) {
  const { encoding } = getOptions(options, kNoOptions);
  // realpath() has always taken whatever prints as a path.
  if (byComponent && typeof path !== 'string' && !(path instanceof Uint8Array) && !(path instanceof URL)) path = `${path}`;
  path = getValidatedPath(path);
  if (callback === undefined) return encodeName(binding.realpath(path, wantsBytes(encoding), byComponent), encoding);
  binding.realpath(path, wantsBytes(encoding), byComponent, nameCallback(callback, encoding));
}

function realpath(path, options, callback) {
  realpathOf(path, options, true, validateCallback(typeof options === 'function' ? options : callback));
}

realpath.native = function native(path, options, callback) {
  realpathOf(path, options, false, validateCallback(typeof options === 'function' ? options : callback));
};

function realpathSync(path, options) {
  return realpathOf(path, options, true);
}

realpathSync.native = function native(path, options) {
  return realpathOf(path, options, false);
};

function unlink(path, callback) {
  validateCallback(callback);
  binding.unlink(getValidatedPath(path), callback);
}

function unlinkSync(path) {
  binding.unlink(getValidatedPath(path));
}

module.exports = {
  checkReaddirOptions,
  copyFile,
  copyFileSync,
  cp,
  cpSync,
  kNoOptions,
  link,
  linkSync,
  mkdir,
  mkdirOptions,
  mkdirSync,
  mkdtemp,
  mkdtempPrefix,
  mkdtempSync,
  readdir,
  readdirResult,
  readdirSync,
  readlink,
  readlinkSync,
  realpath,
  realpathSync,
  rename,
  renameSync,
  rm,
  rmError,
  rmSync,
  rmdir,
  rmdirSync,
  symlink,
  symlinkArguments,
  symlinkSync,
  unlink,
  unlinkSync,
};
