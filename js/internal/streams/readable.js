'use strict';

// Readable: the reading half. This file owns its state and the two ways data
// leaves the buffer:
//
//   source -> push() -> [buffer] -> read() -> consumer
//
//   flowing === null   nobody consumes yet
//   flowing === true   every chunk goes out as 'data' as soon as it is there
//   flowing === false  paused, or consumed by read() after 'readable'
//
// pipe() is in readable_pipe.js; iteration in readable_iterator.js.

const EventEmitter = require('events');
const { Buffer } = require('buffer');
const { Stream } = require('internal/streams/legacy');
const {
  clearChunks,
  shiftChunk,
  takeAllChunks,
  takeChunks,
  unshiftChunk,
} = require('internal/streams/chunk_queue');
const { pickHighWaterMark, getDefaultHighWaterMark } =
  require('internal/streams/state');
const destroyImpl = require('internal/streams/destroy');
const halves = require('internal/streams/halves');
const {
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_METHOD_NOT_IMPLEMENTED,
    ERR_OUT_OF_RANGE,
    ERR_STREAM_PUSH_AFTER_EOF,
    ERR_STREAM_UNSHIFT_AFTER_END_EVENT,
    ERR_UNKNOWN_ENCODING,
  },
  AbortError,
} = require('internal/errors');

const { errorOrDestroy } = destroyImpl;
const { nextTick } = process;

const kPaused = Symbol('kPaused');
// No single read() makes the buffer grow past this.
const MAX_HWM = 0x40000000;

let StringDecoder;

class ReadableState {
  constructor(options, isDuplex) {
    const objectMode = !!(options?.objectMode ||
      (isDuplex && options?.readableObjectMode));
    this.objectMode = objectMode;
    this.highWaterMark = options ?
      pickHighWaterMark(options, objectMode, 'readableHighWaterMark', isDuplex) :
      getDefaultHighWaterMark(false);
    this.buffer = [];
    this.bufferIndex = 0;
    this.length = 0;
    this.pipes = [];
    this.flowing = null;
    this.ended = false;
    this.endEmitted = false;
    this.reading = false;
    this.constructed = true;
    // Whether _read() is on the stack, so that push() within it is not
    // delivered before read() returns.
    this.sync = true;
    this.needReadable = false;
    this.emittedReadable = false;
    this.readableListening = false;
    this.resumeScheduled = false;
    this.errorEmitted = false;
    this.emitClose = !options || options.emitClose !== false;
    this.autoDestroy = !options || options.autoDestroy !== false;
    this.destroyed = false;
    this.errored = null;
    this.closed = false;
    this.closeEmitted = false;
    this.defaultEncoding = 'utf8';
    // The destination(s) pipe() waits for: one stream, or a Set of them.
    this.awaitDrainWriters = null;
    this.multiAwaitDrain = false;
    this.readingMore = false;
    this.dataEmitted = false;
    this.decoder = null;
    this.encoding = null;
    this.constructWaiters = null;
    this.whenConstructed = null;
    this[kPaused] = null;
    if (options) {
      const { defaultEncoding, encoding } = options;
      if (defaultEncoding !== undefined && defaultEncoding !== null &&
          defaultEncoding !== 'utf8') {
        if (!Buffer.isEncoding(defaultEncoding)) {
          throw new ERR_UNKNOWN_ENCODING(defaultEncoding);
        }
        this.defaultEncoding =
          defaultEncoding === 'utf-8' ? 'utf8' : defaultEncoding;
      }
      if (encoding) {
        this.decoder = newDecoder(encoding);
        this.encoding = encoding;
      }
    }
  }

  get pipesCount() {
    return this.pipes.length;
  }

  get paused() {
    return this[kPaused] !== false && this[kPaused] !== null;
  }
}

function newDecoder(encoding) {
  StringDecoder ??= require('string_decoder').StringDecoder;
  return new StringDecoder(encoding);
}

function Readable(options) {
  if (!(this instanceof Readable)) return new Readable(options);
  // A literal of fixed shape: looking up the usual events stays fast.
  this._events ??= {
    close: undefined,
    error: undefined,
    data: undefined,
    end: undefined,
    readable: undefined,
  };
  this._readableState = new ReadableState(options, false);
  if (options) {
    if (typeof options.read === 'function') this._read = options.read;
    applyCommonOptions(this, options);
  }
  Stream.call(this, options);
  if (typeof this._construct === 'function') {
    destroyImpl.construct(this, () => {
      if (this._readableState.needReadable) maybeReadMore(this, this._readableState);
    });
  }
}
Object.setPrototypeOf(Readable.prototype, Stream.prototype);
Object.setPrototypeOf(Readable, Stream);

// Options every kind of stream takes.
function applyCommonOptions(stream, options) {
  if (typeof options.destroy === 'function') stream._destroy = options.destroy;
  if (typeof options.construct === 'function') {
    stream._construct = options.construct;
  }
  if (options.signal) {
    require('internal/streams/add_abort_signal')
      .addAbortSignal(options.signal, stream);
  }
}

const proto = Readable.prototype;

proto.destroy = destroyImpl.destroy;
proto._undestroy = destroyImpl.undestroy;
proto._destroy = function _destroy(error, callback) {
  callback(error);
};
proto[EventEmitter.captureRejectionSymbol] = function(error) {
  this.destroy(error);
};
if (Symbol.asyncDispose) {
  proto[Symbol.asyncDispose] = function() {
    let error;
    if (!this.destroyed) {
      error = this.readableEnded ? null : new AbortError();
      this.destroy(error);
    }
    const { eos } = require('internal/streams/end_of_stream');
    return new Promise((resolve, reject) => {
      eos(this, (err) => (err && err !== error ? reject(err) : resolve(null)));
    });
  };
}

// ---- producing ---------------------------------------------------------

proto.push = function push(chunk, encoding) {
  return accept(this, this._readableState, chunk, encoding, false);
};

proto.unshift = function unshift(chunk, encoding) {
  return accept(this, this._readableState, chunk, encoding, true);
};

function accept(stream, state, chunk, encoding, front) {
  if (chunk === null) {
    state.reading = false;
    finishSource(stream, state);
    return false;
  }
  let asIs = false;
  if (!state.objectMode) {
    if (typeof chunk === 'string') {
      encoding = encoding || state.defaultEncoding;
      if (state.encoding === encoding) {
        // Already what setEncoding() would turn it into.
        asIs = true;
      } else {
        chunk = Buffer.from(chunk, encoding);
        if (front && state.encoding) {
          chunk = chunk.toString(state.encoding);
          asIs = true;
        }
      }
    } else if (chunk instanceof Buffer) {
      // As good as it gets.
    } else if (ArrayBuffer.isView(chunk)) {
      chunk = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    } else if (chunk !== undefined) {
      errorOrDestroy(stream, new ERR_INVALID_ARG_TYPE(
        'chunk', ['string', 'Buffer', 'TypedArray', 'DataView'], chunk));
      return false;
    }
    if (chunk === undefined || chunk.length <= 0) {
      // Nothing came, but the _read() is answered.
      if (!front) {
        state.reading = false;
        maybeReadMore(stream, state);
      }
      return wantsMore(state);
    }
  }
  if (front) {
    if (state.endEmitted) {
      errorOrDestroy(stream, new ERR_STREAM_UNSHIFT_AFTER_END_EVENT());
    } else if (state.destroyed || state.errored) {
      return false;
    } else {
      deliver(stream, state, chunk, true);
    }
  } else if (state.ended) {
    errorOrDestroy(stream, new ERR_STREAM_PUSH_AFTER_EOF());
  } else if (state.destroyed || state.errored) {
    return false;
  } else {
    state.reading = false;
    if (state.decoder !== null && !asIs && !(state.objectMode && encoding)) {
      chunk = state.decoder.write(chunk);
      if (state.objectMode || chunk.length !== 0) {
        deliver(stream, state, chunk, false);
      } else {
        maybeReadMore(stream, state);
      }
    } else {
      deliver(stream, state, chunk, false);
    }
  }
  return wantsMore(state);
}

function wantsMore(state) {
  return !state.ended &&
    (state.length < state.highWaterMark || state.length === 0);
}

function deliver(stream, state, chunk, front) {
  if (state.flowing && state.length === 0 && !state.sync &&
      stream.listenerCount('data') > 0) {
    forgetDrainWaits(state);
    state.dataEmitted = true;
    stream.emit('data', chunk);
  } else {
    state.length += state.objectMode ? 1 : chunk.length;
    if (front) unshiftChunk(state, chunk);
    else state.buffer.push(chunk);
    if (state.needReadable) announceReadable(stream, state);
  }
  maybeReadMore(stream, state);
}

// Data is going out, so whoever was waited for has been overruled.
function forgetDrainWaits(state) {
  if (state.multiAwaitDrain) state.awaitDrainWriters.clear();
  else state.awaitDrainWriters = null;
}

function finishSource(stream, state) {
  if (state.ended) return;
  if (state.decoder) {
    const rest = state.decoder.end();
    if (rest?.length) {
      state.buffer.push(rest);
      state.length += state.objectMode ? 1 : rest.length;
    }
  }
  state.ended = true;
  if (state.sync) {
    announceReadable(stream, state);
  } else {
    // Told at once, without a tick: there is nothing to batch it with.
    state.needReadable = false;
    state.emittedReadable = true;
    emitReadable(stream, state);
  }
}

function announceReadable(stream, state) {
  state.needReadable = false;
  if (state.emittedReadable) return;
  state.emittedReadable = true;
  nextTick(emitReadable, stream, state);
}

function emitReadable(stream, state) {
  if (!state.destroyed && !state.errored && (state.length || state.ended)) {
    stream.emit('readable');
    state.emittedReadable = false;
  }
  // Tell again when more comes, unless what is buffered is enough to make the
  // consumer call read() anyway.
  state.needReadable = !state.flowing && !state.ended &&
    state.length <= state.highWaterMark;
  flow(stream, state);
}

// Fills the buffer up to the high water mark, from a fresh tick.
function maybeReadMore(stream, state) {
  if (state.readingMore || !state.constructed) return;
  state.readingMore = true;
  nextTick(readMore, stream, state);
}

function readMore(stream, state) {
  while (!state.reading && !state.ended &&
         (state.length < state.highWaterMark ||
          (state.flowing && state.length === 0))) {
    const before = state.length;
    stream.read(0);
    // A source that gave nothing synchronously will push later.
    if (before === state.length) break;
  }
  state.readingMore = false;
}

// ---- consuming ---------------------------------------------------------

// How many of the `wanted` units the buffer can give now.
function available(state, wanted) {
  if (wanted <= 0 || (state.length === 0 && state.ended)) return 0;
  if (state.objectMode) return 1;
  if (Number.isNaN(wanted)) {
    // Flowing consumers get the chunks as they came.
    return state.flowing && state.length ?
      state.buffer[state.bufferIndex].length : state.length;
  }
  if (wanted <= state.length) return wanted;
  return state.ended ? state.length : 0;
}

function nextPowerOfTwo(n) {
  if (n > MAX_HWM) throw new ERR_OUT_OF_RANGE('size', '<= 1GiB', n);
  return n < 2 ? 1 : 2 ** (32 - Math.clz32(n - 1));
}

proto.read = function read(n) {
  if (n === undefined) n = NaN;
  else if (!Number.isInteger(n)) n = Number.parseInt(n, 10);
  const asked = n;
  const state = this._readableState;

  // Asking for more than is ever buffered raises the mark.
  if (n > state.highWaterMark) state.highWaterMark = nextPowerOfTwo(n);
  if (n !== 0) state.emittedReadable = false;

  if (n === 0 && state.needReadable &&
      (state.ended || (state.highWaterMark !== 0 ?
        state.length >= state.highWaterMark : state.length > 0))) {
    // A look-only read, and the buffer is as full as it gets.
    if (state.length === 0 && state.ended) endReadable(this, state);
    else announceReadable(this, state);
    return null;
  }

  n = available(state, n);
  if (n === 0 && state.ended) {
    if (state.length === 0) endReadable(this, state);
    return null;
  }

  const low = state.needReadable || state.length === 0 ||
    state.length - n < state.highWaterMark;
  if (low && !state.ended && !state.reading && !state.destroyed &&
      !state.errored && state.constructed) {
    state.reading = true;
    state.sync = true;
    if (state.length === 0) state.needReadable = true;
    try {
      this._read(state.highWaterMark);
    } catch (error) {
      errorOrDestroy(this, error);
    }
    state.sync = false;
    // A synchronous push may have changed what there is.
    if (!state.reading) n = available(state, asked);
  }

  let out = null;
  if (n > 0 && state.length > 0) out = takeFromBuffer(state, n);
  if (out === null) {
    state.needReadable = state.length <= state.highWaterMark;
    n = 0;
  } else {
    state.length -= n;
    forgetDrainWaits(state);
  }
  if (state.length === 0) {
    if (!state.ended) state.needReadable = true;
    // Taking the last of it ends the stream, and `read() === null` is not
    // waited for.
    else if (asked !== n) endReadable(this, state);
  }
  if (out !== null && !state.errorEmitted && !state.closeEmitted) {
    state.dataEmitted = true;
    this.emit('data', out);
  }
  return out;
};

function takeFromBuffer(state, n) {
  if (state.objectMode) return shiftChunk(state);
  const decoded = state.decoder !== null;
  return n >= state.length ?
    takeAllChunks(state, decoded) : takeChunks(state, n, decoded);
}

proto._read = function _read(n) {
  throw new ERR_METHOD_NOT_IMPLEMENTED('_read()');
};

function flow(stream, state) {
  while (state.flowing && stream.read() !== null);
}

function endReadable(stream, state) {
  if (state.endEmitted) return;
  state.ended = true;
  nextTick(emitEnd, state, stream);
}

function emitEnd(state, stream) {
  if (state.errored || state.closeEmitted || state.endEmitted ||
      state.length !== 0) return;
  state.endEmitted = true;
  stream.emit('end');
  if (stream.writable && stream.allowHalfOpen === false) {
    nextTick(endOtherHalf, stream);
  } else if (state.autoDestroy) {
    const w = stream._writableState;
    const otherDone = !w ||
      (w.autoDestroy && (w.finished || w.writable === false));
    if (otherDone) stream.destroy();
  }
}

function endOtherHalf(stream) {
  if (stream.writable && !stream.writableEnded && !stream.destroyed) {
    stream.end();
  }
}

// ---- modes -------------------------------------------------------------

proto.on = function on(event, listener) {
  const result = Stream.prototype.on.call(this, event, listener);
  const state = this._readableState;
  if (event === 'data') {
    // A 'readable' listener has precedence over flowing.
    state.readableListening = this.listenerCount('readable') > 0;
    if (state.flowing !== false) this.resume();
  } else if (event === 'readable') {
    if (!state.endEmitted && !state.readableListening) {
      state.readableListening = state.needReadable = true;
      state.flowing = false;
      state.emittedReadable = false;
      if (state.length) announceReadable(this, state);
      else if (!state.reading) nextTick(startReading, this);
    }
  }
  return result;
};
proto.addListener = proto.on;

function startReading(stream) {
  stream.read(0);
}

proto.removeListener = function removeListener(event, listener) {
  const result = Stream.prototype.removeListener.call(this, event, listener);
  // A tick later, so that once('readable') listeners may re-arm themselves.
  if (event === 'readable') nextTick(reviewReadableListening, this);
  return result;
};
proto.off = proto.removeListener;

proto.removeAllListeners = function removeAllListeners(event) {
  const result = Stream.prototype.removeAllListeners.apply(this, arguments);
  if (event === 'readable' || event === undefined) {
    nextTick(reviewReadableListening, this);
  }
  return result;
};

function reviewReadableListening(stream) {
  const state = stream._readableState;
  state.readableListening = stream.listenerCount('readable') > 0;
  if (state.resumeScheduled && state[kPaused] === false) {
    state.flowing = true;
  } else if (stream.listenerCount('data') > 0) {
    stream.resume();
  } else if (!state.readableListening) {
    state.flowing = null;
  }
}

proto.resume = function resume() {
  const state = this._readableState;
  if (state.destroyed) return this;
  if (!state.flowing) {
    state.flowing = !state.readableListening;
    if (!state.resumeScheduled) {
      state.resumeScheduled = true;
      nextTick(startFlowing, this, state);
    }
  }
  state[kPaused] = false;
  return this;
};

function startFlowing(stream, state) {
  if (!state.reading) stream.read(0);
  state.resumeScheduled = false;
  stream.emit('resume');
  flow(stream, state);
  if (state.flowing && !state.reading) stream.read(0);
}

proto.pause = function pause() {
  const state = this._readableState;
  if (state.destroyed) return this;
  if (state.flowing !== false) {
    state.flowing = false;
    this.emit('pause');
  }
  state[kPaused] = true;
  return this;
};

proto.isPaused = function isPaused() {
  const state = this._readableState;
  return state[kPaused] === true || state.flowing === false;
};

proto.setEncoding = function setEncoding(encoding) {
  const state = this._readableState;
  const decoder = newDecoder(encoding);
  state.decoder = decoder;
  state.encoding = decoder.encoding;
  // What is buffered is decoded too, so that the buffer holds one kind.
  let content = '';
  for (let i = state.bufferIndex; i < state.buffer.length; i++) {
    content += decoder.write(state.buffer[i]);
  }
  clearChunks(state);
  if (content !== '') state.buffer.push(content);
  state.length = content.length;
  return this;
};

module.exports = Readable;
Readable.ReadableState = ReadableState;
halves.applyCommonOptions = applyCommonOptions;
halves.maybeReadMore = maybeReadMore;
