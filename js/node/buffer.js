'use strict';
// node:buffer. The Buffer class itself: making, joining and describing Buffers;
// the rest of its methods live in internal/buffer/ (numbers, text, bytes).
// Also the module's small functions (isUtf8, transcode, atob ...), and Blob and
// File, which are loaded when asked for.

const { defineLazyValue } = require('internal/lazy');
const binding = internalBinding('buffer');
const {
  codes: {
    ERR_BUFFER_OUT_OF_BOUNDS,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_STATE,
    ERR_MISSING_ARGS,
    ERR_UNKNOWN_ENCODING,
  },
  genericNodeError,
} = require('internal/errors');
const { validateArray, validateInteger, validateNumber } = require('internal/validators');
const { isAnyArrayBuffer, isTypedArray, isUint8Array } = require('internal/util/types');
const { customInspectSymbol, normalizeEncoding } = require('internal/util');
const {
  FastBuffer, allocatePooled, createUnsafeBuffer, encodePooled, encodePooledUtf8, mayBeAscii,
} = require('internal/buffer');
const encodings = require('internal/buffer/encodings');
const { addTextMethods, fillRange } = require('internal/buffer/text');
const { addByteMethods, compareBuffers, copyRange } = require('internal/buffer/bytes');
const { kMaxLength, kStringMaxLength } = require('internal/buffer/limits');

const { copyAscii } = binding;
const { getEncodingOps, latin1, utf8 } = encodings;

const constants = Object.defineProperties({}, {
  MAX_LENGTH: { __proto__: null, value: kMaxLength, writable: false, enumerable: true },
  MAX_STRING_LENGTH: { __proto__: null, value: kStringMaxLength, writable: false, enumerable: true },
});

let inspectMaxBytes = 50;

// ---- constructor -------------------------------------------------------------

let warnedOfConstructor = false;
function warnOfConstructor() {
  if (warnedOfConstructor) return;
  const { getOptionValue } = require('internal/options');
  if (!getOptionValue('--pending-deprecation') && require('internal/util').isInsideNodeModules()) return;
  warnedOfConstructor = true;
  process.emitWarning(
    'Buffer() is deprecated due to security and usability issues. Please use the ' +
    'Buffer.alloc(), Buffer.allocUnsafe(), or Buffer.from() methods instead.',
    'DeprecationWarning', 'DEP0005');
}

function Buffer(arg, encodingOrOffset, length) {
  warnOfConstructor();
  if (typeof arg === 'number') {
    if (typeof encodingOrOffset === 'string') throw new ERR_INVALID_ARG_TYPE('string', 'string', arg);
    return Buffer.alloc(arg);
  }
  return Buffer.from(arg, encodingOrOffset, length);
}

Object.defineProperty(Buffer, Symbol.species, {
  __proto__: null,
  configurable: true,
  enumerable: false,
  get() { return FastBuffer; },
});

Object.setPrototypeOf(Buffer, Uint8Array);
Buffer.prototype = FastBuffer.prototype;
Object.defineProperty(Buffer.prototype, 'constructor', {
  __proto__: null, value: Buffer, writable: true, enumerable: false, configurable: true,
});

Buffer.poolSize = 64 * 1024;

// ---- from ----------------------------------------------------------------------

Buffer.from = function from(value, encodingOrOffset, length) {
  if (typeof value === 'string') return fromString(value, encodingOrOffset);

  if (typeof value === 'object' && value !== null) {
    if (isAnyArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);

    const primitive = value.valueOf?.();
    if (primitive != null && primitive !== value &&
        (typeof primitive === 'string' || typeof primitive === 'object')) {
      return from(primitive, encodingOrOffset, length);
    }

    const made = fromObject(value);
    if (made !== undefined) return made;

    if (typeof value[Symbol.toPrimitive] === 'function') {
      const text = value[Symbol.toPrimitive]('string');
      if (typeof text === 'string') return fromString(text, encodingOrOffset);
    }
  }

  throw new ERR_INVALID_ARG_TYPE(
    'first argument', ['string', 'Buffer', 'ArrayBuffer', 'Array', 'Array-like Object'], value);
};

function fromString(string, encoding) {
  let ops;
  if (encoding === undefined || encoding === 'utf8' || typeof encoding !== 'string' ||
      encoding.length === 0) {
    const { length } = string;
    if (length === 0) return new FastBuffer();
    // Three bytes a character is the most there can be.
    if (length * 3 < Buffer.poolSize >>> 1) return encodePooledUtf8(string, length * 3, Buffer.poolSize);
    ops = utf8;
  } else {
    ops = getEncodingOps(encoding);
    if (ops === undefined) throw new ERR_UNKNOWN_ENCODING(encoding);
    if (string.length === 0) return new FastBuffer();
  }

  const half = Buffer.poolSize >>> 1;
  const bound = ops.bound(string.length);
  if (bound < half) return encodePooled(ops.write, string, bound, Buffer.poolSize);

  if (ops === utf8 && mayBeAscii(string)) {
    // No need to ask for the length first, nor to look at it twice.
    const buffer = createUnsafeBuffer(string.length);
    if (copyAscii(buffer, string, 0, string.length) === string.length) return buffer;
  }
  const length = ops.byteLength(string);
  if (length < half) return encodePooled(ops.write, string, length, Buffer.poolSize);
  const buffer = createUnsafeBuffer(length);
  const written = ops.write(buffer, string, 0, length);
  return written < length ? new FastBuffer(buffer.buffer, 0, written) : buffer;
}

function fromArrayBuffer(memory, byteOffset, length) {
  if (byteOffset === undefined) {
    byteOffset = 0;
  } else {
    byteOffset = +byteOffset;
    if (Number.isNaN(byteOffset)) byteOffset = 0;
  }
  const longest = memory.byteLength - byteOffset;
  if (longest < 0) throw new ERR_BUFFER_OUT_OF_BOUNDS('offset');

  if (length !== undefined) {
    length = +length;
    if (length > 0) {
      if (length > longest) throw new ERR_BUFFER_OUT_OF_BOUNDS('length');
    } else {
      length = 0;
    }
  } else if (!memory.resizable && !memory.growable) {
    // (Left out for memory that may change its size, the view follows it.)
    length = longest;
  }
  return new FastBuffer(memory, byteOffset, length);
}

function fromObject(value) {
  if (value.length !== undefined || isAnyArrayBuffer(value.buffer)) {
    if (typeof value.length !== 'number') return new FastBuffer();
    return fromArrayLike(value);
  }
  if (value.type === 'Buffer' && Array.isArray(value.data)) return fromArrayLike(value.data);
  return undefined;
}

const nativeSet = Uint8Array.prototype.set;

function fromArrayLike(list) {
  const { length } = list;
  if (length <= 0) return new FastBuffer();
  // The engine's own constructor knows arrays and views; anything else has its
  // elements read one by one, of which there are `length`.
  if (length < Buffer.poolSize >>> 1) {
    const buffer = allocatePooled(length >>> 0, Buffer.poolSize);
    if (isUint8Array(list) && list.byteLength !== length) {
      // A `length` of its own, not that of the bytes.
      for (let i = 0; i < buffer.length; i++) buffer[i] = list[i];
    } else {
      nativeSet.call(buffer, list, 0);
    }
    return buffer;
  }
  return new FastBuffer(list);
}

Buffer.copyBytesFrom = function copyBytesFrom(view, offset, length) {
  if (!isTypedArray(view)) throw new ERR_INVALID_ARG_TYPE('view', ['TypedArray'], view);
  const viewLength = view.length;
  if (viewLength === 0) return Buffer.alloc(0);

  let end;
  if (offset === undefined && length === undefined) {
    offset = 0;
    end = viewLength;
  } else {
    if (offset === undefined) {
      offset = 0;
    } else {
      validateInteger(offset, 'offset', 0);
      if (offset >= viewLength) return Buffer.alloc(0);
    }
    if (length === undefined) {
      end = viewLength;
    } else {
      validateInteger(length, 'length', 0);
      end = offset + length;
    }
  }
  const width = view.BYTES_PER_ELEMENT;
  end = Math.min(end, viewLength);
  return fromArrayLike(
    new Uint8Array(view.buffer, view.byteOffset + offset * width, (end - offset) * width));
};

// Its own function rather than Uint8Array.of: that one would construct through
// Buffer, which is deprecated.
Buffer.of = function of(...items) {
  const buffer = createUnsafeBuffer(items.length);
  for (let i = 0; i < items.length; i++) buffer[i] = items[i];
  return buffer;
};

// ---- alloc -----------------------------------------------------------------------

Buffer.alloc = function alloc(size, fill, encoding) {
  validateNumber(size, 'size', 0, kMaxLength);
  if (fill !== undefined && fill !== 0 && size > 0) {
    const buffer = createUnsafeBuffer(size);
    return fillRange(buffer, fill, 0, buffer.length, encoding);
  }
  return new FastBuffer(size);
};

Buffer.allocUnsafe = function allocUnsafe(size) {
  validateNumber(size, 'size', 0, kMaxLength);
  if (size <= 0) return new FastBuffer();
  if (size < Buffer.poolSize >>> 1) return allocatePooled(Math.trunc(size), Buffer.poolSize);
  return createUnsafeBuffer(size);
};

Buffer.allocUnsafeSlow = function allocUnsafeSlow(size) {
  validateNumber(size, 'size', 0, kMaxLength);
  return createUnsafeBuffer(size);
};

function SlowBuffer(size) {
  return Buffer.allocUnsafeSlow(size);
}
Object.setPrototypeOf(SlowBuffer.prototype, Uint8Array.prototype);
Object.setPrototypeOf(SlowBuffer, Uint8Array);

// ---- about Buffers -----------------------------------------------------------------

Buffer.isBuffer = function isBuffer(value) {
  return value instanceof Buffer;
};

Buffer.compare = function compare(buf1, buf2) {
  return compareBuffers(buf1, buf2);
};

Buffer.isEncoding = function isEncoding(encoding) {
  return typeof encoding === 'string' && encoding.length !== 0 &&
    normalizeEncoding(encoding) !== undefined;
};

Buffer.concat = function concat(list, length) {
  validateArray(list, 'list');
  if (list.length === 0) return new FastBuffer();

  if (length === undefined) {
    length = 0;
    for (let i = 0; i < list.length; i++) {
      if (list[i].length) length += list[i].length;
    }
  } else {
    validateInteger(length, 'length', 0, kMaxLength);
  }

  const buffer = Buffer.allocUnsafe(length);
  let position = 0;
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (!isUint8Array(item)) {
      throw new ERR_INVALID_ARG_TYPE(`list[${i}]`, ['Buffer', 'Uint8Array'], item);
    }
    const bytes = Math.min(item.byteLength, length - position);
    if (bytes > 0) position += copyRange(item, buffer, position, 0, bytes);
  }
  // Memory beyond the parts was never written; nobody may see what it held.
  if (position < length) Uint8Array.prototype.fill.call(buffer, 0, position, length);
  return buffer;
};

function byteLength(string, encoding) {
  if (typeof string !== 'string') {
    if (ArrayBuffer.isView(string) || isAnyArrayBuffer(string)) return string.byteLength;
    throw new ERR_INVALID_ARG_TYPE('string', ['string', 'Buffer', 'ArrayBuffer'], string);
  }
  if (string.length === 0) return 0;
  // An unknown encoding is taken for UTF-8 here, unlike everywhere else.
  const ops = encoding === undefined || encoding === 'utf8' ? utf8 : getEncodingOps(encoding) ?? utf8;
  return ops.byteLength(string);
}
Buffer.byteLength = byteLength;

// ---- prototype ------------------------------------------------------------------------

Object.defineProperty(Buffer.prototype, 'parent', {
  __proto__: null,
  enumerable: true,
  get() { return this instanceof Buffer ? this.buffer : undefined; },
});

Object.defineProperty(Buffer.prototype, 'offset', {
  __proto__: null,
  enumerable: true,
  get() { return this instanceof Buffer ? this.byteOffset : undefined; },
});

addTextMethods(Buffer.prototype);
addByteMethods(Buffer.prototype);

Buffer.prototype.toJSON = function toJSON() {
  const data = new Array(this.length);
  for (let i = 0; i < this.length; i++) data[i] = this[i];
  return { type: 'Buffer', data };
};

function sliceIndex(value, length) {
  value = Math.trunc(+value);
  // Also what is no number at all.
  if (value === 0 || Number.isNaN(value)) return 0;
  if (value < 0) {
    value += length;
    return value > 0 ? value : 0;
  }
  return value < length ? value : length;
}

// Shares the memory, as slice() does too; TypedArray's own subarray would go
// through the species constructor.
Buffer.prototype.subarray = function subarray(start, end) {
  const { length } = this;
  start = sliceIndex(start, length);
  end = end !== undefined ? sliceIndex(end, length) : length;
  return new FastBuffer(this.buffer, this.byteOffset + start, end > start ? end - start : 0);
};

Buffer.prototype.slice = function slice(start, end) {
  return this.subarray(start, end);
};

Buffer.prototype[customInspectSymbol] = function inspect(recurseTimes, ctx) {
  const shown = Math.min(inspectMaxBytes, this.length);
  const hidden = this.length - inspectMaxBytes;
  let text = this.hexSlice(0, shown).replace(/(.{2})/g, '$1 ').trim();
  if (hidden > 0) text += ` ... ${hidden} more byte${hidden > 1 ? 's' : ''}`;

  // Properties that somebody put on the Buffer follow the bytes.
  if (ctx) {
    const names = internalBinding('util').getOwnNonIndexProperties(this, !ctx.showHidden);
    if (names.length > 0) {
      const extras = { __proto__: null };
      for (const name of names) extras[name] = this[name];
      const { inspect: inspectValue } = require('internal/util/inspect');
      const printed = inspectValue(extras, { ...ctx, breakLength: Infinity, compact: true });
      if (this.length !== 0) text += ', ';
      text += printed.slice(printed.indexOf('{') + 1, -1).trim();
    }
  }
  return `<${this.constructor.name} ${text}>`;
};
Buffer.prototype.inspect = Buffer.prototype[customInspectSymbol];

// ---- functions of the module ------------------------------------------------------------

function viewOf(input) {
  if (isTypedArray(input)) return input;
  if (isAnyArrayBuffer(input)) return new Uint8Array(input);
  throw new ERR_INVALID_ARG_TYPE('input', ['ArrayBuffer', 'Buffer', 'TypedArray'], input);
}

function checkAttached(input) {
  if (input.byteLength !== 0) return;
  if (binding.isDetached(isAnyArrayBuffer(input) ? input : input.buffer)) {
    throw new ERR_INVALID_STATE('Cannot validate on a detached buffer');
  }
}

function isUtf8(input) {
  if (isTypedArray(input) || isAnyArrayBuffer(input)) checkAttached(input);
  return binding.isUtf8(viewOf(input));
}

function isAscii(input) {
  if (isTypedArray(input) || isAnyArrayBuffer(input)) checkAttached(input);
  return binding.isAscii(viewOf(input));
}

function transcodingError() {
  return genericNodeError('Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]', {
    code: 'U_ILLEGAL_ARGUMENT_ERROR', errno: 1,
  });
}

// Re-encodes text. What the target cannot express becomes '?', one for each
// code point.
function transcode(source, fromEncoding, toEncoding) {
  if (!isUint8Array(source)) {
    throw new ERR_INVALID_ARG_TYPE('source', ['Buffer', 'Uint8Array'], source);
  }
  if (source.length === 0) return Buffer.alloc(0);

  const from = normalizeEncoding(fromEncoding);
  const to = normalizeEncoding(toEncoding);
  for (const name of [from, to]) {
    if (name !== 'utf8' && name !== 'utf16le' && name !== 'latin1' && name !== 'ascii') {
      throw transcodingError();
    }
  }

  let text;
  if (from === 'ascii') {
    // Bytes that are not ASCII are no characters, rather than others.
    text = latin1.slice(source, 0, source.length).replace(/[^\x00-\x7f]/g, '\ufffd');
  } else {
    text = getEncodingOps(from).slice(source, 0, source.length);
  }
  if (to === 'latin1') text = text.replace(/[^\x00-\xff]/gu, '?');
  else if (to === 'ascii') text = text.replace(/[^\x00-\x7f]/gu, '?');
  return fromString(text, to);
}

function invalidCharacter(message) {
  const { lazyDOMException } = require('internal/errors');
  return lazyDOMException(message, 'InvalidCharacterError');
}

// https://html.spec.whatwg.org/multipage/webappapis.html#atob
function atob(input) {
  if (arguments.length === 0) throw new ERR_MISSING_ARGS('input');
  const text = `${input}`;
  const decoded = binding.atob(text);
  if (decoded === undefined) {
    // One digit too many, or something that is none.
    const digits = text.replace(/[\t\n\f\r ]+/g, '').replace(/=+$/, '');
    throw invalidCharacter(digits.length % 4 === 1 && !/[^A-Za-z0-9+/]/.test(digits) ?
      'The string to be decoded is not correctly encoded.' : 'Invalid character');
  }
  return decoded;
}

function btoa(input) {
  if (arguments.length === 0) throw new ERR_MISSING_ARGS('input');
  const encoded = binding.btoa(`${input}`);
  if (encoded === undefined) throw invalidCharacter('Invalid character');
  return encoded;
}

module.exports = {
  Buffer,
  SlowBuffer,
  transcode,
  isUtf8,
  isAscii,
  // Legacy: the same values are in `constants`.
  kMaxLength,
  kStringMaxLength,
  btoa,
  atob,
};

function lazyExport(name, id) {
  defineLazyValue(module.exports, name, () => require(id)[name]);
}

Object.defineProperties(module.exports, {
  constants: { __proto__: null, configurable: false, enumerable: true, value: constants },
  INSPECT_MAX_BYTES: {
    __proto__: null,
    configurable: true,
    enumerable: true,
    get() { return inspectMaxBytes; },
    set(value) {
      validateNumber(value, 'INSPECT_MAX_BYTES', 0);
      inspectMaxBytes = value;
    },
  },
});
lazyExport('Blob', 'web/blob');
lazyExport('resolveObjectURL', 'web/blob');
lazyExport('File', 'web/file');
