'use strict';
// The class behind Buffer and the memory Buffers live in.
//
// FastBuffer is the Uint8Array subclass whose prototype becomes
// Buffer.prototype; built-ins that need a Buffer without the public module use
// it directly. Small Buffers with arbitrary contents are cut from a pool, a
// piece of unzeroed memory that is made on first use.

const { leaveUnzeroed, utf8Write } = internalBinding('buffer');
const { addNumberMethods } = require('internal/buffer/numbers');

// An explicit constructor: the implicit one spreads its arguments, and V8 does
// not optimize that as well.
class FastBuffer extends Uint8Array {
  constructor(bufferOrLength, byteOffset, length) {
    super(bufferOrLength, byteOffset, length);
  }
}
addNumberMethods(FastBuffer.prototype);

const kPoolAlignment = 8;

let pool;
let poolMemory;
let poolUsed = 0;

// Memory with arbitrary contents. V8 allocates it, which collects garbage when there is much; memory made on the native
// side would only count.
function uninitializedMemory(size) {
  leaveUnzeroed(size);
  try {
    return new ArrayBuffer(size);
  } finally {
    // Where there was no memory to be had, the next that is must be cleared.
    leaveUnzeroed(0);
  }
}

let zeroFill;
function unsafeMemory(size) {
  zeroFill ??= Boolean(require('internal/options').getOptionValue('--zero-fill-buffers'));
  return zeroFill ? new ArrayBuffer(size) : uninitializedMemory(size);
}

function createUnsafeBuffer(size) {
  return new FastBuffer(unsafeMemory(size));
}

// Whether it is worth a try: text of other languages mostly shows itself at the first of these places.
function mayBeAscii(string) {
  const { length } = string;
  return string.charCodeAt(0) < 128 && string.charCodeAt(length >>> 1) < 128 && string.charCodeAt(length - 1) < 128;
}

// In the native side's words: untransferable, and copied where a list names it.
const kShared = 2;

function renewPool(size) {
  poolMemory = unsafeMemory(size);
  pool = new FastBuffer(poolMemory);
  poolUsed = 0;
  // Transferring the memory of one Buffer would take that of its neighbours.
  internalBinding('messaging').mark(poolMemory, kShared);
}

// What encodePooled does, for the encoding that most text is in.
function encodePooledUtf8(string, bound, poolSize) {
  if (pool === undefined || bound > pool.length - poolUsed) renewPool(poolSize);
  const written = utf8Write(pool, string, poolUsed, bound);
  const buffer = new FastBuffer(poolMemory, poolUsed, written);
  advance(written);
  return buffer;
}

// A Buffer of `size` bytes from the pool; the caller checked that it is below
// half of `poolSize`, so that a new pool always has room.
function allocatePooled(size, poolSize) {
  if (pool === undefined || size > pool.length - poolUsed) renewPool(poolSize);
  const buffer = new FastBuffer(poolMemory, poolUsed, size);
  advance(size);
  return buffer;
}

// Every piece begins aligned, so that typed arrays can be laid over it.
function advance(size) {
  poolUsed = (poolUsed + size + kPoolAlignment - 1) & ~(kPoolAlignment - 1);
  if (poolUsed > pool.length) poolUsed = pool.length;
}

// Encodes straight into the pool: one call into the native side, where first
// asking for the length would make it two. `bound` is at least what `string`
// can become.
function encodePooled(write, string, bound, poolSize) {
  if (pool === undefined || bound > pool.length - poolUsed) renewPool(poolSize);
  const written = write(pool, string, poolUsed, bound);
  const buffer = new FastBuffer(poolMemory, poolUsed, written);
  advance(written);
  return buffer;
}

// Room for short-lived encoded text, such as what indexOf looks for.
const kScratch = 512;
let scratch;

// `string` encoded, as `bytes` and how many of them count. Both are overwritten
// by the next call: making a view costs more than encoding a short string.
const encoded = { __proto__: null, bytes: undefined, length: 0 };

function encodeBriefly(ops, string) {
  if (ops.bound(string.length) <= kScratch) {
    encoded.bytes = scratch ??= new FastBuffer(new ArrayBuffer(kScratch));
    encoded.length = ops.write(scratch, string, 0, kScratch);
  } else {
    encoded.bytes = createUnsafeBuffer(ops.byteLength(string));
    encoded.length = ops.write(encoded.bytes, string, 0, encoded.bytes.length);
  }
  return encoded;
}

module.exports = {
  FastBuffer,
  allocatePooled,
  createUnsafeBuffer,
  encodeBriefly,
  encodePooled,
  encodePooledUtf8,
  mayBeAscii,
};
