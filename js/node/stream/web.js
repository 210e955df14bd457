'use strict';

// node:stream/web: the classes of the Streams and Encoding standards. Each is
// loaded when first looked at.

const { defineLazyValue } = require('internal/lazy');
const HOMES = {
  __proto__: null,
  ReadableStream: 'web/streams/readable',
  ReadableStreamTee: 'web/streams/tee',
  ReadableStreamDefaultReader: 'web/streams/readable',
  ReadableStreamBYOBReader: 'web/streams/readable_byte',
  ReadableStreamBYOBRequest: 'web/streams/readable_byte',
  ReadableByteStreamController: 'web/streams/readable_byte',
  ReadableStreamDefaultController: 'web/streams/readable',
  TransformStream: 'web/streams/transform',
  TransformStreamDefaultController: 'web/streams/transform',
  WritableStream: 'web/streams/writable',
  WritableStreamDefaultWriter: 'web/streams/writable',
  WritableStreamDefaultController: 'web/streams/writable',
  ByteLengthQueuingStrategy: 'web/streams/queuing_strategies',
  CountQueuingStrategy: 'web/streams/queuing_strategies',
  TextEncoderStream: 'web/streams/encoding',
  TextDecoderStream: 'web/streams/encoding',
  CompressionStream: 'web/streams/compression',
  DecompressionStream: 'web/streams/compression',
};

for (const name of Object.keys(HOMES)) defineLazyValue(exports, name, () => require(HOMES[name])[name]);
