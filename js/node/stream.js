'use strict';

// node:stream. Puts the pieces of internal/streams together; what only some
// programs use (pipeline, compose, operators ...) is loaded when first called.

const { Stream } = require('internal/streams/legacy');
const Readable = require('internal/streams/readable_extras');
const Writable = require('internal/streams/writable');
const Duplex = require('internal/streams/duplex');
const Transform = require('internal/streams/transform');
const PassThrough = require('internal/streams/passthrough');
const utils = require('internal/streams/utils');
const {
  getDefaultHighWaterMark,
  setDefaultHighWaterMark,
} = require('internal/streams/state');
const { Buffer } = require('buffer');

const customPromisify = Symbol.for('nodejs.util.promisify.custom');

Stream.isDestroyed = utils.isDestroyed;
Stream.isDisturbed = utils.isDisturbed;
Stream.isErrored = utils.isErrored;
Stream.isReadable = utils.isReadable;
Stream.isWritable = utils.isWritable;

Stream.Readable = Readable;
Stream.Writable = Writable;
Stream.Duplex = Duplex;
Stream.Transform = Transform;
Stream.PassThrough = PassThrough;

Stream.duplexPair = function duplexPair(options) {
  return require('internal/streams/duplexpair')(options);
};

Stream.pipeline = function pipeline(...streams) {
  return require('internal/streams/pipeline').pipeline(...streams);
};

Stream.addAbortSignal = function addAbortSignal(signal, stream) {
  return require('internal/streams/add_abort_signal').addAbortSignal(signal, stream);
};

Stream.finished = function finished(stream, options, callback) {
  const { eos } = require('internal/streams/end_of_stream');
  return arguments.length === 2 ? eos(stream, options) : eos(stream, options, callback);
};

Stream.destroy = function destroy(stream, error) {
  return require('internal/streams/destroy').destroyer(stream, error);
};

Stream.compose = function compose(...streams) {
  return require('internal/streams/compose')(...streams);
};

Stream.setDefaultHighWaterMark = setDefaultHighWaterMark;
Stream.getDefaultHighWaterMark = getDefaultHighWaterMark;

Object.defineProperty(Stream, 'promises', {
  __proto__: null,
  configurable: true,
  enumerable: true,
  get() {
    return require('stream/promises');
  },
});

Object.defineProperty(Stream.pipeline, customPromisify, {
  __proto__: null,
  enumerable: true,
  get() {
    return require('stream/promises').pipeline;
  },
});

Object.defineProperty(Stream.finished, customPromisify, {
  __proto__: null,
  enumerable: true,
  get() {
    return require('stream/promises').finished;
  },
});

Stream.Stream = Stream;

Stream._isArrayBufferView = ArrayBuffer.isView;
Stream._isUint8Array = function isUint8Array(value) {
  return require('internal/util/types').isUint8Array(value);
};
Stream._uint8ArrayToBuffer = function uint8ArrayToBuffer(chunk) {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
};

// The operators' module is loaded by the first call of any of them.
function operator(kind, name, length, wrap, enumerable = false) {
  const method = {
    [name](...args) {
      const fn = require('internal/streams/operators')[kind][name];
      return wrap(this, fn, args);
    },
  }[name];
  Object.defineProperty(method, 'length', { __proto__: null, value: length, configurable: true });
  Object.defineProperty(Readable.prototype, name, {
    __proto__: null, value: method, enumerable, configurable: true, writable: true,
  });
}
const toStream = (stream, fn, args) => Stream.Readable.from(Reflect.apply(fn, stream, args));
const toPromise = (stream, fn, args) => {
  // Wrong arguments reject, as in an async function.
  try {
    return Promise.resolve(Reflect.apply(fn, stream, args));
  } catch (error) {
    return Promise.reject(error);
  }
};
for (const [name, length] of [
  ['asIndexedPairs', 0], ['drop', 1], ['filter', 2], ['flatMap', 2], ['map', 2],
  ['take', 1],
]) operator('streamReturning', name, length, toStream);
operator('streamReturning', 'compose', 2,
         (stream, fn, args) => Reflect.apply(fn, stream, args), true);
for (const [name, length] of [
  ['every', 2], ['forEach', 2], ['reduce', 3], ['toArray', 1], ['some', 2], ['find', 2],
]) operator('promiseReturning', name, length, toPromise);

module.exports = Stream;
