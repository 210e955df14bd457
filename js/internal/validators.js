'use strict';

// Checks of arguments, with the errors Node's API reports for them. Each takes
// the value and the name the message shall call it by, and returns nothing:
// what is wrong is thrown, with a stack that begins at the caller.

const {
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_THIS,
    ERR_OUT_OF_RANGE,
    ERR_SOCKET_BAD_PORT,
    ERR_UNKNOWN_SIGNAL,
  },
  throwFrom,
} = require('internal/errors');

const { isArray } = Array;
const { isInteger, MAX_SAFE_INTEGER, MIN_SAFE_INTEGER } = Number;
const isView = ArrayBuffer.isView;

const kValidateObjectNone = 0;
const kValidateObjectAllowNullable = 1;
const kValidateObjectAllowArray = 2;
const kValidateObjectAllowFunction = 4;
// For arguments that may be anything with properties.
const kValidateObjectAllowObjects = kValidateObjectAllowArray | kValidateObjectAllowFunction;
const kValidateObjectAllowObjectsAndNull = kValidateObjectAllowObjects | kValidateObjectAllowNullable;

function isInt32(value) {
  return value === (value | 0);
}

function isUint32(value) {
  return value === (value >>> 0);
}

const modeExpression = /^[0-7]+$/;

// A file mode given as an integer or a string of octal digits.
function parseFileMode(value, name, fallback) {
  value ??= fallback;
  if (typeof value === 'string') {
    if (!modeExpression.test(value)) {
      const reason = 'must be a 32-bit unsigned integer or an octal string';
      throwFrom(parseFileMode, ERR_INVALID_ARG_VALUE, name, value, reason);
    }
    value = Number.parseInt(value, 8);
  }
  validateUint32(value, name);
  return value;
}

function validateInteger(value, name, min = MIN_SAFE_INTEGER, max = MAX_SAFE_INTEGER) {
  if (typeof value !== 'number') throwFrom(validateInteger, ERR_INVALID_ARG_TYPE, name, 'number', value);
  if (!isInteger(value)) throwFrom(validateInteger, ERR_OUT_OF_RANGE, name, 'an integer', value);
  if (value < min || value > max) {
    throwFrom(validateInteger, ERR_OUT_OF_RANGE, name, `>= ${min} && <= ${max}`, value);
  }
}

function validateInt32(value, name, min = -2147483648, max = 2147483647) {
  if (typeof value !== 'number') throwFrom(validateInt32, ERR_INVALID_ARG_TYPE, name, 'number', value);
  if (!isInteger(value)) throwFrom(validateInt32, ERR_OUT_OF_RANGE, name, 'an integer', value);
  if (value < min || value > max) {
    throwFrom(validateInt32, ERR_OUT_OF_RANGE, name, `>= ${min} && <= ${max}`, value);
  }
}

function validateUint32(value, name, positive = false) {
  if (typeof value !== 'number') throwFrom(validateUint32, ERR_INVALID_ARG_TYPE, name, 'number', value);
  if (!isInteger(value)) throwFrom(validateUint32, ERR_OUT_OF_RANGE, name, 'an integer', value);
  const min = positive ? 1 : 0;
  if (value < min || value > 4294967295) {
    throwFrom(validateUint32, ERR_OUT_OF_RANGE, name, `>= ${min} && <= 4294967295`, value);
  }
}

function validateString(value, name) {
  if (typeof value !== 'string') throwFrom(validateString, ERR_INVALID_ARG_TYPE, name, 'string', value);
}

function validateNumber(value, name, min = undefined, max = undefined) {
  if (typeof value !== 'number') throwFrom(validateNumber, ERR_INVALID_ARG_TYPE, name, 'number', value);
  if ((min != null && value < min) || (max != null && value > max) ||
      ((min != null || max != null) && Number.isNaN(value))) {
    const range = `${min != null ? `>= ${min}` : ''}${min != null && max != null ? ' && ' : ''}` +
      `${max != null ? `<= ${max}` : ''}`;
    throwFrom(validateNumber, ERR_OUT_OF_RANGE, name, range, value);
  }
}

// For finite numbers in an inclusive range, where absence is allowed:
// returns the default then. Used by option objects.
function validateFiniteNumber(value, name) {
  if (value === undefined) return false;
  if (Number.isFinite(value)) return true;
  if (Number.isNaN(value)) return false;
  validateNumber(value, name);
  throwFrom(validateFiniteNumber, ERR_OUT_OF_RANGE, name, 'a finite number', value);
}

function checkRangesOrGetDefault(value, name, lower, upper, fallback) {
  if (!validateFiniteNumber(value, name)) return fallback;
  if (value < lower || value > upper) {
    throwFrom(checkRangesOrGetDefault, ERR_OUT_OF_RANGE, name, `>= ${lower} and <= ${upper}`, value);
  }
  return value;
}

function validateBoolean(value, name) {
  if (typeof value !== 'boolean') throwFrom(validateBoolean, ERR_INVALID_ARG_TYPE, name, 'boolean', value);
}

function validateFunction(value, name) {
  if (typeof value !== 'function') {
    throwFrom(validateFunction, ERR_INVALID_ARG_TYPE, name, 'Function', value);
  }
}

function validatePlainFunction(value, name) {
  if (typeof value !== 'function' || require('internal/util/types').isAsyncFunction(value)) {
    throwFrom(validatePlainFunction, ERR_INVALID_ARG_TYPE, name, 'Function', value);
  }
}

function validateUndefined(value, name) {
  if (value !== undefined) throwFrom(validateUndefined, ERR_INVALID_ARG_TYPE, name, 'undefined', value);
}

// `options` is an or of the kValidateObjectAllow* flags.
function validateObject(value, name, options = kValidateObjectNone) {
  if (typeof value === 'object') {
    if (value === null) {
      if (options & kValidateObjectAllowNullable) return;
    } else if (!isArray(value) || options & kValidateObjectAllowArray) {
      return;
    }
  } else if (typeof value === 'function' && options & kValidateObjectAllowFunction) {
    return;
  }
  throwFrom(validateObject, ERR_INVALID_ARG_TYPE, name, 'Object', value);
}

// A WebIDL dictionary: absent, null, or anything with properties.
function validateDictionary(value, name) {
  if (value != null && typeof value !== 'object' && typeof value !== 'function') {
    throwFrom(validateDictionary, ERR_INVALID_ARG_TYPE, name, 'a dictionary', value);
  }
}

function validateArray(value, name, minLength = 0) {
  if (!isArray(value)) throwFrom(validateArray, ERR_INVALID_ARG_TYPE, name, 'Array', value);
  if (value.length < minLength) {
    throwFrom(validateArray, ERR_INVALID_ARG_VALUE, name, value, `must be longer than ${minLength}`);
  }
}

function validateEach(array, name, check, caller) {
  if (!isArray(array)) throwFrom(caller, ERR_INVALID_ARG_TYPE, name, 'Array', array);
  for (let i = 0; i < array.length; i++) check(array[i], `${name}[${i}]`);
}

function validateStringArray(value, name) {
  validateEach(value, name, validateString, validateStringArray);
}

function validateBooleanArray(value, name) {
  validateEach(value, name, validateBoolean, validateBooleanArray);
}

function validateAbortSignalArray(value, name) {
  validateEach(value, name, requireAbortSignal, validateAbortSignalArray);
}

// Any object with `aborted` will do, or nothing at all.
function validateAbortSignal(signal, name) {
  if (signal !== undefined && (signal === null || typeof signal !== 'object' || !('aborted' in signal))) {
    throwFrom(validateAbortSignal, ERR_INVALID_ARG_TYPE, name, 'AbortSignal', signal);
  }
}

function requireAbortSignal(signal, name) {
  if (signal === undefined) throwFrom(requireAbortSignal, ERR_INVALID_ARG_TYPE, name, 'AbortSignal', signal);
  validateAbortSignal(signal, name);
}

function validateOneOf(value, name, oneOf) {
  if (oneOf.includes(value)) return;
  const allowed = oneOf.map((each) => (typeof each === 'string' ? `'${each}'` : String(each))).join(', ');
  throwFrom(validateOneOf, ERR_INVALID_ARG_VALUE, name, value, `must be one of: ${allowed}`);
}

function validateUnion(value, name, union) {
  if (!union.includes(value)) {
    throwFrom(validateUnion, ERR_INVALID_ARG_TYPE, name, `('${union.join('|')}')`, value);
  }
}

let signals;
function validateSignalName(signal, name = 'signal') {
  validateString(signal, name);
  signals ??= require('os').constants.signals;
  if (signals[signal] !== undefined) return;
  if (signals[signal.toUpperCase()] !== undefined) {
    throwFrom(validateSignalName, ERR_UNKNOWN_SIGNAL, `${signal} (signals must use all capital letters)`);
  }
  throwFrom(validateSignalName, ERR_UNKNOWN_SIGNAL, signal);
}

function validateBuffer(buffer, name = 'buffer') {
  if (!isView(buffer)) {
    throwFrom(validateBuffer, ERR_INVALID_ARG_TYPE, name, ['Buffer', 'TypedArray', 'DataView'], buffer);
  }
}

// Hexadecimal text has two digits a byte.
function validateEncoding(data, encoding) {
  const { normalizeEncoding } = require('internal/util');
  if (normalizeEncoding(encoding) === 'hex' && data.length % 2 !== 0) {
    throwFrom(validateEncoding, ERR_INVALID_ARG_VALUE, 'encoding', encoding,
                                               `is invalid for data of length ${data.length}`);
  }
}

// Returns the port as a number.
function validatePort(port, name = 'Port', allowZero = true) {
  if ((typeof port !== 'number' && typeof port !== 'string') ||
      (typeof port === 'string' && port.trim().length === 0) ||
      +port !== (+port >>> 0) || port > 0xFFFF || (port === 0 && !allowZero)) {
    throwFrom(validatePort, ERR_SOCKET_BAD_PORT, name, port, allowZero);
  }
  return port | 0;
}

const linkExpression = /^(?:<[^>]*>)(?:\s*;\s*[^;"\s]+(?:=(")?[^;"\s]*\1)?)*$/;

function validateLinkHeaderFormat(value, name) {
  if (value === undefined || !linkExpression.test(value)) {
    throwFrom(validateLinkHeaderFormat, ERR_INVALID_ARG_VALUE, name, value, 'must be an array or string of format "</styles.css>; rel=preload; as=style"');
  }
}

// The value of an early-hints "link": text, or an array of it.
function validateLinkHeaderValue(hints) {
  if (typeof hints === 'string') {
    validateLinkHeaderFormat(hints, 'hints');
    return hints;
  }
  if (isArray(hints)) {
    for (const link of hints) validateLinkHeaderFormat(link, 'hints');
    return hints.join(', ');
  }
  throwFrom(validateLinkHeaderValue, ERR_INVALID_ARG_VALUE, 'hints', hints, 'must be an array or string of format "</styles.css>; rel=preload; as=style"');
}

function validateInternalField(object, fieldKey, className) {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, fieldKey)) {
    throwFrom(validateInternalField, ERR_INVALID_ARG_TYPE, 'this', className, object);
  }
}

function validateThisInternalField(object, fieldKey, className) {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, fieldKey)) {
    throwFrom(validateThisInternalField, ERR_INVALID_THIS, className);
  }
}

module.exports = {
  checkRangesOrGetDefault,
  isInt32,
  isUint32,
  kValidateObjectAllowArray,
  kValidateObjectAllowFunction,
  kValidateObjectAllowNullable,
  kValidateObjectAllowObjects,
  kValidateObjectAllowObjectsAndNull,
  kValidateObjectNone,
  parseFileMode,
  validateAbortSignal,
  validateAbortSignalArray,
  validateArray,
  validateBoolean,
  validateBooleanArray,
  validateBuffer,
  validateDictionary,
  validateEncoding,
  validateFiniteNumber,
  validateFunction,
  validateInt32,
  validateInteger,
  validateInternalField,
  validateLinkHeaderValue,
  validateNumber,
  validateObject,
  validateOneOf,
  validatePlainFunction,
  validatePort,
  validateSignalName,
  validateString,
  validateStringArray,
  validateThisInternalField,
  validateUint32,
  validateUndefined,
  validateUnion,
};
