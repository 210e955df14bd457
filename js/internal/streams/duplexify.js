'use strict';

// Duplex.from(body): a Duplex out of nearly anything - streams, pairs of
// streams, web streams, iterables, promises, blobs and functions over async
// iterables.

const Duplex = require('internal/streams/duplex');
const Readable = require('internal/streams/readable_extras');
const Writable = require('internal/streams/writable');
const from = require('internal/streams/from');
const { destroyer } = require('internal/streams/destroy');
const { eos } = require('internal/streams/end_of_stream');
const {
  isDuplexNodeStream,
  isIterable,
  isNodeStream,
  isReadable,
  isReadableNodeStream,
  isReadableStream,
  isWritable,
  isWritableNodeStream,
  isWritableStream,
} = require('internal/streams/utils');
const {
  AbortError,
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_RETURN_VALUE },
} = require('internal/errors');

// Node shows this name for the streams made here.
class Duplexify extends Duplex {}

function isBlob(value) {
  return typeof globalThis.Blob === 'function' && value instanceof Blob;
}

function duplexify(body, name) {
  if (isDuplexNodeStream(body)) return body;
  if (isReadableNodeStream(body)) return joinHalves({ readable: body });
  if (isWritableNodeStream(body)) return joinHalves({ writable: body });
  if (isNodeStream(body)) return joinHalves({ writable: false, readable: false });
  if (isReadableStream(body)) {
    return joinHalves({ readable: Readable.fromWeb(body) });
  }
  if (isWritableStream(body)) {
    return joinHalves({ writable: Writable.fromWeb(body) });
  }
  if (typeof body === 'function') return fromFunction(body, name);
  if (isBlob(body)) return duplexify(body.arrayBuffer(), name);
  if (isIterable(body)) {
    return from(Duplexify, body, { objectMode: true, writable: false });
  }
  if (isReadableStream(body?.readable) && isWritableStream(body?.writable)) {
    return Duplex.fromWeb(body);
  }
  if (typeof body?.readable === 'object' || typeof body?.writable === 'object') {
    const half = (value) => {
      if (!value) return undefined;
      if (isReadableNodeStream(value) || isWritableNodeStream(value)) return value;
      return duplexify(value, name);
    };
    return joinHalves({ readable: half(body.readable), writable: half(body.writable) });
  }
  if (typeof body?.then === 'function') return fromPromise(body);
  throw new ERR_INVALID_ARG_TYPE(
    name, ['Blob', 'ReadableStream', 'WritableStream', 'Stream', 'Iterable',
           'AsyncIterable', 'Function', '{ readable, writable } pair', 'Promise'],
    body);
}

function fromPromise(promise) {
  let stream;
  promise.then((value) => {
    if (value !== null && value !== undefined) stream.push(value);
    stream.push(null);
  }, (error) => destroyer(stream, error));
  return stream = new Duplexify({ objectMode: true, writable: false, read() {} });
}

// A function is called once with an async iterable of what is written; what it
// returns is what is read, or (a promise) says when writing is finished.
function fromFunction(fn, name) {
  const { value, write, final, destroy } = feed(fn);
  if (isDuplexNodeStream(value)) return value;
  if (isIterable(value)) {
    return from(Duplexify, value, { objectMode: true, write, final, destroy });
  }
  const then = value?.then;
  if (typeof then === 'function') {
    let stream;
    const settled = then.call(value, (result) => {
      if (result !== null && result !== undefined) {
        throw new ERR_INVALID_RETURN_VALUE('nully', name, result);
      }
    }, (error) => destroyer(stream, error));
    return stream = new Duplexify({
      objectMode: true,
      readable: false,
      write,
      final(callback) {
        final(async () => {
          try {
            await settled;
            process.nextTick(callback, null);
          } catch (error) {
            process.nextTick(callback, error);
          }
        });
      },
      destroy,
    });
  }
  throw new ERR_INVALID_RETURN_VALUE(
    'Iterable, AsyncIterable or AsyncFunction', name, value);
}

function deferred() {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function feed(fn) {
  let { promise, resolve } = deferred();
  const controller = new AbortController();
  const { signal } = controller;
  const value = fn((async function* written() {
    for (;;) {
      const current = promise;
      promise = null;
      const { chunk, done, callback } = await current;
      process.nextTick(callback);
      if (done) return;
      if (signal.aborted) throw new AbortError(undefined, { cause: signal.reason });
      ({ promise, resolve } = deferred());
      yield chunk;
    }
  })(), { signal });

  const offer = (item) => {
    const give = resolve;
    resolve = null;
    give(item);
  };
  return {
    value,
    write(chunk, encoding, callback) {
      offer({ chunk, done: false, callback });
    },
    final(callback) {
      offer({ done: true, callback });
    },
    destroy(error, callback) {
      controller.abort();
      // The function's loop over what is written ends, so that the function
      // does, and whoever waits for it to.
      if (resolve !== null) offer({ done: true, callback() {} });
      callback(error);
    },
  };
}

// Two streams (either may be missing) as one.
function joinHalves(pair) {
  const r = pair.readable && typeof pair.readable.read !== 'function' ?
    Readable.wrap(pair.readable) : pair.readable;
  const w = pair.writable;
  let readable = !!isReadable(r);
  let writable = !!isWritable(w);
  let onDrain = null;
  let onFinish = null;
  let onReadable = null;
  let onClose = null;

  const settle = (error) => {
    const callback = onClose;
    onClose = null;
    if (callback) callback(error);
    else if (error) joined.destroy(error);
    // Without error it goes on until what is buffered has been read.
  };

  const joined = new Duplexify({
    readableObjectMode: !!r?.readableObjectMode,
    writableObjectMode: !!w?.writableObjectMode,
    readable,
    writable,
  });

  if (writable) {
    eos(w, (error) => {
      writable = false;
      if (error) destroyer(r, error);
      settle(error);
    });
    joined._write = (chunk, encoding, callback) => {
      if (w.write(chunk, encoding)) callback();
      else onDrain = callback;
    };
    joined._final = (callback) => {
      w.end();
      onFinish = callback;
    };
    w.on('drain', () => {
      const callback = onDrain;
      onDrain = null;
      callback?.();
    });
    w.on('finish', () => {
      const callback = onFinish;
      onFinish = null;
      callback?.();
    });
  }

  if (readable) {
    eos(r, (error) => {
      readable = false;
      if (error) destroyer(r, error);
      settle(error);
    });
    r.on('readable', () => {
      const read = onReadable;
      onReadable = null;
      read?.();
    });
    r.on('end', () => joined.push(null));
    joined._read = () => {
      for (;;) {
        const chunk = r.read();
        if (chunk === null) {
          onReadable = joined._read;
          return;
        }
        if (!joined.push(chunk)) return;
      }
    };
  }

  joined._destroy = (error, callback) => {
    if (!error && onClose !== null) error = new AbortError();
    onReadable = null;
    onDrain = null;
    onFinish = null;
    // While a half still runs, its end is waited for.
    if (!readable && !writable) {
      callback(error);
    } else {
      onClose = callback;
      destroyer(w, error);
      destroyer(r, error);
    }
  };
  return joined;
}


module.exports = duplexify;
