'use strict';
// Blob: https://w3c.github.io/FileAPI/#blob-section, and the store behind
// URL.createObjectURL.
//
// A Blob is a list of parts that never change: pieces of private memory, or
// ranges of a file. Slicing and joining Blobs share the parts.

const {
  codes: {
    ERR_BUFFER_TOO_LARGE,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_STATE,
    ERR_INVALID_THIS,
  },
} = require('internal/errors');
const { isAnyArrayBuffer, isArrayBufferView } = require('internal/util/types');
const { customInspectSymbol, kEmptyObject, kEnumerableProperty, toUSVString } = require('internal/util');
const { kMaxLength } = require('internal/buffer/limits');

// Most bytes a stream hands out at once.
const kChunk = 65536;

// ---- parts ------------------------------------------------------------------------

class MemoryPart {
  constructor(bytes) {
    this.bytes = bytes;
    this.size = bytes.length;
  }

  slice(start, end) {
    return new MemoryPart(this.bytes.subarray(start, end));
  }

  read(start, end) {
    return this.bytes.subarray(start, end);
  }
}

// Bytes of a file that must stay as it was when the Blob was made: a read
// checks the file's size and time of change first.
class FilePart {
  constructor(path, version, start, end) {
    this.path = path;
    this.version = version;
    this.start = start;
    this.size = end - start;
  }

  slice(start, end) {
    return new FilePart(this.path, this.version, this.start + start, this.start + end);
  }

  async read(start, end) {
    const handle = await this.open();
    try {
      const bytes = new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(
          bytes, filled, bytes.length - filled, this.start + start + filled);
        if (bytesRead === 0) throw notReadable();
        filled += bytesRead;
      }
      return bytes;
    } finally {
      await handle.close();
    }
  }

  async open() {
    let handle;
    try {
      handle = await require('fs/promises').open(this.path);
      const { size, mtimeNs } = await handle.stat({ bigint: true });
      if (size === this.version.size && mtimeNs === this.version.mtimeNs) return handle;
    } catch {
      // Told below, as what the File API calls it.
    }
    await handle?.close();
    throw notReadable();
  }
}

function notReadable() {
  const { lazyDOMException } = require('internal/errors');
  return lazyDOMException('The blob could not be read', 'NotReadableError');
}

const lineEnds = /\r\n?|\n/g;

function addSource(parts, source, endings) {
  if (isBlob(source)) {
    parts.push(...partsOf(source));
    return;
  }
  let bytes;
  if (isAnyArrayBuffer(source)) {
    bytes = new Uint8Array(source).slice();
  } else if (isArrayBufferView(source)) {
    bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    // Not the view's own slice(): a Buffer's does not copy.
    bytes = Uint8Array.prototype.slice.call(bytes);
  } else {
    let text = toUSVString(source);
    if (endings === 'native') text = text.replace(lineEnds, require('os').EOL);
    bytes = internalBinding('encoding').encodeUtf8(text);
  }
  if (bytes.length > 0) parts.push(new MemoryPart(bytes));
}

async function* chunks(parts) {
  for (const part of parts) {
    // A file is looked at even where there is nothing to read of it.
    if (part.size === 0 && part instanceof FilePart) await part.read(0, 0);
    for (let start = 0; start < part.size; start += kChunk) {
      yield await part.read(start, Math.min(start + kChunk, part.size));
    }
  }
}

async function gather(parts, size) {
  const bytes = new Uint8Array(size);
  let filled = 0;
  for (const part of parts) {
    const read = part.read(0, part.size);
    const piece = part instanceof FilePart ? await read : read;
    bytes.set(piece, filled);
    filled += piece.length;
  }
  return bytes;
}

// ---- the class ----------------------------------------------------------------------

let partsOf;
let isBlob;
let assemble;

// What constructing a Blob from finished parts passes in the place of sources.
const kParts = Symbol('parts');

function normalizeType(type) {
  type = `${type}`;
  return /[^\u0020-\u007e]/.test(type) ? '' : type.toLowerCase();
}

// What Web IDL calls clamping: the nearest integer, of two that are as near the even one.
function toNearest(value) {
  if (!Number.isFinite(value)) return value || 0;
  const below = Math.floor(value);
  const over = value - below;
  return over > 0.5 || (over === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

function clamp(value, size, fallback) {
  if (value === undefined) return fallback;
  value = toNearest(+value);
  return value < 0 ? Math.max(size + value, 0) : Math.min(value, size);
}

function invalidThis() {
  return new ERR_INVALID_THIS('Blob');
}

class Blob {
  #parts;
  #size = 0;
  #type = '';

  static {
    partsOf = (blob) => blob.#parts;
    isBlob = (value) => typeof value === 'object' && value !== null && #parts in value;
    assemble = (parts, type) => new Blob({ [kParts]: parts }, { type });
  }

  constructor(sources = [], options = kEmptyObject) {
    const ready = sources?.[kParts];
    let iterate;
    if (ready === undefined) {
      // Read once: a getter may count.
      if (sources !== null && (typeof sources === 'object' || typeof sources === 'function')) {
        iterate = sources[Symbol.iterator];
      }
      if (typeof iterate !== 'function') throw new ERR_INVALID_ARG_TYPE('sources', 'a sequence', sources);
    }
    if (options !== null && options !== undefined && typeof options !== 'object' &&
        typeof options !== 'function') {
      throw new ERR_INVALID_ARG_TYPE('options', 'a dictionary', options);
    }
    let { endings = 'transparent' } = options ?? kEmptyObject;
    endings = `${endings}`;
    if (endings !== 'transparent' && endings !== 'native') {
      throw new ERR_INVALID_ARG_VALUE('options.endings', endings);
    }

    let parts = ready;
    if (parts === undefined) {
      parts = [];
      const items = { __proto__: null, [Symbol.iterator]: () => Reflect.apply(iterate, sources, []) };
      for (const source of items) addSource(parts, source, endings);
    }
    let size = 0;
    for (const part of parts) size += part.size;
    if (size > kMaxLength) throw new ERR_BUFFER_TOO_LARGE(kMaxLength);

    const { type = '' } = options ?? kEmptyObject;
    this.#parts = parts;
    this.#size = size;
    this.#type = normalizeType(type);
  }

  get type() {
    if (!isBlob(this)) throw invalidThis();
    return this.#type;
  }

  get size() {
    if (!isBlob(this)) throw invalidThis();
    return this.#size;
  }

  slice(start = undefined, end = undefined, contentType = '') {
    if (!isBlob(this)) throw invalidThis();
    start = clamp(start, this.#size, 0);
    end = clamp(end, this.#size, this.#size);
    const parts = [];
    let position = 0;
    for (const part of this.#parts) {
      const from = Math.max(start - position, 0);
      const to = Math.min(end - position, part.size);
      if (from < to) parts.push(part.slice(from, to));
      position += part.size;
    }
    return assemble(parts, contentType);
  }

  async arrayBuffer() {
    if (!isBlob(this)) throw invalidThis();
    return (await gather(this.#parts, this.#size)).buffer;
  }

  async text() {
    if (!isBlob(this)) throw invalidThis();
    const bytes = await gather(this.#parts, this.#size);
    return internalBinding('encoding').decodeUtf8(bytes, false, false);
  }

  async bytes() {
    if (!isBlob(this)) throw invalidThis();
    return gather(this.#parts, this.#size);
  }

  stream() {
    if (!isBlob(this)) throw invalidThis();
    const { ReadableStream } = require('stream/web');
    const source = chunks(this.#parts);
    return new ReadableStream({
      type: 'bytes',
      async pull(controller) {
        const { value, done } = await source.next();
        if (done) {
          controller.close();
          // A reader that brought its own buffer waits for an answer to it.
          controller.byobRequest?.respond(0);
        } else {
          // The stream hands its chunks over for good, so it gets a copy.
          controller.enqueue(value.slice());
        }
      },
      async cancel() {
        await source.return();
      },
    }, { highWaterMark: 0 });
  }

  textStream() {
    const { TextDecoderStream } = require('stream/web');
    return this.stream().pipeThrough(new TextDecoderStream());
  }

  [customInspectSymbol](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    const { inspect } = require('internal/util/inspect');
    const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    return `Blob ${inspect({ size: this.size, type: this.type }, inner)}`;
  }
}

Object.defineProperties(Blob.prototype, {
  [Symbol.toStringTag]: { __proto__: null, configurable: true, value: 'Blob' },
  size: kEnumerableProperty,
  type: kEnumerableProperty,
  slice: kEnumerableProperty,
  stream: kEnumerableProperty,
  textStream: kEnumerableProperty,
  text: kEnumerableProperty,
  arrayBuffer: kEnumerableProperty,
  bytes: kEnumerableProperty,
});

// ---- structured clone --------------------------------------------------------------

const { kClone, kDeserialize, markTransferMode } = require('internal/worker/js_transferable');

// The bytes of each part. A view would take all the memory behind it along, so
// what is only a piece is cut out.
function cloneParts(parts) {
  return parts.map((part) => {
    if (part instanceof FilePart) throw new ERR_INVALID_STATE('File-backed Blobs are not cloneable');
    const { bytes } = part;
    return bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
  });
}

function partsFromClone(list) {
  return list.map((bytes) => new MemoryPart(bytes));
}

markTransferMode(Blob.prototype, true, false);
Object.defineProperty(Blob.prototype, kClone, {
  __proto__: null,
  configurable: true,
  writable: true,
  value() {
    return {
      data: { parts: cloneParts(partsOf(this)), type: this.type },
      deserializeInfo: 'web/blob:Blob',
    };
  },
});
Object.defineProperty(Blob, kDeserialize, {
  __proto__: null,
  configurable: true,
  writable: true,
  value: ({ parts, type }) => assemble(partsFromClone(parts), type),
});

// A Blob over a whole file. `version` has the file's `size` and `mtimeNs` as
// BigInts.
function createFileBlob(path, version, type) {
  return assemble([new FilePart(path, version, 0, Number(version.size))], type);
}

// ---- object URLs -----------------------------------------------------------------------

const kPrefix = 'blob:nodedata:';
const objects = new Map();

function storeObject(blob) {
  const id = require('crypto').randomUUID();
  objects.set(id, assemble(partsOf(blob), blob.type));
  return kPrefix + id;
}

function objectId(url) {
  url = `${url}`;
  if (!url.startsWith(kPrefix)) return undefined;
  return url.slice(kPrefix.length).replace(/[?#].*$/s, '');
}

function revokeObject(url) {
  objects.delete(objectId(url));
}

function resolveObjectURL(url) {
  return objects.get(objectId(url));
}

module.exports = {
  Blob,
  cloneParts,
  createFileBlob,
  isBlob,
  // What File hands to Blob's constructor in the place of sources.
  ofParts: (parts) => ({ [kParts]: partsFromClone(parts) }),
  partsOf,
  resolveObjectURL,
  revokeObject,
  storeObject,
  // File is a module of its own; the globals look for both here.
  get File() { return require('web/file').File; },
};
