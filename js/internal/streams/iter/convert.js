'use strict';

// Arguments as Web IDL converts them: dictionaries, numbers, strings and chunks, with Node's codes on the errors.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE } } = require('internal/errors');
const { isArrayBufferView, isUint8Array } = require('internal/util/types');

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

// [EnforceRange] unsigned long long
function whole(value, name, least = 0) {
  if (typeof value === 'bigint') throw typeError(`${name} is a BigInt and cannot be converted to a number.`);
  if (typeof value === 'symbol') throw typeError(`${name} is a Symbol and cannot be converted to a number.`);
  const number = +value;
  if (!Number.isFinite(number)) throw typeError(`${name} is not a finite number.`);
  const integer = Math.trunc(number) + 0;
  if (integer < 0 || integer > MAX_SAFE_INTEGER) {
    throw worded(TypeError, 'ERR_OUT_OF_RANGE',
                 `${name} is outside the expected range of 0 to ${MAX_SAFE_INTEGER}.`);
  }
  if (integer < least) throw new ERR_OUT_OF_RANGE(name, `>= ${least} && <= ${MAX_SAFE_INTEGER}`, integer);
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

function readBudget(options, fallback) {
  const { budget } = options;
  if (budget === undefined) return fallback;
  const bytes = whole(budget, 'budget in options');
  if (bytes < SMALLEST_BUDGET) {
    throw new ERR_OUT_OF_RANGE('options.budget', `>= ${SMALLEST_BUDGET}`, bytes);
  }
  return bytes;
}

function readPolicy(options, allowed = POLICIES) {
  const { backpressure } = options;
  if (backpressure === undefined) return 'strict';
  const policy = string(backpressure, 'backpressure in options');
  if (!allowed.includes(policy)) {
    const list = allowed.map((each) => `'${each}'`).join(', ');
    throw new ERR_INVALID_ARG_VALUE('options.backpressure', policy, `must be one of: ${list}`);
  }
  return policy;
}

// A chunk given to a writer. Strings become UTF-8; so does anything else, by its text.
function toChunk(value) {
  if (isUint8Array(value)) return value;
  if (isArrayBufferView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return encoder.encode(string(value, 'chunk'));
}

function toChunks(values) {
  if ((typeof values !== 'object' && typeof values !== 'function') || values === null) {
    throw typeError('chunks cannot be converted to a sequence.');
  }
  const chunks = [];
  for (const value of values) chunks.push(toChunk(value));
  return chunks;
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
  isSignal,
  readBudget,
  readEncoding,
  readLimit,
  readPolicy,
  readSignal,
  sizeOf,
  string,
  toChunk,
  toChunks,
  typeError,
  whole,
};
