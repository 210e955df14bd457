'use strict';

// Writable: the writing half. One write is with the sink at a time; others
// wait in `buffered`. Ending goes through
//
//   ending (end() called) -> all written -> _final() -> prefinished
//     -> every write callback called -> finished ('finish')
//
// A write's callback is called a tick after the sink answered synchronously,
// else at once. Nothing is allocated for a write that goes straight through.

const EventEmitter = require('events');
const { Buffer } = require('buffer');
const { Stream } = require('internal/streams/legacy');
const { pickHighWaterMark, getDefaultHighWaterMark } =
  require('internal/streams/state');
const destroyImpl = require('internal/streams/destroy');
const halves = require('internal/streams/halves');
require('internal/streams/readable');
const {
  AbortError,
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_METHOD_NOT_IMPLEMENTED,
    ERR_MULTIPLE_CALLBACK,
    ERR_STREAM_ALREADY_FINISHED,
    ERR_STREAM_CANNOT_PIPE,
    ERR_STREAM_DESTROYED,
    ERR_STREAM_NULL_VALUES,
    ERR_STREAM_WRITE_AFTER_END,
    ERR_UNKNOWN_ENCODING,
  },
} = require('internal/errors');

const { errorOrDestroy } = destroyImpl;
const { nextTick } = process;

function nop() {}

// Stands for an empty `buffered`, so that a stream that never waits has none.
const NOTHING = [];

// A consumed prefix of `buffered` longer than this is cut off.
const TRIM_AT = 256;

class WritableState {
  constructor(options, stream, isDuplex) {
    const objectMode = !!(options?.objectMode ||
      (isDuplex && options?.writableObjectMode));
    this.objectMode = objectMode;
    this.highWaterMark = options ?
      pickHighWaterMark(options, objectMode, 'writableHighWaterMark', isDuplex) :
      getDefaultHighWaterMark(false);
    this.finalCalled = false;
    this.needDrain = false;
    this.ending = false;
    this.ended = false;
    this.finished = false;
    this.destroyed = false;
    this.decodeStrings = !options || options.decodeStrings !== false;
    this.defaultEncoding = 'utf8';
    this.length = 0;
    this.writing = false;
    this.corked = 0;
    // Whether the sink is on the stack, called by us.
    this.sync = true;
    this.bufferProcessing = false;
    // Given to _write(); one for the stream's whole life.
    this.onwrite = (error) => written(stream, this, error);
    this.writecb = null;
    this.writelen = 0;
    // Callbacks owed on the next tick: the last batch of { count, callback },
    // which grows while the same callback (mostly none) comes again.
    this.afterWriteTickInfo = null;
    this.buffered = NOTHING;
    this.bufferedIndex = 0;
    // Whether all of `buffered` are Buffers, and none has a callback.
    this.allBuffers = true;
    this.allNoop = true;
    this.pendingcb = 0;
    this.constructed = true;
    this.prefinished = false;
    this.errorEmitted = false;
    this.emitClose = !options || options.emitClose !== false;
    this.autoDestroy = !options || options.autoDestroy !== false;
    this.errored = null;
    this.closed = false;
    this.closeEmitted = false;
    this.finishCallbacks = null;
    this.constructWaiters = null;
    this.whenConstructed = null;
    const encoding = options?.defaultEncoding;
    if (encoding !== undefined && encoding !== null && encoding !== 'utf8') {
      if (!Buffer.isEncoding(encoding)) throw new ERR_UNKNOWN_ENCODING(encoding);
      this.defaultEncoding = encoding === 'utf-8' ? 'utf8' : encoding;
    }
  }

  getBuffer() {
    return this.buffered.slice(this.bufferedIndex);
  }

  get bufferedRequestCount() {
    return this.buffered.length - this.bufferedIndex;
  }
}

function Writable(options) {
  if (!(this instanceof Writable)) return new Writable(options);
  this._events ??= {
    close: undefined,
    error: undefined,
    prefinish: undefined,
    finish: undefined,
    drain: undefined,
  };
  this._writableState = new WritableState(options, this, false);
  if (options) {
    applySinkOptions(this, options);
    halves.applyCommonOptions(this, options);
  }
  Stream.call(this, options);
  if (typeof this._construct === 'function') {
    destroyImpl.construct(this, () => constructed(this));
  }
}
Object.setPrototypeOf(Writable.prototype, Stream.prototype);
Object.setPrototypeOf(Writable, Stream);

// A Duplex is a Writable too, though its prototype chain is Readable's.
Object.defineProperty(Writable, Symbol.hasInstance, {
  __proto__: null,
  value(object) {
    if (Function.prototype[Symbol.hasInstance].call(this, object)) return true;
    return this === Writable && !!object &&
      object._writableState instanceof WritableState;
  },
});

function applySinkOptions(stream, options) {
  if (typeof options.write === 'function') stream._write = options.write;
  if (typeof options.writev === 'function') stream._writev = options.writev;
  if (typeof options.final === 'function') stream._final = options.final;
}

function constructed(stream) {
  const state = stream._writableState;
  if (!state.writing) flushBuffered(stream, state);
  maybeFinish(stream, state, false);
}

const proto = Writable.prototype;

// Kept by those who pipe from something that cannot be read.
proto.pipe = function pipe() {
  errorOrDestroy(this, new ERR_STREAM_CANNOT_PIPE());
};

// ---- writing -----------------------------------------------------------

proto.write = function write(chunk, encoding, callback) {
  if (typeof encoding === 'function') {
    callback = encoding;
    encoding = null;
  }
  return enter(this, chunk, encoding, callback) === true;
};

// Whether the caller may go on, or the Error why nothing was written.
function enter(stream, chunk, encoding, callback) {
  const state = stream._writableState;
  if (typeof callback !== 'function') callback = nop;
  if (chunk === null) throw new ERR_STREAM_NULL_VALUES();
  if (!state.objectMode) {
    if (!encoding) {
      encoding = state.defaultEncoding;
    } else if (encoding !== 'buffer' && !Buffer.isEncoding(encoding)) {
      throw new ERR_UNKNOWN_ENCODING(encoding);
    }
    if (typeof chunk === 'string') {
      if (state.decodeStrings !== false) {
        chunk = Buffer.from(chunk, encoding);
        encoding = 'buffer';
      }
    } else if (chunk instanceof Buffer) {
      encoding = 'buffer';
    } else if (ArrayBuffer.isView(chunk)) {
      chunk = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      encoding = 'buffer';
    } else {
      throw new ERR_INVALID_ARG_TYPE(
        'chunk', ['string', 'Buffer', 'TypedArray', 'DataView'], chunk);
    }
  }
  if (state.ending || state.destroyed) {
    const error = state.ending ?
      new ERR_STREAM_WRITE_AFTER_END() : new ERR_STREAM_DESTROYED('write');
    nextTick(callback, error);
    errorOrDestroy(stream, error, true);
    return error;
  }
  state.pendingcb++;
  return submit(stream, state, chunk, encoding, callback);
}

function submit(stream, state, chunk, encoding, callback) {
  const length = state.objectMode ? 1 : chunk.length;
  state.length += length;
  if (state.writing || state.corked || state.errored || !state.constructed) {
    if (state.buffered === NOTHING) state.buffered = [];
    state.buffered.push({ chunk, encoding, callback });
    if (state.allBuffers && encoding !== 'buffer') state.allBuffers = false;
    if (state.allNoop && callback !== nop) state.allNoop = false;
  } else {
    state.writelen = length;
    state.writecb = callback;
    state.writing = true;
    state.sync = true;
    stream._write(chunk, encoding, state.onwrite);
    state.sync = false;
  }
  // Seen after the write: a sink that took it at once leaves all the room.
  const room = state.length < state.highWaterMark || state.length === 0;
  if (!room) state.needDrain = true;
  // Once failed or destroyed there is no point in going on.
  return room && !state.errored && !state.destroyed;
}

function handToSink(stream, state, many, length, chunk, encoding, callback) {
  state.writelen = length;
  state.writecb = callback;
  state.writing = true;
  state.sync = true;
  if (state.destroyed) state.onwrite(new ERR_STREAM_DESTROYED('write'));
  else if (many) stream._writev(chunk, state.onwrite);
  else stream._write(chunk, encoding, state.onwrite);
  state.sync = false;
}

// The sink's answer.
function written(stream, state, error) {
  const callback = state.writecb;
  if (typeof callback !== 'function') {
    errorOrDestroy(stream, new ERR_MULTIPLE_CALLBACK());
    return;
  }
  state.writing = false;
  state.writecb = null;
  state.length -= state.writelen;
  state.writelen = 0;
  if (error) {
    error.stack; // eslint-disable-line no-unused-expressions
    if (!state.errored) state.errored = error;
    // Destroying comes a tick later: stop the reading half from now on.
    const r = stream._readableState;
    if (r && !r.errored) r.errored = error;
    if (state.sync) nextTick(writeFailed, stream, state, error, callback);
    else writeFailed(stream, state, error, callback);
    return;
  }
  if (state.buffered.length > state.bufferedIndex) flushBuffered(stream, state);
  if (!state.sync) {
    confirm(stream, state, 1, callback);
  } else if (callback === nop && !drains(state)) {
    // Nobody has to be told: no tick for that.
    state.pendingcb--;
    if (state.ending) maybeFinish(stream, state, true);
  } else if (state.afterWriteTickInfo?.callback === callback) {
    state.afterWriteTickInfo.count++;
  } else {
    const batch = { count: 1, callback };
    state.afterWriteTickInfo = batch;
    nextTick(confirmBatch, stream, state, batch);
  }
}

function confirmBatch(stream, state, batch) {
  if (state.afterWriteTickInfo === batch) state.afterWriteTickInfo = null;
  confirm(stream, state, batch.count, batch.callback);
}

function drains(state) {
  return state.needDrain && state.length === 0 && !state.ending &&
    !state.destroyed;
}

function confirm(stream, state, count, callback) {
  if (drains(state)) {
    state.needDrain = false;
    stream.emit('drain');
  }
  if (callback === nop) {
    state.pendingcb -= count;
  } else {
    while (count-- > 0) {
      state.pendingcb--;
      callback(null);
    }
  }
  if (state.destroyed) failBuffered(state);
  maybeFinish(stream, state, true);
}

function writeFailed(stream, state, error, callback) {
  state.pendingcb--;
  callback(error);
  failBuffered(state);
  // Even when already destroyed, so that this error wins.
  errorOrDestroy(stream, error);
}

// Whoever still waits for something that will not happen is told so.
function failBuffered(state) {
  if (state.writing) return;
  const { buffered } = state;
  for (let i = state.bufferedIndex; i < buffered.length; i++) {
    const { chunk, callback } = buffered[i];
    state.length -= state.objectMode ? 1 : chunk.length;
    callback(state.errored ?? new ERR_STREAM_DESTROYED('write'));
  }
  callFinishCallbacks(state,
                      state.errored ?? new ERR_STREAM_DESTROYED('end'));
  resetBuffered(state);
}

function resetBuffered(state) {
  state.buffered = NOTHING;
  state.bufferedIndex = 0;
  state.allBuffers = true;
  state.allNoop = true;
}

function flushBuffered(stream, state) {
  if (state.corked || state.bufferProcessing || state.destroyed ||
      !state.constructed) return;
  const { buffered, bufferedIndex } = state;
  const count = buffered.length - bufferedIndex;
  if (count === 0) return;
  state.bufferProcessing = true;
  if (count > 1 && typeof stream._writev === 'function') {
    // One answer will serve them all.
    state.pendingcb -= count - 1;
    const from = bufferedIndex;
    const callback = state.allNoop ? nop : (error) => {
      for (let i = from; i < buffered.length; i++) buffered[i].callback(error);
    };
    // Those callbacks still need `buffered`, so the sink gets its own array.
    const chunks = state.allNoop && from === 0 ? buffered : buffered.slice(from);
    chunks.allBuffers = state.allBuffers;
    handToSink(stream, state, true, state.length, chunks, '', callback);
    resetBuffered(state);
  } else {
    let i = bufferedIndex;
    do {
      const { chunk, encoding, callback } = buffered[i];
      buffered[i++] = null;
      const length = state.objectMode ? 1 : chunk.length;
      handToSink(stream, state, false, length, chunk, encoding, callback);
    } while (i < buffered.length && !state.writing);
    if (i === buffered.length) {
      resetBuffered(state);
    } else if (i > TRIM_AT) {
      buffered.splice(0, i);
      state.bufferedIndex = 0;
    } else {
      state.bufferedIndex = i;
    }
  }
  state.bufferProcessing = false;
}

proto._write = function _write(chunk, encoding, callback) {
  if (typeof this._writev !== 'function') {
    throw new ERR_METHOD_NOT_IMPLEMENTED('_write()');
  }
  this._writev([{ chunk, encoding }], callback);
};
proto._writev = null;

proto.cork = function cork() {
  this._writableState.corked++;
};

proto.uncork = function uncork() {
  const state = this._writableState;
  if (!state.corked) return;
  state.corked--;
  if (!state.writing) flushBuffered(this, state);
};

proto.setDefaultEncoding = function setDefaultEncoding(encoding) {
  if (typeof encoding === 'string') encoding = encoding.toLowerCase();
  if (!Buffer.isEncoding(encoding)) throw new ERR_UNKNOWN_ENCODING(encoding);
  this._writableState.defaultEncoding = encoding === 'utf-8' ? 'utf8' : encoding;
  return this;
};

// ---- ending ------------------------------------------------------------

proto.end = function end(chunk, encoding, callback) {
  if (typeof chunk === 'function') return end.call(this, null, null, chunk);
  if (typeof encoding === 'function') return end.call(this, chunk, null, encoding);
  const state = this._writableState;
  let error;
  if (chunk !== null && chunk !== undefined) {
    const result = enter(this, chunk, encoding, undefined);
    if (result instanceof Error) error = result;
  }
  if (state.corked) {
    state.corked = 1;
    this.uncork();
  }
  if (error) {
    // The write has said it.
  } else if (!state.errored && !state.ending) {
    // `ended` only after maybeFinish, which a synchronous sink may reach
    // 'finish' in: then 'finish' is told a tick later.
    state.ending = true;
    maybeFinish(this, state, true);
    state.ended = true;
  } else if (state.finished) {
    error = new ERR_STREAM_ALREADY_FINISHED('end');
  } else if (state.destroyed) {
    error = new ERR_STREAM_DESTROYED('end');
  }
  if (typeof callback === 'function') {
    if (error) nextTick(callback, error);
    else if (state.errored) nextTick(callback, state.errored);
    else if (state.finished) nextTick(callback, null);
    else (state.finishCallbacks ??= []).push(callback);
  }
  return this;
};

function callFinishCallbacks(state, error) {
  const callbacks = state.finishCallbacks;
  if (callbacks === null) return;
  state.finishCallbacks = null;
  for (const callback of callbacks) callback(error);
}

function readyToFinish(stream, state) {
  return state.ending && !state.finished && state.length === 0 &&
    !state.writing && !state.destroyed && state.constructed &&
    !state.errored && state.buffered.length === 0 && !state.errorEmitted &&
    !state.closeEmitted;
}

// `sync`: still within end().
function maybeFinish(stream, state, sync) {
  if (!state.ending || !readyToFinish(stream, state)) return;
  prefinish(stream, state);
  if (state.pendingcb !== 0) return;
  if (sync) {
    state.pendingcb++;
    nextTick(finishLater, stream, state);
  } else if (readyToFinish(stream, state)) {
    state.pendingcb++;
    finish(stream, state);
  }
}

function finishLater(stream, state) {
  if (readyToFinish(stream, state)) finish(stream, state);
  else state.pendingcb--;
}

function prefinish(stream, state) {
  if (state.prefinished || state.finalCalled) return;
  if (typeof stream._final === 'function' && !state.destroyed) {
    state.finalCalled = true;
    runFinal(stream, state);
  } else {
    state.prefinished = true;
    stream.emit('prefinish');
  }
}

function runFinal(stream, state) {
  let answered = false;
  const done = (error) => {
    if (answered) {
      errorOrDestroy(stream, error ?? new ERR_MULTIPLE_CALLBACK());
      return;
    }
    answered = true;
    state.pendingcb--;
    if (error) {
      callFinishCallbacks(state, error);
      errorOrDestroy(stream, error, state.sync);
    } else if (readyToFinish(stream, state)) {
      state.prefinished = true;
      stream.emit('prefinish');
      // 'finish' is never told from within _final().
      state.pendingcb++;
      nextTick(finish, stream, state);
    }
  };
  state.sync = true;
  state.pendingcb++;
  try {
    stream._final(done);
  } catch (error) {
    done(error);
  }
  state.sync = false;
}

function finish(stream, state) {
  state.pendingcb--;
  state.finished = true;
  callFinishCallbacks(state, null);
  stream.emit('finish');
  if (state.autoDestroy) {
    const r = stream._readableState;
    const otherDone = !r ||
      (r.autoDestroy && (r.endEmitted || r.readable === false));
    if (otherDone) stream.destroy();
  }
}

// ---- destroying --------------------------------------------------------

proto.destroy = function destroy(error, callback) {
  const state = this._writableState;
  if (!state.destroyed && (state.bufferedIndex < state.buffered.length ||
      state.finishCallbacks !== null)) {
    nextTick(failBuffered, state);
  }
  destroyImpl.destroy.call(this, error, callback);
  return this;
};
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
      error = this.writableFinished ? null : new AbortError();
      this.destroy(error);
    }
    const { eos } = require('internal/streams/end_of_stream');
    return new Promise((resolve, reject) => {
      eos(this, (err) => (
        err && err !== error && err.name !== 'AbortError' ?
          reject(err) : resolve(null)));
    });
  };
}

// ---- doors and properties ----------------------------------------------

Writable.fromWeb = function fromWeb(writableStream, options) {
  return require('internal/webstreams/adapters')
    .newStreamWritableFromWritableStream(writableStream, options);
};

Writable.toWeb = function toWeb(streamWritable) {
  return require('internal/webstreams/adapters')
    .newWritableStreamFromStreamWritable(streamWritable);
};

function getter(name, get, set) {
  Object.defineProperty(proto, name, {
    __proto__: null, configurable: false, enumerable: false, get, set,
  });
}

getter('closed', function() {
  return this._writableState ? this._writableState.closed : false;
});
getter('destroyed', function() {
  return this._writableState ? this._writableState.destroyed : false;
}, function(value) {
  if (this._writableState) this._writableState.destroyed = value;
});
getter('writable', function() {
  const w = this._writableState;
  return !!w && w.writable !== false && !w.destroyed && !w.errored &&
    !w.ending && !w.ended;
}, function(value) {
  if (this._writableState) this._writableState.writable = !!value;
});
getter('errored', function() {
  return this._writableState ? this._writableState.errored : null;
});
getter('writableFinished', function() {
  return this._writableState ? this._writableState.finished : false;
});
getter('writableObjectMode', function() {
  return this._writableState ? this._writableState.objectMode : false;
});
getter('writableBuffer', function() {
  return this._writableState?.getBuffer();
});
getter('writableEnded', function() {
  return this._writableState ? this._writableState.ending : false;
});
getter('writableNeedDrain', function() {
  const w = this._writableState;
  return !!w && !w.destroyed && !w.ending && w.needDrain;
});
getter('writableHighWaterMark', function() {
  return this._writableState?.highWaterMark;
});
getter('writableCorked', function() {
  return this._writableState ? this._writableState.corked : 0;
});
getter('writableLength', function() {
  return this._writableState?.length;
});
getter('writableAborted', function() {
  const w = this._writableState;
  return !!(w.writable !== false && (w.destroyed || w.errored) && !w.finished);
});

module.exports = Writable;
Writable.WritableState = WritableState;
halves.applySinkOptions = applySinkOptions;
halves.writableConstructed = constructed;
