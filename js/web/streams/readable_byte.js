'use strict';

// Byte streams: ReadableByteStreamController, ReadableStreamBYOBRequest and
// ReadableStreamBYOBReader (Streams, sections 4.5, 4.7 and 4.8).
//
// Memory is handed over, never shared: every buffer that crosses the border in
// either direction is transferred first, so that the other side cannot touch
// it any more.

const {
  codes: {
    ERR_ILLEGAL_CONSTRUCTOR,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_OUT_OF_RANGE,
  },
} = require('internal/errors');
const { validateNumber } = require('internal/validators');
const {
  checkDictionary,
  RESOLVED,
  callAsync,
  customInspect,
  inspectAs,
  invalidState,
  kInternal,
  kState,
  makeEnumerable,
  promiseReject,
  react,
  resolvedWith,
  wrongThis,
  isolate,
} = require('web/streams/common');
const state = require('web/streams/readable_state');

const { PromiseRead, ReaderState, isReadableStream } = state;

const call = Function.prototype.call;
const transferBuffer = call.bind(ArrayBuffer.prototype.transfer);
const sliceBuffer = call.bind(ArrayBuffer.prototype.slice);
const getByteLength = call.bind(
  Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get);
const getDetached = call.bind(
  Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'detached').get);
const TypedArray = Object.getPrototypeOf(Uint8Array);
// undefined for a DataView.
const typedArrayName = call.bind(
  Object.getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag).get);
const { isView } = ArrayBuffer;

const CONSTRUCTORS = { __proto__: null };
for (const Class of [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array,
  Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array,
  globalThis.Float16Array,
]) {
  if (Class !== undefined) CONSTRUCTORS[Class.name] = Class;
}

function isArrayBuffer(value) {
  try {
    getByteLength(value);
    return true;
  } catch {
    return false;
  }
}

// A promise of bytes to fill into somebody's buffer: of a BYOB read, or of a
// buffer allocated for a default read.
class PullInto {
  constructor(buffer, byteOffset, byteLength, minimumFill, elementSize, Class, readerType) {
    this.buffer = buffer;
    this.bufferByteLength = getByteLength(buffer);
    this.byteOffset = byteOffset;
    this.byteLength = byteLength;
    this.bytesFilled = 0;
    this.minimumFill = minimumFill;
    this.elementSize = elementSize;
    this.Class = Class;
    // 'default', 'byob', or 'none' once its reader was released.
    this.readerType = readerType;
  }

  toView() {
    return new this.Class(transferBuffer(this.buffer), this.byteOffset,
                          this.bytesFilled / this.elementSize);
  }
}

class ByteSource {
  constructor(s, methods, highWaterMark, autoAllocateChunkSize) {
    this.s = s;
    // { buffer, byteOffset, byteLength }
    this.queue = [];
    this.total = 0;
    this.highWaterMark = highWaterMark;
    this.autoAllocateChunkSize = autoAllocateChunkSize;
    this.pending = [];
    this.byobRequest = null;
    this.started = false;
    this.closeRequested = false;
    this.pulling = false;
    this.pullAgain = false;
    this.underlying = methods.source;
    this.pullMethod = methods.pull;
    this.cancelMethod = methods.cancel;
    this.controller = new ReadableByteStreamController(kInternal, this);
  }

  // ---- what readers ask ----

  pull(request) {
    if (this.total > 0) {
      this.answerFromQueue(request);
      return;
    }
    const size = this.autoAllocateChunkSize;
    if (size !== undefined) {
      let buffer;
      try {
        buffer = new ArrayBuffer(size);
      } catch (error) {
        request.error(error);
        return;
      }
      this.pending.push(new PullInto(buffer, 0, size, 1, 1, Uint8Array, 'default'));
    }
    this.s.reader.requests.push(request);
    this.pullIfNeeded();
  }

  pullInto(view, min, request) {
    const name = typedArrayName(view);
    const Class = name === undefined ? DataView : CONSTRUCTORS[name];
    const elementSize = name === undefined ? 1 : Class.BYTES_PER_ELEMENT;
    const { byteOffset, byteLength } = view;
    let buffer;
    try {
      buffer = transferBuffer(view.buffer);
    } catch (error) {
      request.error(error);
      return;
    }
    const entry = new PullInto(
      buffer, byteOffset, byteLength, min * elementSize, elementSize, Class, 'byob');
    const { requests } = this.s.reader;
    if (this.pending.length > 0) {
      this.pending.push(entry);
      requests.push(request);
      return;
    }
    if (this.s.state === 'closed') {
      request.close(new Class(buffer, byteOffset, 0));
      return;
    }
    if (this.total > 0) {
      if (this.fill(entry)) {
        const filled = entry.toView();
        this.afterTaking();
        request.chunk(filled);
        return;
      }
      if (this.closeRequested) {
        const error = invalidState('ReadableStream closed');
        this.error(error);
        request.error(error);
        return;
      }
    }
    this.pending.push(entry);
    requests.push(request);
    this.pullIfNeeded();
  }

  cancel(reason) {
    this.forgetPending();
    this.clearQueue();
    const { cancelMethod, underlying } = this;
    this.clear();
    return cancelMethod === undefined ?
      RESOLVED : callAsync(cancelMethod, underlying, reason);
  }

  release() {
    if (this.pending.length > 0) {
      const first = this.pending[0];
      first.readerType = 'none';
      this.pending = [first];
    }
  }

  error(reason) {
    if (this.s.state !== 'readable') return;
    this.forgetPending();
    this.clearQueue();
    this.clear();
    state.fail(this.s, reason);
  }

  // ---- what the controller does ----

  get canCloseOrEnqueue() {
    return !this.closeRequested && this.s.state === 'readable';
  }

  get desiredSize() {
    if (this.s.state === 'errored') return null;
    if (this.s.state === 'closed') return 0;
    return this.highWaterMark - this.total;
  }

  close() {
    if (!this.canCloseOrEnqueue) return;
    if (this.total > 0) {
      this.closeRequested = true;
      return;
    }
    if (this.pending.length > 0) {
      const first = this.pending[0];
      if (first.bytesFilled % first.elementSize !== 0) {
        const error = invalidState('Partial read');
        this.error(error);
        throw error;
      }
    }
    this.clear();
    state.close(this.s);
  }

  enqueue(chunk) {
    if (!this.canCloseOrEnqueue) return;
    const { buffer, byteOffset, byteLength } = chunk;
    const transferred = transferBuffer(buffer);
    if (this.pending.length > 0) {
      const first = this.pending[0];
      if (getDetached(first.buffer)) {
        throw invalidState('Destination ArrayBuffer is detached');
      }
      this.forgetByobRequest();
      first.buffer = transferBuffer(first.buffer);
      if (first.readerType === 'none') this.queueDetached(first);
    }
    const { s } = this;
    if (s.hasDefaultReader) {
      const { requests } = s.reader;
      while (requests.length > 0 && this.total > 0) {
        this.answerFromQueue(requests.shift());
      }
      if (requests.length === 0) {
        this.queueChunk(transferred, byteOffset, byteLength);
      } else {
        // The buffer allocated for this read is not needed.
        if (this.pending.length > 0) this.pending.shift();
        requests.shift().chunk(new Uint8Array(transferred, byteOffset, byteLength));
      }
    } else {
      this.queueChunk(transferred, byteOffset, byteLength);
      if (s.hasByobReader) this.commitAll(this.fillPending());
    }
    this.pullIfNeeded();
  }

  respond(bytesWritten) {
    const first = this.pending[0];
    if (this.s.state === 'closed') {
      if (bytesWritten !== 0) {
        throw invalidState('bytesWritten must be zero when the stream is closed');
      }
    } else {
      if (bytesWritten === 0) {
        throw new ERR_INVALID_ARG_VALUE('bytesWritten', bytesWritten);
      }
      if (first.bytesFilled + bytesWritten > first.byteLength) {
        throw new ERR_INVALID_ARG_VALUE.RangeError('bytesWritten', bytesWritten);
      }
    }
    first.buffer = transferBuffer(first.buffer);
    this.respondInternal(bytesWritten);
  }

  respondWithNewView(view) {
    const first = this.pending[0];
    const { byteLength, byteOffset, buffer } = view;
    if (this.s.state === 'closed') {
      if (byteLength !== 0) throw invalidState('View is not zero-length');
    } else if (byteLength === 0) {
      throw invalidState('View is zero-length');
    }
    if (first.byteOffset + first.bytesFilled !== byteOffset) {
      throw new ERR_INVALID_ARG_VALUE.RangeError('view', view);
    }
    if (first.bufferByteLength !== getByteLength(buffer)) {
      throw new ERR_INVALID_ARG_VALUE.RangeError('view', view);
    }
    if (first.bytesFilled + byteLength > first.byteLength) {
      throw new ERR_INVALID_ARG_VALUE.RangeError('view', view);
    }
    first.buffer = transferBuffer(buffer);
    this.respondInternal(byteLength);
  }

  respondInternal(bytesWritten) {
    const first = this.pending[0];
    this.forgetByobRequest();
    if (this.s.state === 'closed') this.respondClosed(first);
    else this.respondReadable(first, bytesWritten);
    this.pullIfNeeded();
  }

  respondClosed(first) {
    if (first.readerType === 'none') this.pending.shift();
    if (!this.s.hasByobReader) return;
    const { requests } = this.s.reader;
    const entries = [];
    while (entries.length < requests.length) entries.push(this.pending.shift());
    this.commitAll(entries);
  }

  respondReadable(entry, bytesWritten) {
    entry.bytesFilled += bytesWritten;
    if (entry.readerType === 'none') {
      this.queueDetached(entry);
      this.commitAll(this.fillPending());
      return;
    }
    if (entry.bytesFilled < entry.minimumFill) return;
    this.pending.shift();
    // Bytes beyond the last whole element wait for the next read.
    const rest = entry.bytesFilled % entry.elementSize;
    if (rest > 0) {
      const end = entry.byteOffset + entry.bytesFilled;
      this.queueCopy(entry.buffer, end - rest, rest);
      entry.bytesFilled -= rest;
    }
    const others = this.fillPending();
    this.commit(entry);
    this.commitAll(others);
  }

  // The request a source answers; made when looked at.
  getByobRequest() {
    if (this.byobRequest === null && this.pending.length > 0) {
      const first = this.pending[0];
      const view = new Uint8Array(first.buffer, first.byteOffset + first.bytesFilled,
                                  first.byteLength - first.bytesFilled);
      this.byobRequest = new ReadableStreamBYOBRequest(kInternal, this, view);
    }
    return this.byobRequest;
  }

  forgetByobRequest() {
    if (this.byobRequest === null) return;
    const r = this.byobRequest[kState];
    r.source = undefined;
    r.view = null;
    this.byobRequest = null;
  }

  forgetPending() {
    this.forgetByobRequest();
    this.pending = [];
  }

  pullIfNeeded() {
    if (!this.shouldPull()) return;
    if (this.pulling) {
      this.pullAgain = true;
      return;
    }
    this.pulling = true;
    const { pullMethod } = this;
    react(pullMethod === undefined ?
      RESOLVED : callAsync(pullMethod, this.underlying, this.controller),
          () => {
            this.pulling = false;
            if (this.pullAgain) {
              this.pullAgain = false;
              this.pullIfNeeded();
            }
          }, (error) => this.error(error));
  }

  shouldPull() {
    if (!this.canCloseOrEnqueue || !this.started) return false;
    const { reader } = this.s;
    if (reader !== undefined && reader.requests.length > 0) return true;
    return this.highWaterMark - this.total > 0;
  }

  clear() {
    this.underlying = undefined;
    this.pullMethod = undefined;
    this.cancelMethod = undefined;
  }

  // ---- the queue ----

  clearQueue() {
    this.queue = [];
    this.total = 0;
  }

  queueChunk(buffer, byteOffset, byteLength) {
    this.queue.push({ buffer, byteOffset, byteLength });
    this.total += byteLength;
  }

  queueCopy(buffer, byteOffset, byteLength) {
    let copy;
    try {
      copy = sliceBuffer(buffer, byteOffset, byteOffset + byteLength);
    } catch (error) {
      this.error(error);
      throw error;
    }
    this.queueChunk(copy, 0, byteLength);
  }

  // What was filled for a reader that is gone goes to the next.
  queueDetached(entry) {
    if (entry.bytesFilled > 0) {
      this.queueCopy(entry.buffer, entry.byteOffset, entry.bytesFilled);
    }
    this.pending.shift();
  }

  answerFromQueue(request) {
    const { buffer, byteOffset, byteLength } = this.queue.shift();
    this.total -= byteLength;
    this.afterTaking();
    request.chunk(new Uint8Array(buffer, byteOffset, byteLength));
  }

  afterTaking() {
    if (this.total === 0 && this.closeRequested) {
      this.clear();
      state.close(this.s);
    } else {
      this.pullIfNeeded();
    }
  }

  // Moves queued bytes into the entry; whether it may be handed out now.
  fill(entry) {
    const most = Math.min(this.total, entry.byteLength - entry.bytesFilled);
    const upTo = entry.bytesFilled + most;
    const aligned = upTo - upTo % entry.elementSize;
    let left = most;
    let ready = false;
    if (aligned >= entry.minimumFill) {
      left = aligned - entry.bytesFilled;
      ready = true;
    }
    const target = new Uint8Array(entry.buffer);
    while (left > 0) {
      const head = this.queue[0];
      const n = Math.min(left, head.byteLength);
      target.set(new Uint8Array(head.buffer, head.byteOffset, n),
                 entry.byteOffset + entry.bytesFilled);
      if (head.byteLength === n) {
        this.queue.shift();
      } else {
        head.byteOffset += n;
        head.byteLength -= n;
      }
      this.total -= n;
      entry.bytesFilled += n;
      left -= n;
    }
    return ready;
  }

  fillPending() {
    const filled = [];
    while (this.pending.length > 0 && this.total > 0) {
      const entry = this.pending[0];
      if (this.fill(entry)) {
        this.pending.shift();
        filled.push(entry);
      }
    }
    return filled;
  }

  commit(entry) {
    const done = this.s.state === 'closed';
    const view = entry.toView();
    const request = this.s.reader.requests.shift();
    if (done) request.close(view);
    else request.chunk(view);
  }

  commitAll(entries) {
    for (const entry of entries) this.commit(entry);
  }
}

// ---- public classes ----------------------------------------------------

class ReadableByteStreamController {
  constructor(token = undefined, source = undefined) {
    if (token !== kInternal) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this[kState] = source;
  }

  get byobRequest() {
    return sourceOf(this).getByobRequest();
  }

  get desiredSize() {
    return sourceOf(this).desiredSize;
  }

  close() {
    const source = sourceOf(this);
    if (source.closeRequested) throw invalidState('Controller is already closed');
    if (source.s.state !== 'readable') throw invalidState('ReadableStream is already closed');
    source.close();
  }

  enqueue(chunk) {
    const source = sourceOf(this);
    if (!isView(chunk)) {
      throw new ERR_INVALID_ARG_TYPE('buffer', ['Buffer', 'TypedArray', 'DataView'], chunk);
    }
    const { buffer, byteLength } = chunk;
    if (byteLength === 0 || getByteLength(buffer) === 0) {
      throw invalidState('chunk ArrayBuffer is zero-length or detached');
    }
    if (source.closeRequested) throw invalidState('Controller is already closed');
    if (source.s.state !== 'readable') throw invalidState('ReadableStream is already closed');
    source.enqueue(chunk);
  }

  error(error = undefined) {
    sourceOf(this).error(error);
  }

  [customInspect](depth, options, inspect) {
    return inspectAs(this, depth, options, inspect, {});
  }
}
makeEnumerable(ReadableByteStreamController, [
  'byobRequest', 'desiredSize', 'close', 'enqueue', 'error',
]);

function sourceOf(controller) {
  const source = controller?.[kState];
  if (!(source instanceof ByteSource)) throw wrongThis('ReadableByteStreamController');
  return source;
}

class ByobRequestState {
  constructor(source, view) {
    this.source = source;
    this.view = view;
  }
}

class ReadableStreamBYOBRequest {
  constructor(token = undefined, source = undefined, view = undefined) {
    if (token !== kInternal) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this[kState] = new ByobRequestState(source, view);
  }

  get view() {
    return byobState(this).view;
  }

  respond(bytesWritten) {
    const { source, view } = byobState(this);
    if (source === undefined) throw invalidState('This BYOB request has been invalidated');
    if (getDetached(view.buffer) || getByteLength(view.buffer) === 0) {
      throw invalidState('Viewed ArrayBuffer is detached');
    }
    const number = Math.trunc(Number(bytesWritten));
    if (!(number >= 0 && number <= Number.MAX_SAFE_INTEGER)) {
      throw new ERR_INVALID_ARG_VALUE('bytesWritten', bytesWritten);
    }
    source.respond(number);
  }

  respondWithNewView(view) {
    const { source } = byobState(this);
    if (!isView(view)) {
      throw new ERR_INVALID_ARG_TYPE('view', ['Buffer', 'TypedArray', 'DataView'], view);
    }
    if (source === undefined) throw invalidState('This BYOB request has been invalidated');
    if (getDetached(view.buffer)) throw invalidState('Viewed ArrayBuffer is detached');
    source.respondWithNewView(view);
  }

  [customInspect](depth, options, inspect) {
    return inspectAs(this, depth, options, inspect, {
      view: this[kState].view,
      controller: this[kState].source?.controller,
    });
  }
}
makeEnumerable(ReadableStreamBYOBRequest, ['view', 'respond', 'respondWithNewView']);

function byobState(request) {
  const r = request?.[kState];
  if (!(r instanceof ByobRequestState)) throw wrongThis('ReadableStreamBYOBRequest');
  return r;
}

class ReadableStreamBYOBReader {
  constructor(stream) {
    if (!isReadableStream(stream)) {
      throw new ERR_INVALID_ARG_TYPE('stream', 'ReadableStream', stream);
    }
    const s = stream[kState];
    if (s.reader !== undefined) throw invalidState('ReadableStream is locked');
    if (!s.byteSource) {
      throw new ERR_INVALID_ARG_VALUE('stream', stream, 'must be a byte stream');
    }
    this[kState] = state.acquire(this, s, true);
  }

  async read(view, options = undefined) {
    if (!isByobReader(this)) throw wrongThis('ReadableStreamBYOBReader');
    if (!isView(view)) {
      throw new ERR_INVALID_ARG_TYPE('view', ['Buffer', 'TypedArray', 'DataView'], view);
    }
    const { buffer, byteLength } = view;
    if (!isArrayBuffer(buffer)) {
      throw new ERR_INVALID_ARG_VALUE('view', view, 'must not be backed by a SharedArrayBuffer');
    }
    checkDictionary(options, 'options');
    const min = options?.min ?? 1;
    validateNumber(min, 'options.min');
    if (!Number.isInteger(min)) {
      throw new ERR_INVALID_ARG_VALUE('options.min', min, 'must be an integer');
    }
    if (byteLength === 0 || getByteLength(buffer) === 0) {
      throw invalidState('View or Viewed ArrayBuffer is zero-length or detached');
    }
    if (min <= 0) {
      throw new ERR_INVALID_ARG_VALUE('options.min', min, 'must be greater than 0');
    }
    const isDataView = typedArrayName(view) === undefined;
    const length = isDataView ? byteLength : view.length;
    if (min > length) {
      throw new ERR_OUT_OF_RANGE(
        'options.min', `<= view.${isDataView ? 'byteLength' : 'length'}`, min);
    }
    const s = this[kState].stream;
    if (s === undefined) throw invalidState('The reader is not attached to a stream');
    const request = new PromiseRead();
    readInto(s, view, min, request);
    return request.promise;
  }

  releaseLock() {
    if (!isByobReader(this)) throw wrongThis('ReadableStreamBYOBReader');
    if (this[kState].stream !== undefined) state.release(this[kState]);
  }

  get closed() {
    if (!isByobReader(this)) return promiseReject(wrongThis('ReadableStreamBYOBReader'));
    return this[kState].closedPromise;
  }

  cancel(reason = undefined) {
    if (!isByobReader(this)) return promiseReject(wrongThis('ReadableStreamBYOBReader'));
    const s = this[kState].stream;
    if (s === undefined) {
      return promiseReject(invalidState('The reader is not attached to a stream'));
    }
    return state.cancel(s, reason);
  }

  [customInspect](depth, options, inspect) {
    return inspectAs(this, depth, options, inspect, {
      stream: this[kState].stream?.stream,
      readIntoRequests: this[kState].requests.length,
      close: this[kState].closedPromise,
    });
  }
}
makeEnumerable(ReadableStreamBYOBReader, ['closed', 'cancel', 'read', 'releaseLock']);

function isByobReader(value) {
  const r = value?.[kState];
  return r instanceof ReaderState && r.reader === value && r.byob;
}

function readInto(s, view, min, request) {
  s.disturbed = true;
  if (s.state === 'errored') request.error(s.storedError);
  else s.source.pullInto(view, min, request);
}

function setUpBytes(s, methods, highWaterMark, autoAllocateChunkSize) {
  if (autoAllocateChunkSize !== undefined) {
    const size = Math.trunc(Number(autoAllocateChunkSize));
    if (!(size > 0 && size <= Number.MAX_SAFE_INTEGER)) {
      throw new ERR_INVALID_ARG_VALUE('source.autoAllocateChunkSize', autoAllocateChunkSize);
    }
    autoAllocateChunkSize = size;
  }
  s.byteSource = true;
  const source = s.source = new ByteSource(s, methods, highWaterMark, autoAllocateChunkSize);
  const { start } = methods;
  const started = start === undefined ?
    undefined : Reflect.apply(start, methods.source, [source.controller]);
  react(resolvedWith(started), () => {
    source.started = true;
    source.pullIfNeeded();
  }, (error) => source.error(error));
}

isolate(PullInto, ByteSource, ByobRequestState);

module.exports = {
  ReadableByteStreamController,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  readInto,
  setUpBytes,
};
