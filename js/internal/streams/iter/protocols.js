'use strict';

// The symbols by which objects take part in node:stream/iter without loading it. Registered ones, so that a package
// can name them by itself.

module.exports = {
  toStreamable: Symbol.for('Stream.toStreamable'),
  toAsyncStreamable: Symbol.for('Stream.toAsyncStreamable'),
  broadcastProtocol: Symbol.for('Stream.broadcastProtocol'),
  shareProtocol: Symbol.for('Stream.shareProtocol'),
  shareSyncProtocol: Symbol.for('Stream.shareSyncProtocol'),
  drainableProtocol: Symbol.for('Stream.drainableProtocol'),
};
