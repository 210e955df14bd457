'use strict';

// Transform: a Duplex whose output is made from its input. Writing waits when
// the reading side is full: the pending write callback is kept and called by
// the next _read().

const Duplex = require('internal/streams/duplex');
const { pickHighWaterMark } = require('internal/streams/state');
const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('internal/errors');

const kPendingWrite = Symbol('kPendingWrite');
const kLengthBefore = Symbol('kLengthBefore');
const kAnswer = Symbol('kAnswer');

function Transform(options) {
  if (!(this instanceof Transform)) return new Transform(options);
  // With nothing to be buffered for reading, the writing side must not hold
  // more than one chunk either, or data written would look lost.
  const readMark = options ? pickHighWaterMark(
    options, !!(options.objectMode || options.readableObjectMode),
    'readableHighWaterMark', true) : 1;
  if (readMark === 0) {
    options = {
      ...options,
      highWaterMark: null,
      readableHighWaterMark: readMark,
      writableHighWaterMark: options.writableHighWaterMark || 0,
    };
  }
  Duplex.call(this, options);
  // Output comes from writes, so delivery need not wait for a read() to return.
  this._readableState.sync = false;
  this[kPendingWrite] = null;
  this[kLengthBefore] = 0;
  this[kAnswer] = null;
  if (options) {
    if (typeof options.transform === 'function') {
      this._transform = options.transform;
    }
    if (typeof options.flush === 'function') this._flush = options.flush;
  }
  // For subclasses that replace _final, flushing happens all the same.
  this.on('prefinish', flushUnlessFinal);
}
Object.setPrototypeOf(Transform.prototype, Duplex.prototype);
Object.setPrototypeOf(Transform, Duplex);

function flush(stream, callback) {
  if (typeof stream._flush !== 'function' || stream.destroyed) {
    stream.push(null);
    callback?.();
    return;
  }
  stream._flush((error, data) => {
    if (error) {
      if (callback) callback(error);
      else stream.destroy(error);
      return;
    }
    if (data !== null && data !== undefined) stream.push(data);
    stream.push(null);
    callback?.();
  });
}

function final(callback) {
  flush(this, callback);
}

function flushUnlessFinal() {
  if (this._final !== final) flush(this);
}

const proto = Transform.prototype;

proto._final = final;

proto._transform = function _transform(chunk, encoding, callback) {
  throw new ERR_METHOD_NOT_IMPLEMENTED('_transform()');
};

proto._write = function _write(chunk, encoding, callback) {
  const r = this._readableState;
  if (callback === this._writableState.onwrite) {
    // One answering function serves every write that comes from write().
    this[kLengthBefore] = r.length;
    this._transform(chunk, encoding,
                    this[kAnswer] ??= (error, output) => {
                      answer(this, this[kLengthBefore], callback, error, output);
                    });
    return;
  }
  const before = r.length;
  this._transform(chunk, encoding, (error, output) => {
    answer(this, before, callback, error, output);
  });
};

function answer(stream, lengthBefore, callback, error, output) {
  if (error) {
    callback(error);
    return;
  }
  const r = stream._readableState;
  if (output !== null && output !== undefined) stream.push(output);
  // Output that does not fill the reading side lets the next write come.
  if (stream._writableState.ended || lengthBefore === r.length ||
      r.length < r.highWaterMark) {
    callback();
  } else {
    stream[kPendingWrite] = callback;
  }
}

proto._read = function _read() {
  const callback = this[kPendingWrite];
  if (callback === null) return;
  this[kPendingWrite] = null;
  callback();
};

module.exports = Transform;
