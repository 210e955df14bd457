'use strict';

// TransformStream (Streams, section 6): a writable side whose chunks a
// transformer turns into chunks of the readable side. A write is not finished
// until the readable side has room again.

const {
  codes: { ERR_ILLEGAL_CONSTRUCTOR, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE },
} = require('internal/errors');
const {
  RESOLVED,
  deferred,
  callAsync,
  checkDictionary,
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
  promiseThen,
  react,
  resolvedWith,
  sizeOf,
  wrongThis,
  isolate,
} = require('web/streams/common');
const {
  closeDefault,
  createReadable,
  enqueue,
} = require('web/streams/readable');
const {
  WritableStream,
  controllerError,
  setUpWritable,
} = require('web/streams/writable');
const { kCheckTransfer, kTransfer, markTransferMode } = require('internal/worker/js_transferable');

class TransformState {
  constructor(stream) {
    this.stream = stream;
    this.readable = undefined;
    this.writable = undefined;
    this.backpressure = undefined;
    this.backpressureChange = undefined;
    this.controller = new TransformStreamDefaultController(kInternal, this);
    this.transformer = undefined;
    this.transform = undefined;
    this.flush = undefined;
    this.cancel = undefined;
    // Of the one flush, cancel or abort that ends it.
    this.finishing = undefined;
  }

  setBackpressure(backpressure) {
    this.backpressureChange?.resolve();
    this.backpressureChange = deferred();
    this.backpressure = backpressure;
  }

  clear() {
    this.transformer = undefined;
    this.transform = undefined;
    this.flush = undefined;
    this.cancel = undefined;
  }

  // Fails both sides.
  error(reason) {
    this.readable[kState].source.error(reason);
    this.errorWritable(reason);
  }

  errorWritable(reason) {
    this.clear();
    controllerError(this.writable[kState], reason);
    this.unblockWrite();
  }

  unblockWrite() {
    if (this.backpressure) this.setBackpressure(false);
  }

  // ---- the writable side ----

  write(chunk) {
    if (!this.backpressure) return this.run(chunk);
    return promiseThen(this.backpressureChange.promise, () => {
      const w = this.writable[kState];
      if (w.state === 'erroring') throw w.storedError;
      return this.run(chunk);
    });
  }

  run(chunk) {
    const { transform } = this;
    let done;
    if (transform === undefined) {
      try {
        this.enqueue(chunk);
        return RESOLVED;
      } catch (error) {
        done = promiseReject(error);
      }
    } else {
      done = callAsync(transform, this.transformer, chunk, this.controller);
    }
    return promiseThen(done, undefined, (error) => {
      this.error(error);
      throw error;
    });
  }

  // `argument` is the reason, or for flush the controller.
  finish(method, argument, settled) {
    const ending = this.finishing = deferred();
    markHandled(ending.promise);
    // The result of a method is followed, as one that was converted: what the method did to the streams has
    // happened by then.
    const done = method === undefined ?
      RESOLVED : resolvedWith(callAsync(method, this.transformer, argument));
    this.clear();
    react(done, () => settled(ending, undefined, false),
          (error) => settled(ending, error, true));
    return ending.promise;
  }

  abortWritable(reason) {
    if (this.finishing !== undefined) return this.finishing.promise;
    const r = this.readable[kState];
    return this.finish(this.cancel, reason, (ending, error, failed) => {
      if (failed) {
        r.source.error(error);
        ending.reject(error);
      } else if (r.state === 'errored') {
        ending.reject(r.storedError);
      } else {
        r.source.error(reason);
        ending.resolve();
      }
    });
  }

  closeWritable() {
    if (this.finishing !== undefined) return this.finishing.promise;
    const r = this.readable[kState];
    return this.finish(this.flush, this.controller, (ending, error, failed) => {
      if (failed) {
        r.source.error(error);
        ending.reject(error);
      } else if (r.state === 'errored') {
        ending.reject(r.storedError);
      } else {
        closeDefault(r.source);
        ending.resolve();
      }
    });
  }

  // ---- the readable side ----

  pull() {
    this.setBackpressure(false);
    return this.backpressureChange.promise;
  }

  cancelReadable(reason) {
    if (this.finishing !== undefined) return this.finishing.promise;
    const w = this.writable[kState];
    return this.finish(this.cancel, reason, (ending, error, failed) => {
      if (failed) {
        controllerError(w, error);
        this.unblockWrite();
        ending.reject(error);
      } else if (w.state === 'errored') {
        ending.reject(w.storedError);
      } else {
        controllerError(w, reason);
        this.unblockWrite();
        ending.resolve();
      }
    });
  }

  enqueue(chunk) {
    const r = this.readable[kState];
    const { source } = r;
    if (!source.canCloseOrEnqueue) {
      throw invalidState('Unable to enqueue');
    }
    try {
      enqueue(source, chunk);
    } catch (error) {
      this.errorWritable(error);
      throw r.storedError;
    }
    const full = !(r.hasDefaultReader && r.reader.requests.length > 0) &&
      source.desiredSize <= 0;
    if (full !== this.backpressure) this.setBackpressure(true);
  }

  terminate() {
    closeDefault(this.readable[kState].source);
    this.errorWritable(invalidState('TransformStream has been terminated'));
  }
}

class TransformStream {
  constructor(transformer = undefined, writableStrategy = undefined,
              readableStrategy = undefined) {
    if (transformer === kInternal) {
      // It came from another thread: its sides are there, and what is between them is not.
      const state = this[kState] = new TransformState(this);
      state.writable = writableStrategy;
      state.readable = readableStrategy;
      return;
    }
    if (transformer === null) {
      throw new ERR_INVALID_ARG_TYPE('transformer', 'Object', transformer);
    }
    const t = checkDictionary(transformer, 'transformer');
    checkDictionary(writableStrategy, 'writableStrategy');
    checkDictionary(readableStrategy, 'readableStrategy');
    const cancel = methodOf(t, 'cancel', 'transformer');
    const flush = methodOf(t, 'flush', 'transformer');
    const readableType = t?.readableType;
    const start = methodOf(t, 'start', 'transformer');
    const transform = methodOf(t, 'transform', 'transformer');
    const writableType = t?.writableType;
    if (readableType !== undefined) {
      throw new ERR_INVALID_ARG_VALUE.RangeError('transformer.readableType', readableType);
    }
    if (writableType !== undefined) {
      throw new ERR_INVALID_ARG_VALUE.RangeError('transformer.writableType', writableType);
    }
    const readableMark = highWaterMarkOf(readableStrategy, 0);
    const readableSize = sizeOf(readableStrategy);
    const writableMark = highWaterMarkOf(writableStrategy, 1);
    const writableSize = sizeOf(writableStrategy);

    const state = this[kState] = new TransformState(this);
    const started = deferred();
    state.writable = new WritableStream(kInternal);
    state.readable = createReadable({
      source: undefined,
      start: () => started.promise,
      pull: () => state.pull(),
      cancel: (reason) => state.cancelReadable(reason),
    }, readableMark, readableSize);
    setUpWritable(state.writable, {
      sink: undefined,
      start: () => started.promise,
      write: (chunk) => state.write(chunk),
      close: () => state.closeWritable(),
      abort: (reason) => state.abortWritable(reason),
    }, writableMark, writableSize);
    state.setBackpressure(true);
    state.transformer = t;
    state.transform = transform;
    state.flush = flush;
    state.cancel = cancel;
    started.resolve(start === undefined ?
      undefined : Reflect.apply(start, t, [state.controller]));
  }

  get readable() {
    return stateOf(this).readable;
  }

  get writable() {
    return stateOf(this).writable;
  }

  [kCheckTransfer]() {
    const { checkUnlocked } = require('web/streams/transfer');
    checkUnlocked(this.readable, 'ReadableStream');
    checkUnlocked(this.writable, 'WritableStream');
  }

  [kTransfer]() {
    return require('web/streams/transfer').transferTransform(this);
  }

  [customInspect](depth, options, inspect) {
    return inspectAs(this, depth, options, inspect, {
      readable: this.readable,
      writable: this.writable,
      backpressure: this[kState].backpressure,
    });
  }
}
markTransferMode(TransformStream.prototype, false, true);
makeEnumerable(TransformStream, ['readable', 'writable']);

function stateOf(stream) {
  const s = stream?.[kState];
  if (!(s instanceof TransformState) || s.stream !== stream) {
    throw wrongThis('TransformStream');
  }
  return s;
}

class TransformStreamDefaultController {
  constructor(token = undefined, state = undefined) {
    if (token !== kInternal) throw new ERR_ILLEGAL_CONSTRUCTOR();
    this[kState] = state;
  }

  get desiredSize() {
    return controllerState(this).readable[kState].source.desiredSize;
  }

  enqueue(chunk = undefined) {
    controllerState(this).enqueue(chunk);
  }

  error(reason = undefined) {
    controllerState(this).error(reason);
  }

  terminate() {
    controllerState(this).terminate();
  }

  [customInspect](depth, options, inspect) {
    return inspectAs(this, depth, options, inspect, {
      stream: controllerState(this).stream,
    });
  }
}
makeEnumerable(TransformStreamDefaultController, [
  'desiredSize', 'enqueue', 'error', 'terminate',
]);

function controllerState(controller) {
  const s = controller?.[kState];
  if (!(s instanceof TransformState) || s.controller !== controller) {
    throw wrongThis('TransformStreamDefaultController');
  }
  return s;
}

isolate(TransformState);

module.exports = { TransformStream, TransformStreamDefaultController };
