'use strict';

// ZipEntry: a member of an archive. Its content is in memory, in the file of a ZipFile, or still to come from a source
// that is read as the member is written.

const { Buffer, kMaxLength } = require('buffer');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_STATE, ERR_ZIP_ENTRY_TOO_LARGE },
} = require('internal/errors');
const { validateString, validateUint32 } = require('internal/validators');
const { isDate } = require('internal/util/types');
const {
  bytesOf, kDeflate, kDirectory, kFileType, kHasDescriptor, kMax16, kRegular, kStore, kSymlink, kUnix, kUtf8, kZstd,
} = require('internal/zlib/zip/layout');
const { withoutZip64 } = require('internal/zlib/zip/extra');
const { decodeText, quoted } = require('internal/zlib/zip/text');
const { fromDos, timeOfFields, timestampField, toDos } = require('internal/zlib/zip/time');
const { descriptor, localHeader } = require('internal/zlib/zip/records');
const {
  checkReadable, checkSize, compressPieces, compressSteps, decodePieces, decodeSteps, isCompressed,
} = require('internal/zlib/zip/codec');
const { getMaxZipContentSize } = require('internal/zlib/zip/limits');
const { runAsync, runSync } = require('internal/steps');
const binding = internalBinding('zlib');

const kMethodNumbers = { __proto__: null, deflate: kDeflate, store: kStore, zstd: kZstd };

// As DOS marks folders, in the lower half of the external attributes.
const kDosDirectory = 0x10;

// A source that nobody has read, one that has been, and one that was let go.
const kPending = 0;
const kSpent = 1;
const kDisposed = 2;

// ---- headers of new members -------------------------------------------------

function utf8(text, what) {
  const bytes = Buffer.from(text);
  if (bytes.length > kMax16) {
    throw new ERR_ZIP_ENTRY_TOO_LARGE(`the entry ${what} must not exceed ${kMax16} bytes when encoded as UTF-8`);
  }
  return bytes;
}

function newHeader(filename, options, kind) {
  validateString(filename, 'filename');
  if (filename === '') throw new ERR_INVALID_ARG_VALUE('filename', filename, 'must not be empty');
  const nameBytes = utf8(filename, 'name');
  const isDirectory = filename.endsWith('/');
  const comment = options?.comment;
  if (comment !== undefined) validateString(comment, 'options.comment');
  const commentBytes = utf8(comment ?? '', 'comment');
  const mode = options?.mode ?? defaultMode(kind, isDirectory);
  validateUint32(mode, 'options.mode');
  const modified = options?.modified ?? undefined;
  if (modified !== undefined && !isDate(modified)) {
    throw new ERR_INVALID_ARG_TYPE('options.modified', 'Date', modified);
  }
  const method = options?.method;
  if (kind !== kSymlink && method !== undefined &&
      (typeof method !== 'string' || kMethodNumbers[method] === undefined)) {
    throw new ERR_INVALID_ARG_VALUE('options.method', method, "must be 'deflate', 'store', or 'zstd'");
  }
  const type = kind === kSymlink ? kSymlink : isDirectory ? kDirectory : kRegular;
  return {
    name: filename,
    nameBytes,
    commentBytes,
    host: kUnix,
    flags: kUtf8,
    method: kMethodNumbers[method ?? 'deflate'],
    // Of the time that nobody chose, as much as DOS can tell.
    modified: modified === undefined ? Math.floor(Date.now() / 2000) * 2000 : modified.getTime(),
    crc: 0,
    compressedSize: 0,
    size: 0,
    internalAttributes: 0,
    externalAttributes: (((type | (mode & 0o7777)) << 16) | (isDirectory ? kDosDirectory : 0)) >>> 0,
  };
}

function defaultMode(kind, isDirectory) {
  if (kind === kSymlink) return 0o777;
  return isDirectory ? 0o755 : 0o644;
}

// What of a header is only known, or only wrong, when it is written.
function settleTime(header) {
  if (header.modified === undefined || header.time !== undefined) return;
  [header.time, header.date] = toDos(header.modified);
  header.extra = header.localExtra = timestampField(header.modified);
}

// ---- the class --------------------------------------------------------------

let stateOf;
let isEntry;
let makeEntry;

// header: what the member is. raw: its stored bytes, where those are in memory. file: where else they are, a FileMember.
// source, phase: for members that are still to be read from a source.
class ZipEntry {
  #state;

  static {
    stateOf = (entry) => entry.#state;
    isEntry = (value) => typeof value === 'object' && value !== null && #state in value;
    makeEntry = (header, raw, rest) => {
      const entry = new ZipEntry();
      entry.#state = { header, raw, file: undefined, localExtra: undefined, source: undefined, phase: kSpent, ...rest };
      return entry;
    };
  }

  static *read(buffer) {
    const { readArchive } = require('internal/zlib/zip/buffer');
    yield* readArchive(bytesOf(buffer, 'buffer')).entries;
  }

  static async create(filename, data, options) {
    return runAsync(createSteps(filename, data, options));
  }

  static createSync(filename, data, options) {
    return runSync(createSteps(filename, data, options));
  }

  static createStream(filename, source, options) {
    const header = newHeader(filename, options);
    if (filename.endsWith('/')) {
      throw new ERR_INVALID_ARG_VALUE('filename', filename, 'a directory entry cannot be streamed');
    }
    header.flags |= kHasDescriptor;
    return makeEntry(header, null, { source, phase: kPending });
  }

  static createSymlink(filename, target, options) {
    validateString(target, 'target');
    const header = newHeader(filename, options, kSymlink);
    header.method = kStore;
    const raw = Buffer.from(target);
    header.size = header.compressedSize = raw.length;
    header.crc = binding.crc32(raw, 0);
    return makeEntry(header, raw);
  }

  get compressed() {
    return isCompressed(this.#state.header.method);
  }

  get rawContent() {
    return this.#state.raw;
  }

  get method() {
    return this.#state.header.method;
  }

  get flags() {
    return this.#state.header.flags;
  }

  get crc32() {
    return finished(this.#state).crc;
  }

  get name() {
    return this.#state.header.name;
  }

  get nameBuffer() {
    return Buffer.from(this.#state.header.nameBytes);
  }

  get comment() {
    const { commentBytes, flags } = this.#state.header;
    return decodeText(commentBytes, (flags & kUtf8) !== 0);
  }

  get size() {
    return finished(this.#state).size;
  }

  get compressedSize() {
    return finished(this.#state).compressedSize;
  }

  get modified() {
    return modifiedOf(this.#state);
  }

  get mode() {
    const { host, externalAttributes } = this.#state.header;
    return host === kUnix ? (externalAttributes >>> 16) & 0o7777 : 0;
  }

  get isSymlink() {
    const { host, externalAttributes } = this.#state.header;
    return host === kUnix && ((externalAttributes >>> 16) & kFileType) === kSymlink;
  }

  get isFile() {
    return !this.isDirectory && !this.isSymlink;
  }

  get isDirectory() {
    return this.name.endsWith('/');
  }

  async content(options) {
    return runAsync(contentSteps(this.#state, options));
  }

  contentSync(options) {
    return runSync(contentSteps(this.#state, options));
  }

  contentIterator(options) {
    const state = this.#state;
    if (state.raw === null && state.file === undefined) throw notReadable();
    return contentPieces(state, options);
  }

  // The member as it stands in an archive: its local header, what is stored, and what follows.
  *[Symbol.iterator]() {
    const state = this.#state;
    if (state.phase !== kSpent) throw new ERR_INVALID_STATE('a streaming entry cannot be serialized synchronously');
    yield startOf(state);
    if (state.file === undefined) {
      if (state.raw.length > 0) yield state.raw;
      return;
    }
    const pieces = state.file.pieces();
    for (let piece = runSync(pieces.next()); piece !== undefined; piece = runSync(pieces.next())) yield piece;
  }

  async *[Symbol.asyncIterator]() {
    const state = this.#state;
    if (state.phase === kDisposed) throw unfinished();
    if (state.phase === kPending) {
      yield* streamed(state);
      return;
    }
    yield startOf(state);
    if (state.file === undefined) {
      if (state.raw.length > 0) yield state.raw;
    } else {
      yield* filePieces(state.file);
    }
  }

  [Symbol.dispose]() {
    dispose(this);
  }

  async [Symbol.asyncDispose]() {
    dispose(this);
  }
}

// ---- making -----------------------------------------------------------------

function* createSteps(filename, data, options) {
  const header = newHeader(filename, options);
  const bytes = bytesOf(data, 'data');
  if (filename.endsWith('/') && bytes.length > 0) {
    throw new ERR_INVALID_ARG_VALUE('data', data, 'must be empty for a directory entry');
  }
  header.size = bytes.length;
  header.crc = binding.crc32(bytes, 0);
  const [method, raw] = yield* compressSteps(bytes, header.method);
  header.method = method;
  header.compressedSize = raw.length;
  return makeEntry(header, raw);
}

// ---- reading ----------------------------------------------------------------

function unfinished() {
  return new ERR_INVALID_STATE('this streaming entry has not finished serializing yet');
}

function notReadable() {
  return new ERR_INVALID_STATE('the content of a streaming entry is not available for reading');
}

function finished(state) {
  if (state.phase !== kSpent) throw unfinished();
  return state.header;
}

function modifiedOf(state) {
  const { header } = state;
  if (header.modified !== undefined) return new Date(header.modified);
  const exact = timeOfFields(header.extra, localExtra(state));
  return exact === undefined ? fromDos(header.time, header.date) : new Date(exact);
}

function localExtra(state) {
  if (state.localExtra !== undefined) return state.localExtra;
  try {
    return state.file?.localExtraSync() ?? Buffer.alloc(0);
  } catch {
    // The time of the directory will do.
    return Buffer.alloc(0);
  }
}

function* contentSteps(state, options) {
  const header = finished(state);
  if (state.raw === null && state.file === undefined) throw notReadable();
  // That the headers of a file agree is not known before.
  if (state.file !== undefined) yield* state.file.locateSteps();
  checkReadable(header);
  checkSize(header, options?.maxSize ?? getMaxZipContentSize());
  const raw = state.raw ?? (yield* state.file.readSteps());
  return yield* decodeSteps(header, raw, options?.verify ?? true);
}

async function* contentPieces(state, options) {
  const { header } = state;
  if (state.file !== undefined) await runAsync(state.file.locateSteps());
  checkReadable(header);
  if (options?.maxSize !== undefined) checkSize(header, options.maxSize);
  const raw = state.file === undefined ? (state.raw.length > 0 ? [state.raw] : []) : filePieces(state.file);
  yield* decodePieces(header, raw, options?.verify ?? true);
}

async function* filePieces(file) {
  const pieces = file.pieces();
  for (let piece = await runAsync(pieces.next()); piece !== undefined; piece = await runAsync(pieces.next())) {
    yield piece;
  }
}

// ---- writing ----------------------------------------------------------------

// The local header of a member of which all is known. From here on its header is as it is written: in this archive no
// descriptor follows, and Zip64's record is made anew.
function startOf(state) {
  const { header, raw, file } = state;
  if (raw === null && file === undefined) {
    throw new ERR_INVALID_STATE('a streaming entry can only be serialized once');
  }
  return localHeader(plainHeader(state), false);
}

function plainHeader(state) {
  const { header } = state;
  if (header.modified !== undefined) {
    settleTime(header);
    if ((header.flags & kHasDescriptor) === 0) return header;
  }
  // DOS gets the best of what is known of the time, and the field that is exact comes along if it was in the local
  // header only.
  const modified = modifiedOf(state).getTime();
  const [time, date] = toDos(modified);
  let extra = withoutZip64(header.extra);
  if (timeOfFields(extra) === undefined) extra = Buffer.concat([timestampField(modified), extra]);
  return { ...header, flags: header.flags & ~kHasDescriptor, time, date, extra, localExtra: extra };
}

async function* streamed(state) {
  const { header, source } = state;
  state.phase = kDisposed;
  settleTime(header);
  yield localHeader(header, true);
  const totals = { size: 0, compressedSize: 0, crc: 0 };
  yield* compressPieces(source, header.method, totals);
  Object.assign(header, totals);
  state.phase = kSpent;
  state.source = undefined;
  yield descriptor(header);
}

// What is to stand in the directory of an archive for which `entry` was just written.
function writtenHeader(entry) {
  const state = stateOf(entry);
  return state.raw === null && state.file === undefined ? state.header : plainHeader(state);
}

function dispose(entry) {
  const state = stateOf(entry);
  if (state.phase !== kPending) return;
  state.phase = kDisposed;
  const { source } = state;
  state.source = undefined;
  try {
    if (typeof source?.destroy === 'function') source.destroy();
    else source?.return?.()?.then?.(undefined, () => {});
  } catch {
    // It is of no interest any more.
  }
}

function isPending(entry) {
  return stateOf(entry).phase !== kSpent;
}

function checkContentLength(header) {
  if (header.compressedSize > kMaxLength) {
    throw new ERR_ZIP_ENTRY_TOO_LARGE(`entry ${quoted(header.name)} is too large to be held in a single buffer`);
  }
}

module.exports = {
  ZipEntry, checkContentLength, dispose, isEntry, isPending, makeEntry, settleTime, stateOf, writtenHeader,
};
