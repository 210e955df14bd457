'use strict';

// The message channel between a process and its child (fork, `stdio: 'ipc'`): send(), 'message', disconnect(),
// process.channel. Both sides use `setupChannel`; the child's side is opened by `openParentChannel`, which start-up
// code calls when the environment names a descriptor.
//
// A message may carry a socket or server; its receiver answers NODE_HANDLE_ACK, and until then nothing else is sent,
// so that the sender knows when it may let go of its own. A message whose `cmd` begins with NODE_ is for the two
// runtimes and arrives as 'internalMessage'.

const EventEmitter = require('events');
const { StreamHandle, kIpc } = require('internal/stream_handle');
const { ErrnoException, codes } = require('internal/errors');
const { validateObject } = require('internal/validators');

const PREFIX = 'NODE_';
// More than this in the channel's queue, and send() answers false.
const HIGH_WATER = 65536 * 2;
// How often a handle is offered again to a receiver that cannot take it.
const MOST_RETRIES = 3;

const kPendingMessages = Symbol('kPendingMessages');

function isInternal(message) {
  return message !== null && typeof message === 'object' && typeof message.cmd === 'string' &&
    message.cmd.length > PREFIX.length && message.cmd.startsWith(PREFIX);
}

// `process.channel`. In a child it keeps the process alive while somebody listens for messages, unless ref() or
// unref() was called.
class Control extends EventEmitter {
  #handle;
  #count = 0;
  #decided = false;

  constructor(handle) {
    super();
    this.#handle = handle;
    this[kPendingMessages] = [];
  }

  refCounted() {
    if (++this.#count === 1 && !this.#decided) this.#handle.ref();
  }

  unrefCounted() {
    if (--this.#count === 0 && !this.#decided) {
      this.#handle.unref();
      this.emit('unref');
    }
  }

  ref() {
    this.#decided = true;
    this.#handle.ref();
  }

  unref() {
    this.#decided = true;
    this.#handle.unref();
  }

  get fd() {
    return this.#handle ? this.#handle.fd : undefined;
  }
}

class Channel {
  constructor(target, handle, mode) {
    this.target = target;
    this.handle = handle;
    this.format = require('internal/ipc/serialization')[mode];
    this.decoder = new this.format.Decoder();
    this.control = new Control(handle);
    // Messages that wait for the receipt of a handle, and what is to be done then; null while none is under way.
    this.queue = null;
    this.awaiting = null;
    this.ended = false;
    handle.owner = this;
    handle.onread = onRead;
  }

  // ---- receiving ----------------------------------------------------------------------------------------------------

  receive(bytes) {
    for (const message of this.decoder.decode(Buffer.from(bytes))) {
      if (!isInternal(message)) {
        this.deliver('message', message, undefined);
      } else if (message.cmd === 'NODE_HANDLE') {
        this.receiveHandle(message);
      } else if (message.cmd === 'NODE_HANDLE_ACK' || message.cmd === 'NODE_HANDLE_NACK') {
        this.receiptArrived(message.cmd === 'NODE_HANDLE_ACK');
      } else {
        this.deliver('internalMessage', message, undefined);
      }
      if (this.handle === null) return;
    }
  }

  receiveHandle(message) {
    const fd = this.handle.takeDescriptor();
    if (fd === -1) {
      this.target._send({ cmd: 'NODE_HANDLE_NACK' }, null, true);
      return;
    }
    this.target._send({ cmd: 'NODE_HANDLE_ACK' }, null, true);
    const inner = message.msg;
    require('internal/ipc/handles').adoptHandle(this.target, message, fd, (object) => {
      this.deliver(isInternal(inner) ? 'internalMessage' : 'message', inner, object);
    });
  }

  deliver(event, message, object) {
    process.nextTick(emitMessage, this, event, message, object);
  }

  receiptArrived(accepted) {
    const { awaiting } = this;
    if (awaiting === null) return;
    this.awaiting = null;
    const queue = this.queue;
    this.queue = null;
    if (accepted) {
      awaiting.release();
    } else if (awaiting.retries < MOST_RETRIES) {
      awaiting.retries++;
      this.write(awaiting.message, awaiting.fd, null);
      this.awaiting = awaiting;
      this.queue = queue;
      return;
    }
    for (const { message, object, options, callback } of queue) this.target._send(message, object, options, callback);
    if (!this.target.connected && this.queue === null) this.close();
  }

  // ---- sending ------------------------------------------------------------------------------------------------------

  // Returns whether there is room for more; undefined where sending failed.
  write(message, fd, callback) {
    const bytes = this.format.encode(message);
    const done = (errno) => {
      if (callback === null || callback === undefined) return;
      callback(errno < 0 ? ErrnoException(errno, 'write') : null);
    };
    const result = fd === undefined ?
      this.handle.writeBuffer(bytes, done) :
      this.handle.writeWithDescriptor(bytes, fd, done);
    if (typeof result === 'number') return result;
    if (result === false && callback) process.nextTick(callback, null);
    return result === false || this.handle.writeQueueSize < HIGH_WATER;
  }

  // ---- ending -------------------------------------------------------------------------------------------------------

  close() {
    if (this.ended) return;
    this.ended = true;
    const { handle, target } = this;
    this.handle = null;
    this.awaiting?.release();
    this.awaiting = null;
    handle.close();
    target.channel = null;
    process.nextTick(() => {
      target.emit('disconnect');
      if (typeof target._closesNeeded === 'number') require('internal/child_process').maybeClose(target);
    });
  }
}

// Called by the handle; `this` is the handle.
function onRead(bytes) {
  const channel = this.owner;
  if (channel.handle === null) return;
  if (bytes !== null) {
    channel.receive(bytes);
    return;
  }
  // The other side is gone, in order or not.
  channel.target.connected = false;
  channel.close();
}

function emitMessage(channel, event, message, object) {
  const { target } = channel;
  if (event === 'internalMessage' || target.listenerCount('message') > 0) {
    target.emit(event, message, object);
    return;
  }
  // Nobody listens yet: kept for the first who does.
  channel.control[kPendingMessages].push([message, object]);
}

function flushPending(channel) {
  const { control, target } = channel;
  if (target.listenerCount('message') === 0) return;
  const pending = control[kPendingMessages];
  control[kPendingMessages] = [];
  for (const { 0: message, 1: object } of pending) target.emit('message', message, object);
}

// Gives `target` (a ChildProcess or `process`) its side of the channel over `handle`. Returns the Control.
function setupChannel(target, handle, mode) {
  const channel = new Channel(target, handle, mode);
  const { control } = channel;
  target.channel = control;
  Object.defineProperty(target, '_channel', {
    __proto__: null,
    configurable: true,
    enumerable: false,
    get() { return target.channel; },
    set(value) { target.channel = value; },
  });
  target.connected = true;

  target.on('newListener', (event) => {
    if (event === 'message' && control[kPendingMessages].length > 0) process.nextTick(flushPending, channel);
  });

  target.send = function(message, object, options, callback) {
    if (typeof object === 'function') {
      callback = object;
      object = undefined;
      options = undefined;
    } else if (typeof options === 'function') {
      callback = options;
      options = undefined;
    } else if (options !== undefined) {
      validateObject(options, 'options');
    }
    options = { swallowErrors: false, ...options };
    if (this.connected) return this._send(message, object, options, callback);
    const error = new codes.ERR_IPC_CHANNEL_CLOSED();
    if (typeof callback === 'function') process.nextTick(callback, error);
    else process.nextTick(() => this.emit('error', error));
    return false;
  };

  target._send = function(message, object, options, callback) {
    if (options === true) options = { swallowErrors: true };
    options ??= { swallowErrors: false };
    if (message === undefined) throw new codes.ERR_MISSING_ARGS('message');
    const type = typeof message;
    if (type !== 'string' && type !== 'object' && type !== 'number' && type !== 'boolean') {
      throw new codes.ERR_INVALID_ARG_TYPE('message', ['string', 'object', 'number', 'boolean'], message);
    }
    if (typeof callback !== 'function') callback = undefined;
    if (channel.handle === null) return false;

    let described = null;
    let envelope = message;
    if (object) {
      const { describeHandle, kinds } = require('internal/ipc/handles');
      described = describeHandle(this, object, options);
      if (described !== null) {
        envelope = { cmd: 'NODE_HANDLE', type: described.type, kind: kinds[described.kind], msg: message };
        if (described.key !== undefined) envelope.key = described.key;
      }
    }
    if (channel.queue !== null && !(isInternal(message) && message.cmd.startsWith('NODE_HANDLE_'))) {
      channel.queue.push({ message, object, options, callback });
      return channel.queue.length === 1;
    }

    const result = channel.write(envelope, described?.fd, callback);
    if (typeof result === 'number') {
      if (!options.swallowErrors) {
        const error = ErrnoException(result, 'write');
        if (typeof callback === 'function') process.nextTick(callback, error);
        else process.nextTick(() => this.emit('error', error));
      }
      return false;
    }
    if (described !== null) {
      const { fd, release } = described;
      channel.awaiting = { message: envelope, fd, release, retries: 0 };
      channel.queue ??= [];
    }
    return result;
  };

  target.disconnect = function() {
    if (!this.connected) {
      this.emit('error', new codes.ERR_IPC_DISCONNECTED());
      return;
    }
    this._disconnect();
  };

  target._disconnect = function() {
    if (channel.handle === null) throw new codes.ERR_IPC_DISCONNECTED();
    // No more sends; a handle under way is let through first.
    this.connected = false;
    this.channel = null;
    if (channel.awaiting === null) process.nextTick(() => channel.close());
  };

  handle.readStart();
  return control;
}

// The child's side: `fd` and `mode` come from the environment.
function openParentChannel(fd, mode) {
  const handle = new StreamHandle(kIpc);
  const errno = handle.open(fd);
  if (errno !== 0) {
    handle.close();
    throw ErrnoException(errno, 'open');
  }
  const control = setupChannel(process, handle, mode);
  handle.unref();
  process.on('newListener', (event) => {
    if (event === 'message' || event === 'disconnect') control.refCounted();
  });
  process.on('removeListener', (event) => {
    if (event === 'message' || event === 'disconnect') control.unrefCounted();
  });
}

// Start-up code calls this in a process whose environment has NODE_CHANNEL_FD.
function setUpChild() {
  const { env } = process;
  const fd = Number.parseInt(env.NODE_CHANNEL_FD, 10);
  const mode = env.NODE_CHANNEL_SERIALIZATION_MODE || 'json';
  // Not for the children of this process.
  delete env.NODE_CHANNEL_FD;
  delete env.NODE_CHANNEL_SERIALIZATION_MODE;
  if (!(fd >= 0)) return;
  openParentChannel(fd, mode === 'advanced' ? 'advanced' : 'json');
  if (env.NODE_UNIQUE_ID !== undefined) {
    require('cluster')._setupWorker?.();
    delete env.NODE_UNIQUE_ID;
  }
}

module.exports = { kIpc, openParentChannel, setupChannel, setUpChild };
