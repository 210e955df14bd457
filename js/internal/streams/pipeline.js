'use strict';

// pipeline(...streams, callback): connects streams, iterables, generator
// functions and web streams one to the next; destroys all of them when one
// fails, and calls back once when all is done.

const { eos } = require('internal/streams/end_of_stream');
const { destroyer: destroyStream } = require('internal/streams/destroy');
const {
  AbortError,
  aggregateTwoErrors,
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_RETURN_VALUE,
    ERR_MISSING_ARGS,
    ERR_STREAM_DESTROYED,
    ERR_STREAM_PREMATURE_CLOSE,
    ERR_STREAM_UNABLE_TO_PIPE,
  },
} = require('internal/errors');
const { validateAbortSignal, validateFunction } = require('internal/validators');
const {
  isIterable,
  isNodeStream,
  isReadable,
  isReadableFinished,
  isReadableNodeStream,
  isReadableStream,
  isTransformStream,
  isWebStream,
} = require('internal/streams/utils');

function pipeline(...streams) {
  const callback = streams.pop();
  validateFunction(callback, 'streams[stream.length - 1]');
  return pipelineImpl(streams, callback);
}

function pipelineImpl(streams, callback, opts) {
  if (streams.length === 1 && Array.isArray(streams[0])) streams = streams[0];
  if (streams.length < 2) throw new ERR_MISSING_ARGS('streams');
  const run = new Pipeline(streams, callback, opts);
  return run.start();
}

// What to do with a stream of the pipeline when something else failed.
function makeDestroyer(stream, reading, writing) {
  let finished = false;
  stream.on('close', () => {
    finished = true;
  });
  const cleanup = eos(stream, { readable: reading, writable: writing }, (error) => {
    finished = !error;
  });
  return {
    destroy(error) {
      if (finished) return;
      finished = true;
      destroyStream(stream, error || new ERR_STREAM_DESTROYED('pipe'));
    },
    cleanup,
  };
}

class Pipeline {
  constructor(streams, callback, opts) {
    this.streams = streams;
    this.callback = callback;
    this.opts = opts;
    this.controller = new AbortController();
    this.signal = this.controller.signal;
    this.error = undefined;
    this.value = undefined;
    this.destroys = [];
    this.lastStreamCleanup = [];
    // How many connections are not finished yet.
    this.pending = 0;
    this.called = false;
    this.ender = opts?.end !== false;
  }

  start() {
    const { opts, streams } = this;
    const outer = opts?.signal;
    this.outer = outer;
    validateAbortSignal(outer, 'options.signal');
    this.onAbort = () => this.finishWith(
      new AbortError(undefined, { cause: outer?.reason }), false);
    if (outer) {
      if (outer.aborted) this.onAbort();
      else outer.addEventListener('abort', this.onAbort);
    }

    let current;
    for (let i = 0; i < streams.length; i++) {
      const stream = streams[i];
      const reading = i < streams.length - 1;
      const last = i === streams.length - 1;
      const end = reading || this.ender;
      if (isNodeStream(stream)) {
        // Before anything listens to `stream`, which then stays as it is.
        const next = streams[i + 1];
        if (next?.closed || next?.destroyed) throw new ERR_STREAM_UNABLE_TO_PIPE();
      }
      if (isNodeStream(stream)) this.watch(stream, end, reading, i > 0, last);
      if (i === 0) current = this.first(stream);
      else if (typeof stream === 'function') current = this.call(stream, current, reading, i);
      else if (isNodeStream(stream)) current = this.intoNode(stream, current, end, last);
      else if (isWebStream(stream)) current = this.intoWeb(stream, current, end, reading);
      else current = duplexFrom(stream);
    }

    // At once: nothing is to be read for a pipeline that was over before.
    if (this.signal.aborted || outer?.aborted) this.onAbort();
    return current;
  }

  // Errors of a stream end it all; a later stream's error is told unless it is
  // only an echo of having been destroyed.
  watch(stream, end, reading, writing, last) {
    if (end) {
      const { destroy, cleanup } = makeDestroyer(stream, reading, writing);
      this.destroys.push(destroy);
      if (isReadable(stream) && last) this.lastStreamCleanup.push(cleanup);
    }
    const onError = (error) => {
      if (error && error.name !== 'AbortError' &&
          error.code !== 'ERR_STREAM_PREMATURE_CLOSE') {
        this.finishOnly(error);
      }
    };
    stream.on('error', onError);
    if (isReadable(stream) && last) {
      this.lastStreamCleanup.push(() => stream.removeListener('error', onError));
    }
  }

  first(stream) {
    if (typeof stream === 'function') {
      const out = stream({ signal: this.signal });
      if (!isIterable(out)) {
        throw new ERR_INVALID_RETURN_VALUE(
          'Iterable, AsyncIterable or Stream', 'source', out);
      }
      return out;
    }
    if (isIterable(stream) || isReadableNodeStream(stream) ||
        isTransformStream(stream)) {
      return stream;
    }
    return duplexFrom(stream);
  }

  call(fn, current, reading, index) {
    let out = isTransformStream(current) ?
      iterableOf(current.readable) : iterableOf(current);
    out = fn(out, { signal: this.signal });
    if (reading) {
      if (!isIterable(out, true)) {
        throw new ERR_INVALID_RETURN_VALUE(
          'AsyncIterable', `transform[${index - 1}]`, out);
      }
      return out;
    }
    // The last one: what it comes to is given to the callback, and can be read
    // from the stream pipeline() returns.
    const PassThrough = require('internal/streams/passthrough');
    const tail = new PassThrough({ objectMode: true });
    const then = out?.then;
    if (typeof then === 'function') {
      this.pending++;
      then.call(out, (value) => {
        this.value = value;
        if (value !== null && value !== undefined) tail.write(value);
        if (this.ender) tail.end();
        process.nextTick(() => this.done());
      }, (error) => {
        tail.destroy(error);
        process.nextTick(() => this.done(error));
      });
    } else if (isIterable(out, true)) {
      this.pending++;
      this.pump(out, tail, this.ender);
    } else if (isReadableStream(out) || isTransformStream(out)) {
      this.pending++;
      this.pump(out.readable || out, tail, this.ender);
    } else {
      throw new ERR_INVALID_RETURN_VALUE(
        'AsyncIterable or Promise', 'destination', out);
    }
    const { destroy, cleanup } = makeDestroyer(tail, false, true);
    this.destroys.push(destroy);
    this.lastStreamCleanup.push(cleanup);
    return tail;
  }

  intoNode(stream, current, end, last) {
    if (isReadableNodeStream(current)) {
      this.pending += 2;
      const cleanup = this.pipe(current, stream, end);
      if (isReadable(stream) && last) this.lastStreamCleanup.push(cleanup);
    } else if (isTransformStream(current) || isReadableStream(current)) {
      this.pending++;
      this.pump(current.readable || current, stream, end);
    } else if (isIterable(current)) {
      this.pending++;
      this.pump(current, stream, end);
    } else {
      throw new ERR_INVALID_ARG_TYPE(
        'val', ['Readable', 'Iterable', 'AsyncIterable', 'ReadableStream',
                'TransformStream'], current);
    }
    return stream;
  }

  intoWeb(stream, current, end, reading) {
    const toTransform = isTransformStream(stream);
    const writable = toTransform ? stream.writable : stream;
    if (isReadableNodeStream(current) || isIterable(current)) {
      this.pending++;
      this.pumpToWeb(iterableOf(current), writable, end);
    } else if (isReadableStream(current)) {
      this.pending++;
      this.pumpToWeb(current, writable, end);
    } else if (isTransformStream(current)) {
      this.pending++;
      this.pumpToWeb(current.readable, writable, end);
    } else {
      throw new ERR_INVALID_ARG_TYPE(
        'val', ['Readable', 'Iterable', 'AsyncIterable', 'ReadableStream',
                'TransformStream'], current);
    }
    return stream;
  }

  done(error) {
    this.finishWith(error, --this.pending === 0);
  }

  finishOnly(error) {
    this.finishWith(error, false);
  }

  finishWith(error, final) {
    if (error && (!this.error ||
        this.error.code === 'ERR_STREAM_PREMATURE_CLOSE')) {
      this.error = error;
    }
    if (!this.error && !final) return;
    while (this.destroys.length) this.destroys.shift()(this.error);
    this.outer?.removeEventListener('abort', this.onAbort);
    this.controller.abort();
    if (!final) return;
    if (!this.error) this.lastStreamCleanup.forEach((fn) => fn());
    if (this.called) return;
    this.called = true;
    process.nextTick(this.callback, this.error, this.value);
  }

  // Node stream to Node stream. Counted twice: each end must finish.
  pipe(source, dest, end) {
    let ended = false;
    dest.on('close', () => {
      // It has gone before the source was through.
      if (!ended) this.finishOnly(new ERR_STREAM_PREMATURE_CLOSE());
    });
    // The end is handled here, so that a source that fails does not end it.
    source.pipe(dest, { end: false });
    if (end) {
      const endDest = () => {
        ended = true;
        dest.end();
      };
      if (isReadableFinished(source)) {
        process.nextTick(endDest);
      } else {
        source.once('end', endDest);
      }
    } else {
      this.done();
    }
    eos(source, { readable: true, writable: false }, (error) => {
      const r = source._readableState;
      if (error && error.code === 'ERR_STREAM_PREMATURE_CLOSE' &&
          r?.ended && !r.errored && !r.errorEmitted) {
        // Some close before their consumer has read the buffer to its end.
        source.once('end', () => this.done()).once('error', (e) => this.done(e));
      } else {
        this.done(error);
      }
    });
    return eos(dest, { readable: false, writable: true },
               (error) => this.done(error));
  }

  // Iterable to Node stream, with back-pressure.
  async pump(iterable, writable, end) {
    let error;
    let wake = null;
    const resume = (failure) => {
      if (failure) error = failure;
      if (wake) {
        const go = wake;
        wake = null;
        go();
      }
    };
    const drained = () => new Promise((resolve, reject) => {
      if (error) {
        reject(error);
        return;
      }
      wake = () => {
        if (error) reject(error);
        else resolve();
      };
    });
    const onDrain = () => resume();
    writable.on('drain', onDrain);
    const cleanup = eos(writable, { readable: false }, resume);
    try {
      if (writable.writableNeedDrain) await drained();
      for await (const chunk of iterable) {
        if (!writable.write(chunk)) await drained();
      }
      if (end) {
        writable.end();
        await drained();
      }
      this.done();
    } catch (failure) {
      this.done(error !== failure ? aggregateTwoErrors(error, failure) : failure);
    } finally {
      cleanup();
      writable.off('drain', onDrain);
    }
  }

  async pumpToWeb(iterable, writable, end) {
    const writer = writable.getWriter();
    try {
      for await (const chunk of iterable) {
        await writer.ready;
        writer.write(chunk).catch(() => {});
      }
      await writer.ready;
      if (end) await writer.close();
      this.done();
    } catch (failure) {
      try {
        await writer.abort(failure);
        this.done(failure);
      } catch (second) {
        this.done(second);
      }
    }
  }
}

function duplexFrom(body) {
  return require('internal/streams/duplex').from(body);
}

function iterableOf(value) {
  if (isIterable(value)) return value;
  if (isReadableNodeStream(value)) return readOld(value);
  throw new ERR_INVALID_ARG_TYPE(
    'val', ['Readable', 'Iterable', 'AsyncIterable'], value);
}

// Streams that are not iterable themselves.
async function* readOld(value) {
  const Readable = require('internal/streams/readable_extras');
  yield* Readable.prototype[Symbol.asyncIterator].call(value);
}

module.exports = { pipeline, pipelineImpl };
