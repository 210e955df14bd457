'use strict';

// ReadableStream, its default reader and default controller (Streams, sections
// 4.2, 4.4 and 4.6). Byte streams are in readable_byte.js, pipeTo in pipe.js
// and tee in tee.js.

const {
  codes: {
    ERR_ARG_NOT_ITERABLE,
    ERR_ILLEGAL_CONSTRUCTOR,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
  },
} = require('internal/errors');
const {
  RESOLVED,
  SizedQueue,
  callAsync,
  checkDictionary,
  checkSize,
  customInspect,
  highWaterMarkOf,
  inspectAs,
  invalidState,
  isObject,
  kInternal,
  kState,
  makeEnumerable,
  methodOf,
  promiseReject,
  promiseResolve,
  promiseThen,
  react,
  resolvedWith,
  sizeOf,
  wrongThis,
  isolate,
} = require('web/streams/common');
const state = require('web/streams/readable_state');
const {
  kControllerErrorFunction,
  kIsClosedPromise,
  kIsDisturbed,
  kIsErrored,
  kIsReadable,
} = require('internal/streams/utils');
const { kCheckTransfer, kTransfer, markTransferMode } = require('internal/worker/js_transferable');

const { PromiseRead, ReadableState, ReaderState, isReadableStream } = state;

class ReadableStream {
  constructor(underlyingSource = undefined, strategy = undefined) {
    if (underlyingSource === kInternal) {
      this[kState] = new ReadableState(this);
      return;
    }
    if (underlyingSource === null) {
      throw new ERR_INVALID_ARG_TYPE('source', 'Object', underlyingSource);
    }
    const source = checkDictionary(underlyingSource, 'source');
    checkDictionary(strategy, 'strategy');
    // Members of a dictionary are read in the order of their names.
    const mark = strategy?.highWaterMark;
    const size = sizeOf(strategy);
    const autoAllocateChunkSize = source?.autoAllocateChunkSize;
    const cancel = methodOf(source, 'cancel', 'source');
    const pull = methodOf(source, 'pull', 'source');
    const start = methodOf(source, 'start', 'source');
    const type = source?.type;
    const methods = { source, start, pull, cancel };
    const s = this[kState] = new ReadableState(this);
    if (type === undefined) {
      setUpDefault(s, methods, highWaterMarkOf({ highWaterMark: mark }, 1), size);
    } else if (`${type}` === 'bytes') {
      if (size !== undefined) {
        throw new ERR_INVALID_ARG_VALUE.RangeError('strategy.size', strategy.size);
      }
      require('web/streams/readable_byte').setUpBytes(
        s, methods, highWaterMarkOf({ highWaterMark: mark }, 0), autoAllocateChunkSize);
    } else {
      throw new ERR_INVALID_ARG_VALUE('source.type', type);
    }
  }

  static from(iterable) {
    return fromIterable(iterable);
  }

  get locked() {
    return stateOf(this).reader !== undefined;
  }

  cancel(reason = undefined) {
    if (!isReadableStream(this)) return promiseReject(wrongThis('ReadableStream'));
    const s = this[kState];
    if (s.reader !== undefined) {
      return promiseReject(invalidState('ReadableStream is locked'));
    }
    return state.cancel(s, reason);
  }

  getReader(options = undefined) {
    const s = stateOf(this);
    const mode = checkDictionary(options, 'options')?.mode;
    if (mode === undefined) return new ReadableStreamDefaultReader(s.stream);
    if (`${mode}` !== 'byob') throw new ERR_INVALID_ARG_VALUE('options.mode', mode);
    const { ReadableStreamBYOBReader } = require('web/streams/readable_byte');
    return new ReadableStreamBYOBReader(s.stream);
  }

  pipeThrough(transform, options = undefined) {
    const s = stateOf(this);
    const readable = transform?.readable;
    if (!isReadableStream(readable)) {
      throw new ERR_INVALID_ARG_TYPE('transform.readable', 'ReadableStream', readable);
    }
    const writable = transform?.writable;
    const pipe = require('web/streams/pipe');
    if (!pipe.isWritableStream(writable)) {
      throw new ERR_INVALID_ARG_TYPE('transform.writable', 'WritableStream', writable);
    }
    const settings = pipe.readOptions(options);
    if (s.reader !== undefined) throw invalidState('The ReadableStream is locked');
    if (writable.locked) throw invalidState('The WritableStream is locked');
    promiseThen(pipe.pipeTo(s, writable, settings), undefined, () => {});
    return readable;
  }

  pipeTo(destination, options = undefined) {
    try {
      if (!isReadableStream(this)) throw wrongThis('ReadableStream');
      const s = this[kState];
      const pipe = require('web/streams/pipe');
      if (!pipe.isWritableStream(destination)) {
        throw new ERR_INVALID_ARG_TYPE('transform.writable', 'WritableStream', destination);
      }
      const settings = pipe.readOptions(options);
      if (s.reader !== undefined) throw invalidState('The ReadableStream is locked');
      if (destination.locked) throw invalidState('The WritableStream is locked');
      return pipe.pipeTo(s, destination, settings);
    } catch (error) {
      return promiseReject(error);
    }
  }

  tee() {
    return require('web/streams/tee').tee(stateOf(this));
  }

  values(options = undefined) {
    const s = stateOf(this);
    const preventCancel = !!checkDictionary(options, 'options')?.preventCancel;
    const reader = new ReadableStreamDefaultReader(s.stream);
    return new StreamIterator(reader[kState], preventCancel);
  }

  get [kIsDisturbed]() {
    return this[kState].disturbed;
  }

  get [kIsErrored]() {
    return this[kState].state === 'errored';
  }

  get [kIsReadable]() {
    return this[kState].state === 'readable';
  }

  get [kIsClosedPromise]() {
    return state.closedDeferred(this[kState]);
  }

  [kControllerErrorFunction](error) {
    this[kState].source.error(error);
  }

  [kCheckTransfer]() {
    require('web/streams/transfer').checkUnlocked(this, 'ReadableStream');
  }

  [kTransfer]() {
    return require('web/streams/transfer').transferReadable(this);
  }

  [customInspect](depth, options, inspect) {
    const s = this[kState];
    return inspectAs(this, depth, options, inspect, {
      locked: s.reader !== undefined,
      state: s.state,
      supportsBYOB: s.byteSource,
    });
  }
}
markTransferMode(ReadableStream.prototype, false, true);
makeEnumerable(ReadableStream, [
  'cancel', 'getReader', 'locked', 'pipeThrough', 'pipeTo', 'tee', 'values',
]);
Object.defineProperty(ReadableStream, 'from', { __proto__: null, enumerable: true });
Object.defineProperty(ReadableStream.prototype, Symbol.asyncIterator, {
  __proto__: null,
  configurable: true,
  enumerable: false,
  writable: true,
  value: ReadableStream.prototype.values,
});

function stateOf(stream) {
  if (!isReadableStream(stream)) throw wrongThis('ReadableStream');
  return stream[kState];
}

// ---- iteration ---------------------------------------------------------

const AsyncIteratorPrototype = Object.getPrototypeOf(
  Object.getPrototypeOf(async function*() {}.prototype));

// Calls to next() and return() take turns.
class IteratorRead extends PromiseRead {
  constructor(iterator) {
    super();
    this.iterator = iterator;
  }

  close() {
    this.iterator.finish();
    super.close(undefined);
  }

  error(reason) {
    this.iterator.finish();
    super.error(reason);
  }
}

class IteratorState {
  constructor(reader, preventCancel) {
    this.reader = reader;
    this.preventCancel = preventCancel;
    this.ongoing = undefined;
    this.finished = false;
    // A step's promise is one reaction away from the request's: by then what
    // the answer set off (another pull) has happened.
    this.steps = 0;
    this.settled = (result) => {
      if (--this.steps === 0) this.ongoing = undefined;
      return result;
    };
    this.failed = (error) => {
      if (--this.steps === 0) this.ongoing = undefined;
      throw error;
    };
  }

  finish() {
    this.finished = true;
    state.release(this.reader);
  }

  next() {
    if (this.finished) return promiseResolve({ done: true, value: undefined });
    const s = this.reader.stream;
    const { source } = s;
    // (A chunk whose size() closed or failed the stream stays in the queue, unread.)
    if (source instanceof DefaultSource && source.queue.length > 0 && s.state === 'readable') {
      s.disturbed = true;
      return promiseThen(promiseResolve({ done: false, value: source.take() }),
                         this.settled, this.failed);
    }
    const request = new IteratorRead(this);
    state.read(s, request);
    return promiseThen(request.promise, this.settled, this.failed);
  }

  return(value) {
    if (this.finished) return promiseResolve({ done: true, value });
    this.finished = true;
    if (this.preventCancel) {
      state.release(this.reader);
      return promiseResolve({ done: true, value });
    }
    const cancelled = state.cancel(this.reader.stream, value);
    state.release(this.reader);
    return promiseThen(cancelled, () => ({ done: true, value }));
  }

  after(step) {
    this.steps++;
    const promise = this.ongoing === undefined ?
      step() : promiseThen(this.ongoing, step, step);
    this.ongoing = promise;
    return promise;
  }
}

class StreamIterator {
  constructor(reader, preventCancel) {
    Object.defineProperty(this, kState, {
      __proto__: null, value: new IteratorState(reader, preventCancel),
    });
  }

  next() {
    const it = this?.[kState];
    if (!(it instanceof IteratorState)) {
      return promiseReject(wrongThis('ReadableStreamAsyncIterator'));
    }
    return it.after(() => it.next());
  }

  return(value) {
    const it = this?.[kState];
    if (!(it instanceof IteratorState)) {
      return promiseReject(wrongThis('ReadableStreamAsyncIterator'));
    }
    return it.after(() => it.return(value));
  }
}
Object.setPrototypeOf(StreamIterator.prototype, AsyncIteratorPrototype);
delete StreamIterator.prototype.constructor;
for (const name of ['next', 'return']) {
  Object.defineProperty(StreamIterator.prototype, name, { __proto__: null, enumerable: true });
}

// ---- ReadableStream.from -----------------------------------------------

function notIterable(value) {
  return new ERR_ARG_NOT_ITERABLE(value);
}

function iteratorOf(iterable) {
  const asyncMethod = iterable[Symbol.asyncIterator];
  if (asyncMethod !== undefined && asyncMethod !== null) {
    if (typeof asyncMethod !== 'function') throw notIterable(iterable);
    return { iterator: Reflect.apply(asyncMethod, iterable, []), isAsync: true };
  }
  const method = iterable[Symbol.iterator];
  if (typeof method !== 'function') throw notIterable(iterable);
  return { iterator: Reflect.apply(method, iterable, []), isAsync: false };
}

function fromIterable(iterable) {
  const { iterator, isAsync } = iteratorOf(iterable);
  if (!isObject(iterator)) {
    throw invalidState('The iterator method must return an object');
  }
  const { next } = iterator;
  const stream = new ReadableStream(kInternal);
  const s = stream[kState];
  const methods = {
    source: undefined,
    start: undefined,
    async pull(controller) {
      const result = await Reflect.apply(next, iterator, []);
      if (!isObject(result)) {
        throw invalidState('The promise returned by the iterator.next() method ' +
          'must fulfill with an object');
      }
      const { done } = result;
      if (done) {
        closeDefault(s.source);
        return;
      }
      const { value } = result;
      enqueue(s.source, isAsync ? value : await value);
    },
    async cancel(reason) {
      const method = iterator.return;
      if (method === undefined || method === null) return;
      if (typeof method !== 'function') {
        throw new ERR_INVALID_ARG_TYPE('iterator.return', 'Function', method);
      }
      const result = await Reflect.apply(method, iterator, [reason]);
      if (!isObject(result)) {
        throw invalidState('The promise returned by the iterator.return() method ' +
          'must fulfill with an object');
      }
    },
  };
  setUpDefault(s, methods, 0, undefined);
  return stream;
}

// ---- default reader ----------------------------------------------------

class ReadableStreamDefaultReader {
  constructor(stream) {
    if (!isReadableStream(stream)) {
      throw new ERR_INVALID_ARG_TYPE('stream', 'ReadableStream', stream);
    }
    const s = stream[kState];
    if (s.reader !== undefined) throw invalidState('ReadableStream is locked');
    this[kState] = state.acquire(this, s, false);
  }

  read() {
    if (!isDefaultReader(this)) {
      return promiseReject(wrongThis('ReadableStreamDefaultReader'));
    }
    const s = this[kState].stream;
    if (s === undefined) {
      return promiseReject(invalidState('The reader is not attached to a stream'));
    }
    const { source } = s;
    // (A chunk whose size() closed or failed the stream stays in the queue, unread.)
    if (source instanceof DefaultSource && source.queue.length > 0 && s.state === 'readable') {
      // There is a chunk: no need for a promise that can be settled later.
      s.disturbed = true;
      return promiseResolve({ done: false, value: source.take() });
    }
    const request = new PromiseRead();
    state.read(s, request);
    return request.promise;
  }

  releaseLock() {
    if (!isDefaultReader(this)) throw wrongThis('ReadableStreamDefaultReader');
    if (this[kState].stream !== undefined) state.release(this[kState]);
  }

  get closed() {
    if (!isDefaultReader(this)) {
      return promiseReject(wrongThis('ReadableStreamDefaultReader'));
    }
    return this[kState].closedPromise;
  }

  cancel(reason = undefined) {
    if (!isDefaultReader(this)) {
      return promiseReject(wrongThis('ReadableStreamDefaultReader'));
    }
    const s = this[kState].stream;
    if (s === undefined) {
      return promiseReject(invalidState('The reader is not attached to a stream'));
    }
    return state.cancel(s, reason);
  }

  [customInspect](depth, options, inspect) {
    return inspectAs(this, depth, options, inspect, {
      stream: this[kState].stream?.stream,
      readRequests: this[kState].requests.length,
      close: this[kState].closedPromise,
    });
  }
}
makeEnumerable(ReadableStreamDefaultReader, ['closed', 'cancel', 'read', 'releaseLock']);

function isDefaultReader(value) {
  const r = value?.[kState];
  return r instanceof ReaderState && r.reader === value && !r.byob;
}

// ---- default controller ------------------------------------------------

class DefaultSource {
  constructor(s, methods, highWaterMark, size) {
    this.s = s;
    this.queue = new SizedQueue();
    this.highWaterMark = highWaterMark;
    this.size = size;
    this.started = false;
    this.closeRequested = false;
    this.pulling = false;
    this.pullAgain = false;
    this.underlying = methods.source;
    this.pullMethod = methods.pull;
    this.cancelMethod = methods.cancel;
    this.controller = new ReadableStreamDefaultController(kInternal, this);
    this.pulled = undefined;
    this.pullFailed = undefined;
  }

  pull(request) {
    const { queue, s } = this;
    if (queue.length === 0) {
      s.reader.requests.push(request);
      pullIfNeeded(this);
      return;
    }
    request.chunk(this.take());
  }

  // The first chunk of a queue that is not empty.
  take() {
    const chunk = this.queue.shift();
    if (this.closeRequested && this.queue.length === 0) {
      this.clear();
      state.close(this.s);
    } else {
      pullIfNeeded(this);
    }
    return chunk;
  }

  cancel(reason) {
    this.queue.clear();
    const { cancelMethod, underlying } = this;
    this.clear();
    return cancelMethod === undefined ?
      RESOLVED : callAsync(cancelMethod, underlying, reason);
  }

  release() {}

  error(reason) {
    if (this.s.state !== 'readable') return;
    this.queue.clear();
    this.clear();
    state.fail(this.s, reason);
  }

  // The underlying source is done with.
  clear() {
    this.underlying = undefined;
    this.pullMethod = undefined;
    this.cancelMethod = undefined;
    this.size = undefined;
  }

  get canCloseOrEnqueue() {
    return !this.closeRequested && this.s.state === 'readable';
  }

  get desiredSize() {
    if (this.s.state === 'errored') return null;
    if (this.s.state === 'closed') return 0;
    return this.highWaterMark - this.queue.total;
  }
}

// Asks the underlying source for more if there is a reason to; once at a time.
function pullIfNeeded(source) {
  const { s } = source;
  if (!source.canCloseOrEnqueue || !source.started) return;
  if (!(s.hasDefaultReader && s.reader.requests.length > 0) &&
      source.highWaterMark - source.queue.total <= 0) return;
  if (source.pulling) {
    source.pullAgain = true;
    return;
  }
  source.pulling = true;
  const { pullMethod } = source;
  if (source.pulled === undefined) {
    source.pulled = () => {
      source.pulling = false;
      if (source.pullAgain) {
        source.pullAgain = false;
        pullIfNeeded(source);
      }
    };
    source.pullFailed = (error) => source.error(error);
  }
  react(pullMethod === undefined ?
    RESOLVED : callAsync(pullMethod, source.underlying, source.controller),
        source.pulled, source.pullFailed);
}

function enqueue(source, chunk) {
  if (!source.canCloseOrEnqueue) return;
  const { s } = source;
  if (s.hasDefaultReader && s.reader.requests.length > 0) {
    s.reader.requests.shift().chunk(chunk);
  } else {
    let size = 1;
    if (source.size !== undefined) {
      try {
        size = checkSize(source.size(chunk));
      } catch (error) {
        source.error(error);
        throw error;
      }
    }
    source.queue.push(chunk, size);
  }
  pullIfNeeded(source);
}

function closeDefault(source) {
  if (!source.canCloseOrEnqueue) return;
  source.closeRequested = true;
  if (source.queue.length === 0) {
    source.clear();
    state.close(source.s);
  }
}

class ReadableStreamDefaultController {
  constructor(token = undefined, source = undefined) {
    if (token !== kInternal) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this[kState] = source;
  }

  get desiredSize() {
    return sourceOf(this).desiredSize;
  }

  close() {
    const source = sourceOf(this);
    if (!source.canCloseOrEnqueue) throw invalidState('Controller is already closed');
    closeDefault(source);
  }

  enqueue(chunk = undefined) {
    const source = sourceOf(this);
    if (!source.canCloseOrEnqueue) throw invalidState('Controller is already closed');
    enqueue(source, chunk);
  }

  error(error = undefined) {
    sourceOf(this).error(error);
  }

  [customInspect](depth, options, inspect) {
    return inspectAs(this, depth, options, inspect, {});
  }
}
makeEnumerable(ReadableStreamDefaultController, ['desiredSize', 'close', 'enqueue', 'error']);

function sourceOf(controller) {
  const source = controller?.[kState];
  if (!(source instanceof DefaultSource)) {
    throw wrongThis('ReadableStreamDefaultController');
  }
  return source;
}

function setUpDefault(s, methods, highWaterMark, size) {
  const source = s.source = new DefaultSource(s, methods, highWaterMark, size);
  const { start } = methods;
  const started = start === undefined ?
    undefined : Reflect.apply(start, methods.source, [source.controller]);
  react(resolvedWith(started), () => {
    source.started = true;
    pullIfNeeded(source);
  }, (error) => source.error(error));
}

// A stream of this folder's own making.
function createReadable(methods, highWaterMark = 1, size = undefined) {
  const stream = new ReadableStream(kInternal);
  setUpDefault(stream[kState], methods, highWaterMark, size);
  return stream;
}

isolate(IteratorState, DefaultSource);

module.exports = {
  ReadableStream,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  closeDefault,
  createReadable,
  enqueue,
  isReadableStream,
};
