'use strict';

// open, close and everything that is done to an open descriptor by number: read, readv, write, writev, truncate, sync.
// Synchronous and callback forms; the native op is the same for both, told apart by whether it gets a callback.

const { codes } = require('internal/errors');
const { ERR_INVALID_ARG_VALUE } = codes;
const {
  validateBuffer,
  validateEncoding,
  validateInteger,
  validateObject,
} = require('internal/validators');
const {
  getValidatedFd,
  getValidatedPath,
  lazyBuffer,
  parseFileMode,
  stringToFlags,
  toBytes,
  validateBufferArray,
  validateCallback,
  validateOffsetLengthRead,
  validateOffsetLengthWrite,
  validatePosition,
  validateWritable,
} = require('internal/fs/utils');
const { customPromisifyArgs } = require('internal/util');

const binding = internalBinding('fs');
const isArrayBufferView = ArrayBuffer.isView;
const kDefaultReadSize = 16384;
const kCurrentPosition = -1;

function isObject(value) {
  return value !== null && typeof value === 'object';
}

// util.promisify() gives an object with these names for callbacks that take two results.
function promisifyNames(fn, names) {
  Object.defineProperty(fn, customPromisifyArgs, { __proto__: null, value: names, enumerable: false });
}

// In a Worker with the option trackUnmanagedFds: told of every descriptor that is opened (true) or closed (false) here.
const track = require('internal/process/execution').getDescriptorTracker();

function open(path, flags, mode, callback) {
  path = getValidatedPath(path);
  if (arguments.length < 3) {
    callback = flags;
    flags = 'r';
    mode = 0o666;
  } else if (typeof mode === 'function') {
    callback = mode;
    mode = 0o666;
  } else {
    mode = parseFileMode(mode, 'mode', 0o666);
  }
  flags = stringToFlags(flags);
  validateCallback(callback);
  if (track === null) {
    binding.open(path, flags, mode, callback);
    return;
  }
  binding.open(path, flags, mode, (error, fd) => {
    if (!error) track(fd, true);
    callback(error, fd);
  });
}

function openSync(path, flags, mode) {
  const fd = binding.open(getValidatedPath(path), stringToFlags(flags), parseFileMode(mode, 'mode', 0o666));
  if (track !== null) track(fd, true);
  return fd;
}

// A close without a callback still must not lose its error.
function rethrow(err) {
  if (err) throw err;
}

function close(fd, callback = rethrow) {
  fd = getValidatedFd(fd);
  if (callback !== rethrow) validateCallback(callback);
  if (track !== null) track(fd, false);
  binding.close(fd, callback);
}

function closeSync(fd) {
  fd = getValidatedFd(fd);
  if (track !== null) track(fd, false);
  binding.close(fd);
}

function defaultReadBuffer() {
  return lazyBuffer().alloc(kDefaultReadSize);
}

// The part of a view that a read fills, checked. -> { offset, length, position }
function readRange(buffer, offset, length, position) {
  if (offset === undefined || offset === null) offset = 0;
  else validateInteger(offset, 'offset', 0);
  length |= 0;
  if (length === 0) return { offset, length, position: kCurrentPosition };
  if (buffer.byteLength === 0) {
    throw new ERR_INVALID_ARG_VALUE('buffer', buffer, 'is empty and cannot be written');
  }
  validateOffsetLengthRead(offset, length, buffer.byteLength);
  if (position === undefined || position === null) position = kCurrentPosition;
  else validatePosition(position, 'position', length);
  return { offset, length, position };
}

// read(fd, buffer, offset, length, position, cb) | (fd, buffer, options, cb) | (fd, buffer, cb) | (fd, options, cb) | (fd, cb)
function read(fd, buffer, offsetOrOptions, length, position, callback) {
  fd = getValidatedFd(fd);
  let offset = offsetOrOptions;
  if (arguments.length <= 4) {
    let options;
    if (arguments.length === 4) {
      callback = length;
      options = offsetOrOptions;
    } else if (arguments.length === 3) {
      callback = offsetOrOptions;
      if (isArrayBufferView(buffer)) {
        options = undefined;
      } else {
        options = buffer;
        if (options !== undefined) validateObject(options, 'options', kNullOk());
        ({ buffer = defaultReadBuffer() } = options ?? {});
      }
    } else {
      callback = buffer;
      buffer = defaultReadBuffer();
    }
    if (options !== undefined) validateObject(options, 'options', kNullOk());
    ({ offset = 0, length = buffer?.byteLength - offset, position = null } = options ?? {});
  }
  validateBuffer(buffer);
  validateCallback(callback);
  const range = readRange(buffer, offset, length, position);
  if (range.length === 0) {
    process.nextTick(callback, null, 0, buffer);
    return;
  }
  binding.read(fd, buffer, range.offset, range.length, range.position, (err, count) => {
    // The buffer rides along so that a caller who let us allocate it gets it.
    callback(err, count || 0, buffer);
  });
}
promisifyNames(read, ['bytesRead', 'buffer']);

let nullableObject;
function kNullOk() {
  return nullableObject ??= require('internal/validators').kValidateObjectAllowNullable;
}

function readSync(fd, buffer, offsetOrOptions, length, position) {
  fd = getValidatedFd(fd);
  validateBuffer(buffer);
  let offset = offsetOrOptions;
  if (arguments.length <= 3 || isObject(offsetOrOptions)) {
    if (offsetOrOptions !== undefined) validateObject(offsetOrOptions, 'options', kNullOk());
    ({ offset = 0, length = buffer.byteLength - offset, position = null } = offsetOrOptions ?? {});
  }
  const range = readRange(buffer, offset, length, position);
  if (range.length === 0) return 0;
  return binding.read(fd, buffer, range.offset, range.length, range.position);
}

function vectorPosition(position) {
  return typeof position === 'number' ? position : kCurrentPosition;
}

function readv(fd, buffers, position, callback) {
  fd = getValidatedFd(fd);
  validateBufferArray(buffers);
  callback ||= position;
  validateCallback(callback);
  binding.readv(fd, buffers, vectorPosition(position), (err, count) => callback(err, count || 0, buffers));
}
promisifyNames(readv, ['bytesRead', 'buffers']);

function readvSync(fd, buffers, position) {
  fd = getValidatedFd(fd);
  validateBufferArray(buffers);
  return binding.readv(fd, buffers, vectorPosition(position));
}

// The part of a view that a write takes, checked. -> { offset, length, position }
function writeRange(buffer, offset, length, position) {
  if (offset === undefined || offset === null) offset = 0;
  else validateInteger(offset, 'offset', 0);
  if (typeof length !== 'number') length = buffer.byteLength - offset;
  if (typeof position !== 'number') position = kCurrentPosition;
  validateOffsetLengthWrite(offset, length, buffer.byteLength);
  return { offset, length, position };
}

// Writing has never refused an encoding it does not know: it takes utf8.
function knownEncoding(encoding) {
  return encoding && lazyBuffer().isEncoding(encoding) ? encoding : 'utf8';
}

// write(fd, buffer[, offset[, length[, position]]], cb) | (fd, buffer, options, cb) | (fd, string[, position[, encoding]], cb)
function write(fd, buffer, offsetOrOptions, length, position, callback) {
  fd = getValidatedFd(fd);
  if (isArrayBufferView(buffer)) {
    let offset = offsetOrOptions;
    callback ||= position || length || offset;
    validateCallback(callback);
    if (typeof offset === 'function') {
      offset = length = position = undefined;
    } else if (isObject(offset)) {
      ({ offset = 0, length = buffer.byteLength - offset, position = null } = offsetOrOptions);
    }
    if (typeof length === 'function') length = undefined;
    const range = writeRange(buffer, offset, length, position);
    binding.write(fd, buffer, range.offset, range.length, range.position, (err, count) => callback(err, count || 0, buffer));
    return;
  }
  validateWritable(buffer, 'buffer');
  let at = offsetOrOptions;
  let encoding = length;
  if (typeof position !== 'function') {
    if (typeof at === 'function') {
      position = at;
      at = null;
      encoding = 'utf8';
    } else {
      position = typeof length === 'function' ? length : position;
      if (typeof length === 'function') encoding = 'utf8';
    }
  }
  callback = position;
  validateEncoding(buffer, encoding);
  validateCallback(callback);
  const string = buffer;
  const bytes = toBytes(string, knownEncoding(encoding));
  binding.write(fd, bytes, 0, bytes.byteLength, typeof at === 'number' ? at : kCurrentPosition, (err, count) => {
    callback(err, count || 0, string);
  });
}
promisifyNames(write, ['bytesWritten', 'buffer']);

function writeSync(fd, buffer, offsetOrOptions, length, position) {
  fd = getValidatedFd(fd);
  if (isArrayBufferView(buffer)) {
    let offset = offsetOrOptions;
    if (position === undefined) position = null;
    if (isObject(offset)) {
      ({ offset = 0, length = buffer.byteLength - offset, position = null } = offsetOrOptions);
    }
    const range = writeRange(buffer, offset, length, position);
    return binding.write(fd, buffer, range.offset, range.length, range.position);
  }
  validateWritable(buffer, 'buffer');
  validateEncoding(buffer, length);
  const at = offsetOrOptions === undefined ? null : offsetOrOptions;
  const bytes = toBytes(buffer, knownEncoding(length));
  return binding.write(fd, bytes, 0, bytes.byteLength, typeof at === 'number' ? at : kCurrentPosition);
}

function writev(fd, buffers, position, callback) {
  fd = getValidatedFd(fd);
  validateBufferArray(buffers);
  callback ||= position;
  validateCallback(callback);
  if (buffers.length === 0) {
    process.nextTick(callback, null, 0, buffers);
    return;
  }
  binding.writev(fd, buffers, vectorPosition(position), (err, count) => callback(err, count || 0, buffers));
}
promisifyNames(writev, ['bytesWritten', 'buffers']);

function writevSync(fd, buffers, position) {
  fd = getValidatedFd(fd);
  validateBufferArray(buffers);
  if (buffers.length === 0) return 0;
  return binding.writev(fd, buffers, vectorPosition(position));
}

function ftruncate(fd, len = 0, callback) {
  if (typeof len === 'function') {
    callback = len;
    len = 0;
  }
  fd = getValidatedFd(fd);
  validateInteger(len, 'len');
  validateCallback(callback);
  binding.ftruncate(fd, Math.max(0, len), callback);
}

function ftruncateSync(fd, len = 0) {
  fd = getValidatedFd(fd);
  validateInteger(len, 'len');
  binding.ftruncate(fd, Math.max(0, len));
}

let warnedTruncateFd = false;
function warnTruncateFd() {
  if (warnedTruncateFd) return;
  warnedTruncateFd = true;
  process.emitWarning('Using fs.truncate with a file descriptor is deprecated. Please use fs.ftruncate with a file descriptor instead.',
                      'DeprecationWarning', 'DEP0081');
}

function truncate(path, len, callback) {
  if (typeof path === 'number') {
    warnTruncateFd();
    return ftruncate(path, len, callback);
  }
  if (typeof len === 'function') {
    callback = len;
    len = 0;
  } else if (len === undefined) {
    len = 0;
  }
  validateInteger(len, 'len');
  validateCallback(callback);
  binding.truncate(getValidatedPath(path), Math.max(0, len), callback);
}

function truncateSync(path, len) {
  if (typeof path === 'number') {
    warnTruncateFd();
    return ftruncateSync(path, len);
  }
  if (len === undefined) len = 0;
  validateInteger(len, 'len');
  binding.truncate(getValidatedPath(path), Math.max(0, len));
}

function fsync(fd, callback) {
  fd = getValidatedFd(fd);
  binding.fsync(fd, validateCallback(callback));
}

function fsyncSync(fd) {
  binding.fsync(getValidatedFd(fd));
}

function fdatasync(fd, callback) {
  fd = getValidatedFd(fd);
  binding.fdatasync(fd, validateCallback(callback));
}

function fdatasyncSync(fd) {
  binding.fdatasync(getValidatedFd(fd));
}

module.exports = {
  close,
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsync,
  fsyncSync,
  ftruncate,
  ftruncateSync,
  kCurrentPosition,
  kDefaultReadSize,
  open,
  openSync,
  read,
  readRange,
  readSync,
  readv,
  readvSync,
  truncate,
  truncateSync,
  vectorPosition,
  write,
  writeRange,
  writeSync,
  writev,
  writevSync,
};
