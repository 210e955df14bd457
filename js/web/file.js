'use strict';
// File: https://w3c.github.io/FileAPI/#file-section. A Blob with a name.

const {
  codes: { ERR_INVALID_THIS, ERR_MISSING_ARGS },
} = require('internal/errors');
const { customInspectSymbol, kEmptyObject, kEnumerableProperty, toUSVString } = require('internal/util');
const { Blob, cloneParts, ofParts, partsOf } = require('web/blob');
const { kClone, kDeserialize } = require('internal/worker/js_transferable');

class File extends Blob {
  #name;
  #lastModified;

  constructor(fileBits, fileName, options = kEmptyObject) {
    if (arguments.length < 2) throw new ERR_MISSING_ARGS('fileBits', 'fileName');
    super(fileBits, options);
    let { lastModified } = options ?? kEmptyObject;
    if (lastModified !== undefined) {
      // Web IDL's long long: whatever is no number counts as 0.
      lastModified = Math.trunc(+lastModified) || 0;
    } else {
      lastModified = Date.now();
    }
    this.#name = toUSVString(fileName);
    this.#lastModified = lastModified;
  }

  get name() {
    if (this === null || typeof this !== 'object' || !(#name in this)) throw new ERR_INVALID_THIS('File');
    return this.#name;
  }

  get lastModified() {
    if (this === null || typeof this !== 'object' || !(#name in this)) throw new ERR_INVALID_THIS('File');
    return this.#lastModified;
  }

  [customInspectSymbol](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    const { inspect } = require('internal/util/inspect');
    const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
    const { size, type } = this;
    return `File ${inspect({ size, type, name: this.#name, lastModified: this.#lastModified }, inner)}`;
  }
}

Object.defineProperties(File.prototype, {
  name: kEnumerableProperty,
  lastModified: kEnumerableProperty,
  [Symbol.toStringTag]: { __proto__: null, configurable: true, value: 'File' },
});

Object.defineProperty(File.prototype, kClone, {
  __proto__: null,
  configurable: true,
  writable: true,
  value() {
    const { name, type, lastModified } = this;
    return {
      data: { parts: cloneParts(partsOf(this)), name, type, lastModified },
      deserializeInfo: 'web/file:File',
    };
  },
});
Object.defineProperty(File, kDeserialize, {
  __proto__: null,
  configurable: true,
  writable: true,
  value: ({ parts, name, type, lastModified }) => new File(ofParts(parts), name, { type, lastModified }),
});

module.exports = { File };
