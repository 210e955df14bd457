'use strict';

// Streams over a descriptor of the process: FdReadable reads on the helper
// thread of src/ops/stdio.rs, FdWritable writes synchronously. process.stdin,
// stdout and stderr are made of these; tty.js adds what terminals can do.

const { Buffer } = require('buffer');
const { Readable, Writable } = require('stream');
const { atWork, owners, tracking } = require('internal/tracked_handles');

const binding = internalBinding('stdio');

const READ_SIZE = 64 * 1024;

// ---- handles ------------------------------------------------------------

const kHandle = Symbol('kHandle');

// What async hooks see of a stream: Node's handles by their types.
const handleClasses = {
  __proto__: null,
  TTYWRAP: class TTY {},
  PIPEWRAP: class Pipe {},
};

function beHandle(stream, type) {
  const handle = stream[kHandle] = new handleClasses[type]();
  if (stream[kRead] !== undefined) owners.set(stream[kRead].done, handle);
  // Written to at once, so there is nothing to be seen at work; Node lists its handle nevertheless.
  else atWork.set(stream, [nameOf(handle), stream, () => true]);
  tracking.hooks?.init(handle, type);
}

function nameOf(handle) {
  return `${handle.constructor.name}Wrap`;
}

function handleGone(stream) {
  atWork.delete(stream);
  if (stream[kHandle] !== undefined) tracking.hooks?.destroy(stream[kHandle]);
}

// ---- reading -----------------------------------------------------------

const kRead = Symbol('kRead');
// How many bytes have come or gone.
const kBytes = Symbol('kBytes');

// The one read at a time of an FdReadable.
class Read {
  constructor(stream) {
    this.stream = stream;
    // The operation under way; 0 for none.
    this.id = 0;
    this.stopping = false;
    // Asked for again while the one that is stopping was still under way.
    this.again = false;
    this.refed = true;
    this.done = (error, bytes) => this.settle(error, bytes);
  }

  start() {
    if (this.id !== 0) {
      if (this.stopping) this.again = true;
      return;
    }
    this.stopping = this.again = false;
    const handle = this.stream[kHandle];
    if (handle !== undefined) atWork.set(this.stream, [nameOf(handle), this.stream, () => this.refed]);
    try {
      this.id = binding.readStart(this.stream.fd, READ_SIZE, this.refed, this.done);
    } catch (error) {
      this.stream.destroy(error);
    }
  }

  stop() {
    if (this.id === 0 || this.stopping) {
      this.again = false;
      return;
    }
    this.stopping = true;
    atWork.delete(this.stream);
    binding.readStop(this.id);
  }

  setRef(refed) {
    this.refed = refed;
    if (this.id !== 0 && !this.stopping) binding.readSetRef(this.id, refed);
  }

  settle(error, bytes) {
    const { stream } = this;
    this.id = 0;
    const { again } = this;
    this.stopping = this.again = false;
    if (stream.destroyed) return;
    if (error !== null) {
      stream.destroy(error);
    } else if (bytes === undefined) {
      if (again) this.start();
    } else if (bytes.length === 0) {
      atWork.delete(stream);
      stream.push(null);
    } else {
      stream[kBytes] += bytes.length;
      stream.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      // push() answers the _read() that was asked meanwhile.
      if (again && stream._readableState.reading) this.start();
    }
  }
}

function FdReadable(fd, options) {
  if (!(this instanceof FdReadable)) return new FdReadable(fd, options);
  Readable.call(this, { highWaterMark: READ_SIZE, ...options });
  this.fd = fd;
  this[kBytes] = 0;
  this[kRead] = new Read(this);
}
Object.setPrototypeOf(FdReadable.prototype, Readable.prototype);
Object.setPrototypeOf(FdReadable, Readable);

FdReadable.prototype._read = function _read() {
  this[kRead].start();
};

// A paused stream neither takes input away from others nor keeps the process
// alive.
FdReadable.prototype.pause = function pause() {
  const result = Readable.prototype.pause.call(this);
  this[kRead].stop();
  this._readableState.reading = false;
  return result;
};

FdReadable.prototype._destroy = function _destroy(error, callback) {
  this[kRead].stop();
  handleGone(this);
  callback(error);
};

FdReadable.prototype.ref = function ref() {
  this[kRead].setRef(true);
  return this;
};

FdReadable.prototype.unref = function unref() {
  this[kRead].setRef(false);
  return this;
};

// ---- writing -----------------------------------------------------------

function FdWritable(fd, options) {
  if (!(this instanceof FdWritable)) return new FdWritable(fd, options);
  // Text goes to the native side as it is.
  Writable.call(this, { decodeStrings: false, ...options });
  this.fd = fd;
  this[kBytes] = 0;
}
Object.setPrototypeOf(FdWritable.prototype, Writable.prototype);
Object.setPrototypeOf(FdWritable, Writable);

FdWritable.prototype._write = function _write(chunk, encoding, callback) {
  try {
    if (typeof chunk === 'string' && encoding !== 'utf8' && encoding !== 'utf-8') {
      chunk = Buffer.from(chunk, encoding);
    }
    binding.writeSync(this.fd, chunk);
    this[kBytes] += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength;
  } catch (error) {
    callback(this._toError(error));
    return;
  }
  callback();
};

// Errors of pipes and terminals read `write EPIPE`, those of files as fs says.
FdWritable.prototype._toError = function _toError(error) {
  if (typeof error?.errno !== 'number') return error;
  const { ErrnoException } = require('internal/errors');
  return new ErrnoException(error.errno, 'write');
};

// Corked writes go out as one.
FdWritable.prototype._writev = function _writev(chunks, callback) {
  const parts = new Array(chunks.length);
  for (let i = 0; i < chunks.length; i++) {
    const { chunk, encoding } = chunks[i];
    parts[i] = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
  }
  this._write(Buffer.concat(parts), 'buffer', callback);
};

FdWritable.prototype._destroy = function _destroy(error, callback) {
  handleGone(this);
  callback(error);
};

FdWritable.prototype.ref = FdWritable.prototype.unref = function() {
  return this;
};

module.exports = { FdReadable, FdWritable, beHandle, kBytes };
