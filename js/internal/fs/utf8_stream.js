'use strict';
// fs.Utf8Stream: a writer of text (or bytes) that gathers what it is given, writes it in few calls, and can be made to write
// all of it at any time (https://nodejs.org/api/fs.html#class-fsutf8stream).

const { Buffer } = require('buffer');
const EventEmitter = require('events');
const path = require('path');
const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_STATE } } = require('internal/errors');
const {
  validateBoolean, validateFunction, validateNumber, validateObject, validateOneOf, validateUint32,
} = require('internal/validators');

// More than this waits: who writes is to hold on.
const HIGH_WATER_MARK = 16387;
const MAX_WRITE = 16 * 1024;
// Pause before what the system could not take is written again, in ms.
const RETRY_DELAY = 100;

const isBusy = (error) => error.code === 'EAGAIN' || error.code === 'EBUSY';

function readOptions(given) {
  validateObject(given, 'options');
  const {
    append = true, contentMode = 'utf8', dest, fd, fs = require('fs'), fsync = false, maxLength = 0,
    maxWrite = MAX_WRITE, minLength = 0, mkdir = false, mode, periodicFlush = 0, retryEAGAIN = () => true, sync = false,
  } = given;
  validateBoolean(append, 'options.append');
  validateOneOf(contentMode, 'options.contentMode', ['buffer', 'utf8']);
  validateObject(fs, 'options.fs');
  validateBoolean(fsync, 'options.fsync');
  validateUint32(maxLength, 'options.maxLength');
  validateUint32(maxWrite, 'options.maxWrite');
  validateUint32(minLength, 'options.minLength');
  validateBoolean(mkdir, 'options.mkdir');
  validateUint32(periodicFlush, 'options.periodicFlush');
  validateFunction(retryEAGAIN, 'options.retryEAGAIN');
  validateBoolean(sync, 'options.sync');
  if (mode !== undefined && typeof mode !== 'string') validateNumber(mode, 'mode');
  if (minLength >= maxWrite) {
    throw new ERR_INVALID_ARG_VALUE('minLength', minLength, `should be smaller than maxWrite (${maxWrite})`);
  }
  const target = fd ?? dest;
  if (typeof target !== 'number' && typeof target !== 'string') {
    throw new ERR_INVALID_ARG_TYPE('fd', ['number', 'string'], target);
  }
  return {
    append, contentMode, fs, fsync, maxLength, maxWrite, minLength, mkdir, mode, periodicFlush, retryEAGAIN, sync, target,
  };
}

class Utf8Stream extends EventEmitter {
  #options;
  #fd = -1;
  #file = null;
  // Pieces that wait, in order, and their length together.
  #pieces = [];
  #length = 0;
  // A write or the opening is under way.
  #writing = false;
  #opening = false;
  #ending = false;
  #destroyed = false;
  // A file to go on with, once what is under way has been written.
  #next;
  #drainTold = false;
  #timer;
  // What an asynchronous write has under way.
  #rest;

  constructor(options = {}) {
    super();
    this.#options = readOptions(options);
    const { periodicFlush, target } = this.#options;
    if (typeof target === 'number') {
      this.#fd = target;
      process.nextTick(() => this.emit('ready'));
    } else {
      this.#open(target);
    }
    if (periodicFlush > 0) {
      this.#timer = setInterval(() => this.flush(), periodicFlush);
      this.#timer.unref();
    }
  }

  get append() { return this.#options.append; }
  get contentMode() { return this.#options.contentMode; }
  get fd() { return this.#fd; }
  get file() { return this.#file; }
  get fsync() { return this.#options.fsync; }
  get maxLength() { return this.#options.maxLength; }
  get minLength() { return this.#options.minLength; }
  get mkdir() { return this.#options.mkdir; }
  get mode() { return this.#options.mode; }
  get periodicFlush() { return this.#options.periodicFlush; }
  get sync() { return this.#options.sync; }
  get writing() { return this.#writing; }

  // Whether more may come at once.
  write(data) {
    this.#checkAlive();
    const { contentMode, maxLength, minLength } = this.#options;
    if (contentMode === 'buffer' ? !Buffer.isBuffer(data) : typeof data !== 'string') {
      throw new ERR_INVALID_ARG_TYPE('data', contentMode === 'buffer' ? 'Buffer' : 'string', data);
    }
    if (maxLength > 0 && this.#length + data.length > maxLength) {
      this.emit('drop', data);
      return this.#length < HIGH_WATER_MARK;
    }
    this.#pieces.push(data);
    this.#length += data.length;
    if (!this.#writing && this.#length >= minLength) this.#writeSome();
    return this.#length < HIGH_WATER_MARK;
  }

  // `callback(error)` once all that was given so far is written.
  flush(callback = undefined) {
    if (callback !== undefined) validateFunction(callback, 'callback');
    if (this.#destroyed) {
      callback?.(destroyedError());
      return;
    }
    if (callback !== undefined) this.#callWhenWritten(callback);
    if (this.#writing) return;
    if (this.#length === 0) {
      process.nextTick(() => this.#tellDrained());
      return;
    }
    this.#writeSome();
  }

  #callWhenWritten(callback) {
    const settle = (error) => {
      this.removeListener('drain', onDrain);
      this.removeListener('error', settle);
      this.removeListener('close', onDrain);
      callback(error ?? null);
    };
    const onDrain = () => settle(null);
    this.once('drain', onDrain);
    this.once('close', onDrain);
    this.once('error', settle);
  }

  // Writes what waits now, on this thread. What another thread is writing at the moment is not waited for, as in Node.
  flushSync() {
    this.#checkAlive();
    if (this.#fd < 0) throw new ERR_INVALID_STATE('Invalid file descriptor');
    while (this.#length > 0) this.#writeAllSync(this.#take(), false);
  }

  // Goes on with the file of that name, or with its own, which was moved away meanwhile.
  reopen(file = this.#file) {
    this.#checkAlive();
    if (this.#opening) {
      this.once('ready', () => this.reopen(file));
      return;
    }
    if (this.#ending) return;
    if (typeof file !== 'string') throw new ERR_INVALID_STATE('Unable to reopen a file descriptor, you must pass a file');
    if (this.#writing) {
      this.#next = file;
      return;
    }
    this.#switchTo(file);
  }

  #switchTo(file) {
    const former = this.#fd;
    this.once('ready', () => {
      if (former !== this.#fd && former > 2) this.#options.fs.close(former, (error) => { if (error) this.emit('error', error); });
    });
    this.#open(file);
  }

  // Writes what is left, then closes.
  end() {
    this.#checkAlive();
    if (this.#ending) return;
    this.#ending = true;
    if (this.#writing) return;
    if (this.#length > 0 && this.#fd >= 0) this.#writeSome();
    else if (this.#fd >= 0) this.#close();
  }

  // Closes; what waits is lost.
  destroy() {
    if (this.#destroyed) return;
    this.#pieces = [];
    this.#length = 0;
    this.#close();
  }

  [Symbol.dispose]() {
    this.destroy();
  }

  // ---- opening and closing ----

  #open(file) {
    const { append, fs, mkdir, mode, sync } = this.#options;
    this.#opening = true;
    this.#writing = true;
    const flags = append ? 'a' : 'w';
    const done = (error, fd) => {
      this.#opening = false;
      this.#writing = false;
      if (error) {
        if (sync) process.nextTick(() => this.listenerCount('error') > 0 && this.emit('error', error));
        else this.emit('error', error);
        return;
      }
      if (this.#destroyed) {
        fs.close(fd, () => {});
        return;
      }
      this.#fd = fd;
      this.#file = file;
      if (sync) process.nextTick(() => this.emit('ready'));
      else this.emit('ready');
      if (this.#destroyed || this.#writing) return;
      if (this.#length > 0 && (this.#ending || this.#length >= this.#options.minLength)) this.#writeSome();
      else if (this.#ending) this.#close();
    };
    if (sync) {
      try {
        if (mkdir) fs.mkdirSync(path.dirname(file), { recursive: true });
        done(null, fs.openSync(file, flags, mode));
      } catch (error) {
        done(error);
        throw error;
      }
      return;
    }
    const open = () => fs.open(file, flags, mode, done);
    if (!mkdir) {
      open();
      return;
    }
    fs.mkdir(path.dirname(file), { recursive: true }, (error) => {
      if (error) done(error);
      else open();
    });
  }

  #close() {
    if (this.#fd < 0 && this.#opening) {
      this.once('ready', () => this.#close());
      return;
    }
    const wasEnding = this.#ending;
    this.#destroyed = true;
    clearInterval(this.#timer);
    const { fs } = this.#options;
    const closed = (error) => {
      if (error) {
        this.emit('error', error);
        return;
      }
      if (wasEnding) this.emit('finish');
      this.emit('close');
    };
    // The standard descriptors are the process's.
    if (this.#fd <= 2) {
      process.nextTick(closed, null);
      return;
    }
    const fd = this.#fd;
    const close = () => fs.close(fd, closed);
    if (!this.#options.fsync && fs.fsync !== undefined && !internalBinding('permission').isEnforced()) fs.fsync(fd, close);
    else close();
  }

  // ---- writing ----

  #checkAlive() {
    if (this.#destroyed) throw destroyedError();
  }

  // As many whole pieces as fit into one write, at least one, as bytes.
  #take() {
    const { contentMode, maxWrite } = this.#options;
    const pieces = this.#pieces;
    let count = 1;
    let length = pieces[0].length;
    while (count < pieces.length && length + pieces[count].length <= maxWrite) length += pieces[count++].length;
    const taken = pieces.splice(0, count);
    this.#length -= length;
    if (contentMode === 'buffer') return taken.length === 1 ? taken[0] : Buffer.concat(taken);
    return Buffer.from(taken.join(''), 'utf8');
  }

  #writeSome() {
    this.#writing = true;
    const bytes = this.#take();
    if (this.#options.sync) {
      try {
        this.#writeAllSync(bytes);
      } catch (error) {
        this.#writing = false;
        this.emit('error', error);
        return;
      }
      this.#written();
      return;
    }
    this.#rest = bytes;
    this.#writeRest();
  }

  #writeRest() {
    const { fs, fsync, retryEAGAIN } = this.#options;
    const bytes = this.#rest;
    fs.write(this.#fd, bytes, 0, bytes.length, null, (error, count) => {
      if (error) {
        if (isBusy(error) && retryEAGAIN(error, bytes.length, this.#length)) {
          setTimeout(() => this.#writeRest(), RETRY_DELAY);
          return;
        }
        this.#rest = undefined;
        this.#writing = false;
        this.emit('error', error);
        return;
      }
      this.emit('write', count);
      if (count < bytes.length) {
        this.#rest = bytes.subarray(count);
        this.#writeRest();
        return;
      }
      this.#rest = undefined;
      if (fsync) fs.fsyncSync(this.#fd);
      this.#written();
    });
  }

  #writeAllSync(bytes, told = true) {
    const { fs, fsync, retryEAGAIN } = this.#options;
    while (bytes.length > 0) {
      let count;
      try {
        count = fs.writeSync(this.#fd, bytes, 0, bytes.length, null);
      } catch (error) {
        if (!isBusy(error) || !retryEAGAIN(error, bytes.length, this.#length)) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_DELAY);
        continue;
      }
      if (told) this.emit('write', count);
      bytes = bytes.subarray(count);
    }
    if (fsync) fs.fsyncSync(this.#fd);
  }

  // A write has ended: on to what waits.
  #written() {
    this.#writing = false;
    if (this.#destroyed) return;
    if (this.#next !== undefined) {
      const file = this.#next;
      this.#next = undefined;
      this.#switchTo(file);
      return;
    }
    if (this.#length > 0 && (this.#ending || this.#length >= this.#options.minLength)) {
      this.#writeSome();
      return;
    }
    if (this.#ending) {
      this.#close();
      return;
    }
    if (!this.#options.sync) {
      this.#tellDrained();
    } else if (!this.#drainTold) {
      this.#drainTold = true;
      process.nextTick(() => {
        this.#drainTold = false;
        this.#tellDrained();
      });
    }
  }

  #tellDrained() {
    if (!this.#destroyed) this.emit('drain');
  }
}

function destroyedError() {
  return new ERR_INVALID_STATE('Utf8Stream is destroyed');
}

module.exports = { Utf8Stream };
