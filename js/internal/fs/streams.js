'use strict';

// fs.ReadStream and fs.WriteStream: files as streams, over descriptors, FileHandles, or a caller's own set of fs functions.
// They are constructor functions rather than classes because programs call them without `new` and patch their prototypes.

const { codes } = require('internal/errors');
const { ERR_INVALID_ARG_TYPE, ERR_METHOD_NOT_IMPLEMENTED, ERR_OUT_OF_RANGE, ERR_STREAM_DESTROYED, ERR_SYSTEM_ERROR } = codes;
const { validateBoolean, validateFunction, validateInteger } = require('internal/validators');
const { deprecate } = require('internal/util');
const { getOptions, getValidatedPath, lazyBuffer } = require('internal/fs/utils');
const { Readable, Writable, finished } = require('stream');
const { errorOrDestroy } = require('internal/streams/destroy');

const kFs = Symbol('fs');
const kHandle = Symbol('handle');
const kBusy = Symbol('busy');
const kIdle = Symbol('idle');
const kEmpty = Object.freeze({ __proto__: null });

// V8 collects its young generation when that is full, which takes hundreds of chunks and more as it grows, or when 64 MB hang
// on it. Each chunk leaves garbage there, an element of an array for so many bytes, so that fewer wait to be collected
// (docs/performance.md).
const kBytesPerElement = 32;
const kMostElements = 8192;
let ballast = null;

// Retries of a write that moved nothing, before it is an error.
const kMaxEmptyWrites = 5;

function fileHandle(value) {
  if (value === null || typeof value !== 'object') return undefined;
  const { FileHandle } = require('internal/fs/file_handle');
  return value instanceof FileHandle ? value : undefined;
}

// The functions a stream needs, over the methods of a FileHandle.
function handleFunctions(handle) {
  const settle = (promise, callback) => {
    promise.then((value) => process.nextTick(callback, null, value), (err) => process.nextTick(callback, err));
  };
  return {
    open() {
      throw new ERR_METHOD_NOT_IMPLEMENTED('open()');
    },
    read(fd, buffer, offset, length, position, callback) {
      settle(handle.read(buffer, offset, length, position), (err, result) => {
        if (err) callback(err, 0, buffer);
        else callback(null, result.bytesRead, result.buffer);
      });
    },
    write(fd, buffer, offset, length, position, callback) {
      settle(handle.write(buffer, offset, length, position), (err, result) => {
        if (err) callback(err, 0, buffer);
        else callback(null, result.bytesWritten, result.buffer);
      });
    },
    writev(fd, buffers, position, callback) {
      settle(handle.writev(buffers, position), (err, result) => {
        if (err) callback(err, 0, buffers);
        else callback(null, result.bytesWritten, result.buffers);
      });
    },
    fsync(fd, callback) {
      settle(handle.sync(), (err) => callback(err));
    },
    close(fd, callback) {
      const { kRelease } = require('internal/fs/file_handle');
      handle[kRelease]();
      settle(handle.close(), (err) => callback(err));
    },
  };
}

function streamOptions(options) {
  return { ...getOptions(options, kEmpty) };
}

// Sets fd, path and functions of a stream from its arguments.
function attach(stream, path, options, needed) {
  const { fd } = options;
  if (fd === undefined || fd === null) {
    stream.fd = null;
    stream[kFs] = options.fs || require('fs');
    for (const name of needed) validateFunction(stream[kFs][name], `options.fs.${name}`);
    stream.path = getValidatedPath(path);
    return;
  }
  const handle = fileHandle(fd);
  if (handle !== undefined) {
    if (options.fs) throw new ERR_METHOD_NOT_IMPLEMENTED('FileHandle with fs');
    stream[kHandle] = handle;
    stream[kFs] = handleFunctions(handle);
    stream.fd = handle.fd;
    const { kRetain } = require('internal/fs/file_handle');
    handle[kRetain]();
    handle.on('close', () => stream.close());
    return;
  }
  if (typeof fd !== 'number') throw new ERR_INVALID_ARG_TYPE('options.fd', ['number', 'FileHandle'], fd);
  validateInteger(fd, 'fd', 0, 0x7fffffff);
  stream[kFs] = options.fs || require('fs');
  for (const name of needed) {
    if (name !== 'open') validateFunction(stream[kFs][name], `options.fs.${name}`);
  }
  stream.fd = fd;
}

// Opens the stream's file, for both kinds. A program may have put its own `open` in the place of `original`; then its `open` and `error` events
// tell when it is done.
function construct(stream, original, callback) {
  if (typeof stream.fd === 'number') {
    callback();
    return;
  }
  if (stream.open !== original) {
    const { emit } = stream;
    stream.emit = function(...args) {
      if (args[0] === 'open') {
        this.emit = emit;
        callback();
        return Reflect.apply(emit, this, args);
      }
      if (args[0] === 'error') {
        this.emit = emit;
        callback(args[1]);
        return true;
      }
      return Reflect.apply(emit, this, args);
    };
    stream.open();
    return;
  }
  stream[kFs].open(stream.path, stream.flags, stream.mode, (err, fd) => {
    if (err) {
      callback(err);
      return;
    }
    stream.fd = fd;
    callback();
    stream.emit('open', fd);
    stream.emit('ready');
  });
}

function closeFile(stream, err, callback) {
  const { fd } = stream;
  if (fd === null || fd === undefined) {
    callback(err);
    return;
  }
  stream.fd = null;
  stream[kFs].close(fd, (closeError) => callback(closeError || err));
}

// Nothing is closed while a transfer is under way: the descriptor's number could be given out again meanwhile.
function destroyWhenIdle(stream, err, close) {
  if (stream[kBusy]) stream.once(kIdle, (transferError) => close(err || transferError));
  else close(err);
}

function deprecatedOpen(name) {
  return deprecate(function() {}, `${name}.prototype.open() is deprecated`, 'DEP0135');
}

function ReadStream(path, options) {
  if (!(this instanceof ReadStream)) return new ReadStream(path, options);
  options = streamOptions(options);
  options.highWaterMark ??= 64 * 1024;
  options.autoDestroy ??= options.autoClose ?? true;
  attach(this, path, options, ['open', 'read', 'close']);
  // How a file is opened, where that is still to be done.
  if (options.fd === undefined || options.fd === null) {
    this.flags = options.flags ?? 'r';
    this.mode = options.mode ?? 0o666;
  }
  this.start = options.start;
  this.end = options.end === undefined ? Infinity : options.end;
  this.pos = undefined;
  this.bytesRead = 0;
  this[kBusy] = false;
  if (this.start !== undefined) {
    validateInteger(this.start, 'start', 0);
    this.pos = this.start;
  }
  if (this.end !== Infinity) {
    validateInteger(this.end, 'end', 0);
    if (this.start !== undefined && this.start > this.end) {
      throw new ERR_OUT_OF_RANGE('start', `<= "end" (here: ${this.end})`, this.start);
    }
  }
  Reflect.apply(Readable, this, [options]);
  if (options.encoding) this.setEncoding(options.encoding);
}
Object.setPrototypeOf(ReadStream.prototype, Readable.prototype);
Object.setPrototypeOf(ReadStream, Readable);

Object.defineProperty(ReadStream.prototype, 'autoClose', {
  __proto__: null,
  get() {
    return this._readableState.autoDestroy;
  },
  set(value) {
    this._readableState.autoDestroy = value;
  },
});

const openReadStream = deprecatedOpen('ReadStream');
ReadStream.prototype.open = openReadStream;

ReadStream.prototype._construct = function(callback) {
  construct(this, openReadStream, callback);
};

ReadStream.prototype._read = function(size) {
  const left = this.end - (this.pos !== undefined ? this.pos : this.bytesRead) + 1;
  const length = Math.min(left, size);
  if (length <= 0) {
    this.push(null);
    return;
  }
  const buffer = lazyBuffer().allocUnsafeSlow(length);
  ballast = new Array(Math.min(Math.ceil(length / kBytesPerElement), kMostElements));
  this[kBusy] = true;
  this[kFs].read(this.fd, buffer, 0, length, this.pos, (err, count, filled) => {
    this[kBusy] = false;
    if (this.destroyed) {
      this.emit(kIdle, err);
      return;
    }
    if (err) {
      errorOrDestroy(this, err);
      return;
    }
    if (count <= 0) {
      this.push(null);
      return;
    }
    if (this.pos !== undefined) this.pos += count;
    this.bytesRead += count;
    if (count !== filled.length) {
      // A short read would otherwise keep the whole buffer alive for its few bytes.
      const exact = lazyBuffer().allocUnsafeSlow(count);
      filled.copy(exact, 0, 0, count);
      filled = exact;
    }
    this.push(filled);
  });
};

ReadStream.prototype._destroy = function(err, callback) {
  destroyWhenIdle(this, err, (error) => closeFile(this, error, callback));
};

ReadStream.prototype.close = function(callback) {
  if (typeof callback === 'function') finished(this, callback);
  this.destroy();
};

Object.defineProperty(ReadStream.prototype, 'pending', {
  __proto__: null,
  configurable: true,
  get() {
    return this.fd === null;
  },
});

function WriteStream(path, options) {
  if (!(this instanceof WriteStream)) return new WriteStream(path, options);
  options = streamOptions(options);
  options.decodeStrings = true;
  options.autoDestroy ??= options.autoClose ?? true;
  attach(this, path, options, ['open', 'close']);
  // How a file is opened, where that is still to be done.
  if (options.fd === undefined || options.fd === null) {
    this.flags = options.flags ?? 'w';
    this.mode = options.mode ?? 0o666;
  }
  this.flush = options.flush ?? false;
  validateBoolean(this.flush, 'options.flush');
  const functions = this[kFs];
  if (!functions.write && !functions.writev) {
    throw new ERR_INVALID_ARG_TYPE('options.fs.write', 'function', functions.write);
  }
  if (functions.write) validateFunction(functions.write, 'options.fs.write');
  if (functions.writev) validateFunction(functions.writev, 'options.fs.writev');
  if (this.flush) validateFunction(functions.fsync, 'options.fs.fsync');
  // What is missing is made of the other by Writable.
  if (!functions.write) this._write = null;
  if (!functions.writev) this._writev = null;
  this.start = options.start;
  this.pos = undefined;
  this.bytesWritten = 0;
  this[kBusy] = false;
  if (this.start !== undefined) {
    validateInteger(this.start, 'start', 0);
    this.pos = this.start;
  }
  Reflect.apply(Writable, this, [options]);
  if (options.encoding) this.setDefaultEncoding(options.encoding);
}
Object.setPrototypeOf(WriteStream.prototype, Writable.prototype);
Object.setPrototypeOf(WriteStream, Writable);

Object.defineProperty(WriteStream.prototype, 'autoClose', {
  __proto__: null,
  get() {
    return this._writableState.autoDestroy;
  },
  set(value) {
    this._writableState.autoDestroy = value;
  },
});

const openWriteStream = deprecatedOpen('WriteStream');
WriteStream.prototype.open = openWriteStream;

WriteStream.prototype._construct = function(callback) {
  construct(this, openWriteStream, callback);
};

// Writes `data` (a view) in as many calls as it takes.
function writeFully(stream, data, position, callback, emptyWrites = 0) {
  stream[kFs].write(stream.fd, data, 0, data.byteLength, position, (err, count) => {
    if (err?.code === 'EAGAIN') {
      err = null;
      count = 0;
    }
    if (stream.destroyed || err) {
      callback(err || new ERR_STREAM_DESTROYED('write'));
      return;
    }
    stream.bytesWritten += count;
    if (count === data.byteLength) {
      callback();
      return;
    }
    emptyWrites = count === 0 ? emptyWrites + 1 : 0;
    if (emptyWrites > kMaxEmptyWrites) {
      callback(stalled('write'));
      return;
    }
    const rest = count === 0 ? data : data.subarray(count);
    writeFully(stream, rest, position === undefined ? position : position + count, callback, emptyWrites);
  });
}

function stalled(syscall) {
  return new ERR_SYSTEM_ERROR({
    code: 'EAGAIN',
    errno: -require('os').constants.errno.EAGAIN,
    message: 'nothing was written',
    syscall,
  });
}

function afterWrite(stream, err, callback) {
  stream[kBusy] = false;
  if (stream.destroyed) {
    callback(err);
    stream.emit(kIdle, err);
    return;
  }
  callback(err);
}

WriteStream.prototype._write = function(data, encoding, callback) {
  this[kBusy] = true;
  const position = this.pos;
  writeFully(this, data, position, (err) => afterWrite(this, err, callback));
  if (this.pos !== undefined) this.pos += data.length;
};

WriteStream.prototype._writev = function(chunks, callback) {
  const buffers = new Array(chunks.length);
  let size = 0;
  for (let i = 0; i < chunks.length; i++) {
    buffers[i] = chunks[i].chunk;
    size += buffers[i].length;
  }
  this[kBusy] = true;
  const position = this.pos;
  this[kFs].writev(this.fd, buffers, position, (err, count) => {
    if (err?.code === 'EAGAIN') {
      err = null;
      count = 0;
    }
    if (this.destroyed || err) {
      afterWrite(this, err || new ERR_STREAM_DESTROYED('writev'), callback);
      return;
    }
    this.bytesWritten += count;
    if (count === size) {
      afterWrite(this, null, callback);
      return;
    }
    // Short: what is left goes in one piece, as this is rare.
    const rest = lazyBuffer().concat(buffers).subarray(count);
    if (this[kFs].write) {
      writeFully(this, rest, position === undefined ? position : position + count, (e) => afterWrite(this, e, callback));
    } else {
      afterWrite(this, stalled('writev'), callback);
    }
  });
  if (this.pos !== undefined) this.pos += size;
};

WriteStream.prototype._destroy = function(err, callback) {
  destroyWhenIdle(this, err, (error) => {
    if (!this.flush || this.fd === null || error) {
      closeFile(this, error, callback);
      return;
    }
    this[kFs].fsync(this.fd, (syncError) => closeFile(this, syncError || error, callback));
  });
};

WriteStream.prototype.close = function(callback) {
  if (callback) {
    if (this.closed) {
      process.nextTick(callback);
      return;
    }
    this.on('close', callback);
  }
  // Without autoClose nothing else would destroy it once the data is out.
  if (!this.autoClose) this.on('finish', this.destroy);
  this.end();
};

// What destroySoon promises: everything written first.
WriteStream.prototype.destroySoon = WriteStream.prototype.end;

Object.defineProperty(WriteStream.prototype, 'pending', {
  __proto__: null,
  configurable: true,
  get() {
    return this.fd === null;
  },
});

module.exports = { ReadStream, WriteStream };
