'use strict';

// finished(stream, options, callback): calls back once when a stream is done
// with, well or badly, whichever kind of stream it is and whether or not it
// already was.

const { AbortError, codes } = require('internal/errors');
const {
  ERR_INVALID_ARG_TYPE,
  ERR_STREAM_PREMATURE_CLOSE,
} = codes;
const {
  validateAbortSignal,
  validateBoolean,
  validateFunction,
  validateObject,
} = require('internal/validators');
const {
  isClosed,
  isNodeStream,
  isReadable,
  isReadableErrored,
  isReadableFinished,
  isReadableNodeStream,
  isReadableStream,
  isWritable,
  isWritableErrored,
  isWritableFinished,
  isWritableNodeStream,
  isWritableStream,
  kIsClosedPromise,
  willEmitClose: tellsClose,
} = require('internal/streams/utils');

let AsyncResource;
let contextBinding;

function nop() {}

function isRequest(stream) {
  return stream.setHeader && typeof stream.abort === 'function';
}

// The callback runs in the async context eos() was called in.
function inCallersContext(callback) {
  AsyncResource ??= require('async_hooks').AsyncResource;
  return AsyncResource.bind(callback, 'STREAM_END_OF_STREAM');
}

function hasContext() {
  if (contextBinding === undefined) {
    try {
      contextBinding = internalBinding('async_context');
    } catch {
      contextBinding = null;
    }
  }
  return contextBinding !== null && contextBinding.get() !== undefined;
}

function once(callback) {
  let called = false;
  return function(...args) {
    if (called) return;
    called = true;
    Reflect.apply(callback, this, args);
  };
}

function eos(stream, options, callback) {
  if (arguments.length === 2) {
    callback = options;
    options = {};
  } else if (options === undefined || options === null) {
    options = {};
  } else {
    validateObject(options, 'options');
  }
  validateFunction(callback, 'callback');
  validateAbortSignal(options.signal, 'options.signal');
  callback = once(hasContext() ? inCallersContext(callback) : callback);

  if (isReadableStream(stream) || isWritableStream(stream)) {
    return eosWeb(stream, options, callback);
  }
  if (!isNodeStream(stream)) {
    throw new ERR_INVALID_ARG_TYPE(
      'stream', ['ReadableStream', 'WritableStream', 'Stream'], stream);
  }
  return new Watch(stream, options, callback).start();
}

// Watches one Node stream until it is done; which halves are waited for is up
// to the options, by default those it has.
class Watch {
  constructor(stream, options, callback) {
    this.stream = stream;
    this.options = options;
    this.callback = callback;
    this.readable = options.readable ?? isReadableNodeStream(stream);
    this.writable = options.writable ?? isWritableNodeStream(stream);
    this.w = stream._writableState;
    this.r = stream._readableState;
    // 'close' is worth waiting for only where it surely comes, and says
    // something about exactly the halves asked for.
    this.willEmitClose = !!(tellsClose(stream) &&
      isReadableNodeStream(stream) === this.readable &&
      isWritableNodeStream(stream) === this.writable);
    this.writableFinished = isWritableFinished(stream, false);
    this.readableFinished = isReadableFinished(stream, false);
    this.closed = isClosed(stream);
    this.listeners = [];
  }

  start() {
    const { stream, options } = this;
    if (isRequest(stream)) {
      this.listen('complete', () => this.onFinish());
      if (!this.willEmitClose) this.listen('abort', () => this.onClose());
      if (stream.req) this.listenToRequest();
      else this.listen('request', () => this.listenToRequest());
    } else if (this.writable && !this.w) {
      // Streams that know no 'finish'.
      const onLegacyFinish = () => {
        if (!stream.writableEnded) this.onFinish();
      };
      this.listen('end', onLegacyFinish);
      this.listen('close', onLegacyFinish);
    }
    // An aborted message may never close.
    if (!this.willEmitClose && typeof stream.aborted === 'boolean') {
      this.listen('aborted', () => this.onClose());
    }
    this.listen('end', () => this.onEnd());
    this.listen('finish', () => this.onFinish());
    if (options.error !== false) {
      this.listen('error', (error) => this.callback.call(stream, error));
    }
    this.listen('close', () => this.onClose());

    if (this.closed) {
      process.nextTick(() => this.onClose());
    } else if (this.w?.errorEmitted || this.r?.errorEmitted) {
      if (!this.willEmitClose) process.nextTick(() => this.onClosed());
    } else if (!this.readable &&
               (!this.willEmitClose || isReadable(stream)) &&
               (this.writableFinished || isWritable(stream) === false) &&
               (!this.w || this.w.pendingcb === undefined ||
                this.w.pendingcb === 0)) {
      process.nextTick(() => this.onClosed());
    } else if (!this.writable &&
               (!this.willEmitClose || isWritable(stream)) &&
               (this.readableFinished || isReadable(stream) === false)) {
      process.nextTick(() => this.onClosed());
    } else if (this.r && stream.req && stream.aborted) {
      process.nextTick(() => this.onClosed());
    }

    const cleanup = () => this.cleanup();
    const { signal } = options;
    if (signal && !this.closed) this.watchSignal(signal, cleanup);
    return cleanup;
  }

  listen(event, listener) {
    this.listeners.push(this.stream, event, listener);
    this.stream.on(event, listener);
  }

  listenToRequest() {
    const { req } = this.stream;
    const listener = () => this.onFinish();
    this.listeners.push(req, 'finish', listener);
    req.on('finish', listener);
  }

  cleanup() {
    this.callback = nop;
    const { listeners } = this;
    for (let i = 0; i < listeners.length; i += 3) {
      listeners[i].removeListener(listeners[i + 1], listeners[i + 2]);
    }
    this.listeners = [];
  }

  watchSignal(signal, cleanup) {
    const { stream } = this;
    const abort = () => {
      // cleanup() forgets the callback.
      const { callback } = this;
      cleanup();
      callback.call(stream, new AbortError(undefined, { cause: signal.reason }));
    };
    if (signal.aborted) {
      process.nextTick(abort);
      return;
    }
    const inner = this.callback;
    signal.addEventListener('abort', abort, { __proto__: null, once: true });
    this.callback = once(function(...args) {
      signal.removeEventListener('abort', abort);
      Reflect.apply(inner, this, args);
    });
  }

  onFinish() {
    const { stream } = this;
    this.writableFinished = true;
    // The stream is on its way to destroying itself; 'close' follows.
    if (stream.destroyed) this.willEmitClose = false;
    if (this.willEmitClose && (!stream.writable || this.readable)) {
      if (!stream.readable || this.readable) return;
    }
    if (!this.readable || this.readableFinished) this.callback.call(stream);
  }

  onEnd() {
    const { stream } = this;
    this.readableFinished = true;
    if (stream.destroyed) this.willEmitClose = false;
    if (this.willEmitClose && (!stream.writable || this.writable)) return;
    if (!this.writable || this.writableFinished) this.callback.call(stream);
  }

  onClose() {
    this.closed = true;
    const { stream } = this;
    const errored = isWritableErrored(stream) || isReadableErrored(stream);
    if (errored && typeof errored !== 'boolean') {
      this.callback.call(stream, errored);
      return;
    }
    if (this.readable && !this.readableFinished &&
        isReadableNodeStream(stream, true) &&
        !isReadableFinished(stream, false)) {
      this.callback.call(stream, new ERR_STREAM_PREMATURE_CLOSE());
      return;
    }
    if (this.writable && !this.writableFinished &&
        !isWritableFinished(stream, false)) {
      this.callback.call(stream, new ERR_STREAM_PREMATURE_CLOSE());
      return;
    }
    this.callback.call(stream);
  }

  onClosed() {
    this.closed = true;
    const { stream } = this;
    const errored = isWritableErrored(stream) || isReadableErrored(stream);
    if (errored && typeof errored !== 'boolean') {
      this.callback.call(stream, errored);
    } else {
      this.callback.call(stream);
    }
  }
}

function eosWeb(stream, options, callback) {
  let aborted = false;
  let abort = nop;
  const { signal } = options;
  if (signal) {
    abort = () => {
      aborted = true;
      callback.call(stream, new AbortError(undefined, { cause: signal.reason }));
    };
    if (signal.aborted) {
      process.nextTick(abort);
    } else {
      const inner = callback;
      signal.addEventListener('abort', abort, { __proto__: null, once: true });
      callback = once(function(...args) {
        signal.removeEventListener('abort', abort);
        Reflect.apply(inner, this, args);
      });
    }
  }
  const settled = (...args) => {
    if (!aborted) process.nextTick(() => callback.apply(stream, args));
  };
  stream[kIsClosedPromise].promise.then(() => settled(), settled);
  return nop;
}

function finished(stream, options) {
  let autoCleanup = false;
  if (options === null || options === undefined) options = {};
  if (options.cleanup) {
    validateBoolean(options.cleanup, 'cleanup');
    autoCleanup = options.cleanup;
  }
  return new Promise((resolve, reject) => {
    const cleanup = eos(stream, options, (error) => {
      if (autoCleanup) cleanup();
      if (error) reject(error);
      else resolve();
    });
  });
}

module.exports = { eos, finished };
