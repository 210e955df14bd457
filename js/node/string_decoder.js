'use strict';

// node:string_decoder. Decodes bytes that come in pieces: what is cut off in
// the middle of a character waits for the next piece.

const { Buffer } = require('buffer');
const { normalizeEncoding } = require('internal/util');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_THIS, ERR_UNKNOWN_ENCODING },
} = require('internal/errors');

const kState = Symbol('kState');

class DecoderState {
  constructor(finder) {
    // How long an incomplete end a piece of this encoding has; null for
    // encodings whose characters are one byte.
    this.finder = finder;
    this.bytes = Buffer.alloc(4);
    // How many of `bytes` wait, and how many more would complete them.
    this.count = 0;
    this.need = 0;
  }

  keep(piece, from, need) {
    this.bytes.fill(0);
    piece.copy(this.bytes, 0, from);
    this.count = piece.length - from;
    this.need = need;
  }

  clear() {
    this.count = 0;
    this.need = 0;
  }
}

// The finders answer [count, need] for the incomplete end of bytes[0..length).
const NONE = [0, 0];

// By structure only: which sequences are valid the actual decoder knows.
function utf8Tail(bytes, length) {
  const floor = Math.max(0, length - 3);
  for (let i = length - 1; i >= floor; i--) {
    const byte = bytes[i];
    if (byte < 0x80) return NONE;
    if (byte < 0xc0) continue;
    const total = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf8 ? 4 : 1;
    const have = length - i;
    return have < total ? [have, total - have] : NONE;
  }
  return NONE;
}

function utf16Tail(bytes, length) {
  if (length % 2 === 1) return [1, 1];
  if (length === 0) return NONE;
  const high = bytes[length - 1];
  return high >= 0xd8 && high <= 0xdb ? [2, 2] : NONE;
}

function base64Tail(bytes, length) {
  const rest = length % 3;
  return rest === 0 ? NONE : [rest, 3 - rest];
}

const FINDERS = {
  __proto__: null,
  utf8: utf8Tail,
  utf16le: utf16Tail,
  base64: base64Tail,
  base64url: base64Tail,
};

function StringDecoder(encoding) {
  const normalized = encoding === undefined || encoding === null || encoding === '' ?
    'utf8' : typeof encoding === 'string' ? normalizeEncoding(encoding) : undefined;
  if (normalized === undefined) throw new ERR_UNKNOWN_ENCODING(encoding);
  this.encoding = normalized;
  this[kState] = new DecoderState(FINDERS[normalized] ?? null);
}

const proto = StringDecoder.prototype;

function stateOf(decoder) {
  const state = decoder?.[kState];
  if (state === undefined) throw new ERR_INVALID_THIS('StringDecoder');
  return state;
}

proto.write = function write(buf) {
  if (typeof buf === 'string') return buf;
  if (!ArrayBuffer.isView(buf)) {
    throw new ERR_INVALID_ARG_TYPE('buf', ['Buffer', 'TypedArray', 'DataView'], buf);
  }
  const state = stateOf(this);
  if (!(buf instanceof Buffer)) {
    buf = Buffer.from(buf.buffer, buf.byteOffset, buf.byteLength);
  }
  const { encoding } = this;
  if (state.finder === null) return buf.toString(encoding);
  if (buf.length === 0) return '';
  let text = '';
  let from = 0;
  if (state.count > 0) {
    from = complete(state, buf);
    if (state.need > 0) return '';
    text = state.bytes.toString(encoding, 0, state.count);
    state.clear();
    if (from === buf.length) return text;
  }
  const rest = from === 0 ? buf : buf.subarray(from);
  const [count, need] = state.finder(rest, rest.length);
  if (count === 0) return text + rest.toString(encoding);
  const whole = rest.length - count;
  state.keep(rest, whole, need);
  return whole === 0 ? text : text + rest.toString(encoding, 0, whole);
};

// Takes bytes of `buf` until what waits is complete or cannot become so;
// answers how many were taken.
function complete(state, buf) {
  const { bytes, finder } = state;
  let from = 0;
  while (state.need > 0 && from < buf.length) {
    const byte = buf[from];
    if (finder === utf8Tail && (byte & 0xc0) !== 0x80) {
      // Not a continuation: what there is stands alone.
      state.need = 0;
      break;
    }
    bytes[state.count++] = byte;
    from++;
    state.need--;
    if (state.need === 0 && finder === utf16Tail && state.count === 2 &&
        byte >= 0xd8 && byte <= 0xdb) {
      state.need = 2;
    }
  }
  return from;
}

proto.end = function end(buf) {
  const text = buf === undefined ? '' : this.write(buf);
  const state = stateOf(this);
  if (state.count === 0) return text;
  // Half a UTF-16 unit is nothing.
  const length = state.finder === utf16Tail ? state.count & ~1 : state.count;
  const rest = state.bytes.toString(this.encoding, 0, length);
  state.clear();
  return text + rest;
};

proto.text = function text(buf, offset) {
  stateOf(this).clear();
  return this.write(buf.slice(offset));
};

for (const [name, get] of [
  ['lastChar', (state) => state.bytes.subarray(0, 4)],
  ['lastNeed', (state) => state.need],
  ['lastTotal', (state) => state.count + state.need],
]) {
  Object.defineProperty(proto, name, {
    __proto__: null,
    configurable: true,
    enumerable: true,
    get() {
      return get(stateOf(this));
    },
  });
}

module.exports = { StringDecoder };
