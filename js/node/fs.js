'use strict';

// node:fs. The calls themselves live in internal/fs/, one idea a file; this puts them under their public names and keeps out of start-up what
// few programs use (promises, streams, watchers, Dir, glob).
// Follows https://nodejs.org/api/fs.html.

const { defineLazyValue } = require('internal/lazy');
const { constants, toUnixTimestamp } = require('internal/fs/utils');
const descriptors = require('internal/fs/descriptors');
const metadata = require('internal/fs/metadata');
const tree = require('internal/fs/tree');
const wholeFile = require('internal/fs/whole_file');

function createReadStream(path, options) {
  return new (require('internal/fs/streams').ReadStream)(path, options);
}

function createWriteStream(path, options) {
  return new (require('internal/fs/streams').WriteStream)(path, options);
}

function watch(filename, options, listener) {
  return require('internal/fs/watchers').watch(filename, options, listener);
}

function watchFile(filename, options, listener) {
  return require('internal/fs/watch_file').watchFile(filename, options, listener);
}

function unwatchFile(filename, listener) {
  require('internal/fs/watch_file').unwatchFile(filename, listener);
}

function opendir(path, options, callback) {
  require('internal/fs/dir').opendir(path, options, callback);
}

function opendirSync(path, options) {
  return require('internal/fs/dir').opendirSync(path, options);
}

function glob(pattern, options, callback) {
  require('internal/fs/glob').glob(pattern, options, callback);
}

function globSync(pattern, options) {
  return require('internal/fs/glob').globSync(pattern, options);
}

function mkdtempDisposableSync(prefix, options) {
  return require('internal/fs/disposable_dir').mkdtempDisposableSync(prefix, options);
}

function openAsBlobSync(path, options) {
  return require('internal/fs/blob').openAsBlobSync(path, options);
}

function openAsBlob(path, options) {
  return require('internal/fs/blob').openAsBlob(path, options);
}

module.exports = {
  appendFile: wholeFile.appendFile,
  appendFileSync: wholeFile.appendFileSync,
  access: metadata.access,
  accessSync: metadata.accessSync,
  chown: metadata.chown,
  chownSync: metadata.chownSync,
  chmod: metadata.chmod,
  chmodSync: metadata.chmodSync,
  close: descriptors.close,
  closeSync: descriptors.closeSync,
  copyFile: tree.copyFile,
  copyFileSync: tree.copyFileSync,
  cp: tree.cp,
  cpSync: tree.cpSync,
  createReadStream,
  createWriteStream,
  exists: metadata.exists,
  existsSync: metadata.existsSync,
  fchown: metadata.fchown,
  fchownSync: metadata.fchownSync,
  fchmod: metadata.fchmod,
  fchmodSync: metadata.fchmodSync,
  fdatasync: descriptors.fdatasync,
  fdatasyncSync: descriptors.fdatasyncSync,
  fstat: metadata.fstat,
  fstatSync: metadata.fstatSync,
  fsync: descriptors.fsync,
  fsyncSync: descriptors.fsyncSync,
  ftruncate: descriptors.ftruncate,
  ftruncateSync: descriptors.ftruncateSync,
  futimes: metadata.futimes,
  futimesSync: metadata.futimesSync,
  glob,
  globSync,
  lchown: metadata.lchown,
  lchownSync: metadata.lchownSync,
  lchmod: metadata.lchmod,
  lchmodSync: metadata.lchmodSync,
  link: tree.link,
  linkSync: tree.linkSync,
  lstat: metadata.lstat,
  lstatSync: metadata.lstatSync,
  lutimes: metadata.lutimes,
  lutimesSync: metadata.lutimesSync,
  mkdir: tree.mkdir,
  mkdirSync: tree.mkdirSync,
  mkdtemp: tree.mkdtemp,
  mkdtempSync: tree.mkdtempSync,
  mkdtempDisposableSync,
  open: descriptors.open,
  opendir,
  opendirSync,
  openSync: descriptors.openSync,
  openAsBlob,
  openAsBlobSync,
  readdir: tree.readdir,
  readdirSync: tree.readdirSync,
  read: descriptors.read,
  readSync: descriptors.readSync,
  readv: descriptors.readv,
  readvSync: descriptors.readvSync,
  readFile: wholeFile.readFile,
  readFileSync: wholeFile.readFileSync,
  readlink: tree.readlink,
  readlinkSync: tree.readlinkSync,
  realpath: tree.realpath,
  realpathSync: tree.realpathSync,
  rename: tree.rename,
  renameSync: tree.renameSync,
  rm: tree.rm,
  rmSync: tree.rmSync,
  rmdir: tree.rmdir,
  rmdirSync: tree.rmdirSync,
  stat: metadata.stat,
  statfs: metadata.statfs,
  statSync: metadata.statSync,
  statfsSync: metadata.statfsSync,
  symlink: tree.symlink,
  symlinkSync: tree.symlinkSync,
  truncate: descriptors.truncate,
  truncateSync: descriptors.truncateSync,
  unwatchFile,
  unlink: tree.unlink,
  unlinkSync: tree.unlinkSync,
  utimes: metadata.utimes,
  utimesSync: metadata.utimesSync,
  watch,
  watchFile,
  writeFile: wholeFile.writeFile,
  writeFileSync: wholeFile.writeFileSync,
  write: descriptors.write,
  writeSync: descriptors.writeSync,
  writev: descriptors.writev,
  writevSync: descriptors.writevSync,
  Stats: metadata.Stats,

  _toUnixTimestamp: toUnixTimestamp,
};

// The classes of streams may be replaced by programs (graceful-fs does), hence the setters; FileReadStream and FileWriteStream are older names.
function replaceable(name, original) {
  let value;
  Object.defineProperty(module.exports, name, {
    __proto__: null,
    configurable: true,
    enumerable: true,
    get() {
      return value ??= require('internal/fs/streams')[original];
    },
    set(replacement) {
      value = replacement;
    },
  });
}
defineLazyValue(module.exports, 'Dirent', () => require('internal/fs/dirent').Dirent);
defineLazyValue(module.exports, 'Dir', () => require('internal/fs/dir').Dir);
replaceable('ReadStream', 'ReadStream');
replaceable('WriteStream', 'WriteStream');
replaceable('FileReadStream', 'ReadStream');
replaceable('FileWriteStream', 'WriteStream');

Object.defineProperty(module.exports, 'Utf8Stream', {
  __proto__: null,
  configurable: true,
  enumerable: true,
  get() { return require('internal/fs/utf8_stream').Utf8Stream; },
});

for (const name of ['F_OK', 'R_OK', 'W_OK', 'X_OK']) {
  Object.defineProperty(module.exports, name, {
    __proto__: null,
    enumerable: true,
    value: constants[name] ?? 0,
  });
}

Object.defineProperties(module.exports, {
  constants: { __proto__: null, configurable: false, enumerable: true, value: constants },
  promises: {
    __proto__: null,
    configurable: true,
    enumerable: true,
    get() {
      return require('internal/fs/promises').exports;
    },
  },
});
