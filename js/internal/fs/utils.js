'use strict';

// What every form of a file-system call shares before it reaches the native side: validation of paths, descriptors, modes, flags, positions,
// times and option bags, with the errors that Node's fs documentation names. Nothing here touches the file system.

const { codes } = require('internal/errors');
const {
  ERR_FS_EISDIR,
  ERR_INCOMPATIBLE_OPTION_PAIR,
  ERR_INVALID_ARG_TYPE,
  ERR_INVALID_ARG_VALUE,
  ERR_OUT_OF_RANGE,
} = codes;
const {
  parseFileMode,
  validateAbortSignal,
  validateBoolean,
  validateFunction,
  validateInt32,
  validateInteger,
  validateObject,
  validateUint32,
} = require('internal/validators');

const binding = internalBinding('fs');
const isWindows = process.platform === 'win32';

// The table is the platform's own; the native side reads it from its C headers.
const constants = Object.setPrototypeOf(binding.constants(), null);
// Hints that mean something to Windows only.
for (const name of ['RANDOM', 'SEQUENTIAL', 'SHORT_LIVED', 'TEMPORARY']) constants[`UV_FS_O_${name}`] ??= 0;

const kMaxUserId = 0xffffffff;
const kMaxInt64 = 0x7fffffffffffffffn;
const isArrayBufferView = ArrayBuffer.isView;

// `Buffer` is needed by few calls that merely look at paths, so it is not loaded with this module.
let BufferClass;
function lazyBuffer() {
  return BufferClass ??= require('buffer').Buffer;
}

let urlModule;
function fileUrlToPath(url) {
  urlModule ??= require('url');
  return urlModule.fileURLToPath(url);
}

function isUrl(value) {
  return Boolean(value?.href && value.protocol && value.auth === undefined && value.path === undefined);
}

function isUint8Array(value) {
  return value instanceof Uint8Array || (isArrayBufferView(value) && value[Symbol.toStringTag] === 'Uint8Array');
}

function hasNullByte(path) {
  return typeof path === 'string' ? path.includes('\u0000') : Uint8Array.prototype.includes.call(path, 0);
}

// -> the path as a string or Uint8Array, which are the two shapes that native ops take.
function getValidatedPath(path, name = 'path') {
  if (typeof path !== 'string') {
    if (path !== null && typeof path === 'object' && isUrl(path)) path = fileUrlToPath(path);
    else if (!isUint8Array(path)) throw new ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'URL'], path);
  }
  if (hasNullByte(path)) {
    throw new ERR_INVALID_ARG_VALUE(name, path, 'must be a string, Uint8Array, or URL without null bytes');
  }
  return path;
}

function getValidatedFd(fd, name = 'fd') {
  // -0 would pass for an integer and print as a different value than the one the caller wrote.
  if (Object.is(fd, -0)) return 0;
  validateInt32(fd, name, 0);
  return fd;
}

// A file argument of readFile and its like: descriptor or path.
function isFd(path) {
  return Number.isInteger(path) && path >= 0 && path <= 0x7fffffff;
}

function validateCallback(cb) {
  validateFunction(cb, 'cb');
  return cb;
}

function assertEncoding(encoding) {
  if (encoding && !lazyBuffer().isEncoding(encoding)) {
    throw new ERR_INVALID_ARG_VALUE('encoding', encoding, 'is invalid encoding');
  }
}

// Merges the caller's options (object, encoding string, or absent) over `defaults` without touching either.
function getOptions(options, defaults) {
  if (options === undefined || options === null || typeof options === 'function') return defaults;
  if (typeof options === 'string') {
    options = { ...defaults, encoding: options };
  } else if (typeof options !== 'object') {
    throw new ERR_INVALID_ARG_TYPE('options', ['string', 'Object'], options);
  }
  if (options.encoding !== 'buffer') assertEncoding(options.encoding);
  if (options.signal !== undefined) validateAbortSignal(options.signal, 'options.signal');
  return options;
}

// The plain copy with defaults that callers may keep: getOptions hands back the caller's own object.
function mergeOptions(options, defaults) {
  const given = getOptions(options, defaults);
  return given === defaults ? defaults : { ...defaults, ...given };
}

const {
  O_APPEND = 0,
  O_CREAT = 0,
  O_EXCL = 0,
  O_RDONLY = 0,
  O_RDWR = 0,
  O_SYNC = 0,
  O_TRUNC = 0,
  O_WRONLY = 0,
} = constants;

const kFlagWords = new Map([
  ['r', O_RDONLY],
  ['rs', O_RDONLY | O_SYNC],
  ['sr', O_RDONLY | O_SYNC],
  ['r+', O_RDWR],
  ['rs+', O_RDWR | O_SYNC],
  ['sr+', O_RDWR | O_SYNC],
  ['w', O_TRUNC | O_CREAT | O_WRONLY],
  ['wx', O_TRUNC | O_CREAT | O_WRONLY | O_EXCL],
  ['xw', O_TRUNC | O_CREAT | O_WRONLY | O_EXCL],
  ['w+', O_TRUNC | O_CREAT | O_RDWR],
  ['wx+', O_TRUNC | O_CREAT | O_RDWR | O_EXCL],
  ['xw+', O_TRUNC | O_CREAT | O_RDWR | O_EXCL],
  ['a', O_APPEND | O_CREAT | O_WRONLY],
  ['ax', O_APPEND | O_CREAT | O_WRONLY | O_EXCL],
  ['xa', O_APPEND | O_CREAT | O_WRONLY | O_EXCL],
  ['as', O_APPEND | O_CREAT | O_WRONLY | O_SYNC],
  ['sa', O_APPEND | O_CREAT | O_WRONLY | O_SYNC],
  ['a+', O_APPEND | O_CREAT | O_RDWR],
  ['ax+', O_APPEND | O_CREAT | O_RDWR | O_EXCL],
  ['xa+', O_APPEND | O_CREAT | O_RDWR | O_EXCL],
  ['as+', O_APPEND | O_CREAT | O_RDWR | O_SYNC],
  ['sa+', O_APPEND | O_CREAT | O_RDWR | O_SYNC],
]);

function stringToFlags(flags, name = 'flags') {
  if (typeof flags === 'number') {
    validateInt32(flags, name);
    return flags;
  }
  if (flags === undefined || flags === null) return O_RDONLY;
  const value = kFlagWords.get(flags);
  if (value === undefined) throw new ERR_INVALID_ARG_VALUE(name, flags);
  return value;
}

function getValidMode(mode, kind) {
  const allowed = kind === 'copyFile' ?
    constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE | constants.COPYFILE_FICLONE_FORCE :
    constants.F_OK | constants.R_OK | constants.W_OK | constants.X_OK;
  if (mode === undefined || mode === null) return kind === 'copyFile' ? 0 : constants.F_OK;
  validateInteger(mode, 'mode', 0, allowed);
  return mode;
}

// Seconds since the epoch, as the native side takes times; what does not look like a time is the caller's error.
function toUnixTimestamp(time, name = 'time') {
  // Non-strict on purpose: a string that is a number counts as one.
  // eslint-disable-next-line eqeqeq
  if (typeof time === 'string' && +time == time) return +time;
  if (Number.isFinite(time)) return time < 0 ? Date.now() / 1000 : time;
  if (time instanceof Date || Object.prototype.toString.call(time) === '[object Date]') {
    return Date.prototype.getTime.call(time) / 1000;
  }
  throw new ERR_INVALID_ARG_TYPE(name, ['Date', 'Time in seconds'], time);
}

function validateOffsetLengthRead(offset, length, byteLength) {
  if (offset < 0) throw new ERR_OUT_OF_RANGE('offset', '>= 0', offset);
  if (length < 0) throw new ERR_OUT_OF_RANGE('length', '>= 0', length);
  if (offset + length > byteLength) throw new ERR_OUT_OF_RANGE('length', `<= ${byteLength - offset}`, length);
}

function validateOffsetLengthWrite(offset, length, byteLength) {
  if (offset > byteLength) throw new ERR_OUT_OF_RANGE('offset', `<= ${byteLength}`, offset);
  if (length > byteLength - offset) throw new ERR_OUT_OF_RANGE('length', `<= ${byteLength - offset}`, length);
  if (length < 0) throw new ERR_OUT_OF_RANGE('length', '>= 0', length);
  validateInt32(length, 'length', 0);
}

// -> position to read from; -1 means "where the descriptor stands".
function validatePosition(position, name, length) {
  if (typeof position === 'number') {
    validateInteger(position, name, -1);
  } else if (typeof position === 'bigint') {
    const max = kMaxInt64 - BigInt(length);
    if (!(position >= -1n && position <= max)) throw new ERR_OUT_OF_RANGE(name, `>= -1 && <= ${max}`, position);
  } else {
    throw new ERR_INVALID_ARG_TYPE(name, ['integer', 'bigint'], position);
  }
  return position;
}

function validateBufferArray(buffers, name = 'buffers') {
  if (!Array.isArray(buffers)) throw new ERR_INVALID_ARG_TYPE(name, 'ArrayBufferView[]', buffers);
  for (let i = 0; i < buffers.length; i++) {
    if (!isArrayBufferView(buffers[i])) throw new ERR_INVALID_ARG_TYPE(name, 'ArrayBufferView[]', buffers);
  }
  return buffers;
}

// Data to be written: a string or a view, nothing that would have to be coerced.
function validateWritable(data, name) {
  if (typeof data !== 'string' && !isArrayBufferView(data)) {
    throw new ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'TypedArray', 'DataView'], data);
  }
}

// -> a byte view of data that may be a string in `encoding`.
function toBytes(data, encoding) {
  return typeof data === 'string' ? lazyBuffer().from(data, encoding || 'utf8') : data;
}

// The native side speaks utf8 strings (fast) or raw bytes; every other encoding is made from the bytes here.
function wantsBytes(encoding) {
  return encoding !== undefined && encoding !== null && encoding !== '' && encoding !== 'utf8' && encoding !== 'utf-8';
}

function bufferOver(bytes) {
  return lazyBuffer().from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// Turns one name (string or bytes) from the native side into the encoding asked for.
function encodeName(name, encoding) {
  if (name === undefined || name === null || typeof name === 'string') return name;
  const buffer = bufferOver(name);
  return encoding === 'buffer' ? buffer : buffer.toString(encoding);
}

function encodeNames(names, encoding) {
  for (let i = 0; i < names.length; i++) names[i] = encodeName(names[i], encoding);
  return names;
}

const kRmDefaults = { recursive: false, force: false, retryDelay: 100, maxRetries: 0 };
const kRmdirDefaults = { retryDelay: 100, maxRetries: 0, recursive: false };

function validateRmdirOptions(options, defaults = kRmdirDefaults) {
  if (options === undefined) return defaults;
  validateObject(options, 'options');
  options = { ...defaults, ...options };
  validateBoolean(options.recursive, 'options.recursive');
  validateInt32(options.retryDelay, 'options.retryDelay', 0);
  validateUint32(options.maxRetries, 'options.maxRetries');
  return options;
}

function validateRmOptions(options) {
  options = validateRmdirOptions(options, kRmDefaults);
  validateBoolean(options.force, 'options.force');
  return options;
}

// rm() of a directory without `recursive` is an error of its own, made by the native side as EISDIR and named here.
function rmDirectoryError(path) {
  return new ERR_FS_EISDIR({
    code: 'EISDIR',
    message: 'is a directory',
    path: typeof path === 'string' ? path : bufferOver(path).toString(),
    syscall: 'rm',
    errno: require('os').constants.errno.EISDIR,
  });
}

let warnedRecursiveRmdir = false;
function emitRecursiveRmdirWarning() {
  if (warnedRecursiveRmdir) return;
  warnedRecursiveRmdir = true;
  process.emitWarning(
    'In future versions of Node.js, fs.rmdir(path, { recursive: true }) will be removed. Use fs.rm(path, { recursive: true }) instead',
    'DeprecationWarning',
    'DEP0147');
}

const kCpDefaults = {
  dereference: false,
  errorOnExist: false,
  filter: undefined,
  force: true,
  preserveTimestamps: false,
  recursive: false,
  verbatimSymlinks: false,
};

function validateCpOptions(options) {
  if (options === undefined) return { ...kCpDefaults, mode: 0 };
  validateObject(options, 'options');
  options = { ...kCpDefaults, ...options };
  for (const name of ['dereference', 'errorOnExist', 'force', 'preserveTimestamps', 'recursive', 'verbatimSymlinks']) {
    validateBoolean(options[name], `options.${name}`);
  }
  options.mode = getValidMode(options.mode, 'copyFile');
  if (options.dereference === true && options.verbatimSymlinks === true) {
    throw new ERR_INCOMPATIBLE_OPTION_PAIR('dereference', 'verbatimSymlinks');
  }
  if (options.filter !== undefined) validateFunction(options.filter, 'options.filter');
  return options;
}

module.exports = {
  assertEncoding,
  bufferOver,
  constants,
  emitRecursiveRmdirWarning,
  encodeName,
  encodeNames,
  getOptions,
  getValidMode,
  getValidatedFd,
  getValidatedPath,
  isFd,
  isWindows,
  kMaxUserId,
  lazyBuffer,
  mergeOptions,
  parseFileMode,
  rmDirectoryError,
  stringToFlags,
  toBytes,
  toUnixTimestamp,
  validateBufferArray,
  validateCallback,
  validateCpOptions,
  validateOffsetLengthRead,
  validateOffsetLengthWrite,
  validatePosition,
  validateRmOptions,
  validateRmdirOptions,
  validateWritable,
  wantsBytes,
};
