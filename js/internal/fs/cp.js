'use strict';

// fs.cp: copying files and trees. The walk is written once (internal/steps) for the synchronous and the promise form.

const { codes } = require('internal/errors');
const {
  ERR_FS_CP_DIR_TO_NON_DIR,
  ERR_FS_CP_EEXIST,
  ERR_FS_CP_EINVAL,
  ERR_FS_CP_FIFO_PIPE,
  ERR_FS_CP_NON_DIR_TO_DIR,
  ERR_FS_CP_SOCKET,
  ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY,
  ERR_FS_CP_UNKNOWN,
  ERR_FS_EISDIR,
  ERR_INVALID_RETURN_VALUE,
} = codes;
const { dirname, isAbsolute, join, parse, resolve, sep } = require('path');
const { statsFrom } = require('internal/fs/stats');
const { runAsync, runSync } = require('internal/steps');

const binding = internalBinding('fs');

function copyError(Class, message, path, code) {
  return new Class({ message, path, syscall: 'cp', errno: require('os').constants.errno[code], code });
}

function invalid(message, path) {
  return copyError(ERR_FS_CP_EINVAL, message, path, 'EINVAL');
}

function* statOf(path, options) {
  const fields = yield (cb) => (options.dereference ? binding.stat : binding.lstat)(path, true, cb);
  return statsFrom(fields);
}

function* statOrAbsent(path, options) {
  try {
    return yield* statOf(path, options);
  } catch (err) {
    if (err.code === 'ENOENT') return undefined;
    throw err;
  }
}

function isSame(a, b) {
  return a.ino !== 0n && a.ino === b.ino && a.dev === b.dev;
}

// Whether `path` is `ancestor` or below it, going by names.
function isWithin(ancestor, path) {
  const parts = resolve(ancestor).split(sep).filter(Boolean);
  const below = resolve(path).split(sep).filter(Boolean);
  return parts.every((part, i) => below[i] === part);
}

function* accepts(src, dest, options) {
  if (options.filter === undefined) return true;
  return yield (cb) => {
    if (cb === undefined) {
      const answer = options.filter(src, dest);
      if (typeof answer?.then === 'function') throw new ERR_INVALID_RETURN_VALUE('boolean', 'filter', answer);
      return Boolean(answer);
    }
    // The filter of the asynchronous forms may be asynchronous, and may throw either way.
    new Promise((settle) => settle(options.filter(src, dest))).then((answer) => cb(null, Boolean(answer)), cb);
  };
}

function* checkKinds(src, dest, options) {
  const srcStat = yield* statOf(src, options);
  const destStat = yield* statOrAbsent(dest, options);
  if (destStat !== undefined) {
    if (isSame(srcStat, destStat)) throw invalid('src and dest cannot be the same', dest);
    if (srcStat.isDirectory() && !destStat.isDirectory()) {
      throw copyError(ERR_FS_CP_DIR_TO_NON_DIR, `cannot overwrite non-directory ${dest} with directory ${src}`, dest, 'EISDIR');
    }
    if (!srcStat.isDirectory() && destStat.isDirectory()) {
      throw copyError(ERR_FS_CP_NON_DIR_TO_DIR, `cannot overwrite directory ${dest} with non-directory ${src}`, dest, 'ENOTDIR');
    }
  }
  if (srcStat.isDirectory() && isWithin(src, dest)) {
    throw invalid(`cannot copy ${src} to a subdirectory of self ${dest}`, dest);
  }
  return { srcStat, destStat };
}

// A destination may lie in its source by way of links: none of its parents may be the source.
function* checkParents(src, srcStat, dest) {
  let parent = resolve(dirname(dest));
  const end = resolve(dirname(src));
  while (parent !== end && parent !== parse(parent).root) {
    const stat = yield* statOrAbsent(parent, { dereference: true });
    if (stat !== undefined && isSame(srcStat, stat)) {
      throw invalid(`cannot copy ${src} to a subdirectory of self ${dest}`, dest);
    }
    parent = resolve(dirname(parent));
  }
}

function* copyEntry(src, dest, options) {
  const { srcStat, destStat } = yield* checkKinds(src, dest, options);
  yield* copyKind(src, srcStat, dest, destStat, options);
}

function* copyKind(src, srcStat, dest, destStat, options) {
  if (srcStat.isDirectory()) {
    if (!options.recursive) throw copyError(ERR_FS_EISDIR, `${src} is a directory (not copied)`, src, 'EISDIR');
    yield* copyDirectory(src, srcStat, dest, destStat, options);
  } else if (srcStat.isFile() || srcStat.isCharacterDevice() || srcStat.isBlockDevice()) {
    yield* copyFile(src, srcStat, dest, destStat, options);
  } else if (srcStat.isSymbolicLink()) {
    yield* copyLink(src, dest, destStat, options);
  } else if (srcStat.isSocket()) {
    throw copyError(ERR_FS_CP_SOCKET, `cannot copy a socket file: ${dest}`, dest, 'EINVAL');
  } else if (srcStat.isFIFO()) {
    throw copyError(ERR_FS_CP_FIFO_PIPE, `cannot copy a FIFO pipe: ${dest}`, dest, 'EINVAL');
  } else {
    throw copyError(ERR_FS_CP_UNKNOWN, `cannot copy an unknown file type: ${dest}`, dest, 'EINVAL');
  }
}

function* copyDirectory(src, srcStat, dest, destStat, options) {
  if (destStat === undefined) {
    yield (cb) => binding.mkdir(dest, 0o777, false, cb);
  } else if (options.errorOnExist && !options.force) {
    throw copyError(ERR_FS_CP_EEXIST, `${dest} already exists`, dest, 'EEXIST');
  }
  const names = yield (cb) => binding.readdir(src, false, false, false, cb);
  for (const name of names) {
    const from = join(src, name);
    const to = join(dest, name);
    if (yield* accepts(from, to, options)) yield* copyEntry(from, to, options);
  }
  if (destStat === undefined) yield (cb) => binding.chmod(dest, permissions(srcStat), cb);
}

function permissions(stat) {
  return Number(stat.mode) & 0o7777;
}

function* copyFile(src, srcStat, dest, destStat, options) {
  if (destStat !== undefined) {
    if (!options.force) {
      if (options.errorOnExist) throw copyError(ERR_FS_CP_EEXIST, `${dest} already exists`, dest, 'EEXIST');
      return;
    }
    yield (cb) => binding.unlink(dest, cb);
  }
  yield (cb) => binding.copyFile(src, dest, options.mode, cb);
  if (!options.preserveTimestamps) return;
  const mode = permissions(srcStat);
  // Times cannot be set on every system while a file may not be written.
  const locked = (mode & 0o200) === 0;
  if (locked) yield (cb) => binding.chmod(dest, mode | 0o200, cb);
  // Copying has read the source, which moved its time of access.
  const { atimeNs, mtimeNs } = statsFrom(yield (cb) => binding.stat(src, true, cb));
  yield (cb) => binding.utimes(dest, Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9, cb);
  if (locked) yield (cb) => binding.chmod(dest, mode, cb);
}

function* linkTarget(path) {
  return yield (cb) => binding.readlink(path, false, cb);
}

function* copyLink(src, dest, destStat, options) {
  let target = yield* linkTarget(src);
  if (!options.verbatimSymlinks && !isAbsolute(target)) target = resolve(dirname(src), target);
  if (destStat === undefined) {
    yield (cb) => binding.symlink(target, dest, 0, cb);
    return;
  }
  let destTarget;
  try {
    destTarget = yield* linkTarget(dest);
  } catch (err) {
    if (err.code !== 'EINVAL' && err.code !== 'UNKNOWN') throw err;
    // The destination is no link; making one there fails with the system's own word for that.
    yield (cb) => binding.symlink(target, dest, 0, cb);
    return;
  }
  if (!isAbsolute(destTarget)) destTarget = resolve(dirname(dest), destTarget);
  const isDirectory = (yield* statOrAbsent(src, { dereference: true }))?.isDirectory() === true;
  if (isDirectory && isWithin(target, destTarget)) {
    throw invalid(`cannot copy ${target} to a subdirectory of self ${destTarget}`, dest);
  }
  if (isDirectory && isWithin(destTarget, target)) {
    throw copyError(ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY, `cannot overwrite ${destTarget} with ${target}`, dest, 'EINVAL');
  }
  yield (cb) => binding.unlink(dest, cb);
  yield (cb) => binding.symlink(target, dest, 0, cb);
}

function* copy(src, dest, options) {
  src = String(src);
  dest = String(dest);
  if (!(yield* accepts(src, dest, options))) return;
  const { srcStat, destStat } = yield* checkKinds(src, dest, options);
  yield* checkParents(src, srcStat, dest);
  const parent = dirname(dest);
  if ((yield* statOrAbsent(parent, { dereference: true })) === undefined) {
    yield (cb) => binding.mkdir(parent, 0o777, true, cb);
  }
  yield* copyKind(src, srcStat, dest, destStat, options);
}

function copyTree(src, dest, options) {
  return runAsync(copy(src, dest, options));
}

function copyTreeSync(src, dest, options) {
  runSync(copy(src, dest, options));
}

module.exports = { copyTree, copyTreeSync };
