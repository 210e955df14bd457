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

function snapshotStream(bytes) {
  const { Readable } = require('stream');
  let offset = 0;
  return new Readable({
    read() {
      if (offset >= bytes.length) {
        this.push(null);
        return;
      }
      this.push(bytes.subarray(offset, offset += CHUNK));
    },
  });
}

module.exports = { checkSnapshotOptions, snapshotStream };
