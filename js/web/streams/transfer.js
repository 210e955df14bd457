'use strict';

// Streams in messages (Streams, section 8.2). The original stays where it is and is piped into, or out of, one end of a
// message channel; what arrives is a stream over the other end.
//
// What goes over the channel is { type, value }. From the end that reads: 'pull', or 'error' where it was cancelled. From
// the end that writes: 'chunk', one for each 'pull', then 'close' or 'error'. From the end that arrived: 'idle',
// when it arrived, or got a chunk, and its user asks for nothing at once.
//
// The standard leaves open what keeps a thread alive. Here it is a chunk somebody waits for: where users read, a read under
// way; where they write, a chunk that did not go out yet; at the original, a 'pull' that was not answered, and what was
// sent and not followed by 'pull' or 'idle'. A stream that nobody uses keeps no thread. Where the other thread ends
// first, the stream fails.

const {
  RESOLVED,
  deferred,
  kInternal,
  kState,
  markHandled,
  promiseReject,
  promiseThen,
} = require('web/streams/common');
const { closeDefault, createReadable, enqueue } = require('web/streams/readable');
const { WritableStream, controllerError, setUpWritable } = require('web/streams/writable');
const { pipeTo } = require('web/streams/pipe');
const { setImmediate } = require('timers');
const { binding, kOnClose, kOnMessage } = require('internal/worker/messaging');
const { kDeserialize } = require('internal/worker/js_transferable');

const pipeOptions = { preventAbort: false, preventCancel: false, preventClose: false, signal: undefined };

function exception(message, name) {
  const { DOMException } = require('web/dom_exception');
  return new DOMException(message, name);
}

// One end of the channel. `handlers` has message(type, value) and lost(error). `arrived`: it is not the original's.
class ChannelEnd {
  #chunks = 0;

  constructor(port, arrived, handlers) {
    this.port = port;
    this.over = false;
    // At the end that arrived: the user waits.
    this.busy = false;
    port[kOnMessage] = (event, message) => {
      if (this.over) return;
      if (event === 'message') {
        if (message.type === 'idle') binding.setRef(port, false);
        else handlers.message(message.type, message.value);
        return;
      }
      const error = exception('A chunk of the stream cannot be read in this thread', 'DataCloneError');
      this.sendError(error);
      this.finish();
      handlers.lost(error);
    };
    port[kOnClose] = () => {
      if (this.over) return;
      this.over = true;
      handlers.lost(exception('The other end of the stream is gone', 'AbortError'));
    };
    binding.start(port);
    if (arrived) this.received();
    else this.keepAlive();
  }

  keepAlive() {
    if (!this.over) binding.setRef(this.port, true);
  }

  setBusy(busy) {
    this.busy = busy;
    if (!this.over) binding.setRef(this.port, busy);
  }

  // The user may ask for more before this turn is over.
  received() {
    const count = ++this.#chunks;
    setImmediate(() => {
      if (!this.over && !this.busy && count === this.#chunks) this.send('idle', undefined);
    });
  }

  send(type, value) {
    binding.post(this.port, { type, value }, undefined);
  }

  // What cannot be cloned is an error at both ends.
  sendOrFail(type, value) {
    try {
      this.send(type, value);
    } catch (error) {
      this.sendError(error);
      throw error;
    }
  }

  sendError(error) {
    try {
      this.send('error', error);
    } catch {
      this.send('error', undefined);
    }
  }

  // The last thing that is said. Gives a promise.
  sendLast(type, value) {
    if (this.over) return RESOLVED;
    try {
      this.sendOrFail(type, value);
      return RESOLVED;
    } catch (error) {
      return promiseReject(error);
    } finally {
      this.finish();
    }
  }

  finish() {
    if (this.over) return;
    this.over = true;
    binding.close(this.port);
  }
}

// A ReadableStream of what comes in at `port`. `forUser`: not the original's own end, which a pipe always reads.
function readableOver(port, forUser) {
  const end = new ChannelEnd(port, forUser, {
    message(type, value) {
      const { source } = stream[kState];
      if (type === 'chunk') {
        if (forUser) {
          end.setBusy(false);
          end.received();
        }
        enqueue(source, value);
        return;
      }
      end.finish();
      if (type === 'close') closeDefault(source);
      else source.error(value);
    },
    lost(error) {
      stream[kState].source.error(error);
    },
  });
  const stream = createReadable({
    source: undefined,
    start: undefined,
    pull() {
      if (forUser) end.setBusy(true);
      end.send('pull', undefined);
      return RESOLVED;
    },
    cancel: (reason) => end.sendLast('error', reason),
  }, 0);
  return stream;
}

// A WritableStream that sends what is written out at `port`.
function writableOver(port, forUser) {
  // Resolved by a 'pull' and made anew by the chunk that answers it.
  let pull = deferred();
  const end = new ChannelEnd(port, forUser, {
    message(type, value) {
      if (type === 'pull') {
        if (!forUser) end.keepAlive();
      } else {
        end.finish();
        controllerError(stream[kState], value);
      }
      pull.resolve();
    },
    lost(error) {
      controllerError(stream[kState], error);
      pull.resolve();
    },
  });
  const stream = new WritableStream(kInternal);
  setUpWritable(stream, {
    sink: undefined,
    start: undefined,
    write(chunk) {
      if (forUser) end.setBusy(true);
      return promiseThen(pull.promise, () => {
        // It failed meanwhile, and the stream knows with what.
        if (end.over) return;
        if (forUser) end.setBusy(false);
        pull = deferred();
        try {
          end.sendOrFail('chunk', chunk);
        } catch (error) {
          end.finish();
          throw error;
        }
      });
    },
    close: () => end.sendLast('close', undefined),
    abort: (reason) => end.sendLast('error', reason),
  }, 1, undefined);
  return stream;
}

function pipe(readable, writable) {
  markHandled(pipeTo(readable[kState], writable, pipeOptions));
}

function checkUnlocked(stream, name) {
  if (stream.locked) throw exception(`Cannot transfer a locked ${name}`, 'DataCloneError');
}

// What kTransfer gives (internal/worker/js_transferable) for a ReadableStream, which is read from here on.
function transferReadable(readable) {
  // Another stream of the same list may have taken it.
  checkUnlocked(readable, 'ReadableStream');
  const [port, remote] = binding.createChannel();
  pipe(readable, writableOver(port, false));
  return { data: remote, list: [remote], deserializeInfo: 'web/streams/transfer:ReceivedReadable' };
}

function transferWritable(writable) {
  checkUnlocked(writable, 'WritableStream');
  const [port, remote] = binding.createChannel();
  pipe(readableOver(port, false), writable);
  return { data: remote, list: [remote], deserializeInfo: 'web/streams/transfer:ReceivedWritable' };
}

function transferTransform({ readable, writable }) {
  return {
    data: { readable, writable }, list: [readable, writable],
    deserializeInfo: 'web/streams/transfer:ReceivedTransform',
  };
}

// What the clone protocol looks up by name on arrival.
class ReceivedReadable {
  static [kDeserialize](port) {
    return readableOver(port, true);
  }
}

class ReceivedWritable {
  static [kDeserialize](port) {
    return writableOver(port, true);
  }
}

class ReceivedTransform {
  static [kDeserialize]({ readable, writable }) {
    const { TransformStream } = require('web/streams/transform');
    return new TransformStream(kInternal, writable, readable);
  }
}

module.exports = {
  ReceivedReadable,
  ReceivedTransform,
  ReceivedWritable,
  checkUnlocked,
  transferReadable,
  transferTransform,
  transferWritable,
};
