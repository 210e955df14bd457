'use strict';
// fs.Utf8Stream: appends texts (or Buffers) to a file, gathered into few writes, all of which can be flushed on demand.
//
// What waits is a queue of chunks, none longer than `maxWrite`, unless one piece of data is. One write is under way at
// a time; the chunk it writes stays first in the queue until all of it is written. Lengths are those of what was given
// to write(): UTF-16 units of texts, bytes of Buffers.

const { Buffer } = require('buffer');
const EventEmitter = require('events');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_STATE, ERR_OPERATION_FAILED },
} = require('internal/errors');
const { sleep } = require('internal/util');
const {
  validateBoolean, validateFunction, validateObject, validateOneOf, validateUint32,
} = require('internal/validators');

const DEFAULT_MAX_WRITE = 16 * 1024;
// What write() answers false from.
const HIGH_WATER_MARK = 16387;
// Milliseconds until a file that was busy is tried again.
const BUSY_WAIT = 100;

const USED_OF_FS = [
  'close', 'fsync', 'fsyncSync', 'mkdir', 'mkdirSync', 'open', 'openSync', 'write', 'writeSync',
];

function isBusy(error) {
  return error.code === 'EAGAIN' || error.code === 'EBUSY';
}

class Utf8Stream extends EventEmitter {
  #fs = {};
  #fd = -1;
  #file = null;
  #mode;
  #append;
  #mkdir;
  #fsync;
  #sync;
  #binary;
  #minLength;
  #maxLength;
  #maxWrite;
  #highWaterMark;
  #retry;
  #periodicFlush;
  #timer;

  // The file is about to be open.
  #opening = false;
  // A write is under way.
  #writing = false;
  // As soon as the write under way is over: the other file, a flush that came before the file was open.
  #reopening = false;
  #flushing = false;
  #ending = false;
  #destroyed = false;
  #drainScheduled = false;

  #chunks = [];
  #length = 0;
  // What is left of the first chunk, where part of it was written.
  #rest = undefined;

  constructor(options = {}) {
    super();
    validateObject(options, 'options');
    const {
      fd, dest, minLength, maxLength, maxWrite, periodicFlush, mode, fs,
      sync = false, append = true, mkdir = false, fsync = false, retryEAGAIN, contentMode = 'utf8',
    } = options;
    const place = fd ?? dest;
    if (typeof place !== 'number' && typeof place !== 'string') {
      throw new ERR_INVALID_ARG_TYPE('fd', ['number', 'string'], place);
    }
    // Whatever is falsy is no wish, as 0 and false are.
    for (const [name, value] of Object.entries({ minLength, maxLength, maxWrite, periodicFlush })) {
      if (value) validateUint32(value, `options.${name}`);
    }
    for (const [name, value] of Object.entries({ sync, append, mkdir, fsync })) {
      if (value) validateBoolean(value, `options.${name}`);
    }
    if (retryEAGAIN) validateFunction(retryEAGAIN, 'options.retryEAGAIN');
    validateOneOf(contentMode, 'options.contentMode', ['buffer', 'utf8']);
    if (fs !== undefined) validateObject(fs, 'options.fs');
    for (const name of USED_OF_FS) {
      const method = fs?.[name];
      if (method !== undefined) validateFunction(method, `options.fs.${name}`);
      this.#fs[name] = method === undefined ? require('fs')[name] : method.bind(fs);
    }
    this.#minLength = minLength || 0;
    this.#maxLength = maxLength || 0;
    this.#maxWrite = maxWrite || DEFAULT_MAX_WRITE;
    if (this.#minLength >= this.#maxWrite) {
      throw new ERR_INVALID_ARG_VALUE.RangeError(
        'minLength', this.#minLength, `should be smaller than maxWrite (${this.#maxWrite})`);
    }
    this.#highWaterMark = Math.max(this.#minLength, HIGH_WATER_MARK);
    this.#mode = mode;
    this.#append = Boolean(append);
    this.#mkdir = Boolean(mkdir);
    this.#fsync = Boolean(fsync);
    this.#sync = Boolean(sync);
    this.#binary = contentMode === 'buffer';
    this.#retry = retryEAGAIN || (() => true);
    this.#periodicFlush = periodicFlush || 0;

    if (typeof place === 'number') {
      this.#fd = place;
      process.nextTick(() => this.emit('ready'));
    } else {
      this.#open(place);
    }
    if (this.#periodicFlush !== 0) {
      this.#timer = setInterval(() => { if (this.#length !== 0) this.#flush(); }, this.#periodicFlush);
      this.#timer.unref();
    }
  }

  // --- the file -------------------------------------------------------------------

  #open(file) {
    const { dirname } = require('path');
    const flag = this.#append ? 'a' : 'w';
    this.#opening = true;
    if (this.#sync) {
      try {
        if (this.#mkdir) this.#fs.mkdirSync(dirname(file), { recursive: true });
        this.#opened(null, this.#fs.openSync(file, flag, this.#mode), file);
      } catch (error) {
        this.#opened(error);
        throw error;
      }
      return;
    }
    const open = (failed) => {
      if (failed) this.#opened(failed);
      else this.#fs.open(file, flag, this.#mode, (error, fd) => this.#opened(error, fd, file));
    };
    if (this.#mkdir) this.#fs.mkdir(dirname(file), { recursive: true }, open);
    else open();
  }

  #opened(error, fd, file) {
    this.#opening = false;
    this.#reopening = false;
    if (error) {
      // The constructor, and reopen() of a stream that writes synchronously, throw it.
      if (this.#sync) process.nextTick(() => { if (this.listenerCount('error') > 0) this.emit('error', error); });
      else this.emit('error', error);
      return;
    }
    const old = this.#fd;
    this.#fd = fd;
    this.#file = file;
    if (old !== -1 && old !== fd) this.#fs.close(old, (failed) => { if (failed) this.emit('error', failed); });
    if (this.#sync) process.nextTick(() => this.emit('ready'));
    else this.emit('ready');
    // A listener may have asked for the end, or for another file.
    if (this.#destroyed || this.#opening || this.#writing) return;
    if ((this.#length !== 0 && this.#length >= this.#minLength) || this.#flushing) this.#write();
  }

  reopen(file) {
    this.#check();
    if (this.#opening) {
      this.once('ready', () => { if (!this.#destroyed) this.reopen(file); });
      return;
    }
    if (this.#ending) return;
    if (!this.#file) {
      throw new ERR_OPERATION_FAILED('Unable to reopen a file descriptor, a file has to be given instead');
    }
    if (file) this.#file = file;
    this.#reopening = true;
    if (!this.#writing) this.#open(this.#file);
  }

  #check() {
    if (this.#destroyed) throw new ERR_INVALID_STATE('Utf8Stream is destroyed');
  }

  // --- writing --------------------------------------------------------------------

  write(data) {
    this.#check();
    if (this.#binary ? !Buffer.isBuffer(data) : typeof data !== 'string') {
      throw new ERR_INVALID_ARG_TYPE('data', this.#binary ? 'Buffer' : 'string', data);
    }
    const length = this.#length + data.length;
    if (this.#maxLength !== 0 && length > this.#maxLength) {
      this.emit('drop', data);
      return this.#length < this.#highWaterMark;
    }
    this.#enqueue(data);
    this.#length = length;
    if (!this.#writing && !this.#opening && length >= this.#minLength) this.#write();
    return this.#length < this.#highWaterMark;
  }

  // Texts grow together; a chunk of Buffers is a list, joined when it is written. The first chunk stays as it is while
  // it is being written.
  #enqueue(data) {
    const chunks = this.#chunks;
    const last = chunks.length - 1;
    const open = last > (this.#writing || this.#rest !== undefined ? 0 : -1);
    if (!open || chunks[last].length + data.length > this.#maxWrite) {
      chunks.push({ length: data.length, data: this.#binary ? [data] : data });
      return;
    }
    const chunk = chunks[last];
    chunk.length += data.length;
    if (this.#binary) chunk.data.push(data);
    else chunk.data += data;
  }

  // What is to be written next.
  #next() {
    if (this.#rest !== undefined) return this.#rest;
    const chunk = this.#chunks[0];
    if (chunk === undefined) return this.#binary ? Buffer.alloc(0) : '';
    if (!this.#binary) return chunk.data;
    if (chunk.data.length > 1) chunk.data = [Buffer.concat(chunk.data)];
    return chunk.data[0];
  }

  // Takes what was written off the queue. Only bytes can be left over of a text that was not written whole, as it may
  // have ended within a character.
  #written(data, count) {
    const bytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    if (count < bytes) {
      this.#rest = (typeof data === 'string' ? Buffer.from(data) : data).subarray(count);
      return;
    }
    this.#rest = undefined;
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) this.#length -= chunk.length;
  }

  #writeOnceSync(data) {
    return typeof data === 'string' ? this.#fs.writeSync(this.#fd, data, 'utf8') : this.#fs.writeSync(this.#fd, data);
  }

  #write() {
    this.#flushing = false;
    this.#writing = true;
    if (this.#sync) {
      this.#writeAllSync();
      return;
    }
    const data = this.#next();
    const done = (error, count) => {
      if (error) this.#failed(error, data);
      else this.#continue(data, count);
    };
    if (typeof data === 'string') this.#fs.write(this.#fd, data, 'utf8', done);
    else this.#fs.write(this.#fd, data, done);
  }

  // Whether a file that is busy is to be tried again.
  #retries(error, data) {
    return isBusy(error) && this.#retry(error, data.length, Math.max(this.#length - data.length, 0));
  }

  #failed(error, data) {
    if (!this.#destroyed && this.#retries(error, data)) {
      setTimeout(() => { if (this.#destroyed) this.#leave(); else this.#write(); }, BUSY_WAIT);
      return;
    }
    if (this.#destroyed) {
      this.#leave();
    } else {
      this.#writing = false;
      this.emit('error', error);
    }
  }

  // The stream was destroyed during a write, which is over: the descriptor is not in use any more.
  #leave() {
    this.#writing = false;
    this.emit('drain');
    this.#closeFile();
  }

  #continue(data, count) {
    this.emit('write', count);
    this.#written(data, count);
    if (this.#fsync) this.#fs.fsyncSync(this.#fd);
    if (this.#destroyed) {
      this.#leave();
    } else if (this.#reopening) {
      this.#writing = false;
      this.#open(this.#file);
    } else if (this.#rest !== undefined || (this.#length !== 0 && (this.#ending || this.#length >= this.#minLength))) {
      this.#write();
    } else {
      this.#writing = false;
      if (this.#ending) this.#close();
      else this.emit('drain');
    }
  }

  #writeAllSync() {
    do {
      const data = this.#next();
      let count;
      try {
        count = this.#writeOnceSync(data);
      } catch (error) {
        if (this.#retries(error, data)) {
          sleep(BUSY_WAIT);
          continue;
        }
        this.#writing = false;
        this.emit('error', error);
        return;
      }
      this.emit('write', count);
      this.#written(data, count);
      if (this.#fsync) this.#fs.fsyncSync(this.#fd);
    } while (this.#rest !== undefined || this.#length !== 0);
    this.#writing = false;
    if (this.#ending) {
      this.#close();
    } else if (!this.#drainScheduled) {
      this.#drainScheduled = true;
      process.nextTick(() => {
        this.#drainScheduled = false;
        this.emit('drain');
      });
    }
  }

  // --- flushing -------------------------------------------------------------------

  flush(callback = undefined) {
    if (callback !== undefined) validateFunction(callback, 'cb');
    if (this.#destroyed) {
      const error = new ERR_INVALID_STATE('Utf8Stream is destroyed');
      if (callback === undefined) throw error;
      callback(error);
      return;
    }
    if (this.#minLength <= 0) {
      callback?.();
      return;
    }
    if (callback !== undefined) this.#tellOfFlush(callback);
    this.#flush();
  }

  #flush() {
    if (this.#writing) return;
    if (this.#opening || this.#fd === -1) this.#flushing = true;
    else this.#write();
  }

  // Calls back when all is written and on the disk, or with what went wrong.
  #tellOfFlush(callback) {
    const finish = (error) => {
      this.off('drain', onDrain);
      this.off('error', finish);
      this.off('close', onClose);
      callback(error);
    };
    const onDrain = () => {
      this.off('drain', onDrain);
      if (this.#fsync || this.#destroyed) {
        finish(null);
        return;
      }
      this.#fs.fsync(this.#fd, (error) => {
        // Pipes and terminals know nothing of it.
        finish(error && error.code !== 'EINVAL' && error.code !== 'EBADF' ? error : null);
      });
    };
    const onClose = () => finish(null);
    this.on('drain', onDrain);
    this.on('error', finish);
    // A stream that ends writes all there is; one that is destroyed will not.
    this.on('close', onClose);
  }

  // What an asynchronous write has under way is left to it.
  flushSync() {
    this.#check();
    if (this.#fd < 0) throw new ERR_INVALID_STATE('Invalid file descriptor');
    const underWay = this.#writing ? this.#chunks.shift() : undefined;
    const { length } = underWay ?? { length: 0 };
    const rest = this.#rest;
    if (underWay !== undefined) this.#rest = undefined;
    this.#length -= length;
    try {
      while (this.#chunks.length !== 0) {
        const data = this.#next();
        try {
          this.#written(data, this.#writeOnceSync(data));
        } catch (error) {
          if (!this.#retries(error, data)) throw error;
          sleep(BUSY_WAIT);
        }
      }
    } finally {
      if (underWay !== undefined) {
        this.#chunks.unshift(underWay);
        this.#length += length;
        this.#rest = rest;
      }
    }
    try {
      this.#fs.fsyncSync(this.#fd);
    } catch {
      // It was written; what it was written to cannot be synchronised.
    }
  }

  // --- the end --------------------------------------------------------------------

  end() {
    this.#check();
    if (this.#opening) {
      this.once('ready', () => { if (!this.#destroyed) this.end(); });
      return;
    }
    if (this.#ending) return;
    this.#ending = true;
    if (this.#writing) return;
    if (this.#length !== 0 && this.#fd >= 0) this.#write();
    else this.#close();
  }

  destroy() {
    if (!this.#destroyed) this.#close();
  }

  #close() {
    this.#destroyed = true;
    clearInterval(this.#timer);
    if (this.#opening) {
      this.once('ready', () => this.#closeFile());
      return;
    }
    if (!this.#writing) this.#closeFile();
  }

  #closeFile() {
    const finish = (error) => {
      if (error) {
        this.emit('error', error);
        return;
      }
      if (this.#ending) this.emit('finish');
      this.emit('close');
    };
    const fd = this.#fd;
    // Never opened; standard output and error stay open.
    if (fd < 0 || fd === 1 || fd === 2) {
      setImmediate(finish);
      return;
    }
    // Descriptors are not synchronised under the permission model, which cannot tell what they are.
    if (internalBinding('permission').isEnforced()) this.#fs.close(fd, finish);
    else this.#fs.fsync(fd, () => this.#fs.close(fd, finish));
  }

  [Symbol.dispose]() {
    this.destroy();
  }

  // --- what it was made with ------------------------------------------------------

  get mode() { return this.#mode; }
  get file() { return this.#file; }
  get fd() { return this.#fd; }
  get minLength() { return this.#minLength; }
  get maxLength() { return this.#maxLength; }
  get writing() { return this.#writing || this.#opening; }
  get sync() { return this.#sync; }
  get fsync() { return this.#fsync; }
  get append() { return this.#append; }
  get periodicFlush() { return this.#periodicFlush; }
  get contentMode() { return this.#binary ? 'buffer' : 'utf8'; }
  get mkdir() { return this.#mkdir; }
}

module.exports = { Utf8Stream };
