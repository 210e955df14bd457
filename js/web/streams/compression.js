'use strict';

// CompressionStream and DecompressionStream (https://compression.spec.whatwg.org/).
// Chunks go to node:zlib's native side, on another thread.

const {
  customInspect,
  inspectAs,
  kState,
  makeEnumerable,
  wrongThis,
} = require('web/streams/common');
const { TransformStream } = require('web/streams/transform');
const {
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_STREAM_NULL_VALUES,
    ERR_TRAILING_JUNK_AFTER_STREAM_END,
  },
} = require('internal/errors');
const { isAnyArrayBuffer, isArrayBuffer, isArrayBufferView } = require('internal/util/types');

const FORMATS = {
  __proto__: null,
  'deflate': ['Deflate', 'Inflate'],
  'deflate-raw': ['DeflateRaw', 'InflateRaw'],
  'gzip': ['Gzip', 'Gunzip'],
  'brotli': ['BrotliCompress', 'BrotliDecompress'],
};

// Of node:zlib, loaded by the first stream and not when the classes are looked
// at: it notes the limits of Buffer as they are when it is loaded.
let kinds;
let ZlibHandle, kBytes, kFull, kTaken, writeFailure;
function loadZlib() {
  ({ kinds } = require('internal/zlib/options'));
  ({ ZlibHandle, kBytes, kFull, kTaken, writeFailure } = require('internal/zlib/handle'));
}

// Output is enqueued in portions of this size.
const kPortion = 64 * 1024;
const NOTHING = new Uint8Array(0);

function kindOf(format, name, which) {
  if (typeof format === 'symbol') {
    const error = new ERR_INVALID_ARG_TYPE('format', 'string', format);
    error.message = `Failed to construct '${name}': 1st argument is a Symbol and cannot be converted to a string.`;
    throw error;
  }
  const text = `${format}`;
  const names = FORMATS[text];
  if (names === undefined) {
    const error = new ERR_INVALID_ARG_VALUE('format', text);
    error.message = `Failed to construct '${name}': 1st argument '${text}' is not a valid enum value ` +
      'of type CompressionFormat.';
    throw error;
  }
  if (kinds === undefined) loadZlib();
  return kinds[names[which]];
}

// Both sides hold as much as a Node stream does, so that a little can be
// written before somebody reads.
const kStrategy = {
  highWaterMark: 64 * 1024,
  size: (chunk) => chunk?.byteLength ?? chunk?.length ?? 1,
};

// Bytes that nobody else can change: what Web IDL calls a BufferSource.
// Strings are taken as Node takes them.
function bytesOf(chunk) {
  if (typeof chunk === 'string') return new TextEncoder().encode(chunk);
  if (chunk === null) throw new ERR_STREAM_NULL_VALUES();
  const isView = isArrayBufferView(chunk);
  if (isView ? isArrayBuffer(chunk.buffer) : isArrayBuffer(chunk)) return chunk;
  const expected = isView || isAnyArrayBuffer(chunk) ?
    ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'] :
    ['string', 'Buffer', 'TypedArray', 'DataView'];
  throw new ERR_INVALID_ARG_TYPE('chunk', expected, chunk);
}

class CodecState {
  constructor(kind) {
    const flushes = kind.flushes;
    // A second member, or anything else after the end, is an error here.
    const handle = new ZlibHandle(kind.format({ rejectGarbageAfterEnd: true }).open());
    this.pair = new TransformStream({
      transform: (chunk, controller) => run(handle, flushes.none, bytesOf(chunk), controller),
      flush: async (controller) => {
        await run(handle, flushes.finish, NOTHING, controller);
        handle.close();
      },
      cancel: () => handle.close(),
    }, kStrategy, kStrategy);
  }
}

function run(handle, flush, bytes, controller) {
  return new Promise((resolve, reject) => {
    let left = bytes.byteLength;
    const fail = (error) => {
      handle.close();
      reject(error);
    };
    const done = (error, written) => {
      if (error) {
        fail(error);
        return;
      }
      const failure = writeFailure(written);
      if (failure !== undefined) {
        fail(asTypeError(failure));
        return;
      }
      left -= written[kTaken];
      try {
        if (written[kBytes] !== undefined) controller.enqueue(written[kBytes]);
        if (written[kFull]) {
          handle.write(flush, undefined, kPortion, done);
          return;
        }
      } catch (problem) {
        // The reading side was cancelled, or ended in an error.
        fail(problem);
        return;
      }
      if (left > 0) fail(new ERR_TRAILING_JUNK_AFTER_STREAM_END());
      else resolve();
    };
    handle.write(flush, bytes, kPortion, done);
  });
}

// The standard wants a TypeError of broken data.
function asTypeError(cause) {
  const error = new TypeError(undefined, { cause });
  error.code = cause.code;
  return error;
}

function stateOf(stream, Class) {
  const state = stream?.[kState];
  if (!(state instanceof CodecState)) throw wrongThis(Class.name);
  return state;
}

class CompressionStream {
  constructor(format) {
    this[kState] = new CodecState(kindOf(format, 'CompressionStream', 0));
  }

  get readable() {
    return stateOf(this, CompressionStream).pair.readable;
  }

  get writable() {
    return stateOf(this, CompressionStream).pair.writable;
  }

  [customInspect](depth, options, inspect) {
    const { readable, writable } = this;
    return inspectAs(this, depth, options, inspect, { readable, writable });
  }
}
makeEnumerable(CompressionStream, ['readable', 'writable']);

class DecompressionStream {
  constructor(format) {
    this[kState] = new CodecState(kindOf(format, 'DecompressionStream', 1));
  }

  get readable() {
    return stateOf(this, DecompressionStream).pair.readable;
  }

  get writable() {
    return stateOf(this, DecompressionStream).pair.writable;
  }

  [customInspect](depth, options, inspect) {
    const { readable, writable } = this;
    return inspectAs(this, depth, options, inspect, { readable, writable });
  }
}
makeEnumerable(DecompressionStream, ['readable', 'writable']);

module.exports = { CompressionStream, DecompressionStream };
