'use strict';

// WritableStream, its default writer and its controller (Streams, section 5).
//
//   writable --abort/error--> erroring --in-flight work done--> errored
//   writable --close() done--> closed
//
// All state is in one WritableState per stream; the controller's part is in it
// too, since a stream has exactly one.

const { codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE } } =
  require('internal/errors');
const {
  RESOLVED,
  deferred,
  List,
  SizedQueue,
  callAsync,
  checkDictionary,
  checkSize,
  customInspect,
  highWaterMarkOf,
  inspectAs,
  invalidState,
  kInternal,
  kState,
  makeEnumerable,
  markHandled,
  methodOf,
  promiseReject,
  promiseResolve,
  react,
  resolvedWith,
  sizeOf,
  wrongThis,
  isolate,
} = require('web/streams/common');
const {
  kControllerErrorFunction,
  kIsClosedPromise,
  kIsErrored,
  kIsWritable,
} = require('internal/streams/utils');
const { kCheckTransfer, kTransfer, markTransferMode } = require('internal/worker/js_transferable');

// In the queue, after the last chunk.
const CLOSE = Symbol('close');

class WritableState {
  constructor(stream) {
    this.stream = stream;
    this.state = 'writable';
    this.storedError = undefined;
    this.writer = undefined;
    this.controller = undefined;
    this.closed = null;
    this.backpressure = false;
    this.writeRequests = new List();
    this.inFlightWrite = undefined;
    this.closeRequest = undefined;
    this.inFlightClose = undefined;
    this.pendingAbort = undefined;
    // Of the controller:
    this.queue = new SizedQueue();
    this.started = false;
    this.highWaterMark = 1;
    this.size = undefined;
    this.sink = undefined;
    this.writeMethod = undefined;
    this.closeMethod = undefined;
    this.abortMethod = undefined;
    this.abortController = undefined;
    this.aborted = false;
    this.abortReason = undefined;
    this.writeDone = undefined;
    this.writeFailed = undefined;
  }
}

class WritableStream {
  constructor(underlyingSink = undefined, strategy = undefined) {
    if (underlyingSink === kInternal) {
      // Made by this folder, which sets it up itself.
      this[kState] = new WritableState(this);
      return;
    }
    if (underlyingSink === null) {
      throw new ERR_INVALID_ARG_TYPE('sink', 'Object', underlyingSink);
    }
    const sink = checkDictionary(underlyingSink, 'sink');
    checkDictionary(strategy, 'strategy');
    const size = sizeOf(strategy);
    const highWaterMark = highWaterMarkOf(strategy, 1);
    const abort = methodOf(sink, 'abort', 'sink');
    const close = methodOf(sink, 'close', 'sink');
    const start = methodOf(sink, 'start', 'sink');
    if (sink?.type !== undefined) {
      throw new ERR_INVALID_ARG_VALUE.RangeError('type', sink.type);
    }
    const write = methodOf(sink, 'write', 'sink');
    this[kState] = new WritableState(this);
    setUp(this, { sink, start, write, close, abort }, highWaterMark, size);
  }

  get locked() {
    return stateOf(this, 'WritableStream').writer !== undefined;
  }

  abort(reason = undefined) {
    if (!isWritableStream(this)) return promiseReject(wrongThis('WritableStream'));
    if (this[kState].writer !== undefined) {
      return promiseReject(invalidState('WritableStream is locked'));
    }
    return abortStream(this[kState], reason);
  }

  close() {
    if (!isWritableStream(this)) return promiseReject(wrongThis('WritableStream'));
    const s = this[kState];
    if (s.writer !== undefined) {
      return promiseReject(invalidState('WritableStream is locked'));
    }
    if (closeQueuedOrInFlight(s)) {
      return promiseReject(invalidState('Failure closing WritableStream'));
    }
    return closeStream(s);
  }

  getWriter() {
    stateOf(this, 'WritableStream');
    return new WritableStreamDefaultWriter(this);
  }

  get [kIsClosedPromise]() {
    const s = this[kState];
    if (s.closed === null) {
      s.closed = deferred();
      markHandled(s.closed.promise);
      if (s.state === 'closed') s.closed.resolve();
      else if (s.state === 'errored') s.closed.reject(s.storedError);
    }
    return s.closed;
  }

  get [kIsErrored]() {
    return this[kState].state === 'errored';
  }

  get [kIsWritable]() {
    return this[kState].state === 'writable';
  }

  [kControllerErrorFunction](error) {
    controllerError(this[kState], error);
  }

  [kCheckTransfer]() {
    require('web/streams/transfer').checkUnlocked(this, 'WritableStream');
  }

  [kTransfer]() {
    return require('web/streams/transfer').transferWritable(this);
  }

  [customInspect](depth, options, inspect) {
    return inspectAs(this, depth, options, inspect, {
      locked: this.locked,
      state: this[kState].state,
    });
  }
}
markTransferMode(WritableStream.prototype, false, true);
makeEnumerable(WritableStream, ['locked', 'abort', 'close', 'getWriter']);

function isWritableStream(value) {
  return value?.[kState] instanceof WritableState && value[kState].stream === value;
}

function stateOf(stream, name) {
  if (!isWritableStream(stream)) throw wrongThis(name);
  return stream[kState];
}

// Makes `stream` work over `sink`'s methods (see the constructor).
function setUp(stream, methods, highWaterMark, size) {
  const s = stream[kState];
  s.controller = new WritableStreamDefaultController(kInternal, s);
  s.highWaterMark = highWaterMark;
  s.size = size;
  s.sink = methods.sink;
  s.writeMethod = methods.write;
  s.closeMethod = methods.close;
  s.abortMethod = methods.abort;
  updateBackpressure(s, getBackpressure(s));
  const { start } = methods;
  const started = start === undefined ?
    undefined : Reflect.apply(start, methods.sink, [s.controller]);
  react(resolvedWith(started), () => {
    s.started = true;
    advance(s);
  }, (error) => {
    s.started = true;
    dealWithRejection(s, error);
  });
}

// ---- the stream --------------------------------------------------------

function abortStream(s, reason) {
  if (s.state === 'closed' || s.state === 'errored') return promiseResolve();
  s.aborted = true;
  s.abortReason = reason;
  s.abortController?.abort(reason);
  // Listeners of that may have changed everything.
  if (s.state === 'closed' || s.state === 'errored') return promiseResolve();
  if (s.pendingAbort !== undefined) return s.pendingAbort.deferred.promise;
  const wasErroring = s.state === 'erroring';
  const abort = deferred();
  s.pendingAbort = { deferred: abort, reason: wasErroring ? undefined : reason, wasErroring };
  if (!wasErroring) startErroring(s, reason);
  return abort.promise;
}

function closeStream(s) {
  if (s.state === 'closed' || s.state === 'errored') {
    return promiseReject(invalidState('WritableStream is closed'));
  }
  const request = deferred();
  s.closeRequest = request;
  if (s.writer !== undefined && s.backpressure && s.state === 'writable') {
    s.writer[kState].resolveReady();
  }
  s.queue.push(CLOSE, 0);
  advance(s);
  return request.promise;
}

function closeQueuedOrInFlight(s) {
  return s.closeRequest !== undefined || s.inFlightClose !== undefined;
}

function dealWithRejection(s, error) {
  if (s.state === 'writable') startErroring(s, error);
  else finishErroring(s);
}

function startErroring(s, reason) {
  s.state = 'erroring';
  s.storedError = reason;
  if (s.writer !== undefined) s.writer[kState].rejectReady(reason);
  if (s.inFlightWrite === undefined && s.inFlightClose === undefined && s.started) {
    finishErroring(s);
  }
}

function finishErroring(s) {
  s.state = 'errored';
  s.queue.clear();
  for (const request of s.writeRequests.takeAll()) request.reject(s.storedError);
  const abort = s.pendingAbort;
  if (abort === undefined) {
    rejectCloseAndClosed(s);
    return;
  }
  s.pendingAbort = undefined;
  if (abort.wasErroring) {
    abort.deferred.reject(s.storedError);
    rejectCloseAndClosed(s);
    return;
  }
  const method = s.abortMethod;
  const { sink } = s;
  clearAlgorithms(s);
  const done = method === undefined ?
    RESOLVED : callAsync(method, sink, abort.reason);
  react(done, () => {
    abort.deferred.resolve();
    rejectCloseAndClosed(s);
  }, (error) => {
    abort.deferred.reject(error);
    rejectCloseAndClosed(s);
  });
}

function rejectCloseAndClosed(s) {
  if (s.closeRequest !== undefined) {
    s.closeRequest.reject(s.storedError);
    s.closeRequest = undefined;
  }
  if (s.closed !== null) s.closed.reject(s.storedError);
  if (s.writer !== undefined) s.writer[kState].closed.reject(s.storedError);
}

function finishInFlightClose(s) {
  s.inFlightClose.resolve();
  s.inFlightClose = undefined;
  if (s.state === 'erroring') {
    // Closing came first after all.
    s.storedError = undefined;
    if (s.pendingAbort !== undefined) {
      s.pendingAbort.deferred.resolve();
      s.pendingAbort = undefined;
    }
  }
  s.state = 'closed';
  if (s.closed !== null) s.closed.resolve();
  if (s.writer !== undefined) s.writer[kState].closed.resolve();
}

function finishInFlightCloseWithError(s, error) {
  s.inFlightClose.reject(error);
  s.inFlightClose = undefined;
  if (s.pendingAbort !== undefined) {
    s.pendingAbort.deferred.reject(error);
    s.pendingAbort = undefined;
  }
  dealWithRejection(s, error);
}

function updateBackpressure(s, backpressure) {
  if (s.writer !== undefined && backpressure !== s.backpressure) {
    if (backpressure) s.writer[kState].ready.reset();
    else s.writer[kState].resolveReady();
  }
  s.backpressure = backpressure;
}

// ---- the controller ----------------------------------------------------

class WritableStreamDefaultController {
  constructor(token = undefined, state = undefined) {
    if (token !== kInternal) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this[kState] = state;
  }

  get signal() {
    const s = controllerState(this);
    return (s.abortController ??= makeAbortController(s)).signal;
  }

  error(error = undefined) {
    controllerError(controllerState(this), error);
  }

  [customInspect](depth, options, inspect) {
    return inspectAs(this, depth, options, inspect, {
      stream: controllerState(this).stream,
    });
  }
}
makeEnumerable(WritableStreamDefaultController, ['signal', 'error']);

// Asked for late, it must know of an abort that came before.
function makeAbortController(s) {
  const controller = new AbortController();
  if (s.aborted) controller.abort(s.abortReason);
  return controller;
}

function controllerState(controller) {
  const s = controller?.[kState];
  if (!(s instanceof WritableState) || s.controller !== controller) {
    throw wrongThis('WritableStreamDefaultController');
  }
  return s;
}

function controllerError(s, error) {
  if (s.state !== 'writable') return;
  clearAlgorithms(s);
  startErroring(s, error);
}

// The sink is done with: nothing of it should be kept alive.
function clearAlgorithms(s) {
  s.sink = undefined;
  s.writeMethod = undefined;
  s.closeMethod = undefined;
  s.abortMethod = undefined;
  s.size = undefined;
}

function getBackpressure(s) {
  return s.highWaterMark - s.queue.total <= 0;
}

// Hands the next chunk, or the end, to the sink if it is idle.
function advance(s) {
  if (!s.started || s.inFlightWrite !== undefined) return;
  if (s.state === 'erroring') {
    finishErroring(s);
    return;
  }
  if (s.queue.length === 0 || s.state === 'closed' || s.state === 'errored') return;
  const chunk = s.queue.peek();
  if (chunk === CLOSE) processClose(s);
  else processWrite(s, chunk);
}

function processClose(s) {
  s.inFlightClose = s.closeRequest;
  s.closeRequest = undefined;
  s.queue.shift();
  const method = s.closeMethod;
  const { sink } = s;
  const done = method === undefined ? RESOLVED : callAsync(method, sink);
  clearAlgorithms(s);
  react(done, () => finishInFlightClose(s),
        (error) => finishInFlightCloseWithError(s, error));
}

function processWrite(s, chunk) {
  s.inFlightWrite = s.writeRequests.shift();
  const method = s.writeMethod;
  const done = method === undefined ?
    RESOLVED : callAsync(method, s.sink, chunk, s.controller);
  if (s.writeDone === undefined) {
    // The same two for every write.
    s.writeDone = () => {
      const request = s.inFlightWrite;
      s.inFlightWrite = undefined;
      request.resolve();
      const { state } = s;
      s.queue.shift();
      if (state === 'writable' && !closeQueuedOrInFlight(s)) {
        updateBackpressure(s, getBackpressure(s));
      }
      advance(s);
    };
    s.writeFailed = (error) => {
      if (s.state === 'writable') clearAlgorithms(s);
      const request = s.inFlightWrite;
      s.inFlightWrite = undefined;
      request.reject(error);
      dealWithRejection(s, error);
    };
  }
  react(done, s.writeDone, s.writeFailed);
}

// ---- the writer --------------------------------------------------------

// One of a writer's promises, `closed` and `ready`: made only when somebody
// looks at it, as most never are.
class Signal {
  constructor() {
    this.outcome = 'pending';
    this.error = undefined;
    this.deferred = null;
  }

  get promise() {
    if (this.deferred === null) {
      this.deferred = deferred();
      this.#tell();
    }
    return this.deferred.promise;
  }

  resolve() {
    if (this.outcome !== 'pending') return;
    this.outcome = 'resolved';
    if (this.deferred !== null) this.#tell();
  }

  // Where it was settled before, a new promise says what is so now.
  reject(error) {
    if (this.outcome !== 'pending') this.deferred = null;
    this.outcome = 'rejected';
    this.error = error;
    if (this.deferred !== null) this.#tell();
  }

  reset() {
    this.outcome = 'pending';
    this.error = undefined;
    this.deferred = null;
  }

  #tell() {
    if (this.outcome === 'resolved') {
      this.deferred.resolve();
    } else if (this.outcome === 'rejected') {
      markHandled(this.deferred.promise);
      this.deferred.reject(this.error);
    }
  }
}

class WriterState {
  constructor(writer) {
    this.writer = writer;
    this.stream = undefined;
    this.closed = new Signal();
    this.ready = new Signal();
    // A pipe's function to be called a tick after `ready` resolves.
    this.onReady = null;
  }

  resolveReady() {
    this.ready.resolve();
    if (this.onReady !== null) {
      const { onReady } = this;
      this.onReady = null;
      react(RESOLVED, onReady);
    }
  }

  rejectReady(error) {
    this.onReady = null;
    this.ready.reject(error);
  }
}

class WritableStreamDefaultWriter {
  constructor(stream) {
    if (!isWritableStream(stream)) {
      throw new ERR_INVALID_ARG_TYPE('stream', 'WritableStream', stream);
    }
    const s = stream[kState];
    if (s.writer !== undefined) throw invalidState('WritableStream is locked');
    const w = this[kState] = new WriterState(this);
    w.stream = s;
    s.writer = this;
    switch (s.state) {
      case 'writable':
        if (closeQueuedOrInFlight(s) || !s.backpressure) w.resolveReady();
        break;
      case 'erroring':
        w.rejectReady(s.storedError);
        break;
      case 'closed':
        w.resolveReady();
        w.closed.resolve();
        break;
      default:
        w.rejectReady(s.storedError);
        w.closed.reject(s.storedError);
    }
  }

  get closed() {
    if (!isWriter(this)) return promiseReject(wrongThis('WritableStreamDefaultWriter'));
    return this[kState].closed.promise;
  }

  get desiredSize() {
    if (!isWriter(this)) throw wrongThis('WritableStreamDefaultWriter');
    const s = this[kState].stream;
    if (s === undefined) throw unboundWriter();
    return desiredSizeOf(s);
  }

  get ready() {
    if (!isWriter(this)) return promiseReject(wrongThis('WritableStreamDefaultWriter'));
    return this[kState].ready.promise;
  }

  abort(reason = undefined) {
    if (!isWriter(this)) return promiseReject(wrongThis('WritableStreamDefaultWriter'));
    const s = this[kState].stream;
    return s === undefined ? promiseReject(unboundWriter()) : abortStream(s, reason);
  }

  close() {
    if (!isWriter(this)) return promiseReject(wrongThis('WritableStreamDefaultWriter'));
    const s = this[kState].stream;
    if (s === undefined) return promiseReject(unboundWriter());
    if (closeQueuedOrInFlight(s)) {
      return promiseReject(invalidState('Failure to close WritableStream'));
    }
    return closeStream(s);
  }

  releaseLock() {
    if (!isWriter(this)) throw wrongThis('WritableStreamDefaultWriter');
    if (this[kState].stream !== undefined) releaseWriter(this);
  }

  write(chunk = undefined) {
    if (!isWriter(this)) return promiseReject(wrongThis('WritableStreamDefaultWriter'));
    if (this[kState].stream === undefined) return promiseReject(unboundWriter());
    return writerWrite(this, chunk);
  }

  [customInspect](depth, options, inspect) {
    return inspectAs(this, depth, options, inspect, {
      stream: this[kState].stream?.stream,
      close: this[kState].closed.promise,
      ready: this[kState].ready.promise,
      desiredSize: this[kState].stream && desiredSizeOf(this[kState].stream),
    });
  }
}
makeEnumerable(WritableStreamDefaultWriter, [
  'closed', 'desiredSize', 'ready', 'abort', 'close', 'releaseLock', 'write',
]);

function isWriter(value) {
  return value?.[kState] instanceof WriterState && value[kState].writer === value;
}

function unboundWriter() {
  return invalidState('Writer is not bound to a WritableStream');
}

function desiredSizeOf(s) {
  if (s.state === 'errored' || s.state === 'erroring') return null;
  if (s.state === 'closed') return 0;
  return s.highWaterMark - s.queue.total;
}

function writerWrite(writer, chunk) {
  const request = deferred();
  submitWrite(writer, chunk, request);
  return request.promise;
}

// `request` has resolve() and reject(error), of which one will be called.
function submitWrite(writer, chunk, request) {
  const w = writer[kState];
  const s = w.stream;
  let size = 1;
  if (s.size !== undefined) {
    try {
      size = s.size(chunk);
    } catch (error) {
      if (s.state === 'writable') controllerError(s, error);
    }
    // The size function may have released the lock.
    if (w.stream !== s) {
      request.reject(invalidState('Mismatched WritableStreams'));
      return;
    }
  }
  if (s.state === 'errored') {
    request.reject(s.storedError);
  } else if (closeQueuedOrInFlight(s) || s.state === 'closed') {
    request.reject(invalidState('WritableStream is closed'));
  } else if (s.state === 'erroring') {
    request.reject(s.storedError);
  } else {
    s.writeRequests.push(request);
    try {
      s.queue.push(chunk, size === 1 ? 1 : checkSize(size));
    } catch (error) {
      controllerError(s, error);
      return;
    }
    if (s.state === 'writable') updateBackpressure(s, getBackpressure(s));
    advance(s);
  }
}

function releaseWriter(writer) {
  const w = writer[kState];
  const error = invalidState('Writer has been released');
  w.rejectReady(error);
  w.closed.reject(error);
  w.stream.writer = undefined;
  w.stream = undefined;
}

// Closing where it may already have happened (pipes).
function closeWithErrorPropagation(writer) {
  const s = writer[kState].stream;
  if (closeQueuedOrInFlight(s) || s.state === 'closed') return RESOLVED;
  if (s.state === 'errored') return promiseReject(s.storedError);
  return closeStream(s);
}

isolate(Signal, WritableState, WriterState);

module.exports = {
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
  abortStream,
  closeQueuedOrInFlight,
  closeWithErrorPropagation,
  controllerError,
  desiredSizeOf,
  isWritableStream,
  releaseWriter,
  setUpWritable: setUp,
  submitWrite,
};
