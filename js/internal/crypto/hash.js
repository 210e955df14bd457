'use strict';
// Hash, Hmac and crypto.hash(). A Hash is a Transform; most are used without
// the stream, so its machinery is only set up when a stream method is called.
//
// The native digest is opened late: the first piece is kept, and if nothing
// follows it, digest() is one native call that opens nothing.

const binding = internalBinding('crypto');
const {
  codes: {
    ERR_CRYPTO_HASH_FINALIZED,
    ERR_CRYPTO_INVALID_DIGEST,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
  },
} = require('internal/errors');
const { validateEncoding, validateObject, validateString, validateUint32 } = require('internal/validators');
const { isAnyArrayBuffer, isArrayBufferView } = require('internal/util/types');
const { normalizeEncoding } = require('internal/util');
const { Buffer } = require('buffer');
const { getArrayBufferOrView, toBuffer } = require('internal/crypto/util');
const { prepareSecretKey } = require('internal/crypto/keys');
const LazyTransform = require('internal/streams/lazy_transform');

// One symbol holds all of a digest's state, which keeps it out of sight.
const kState = Symbol('kState');

// Pieces up to this size may be kept; copying more costs more than it saves.
const kKeep = 4096;

class DigestState {
  constructor(algorithm, length) {
    this.algorithm = algorithm;
    this.length = length;
    this.pending = undefined;
    this.id = 0;
    this.finalized = false;
    // What an HMAC that was asked twice answers.
    this.isHmac = false;
  }
}

// Closes what was opened for a digest nobody asked for.
let abandoned;
function open(owner, state, id) {
  state.id = id;
  abandoned ??= new FinalizationRegistry(binding.close);
  abandoned.register(owner, id, state);
}

const kNotExtendable = 'ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH';

// OpenSSL says where an error is from, and those who read that expect it.
function toldByLibrary(error) {
  if (error.code !== kNotExtendable) return error;
  const { code } = error;
  delete error.code;
  return Object.assign(error, { library: 'digital envelope routines', reason: 'not XOF or invalid length', code });
}

let warnedOfLength = false;
function warnOfLength(name) {
  if (warnedOfLength || (name !== 'shake128' && name !== 'shake256')) return;
  warnedOfLength = true;
  process.emitWarning('Creating SHAKE128/256 digests without an explicit options.outputLength is deprecated.',
                      'DeprecationWarning', 'DEP0198');
}

function openHash(owner, state) {
  let id;
  try {
    id = binding.openHash(state.algorithm, state.length);
  } catch (error) {
    throw toldByLibrary(error);
  }
  open(owner, state, id);
  if (state.pending !== undefined) {
    binding.update(state.id, state.pending);
    state.pending = undefined;
  }
}

function finish(state, encoding) {
  state.finalized = true;
  if (state.id === 0) {
    const data = state.pending ?? '';
    state.pending = undefined;
    return binding.hash(state.algorithm, data, encoding, state.length);
  }
  abandoned.unregister(state);
  return binding.finish(state.id, encoding);
}

// What the native side can write itself; other encodings go through a Buffer.
function nativeEncoding(encoding) {
  switch (encoding) {
    case 'hex':
    case 'base64':
    case 'base64url':
    case 'latin1':
    case 'binary':
      return encoding;
    default:
      return undefined;
  }
}

function encoded(result, encoding) {
  if (typeof result === 'string') return result;
  const buffer = toBuffer(result);
  return encoding === undefined || encoding === 'buffer' ? buffer : buffer.toString(encoding);
}

function checkData(data, encoding, name) {
  // Whatever is no text names no encoding, but this one cannot even be made one.
  if (typeof encoding === 'symbol') encoding = undefined;
  if (typeof data === 'string') {
    validateEncoding(data, encoding);
    const known = normalizeEncoding(encoding);
    // UTF-8 is what the native side makes of a string.
    return known === 'utf8' || known === undefined || encoding === 'buffer' ? data : Buffer.from(data, encoding);
  }
  if (!isArrayBufferView(data)) {
    throw new ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'TypedArray', 'DataView'], data);
  }
  return data;
}

function addData(owner, state, data) {
  if (state.id === 0) {
    if (state.pending === undefined && !state.isHmac) {
      if (typeof data === 'string') {
        state.pending = data;
        return;
      }
      if (data.byteLength <= kKeep) {
        // A copy: the caller may change its memory before the digest is taken.
        state.pending = Buffer.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
        return;
      }
    }
    openHash(owner, state);
  }
  binding.update(state.id, data);
}

// Digests by name as users wrote it. Most programs use few.
const names = new Map();
function canonicalName(algorithm) {
  let name = names.get(algorithm);
  if (name === undefined) {
    name = binding.canonicalHash(algorithm);
    if (name === undefined) throw new Error('Digest method not supported');
    names.set(algorithm, name);
  }
  return name;
}

// ---- Hash -----------------------------------------------------------------------

function Hash(algorithm, options) {
  if (!(this instanceof Hash)) return new Hash(algorithm, options);
  LazyTransform.call(this, options);
  const source = algorithm instanceof Hash ? algorithm : undefined;
  if (source === undefined) validateString(algorithm, 'algorithm');
  const length = options !== undefined && options !== null && typeof options === 'object' ?
    options.outputLength : undefined;
  if (length !== undefined) validateUint32(length, 'options.outputLength');

  if (source !== undefined) {
    this[kState] = copyState(this, source[kState], length);
    return;
  }
  const name = canonicalName(algorithm);
  const state = new DigestState(name, length);
  this[kState] = state;
  // A length that the digest cannot have is told now, not at its end.
  if (length !== undefined) openHash(this, state);
  else warnOfLength(name);
}
Object.setPrototypeOf(Hash.prototype, LazyTransform.prototype);
Object.setPrototypeOf(Hash, LazyTransform);

function copyState(owner, from, length) {
  const state = new DigestState(from.algorithm, length);
  if (from.id !== 0 || length !== undefined || from.length !== undefined) {
    if (from.id === 0) {
      state.pending = from.pending;
      openHash(owner, state);
    } else {
      open(owner, state, binding.copyHash(from.id, length));
    }
  } else {
    state.pending = from.pending;
  }
  return state;
}

Hash.prototype.copy = function copy(options) {
  const state = this[kState];
  if (state.finalized) throw new ERR_CRYPTO_HASH_FINALIZED();
  return new Hash(this, options);
};

Hash.prototype._transform = function _transform(chunk, encoding, callback) {
  const state = this[kState];
  addData(this, state, checkData(chunk, encoding, 'chunk'));
  callback();
};

Hash.prototype._flush = function _flush(callback) {
  const state = this[kState];
  const digest = encoded(finish(state, undefined));
  // The end of the stream leaves one digest() to ask for.
  if (!state.isHmac) state.streamed = Buffer.from(digest);
  this.push(digest);
  callback();
};

Hash.prototype.update = function update(data, encoding) {
  const state = this[kState];
  if (state.finalized) throw new ERR_CRYPTO_HASH_FINALIZED();
  addData(this, state, checkData(data, encoding, 'data'));
  return this;
};

Hash.prototype.digest = function digest(outputEncoding) {
  const state = this[kState];
  const { streamed } = state;
  if (state.finalized && streamed === undefined) throw new ERR_CRYPTO_HASH_FINALIZED();
  if (outputEncoding !== undefined && typeof outputEncoding !== 'string') {
    outputEncoding = `${outputEncoding}`;
  }
  const known = outputEncoding === undefined || outputEncoding === '' ? undefined : normalizeEncoding(outputEncoding);
  if (streamed !== undefined) {
    state.streamed = undefined;
    return encoded(streamed, known);
  }
  return encoded(finish(state, nativeEncoding(known)), known);
};

// ---- Hmac -----------------------------------------------------------------------

function Hmac(hmac, key, options) {
  if (!(this instanceof Hmac)) return new Hmac(hmac, key, options);
  validateString(hmac, 'hmac');
  const encoding = options?.encoding;
  const bytes = prepareSecretKey(key, encoding);
  const state = new DigestState(hmac, undefined);
  state.isHmac = true;
  const id = binding.openHmac(hmac, bytes);
  if (id === undefined) throw new ERR_CRYPTO_INVALID_DIGEST(hmac);
  open(this, state, id);
  this[kState] = state;
  LazyTransform.call(this, options);
}
Object.setPrototypeOf(Hmac.prototype, LazyTransform.prototype);
Object.setPrototypeOf(Hmac, LazyTransform);

Hmac.prototype.update = Hash.prototype.update;

Hmac.prototype.digest = function digest(outputEncoding) {
  const state = this[kState];
  if (outputEncoding !== undefined && typeof outputEncoding !== 'string') {
    outputEncoding = `${outputEncoding}`;
  }
  const known = outputEncoding === undefined || outputEncoding === '' ? undefined : normalizeEncoding(outputEncoding);
  if (state.finalized) {
    // A second call answers with nothing rather than an error, as it always did.
    const nothing = Buffer.from('');
    return known === undefined ? nothing : nothing.toString(known);
  }
  return encoded(finish(state, nativeEncoding(known)), known);
};

Hmac.prototype._flush = Hash.prototype._flush;
Hmac.prototype._transform = Hash.prototype._transform;

// ---- functions --------------------------------------------------------------------

function createHash(algorithm, options) {
  return new Hash(algorithm, options);
}

function createHmac(hmac, key, options) {
  return new Hmac(hmac, key, options);
}

function hash(algorithm, input, options) {
  validateString(algorithm, 'algorithm');
  if (typeof input !== 'string' && !isArrayBufferView(input)) {
    throw new ERR_INVALID_ARG_TYPE('input', ['string', 'Buffer', 'TypedArray', 'DataView'], input);
  }
  let encoding = 'hex';
  let length;
  if (typeof options === 'string') {
    encoding = options;
  } else if (options !== undefined) {
    validateObject(options, 'options');
    encoding = options.outputEncoding ?? 'hex';
    validateString(encoding, 'outputEncoding');
    length = options.outputLength;
    if (length !== undefined) validateUint32(length, 'outputLength');
  }
  let known = encoding;
  if (encoding !== 'buffer') {
    known = normalizeEncoding(encoding);
    if (known === undefined) {
      known = encoding.toLowerCase() === 'buffer' ? 'buffer' : undefined;
      if (known === undefined) throw new ERR_INVALID_ARG_VALUE('outputEncoding', encoding);
    }
  }
  if (length === undefined) warnOfLength(binding.canonicalHash(algorithm));
  let result;
  try {
    result = binding.hash(algorithm, input, nativeEncoding(known), length);
  } catch (error) {
    if (error.code !== kNotExtendable) throw error;
    throw new Error(`Output length ${length} is invalid for ${algorithm}, which does not support XOF`);
  }
  if (result === undefined) throw new Error(`Digest method ${algorithm} is not supported`);
  return encoded(result, known);
}

let hashNames;
function getHashes() {
  hashNames ??= binding.hashes();
  return hashNames.slice();
}

// Whatever holds bytes, for subtle.digest: an ArrayBuffer of the result.
function digestAsync(name, data, length, customization) {
  if (!isAnyArrayBuffer(data)) data = getArrayBufferOrView(data, 'data');
  return new Promise((resolve, reject) => {
    binding.digestAsync(name, data, (error, bytes) => {
      if (error) reject(error);
      else resolve(bytes.buffer);
    }, length, customization);
  });
}

module.exports = { Hash, Hmac, createHash, createHmac, digestAsync, getHashes, hash };
