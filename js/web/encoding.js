'use strict';
// TextEncoder and TextDecoder: https://encoding.spec.whatwg.org/#api
//
// A decoder that is never fed in pieces has no native state. The first
// decode(..., { stream: true }) opens one; it is closed by the call that ends
// the text, or when the decoder is collected.

const binding = internalBinding('encoding');
const { beginEncode, encodeInto, takeEncoded } = binding;
const { copyAscii, leaveUnzeroed, utf8Write } = internalBinding('buffer');
const { mayBeAscii } = require('internal/buffer');
const {
  codes: {
    ERR_ENCODING_INVALID_ENCODED_DATA,
    ERR_ENCODING_NOT_SUPPORTED,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_THIS,
  },
} = require('internal/errors');
const { isAnyArrayBuffer, isUint8Array } = require('internal/util/types');
const { customInspectSymbol, kEnumerableProperty } = require('internal/util');

const { isView } = ArrayBuffer;
const Bytes = Uint8Array;

// ---- TextEncoder ---------------------------------------------------------------

// Units that the last encodeInto read.
let progress;

// From this size on, memory that is not cleared first pays.
const kUncleared = 1024;

// `length` bytes, all of which are to be written. It is below V8's limit for arrays, so that V8 asks for just that memory next.
function room(length) {
  if (length >= kUncleared) leaveUnzeroed(length);
  return new Bytes(length);
}

class TextEncoder {
  #branded;

  get encoding() {
    if (!(#branded in this)) throw new ERR_INVALID_THIS('TextEncoder');
    return 'utf-8';
  }

  encode(input = '') {
    if (!(#branded in this)) throw new ERR_INVALID_THIS('TextEncoder');
    const text = `${input}`;
    if (text.length >= kUncleared && mayBeAscii(text)) {
      // No need to ask for the length first, nor to look at it twice.
      const bytes = room(text.length);
      if (copyAscii(bytes, text, 0, text.length) === text.length) return bytes;
    }
    const length = beginEncode(text);
    if (length < 0) {
      const bytes = room(-length);
      takeEncoded(bytes);
      return bytes;
    }
    const bytes = room(length);
    utf8Write(bytes, text, 0, length);
    return bytes;
  }

  encodeInto(source, destination) {
    if (!(#branded in this)) throw new ERR_INVALID_THIS('TextEncoder');
    if (typeof source !== 'string') throw new ERR_INVALID_ARG_TYPE('src', 'string', source);
    if (!isUint8Array(destination)) {
      throw new ERR_INVALID_ARG_TYPE('dest', 'Uint8Array', destination);
    }
    progress ??= new Float64Array(1);
    const written = encodeInto(source, destination, progress);
    return { read: progress[0], written };
  }

  [customInspectSymbol](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    if (!(#branded in this)) throw new ERR_INVALID_THIS('TextEncoder');
    return require('internal/util/inspect').inspect({ encoding: 'utf-8' }, options);
  }
}

Object.defineProperties(TextEncoder.prototype, {
  encode: kEnumerableProperty,
  encodeInto: kEnumerableProperty,
  encoding: kEnumerableProperty,
  [Symbol.toStringTag]: { __proto__: null, configurable: true, value: 'TextEncoder' },
});

// ---- TextDecoder ---------------------------------------------------------------

// Encodings by label as users wrote it. Most programs use one.
const names = new Map([['utf-8', 'utf-8'], ['utf8', 'utf-8']]);

function encodingName(label) {
  let name = names.get(label);
  if (name === undefined) {
    name = binding.canonicalName(label);
    if (name === undefined) throw new ERR_ENCODING_NOT_SUPPORTED(label);
    names.set(label, name);
  }
  return name;
}

// Closes the native decoder of an abandoned text.
let closing;
function closeWithOwner(owner, id) {
  closing ??= new FinalizationRegistry(binding.closeDecoder);
  closing.register(owner, id, owner);
}

function option(options, name) {
  return options !== undefined && options !== null && Boolean(options[name]);
}

const kNoBytes = new Uint8Array(0);

class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #stream = 0;

  constructor(encoding = 'utf-8', options = undefined) {
    // Arguments are converted before any of them is looked at.
    const label = `${encoding}`;
    if (options !== undefined && options !== null &&
        typeof options !== 'object' && typeof options !== 'function') {
      throw new ERR_INVALID_ARG_TYPE('options', 'Object', options);
    }
    this.#encoding = encodingName(label);
    this.#fatal = option(options, 'fatal');
    this.#ignoreBOM = option(options, 'ignoreBOM');
  }

  get encoding() {
    if (!(#encoding in this)) throw new ERR_INVALID_THIS('TextDecoder');
    return this.#encoding;
  }

  get fatal() {
    if (!(#encoding in this)) throw new ERR_INVALID_THIS('TextDecoder');
    return this.#fatal;
  }

  get ignoreBOM() {
    if (!(#encoding in this)) throw new ERR_INVALID_THIS('TextDecoder');
    return this.#ignoreBOM;
  }

  decode(input = kNoBytes, options = undefined) {
    if (!(#encoding in this)) throw new ERR_INVALID_THIS('TextDecoder');
    if (!isView(input) && !isAnyArrayBuffer(input)) {
      throw new ERR_INVALID_ARG_TYPE('input', ['ArrayBuffer', 'ArrayBufferView'], input);
    }
    if (options !== undefined && options !== null &&
        typeof options !== 'object' && typeof options !== 'function') {
      throw new ERR_INVALID_ARG_TYPE('options', 'Object', options);
    }
    const more = option(options, 'stream');
    let text;
    if (more || this.#stream !== 0) {
      text = this.#feed(input, more);
    } else if (this.#encoding === 'utf-8') {
      text = binding.decodeUtf8(input, this.#ignoreBOM, this.#fatal);
    } else {
      text = binding.decode(this.#encoding, input, this.#ignoreBOM, this.#fatal);
    }
    if (text === undefined) {
      throw new ERR_ENCODING_INVALID_ENCODED_DATA(this.#encoding, undefined);
    }
    return text;
  }

  #feed(input, more) {
    if (this.#stream === 0) {
      this.#stream = binding.openDecoder(this.#encoding, this.#ignoreBOM);
      closeWithOwner(this, this.#stream);
    }
    const text = binding.feedDecoder(this.#stream, input, !more, this.#fatal);
    // After an error the next text begins anew, as after the end of this one.
    if (!more || text === undefined) {
      binding.closeDecoder(this.#stream);
      closing.unregister(this);
      this.#stream = 0;
    }
    return text;
  }

  [customInspectSymbol](depth, options) {
    if (!(#encoding in this)) throw new ERR_INVALID_THIS('TextDecoder');
    if (typeof depth === 'number' && depth < 0) return this;
    const { getConstructorOf } = require('internal/util');
    const { inspect } = require('internal/util/inspect');
    const { name } = getConstructorOf(this) ?? TextDecoder;
    const shown = { encoding: this.#encoding, fatal: this.#fatal, ignoreBOM: this.#ignoreBOM };
    return `${name} ${inspect(shown, options)}`;
  }
}

Object.defineProperties(TextDecoder.prototype, {
  decode: kEnumerableProperty,
  encoding: kEnumerableProperty,
  fatal: kEnumerableProperty,
  ignoreBOM: kEnumerableProperty,
  [Symbol.toStringTag]: { __proto__: null, configurable: true, value: 'TextDecoder' },
});

module.exports = { TextDecoder, TextEncoder };
