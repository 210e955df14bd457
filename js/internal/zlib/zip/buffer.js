'use strict';

// ZipBuffer: an archive in memory, by name.

const { Buffer } = require('buffer');
const { codes: { ERR_INVALID_ARG_TYPE, ERR_ZIP_ENTRY_NOT_FOUND } } = require('internal/errors');
const { validateFunction, validateString } = require('internal/validators');
const { bytesOf } = require('internal/zlib/zip/layout');
const { decodeText } = require('internal/zlib/zip/text');
const { checkOverlaps, findEnd, locateInMemory, readCentralHeaders } = require('internal/zlib/zip/directory');
const { ZipEntry, isEntry, makeEntry } = require('internal/zlib/zip/entry');
const { archiveOptions, archivePieces, archivePiecesSync } = require('internal/zlib/zip/archive');

// Entries of an archive in memory, and its comment.
function readArchive(bytes) {
  const end = findEnd(bytes, 0);
  const entries = [];
  const visit = (header) => {
    const { raw, localExtra } = locateInMemory(header, bytes);
    entries.push(makeEntry(header, raw, { localExtra }));
  };
  const headers = readCentralHeaders(bytes, end.start, end.limit, end.records, end.prefix, visit);
  checkOverlaps(headers, end.start);
  return { entries, comment: end.comment };
}

function checkEntry(entry) {
  if (!isEntry(entry)) throw new ERR_INVALID_ARG_TYPE('entry', 'ZipEntry', entry);
}

class ZipBuffer {
  #entries = new Map();
  #comment;

  constructor(buffer) {
    const { entries, comment } = readArchive(bytesOf(buffer, 'buffer'));
    for (const entry of entries) this.#entries.set(entry.name, entry);
    this.#comment = comment;
  }

  get writable() {
    return true;
  }

  get comment() {
    return decodeText(this.#comment, false);
  }

  has(name) {
    validateString(name, 'name');
    return this.#entries.has(name);
  }

  get(name) {
    validateString(name, 'name');
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new ERR_ZIP_ENTRY_NOT_FOUND(name);
    return entry;
  }

  addEntry(entry) {
    checkEntry(entry);
    this.#entries.set(entry.name, entry);
    return entry;
  }

  async add(filename, data, options) {
    return this.addEntry(await ZipEntry.create(filename, data, options));
  }

  addSync(filename, data, options) {
    return this.addEntry(ZipEntry.createSync(filename, data, options));
  }

  delete(name) {
    validateString(name, 'name');
    return this.#entries.delete(name);
  }

  clear() {
    this.#entries.clear();
  }

  keys() {
    return this.#entries.keys();
  }

  *values() {
    yield* this.#entries.values();
  }

  *entries() {
    yield* this.#entries.entries();
  }

  get size() {
    return this.#entries.size;
  }

  forEach(callback, thisArg = undefined) {
    validateFunction(callback, 'callback');
    for (const [name, entry] of this.#entries) callback.call(thisArg, entry, name, this);
  }

  async toBuffer(options = {}) {
    const pieces = [];
    for await (const piece of archivePieces(this.#entries.values(), this.#options(options))) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  toBufferSync(options = {}) {
    return Buffer.concat([...archivePiecesSync(this.#entries.values(), this.#options(options))]);
  }

  #options(options) {
    return archiveOptions(options, this.#comment);
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  get [Symbol.toStringTag]() {
    return 'ZipBuffer';
  }

  [Symbol.dispose]() {
    this.clear();
  }
}

Object.defineProperty(ZipBuffer.prototype.forEach, 'length', { __proto__: null, value: 2, configurable: true });
for (const method of [ZipBuffer.prototype.toBuffer, ZipBuffer.prototype.toBufferSync]) {
  Object.defineProperty(method, 'length', { __proto__: null, value: 1, configurable: true });
}

module.exports = { ZipBuffer, checkEntry, readArchive };
