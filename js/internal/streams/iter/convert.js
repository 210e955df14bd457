'use strict';

// Arguments as Web IDL converts them: dictionaries, numbers, strings and chunks, with Node's codes on the errors.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE } } = require('internal/errors');
const { isUint8Array } = require('internal/util/types');

const { MAX_SAFE_INTEGER } = Number;
const SMALLEST_BUDGET = 16384;
const EMPTY = Object.freeze({ __proto__: null });
const POLICIES = ['strict', 'unbounded', 'drop-oldest', 'drop-newest'];

const encoder = new TextEncoder();

function worded(Class, code, message) {
  const error = new Class(message);
  return Object.defineProperty(error, 'code', {
    __proto__: null, value: code, writable: true, enumerable: true, configurable: true,
  });
}

function typeError(message) {
  const error = new ERR_INVALID_ARG_TYPE('value', 'value', undefined);
  error.message = message;
  return error;
}

// null and undefined are a dictionary without members; a function is one, too.
function dictionary(options, name = 'options') {
  if (options === undefined || options === null) return EMPTY;
  if (typeof options !== 'object' && typeof options !== 'function') {
    throw typeError(`${name} cannot be converted to a dictionary`);
  }
  return options;
}

function toNumber(value, name) {
  if (typeof value === 'bigint') throw typeError(`${name} is a BigInt and cannot be converted to a number.`);
  if (typeof value === 'symbol') throw typeError(`${name} is a Symbol and cannot be converted to a number.`);
  return +value;
}

// [EnforceRange] unsigned long long
function whole(value, name) {
  const number = toNumber(value, name);
  if (!Number.isFinite(number)) throw typeError(`${name} is not a finite number.`);
  // No negative zero.
  const integer = Math.trunc(number) + 0;
  if (integer < 0 || integer > MAX_SAFE_INTEGER) {
    throw worded(TypeError, 'ERR_OUT_OF_RANGE',
                 `${name} is outside the expected range of 0 to ${MAX_SAFE_INTEGER}.`);
  }
  return integer;
}

function string(value, name) {
  if (typeof value === 'string') return value;
  if (typeof value === 'symbol') throw typeError(`${name} is a Symbol and cannot be converted to a string.`);
  return `${value}`;
}

function readLimit(options) {
  const { limit } = options;
  return limit === undefined ? undefined : whole(limit, 'limit in options');
}

function readSignal(options) {
  const { signal } = options;
  if (signal === undefined) return undefined;
  if (!isSignal(signal)) throw typeError('signal in options is not of type AbortSignal.');
  return signal;
}

let abortedOf;

// By brand: what only looks like a signal is none.
function isSignal(value) {
  if (typeof value !== 'object' || value === null) return false;
  abortedOf ??= Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted').get;
  try {
    Reflect.apply(abortedOf, value, []);
    return true;
  } catch {
    return false;
  }
}

function readEncoding(options) {
  const { encoding } = options;
  return encoding === undefined ? 'utf-8' : string(encoding, 'encoding in options');
}

// unsigned long long, and then within what a buffer may be.
function readBudget(options, fallback) {
  const { budget } = options;
  if (budget === undefined) return fallback;
  const number = toNumber(budget, 'budget in options');
  const bytes = Number.isFinite(number) ? Number(BigInt.asUintN(64, BigInt(Math.trunc(number)))) : 0;
  if (bytes < SMALLEST_BUDGET || bytes > MAX_SAFE_INTEGER) {
    throw new ERR_OUT_OF_RANGE('options.budget', `>= ${SMALLEST_BUDGET} && <= ${MAX_SAFE_INTEGER}`, bytes);
  }
  return bytes;
}

// `context`: what an error calls the dictionary.
function readPolicy(options, context = 'options') {
  const { backpressure } = options;
  if (backpressure === undefined) return undefined;
  const policy = string(backpressure, `backpressure in ${context}`);
  if (!POLICIES.includes(policy)) {
    throw worded(TypeError, 'ERR_INVALID_ARG_VALUE',
                 `backpressure in ${context} '${policy}' is not a valid enum value of type BackpressurePolicy.`);
  }
  return policy;
}

// (Uint8Array or USVString): what is no Uint8Array is taken by its text, whatever it is.
function toChunk(value, name = 'chunk') {
  return isUint8Array(value) ? value : encoder.encode(string(value, name));
}

// sequence<chunk>
function toChunks(values) {
  if ((typeof values !== 'object' && typeof values !== 'function') || values === null) throw noSequence();
  const method = values[Symbol.iterator];
  if (typeof method !== 'function') throw noSequence();
  const iterator = Reflect.apply(method, values, []);
  if ((typeof iterator !== 'object' && typeof iterator !== 'function') || iterator === null) throw noSequence();
  const chunks = [];
  const sequence = { [Symbol.iterator]: () => iterator };
  for (const value of sequence) chunks.push(toChunk(value, `chunks[${chunks.length}]`));
  return chunks;
}

function noSequence() {
  return typeError('chunks cannot be converted to sequence.');
}

function sizeOf(chunks) {
  let bytes = 0;
  for (let i = 0; i < chunks.length; i++) bytes += chunks[i].byteLength;
  return bytes;
}

module.exports = {
  POLICIES,
  dictionary,
  encoder,
  readBudget,
  readEncoding,
  readLimit,
  readPolicy,
  readSignal,
  sizeOf,
  toChunk,
  toChunks,
};
