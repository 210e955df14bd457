'use strict';

// Archives out of entries: createZipArchive(), createZipArchiveSync(), zipFiles(). The entries belong to the archive
// from then on: those that it does not come to are let go.

const { Buffer } = require('buffer');
const { Readable } = require('stream');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_ZIP_ARCHIVE_TOO_LARGE, ERR_ZIP_UNSUPPORTED_FEATURE },
} = require('internal/errors');
const { validateBoolean, validateInteger, validateObject, validateString } = require('internal/validators');
const { kMax16 } = require('internal/zlib/zip/layout');
const { centralHeader, endRecords } = require('internal/zlib/zip/records');
const { ZipEntry, dispose, isEntry, writtenHeader } = require('internal/zlib/zip/entry');

// ---- options ----------------------------------------------------------------

// The comment is bytes: that of an archive that was read need not be UTF-8.
function archiveOptions(options, comment = Buffer.alloc(0)) {
  if (typeof options === 'string') options = { comment: options };
  else validateObject(options, 'options');
  if (options.comment !== undefined) {
    validateString(options.comment, 'options.comment');
    comment = Buffer.from(options.comment);
    if (comment.length > kMax16) {
      throw new ERR_ZIP_ARCHIVE_TOO_LARGE(`the archive comment must not exceed ${kMax16} bytes when encoded as UTF-8`);
    }
  }
  const { baseOffset = 0 } = options;
  validateInteger(baseOffset, 'options.baseOffset', 0);
  return { comment, baseOffset };
}

// ---- pieces -----------------------------------------------------------------

// The directory of an archive as it is written.
class Directory {
  #headers = [];

  constructor({ comment, baseOffset }) {
    this.comment = comment;
    this.offset = baseOffset;
  }

  add(entry, start) {
    this.#headers.push([writtenHeader(entry), start]);
  }

  *pieces() {
    let size = 0;
    for (const [header, start] of this.#headers) {
      const bytes = centralHeader(header, start);
      size += bytes.length;
      yield bytes;
    }
    yield endRecords(this.#headers.length, size, this.offset, this.comment);
  }
}

function checked(entry) {
  if (!isEntry(entry)) throw new ERR_INVALID_ARG_TYPE('entry', 'ZipEntry', entry);
  return entry;
}

async function* archivePieces(entries, options) {
  const directory = new Directory(options);
  for await (const entry of entries) {
    const start = directory.offset;
    for await (const piece of checked(entry)) {
      directory.offset += piece.length;
      yield piece;
    }
    directory.add(entry, start);
  }
  yield* directory.pieces();
}

function* archivePiecesSync(entries, options) {
  const directory = new Directory(options);
  for (const entry of entries) {
    const start = directory.offset;
    for (const piece of checked(entry)) {
      directory.offset += piece.length;
      yield piece;
    }
    directory.add(entry, start);
  }
  yield* directory.pieces();
}

// ---- entries that are owned -------------------------------------------------

// The entries on their way into an archive. Members of a collection that the archive does not come to are let go; a
// generator is told to stop, and has none that it did not yield.
class Queue {
  #entries;
  #iterator;
  #current;

  constructor(entries) {
    this.#entries = entries;
  }

  #iterate() {
    const entries = this.#entries;
    const make = entries[Symbol.iterator];
    if (typeof make !== 'function') throw new ERR_INVALID_ARG_TYPE('entries', 'Iterable', entries);
    return make.call(entries);
  }

  [Symbol.iterator]() {
    this.#iterator = this.#iterate();
    return this;
  }

  [Symbol.asyncIterator]() {
    const asynchronous = this.#entries[Symbol.asyncIterator];
    this.#iterator = asynchronous === undefined || asynchronous === null ?
      this.#iterate() : asynchronous.call(this.#entries);
    // Only a consumer that awaits asks for this kind, and it may be given either.
    return {
      next: async () => {
        const { done, value } = await this.#iterator.next();
        return this.#take({ done, value: await value });
      },
      return: async () => ({ done: true, value: undefined }),
    };
  }

  next() {
    return this.#take(this.#iterator.next());
  }

  #take(step) {
    this.#current = step.done ? undefined : step.value;
    return step;
  }

  return() {
    return { done: true, value: undefined };
  }

  // When it was not all written.
  abandon() {
    if (isEntry(this.#current)) dispose(this.#current);
    const entries = this.#entries;
    if (this.#iterator === undefined) {
      if (!isCollection(entries)) return;
      this.#iterator = entries[Symbol.iterator]();
    }
    if (!isCollection(entries)) {
      try {
        this.#iterator.return?.()?.then?.(undefined, () => {});
      } catch {
        // Whoever made it has other ways to know.
      }
      return;
    }
    for (let step = this.#iterator.next(); !step.done; step = this.#iterator.next()) {
      if (isEntry(step.value)) dispose(step.value);
    }
  }
}

// What holds all of its members already, so that going through them comes to an end.
function isCollection(entries) {
  return Array.isArray(entries) || entries instanceof Set;
}

function createZipArchive(entries, options = {}) {
  const queue = new Queue(entries);
  return archiveStream(queue, async function*() {
    yield* archivePieces(queue, archiveOptions(options));
  });
}

function archiveStream(queue, make) {
  let isComplete = false;
  const stream = Readable.from((async function*() {
    yield* make();
    isComplete = true;
  })(), { objectMode: false });
  const { _destroy } = stream;
  stream._destroy = function(error, callback) {
    _destroy.call(this, error, (problem) => {
      if (!isComplete) queue.abandon();
      callback(problem);
    });
  };
  return stream;
}

function* createZipArchiveSync(entries, options = {}) {
  const queue = new Queue(entries);
  let isComplete = false;
  try {
    yield* archivePiecesSync(queue, archiveOptions(options));
    isComplete = true;
  } finally {
    if (!isComplete) queue.abandon();
  }
}

// ---- files ------------------------------------------------------------------

function zipFiles(files, options = {}) {
  let followSymlinks = true;
  if (typeof options === 'object' && options?.followSymlinks !== undefined) {
    validateBoolean(options.followSymlinks, 'options.followSymlinks');
    ({ followSymlinks } = options);
  }
  const queue = new Queue(entriesOf(files, followSymlinks));
  return archiveStream(queue, async function*() {
    yield* archivePieces(queue, archiveOptions(options));
  });
}

async function* entriesOf(files, followSymlinks) {
  for await (const pair of files) {
    const sourcePath = pair[0];
    const name = pair[1];
    validateString(sourcePath, 'sourcePath');
    validateString(name, 'name');
    yield await entryOf(sourcePath, name, followSymlinks);
  }
}

async function entryOf(path, name, followSymlinks) {
  const fs = require('fs');
  const { promises } = fs;
  const stats = followSymlinks ? await promises.stat(path) : await promises.lstat(path);
  if (stats.isDirectory()) {
    return ZipEntry.create(name.endsWith('/') ? name : `${name}/`, Buffer.alloc(0), metadata(stats));
  }
  if (stats.isSymbolicLink()) {
    return ZipEntry.createSymlink(name, await promises.readlink(path), { modified: stats.mtime });
  }
  if (!stats.isFile()) throw notRegular(path);
  // What was looked at may have become something else: the descriptor is asked again, and is what is read. Opening
  // something that has no other end must not wait for one.
  const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = fs.constants;
  const handle = await promises.open(path, O_RDONLY | O_NONBLOCK | (followSymlinks ? 0 : O_NOFOLLOW));
  try {
    const opened = await handle.stat();
    if (!opened.isFile()) throw notRegular(path);
    return ZipEntry.createStream(name, handle.createReadStream(), metadata(opened));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function notRegular(path) {
  return new ERR_ZIP_UNSUPPORTED_FEATURE(`cannot archive "${path}": not a regular file`);
}

function metadata(stats) {
  return { mode: stats.mode & 0o7777, modified: stats.mtime };
}

for (const method of [createZipArchive, createZipArchiveSync, zipFiles]) {
  Object.defineProperty(method, 'length', { __proto__: null, value: 2, configurable: true });
}

module.exports = { archiveOptions, archivePieces, archivePiecesSync, createZipArchive, createZipArchiveSync, zipFiles };
