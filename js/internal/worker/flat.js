'use strict';
// Messages that are small plain objects of primitive values, without the serializer (src/workers/flat.rs): the sender
// names the list of keys once and posts the values; the receiver makes the object from them.
//
// What such an object is must be beyond doubt: its prototype is Object.prototype, it is no exotic object (a proxy, a Map
// whose prototype was changed), nothing was marked as uncloneable, and all of its own enumerable values are primitives that
// can be cloned. Anything else is left to the serializer, errors included.

const binding = internalBinding('messaging');
const { isPlain, isProxy } = internalBinding('types');

const ObjectPrototype = Object.prototype;
const { getPrototypeOf, keys: ownKeys } = Object;
const { isArray } = Array;
const MakeFunction = Function;

// postFlat() names that many.
const MAX_KEYS = 8;
// How many shapes a thread looks through; one that posts more kinds of messages than that posts no single one often.
const MAX_SHAPES = 64;
// What postFlat() and the like give where the serializer is to do it.
const NOT_FLAT = -1;

// Shorter arrays are left to the serializer.
const MIN_ROWS = 32;

const NONE = { number: -1, keys: [] };
let recent = NONE;
const known = new Map();

function learn(keys) {
  const name = keys.join('\0');
  let shape = known.get(name);
  if (shape === undefined) {
    if (known.size === MAX_SHAPES) return undefined;
    const fits = keys.every((key) => key !== '__proto__' && !key.includes('\0') && key.isWellFormed());
    const number = fits ? binding.flatShape(keys) : -1;
    if (number === -1) return undefined;
    shape = { number, keys };
    known.set(name, shape);
  }
  recent = shape;
  return shape;
}

function isRecent(keys) {
  const expected = recent.keys;
  if (expected.length !== keys.length) return false;
  for (let i = 0; i < keys.length; i++) if (expected[i] !== keys[i]) return false;
  return true;
}

// Whether to look into `value` for rows (internal/worker/rows). Asks nothing of a proxy, which the serializer refuses unasked.
function mayBeTable(value) {
  return isArray(value) && !isProxy(value) && value.length >= MIN_ROWS;
}

// Posts `message` to the port with that number if it is flat: what binding.post() gives, or NOT_FLAT.
function postFlat(port, message) {
  if (!isPlain(message) || getPrototypeOf(message) !== ObjectPrototype) return NOT_FLAT;
  const keys = ownKeys(message);
  const { length } = keys;
  if (length === 0 || length > MAX_KEYS) return NOT_FLAT;
  const shape = isRecent(keys) ? recent : learn(keys);
  if (shape === undefined) return NOT_FLAT;
  const { number } = shape;
  const a = message[keys[0]];
  if (length === 1) return binding.postFlat(port, number, a);
  const b = message[keys[1]];
  if (length === 2) return binding.postFlat(port, number, a, b);
  const c = message[keys[2]];
  if (length === 3) return binding.postFlat(port, number, a, b, c);
  const d = message[keys[3]];
  if (length === 4) return binding.postFlat(port, number, a, b, c, d);
  const e = message[keys[4]];
  if (length === 5) return binding.postFlat(port, number, a, b, c, d, e);
  const f = message[keys[5]];
  if (length === 6) return binding.postFlat(port, number, a, b, c, d, e, f);
  const g = message[keys[6]];
  if (length === 7) return binding.postFlat(port, number, a, b, c, d, e, f, g);
  return binding.postFlat(port, number, a, b, c, d, e, f, g, message[keys[7]]);
}

// By shape: how many values there are, and a function that gives the object, of an array and the place of the first there.
const makers = [];

function byLoop(keys) {
  return (values, at) => {
    const object = {};
    for (let i = 0; i < keys.length; i++) object[keys[i]] = values[at + i];
    return object;
  };
}

function makerOf(number) {
  const keys = binding.flatKeys(number);
  let make;
  try {
    const literal = keys.map((key, i) => `${JSON.stringify(key)}: values[at + ${i}]`).join(', ');
    make = new MakeFunction('values', 'at', `return { ${literal} };`);
  } catch {
    // Code from strings may have been turned off.
    make = byLoop(keys);
  }
  return makers[number] = { size: keys.length, make };
}

function makerFor(number) {
  return makers[number] ?? makerOf(number);
}

function makeFlat(number, ...values) {
  return makerFor(number).make(values, 0);
}

module.exports = { NOT_FLAT, makeFlat, makerFor, mayBeTable, postFlat };
