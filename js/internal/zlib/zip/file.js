'use strict';

// ZipFile: an archive on disk. Only its directory is kept in memory. A new member is written where the directory was
// and the directory behind it, so that what was there before stays where it is.

const fs = require('fs');
const { Buffer, kMaxLength } = require('buffer');
const {
  codes: {
    ERR_INVALID_STATE, ERR_ZIP_ARCHIVE_TOO_LARGE, ERR_ZIP_ENTRY_NOT_FOUND, ERR_ZIP_NOT_WRITABLE,
  },
} = require('internal/errors');
const { validateBoolean, validateFunction, validateString } = require('internal/validators');
const { kLocalLength, kLocalSignature } = require('internal/zlib/zip/layout');
const { withoutZip64 } = require('internal/zlib/zip/extra');
const { decodeText } = require('internal/zlib/zip/text');
const { timeOfFields, toDos } = require('internal/zlib/zip/time');
const {
  checkOverlaps, findEnd, kTailLength, localHeaderLength, outOfBounds, readCentralHeaders,
} = require('internal/zlib/zip/directory');
const { centralHeader, endRecords } = require('internal/zlib/zip/records');
const { ZipEntry, isPending, makeEntry, stateOf, writtenHeader } = require('internal/zlib/zip/entry');
const { checkEntry } = require('internal/zlib/zip/buffer');
const { createZipArchive, createZipArchiveSync } = require('internal/zlib/zip/archive');
const { FileMember, OpenFile } = require('internal/zlib/zip/member');
const { call, runAsync, runSync } = require('internal/steps');
const { readFully, writeFully } = require('internal/zlib/zip/transfer');

// ---- opening ----------------------------------------------------------------

function* openSteps(filename, options) {
  validateString(filename, 'filename');
  const writable = options?.writable ?? false;
  validateBoolean(writable, 'options.writable');
  const fd = yield call(fs, 'open', filename, writable ? 'r+' : 'r');
  try {
    return new ZipFile(new OpenFile(fd), yield* readDirectory(fd), writable);
  } catch (error) {
    yield call(fs, 'close', fd);
    throw error;
  }
}

function* readDirectory(fd) {
  const { size } = yield call(fs, 'fstat', fd);
  // A folder says what it is when it is read, not when it is opened.
  if (size === 0) yield call(fs, 'read', fd, Buffer.alloc(1), 0, 1, 0);
  let start = Math.max(0, size - kTailLength);
  let end;
  let tail;
  for (;;) {
    tail = yield* readFully(fd, Buffer.alloc(size - start), start);
    end = findEnd(tail, start);
    if (typeof end !== 'number') break;
    start = end;
  }
  const bytes = start <= end.start ? tail.subarray(end.start - start, end.limit - start) :
    yield* readFully(fd, directoryBuffer(end.size), end.start);
  const headers = readCentralHeaders(bytes, 0, bytes.length, end.records, end.prefix);
  for (const header of headers) yield* findDataEnd(fd, header, size);
  checkOverlaps(headers, end.start);
  return { headers, start: end.start, comment: Buffer.from(end.comment) };
}

function directoryBuffer(size) {
  if (size > kMaxLength) {
    throw new ERR_ZIP_ARCHIVE_TOO_LARGE('the central directory is too large to be held in memory');
  }
  return Buffer.alloc(size);
}

// Where a member ends is told by its own header. A broken one is not told of until somebody reads the member.
function* findDataEnd(fd, header, size) {
  const local = yield* readFully(fd, Buffer.alloc(kLocalLength), header.offset);
  const length = local.readUInt32LE(0) === kLocalSignature ? localHeaderLength(local, 0) : kLocalLength;
  header.dataEnd = header.offset + length + header.compressedSize;
  if (header.dataEnd > size) throw outOfBounds(header);
}

// A header of the file's directory as it is to stand in the next one.
function renewed(header) {
  const extra = withoutZip64(header.extra);
  const exact = timeOfFields(extra);
  if (exact === undefined) return { ...header, extra };
  const [time, date] = toDos(exact);
  return { ...header, extra, time, date };
}

// ---- the class --------------------------------------------------------------

function busy() {
  return new ERR_INVALID_STATE(
    'cannot call a synchronous ZipFile method while an asynchronous add(), addEntry(), delete(), or close() call ' +
    'has not settled yet');
}

class ZipFile {
  #file;
  // The headers by name, their places in the file as `offset`.
  #headers = new Map();
  // The entry of a header, once somebody asked for it.
  #entries = new WeakMap();
  #start;
  #comment;
  #writable;
  // What changes the file, one after the other.
  #last = Promise.resolve();
  #pending = 0;

  constructor(file, directory, writable) {
    this.#file = file;
    for (const header of directory.headers) this.#headers.set(header.name, header);
    this.#start = directory.start;
    this.#comment = directory.comment;
    this.#writable = writable;
  }

  static async open(filename, options) {
    return runAsync(openSteps(filename, options));
  }

  static openSync(filename, options) {
    return runSync(openSteps(filename, options));
  }

  get writable() {
    return this.#writable;
  }

  get comment() {
    return decodeText(this.#comment, false);
  }

  has(name) {
    this.#checkOpen();
    validateString(name, 'name');
    return this.#headers.has(name);
  }

  async get(name) {
    return this.#entry(name);
  }

  getSync(name) {
    this.#checkIdle();
    return this.#entry(name);
  }

  async stream(name, options) {
    const entry = await this.get(name);
    return require('stream').Readable.from(entry.contentIterator(options), { objectMode: false });
  }

  async addEntry(entry) {
    this.#checkWritable();
    checkEntry(entry);
    return this.#change(() => this.#append(entry));
  }

  async add(filename, data, options) {
    this.#checkWritable();
    return this.#change(async () => this.#append(await ZipEntry.create(filename, data, options)));
  }

  addEntrySync(entry) {
    this.#checkIdle();
    this.#checkWritable();
    checkEntry(entry);
    return this.#appendSync(entry);
  }

  addSync(filename, data, options) {
    this.#checkIdle();
    this.#checkWritable();
    return this.#appendSync(ZipEntry.createSync(filename, data, options));
  }

  async delete(name) {
    this.#checkWritable();
    validateString(name, 'name');
    return this.#change(() => runAsync(this.#deleteSteps(name)));
  }

  deleteSync(name) {
    this.#checkIdle();
    this.#checkWritable();
    validateString(name, 'name');
    return runSync(this.#deleteSteps(name));
  }

  compact(comment) {
    this.#checkOpen();
    return createZipArchive([...this.#all()], { comment: comment ?? this.comment });
  }

  compactSync(comment) {
    this.#checkIdle();
    return Buffer.concat([...createZipArchiveSync([...this.#all()], { comment: comment ?? this.comment })]);
  }

  keys() {
    this.#checkOpen();
    return this.#headers.keys();
  }

  *values() {
    for (const name of this.keys()) yield this.get(name);
  }

  *valuesSync() {
    this.#checkIdle();
    yield* this.#all();
  }

  *entries() {
    for (const name of this.keys()) yield [name, this.get(name)];
  }

  *entriesSync() {
    this.#checkIdle();
    for (const [name, header] of this.#headers) yield [name, this.#entryOf(header)];
  }

  get size() {
    this.#checkOpen();
    return this.#headers.size;
  }

  forEach(callback, thisArg = undefined) {
    validateFunction(callback, 'callback');
    for (const [name, entry] of this.entries()) callback.call(thisArg, entry, name, this);
  }

  forEachSync(callback, thisArg = undefined) {
    validateFunction(callback, 'callback');
    for (const [name, entry] of this.entriesSync()) callback.call(thisArg, entry, name, this);
  }

  close() {
    return this.#change(async () => {
      if (!this.#file.closed) await this.#file.close();
    });
  }

  closeSync() {
    if (this.#pending > 0) throw busy();
    if (!this.#file.closed) this.#file.closeSync();
  }

  async *[Symbol.asyncIterator]() {
    for (const entry of this.values()) yield await entry;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  get [Symbol.toStringTag]() {
    return 'ZipFile';
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }

  [Symbol.dispose]() {
    this.closeSync();
  }

  #checkOpen() {
    if (this.#file.closed) throw new ERR_INVALID_STATE('the ZipFile has been closed');
  }

  #checkIdle() {
    if (this.#pending > 0) throw busy();
    this.#checkOpen();
  }

  #checkWritable() {
    this.#checkOpen();
    if (!this.#writable) throw new ERR_ZIP_NOT_WRITABLE();
  }

  #entry(name) {
    this.#checkOpen();
    validateString(name, 'name');
    const header = this.#headers.get(name);
    if (header === undefined) throw new ERR_ZIP_ENTRY_NOT_FOUND(name);
    return this.#entryOf(header);
  }

  #entryOf(header) {
    let entry = this.#entries.get(header);
    if (entry === undefined) {
      entry = makeEntry(header, null, { file: new FileMember(this.#file, header) });
      this.#entries.set(header, entry);
    }
    return entry;
  }

  *#all() {
    for (const header of this.#headers.values()) yield this.#entryOf(header);
  }

  // ---- changing -------------------------------------------------------------

  async #change(action) {
    this.#pending++;
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers();
    this.#last = promise;
    try {
      await before;
      return await action();
    } finally {
      this.#pending--;
      resolve();
    }
  }

  async #append(entry) {
    this.#checkOpen();
    let position = this.#start;
    try {
      for await (const piece of entry) position = await runAsync(this.#writeSteps(piece, position));
      await runAsync(this.#commitSteps(entry, position));
    } catch (error) {
      await runAsync(this.#directorySteps(this.#headers, this.#start));
      throw error;
    }
    return entry;
  }

  #appendSync(entry) {
    if (isPending(entry)) throw new ERR_INVALID_STATE('a streaming entry cannot be serialized synchronously');
    let position = this.#start;
    try {
      for (const piece of entry) position = runSync(this.#writeSteps(piece, position));
      runSync(this.#commitSteps(entry, position));
    } catch (error) {
      runSync(this.#directorySteps(this.#headers, this.#start));
      throw error;
    }
    return entry;
  }

  #writeSteps(bytes, position) {
    return this.#file.use((fd) => writeFully(fd, bytes, position));
  }

  // `entry` has been written up to `position`.
  *#commitSteps(entry, position) {
    const header = { ...writtenHeader(entry), offset: this.#start };
    const headers = new Map(this.#headers);
    headers.set(header.name, header);
    yield* this.#directorySteps(headers, position);
    this.#headers = headers;
    this.#start = position;
    const state = stateOf(entry);
    if (state.raw === null && state.file === undefined) {
      state.header = header;
      state.file = new FileMember(this.#file, header);
    }
  }

  *#deleteSteps(name) {
    this.#checkOpen();
    const headers = new Map(this.#headers);
    if (!headers.delete(name)) return false;
    yield* this.#directorySteps(headers, this.#start);
    this.#headers = headers;
    return true;
  }

  // Writes a directory of `headers` at `position`, and nothing behind it.
  #directorySteps(headers, position) {
    const pieces = [];
    let size = 0;
    for (const header of headers.values()) {
      const bytes = centralHeader(renewed(header), header.offset);
      size += bytes.length;
      pieces.push(bytes);
    }
    pieces.push(endRecords(pieces.length, size, position, this.#comment));
    const bytes = Buffer.concat(pieces);
    return this.#file.use(function*(fd) {
      yield call(fs, 'ftruncate', fd, yield* writeFully(fd, bytes, position));
    });
  }
}

for (const name of ['forEach', 'forEachSync']) {
  Object.defineProperty(ZipFile.prototype[name], 'length', { __proto__: null, value: 2, configurable: true });
}

module.exports = { ZipFile };
