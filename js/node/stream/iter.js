'use strict';

// node:stream/iter (--experimental-stream-iter): streams of bytes as iterables of batches. The parts are in
// internal/streams/iter, one idea a file.

require('internal/util').emitExperimentalWarning('stream/iter');

const {
  toStreamable, toAsyncStreamable, broadcastProtocol, shareProtocol, shareSyncProtocol, drainableProtocol,
} = require('internal/streams/iter/protocols');
const { push } = require('internal/streams/iter/push');
const { duplex } = require('internal/streams/iter/duplex');
const { from } = require('internal/streams/iter/from');
const { fromSync } = require('internal/streams/iter/from_sync');
const { pull, pullSync } = require('internal/streams/iter/pull');
const { pipeTo, pipeToSync } = require('internal/streams/iter/pipe');
const {
  bytes, text, arrayBuffer, array, bytesSync, textSync, arrayBufferSync, arraySync,
} = require('internal/streams/iter/consumers');
const { merge } = require('internal/streams/iter/merge');
const { Broadcast, broadcast } = require('internal/streams/iter/broadcast');
const { Share, share } = require('internal/streams/iter/share');
const { SyncShare, shareSync } = require('internal/streams/iter/share_sync');
const { ondrain, tap, tapSync } = require('internal/streams/iter/tap');
const { fromReadable, toReadable, toReadableSync } = require('internal/streams/iter/classic_readable');
const { fromWritable, toWritable } = require('internal/streams/iter/classic_writable');

const protocols = {
  toStreamable, toAsyncStreamable, broadcastProtocol, shareProtocol, shareSyncProtocol, drainableProtocol,
};

// The functions of the draft.
const functions = {
  push,
  duplex,
  from,
  fromSync,
  pull,
  pullSync,
  pipeTo,
  pipeToSync,
  bytes,
  text,
  arrayBuffer,
  array,
  bytesSync,
  textSync,
  arrayBufferSync,
  arraySync,
  merge,
  broadcast,
  share,
  shareSync,
  tap,
  tapSync,
  ondrain,
};

module.exports = {
  Stream: Object.freeze({ ...functions, ...protocols }),
  ...protocols,
  ...functions,
  Broadcast,
  Share,
  SyncShare,
  // Node's own beside the draft.
  fromReadable,
  fromWritable,
  toReadable,
  toReadableSync,
  toWritable,
};
