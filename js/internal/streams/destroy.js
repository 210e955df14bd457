'use strict';

// The end of a stream's life, shared by both halves: asynchronous construction
// (before anything), destroy(), and the order in which 'error' and 'close' are
// told. A stream is
//
//   constructing -> live -> destroyed (asked) -> closed (_destroy answered)
//
// and 'error' then 'close' are emitted one tick after it is closed. A Duplex
// has two states but one life: both are always moved together here.

const {
  AbortError,
  aggregateTwoErrors,
  codes: { ERR_MULTIPLE_CALLBACK },
} = require('internal/errors');
const {
  kIsDestroyed,
  isDestroyed,
  isFinished,
  isServerRequest,
} = require('internal/streams/utils');

// Remembers the first error on both halves. `stack` is read so that it is
// formatted now, and does not keep alive what its frames refer to.
function recordError(error, w, r) {
  if (!error) return;
  error.stack; // eslint-disable-line no-unused-expressions
  if (w && !w.errored) w.errored = error;
  if (r && !r.errored) r.errored = error;
}

function destroy(error, callback) {
  const r = this._readableState;
  const w = this._writableState;
  const first = w || r;
  if (w?.destroyed || r?.destroyed) {
    if (typeof callback === 'function') callback();
    return this;
  }
  recordError(error, w, r);
  if (w) w.destroyed = true;
  if (r) r.destroyed = true;
  if (first.constructed) {
    runDestroy(this, error, callback);
  } else {
    // Construction finishes first, and its own failure joins ours.
    first.whenConstructed = (constructError) => {
      runDestroy(this, aggregateTwoErrors(constructError, error), callback);
    };
  }
  return this;
}

function runDestroy(stream, error, callback) {
  let answered = false;
  const done = (err) => {
    if (answered) return;
    answered = true;
    const r = stream._readableState;
    const w = stream._writableState;
    recordError(err, w, r);
    if (w) w.closed = true;
    if (r) r.closed = true;
    if (typeof callback === 'function') callback(err);
    if (err) process.nextTick(emitErrorThenClose, stream, err);
    else process.nextTick(emitClose, stream);
  };
  try {
    stream._destroy(error || null, done);
  } catch (err) {
    done(err);
  }
}

function emitErrorThenClose(stream, error) {
  emitError(stream, error);
  emitClose(stream);
}

function emitClose(stream) {
  const r = stream._readableState;
  const w = stream._writableState;
  if (w) w.closeEmitted = true;
  if (r) r.closeEmitted = true;
  if (w?.emitClose || r?.emitClose) stream.emit('close');
}

function emitError(stream, error) {
  const r = stream._readableState;
  const w = stream._writableState;
  if (w?.errorEmitted || r?.errorEmitted) return;
  if (w) w.errorEmitted = true;
  if (r) r.errorEmitted = true;
  stream.emit('error', error);
}

// Makes a destroyed stream as good as new (net.Socket re-connects this way).
function undestroy() {
  const r = this._readableState;
  const w = this._writableState;
  for (const state of [r, w]) {
    if (!state) continue;
    state.constructed = true;
    state.destroyed = false;
    state.closed = false;
    state.closeEmitted = false;
    state.errored = null;
    state.errorEmitted = false;
  }
  if (r) {
    const over = r.readable === false;
    r.reading = false;
    r.ended = over;
    r.endEmitted = over;
  }
  if (w) {
    const over = w.writable === false;
    w.finalCalled = false;
    w.prefinished = false;
    w.ended = over;
    w.ending = over;
    w.finished = over;
  }
}

// An error inside the stream: destroys it where that is automatic, else only
// tells ('error' is emitted synchronously unless `sync`: the failing call is
// still on the stack).
function errorOrDestroy(stream, error, sync) {
  const r = stream._readableState;
  const w = stream._writableState;
  if (w?.destroyed || r?.destroyed) return this;
  if (r?.autoDestroy || w?.autoDestroy) {
    stream.destroy(error);
  } else if (error) {
    recordError(error, w, r);
    if (sync) process.nextTick(emitError, stream, error);
    else emitError(stream, error);
  }
  return this;
}

// Runs stream._construct() on the next tick, once for both halves; `ready` is
// called for each half that asked when it has succeeded.
function construct(stream, ready) {
  if (typeof stream._construct !== 'function') return;
  const r = stream._readableState;
  const w = stream._writableState;
  if (r) r.constructed = false;
  if (w) w.constructed = false;
  const first = w || r;
  if (first.constructWaiters) {
    first.constructWaiters.push(ready);
    return;
  }
  // The first half of a Duplex to come is the readable one, when there is no
  // writable state yet; its waiter is then found there.
  if (r?.constructWaiters) {
    r.constructWaiters.push(ready);
    return;
  }
  first.constructWaiters = [ready];
  process.nextTick(runConstruct, stream, first);
}

function runConstruct(stream, holder) {
  let answered = false;
  const done = (error) => {
    if (answered) {
      errorOrDestroy(stream, error ?? new ERR_MULTIPLE_CALLBACK());
      return;
    }
    answered = true;
    const r = stream._readableState;
    const w = stream._writableState;
    if (r) r.constructed = true;
    if (w) w.constructed = true;
    const first = w || r;
    if (first.destroyed) {
      const resume = first.whenConstructed;
      first.whenConstructed = null;
      resume?.(error);
    } else if (error) {
      errorOrDestroy(stream, error, true);
    } else {
      process.nextTick(tellConstructed, holder);
    }
  };
  try {
    stream._construct((error) => {
      process.nextTick(done, error);
    });
  } catch (error) {
    process.nextTick(done, error);
  }
}

function tellConstructed(holder) {
  const waiters = holder.constructWaiters;
  holder.constructWaiters = null;
  if (waiters) for (const ready of waiters) ready();
}

function isRequest(stream) {
  return stream?.setHeader && typeof stream.abort === 'function';
}

function emitCloseLegacy(stream) {
  stream.emit('close');
}

function emitErrorThenCloseLegacy(stream, error) {
  stream.emit('error', error);
  process.nextTick(emitCloseLegacy, stream);
}

// Destroys whatever kind of stream this is.
function destroyer(stream, error) {
  if (!stream || isDestroyed(stream)) return;
  if (!error && !isFinished(stream)) error = new AbortError();
  if (isServerRequest(stream)) {
    // The response is still to be sent over the same socket.
    stream.socket = null;
    stream.destroy(error);
  } else if (isRequest(stream)) {
    stream.abort();
  } else if (isRequest(stream.req)) {
    stream.req.abort();
  } else if (typeof stream.destroy === 'function') {
    stream.destroy(error);
  } else if (typeof stream.close === 'function') {
    stream.close();
  } else if (error) {
    process.nextTick(emitErrorThenCloseLegacy, stream, error);
  } else {
    process.nextTick(emitCloseLegacy, stream);
  }
  if (!stream.destroyed) stream[kIsDestroyed] = true;
}

module.exports = {
  construct,
  destroy,
  destroyer,
  emitError,
  errorOrDestroy,
  undestroy,
};
