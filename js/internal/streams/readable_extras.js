'use strict';

// The rest of Readable: properties, pipe/unpipe, wrap of old streams, async
// iteration, and the doors to iterables and web streams. Completes the class
// of readable.js when loaded.

const { aggregateTwoErrors } = require('internal/errors');
const { validateObject } = require('internal/validators');
const { prependListener } = require('internal/streams/legacy');
const {
  shiftChunk,
  takeAllChunks,
  takeChunks,
} = require('internal/streams/chunk_queue');
const destroyImpl = require('internal/streams/destroy');
const Readable = require('internal/streams/readable');

const { nextTick } = process;
const proto = Readable.prototype;

// ---- pipe --------------------------------------------------------------

// One connection of pipe(): the listeners on both ends and their removal.
class Pipe {
  constructor(source, dest, end) {
    this.source = source;
    this.dest = dest;
    this.done = false;
    // Named as in Node, since listeners() shows them.
    const ondata = (chunk) => {
      let room;
      try {
        room = dest.write(chunk);
      } catch (error) {
        // A chunk the destination cannot take is the destination's failure.
        dest.destroy(error);
        return;
      }
      if (room === false) this.wait();
    };
    const onend = () => this.dest.end();
    const unpipe = () => this.unpipe();
    const onunpipe = (readable, info) => {
      if (readable === this.source && info?.hasUnpiped === false) {
        info.hasUnpiped = true;
        this.disconnect();
      }
    };
    const onerror = (error) => this.fail(error);
    const onclose = () => {
      this.dest.removeListener('finish', this.onFinish);
      this.unpipe();
    };
    const onfinish = () => {
      this.dest.removeListener('close', this.onClose);
      this.unpipe();
    };
    this.onData = ondata;
    this.onEnd = end ? onend : unpipe;
    // Made when first needed: most destinations never push back.
    this.onDrain = null;
    this.onUnpipe = onunpipe;
    this.onError = onerror;
    this.onClose = onclose;
    this.onFinish = onfinish;
  }

  connect() {
    const { source, dest } = this;
    const state = source._readableState;
    if (state.endEmitted) nextTick(this.onEnd);
    else source.once('end', this.onEnd);
    dest.on('unpipe', this.onUnpipe);
    source.on('data', this.onData);
    // First, so that the pipe is gone when other listeners hear of the error.
    prependListener(dest, 'error', this.onError);
    dest.once('close', this.onClose);
    dest.once('finish', this.onFinish);
    dest.emit('pipe', source);
    if (dest.writableNeedDrain === true) this.wait();
    else if (!state.flowing) source.resume();
  }

  unpipe() {
    this.source.unpipe(this.dest);
  }

  wait() {
    const { source, dest } = this;
    const state = source._readableState;
    if (!this.done) {
      if (state.pipes.length === 1 && state.pipes[0] === dest) {
        state.awaitDrainWriters = dest;
        state.multiAwaitDrain = false;
      } else if (state.pipes.length > 1 && state.pipes.includes(dest)) {
        state.awaitDrainWriters.add(dest);
      }
      source.pause();
    }
    if (this.onDrain === null) {
      this.onDrain = () => this.drained();
      dest.on('drain', this.onDrain);
    }
  }

  drained() {
    const { source, dest } = this;
    const state = source._readableState;
    if (state.awaitDrainWriters === dest) state.awaitDrainWriters = null;
    else if (state.multiAwaitDrain) state.awaitDrainWriters.delete(dest);
    if ((!state.awaitDrainWriters || state.awaitDrainWriters.size === 0) &&
        source.listenerCount('data')) {
      source.resume();
    }
  }

  fail(error) {
    const { dest } = this;
    this.unpipe();
    dest.removeListener('error', this.onError);
    if (dest.listenerCount('error') !== 0) return;
    // This listener must not make an unheard error look heard.
    const state = dest._writableState || dest._readableState;
    if (state && !state.errorEmitted) destroyImpl.errorOrDestroy(dest, error);
    else dest.emit('error', error);
  }

  disconnect() {
    const { source, dest } = this;
    dest.removeListener('close', this.onClose);
    dest.removeListener('finish', this.onFinish);
    if (this.onDrain) dest.removeListener('drain', this.onDrain);
    dest.removeListener('error', this.onError);
    dest.removeListener('unpipe', this.onUnpipe);
    source.removeListener('end', this.onEnd);
    source.removeListener('data', this.onData);
    this.done = true;
    // It will not drain for us any more, but others may wait on the source.
    const state = source._readableState;
    if (this.onDrain && state.awaitDrainWriters &&
        (!dest._writableState || dest._writableState.needDrain)) {
      this.drained();
    }
  }
}

proto.pipe = function pipe(dest, options) {
  const state = this._readableState;
  if (state.pipes.length === 1 && !state.multiAwaitDrain) {
    state.multiAwaitDrain = true;
    state.awaitDrainWriters =
      new Set(state.awaitDrainWriters ? [state.awaitDrainWriters] : []);
  }
  state.pipes.push(dest);
  // stdout and stderr outlive what is piped to them.
  const end = (!options || options.end !== false) && !dest?._isStdio;
  new Pipe(this, dest, end).connect();
  return dest;
};

proto.unpipe = function unpipe(dest) {
  const state = this._readableState;
  if (state.pipes.length === 0) return this;
  if (!dest) {
    const all = state.pipes;
    state.pipes = [];
    this.pause();
    for (const one of all) one.emit('unpipe', this, { hasUnpiped: false });
    return this;
  }
  const index = state.pipes.indexOf(dest);
  if (index === -1) return this;
  state.pipes.splice(index, 1);
  if (state.pipes.length === 0) this.pause();
  dest.emit('unpipe', this, { hasUnpiped: false });
  return this;
};

// ---- old streams -------------------------------------------------------

// Reads from a stream of the days before read(): an emitter with pause/resume.
proto.wrap = function wrap(old) {
  let paused = false;
  old.on('data', (chunk) => {
    if (!this.push(chunk) && old.pause) {
      paused = true;
      old.pause();
    }
  });
  old.on('end', () => this.push(null));
  old.on('error', (error) => destroyImpl.errorOrDestroy(this, error));
  old.on('close', () => this.destroy());
  old.on('destroy', () => this.destroy());
  this._read = () => {
    if (paused && old.resume) {
      paused = false;
      old.resume();
    }
  };
  // The old stream's own methods stay reachable.
  for (const key of Object.keys(old)) {
    if (this[key] === undefined && typeof old[key] === 'function') {
      this[key] = old[key].bind(old);
    }
  }
  return this;
};

// ---- async iteration ---------------------------------------------------

const AsyncIteratorPrototype = Object.getPrototypeOf(
  Object.getPrototypeOf(async function*() {}.prototype));

const RESOLVED = Promise.resolve();

// What an async generator over read() would do, without a generator's extra
// promises: a chunk that is buffered costs one resolved promise.
class StreamIterator {
  constructor(stream, options) {
    this.stream = stream;
    Object.defineProperties(this, {
      // undefined while running, null after a clean end, else the error.
      error: { value: undefined, writable: true },
      started: { value: false, writable: true },
      finished: { value: false, writable: true },
      queue: { value: [], writable: true },
      destroyOnReturn: { value: options?.destroyOnReturn !== false },
      serving: { value: false, writable: true },
      wake: { value: () => this._wake() },
      serve: { value: () => this._serve() },
      cleanup: { value: undefined, writable: true },
    });
  }

  next() {
    if (this.finished) return Promise.resolve({ done: true, value: undefined });
    if (!this.started) this._start();
    if (this.queue.length === 0) {
      const step = this._step();
      if (step !== null) return step;
    }
    return new Promise((resolve, reject) => {
      this.queue.push({ resolve, reject, kind: 'next', value: undefined });
    });
  }

  return(value) {
    return this._leave('return', value);
  }

  throw(error) {
    return this._leave('throw', error);
  }

  _leave(kind, value) {
    if (this.queue.length !== 0) {
      return new Promise((resolve, reject) => {
        this.queue.push({ resolve, reject, kind, value });
      });
    }
    return this._quit(kind, value);
  }

  _quit(kind, value) {
    if (!this.finished) {
      this.finished = true;
      if (this.started) {
        if (kind === 'throw') this.error = aggregateTwoErrors(this.error, value);
        this._release();
      }
    }
    if (kind === 'throw') return Promise.reject(value);
    return Promise.resolve(value).then((v) => ({ done: true, value: v }));
  }

  _start() {
    this.started = true;
    const { stream } = this;
    stream.on('readable', this.wake);
    const { eos } = require('internal/streams/end_of_stream');
    this.cleanup = eos(stream, { writable: false }, (error) => {
      this.error = error ? aggregateTwoErrors(this.error, error) : null;
      this._wake();
    });
  }

  // In a microtask, as whoever awaits would go on: what else is told in this
  // turn of the loop (an error, another half's end) is told before.
  _wake() {
    if (this.serving || this.queue.length === 0) return;
    this.serving = true;
    RESOLVED.then(this.serve);
  }

  // A settled promise, or null when there is nothing to say yet.
  _step() {
    const { stream } = this;
    let chunk = null;
    try {
      if (!stream.destroyed) chunk = stream.read();
    } catch (error) {
      this.error = aggregateTwoErrors(this.error, error);
    }
    if (chunk !== null) return Promise.resolve({ done: false, value: chunk });
    if (this.error) {
      this.finished = true;
      this._release();
      return Promise.reject(this.error);
    }
    if (this.error === null) {
      this.finished = true;
      this._release();
      return Promise.resolve({ done: true, value: undefined });
    }
    return null;
  }

  _serve() {
    this.serving = false;
    while (this.queue.length !== 0) {
      const waiting = this.queue[0];
      let step;
      if (waiting.kind !== 'next') step = this._quit(waiting.kind, waiting.value);
      else if (this.finished) step = Promise.resolve({ done: true, value: undefined });
      else step = this._step();
      if (step === null) return;
      this.queue.shift();
      waiting.resolve(step);
    }
  }

  _release() {
    const { stream, error } = this;
    if ((error || this.destroyOnReturn) &&
        (error === undefined || stream._readableState.autoDestroy)) {
      destroyImpl.destroyer(stream, null);
    } else {
      stream.off('readable', this.wake);
      this.cleanup();
    }
  }
}
Object.setPrototypeOf(StreamIterator.prototype, AsyncIteratorPrototype);

function iterate(stream, options) {
  if (typeof stream.read !== 'function') {
    stream = Readable.wrap(stream, { objectMode: true });
  }
  return new StreamIterator(stream, options);
}

proto[Symbol.asyncIterator] = function() {
  return iterate(this);
};

proto.iterator = function iterator(options) {
  if (options !== undefined) validateObject(options, 'options');
  return iterate(this, options);
};

// For node:stream/iter, which comes with a flag.
proto[Symbol.for('Stream.toAsyncStreamable')] = function() {
  if (require('internal/options').getOptionValue('--experimental-stream-iter') !== true) {
    const { codes: { ERR_STREAM_ITER_MISSING_FLAG } } = require('internal/errors');
    throw new ERR_STREAM_ITER_MISSING_FLAG();
  }
  return require('internal/streams/iter/classic_readable').readableBatches(this);
};

// ---- doors -------------------------------------------------------------

Readable.from = function from(iterable, options) {
  return require('internal/streams/from')(Readable, iterable, options);
};

Readable.wrap = function wrap(source, options) {
  return new Readable({
    objectMode: source.readableObjectMode ?? source.objectMode ?? true,
    ...options,
    destroy(error, callback) {
      destroyImpl.destroyer(source, error);
      callback(error);
    },
  }).wrap(source);
};

Readable.fromWeb = function fromWeb(readableStream, options) {
  return require('internal/webstreams/adapters')
    .newStreamReadableFromReadableStream(readableStream, options);
};

Readable.toWeb = function toWeb(streamReadable, options) {
  return require('internal/webstreams/adapters')
    .newReadableStreamFromStreamReadable(streamReadable, options);
};

Readable._fromList = function fromList(n, state) {
  if (state.length === 0) return null;
  if (state.objectMode) return shiftChunk(state);
  return !n || n >= state.length ?
    takeAllChunks(state, !!state.decoder) : takeChunks(state, n, !!state.decoder);
};

// ---- properties --------------------------------------------------------

const kIsDisturbed = Symbol.for('nodejs.stream.disturbed');

function getter(name, get, set, enumerable = false) {
  Object.defineProperty(proto, name, {
    __proto__: null, configurable: false, enumerable, get, set,
  });
}

getter('readable', function() {
  const r = this._readableState;
  // An own `readable: false` on the state is how a half is switched off.
  return !!r && r.readable !== false && !r.destroyed && !r.errorEmitted &&
    !r.endEmitted;
}, function(value) {
  if (this._readableState) this._readableState.readable = !!value;
});
getter('readableDidRead', function() {
  return this._readableState.dataEmitted;
});
getter('readableAborted', function() {
  const r = this._readableState;
  return !!(r.readable !== false && (r.destroyed || r.errored) && !r.endEmitted);
});
getter('readableHighWaterMark', function() {
  return this._readableState.highWaterMark;
});
getter('readableBuffer', function() {
  return this._readableState?.buffer;
});
getter('readableFlowing', function() {
  return this._readableState.flowing;
}, function(value) {
  if (this._readableState) this._readableState.flowing = value;
});
getter('readableLength', function() {
  return this._readableState.length;
});
getter('readableObjectMode', function() {
  return this._readableState ? this._readableState.objectMode : false;
});
getter('readableEncoding', function() {
  return this._readableState ? this._readableState.encoding : null;
});
getter('errored', function() {
  return this._readableState ? this._readableState.errored : null;
});
getter('closed', function() {
  return this._readableState ? this._readableState.closed : false;
});
getter('destroyed', function() {
  return this._readableState ? this._readableState.destroyed : false;
}, function(value) {
  // Ignored until the constructor has run: an option by that name must not
  // break subclasses that set it early.
  if (this._readableState) this._readableState.destroyed = value;
});
getter('readableEnded', function() {
  return this._readableState ? this._readableState.endEmitted : false;
});

module.exports = Readable;
