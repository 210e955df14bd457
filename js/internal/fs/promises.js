'use strict';

// The promise forms of node:fs. Every one is the native op with a callback that settles a promise; validation is the same as in the other
// forms and its errors reject rather than throw, which is what `async` is for here.

const {
  constants,
  encodeName,
  getOptions,
  getValidMode,
  getValidatedPath,
  parseFileMode,
  stringToFlags,
  toUnixTimestamp,
  validateCpOptions,
  validateRmOptions,
  validateRmdirOptions,
  validateWritable,
  emitRecursiveRmdirWarning,
  wantsBytes,
  toBytes,
} = require('internal/fs/utils');
const { validateInteger, validateObject } = require('internal/validators');
const { hasLchmod, validateOwner } = require('internal/fs/metadata');
const { statFsFrom, statsFrom } = require('internal/fs/stats');
const {
  checkReaddirOptions,
  kNoOptions,
  mkdirOptions,
  mkdtempPrefix,
  readdirResult,
  rmError,
  symlinkArguments,
} = require('internal/fs/tree');
const {
  decoded,
  isUtf8,
  kAppendDefaults,
  kReadDefaults,
  kWriteDefaults,
  payload,
  writeOptions,
} = require('internal/fs/whole_file');
const { call1, call2, call3, call4, call5, settleWithError } = require('internal/fs/native_promise');

const binding = internalBinding('fs');

let fileHandleModule;
function lazyFileHandle() {
  return fileHandleModule ??= require('internal/fs/file_handle');
}

// A FileHandle where a path is allowed; undefined for strings and buffers without loading the class.
function handleOf(value) {
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return undefined;
  return value instanceof lazyFileHandle().FileHandle ? value : undefined;
}

async function access(path, mode) {
  await call2(binding.access, getValidatedPath(path), getValidMode(mode, 'access'));
}

async function copyFile(src, dest, mode) {
  src = getValidatedPath(src, 'src');
  dest = getValidatedPath(dest, 'dest');
  await call3(binding.copyFile, src, dest, getValidMode(mode, 'copyFile'));
}

async function cp(src, dest, options) {
  options = validateCpOptions(options);
  src = getValidatedPath(src, 'src');
  dest = getValidatedPath(dest, 'dest');
  await require('internal/fs/cp').copyTree(src, dest, options);
}

async function open(path, flags, mode) {
  path = getValidatedPath(path);
  flags = stringToFlags(flags);
  mode = parseFileMode(mode, 'mode', 0o666);
  const { FileHandle, kOpened } = lazyFileHandle();
  return new FileHandle(kOpened, await call3(binding.openHandle, path, flags, mode));
}

async function opendir(path, options) {
  return require('internal/fs/dir').opendirPromise(path, options);
}

async function rename(oldPath, newPath) {
  oldPath = getValidatedPath(oldPath, 'oldPath');
  newPath = getValidatedPath(newPath, 'newPath');
  await call2(binding.rename, oldPath, newPath);
}

async function truncate(path, len = 0) {
  path = getValidatedPath(path);
  validateInteger(len, 'len');
  await call2(binding.truncate, path, Math.max(0, len));
}

async function rm(path, options) {
  path = getValidatedPath(path);
  options = validateRmOptions(options);
  try {
    await call5(binding.rm, path, options.recursive, options.force, options.maxRetries, options.retryDelay);
  } catch (err) {
    throw rmError(err, path);
  }
}

async function rmdir(path, options) {
  path = getValidatedPath(path);
  options = validateRmdirOptions(options);
  if (options.recursive) {
    emitRecursiveRmdirWarning();
    const stats = await lstat(path);
    if (stats.isDirectory()) {
      await call5(binding.rm, path, true, false, options.maxRetries, options.retryDelay);
      return;
    }
  }
  await call1(binding.rmdir, path);
}

async function mkdir(path, options) {
  const { mode, recursive } = mkdirOptions(options);
  return call3(binding.mkdir, getValidatedPath(path), mode, recursive);
}

async function readdir(path, options) {
  options = checkReaddirOptions(options);
  path = getValidatedPath(path);
  const { encoding, withFileTypes, recursive } = options;
  return readdirResult(
    await call4(binding.readdir, path, wantsBytes(encoding), Boolean(withFileTypes), Boolean(recursive)), path, options);
}

async function readlink(path, options) {
  const { encoding } = getOptions(options, kNoOptions);
  return encodeName(await call2(binding.readlink, getValidatedPath(path), wantsBytes(encoding)), encoding);
}

async function symlink(target, path, type) {
  const link = symlinkArguments(target, path, type);
  await call3(binding.symlink, link.target, link.path, link.flags);
}

async function lstat(path, options = kNoOptions) {
  validateObject(options, 'options');
  return statsFrom(await call2(binding.lstat, getValidatedPath(path), Boolean(options?.bigint)));
}

async function stat(path, options = kNoOptions) {
  validateObject(options, 'options');
  path = getValidatedPath(path);
  try {
    return statsFrom(await call2(binding.stat, path, Boolean(options?.bigint)));
  } catch (error) {
    if (options?.throwIfNoEntry === false && (error?.code === 'ENOENT' || error?.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}

async function statfs(path, options) {
  return statFsFrom(await call2(binding.statfs, getValidatedPath(path), Boolean(options?.bigint)));
}

async function link(existingPath, newPath) {
  existingPath = getValidatedPath(existingPath, 'existingPath');
  newPath = getValidatedPath(newPath, 'newPath');
  await call2(binding.link, existingPath, newPath);
}

async function unlink(path) {
  await call1(binding.unlink, getValidatedPath(path));
}

async function chmod(path, mode) {
  path = getValidatedPath(path);
  await call2(binding.chmod, path, parseFileMode(mode, 'mode'));
}

async function lchmod(path, mode) {
  if (!hasLchmod) {
    const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('internal/errors');
    throw new ERR_METHOD_NOT_IMPLEMENTED('lchmod()');
  }
  path = getValidatedPath(path);
  await call2(binding.lchmod, path, parseFileMode(mode, 'mode'));
}

async function lchown(path, uid, gid) {
  path = getValidatedPath(path);
  validateOwner(uid, gid);
  await call3(binding.lchown, path, uid, gid);
}

async function chown(path, uid, gid) {
  path = getValidatedPath(path);
  validateOwner(uid, gid);
  await call3(binding.chown, path, uid, gid);
}

async function utimes(path, atime, mtime) {
  path = getValidatedPath(path);
  await call3(binding.utimes, path, toUnixTimestamp(atime), toUnixTimestamp(mtime));
}

async function lutimes(path, atime, mtime) {
  path = getValidatedPath(path);
  await call3(binding.lutimes, path, toUnixTimestamp(atime), toUnixTimestamp(mtime));
}

async function realpath(path, options) {
  const { encoding } = getOptions(options, kNoOptions);
  return encodeName(await call3(binding.realpath, getValidatedPath(path), wantsBytes(encoding), false), encoding);
}

async function mkdtemp(prefix, options) {
  const { encoding } = getOptions(options, kNoOptions);
  return encodeName(await call2(binding.mkdtemp, mkdtempPrefix(prefix), wantsBytes(encoding)), encoding);
}

async function mkdtempDisposable(prefix, options) {
  return require('internal/fs/disposable_dir').mkdtempDisposable(prefix, options);
}

function isIterable(data) {
  return data !== null && typeof data === 'object' && !ArrayBuffer.isView(data) &&
    (typeof data[Symbol.asyncIterator] === 'function' || typeof data[Symbol.iterator] === 'function');
}

async function writeWith(path, data, options) {
  const { encoding, flags, flush, mode, signal } = options;
  const iterable = isIterable(data);
  if (!iterable) validateWritable(data, 'data');
  const handle = handleOf(path);
  const target = handle !== undefined ? handle.fd : getValidatedPath(path);
  if (signal === undefined && !iterable && !flush) {
    await call4(binding.writeFile, target, flags, mode, payload(data, encoding));
    return;
  }
  const abortable = require('internal/fs/abortable');
  if (iterable) await abortable.writeIterable(target, flags, mode, data, encoding, flush, signal);
  else await abortable.writeFile(target, flags, mode, toBytes(data, encoding), flush, signal);
}

async function writeFile(path, data, options) {
  await writeWith(path, data, writeOptions(options, kWriteDefaults));
}

async function appendFile(path, data, options) {
  await writeWith(path, data, writeOptions(options, kAppendDefaults));
}

// Programs read many small files at once: one promise and one closure for each.
function readFile(path, options) {
  try {
    options = getOptions(options, kReadDefaults);
    const { encoding, signal } = options;
    const flags = stringToFlags(options.flag ?? 'r');
    const handle = handleOf(path);
    const target = handle !== undefined ? handle.fd : getValidatedPath(path);
    if (signal) return require('internal/fs/abortable').readFile(target, flags, encoding, signal);
    return new Promise((resolve, reject) => {
      binding.readFile(target, flags, isUtf8(encoding), (err, contents) => {
        if (err) {
          settleWithError(resolve, err);
          return;
        }
        try {
          resolve(decoded(contents, encoding));
        } catch (decodeError) {
          reject(decodeError);
        }
      });
    });
  } catch (err) {
    return Promise.reject(err);
  }
}

function watch(filename, options) {
  return require('internal/fs/watchers').watchIterator(filename, options);
}

function glob(pattern, options) {
  return require('internal/fs/glob').globIterator(pattern, options);
}

module.exports = {
  exports: {
    access,
    copyFile,
    cp,
    glob,
    open,
    opendir,
    rename,
    truncate,
    rm,
    rmdir,
    mkdir,
    readdir,
    readlink,
    symlink,
    lstat,
    stat,
    statfs,
    link,
    unlink,
    chmod,
    lchmod,
    lchown,
    chown,
    utimes,
    lutimes,
    realpath,
    mkdtemp,
    mkdtempDisposable,
    writeFile,
    appendFile,
    readFile,
    watch,
    constants,
  },
  readFile,
  stat,
  writeFile,
};
