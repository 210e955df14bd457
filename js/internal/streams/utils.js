'use strict';

// Predicates over "anything that might be a stream": Node streams, look-alikes
// that only share parts of the interface (old streams, HTTP messages) and web
// streams. Most answer true / false / null, null meaning "cannot tell".

const kIsDisturbed = Symbol.for('nodejs.stream.disturbed');
const kIsErrored = Symbol.for('nodejs.stream.errored');
const kIsReadable = Symbol.for('nodejs.stream.readable');
const kIsWritable = Symbol.for('nodejs.stream.writable');
const kIsDestroyed = Symbol.for('nodejs.stream.destroyed');
// Web streams keep a promise here that settles when they close or fail.
const kIsClosedPromise = Symbol.for('nodejs.webstream.isClosedPromise');
// Calls a function with the controller's error; web streams implement it.
const kControllerErrorFunction =
  Symbol.for('nodejs.webstream.controllerErrorFunction');

const isFn = (value) => typeof value === 'function';

function isReadableNodeStream(value, strict = false) {
  if (!value || !isFn(value.pipe) || !isFn(value.on)) return false;
  if (strict && !(isFn(value.pause) && isFn(value.resume))) return false;
  // A Writable has an (erroring) pipe() too: what tells is the other state.
  const { _writableState: w, _readableState: r } = value;
  if (w && r?.readable === false) return false;
  return !w || !!r;
}

function isWritableNodeStream(value) {
  if (!value || !isFn(value.write) || !isFn(value.on)) return false;
  return !value._readableState || value._writableState?.writable !== false;
}

function isDuplexNodeStream(value) {
  return !!(value && value._readableState && isFn(value.pipe) &&
    isFn(value.on) && isFn(value.write));
}

function isNodeStream(value) {
  if (!value) return false;
  if (value._readableState || value._writableState) return true;
  return isFn(value.on) && (isFn(value.write) || isFn(value.pipe));
}

function isReadableStream(value) {
  return !!(value && !isNodeStream(value) && isFn(value.pipeThrough) &&
    isFn(value.getReader) && isFn(value.cancel));
}

function isWritableStream(value) {
  return !!(value && !isNodeStream(value) && isFn(value.getWriter) &&
    isFn(value.abort));
}

function isTransformStream(value) {
  return !!(value && !isNodeStream(value) &&
    typeof value.readable === 'object' && typeof value.writable === 'object');
}

function isWebStream(value) {
  return isReadableStream(value) || isWritableStream(value) ||
    isTransformStream(value);
}

function isIterable(value, isAsync) {
  if (value === undefined || value === null) return false;
  if (isAsync === true) return isFn(value[Symbol.asyncIterator]);
  if (isAsync === false) return isFn(value[Symbol.iterator]);
  return isFn(value[Symbol.asyncIterator]) || isFn(value[Symbol.iterator]);
}

// Either half's state; the writable one answers first for both.
function anyState(stream) {
  return stream._writableState || stream._readableState;
}

function isDestroyed(stream) {
  if (!isNodeStream(stream)) return null;
  return !!(stream.destroyed || stream[kIsDestroyed] ||
    anyState(stream)?.destroyed);
}

function isWritableEnded(stream) {
  if (!isWritableNodeStream(stream)) return null;
  if (stream.writableEnded === true) return true;
  const state = stream._writableState;
  if (state?.errored) return false;
  return typeof state?.ended === 'boolean' ? state.ended : null;
}

function isWritableFinished(stream, strict) {
  if (!isWritableNodeStream(stream)) return null;
  if (stream.writableFinished === true) return true;
  const state = stream._writableState;
  if (state?.errored) return false;
  if (typeof state?.finished !== 'boolean') return null;
  return state.finished ||
    (strict === false && state.ended === true && state.length === 0);
}

function isReadableEnded(stream) {
  if (!isReadableNodeStream(stream)) return null;
  if (stream.readableEnded === true) return true;
  const state = stream._readableState;
  if (!state || state.errored) return false;
  return typeof state.ended === 'boolean' ? state.ended : null;
}

function isReadableFinished(stream, strict) {
  if (!isReadableNodeStream(stream)) return null;
  const state = stream._readableState;
  if (state?.errored) return false;
  if (typeof state?.endEmitted !== 'boolean') return null;
  return state.endEmitted ||
    (strict === false && state.ended === true && state.length === 0);
}

function isReadable(stream) {
  if (stream && stream[kIsReadable] != null) return stream[kIsReadable];
  if (typeof stream?.readable !== 'boolean') return null;
  if (isDestroyed(stream)) return false;
  return isReadableNodeStream(stream) && stream.readable &&
    !isReadableFinished(stream);
}

function isWritable(stream) {
  if (stream && stream[kIsWritable] != null) return stream[kIsWritable];
  if (typeof stream?.writable !== 'boolean') return null;
  if (isDestroyed(stream)) return false;
  return isWritableNodeStream(stream) && stream.writable &&
    !isWritableEnded(stream);
}

function isFinished(stream, opts) {
  if (!isNodeStream(stream)) return null;
  if (isDestroyed(stream)) return true;
  if (opts?.readable !== false && isReadable(stream)) return false;
  if (opts?.writable !== false && isWritable(stream)) return false;
  return true;
}

function halfErrored(stream, getter, stateKey) {
  if (!isNodeStream(stream)) return null;
  if (stream[getter]) return stream[getter];
  return stream[stateKey]?.errored ?? null;
}

const writableErrored = (stream) =>
  halfErrored(stream, 'writableErrored', '_writableState');
const readableErrored = (stream) =>
  halfErrored(stream, 'readableErrored', '_readableState');

function isOutgoingMessage(stream) {
  return typeof stream._closed === 'boolean' &&
    typeof stream._defaultKeepAlive === 'boolean' &&
    typeof stream._removedConnection === 'boolean' &&
    typeof stream._removedContLen === 'boolean';
}

function isServerResponse(stream) {
  return typeof stream._sent100 === 'boolean' && isOutgoingMessage(stream);
}

function isServerRequest(stream) {
  return typeof stream._consuming === 'boolean' &&
    typeof stream._dumped === 'boolean' &&
    stream.req?.upgradeOrConnect === undefined;
}

function isClosed(stream) {
  if (!isNodeStream(stream)) return null;
  if (typeof stream.closed === 'boolean') return stream.closed;
  const { _writableState: w, _readableState: r } = stream;
  if (typeof w?.closed === 'boolean' || typeof r?.closed === 'boolean') {
    return !!(w?.closed || r?.closed);
  }
  if (typeof stream._closed === 'boolean' && isOutgoingMessage(stream)) {
    return stream._closed;
  }
  return null;
}

// Whether 'close' can be counted on after the stream is done by itself.
function willEmitClose(stream) {
  if (!isNodeStream(stream)) return null;
  const state = anyState(stream);
  if (!state) return isServerResponse(stream);
  return !!(state.autoDestroy && state.emitClose && state.closed === false);
}

function isDisturbed(stream) {
  return !!(stream && (stream[kIsDisturbed] ??
    (stream.readableDidRead || stream.readableAborted)));
}

function isErrored(stream) {
  return !!(stream && (stream[kIsErrored] ?? stream.readableErrored ??
    stream.writableErrored ?? stream._readableState?.errorEmitted ??
    stream._writableState?.errorEmitted ?? stream._readableState?.errored ??
    stream._writableState?.errored));
}

module.exports = {
  kControllerErrorFunction,
  kIsClosedPromise,
  kIsDestroyed,
  kIsDisturbed,
  kIsErrored,
  kIsReadable,
  kIsWritable,
  isClosed,
  isDestroyed,
  isDisturbed,
  isDuplexNodeStream,
  isErrored,
  isFinished,
  isIterable,
  isNodeStream,
  isOutgoingMessage,
  isReadable,
  isReadableEnded,
  isReadableErrored: readableErrored,
  isReadableFinished,
  isReadableNodeStream,
  isReadableStream,
  isServerRequest,
  isServerResponse,
  isTransformStream,
  isWebStream,
  isWritable,
  isWritableEnded,
  isWritableErrored: writableErrored,
  isWritableFinished,
  isWritableNodeStream,
  isWritableStream,
  willEmitClose,
};
