'use strict';

// A file that members are read from, and such members. The descriptor is shared by a ZipFile and all entries it gave
// away; its number may belong to another file as soon as it is closed, so it is only closed when nobody reads.

const fs = require('fs');
const { Buffer } = require('buffer');
const { codes: { ERR_INVALID_STATE } } = require('internal/errors');
const { invalid, kLocalLength, kLocalSignature } = require('internal/zlib/zip/layout');
const { checkLocalHeader, localHeaderLength } = require('internal/zlib/zip/directory');
const { checkContentLength } = require('internal/zlib/zip/entry');
const { quoted } = require('internal/zlib/zip/text');
const { runSync } = require('internal/steps');
const { readFully } = require('internal/zlib/zip/transfer');

const kPieceLength = 256 * 1024;

class OpenFile {
  #fd;
  #readers = 0;
  #whenIdle;

  constructor(fd) {
    this.#fd = fd;
    this.closed = false;
  }

  // Steps that use the descriptor.
  *use(steps) {
    if (this.closed) {
      throw new ERR_INVALID_STATE('cannot read a ZipEntry after its backing ZipFile has been closed');
    }
    this.#readers++;
    try {
      return yield* steps(this.#fd);
    } finally {
      if (--this.#readers === 0 && this.#whenIdle !== undefined) this.#whenIdle();
    }
  }

  async close() {
    this.closed = true;
    if (this.#readers > 0) await new Promise((resolve) => { this.#whenIdle = resolve; });
    await new Promise((resolve, reject) => {
      fs.close(this.#fd, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  closeSync() {
    this.closed = true;
    if (this.#readers > 0) this.#whenIdle = () => fs.closeSync(this.#fd);
    else fs.closeSync(this.#fd);
  }
}

class FileMember {
  #file;
  #header;
  // Where the content begins, and the local extra field, once the local header was read.
  #start;
  #localExtra;

  constructor(file, header) {
    this.#file = file;
    this.#header = header;
  }

  *#locate(fd) {
    if (this.#start !== undefined) return;
    const header = this.#header;
    const fixed = yield* readFully(fd, Buffer.alloc(kLocalLength), header.offset);
    if (fixed.readUInt32LE(0) !== kLocalSignature) {
      throw invalid(`entry ${quoted(header.name)} has an invalid local file header`);
    }
    const bytes = yield* readFully(fd, Buffer.alloc(localHeaderLength(fixed, 0)), header.offset);
    checkLocalHeader(header, bytes, 0);
    this.#localExtra = bytes.subarray(kLocalLength + bytes.readUInt16LE(26));
    this.#start = header.offset + bytes.length;
  }

  locateSteps() {
    return this.#file.use((fd) => this.#locate(fd));
  }

  // All that is stored of it.
  readSteps() {
    return this.#file.use(function*(fd) {
      checkContentLength(this.#header);
      yield* this.#locate(fd);
      return yield* readFully(fd, Buffer.alloc(this.#header.compressedSize), this.#start);
    }.bind(this));
  }

  // The same in pieces: each next() gives the steps to one, which is undefined at the end.
  pieces() {
    let at = 0;
    return { next: () => this.#file.use(function*(fd) {
      yield* this.#locate(fd);
      const length = Math.min(kPieceLength, this.#header.compressedSize - at);
      if (length === 0) return undefined;
      const piece = yield* readFully(fd, Buffer.alloc(length), this.#start + at);
      at += length;
      return piece;
    }.bind(this)) };
  }

  localExtraSync() {
    runSync(this.locateSteps());
    return this.#localExtra;
  }
}

module.exports = { FileMember, OpenFile };
