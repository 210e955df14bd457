'use strict';

// ByteLengthQueuingStrategy and CountQueuingStrategy (Streams, section 7).

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_MISSING_OPTION },
} = require('internal/errors');
const {
  customInspect,
  inspectAs,
  kState,
  makeEnumerable,
  wrongThis,
} = require('web/streams/common');

// One function each for all strategies, as the standard asks.
const byteLength = { size: (chunk) => chunk.byteLength }.size;
const one = { size: () => 1 }.size;
// A `size` of no formal parameters must be named, too.
Object.defineProperty(byteLength, 'name', { __proto__: null, value: 'size' });
Object.defineProperty(one, 'name', { __proto__: null, value: 'size' });

function markFrom(init) {
  if (init === null || (typeof init !== 'object' && typeof init !== 'function')) {
    throw new ERR_INVALID_ARG_TYPE('init', 'Object', init);
  }
  const mark = init.highWaterMark;
  if (mark === undefined) throw new ERR_MISSING_OPTION('init.highWaterMark');
  return Number(mark);
}

class ByteLengthQueuingStrategy {
  constructor(init) {
    this[kState] = { kind: byteLength, highWaterMark: markFrom(init) };
  }

  get highWaterMark() {
    if (this?.[kState]?.kind !== byteLength) throw wrongThis('ByteLengthQueuingStrategy');
    return this[kState].highWaterMark;
  }

  get size() {
    if (this?.[kState]?.kind !== byteLength) throw wrongThis('ByteLengthQueuingStrategy');
    return byteLength;
  }

  [customInspect](depth, options, inspect) {
    return inspectAs(this, depth, options, inspect, { highWaterMark: this.highWaterMark });
  }
}
makeEnumerable(ByteLengthQueuingStrategy, ['highWaterMark', 'size']);

class CountQueuingStrategy {
  constructor(init) {
    this[kState] = { kind: one, highWaterMark: markFrom(init) };
  }

  get highWaterMark() {
    if (this?.[kState]?.kind !== one) throw wrongThis('CountQueuingStrategy');
    return this[kState].highWaterMark;
  }

  get size() {
    if (this?.[kState]?.kind !== one) throw wrongThis('CountQueuingStrategy');
    return one;
  }

  [customInspect](depth, options, inspect) {
    return inspectAs(this, depth, options, inspect, { highWaterMark: this.highWaterMark });
  }
}
makeEnumerable(CountQueuingStrategy, ['highWaterMark', 'size']);

module.exports = { ByteLengthQueuingStrategy, CountQueuingStrategy };
