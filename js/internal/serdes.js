'use strict';
// v8.Serializer and v8.Deserializer over V8's own, and the Default pair, which
// knows how to write typed arrays and Buffers the way Node does.

const binding = internalBinding('serdes');

// Frees the native half once nobody has the object any more.
let registry;
function register(object, id) {
  registry ??= new FinalizationRegistry((held) => binding.close(held));
  registry.register(object, id, object);
}

// Does so at once, for those that no user has seen.
function close(object, id) {
  registry.unregister(object);
  binding.close(id);
}

function notAView(name) {
  const error = new TypeError(`${name} must be a TypedArray or a DataView`);
  error.code = 'ERR_INVALID_ARG_TYPE';
  return error;
}

class Serializer {
  #id;

  constructor() {
    this.#id = binding.createSerializer(this);
    register(this, this.#id);
  }

  writeHeader() {
    binding.writeHeader(this.#id);
  }

  writeValue(value) {
    return binding.writeValue(this.#id, value);
  }

  releaseBuffer() {
    const bytes = binding.releaseBuffer(this.#id);
    return require('buffer').Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  transferArrayBuffer(id, arrayBuffer) {
    binding.transferArrayBuffer(this.#id, id, arrayBuffer);
  }

  writeUint32(value) {
    binding.writeUint32(this.#id, value);
  }

  writeUint64(high, low) {
    binding.writeUint64(this.#id, high, low);
  }

  writeDouble(value) {
    binding.writeDouble(this.#id, value);
  }

  writeRawBytes(source) {
    if (!ArrayBuffer.isView(source)) throw notAView('source');
    binding.writeRawBytes(this.#id, source);
  }

  _setTreatArrayBufferViewsAsHostObjects(mode) {
    binding.setTreatArrayBufferViewsAsHostObjects(this.#id, mode);
  }

  static close(serializer) {
    close(serializer, serializer.#id);
  }
}
const { close: closeSerializer } = Serializer;
delete Serializer.close;
// The class of what is thrown for values that cannot be cloned.
Serializer.prototype._getDataCloneError = Error;

class Deserializer {
  #id;

  constructor(buffer) {
    if (!ArrayBuffer.isView(buffer)) throw notAView('buffer');
    this.#id = binding.createDeserializer(this, buffer);
    this.buffer = buffer;
    register(this, this.#id);
  }

  readHeader() {
    return binding.readHeader(this.#id);
  }

  readValue() {
    return binding.readValue(this.#id);
  }

  getWireFormatVersion() {
    return binding.getWireFormatVersion(this.#id);
  }

  transferArrayBuffer(id, arrayBuffer) {
    binding.receiveArrayBuffer(this.#id, id, arrayBuffer);
  }

  readUint32() {
    return binding.readUint32(this.#id);
  }

  readUint64() {
    return binding.readUint64(this.#id);
  }

  readDouble() {
    return binding.readDouble(this.#id);
  }

  // Where the next `length` bytes begin, counted from the start of `buffer`.
  _readRawBytes(length) {
    return binding.readRawBytes(this.#id, length);
  }

  readRawBytes(length) {
    const offset = this._readRawBytes(length);
    const { Buffer } = require('buffer');
    const { buffer } = this;
    return Buffer.from(buffer.buffer, buffer.byteOffset + offset, length);
  }

  static close(deserializer) {
    close(deserializer, deserializer.#id);
  }
}
const { close: closeDeserializer } = Deserializer;
delete Deserializer.close;

// ---- views of buffers ---------------------------------------------------

// Numbers of the classes on the wire; Node and its other processes agree on them.
const viewClasses = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float32Array, Float64Array, DataView, undefined, BigInt64Array, BigUint64Array, Float16Array,
];
const bufferIndex = 10;

function viewIndex(view) {
  const { Buffer } = require('buffer');
  if (view instanceof Buffer) return bufferIndex;
  const { getTypedArrayName } = require('internal/util/types');
  const name = getTypedArrayName(view) ?? 'DataView';
  return viewClasses.findIndex((Class) => Class !== undefined && Class.name === name);
}

class DefaultSerializer extends Serializer {
  constructor() {
    super();
    this._setTreatArrayBufferViewsAsHostObjects(true);
  }

  _writeHostObject(view) {
    if (!ArrayBuffer.isView(view)) {
      const { inspect } = require('internal/util/inspect');
      throw new this._getDataCloneError(`Unserializable host object: ${inspect(view)}`);
    }
    const index = viewIndex(view);
    this.writeUint32(index);
    this.writeUint32(view.byteLength);
    this.writeRawBytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  }
}

class DefaultDeserializer extends Deserializer {
  _readHostObject() {
    const index = this.readUint32();
    const byteLength = this.readUint32();
    const start = this._readRawBytes(byteLength);
    const { buffer } = this;
    const offset = buffer.byteOffset + start;
    if (index === bufferIndex) {
      return require('buffer').Buffer.from(buffer.buffer, offset, byteLength);
    }
    const Class = viewClasses[index];
    const size = Class.BYTES_PER_ELEMENT ?? 1;
    if (offset % size === 0) return new Class(buffer.buffer, offset, byteLength / size);
    // Elements must lie at multiples of their size; a copy does.
    return new Class(buffer.buffer.slice(offset, offset + byteLength), 0, byteLength / size);
  }
}

// Callable without `new` they are not; say so as Node does.
function guard(Class, name) {
  return new Proxy(Class, {
    __proto__: null,
    apply() {
      const error = new TypeError(`Class constructor ${name} cannot be invoked without 'new'`);
      error.code = 'ERR_CONSTRUCT_CALL_REQUIRED';
      throw error;
    },
  });
}

function serialize(value) {
  const serializer = new DefaultSerializer();
  try {
    serializer.writeHeader();
    serializer.writeValue(value);
    return serializer.releaseBuffer();
  } finally {
    closeSerializer(serializer);
  }
}

function deserialize(buffer) {
  const deserializer = new DefaultDeserializer(buffer);
  try {
    deserializer.readHeader();
    return deserializer.readValue();
  } finally {
    closeDeserializer(deserializer);
  }
}

module.exports = {
  DefaultDeserializer,
  DefaultSerializer,
  Deserializer: guard(Deserializer, 'Deserializer'),
  Serializer: guard(Serializer, 'Serializer'),
  deserialize,
  serialize,
};
