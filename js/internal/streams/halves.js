'use strict';

// What the halves of a Duplex need of Readable's and Writable's insides.
// readable.js and writable.js put it here when they are loaded, so that users
// do not find it on the classes.

module.exports = {
  // (stream, options): the options every kind of stream takes.
  applyCommonOptions: undefined,
  // (stream, options): those of a sink.
  applySinkOptions: undefined,
  // (stream, state): fills the buffer for reading from a fresh tick.
  maybeReadMore: undefined,
  // (stream): writing may start, after construction.
  writableConstructed: undefined,
};
