'use strict';

// readFile, writeFile and appendFile, synchronous and with a callback. Each is one native job (open, size, transfer, close) unless the caller
// asks to watch it: with an AbortSignal, or with `flush`, the steps are taken one by one (internal/fs/abortable does the former).

const { validateBoolean } = require('internal/validators');
const {
  getOptions,
  getValidatedPath,
  isFd,
  lazyBuffer,
  mergeOptions,
  parseFileMode,
  stringToFlags,
  toBytes,
  validateCallback,
  validateWritable,
} = require('internal/fs/utils');

const binding = internalBinding('fs');
const { FastBuffer } = require('internal/buffer');

const kReadDefaults = Object.freeze({ __proto__: null, encoding: null, flag: 'r' });
const kWriteDefaults = Object.freeze({ __proto__: null, encoding: 'utf8', mode: 0o666, flag: 'w', flush: false });
const kAppendDefaults = Object.freeze({ __proto__: null, encoding: 'utf8', mode: 0o666, flag: 'a', flush: false });

function isUtf8(encoding) {
  return encoding === 'utf8' || encoding === 'utf-8' || encoding === 'UTF8' || encoding === 'UTF-8';
}

// `contents` is a string already when utf8 was asked for, and an ArrayBuffer otherwise.
function decoded(contents, encoding) {
  if (typeof contents === 'string') return contents;
  // The methods of Buffer come with the module.
  lazyBuffer();
  const buffer = new FastBuffer(contents);
  return encoding && encoding !== 'buffer' ? buffer.toString(encoding) : buffer;
}

function readFile(path, options, callback) {
  callback = validateCallback(callback || options);
  options = getOptions(options, kReadDefaults);
  const { encoding, signal } = options;
  const flags = stringToFlags(options.flag ?? 'r');
  if (signal) {
    settle(require('internal/fs/abortable').readFile(isFd(path) ? path : getValidatedPath(path), flags, encoding, signal), callback);
    return;
  }
  binding.readFile(isFd(path) ? path : getValidatedPath(path), flags, isUtf8(encoding), (err, bytes) => {
    if (err) {
      callback(err);
      return;
    }
    let result;
    try {
      result = decoded(bytes, encoding);
    } catch (decodeError) {
      callback(decodeError);
      return;
    }
    callback(null, result);
  });
}

function readFileSync(path, options) {
  options = getOptions(options, kReadDefaults);
  const { encoding } = options;
  const flags = stringToFlags(options.flag ?? 'r');
  return decoded(binding.readFile(isFd(path) ? path : getValidatedPath(path), flags, isUtf8(encoding)), encoding);
}

// Hands a promise's outcome to a callback outside the promise, so that what the callback throws is an uncaught exception.
function settle(promise, callback) {
  promise.then((value) => process.nextTick(callback, null, value), (err) => process.nextTick(callback, err));
}

function writeOptions(options, defaults) {
  options = mergeOptions(options, defaults);
  const flush = options.flush ?? false;
  validateBoolean(flush, 'options.flush');
  return {
    __proto__: null,
    encoding: options.encoding,
    flags: stringToFlags(options.flag || defaults.flag),
    flush,
    mode: parseFileMode(options.mode, 'mode', 0o666),
    signal: options.signal,
  };
}

// What the native side takes: bytes, or a string that it encodes as utf8 itself.
function payload(data, encoding) {
  return typeof data === 'string' && (!encoding || isUtf8(encoding)) ? data : toBytes(data, encoding);
}

function writeWith(path, data, options, callback) {
  validateWritable(data, 'data');
  const { encoding, flags, flush, mode, signal } = options;
  const target = isFd(path) ? path : getValidatedPath(path);
  if (signal) {
    settle(require('internal/fs/abortable').writeFile(target, flags, mode, toBytes(data, encoding), flush, signal), callback);
  } else if (flush) {
    flushingWrite(target, flags, mode, payload(data, encoding), callback);
  } else {
    binding.writeFile(target, flags, mode, payload(data, encoding), callback);
  }
}

// Goes through the public fsync, which programs wrap to observe durability.
function flushingWrite(target, flags, mode, data, callback) {
  const fs = require('fs');
  const write = (fd, done) => {
    binding.writeFile(fd, flags, mode, data, (err) => (err ? done(err) : fs.fsync(fd, done)));
  };
  if (typeof target === 'number') {
    write(target, callback);
    return;
  }
  binding.openHandle(target, flags, mode, (err, fd) => {
    if (err) {
      callback(err);
      return;
    }
    write(fd, (writeError) => binding.closeHandle(fd, (closeError) => callback(writeError || closeError || null)));
  });
}

function writeSyncWith(path, data, options) {
  validateWritable(data, 'data');
  const { encoding, flags, flush, mode } = options;
  const target = isFd(path) ? path : getValidatedPath(path);
  if (!flush) {
    binding.writeFile(target, flags, mode, payload(data, encoding));
    return;
  }
  const fd = typeof target === 'number' ? target : binding.openHandle(target, flags, mode);
  try {
    binding.writeFile(fd, flags, mode, payload(data, encoding));
    require('fs').fsyncSync(fd);
  } finally {
    if (fd !== target) binding.closeHandle(fd);
  }
}

function writeFile(path, data, options, callback) {
  callback = validateCallback(callback || options);
  writeWith(path, data, writeOptions(options, kWriteDefaults), callback);
}

function writeFileSync(path, data, options) {
  writeSyncWith(path, data, writeOptions(options, kWriteDefaults));
}

function appendFile(path, data, options, callback) {
  callback = validateCallback(callback || options);
  writeWith(path, data, writeOptions(options, kAppendDefaults), callback);
}

function appendFileSync(path, data, options) {
  writeSyncWith(path, data, writeOptions(options, kAppendDefaults));
}

module.exports = {
  appendFile,
  appendFileSync,
  decoded,
  isUtf8,
  kAppendDefaults,
  kReadDefaults,
  kWriteDefaults,
  payload,
  readFile,
  readFileSync,
  writeFile,
  writeFileSync,
  writeOptions,
};
