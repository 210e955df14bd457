'use strict';

// Bridges between Node streams and web streams, in both directions. Each keeps
// back-pressure, and carries errors and early ends across.

const { Buffer } = require('buffer');
const Readable = require('internal/streams/readable_extras');
const Writable = require('internal/streams/writable');
const Duplex = require('internal/streams/duplex');
const { destroyer } = require('internal/streams/destroy');
const { eos: finished } = require('internal/streams/end_of_stream');
const {
  isDestroyed,
  isReadable,
  isWritable,
  isWritableEnded,
} = require('internal/streams/utils');
const {
  AbortError,
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_STREAM_PREMATURE_CLOSE,
  },
} = require('internal/errors');
const { deprecate } = require('internal/util');
const {
  validateBoolean,
  validateObject,
  validateOneOf,
} = require('internal/validators');
const { deferred, markHandled } = require('web/streams/common');
const { ReadableStream, isReadableStream } = require('web/streams/readable');
const { WritableStream, isWritableStream } = require('web/streams/writable');

const noop = () => {};

function isNodeWritable(value) {
  return typeof value?._writableState === 'object';
}

function isNodeReadable(value) {
  return typeof value?._readableState === 'object';
}

// Calls a stream's callback from a promise's reaction. What a listener throws
// then must not be taken for the promise's own failure: it ends the stream.
function answer(stream, callback, error) {
  try {
    callback(error);
  } catch (thrown) {
    process.nextTick(() => destroyer(stream, thrown));
  }
}

function abortReason(error) {
  return error?.code === 'ERR_STREAM_PREMATURE_CLOSE' ?
    new AbortError(undefined, { cause: error }) : error;
}

// ---- Node to web -------------------------------------------------------

function newWritableStreamFromStreamWritable(streamWritable) {
  if (!isNodeWritable(streamWritable)) {
    throw new ERR_INVALID_ARG_TYPE('streamWritable', 'stream.Writable', streamWritable);
  }
  if (isDestroyed(streamWritable) || !isWritable(streamWritable)) {
    const closed = new WritableStream();
    closed.close();
    return closed;
  }
  const highWaterMark = streamWritable.writableHighWaterMark;
  const objectMode = streamWritable.writableObjectMode;
  const strategy = objectMode ?
    { highWaterMark, size: () => 1 } :
    { highWaterMark, size: (chunk) => chunk?.byteLength ?? chunk?.length ?? 1 };

  let controller;
  let drained;
  let closed;

  const cleanup = finished(streamWritable, (error) => {
    error = abortReason(error);
    cleanup();
    // Errors after this have nobody else to tell.
    streamWritable.on('error', noop);
    if (error) {
      drained?.reject(error);
      if (closed !== undefined) {
        closed.reject(error);
        closed = undefined;
      }
      controller.error(error);
      controller = undefined;
      return;
    }
    if (closed !== undefined) {
      closed.resolve();
      closed = undefined;
      return;
    }
    controller.error(new AbortError());
    controller = undefined;
  });

  streamWritable.on('drain', () => drained?.resolve());

  return new WritableStream({
    start(c) {
      controller = c;
    },
    write(chunk) {
      // A write that fails at once says so by the stream's error, not here.
      if (!streamWritable.writableNeedDrain &&
          (streamWritable.write(chunk) || !streamWritable.writableNeedDrain)) {
        return undefined;
      }
      drained = deferred();
      markHandled(drained.promise);
      return drained.promise.finally(() => {
        drained = undefined;
      });
    },
    abort(reason) {
      destroyer(streamWritable, reason);
    },
    close() {
      if (closed === undefined && !isWritableEnded(streamWritable)) {
        closed = deferred();
        streamWritable.end();
      }
      return closed?.promise;
    },
  }, strategy);
}

// Of a Readable that is over: closed, or failed as that was.
function overReadableStream(streamReadable, isBytes) {
  let error = streamReadable.errored;
  if (!error && isDestroyed(streamReadable) && !streamReadable.readableEnded) {
    error = abortReason(new ERR_STREAM_PREMATURE_CLOSE());
  }
  return new ReadableStream({
    type: isBytes ? 'bytes' : undefined,
    start(controller) {
      if (error) controller.error(error);
      else controller.close();
    },
  });
}

function newReadableStreamFromStreamReadable(streamReadable, options = {}) {
  if (!isNodeReadable(streamReadable)) {
    throw new ERR_INVALID_ARG_TYPE('streamReadable', 'stream.Readable', streamReadable);
  }
  validateObject(options, 'options');
  validateOneOf(options.type, 'options.type', ['bytes', undefined]);
  const isBytes = options.type === 'bytes';
  if (isDestroyed(streamReadable) || !isReadable(streamReadable)) {
    return overReadableStream(streamReadable, isBytes);
  }
  const objectMode = streamReadable.readableObjectMode;
  const highWaterMark = streamReadable.readableHighWaterMark;
  let { strategy } = options;
  if (!strategy) {
    strategy = objectMode || isBytes ? { highWaterMark } : {
      highWaterMark,
      size: (chunk) => chunk?.byteLength ?? chunk?.length ?? 1,
    };
    if (isBytes) strategy = { highWaterMark: 0 };
  }

  let controller;
  let wasCancelled = false;

  function onData(chunk) {
    // What was buffered still comes until the error of having been destroyed.
    if (wasCancelled) return;
    // A Buffer may be part of memory that others use: give away a copy.
    if (Buffer.isBuffer(chunk) && !objectMode) chunk = new Uint8Array(chunk);
    controller.enqueue(chunk);
    if (controller.desiredSize <= 0) streamReadable.pause();
  }

  streamReadable.pause();

  const cleanup = finished(streamReadable, (error) => {
    error = abortReason(error);
    cleanup();
    streamReadable.on('error', noop);
    if (error) {
      controller.error(error);
    } else if (!wasCancelled) {
      controller.close();
      if (isBytes) controller.byobRequest?.respond(0);
    }
  });

  streamReadable.on('data', onData);

  return new ReadableStream({
    type: isBytes ? 'bytes' : undefined,
    start(c) {
      controller = c;
    },
    pull() {
      streamReadable.resume();
    },
    cancel(reason) {
      wasCancelled = true;
      destroyer(streamReadable, reason);
    },
  }, strategy);
}

const emitDuplexTypeWarning = deprecate(
  () => {},
  "Passing 'options.type' to Duplex.toWeb() is deprecated. " +
  "To specify the ReadableStream type, use 'options.readableType'.",
  'DEP0201');

function newReadableWritablePairFromDuplex(duplex, options = {}) {
  if (!isNodeWritable(duplex) || !isNodeReadable(duplex)) {
    throw new ERR_INVALID_ARG_TYPE('duplex', 'stream.Duplex', duplex);
  }
  validateObject(options, 'options');
  let type = options.readableType;
  if (type === undefined && options.type !== undefined) {
    emitDuplexTypeWarning();
    type = options.type;
  }
  const readableOptions = { ...options, type };
  if (isDestroyed(duplex)) {
    const writable = new WritableStream();
    const readable = new ReadableStream({ type });
    writable.close();
    readable.cancel();
    return { readable, writable };
  }
  const writable = isWritable(duplex) ?
    newWritableStreamFromStreamWritable(duplex) : new WritableStream();
  if (!isWritable(duplex)) writable.close();
  const readable = isReadable(duplex) ?
    newReadableStreamFromStreamReadable(duplex, readableOptions) :
    new ReadableStream();
  if (!isReadable(duplex)) readable.cancel();
  return { writable, readable };
}

// ---- web to Node -------------------------------------------------------

function readStreamOptions(options) {
  validateObject(options, 'options');
  const { highWaterMark, encoding, objectMode = false, signal } = options;
  validateBoolean(objectMode, 'options.objectMode');
  if (encoding !== undefined && !Buffer.isEncoding(encoding)) {
    throw new ERR_INVALID_ARG_VALUE('options.encoding', encoding);
  }
  return { highWaterMark, encoding, objectMode, signal };
}

// A sink that wants nothing ahead is never ready. Its answer to a write is
// what the next one waits for, so there is nothing in its queue either.
function readyOf(writer) {
  return writer.desiredSize === 0 ? Promise.resolve() : writer.ready;
}

// The writing half of a Node stream over a writer.
function writeMethods(writer, isClosed) {
  return {
    write(chunk, encoding, callback) {
      readyOf(writer).then(() => {
        if (typeof chunk === 'string' && this.writableObjectMode === false &&
            this._writableState.decodeStrings) {
          chunk = Buffer.from(chunk, encoding);
        }
        return writer.write(chunk);
      }).then(() => answer(this, callback, null), (error) => answer(this, callback, error));
    },
    writev(chunks, callback) {
      readyOf(writer).then(
        () => Promise.all(chunks.map(({ chunk }) => writer.write(chunk))),
      ).then(() => answer(this, callback, null), (error) => answer(this, callback, error));
    },
    final(callback) {
      if (isClosed()) {
        answer(this, callback, null);
        return;
      }
      writer.close().then(() => answer(this, callback, null),
                          (error) => answer(this, callback, error));
    },
  };
}

function newStreamWritableFromWritableStream(writableStream, options = {}) {
  if (!isWritableStream(writableStream)) {
    throw new ERR_INVALID_ARG_TYPE('writableStream', 'WritableStream', writableStream);
  }
  validateObject(options, 'options');
  const { highWaterMark, decodeStrings = true, objectMode = false, signal } = options;
  validateBoolean(objectMode, 'options.objectMode');
  validateBoolean(decodeStrings, 'options.decodeStrings');

  const writer = writableStream.getWriter();
  let closed = false;

  const writable = new Writable({
    highWaterMark,
    objectMode,
    decodeStrings,
    signal,
    ...writeMethods(writer, () => closed),
    destroy(error, callback) {
      const done = () => answer(this, callback, error);
      if (closed) {
        done();
      } else if (error !== null && error !== undefined) {
        writer.abort(error).then(done, done);
      } else {
        writer.close().then(done, done);
      }
    },
  });

  writer.closed.then(() => {
    closed = true;
    // Closed by somebody else: it cannot be written to any more.
    if (!isWritableEnded(writable)) destroyer(writable, new ERR_STREAM_PREMATURE_CLOSE());
  }, (error) => {
    closed = true;
    destroyer(writable, error);
  });
  return writable;
}

function newStreamReadableFromReadableStream(readableStream, options = {}) {
  if (!isReadableStream(readableStream)) {
    throw new ERR_INVALID_ARG_TYPE('readableStream', 'ReadableStream', readableStream);
  }
  const { highWaterMark, encoding, objectMode, signal } = readStreamOptions(options);
  const reader = readableStream.getReader();
  let closed = false;

  const readable = new Readable({
    objectMode,
    highWaterMark,
    encoding,
    signal,
    read: readMethod(reader),
    destroy(error, callback) {
      const done = () => answer(this, callback, error);
      if (closed) done();
      else reader.cancel(error).then(done, done);
    },
  });

  reader.closed.then(() => {
    closed = true;
  }, (error) => {
    closed = true;
    destroyer(readable, error);
  });
  return readable;
}

function readMethod(reader) {
  return function read() {
    reader.read().then(({ value, done }) => {
      this.push(done ? null : value);
    }, (error) => destroyer(this, error));
  };
}

function newStreamDuplexFromReadableWritablePair(pair = {}, options = {}) {
  validateObject(pair, 'pair');
  const { readable: readableStream, writable: writableStream } = pair;
  if (!isReadableStream(readableStream)) {
    throw new ERR_INVALID_ARG_TYPE('pair.readable', 'ReadableStream', readableStream);
  }
  if (!isWritableStream(writableStream)) {
    throw new ERR_INVALID_ARG_TYPE('pair.writable', 'WritableStream', writableStream);
  }
  validateObject(options, 'options');
  const {
    allowHalfOpen = false,
    objectMode = false,
    encoding,
    decodeStrings = true,
    highWaterMark,
    signal,
  } = options;
  validateBoolean(objectMode, 'options.objectMode');
  if (encoding !== undefined && !Buffer.isEncoding(encoding)) {
    throw new ERR_INVALID_ARG_VALUE('options.encoding', encoding);
  }

  const writer = writableStream.getWriter();
  const reader = readableStream.getReader();
  let writableClosed = false;
  let readableClosed = false;

  const duplex = new Duplex({
    allowHalfOpen,
    highWaterMark,
    objectMode,
    encoding,
    decodeStrings,
    signal,
    ...writeMethods(writer, () => writableClosed),
    read: readMethod(reader),
    destroy(error, callback) {
      const done = () => answer(this, callback, error);
      const closing = [];
      if (!writableClosed) closing.push(writer.abort(error));
      if (!readableClosed) closing.push(reader.cancel(error));
      Promise.allSettled(closing).then(done, done);
    },
  });

  writer.closed.then(() => {
    writableClosed = true;
    if (!isWritableEnded(duplex)) destroyer(duplex, new ERR_STREAM_PREMATURE_CLOSE());
  }, (error) => {
    writableClosed = true;
    readableClosed = true;
    destroyer(duplex, error);
  });
  reader.closed.then(() => {
    readableClosed = true;
  }, (error) => {
    writableClosed = true;
    readableClosed = true;
    destroyer(duplex, error);
  });
  return duplex;
}

module.exports = {
  newReadableStreamFromStreamReadable,
  newReadableWritablePairFromDuplex,
  newStreamDuplexFromReadableWritablePair,
  newStreamReadableFromReadableStream,
  newStreamWritableFromWritableStream,
  newWritableStreamFromStreamWritable,
};
