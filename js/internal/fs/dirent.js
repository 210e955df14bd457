'use strict';

// Dirent: one entry of a directory with the type that the directory itself recorded. File systems that record none give `unknown`, which is
// resolved here with an lstat, since Dirent's methods must not say no to everything.

const { constants, encodeName, lazyBuffer } = require('internal/fs/utils');
const {
  UV_DIRENT_BLOCK,
  UV_DIRENT_CHAR,
  UV_DIRENT_DIR,
  UV_DIRENT_FIFO,
  UV_DIRENT_FILE,
  UV_DIRENT_LINK,
  UV_DIRENT_SOCKET,
  UV_DIRENT_UNKNOWN,
} = constants;

const kType = Symbol('type');

class Dirent {
  constructor(name, type, parentPath) {
    this.name = name;
    this.parentPath = parentPath;
    this[kType] = type;
  }

  // The older name of the same thing; programs written for Node 20 read it.
  get path() {
    return this.parentPath;
  }

  isDirectory() {
    return this[kType] === UV_DIRENT_DIR;
  }

  isFile() {
    return this[kType] === UV_DIRENT_FILE;
  }

  isBlockDevice() {
    return this[kType] === UV_DIRENT_BLOCK;
  }

  isCharacterDevice() {
    return this[kType] === UV_DIRENT_CHAR;
  }

  isSymbolicLink() {
    return this[kType] === UV_DIRENT_LINK;
  }

  isFIFO() {
    return this[kType] === UV_DIRENT_FIFO;
  }

  isSocket() {
    return this[kType] === UV_DIRENT_SOCKET;
  }
}

function typeOfStats(stats) {
  if (stats.isFile()) return UV_DIRENT_FILE;
  if (stats.isDirectory()) return UV_DIRENT_DIR;
  if (stats.isSymbolicLink()) return UV_DIRENT_LINK;
  if (stats.isFIFO()) return UV_DIRENT_FIFO;
  if (stats.isSocket()) return UV_DIRENT_SOCKET;
  if (stats.isCharacterDevice()) return UV_DIRENT_CHAR;
  if (stats.isBlockDevice()) return UV_DIRENT_BLOCK;
  return UV_DIRENT_UNKNOWN;
}

function joinPath(parent, name) {
  if (typeof parent === 'string' && typeof name === 'string') return require('path').join(parent, name);
  const Buffer = lazyBuffer();
  return Buffer.concat([Buffer.from(parent), Buffer.from(require('path').sep), Buffer.from(name)]);
}

// `name` as the native side gave it; `encoding` as the caller asked.
function makeDirent(name, type, parentPath, encoding) {
  name = encodeName(name, encoding);
  if (type === UV_DIRENT_UNKNOWN) {
    const stats = require('internal/fs/metadata').lstatSync(joinPath(parentPath, name), { throwIfNoEntry: false });
    if (stats !== undefined) type = typeOfStats(stats);
  }
  return new Dirent(name, type, parentPath);
}

// Parents arrive relative to the directory that was listed, which itself is the empty one.
function parentOf(path, relative) {
  return relative.length === 0 ? path : joinPath(path, relative);
}

// `found` = [names, types, parents?] of one native readdir; parents only of a recursive one.
function makeDirents(found, path, encoding) {
  const { 0: names, 1: types } = found;
  const parents = found.length > 2 ? found[2] : undefined;
  // In the place of the names: elements that are there are replaced, whatever Array.prototype has.
  for (let i = 0; i < names.length; i++) {
    names[i] = makeDirent(names[i], types[i], parents === undefined ? path : parentOf(path, parents[i]), encoding);
  }
  return names;
}

module.exports = { Dirent, kType, makeDirent, makeDirents };
