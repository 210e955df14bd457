'use strict';

// ReadableStream's pipeTo (Streams, section 4.9.1): moves chunks while the
// destination wants them, and carries closing and errors both ways.

const { AbortError } = require('internal/errors');
const { validateAbortSignal } = require('internal/validators');
const {
  RESOLVED,
  checkDictionary,
  invalidState,
  kState,
  noop,
  promiseResolve,
  react,
  isolate,
} = require('web/streams/common');
const state = require('web/streams/readable_state');
const {
  WritableStreamDefaultWriter,
  abortStream,
  closeQueuedOrInFlight,
  closeWithErrorPropagation,
  desiredSizeOf,
  isWritableStream,
  releaseWriter,
  submitWrite,
} = require('web/streams/writable');
const { ReadableStreamDefaultReader } = require('web/streams/readable');

function readOptions(options) {
  checkDictionary(options, 'options');
  const preventAbort = !!options?.preventAbort;
  const preventCancel = !!options?.preventCancel;
  const preventClose = !!options?.preventClose;
  const signal = options?.signal;
  if (signal !== undefined) {
    validateAbortSignal(signal, 'options.signal');
    if (typeof signal !== 'object' || signal === null) {
      const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
      throw new ERR_INVALID_ARG_TYPE('options.signal', 'AbortSignal', signal);
    }
  }
  return { preventAbort, preventCancel, preventClose, signal };
}

class Pipe {
  constructor(source, destination, options) {
    this.s = source;
    this.d = destination[kState];
    this.options = options;
    this.writer = new WritableStreamDefaultWriter(destination);
    this.w = this.writer[kState];
    this.reader = new ReadableStreamDefaultReader(source.stream);
    this.r = this.reader[kState];
    source.disturbed = true;
    this.shuttingDown = false;
    // Chunks read but not written yet, and what waits for there to be none.
    this.unwritten = 0;
    this.afterWrites = null;
    this.onAbort = undefined;
    // Whether a read is under way, and whether it is move() that asks for it.
    this.reading = false;
    this.within = false;
    this.step = () => this.move();
    const done = () => {
      if (--this.unwritten === 0 && this.afterWrites !== null) {
        react(RESOLVED, this.afterWrites);
        this.afterWrites = null;
      }
    };
    this.written = { resolve: done, reject: done };
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  start() {
    const { d, options, r, s, w } = this;
    const { signal } = options;
    if (signal !== undefined) {
      this.onAbort = () => this.abort(signal.reason);
      if (signal.aborted) {
        this.onAbort();
        return;
      }
      signal.addEventListener('abort', this.onAbort);
    }
    const sourceFailed = (error) => this.sourceFailed(error);
    const destFailed = (error) => this.destFailed(error);
    const sourceClosed = () => this.sourceClosed();
    // Each at once if it is so already, else when it becomes so.
    if (s.state === 'errored') sourceFailed(s.storedError);
    if (d.state === 'errored') destFailed(d.storedError);
    if (s.state === 'closed') sourceClosed();
    react(r.closedPromise, sourceClosed, sourceFailed);
    react(w.closed.promise, noop, destFailed);
    if (closeQueuedOrInFlight(d) || d.state === 'closed') this.destClosed();
    this.move();
  }

  // Reads and writes while both ends are ready.
  move() {
    while (!this.shuttingDown && !this.reading) {
      if (!(desiredSizeOf(this.d) > 0)) {
        if (this.d.state === 'writable') this.w.onReady = this.step;
        return;
      }
      this.reading = true;
      this.within = true;
      state.read(this.s, this);
      this.within = false;
    }
  }

  // The pipe is its own read request, and its own request of every write.
  chunk(value) {
    this.reading = false;
    this.unwritten++;
    if (this.within) {
      submitWrite(this.writer, value, this.written);
      return;
    }
    // A chunk that comes later is given to us by whoever enqueued it: writing
    // and reading on wait until that is done.
    react(RESOLVED, () => {
      submitWrite(this.writer, value, this.written);
      this.move();
    });
  }

  // Nothing more will come, so `reading` stays set: sourceClosed() and
  // sourceFailed() follow in a microtask, which move() must not wait for in a loop.
  close() {}

  error() {}

  abort(reason) {
    const { d, options, s } = this;
    const error = reason === undefined ? new AbortError() : reason;
    const actions = [];
    if (!options.preventAbort) {
      actions.push(() => (
        d.state === 'writable' ? abortStream(d, error) : promiseResolve()));
    }
    if (!options.preventCancel) {
      actions.push(() => (
        s.state === 'readable' ? state.cancel(s, error) : promiseResolve()));
    }
    this.shutDown(() => Promise.all(actions.map((action) => action())), true, error);
  }

  sourceFailed(error) {
    this.shutDown(this.options.preventAbort ?
      undefined : () => abortStream(this.d, error), true, error);
  }

  destFailed(error) {
    this.shutDown(this.options.preventCancel ?
      undefined : () => state.cancel(this.s, error), true, error);
  }

  sourceClosed() {
    this.shutDown(this.options.preventClose ?
      undefined : () => closeWithErrorPropagation(this.writer), false);
  }

  destClosed() {
    const error = invalidState('Destination WritableStream is closed');
    this.shutDown(this.options.preventCancel ?
      undefined : () => state.cancel(this.s, error), true, error);
  }

  // What was read is written before anything else happens.
  shutDown(action, failed, error) {
    if (this.shuttingDown) return;
    this.shuttingDown = true;
    const act = () => {
      if (action === undefined) {
        this.finish(failed, error);
        return;
      }
      react(action(), () => this.finish(failed, error),
            (actionError) => this.finish(true, actionError));
    };
    const { d } = this;
    if (d.state !== 'writable' || closeQueuedOrInFlight(d)) act();
    else if (this.unwritten > 0) this.afterWrites = act;
    else react(RESOLVED, act);
  }

  finish(failed, error) {
    releaseWriter(this.writer);
    state.release(this.r);
    if (this.onAbort !== undefined) {
      this.options.signal.removeEventListener('abort', this.onAbort);
    }
    if (failed) this.reject(error);
    else this.resolve();
  }
}

function pipeTo(source, destination, options) {
  const pipe = new Pipe(source, destination, options);
  pipe.start();
  return pipe.promise;
}

isolate(Pipe);

module.exports = { isWritableStream, pipeTo, readOptions };
