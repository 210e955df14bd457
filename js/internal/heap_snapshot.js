'use strict';
// Heap snapshots as users see them: v8.getHeapSnapshot() and worker.getHeapSnapshot().

const CHUNK = 65536;

function checkSnapshotOptions(options) {
  const { validateBoolean, validateObject } = require('internal/validators');
  if (options === undefined) return;
  validateObject(options, 'options');
  for (const name of ['exposeInternals', 'exposeNumericValues']) {
    if (options[name] !== undefined) validateBoolean(options[name], `options.${name}`);
  }
}

// The class is made with the first stream, since it takes that module.
let HeapSnapshotStream;

function snapshotStream(bytes) {
  HeapSnapshotStream ??= class HeapSnapshotStream extends require('stream').Readable {
    #bytes;
    #offset = 0;

    constructor(bytes) {
      super();
      this.#bytes = bytes;
    }

    _read() {
      if (this.#offset >= this.#bytes.length) {
        this.push(null);
        return;
      }
      this.push(this.#bytes.subarray(this.#offset, this.#offset += CHUNK));
    }
  };
  return new HeapSnapshotStream(bytes);
}

module.exports = { checkSnapshotOptions, snapshotStream };
