'use strict';

// Transform: a Duplex whose output is made from its input. Writing waits when
// the reading side is full: the pending write callback is kept and called by
// the next _read().

const Duplex = require('internal/streams/duplex');
const { pickHighWaterMark } = require('internal/streams/state');
const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('internal/errors');

const kTurn = Symbol('kTurn');

// The write under way: what was buffered for reading before it, the function
// that takes the transformer's answer, and the write's callback while it waits
// for the reading side.
class Turn {
  constructor() {
    this.lengthBefore = 0;
    this.answer = null;
    this.pending = null;
  }
}

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
  this[kTurn] = new Turn();
  if (options) {
    if (typeof options.transform === 'function') {
      this._transform = options.transform;
    }
    if (typeof options.flush === 'function') this._flush = options.flush;
  }
  // For subclasses that replace _final, flushing happens all the same.
  this.on('prefinish', prefinish);
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

function prefinish() {
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
    const turn = this[kTurn];
    turn.lengthBefore = r.length;
    turn.answer ??= (error, output) => {
      answer(this, turn.lengthBefore, callback, error, output);
    };
    this._transform(chunk, encoding, turn.answer);
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
    stream[kTurn].pending = callback;
  }
}

proto._read = function _read() {
  const turn = this[kTurn];
  const callback = turn.pending;
  if (callback === null) return;
  turn.pending = null;
  callback();
};

module.exports = Transform;
