'use strict';
// Clones of plain objects and arrays, and what they hold, without the serializer: that writes each value down and reads it
// again, which takes several times as long as making the copy.
//
// No code of the program's may run meanwhile, so that whatever is met, the serializer can still be left to do all of it,
// errors included, without anybody's noticing: objects are known by V8's own type (no proxy, no other kind whose prototype was
// changed) and their properties by their descriptors before they are read, arrays by V8's map of them (packed elements and
// nothing else), and objects in the result get their properties by definition. Elements of arrays are assigned, which is the
// same while no prototype of theirs has any; where one has, nothing is done here.

const { hasUncloneable } = internalBinding('messaging');
const { instanceType, shareMap } = internalBinding('types');
const { arraysAreOrdinary, isPackedArray } = require('internal/util/types');

const ObjectPrototype = Object.prototype;
const MapPrototype = Map.prototype;
const SetPrototype = Set.prototype;
const DatePrototype = Date.prototype;
const { getOwnPropertyDescriptor, getOwnPropertySymbols, getPrototypeOf, keys: ownKeys } = Object;
const { apply } = Reflect;
const { forEach: mapForEach, get: mapGet, set: mapSet } = MapPrototype;
const { forEach: setForEach, add: setAdd } = SetPrototype;
const { getTime } = DatePrototype;
const NativeMap = Map;
const NativeSet = Set;
const NativeDate = Date;

const kObject = instanceType({});
const kArray = instanceType([]);
const kMap = instanceType(new Map());
const kSet = instanceType(new Set());
const kDate = instanceType(new Date(0));

// V8 gives all descriptors of data properties one map, and those of accessors another.
const dataDescriptor = getOwnPropertyDescriptor({ a: 1 }, 'a');

// Stands for a value that the serializer is to clone.
const LEFT = Symbol('left to the serializer');

// Objects with more properties are tables rather than records, and slow to ask for descriptors.
const MAX_KEYS = 64;
// Depth of the recursion.
const MAX_DEPTH = 64;
// As many objects are looked for one after the other, more of them by a Map.
const MAX_SEARCHED = 12;

// What was met in this clone and became of it, in the order met: an object that comes twice is one object in the clone, too.
let sources = [];
let copies = [];
let known;
// How much was done for nothing: while that is so, the next clones are left to the serializer, too, and more of them each time.
let work = 0;
let passed = 0;
let toPass = 0;
const WASTE = 100;
const MAX_PASSED = 256;

function copyMet(source) {
  if (known !== undefined) return apply(mapGet, known, [source]);
  for (let i = 0; i < sources.length; i++) if (sources[i] === source) return copies[i];
  return undefined;
}

function remember(source, copy) {
  if (known === undefined) {
    if (sources.length < MAX_SEARCHED) {
      copies[sources.length] = copy;
      sources[sources.length] = source;
      return copy;
    }
    known = new NativeMap();
    for (let i = 0; i < sources.length; i++) apply(mapSet, known, [sources[i], copies[i]]);
  }
  apply(mapSet, known, [source, copy]);
  return copy;
}

function copyValue(value, depth) {
  work++;
  if (typeof value !== 'object') return typeof value === 'function' || typeof value === 'symbol' ? LEFT : value;
  if (value === null) return null;
  if (depth === MAX_DEPTH) return LEFT;
  const met = copyMet(value);
  if (met !== undefined) return met;
  switch (instanceType(value)) {
    case kObject: {
      const prototype = getPrototypeOf(value);
      return prototype === ObjectPrototype || prototype === null ? copyObject(value, depth + 1) : LEFT;
    }
    case kArray: return copyArray(value, depth + 1);
    case kMap: return getPrototypeOf(value) === MapPrototype ? copyMap(value, depth + 1) : LEFT;
    case kSet: return getPrototypeOf(value) === SetPrototype ? copySet(value, depth + 1) : LEFT;
    case kDate:
      return getPrototypeOf(value) === DatePrototype ? remember(value, new NativeDate(apply(getTime, value, []))) : LEFT;
    default: return LEFT;
  }
}

function copyObject(object, depth) {
  const keys = ownKeys(object);
  if (keys.length > MAX_KEYS || getOwnPropertySymbols(object).length !== 0) return LEFT;
  let nested = 0;
  for (let i = 0; i < keys.length; i++) {
    const property = getOwnPropertyDescriptor(object, keys[i]);
    // Whatever it inherits is not asked.
    if (!shareMap(property, dataDescriptor)) return LEFT;
    const { value } = property;
    if (typeof value === 'object') {
      if (value !== null) nested++;
    } else if (typeof value === 'function' || typeof value === 'symbol') {
      return LEFT;
    }
  }
  work += keys.length;
  const copy = remember(object, { ...object });
  for (let i = 0; nested !== 0; i++) {
    const key = keys[i];
    // It has all of these properties, so that nothing inherited is asked.
    const value = copy[key];
    if (typeof value !== 'object' || value === null) continue;
    nested--;
    const inner = copyValue(value, depth);
    if (inner === LEFT) return LEFT;
    copy[key] = inner;
  }
  return copy;
}

function copyArray(array, depth) {
  if (!isPackedArray(array)) return LEFT;
  const copy = remember(array, []);
  for (let i = 0; i < array.length; i++) {
    const value = array[i];
    const element = typeof value === 'number' || typeof value === 'string' ? value : copyValue(value, depth);
    if (element === LEFT) return LEFT;
    copy[i] = element;
  }
  work += array.length;
  return copy;
}

function copyMap(map, depth) {
  const copy = remember(map, new NativeMap());
  let left = false;
  apply(mapForEach, map, [(value, key) => {
    if (left) return;
    const newKey = copyValue(key, depth);
    const newValue = newKey === LEFT ? LEFT : copyValue(value, depth);
    if (newValue === LEFT) left = true;
    else apply(mapSet, copy, [newKey, newValue]);
  }]);
  return left ? LEFT : copy;
}

function copySet(set, depth) {
  const copy = remember(set, new NativeSet());
  let left = false;
  apply(setForEach, set, [(value) => {
    if (left) return;
    const newValue = copyValue(value, depth);
    if (newValue === LEFT) left = true;
    else apply(setAdd, copy, [newValue]);
  }]);
  return left ? LEFT : copy;
}

// A clone of `value`, or LEFT.
function cloneTree(value) {
  if (passed < toPass) {
    passed++;
    return LEFT;
  }
  if (hasUncloneable() || !arraysAreOrdinary()) return LEFT;
  work = 0;
  let clone = LEFT;
  try {
    clone = copyValue(value, 0);
  } finally {
    sources = [];
    copies = [];
    known = undefined;
  }
  if (clone !== LEFT) toPass = 0;
  else if (work > WASTE) toPass = Math.min(toPass * 2 + 1, MAX_PASSED);
  passed = 0;
  return clone;
}

module.exports = { LEFT, cloneTree };
