'use strict';

// ZlibBase: the Transform behind all streams of node:zlib.
//
// A chunk that was written goes to the native side as a whole. Its output
// comes back in portions of a few pieces of `chunkSize`, each fetched when the
// last one found room on the reading side, so that little input which becomes
// much output does not fill the memory.

const { Transform } = require('stream');
const { Buffer, kMaxLength } = require('buffer');
const { constants } = require('internal/zlib/constants');
const { kBytes, kFull, kTaken, writeFailure } = require('internal/zlib/handle');
const {
  codes: {
    ERR_BUFFER_TOO_LARGE,
    ERR_INTERNAL_ASSERTION,
    ERR_TRAILING_JUNK_AFTER_STREAM_END,
  },
} = require('internal/errors');
const { checkRangesOrGetDefault } = require('internal/validators');
const { FastBuffer } = require('internal/buffer');
const { deprecate } = require('internal/util');

// How much output one trip to another thread may bring: the trip should cost
// less than the work, and what the reading side asks for is 64 kB.
const kPortion = 64 * 1024;

const kFlushFlag = Symbol('kFlushFlag');
const kLastFlush = Symbol('kLastFlush');
const kNextPortion = Symbol('kNextPortion');

// Flush operations by strength. Those of the other formats have the numbers of
// some of zlib's and the same order.
const kStrength = [0, 2, 3, 4, 5, 1];
function strongerFlush(a, b) {
  return kStrength[a] >= kStrength[b] ? a : b;
}

function ZlibBase(options, mode, handle, settings) {
  if (options && (options.encoding || options.objectMode || options.writableObjectMode)) {
    // These streams carry bytes.
    options = { ...options, encoding: null, objectMode: false, writableObjectMode: false };
  }
  Transform.call(this, { autoDestroy: true, ...options });
  this.bytesWritten = 0;
  this._handle = handle;
  this._chunkSize = settings.chunkSize;
  this._defaultFlushFlag = settings.flush;
  this._finishFlushFlag = settings.finishFlush;
  this._defaultFullFlushFlag = settings.fullFlush;
  this[kLastFlush] = settings.lastFlush;
  this._info = settings.info;
  this._maxOutputLength = settings.maxOutputLength;
  this._rejectGarbageAfterEnd = settings.rejectGarbageAfterEnd;
  this._mode = mode;
  this[kNextPortion] = undefined;
}
Object.setPrototypeOf(ZlibBase.prototype, Transform.prototype);
Object.setPrototypeOf(ZlibBase, Transform);

const proto = ZlibBase.prototype;

Object.defineProperty(proto, '_closed', {
  __proto__: null,
  configurable: true,
  enumerable: true,
  get() {
    return !this._handle;
  },
});

Object.defineProperty(proto, 'bytesRead', {
  __proto__: null,
  configurable: true,
  enumerable: true,
  get: deprecate(function() {
    return this.bytesWritten;
  }, 'zlib.bytesRead is deprecated and will change its meaning in the ' +
     'future. Use zlib.bytesWritten instead.', 'DEP0108'),
  set(value) {
    this.bytesWritten = value;
  },
});

function openHandle(stream) {
  if (!stream._handle) throw new ERR_INTERNAL_ASSERTION('zlib binding closed');
  return stream._handle;
}

function closeHandle(stream) {
  // Packages have put a close() of their own there that does nothing.
  stream._handle?.close();
  stream._handle = null;
}

proto.reset = function reset() {
  openHandle(this).reset();
};

// Output comes with the last chunk or, if the stream ends without one, with an
// empty one.
proto._flush = function _flush(callback) {
  this._transform(Buffer.alloc(0), '', callback);
};

proto._final = function _final(callback) {
  callback();
};

// A flush takes its place among the writes as an empty chunk that knows what
// kind of flush it is.
const flushChunks = [];
function flushChunk(kind) {
  let chunk = flushChunks[kind];
  if (chunk === undefined) {
    chunk = Buffer.alloc(0);
    chunk[kFlushFlag] = kind;
    flushChunks[kind] = chunk;
  }
  return chunk;
}

proto.flush = function flush(kind, callback) {
  if (typeof kind === 'function' || (kind === undefined && !callback)) {
    callback = kind;
    kind = this._defaultFullFlushFlag;
  }
  kind = checkRangesOrGetDefault(kind, 'kind', 0, this[kLastFlush], this._defaultFullFlushFlag);
  if (this.writableFinished) {
    if (callback) process.nextTick(callback);
  } else if (this.writableEnded) {
    if (callback) this.once('end', callback);
  } else {
    // Fractions are no operations, and written they are no chunks.
    this.write(kind in kStrength ? flushChunk(kind) : undefined, '', callback);
  }
};

proto.close = function close(callback) {
  if (callback) require('internal/streams/end_of_stream').eos(this, callback);
  this.destroy();
};

proto._destroy = function _destroy(error, callback) {
  closeHandle(this);
  callback(error);
};

proto._transform = function _transform(chunk, encoding, callback) {
  let flush = chunk[kFlushFlag] ?? this._defaultFlushFlag;
  if (this.writableEnded && this.writableLength === chunk.byteLength) {
    // The last one.
    flush = strongerFlush(flush, this._finishFlushFlag);
  }
  processChunk(this, chunk, flush, callback);
};

proto._processChunk = function _processChunk(chunk, flush, callback) {
  if (typeof callback === 'function') {
    processChunk(this, chunk, flush, callback);
    return undefined;
  }
  return processChunkSync(this, chunk, flush);
};

proto._read = function _read(size) {
  const next = this[kNextPortion];
  if (next !== undefined) {
    this[kNextPortion] = undefined;
    next();
  }
  Transform.prototype._read.call(this, size);
};

// ---- processing -------------------------------------------------------------

function processChunk(stream, chunk, flush, callback) {
  if (!stream._handle) {
    process.nextTick(callback);
    return;
  }
  const chunkSize = stream._chunkSize;
  const limit = chunkSize >= kPortion ? Math.min(chunkSize, kMaxLength) :
    kPortion - kPortion % chunkSize;
  let left = chunk.byteLength;

  const next = () => {
    if (stream._handle) stream._handle.write(flush, undefined, limit, done);
    else callback();
  };

  function done(error, written) {
    if (stream.destroyed) {
      callback();
      return;
    }
    const failure = error ?? writeFailure(written);
    if (failure) {
      // The write is never called back: destroy() tells whoever waits.
      stream.destroy(failure);
      return;
    }
    const taken = written[kTaken];
    left -= taken;
    stream.bytesWritten += taken;
    const wantsMore = pushPieces(stream, written[kBytes], chunkSize);
    if (stream.destroyed) {
      callback();
      return;
    }
    if (written[kFull]) {
      if (wantsMore) next();
      else stream[kNextPortion] = next;
      return;
    }
    if (left > 0) {
      // There was room for output and the rest of the input was not wanted:
      // what it held is complete.
      if (stream._rejectGarbageAfterEnd) {
        callback(new ERR_TRAILING_JUNK_AFTER_STREAM_END());
        return;
      }
      stream.push(null);
    }
    callback();
  }

  stream._handle.write(flush, chunk, limit, done);
}

// Hands output on in pieces of at most `size`. Returns whether the reading
// side has room for more.
function pushPieces(stream, bytes, size) {
  if (bytes === undefined) return true;
  const { buffer, byteLength } = bytes;
  let wantsMore = true;
  for (let start = 0; start < byteLength && !stream.destroyed; start += size) {
    wantsMore = stream.push(new FastBuffer(buffer, start, Math.min(size, byteLength - start)));
  }
  return wantsMore;
}

function toBuffer(bytes) {
  return bytes === undefined ? Buffer.alloc(0) : new FastBuffer(bytes.buffer);
}

// All of the output at once. The stream is of no further use.
function processChunkSync(stream, chunk, flush) {
  const max = stream._maxOutputLength;
  const written = openHandle(stream).writeSync(flush, chunk, outputLimit(max));
  const failure = writeFailure(written);
  if (failure) {
    // It is thrown; that the stream tells of it too must not end the process.
    stream.on('error', () => {});
    stream.destroy(failure);
    throw failure;
  }
  const bytes = wholeOutput(written, chunk.byteLength, max, stream._rejectGarbageAfterEnd,
                            () => closeHandle(stream));
  stream.bytesWritten = written[kTaken];
  closeHandle(stream);
  return bytes;
}

// One byte past what is allowed tells that there is too much.
function outputLimit(maxOutputLength) {
  return maxOutputLength + 1;
}

// The Buffer of an answer that is to hold all output, or what is wrong with it.
function wholeOutput(written, inputLength, maxOutputLength, rejectGarbage, beforeThrow) {
  const bytes = written[kBytes];
  let error;
  if (bytes !== undefined && bytes.byteLength > maxOutputLength) {
    error = new ERR_BUFFER_TOO_LARGE(maxOutputLength);
  } else if (rejectGarbage && written[kTaken] < inputLength) {
    error = new ERR_TRAILING_JUNK_AFTER_STREAM_END();
  }
  if (error === undefined) return toBuffer(bytes);
  beforeThrow?.();
  throw error;
}

// ---- parameters -------------------------------------------------------------

function params(level, strategy, callback) {
  checkRangesOrGetDefault(level, 'level', constants.Z_MIN_LEVEL, constants.Z_MAX_LEVEL);
  checkRangesOrGetDefault(strategy, 'strategy', constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED);
  if (this._level === level && this._strategy === strategy) {
    process.nextTick(callback);
    return;
  }
  // What was written before is to be compressed as it was meant to be.
  this.flush(constants.Z_SYNC_FLUSH, (error) => {
    openHandle(this).params(level, strategy);
    if (this.destroyed) return;
    this._level = level;
    this._strategy = strategy;
    callback?.(error);
  });
}

module.exports = { ZlibBase, outputLimit, params, processChunkSync, wholeOutput };
