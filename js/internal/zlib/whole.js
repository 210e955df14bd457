'use strict';

// The functions that take all data at once and give all of the result. They
// need no stream: one native call does the work, here or on another thread.

const binding = internalBinding('zlib');
const { Buffer } = require('buffer');
const { kinds } = require('internal/zlib/options');
const { writeFailure } = require('internal/zlib/handle');
const { outputLimit, processChunkSync, wholeOutput } = require('internal/zlib/base');
const {
  codes: { ERR_BUFFER_TOO_LARGE, ERR_INVALID_ARG_TYPE },
} = require('internal/errors');
const { validateFunction } = require('internal/validators');
const { isAnyArrayBuffer, isArrayBufferView } = require('internal/util/types');

function bytesOf(data) {
  if (typeof data === 'string') return Buffer.from(data);
  return isArrayBufferView(data) || isAnyArrayBuffer(data) ? data : undefined;
}

// Whether the stream itself can be seen, or ended, from outside.
function needsEngine(options) {
  return Boolean(options?.info || options?.signal);
}

// What only streams look at must be right here, too. They are asked where
// somebody gave such options, which is rare.
function checkStreamOptions(Class, options) {
  if (options === undefined || options === null) return;
  if (options.highWaterMark !== undefined || options.readableHighWaterMark !== undefined ||
      options.writableHighWaterMark !== undefined || options.defaultEncoding !== undefined ||
      options.signal !== undefined) {
    new Class(options).destroy();
  }
}

function wholeSync(Class, kind, data, options) {
  if (needsEngine(options)) {
    const engine = new Class(options);
    const buffer = syncWithEngine(engine, data);
    return options.info ? { buffer, engine } : buffer;
  }
  checkStreamOptions(Class, options);
  const format = kind.format(options);
  const settings = kind.stream(options);
  const bytes = inputOf(data);
  const written = binding.wholeSync(
    format.open(), settings.finishFlush, bytes, outputLimit(settings.maxOutputLength));
  const failure = writeFailure(written);
  if (failure) throw failure;
  return wholeOutput(
    written, bytes.byteLength, settings.maxOutputLength, settings.rejectGarbageAfterEnd);
}

function inputOf(data) {
  const bytes = bytesOf(data);
  if (bytes !== undefined) return bytes;
  throw new ERR_INVALID_ARG_TYPE(
    'buffer', ['string', 'Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], data);
}

function syncWithEngine(engine, data) {
  const bytes = inputOf(data);
  return processChunkSync(engine, asBuffer(bytes), engine._finishFlushFlag);
}

function asBuffer(bytes) {
  return isAnyArrayBuffer(bytes) ? Buffer.from(bytes) :
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function whole(Class, kind, data, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = {};
  }
  // A function in the place of data is told when the stream has finished, which is then empty.
  if (needsEngine(options) || typeof data === 'function') {
    wholeWithEngine(new Class(options), data, callback);
    return;
  }
  checkStreamOptions(Class, options);
  const format = kind.format(options);
  const settings = kind.stream(options);
  validateFunction(callback, 'callback');
  const bytes = chunkOf(data);
  const id = format.open();
  binding.whole(
    id, settings.finishFlush, bytes, outputLimit(settings.maxOutputLength), (error, written) => {
      const failure = error ?? writeFailure(written);
      if (failure) {
        callback(failure);
        return;
      }
      let buffer;
      try {
        buffer = wholeOutput(
          written, bytes.byteLength, settings.maxOutputLength, settings.rejectGarbageAfterEnd);
      } catch (problem) {
        callback(problem);
        return;
      }
      callback(null, buffer);
    });
}

// Nothing is no data, as for the end() of a stream, whose words are used.
function chunkOf(data) {
  if (data === undefined || data === null) return Buffer.alloc(0);
  const bytes = bytesOf(data);
  if (bytes !== undefined) return bytes;
  throw new ERR_INVALID_ARG_TYPE('chunk', ['string', 'Buffer', 'TypedArray', 'DataView'], data);
}

function wholeWithEngine(engine, data, callback) {
  validateFunction(callback, 'callback');
  const bytes = typeof data === 'function' ? data : asBuffer(chunkOf(data));
  const pieces = [];
  let length = 0;
  engine.on('data', (piece) => {
    pieces.push(piece);
    length += piece.byteLength;
    if (length > engine._maxOutputLength) {
      finish(new ERR_BUFFER_TOO_LARGE(engine._maxOutputLength));
      engine.close();
    }
  });
  engine.on('error', finish);
  engine.on('end', () => {
    const buffer = Buffer.concat(pieces, length);
    engine.close();
    finish(null, engine._info ? { buffer, engine } : buffer);
  });
  function finish(error, result) {
    if (callback === undefined) return;
    const told = callback;
    callback = undefined;
    if (error) told(error);
    else told(null, result);
  }
  engine.end(bytes);
}

// The two functions of a class.
function convenience(name, Class) {
  const kind = kinds[name];
  function asyncBufferWrapper(buffer, options, callback) {
    whole(Class(), kind, buffer, options, callback);
  }
  function syncBufferWrapper(buffer, options) {
    return wholeSync(Class(), kind, buffer, options);
  }
  return [asyncBufferWrapper, syncBufferWrapper];
}

module.exports = { convenience };
