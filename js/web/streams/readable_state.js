'use strict';

// What every ReadableStream is inside, whatever its controller: its state, its
// reader's requests, and how it closes and fails (Streams, section 4.3). The
// controller's half is a "source" with the methods
//
//   pull(request)   a default reader wants a chunk
//   cancel(reason)  promise of the underlying source's cancel
//   release()       the reader has been released
//   error(reason)
//
// and a request has chunk(value), close(value) and error(reason), of which one
// is called once.

const {
  deferred,
  List,
  invalidState,
  kState,
  markHandled,
  promiseReject,
  promiseResolve,
  promiseThen,
  isolate,
} = require('web/streams/common');

class ReadableState {
  constructor(stream) {
    this.stream = stream;
    this.state = 'readable';
    this.storedError = undefined;
    this.disturbed = false;
    // A ReaderState.
    this.reader = undefined;
    this.source = undefined;
    this.byteSource = false;
    // Deferred for those who watch the stream itself.
    this.closed = null;
  }

  get hasDefaultReader() {
    return this.reader !== undefined && !this.reader.byob;
  }

  get hasByobReader() {
    return this.reader !== undefined && this.reader.byob;
  }
}

class ReaderState {
  constructor(reader, byob) {
    this.reader = reader;
    this.byob = byob;
    // A ReadableState.
    this.stream = undefined;
    this.requests = new List();
    // The `closed` promise is made when first asked for.
    this.closed = null;
    this.outcome = 'pending';
    this.error = undefined;
  }

  settle(outcome, error) {
    if (this.outcome !== 'pending') {
      // A promise that has been settled cannot say anything else.
      this.closed = null;
    }
    this.outcome = outcome;
    this.error = error;
    if (this.closed !== null) this.#tell();
  }

  #tell() {
    if (this.outcome === 'closed') {
      this.closed.resolve();
    } else if (this.outcome === 'failed') {
      markHandled(this.closed.promise);
      this.closed.reject(this.error);
    }
  }

  get closedPromise() {
    if (this.closed === null) {
      this.closed = deferred();
      this.#tell();
    }
    return this.closed.promise;
  }
}

function acquire(reader, s, byob) {
  const r = new ReaderState(reader, byob);
  r.stream = s;
  s.reader = r;
  if (s.state === 'closed') r.settle('closed');
  else if (s.state === 'errored') r.settle('failed', s.storedError);
  return r;
}

function release(r) {
  const s = r.stream;
  r.settle('failed', invalidState('Reader released'));
  s.source.release();
  s.reader = undefined;
  r.stream = undefined;
  const error = invalidState('Releasing reader');
  for (const request of r.requests.takeAll()) request.error(error);
}

function read(s, request) {
  s.disturbed = true;
  if (s.state === 'closed') request.close(undefined);
  else if (s.state === 'errored') request.error(s.storedError);
  else s.source.pull(request);
}

function close(s) {
  s.state = 'closed';
  s.closed?.resolve();
  const { reader } = s;
  if (reader === undefined) return;
  reader.settle('closed');
  if (!reader.byob) {
    for (const request of reader.requests.takeAll()) request.close(undefined);
  }
}

function fail(s, error) {
  s.state = 'errored';
  s.storedError = error;
  s.closed?.reject(error);
  const { reader } = s;
  if (reader === undefined) return;
  reader.settle('failed', error);
  for (const request of reader.requests.takeAll()) request.error(error);
}

function cancel(s, reason) {
  s.disturbed = true;
  if (s.state === 'closed') return promiseResolve();
  if (s.state === 'errored') return promiseReject(s.storedError);
  const { reader } = s;
  close(s);
  if (reader?.byob) {
    for (const request of reader.requests.takeAll()) request.close(undefined);
  }
  return promiseThen(s.source.cancel(reason), () => undefined);
}

// The Deferred that settles with the stream.
function closedDeferred(s) {
  if (s.closed === null) {
    s.closed = deferred();
    markHandled(s.closed.promise);
    if (s.state === 'closed') s.closed.resolve();
    else if (s.state === 'errored') s.closed.reject(s.storedError);
  }
  return s.closed;
}

// Of a read that is answered by a promise.
class PromiseRead {
  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  chunk(value) {
    this.resolve({ done: false, value });
  }

  close(value) {
    this.resolve({ done: true, value });
  }

  error(reason) {
    this.reject(reason);
  }
}

function isReadableStream(value) {
  const s = value?.[kState];
  return s instanceof ReadableState && s.stream === value;
}

isolate(ReadableState, ReaderState, PromiseRead);

module.exports = {
  PromiseRead,
  ReadableState,
  ReaderState,
  acquire,
  cancel,
  close,
  closedDeferred,
  fail,
  isReadableStream,
  read,
  release,
};
