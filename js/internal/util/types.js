'use strict';
// util.types: what kind of thing a value is, by its internal slots rather than
// by its prototype. The language can tell typed arrays apart by itself; all the
// rest is asked of V8 (src/ops/types.rs).
//
// `kindOf` answers the question for all kinds in one crossing; the inspector
// and deep-equal live on it. Its numbers are shared with src/ops/types.rs.

const binding = internalBinding('types');

const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);
const typedArrayTag = Object.getOwnPropertyDescriptor(TypedArrayPrototype, Symbol.toStringTag).get;
const call = Function.prototype.call.bind(Function.prototype.call);
const { isView: isArrayBufferView } = ArrayBuffer;

// The name of the typed array class, undefined for anything else.
function getTypedArrayName(value) {
  return call(typedArrayTag, value);
}

function isTypedArray(value) {
  return call(typedArrayTag, value) !== undefined;
}

function isUint8Array(value) {
  return call(typedArrayTag, value) === 'Uint8Array';
}

function isUint8ClampedArray(value) {
  return call(typedArrayTag, value) === 'Uint8ClampedArray';
}

function isUint16Array(value) {
  return call(typedArrayTag, value) === 'Uint16Array';
}

function isUint32Array(value) {
  return call(typedArrayTag, value) === 'Uint32Array';
}

function isInt8Array(value) {
  return call(typedArrayTag, value) === 'Int8Array';
}

function isInt16Array(value) {
  return call(typedArrayTag, value) === 'Int16Array';
}

function isInt32Array(value) {
  return call(typedArrayTag, value) === 'Int32Array';
}

function isFloat16Array(value) {
  return call(typedArrayTag, value) === 'Float16Array';
}

function isFloat32Array(value) {
  return call(typedArrayTag, value) === 'Float32Array';
}

function isFloat64Array(value) {
  return call(typedArrayTag, value) === 'Float64Array';
}

function isBigInt64Array(value) {
  return call(typedArrayTag, value) === 'BigInt64Array';
}

function isBigUint64Array(value) {
  return call(typedArrayTag, value) === 'BigUint64Array';
}

// What kindOf returns. `other` is an ordinary object or function (and any
// primitive); a proxy is a proxy whatever it wraps.
const kinds = {
  __proto__: null,
  other: 0, array: 1, proxy: 2, map: 3, set: 4, typedArray: 5, arrayBuffer: 6,
  sharedArrayBuffer: 7, dataView: 8, date: 9, regexp: 10, error: 11, promise: 12,
  mapIterator: 13, setIterator: 14, weakMap: 15, weakSet: 16, arguments: 17,
  namespace: 18, numberObject: 19, stringObject: 20, booleanObject: 21,
  bigintObject: 22, symbolObject: 23, external: 24, generator: 25,
};

// CryptoKey and KeyObject are known to the crypto modules only; who has not
// loaded those cannot have one.
function isCryptoKey(value) {
  return value !== null && typeof value === 'object' &&
    require('internal/crypto/keys').isCryptoKey(value);
}

function isKeyObject(value) {
  return value !== null && typeof value === 'object' &&
    require('internal/crypto/keys').isKeyObject(value);
}

// One array of each kind that is packed: no holes, no accessors among the elements.
const integers = [1];
const doubles = [1.5];
const anything = [{}];

// Whether `value` is an array of the main context like that of a literal: packed elements, and nothing besides (src/ops/v8_map.rs).
// Reading it runs no code.
function isPackedArray(value) {
  return binding.shareMap(value, anything) || binding.shareMap(value, integers) || binding.shareMap(value, doubles);
}

const ArrayPrototype = Array.prototype;
const ObjectPrototype = Object.prototype;
const { getPrototypeOf } = Object;
// Objects without elements, of the two kinds there are.
const empty = {};
const emptyAndFrozen = Object.freeze({});

// Whether assigning an element that an array lacks adds it and does nothing else: no program put properties with an index on the
// prototypes of arrays, nor another prototype behind them. May say so of fewer cases than there are.
function arraysAreOrdinary() {
  return (binding.shareElements(ArrayPrototype, ObjectPrototype, empty) ||
          binding.shareElements(ArrayPrototype, ObjectPrototype, emptyAndFrozen)) &&
    getPrototypeOf(ArrayPrototype) === ObjectPrototype;
}

const exported = {
  isExternal: binding.isExternal,
  isDate: binding.isDate,
  isArgumentsObject: binding.isArgumentsObject,
  isBigIntObject: binding.isBigIntObject,
  isBooleanObject: binding.isBooleanObject,
  isNumberObject: binding.isNumberObject,
  isStringObject: binding.isStringObject,
  isSymbolObject: binding.isSymbolObject,
  isBoxedPrimitive: binding.isBoxedPrimitive,
  isNativeError: binding.isNativeError,
  isRegExp: binding.isRegExp,
  isAsyncFunction: binding.isAsyncFunction,
  isGeneratorFunction: binding.isGeneratorFunction,
  isGeneratorObject: binding.isGeneratorObject,
  isPromise: binding.isPromise,
  isMap: binding.isMap,
  isSet: binding.isSet,
  isMapIterator: binding.isMapIterator,
  isSetIterator: binding.isSetIterator,
  isWeakMap: binding.isWeakMap,
  isWeakSet: binding.isWeakSet,
  isArrayBuffer: binding.isArrayBuffer,
  isDataView: binding.isDataView,
  isSharedArrayBuffer: binding.isSharedArrayBuffer,
  isProxy: binding.isProxy,
  isModuleNamespaceObject: binding.isModuleNamespaceObject,
  isAnyArrayBuffer: binding.isAnyArrayBuffer,
  isArrayBufferView,
  isTypedArray,
  isUint8Array,
  isUint8ClampedArray,
  isUint16Array,
  isUint32Array,
  isInt8Array,
  isInt16Array,
  isInt32Array,
  isFloat16Array,
  isFloat32Array,
  isFloat64Array,
  isBigInt64Array,
  isBigUint64Array,
};

// The public object (util.types) holds only what Node's holds.
const publicTypes = { ...exported };
for (const [name, check] of [['isCryptoKey', isCryptoKey], ['isKeyObject', isKeyObject]]) {
  Object.defineProperty(publicTypes, name, {
    __proto__: null, value: check, writable: true, enumerable: false, configurable: true,
  });
}

module.exports = {
  ...exported,
  isCryptoKey,
  isKeyObject,
  getTypedArrayName,
  arraysAreOrdinary,
  isPackedArray,
  kindOf: binding.kindOf,
  kinds,
  publicTypes,
};
