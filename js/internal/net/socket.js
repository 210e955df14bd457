'use strict';

// net.Socket: a Duplex over a stream handle (internal/stream_handle). This file holds the stream itself - reading,
// writing, ending, closing, its timer and properties; internal/net/connect gives it a peer. The standard streams of
// child processes are Sockets too. Follows the `net.Socket` section of Node's documentation.

const { Duplex } = require('stream');
const { StreamHandle, kPipe, kTcp } = require('internal/stream_handle');
const { ErrnoException, codes } = require('internal/errors');
const { uvCode } = require('internal/uv');
const {
  validateAbortSignal,
  validateFunction,
  validateInt32,
  validateInteger,
  validateNumber,
} = require('internal/validators');

const kTimer = Symbol('kTimer');
const kLastWriteQueueSize = Symbol('lastWriteQueueSize');
const kBytesRead = Symbol('kBytesRead');
const kBytesWritten = Symbol('kBytesWritten');
const kBuffer = Symbol('kBuffer');
const kNoBufferYet = Symbol('kNoBufferYet');
const kBufferCallback = Symbol('kBufferCallback');
const kBufferMaker = Symbol('kBufferMaker');
const kNoDelay = Symbol('kNoDelay');
const kTypeOfService = Symbol('kTypeOfService');
const kKeepAlive = Symbol('kKeepAlive');
const kKeepAliveDelay = Symbol('kKeepAliveInitialDelay');

const LONGEST_TIMEOUT = 2 ** 31 - 1;

function noop() {}

// What a descriptor that a program hands in can be used as.
function handleForDescriptor(fd) {
  validateInt32(fd, 'fd', 0);
  let isSocketLike;
  try {
    const stat = require('fs').fstatSync(fd);
    isSocketLike = stat.isSocket() || stat.isFIFO() || stat.isCharacterDevice();
  } catch {
    // Not open: said by open() below.
    isSocketLike = true;
  }
  if (!isSocketLike) throw new codes.ERR_INVALID_FD_TYPE('FILE');
  const handle = new StreamHandle(kPipe);
  const errno = handle.open(fd);
  if (errno < 0) {
    handle.close();
    throw ErrnoException(errno, 'open');
  }
  return handle;
}

function Socket(options) {
  if (!(this instanceof Socket)) return new Socket(options);
  if (options?.objectMode) {
    throw new codes.ERR_INVALID_ARG_VALUE('options.objectMode', options.objectMode, 'is not supported');
  }
  if (options?.readableObjectMode || options?.writableObjectMode) {
    const name = options.readableObjectMode ? 'readableObjectMode' : 'writableObjectMode';
    throw new codes.ERR_INVALID_ARG_VALUE(`options.${name}`, options[name], 'is not supported');
  }
  if (options?.keepAliveInitialDelay !== undefined) {
    validateNumber(options.keepAliveInitialDelay, 'options.keepAliveInitialDelay');
  }
  if (options?.typeOfService !== undefined) validateInteger(options.typeOfService, 'options.typeOfService', 0, 255);
  // A bare number is a descriptor.
  const settings = typeof options === 'number' ? { fd: options } : { ...options };
  const bound = settings.handle && !(settings.handle instanceof StreamHandle) ?
    require('internal/realm').loaded('internal/net/bound_socket')?.take(settings.handle) : undefined;
  if (bound !== undefined) {
    settings.handle = bound.handle;
    // There is nothing to read before it is connected.
    settings.manualStart = true;
  }
  const { allowHalfOpen, handle, fd, onread, signal, pauseOnCreate, manualStart } = settings;

  this.connecting = false;
  this._hadError = false;
  this._parent = null;
  this._host = null;
  this._handle = null;
  this._peername = null;
  this._sockname = null;
  this._pendingData = null;
  this._pendingEncoding = '';
  this._closeAfterHandlingError = false;
  this.resetAndClosing = false;
  this.server = null;
  this._server = null;
  this.timeout = 0;
  this[kTimer] = null;
  this[kLastWriteQueueSize] = 0;
  this[kBytesRead] = 0;
  this[kBytesWritten] = 0;
  this[kBuffer] = null;
  this[kNoDelay] = Boolean(settings.noDelay);
  this[kTypeOfService] = settings.typeOfService;
  this[kKeepAlive] = Boolean(settings.keepAlive);
  this[kKeepAliveDelay] = Math.floor(Math.max(0, settings.keepAliveInitialDelay ?? 0) / 1000);

  // 'close' belongs to the handle's end and carries whether there was an error, so the stream must not emit its own.
  // Strings go to the handle as they are.
  settings.allowHalfOpen = Boolean(allowHalfOpen);
  settings.emitClose = false;
  settings.autoDestroy = true;
  settings.decodeStrings = false;
  settings.signal = undefined;
  Duplex.call(this, settings);

  if (handle) {
    this._handle = handle;
  } else if (fd !== undefined) {
    this._handle = handleForDescriptor(fd);
    // Blocking for the standard output streams, so that what was written before process.exit() is not lost.
    if (fd === 1 || fd === 2) this._handle.setBlocking(true);
  }
  if (onread !== undefined && onread !== null && typeof onread === 'object' &&
      (onread.buffer instanceof Uint8Array || typeof onread.buffer === 'function') &&
      typeof onread.callback === 'function') {
    setOwnBuffer(this, onread);
  }
  this.on('end', onEnd);
  if (this._handle !== null) attach(this, this._handle);
  if (this._handle !== null && settings.readable !== false && !manualStart) {
    if (pauseOnCreate) {
      this._handle.reading = false;
      this._handle.readStop();
      this.readableFlowing = false;
    } else {
      this.read(0);
    }
  }
  if (signal !== undefined) {
    validateAbortSignal(signal, 'options.signal');
    require('stream').addAbortSignal(signal, this);
  }
}
Object.setPrototypeOf(Socket.prototype, Duplex.prototype);
Object.setPrototypeOf(Socket, Duplex);

// Makes `handle` the one whose bytes this stream reads.
function attach(socket, handle) {
  handle.owner = socket;
  handle.onread = onRead;
  if (socket[kBuffer] !== null) useOwnBuffer(socket, handle);
}

// No read takes more than the program's buffer holds.
function useOwnBuffer(socket, handle) {
  if (socket[kBufferMaker] !== null) socket[kBuffer] = socket[kBufferMaker]();
  handle.setReadSize(socket[kBuffer].length);
}

// The `onread` option: a buffer, or a function that makes one for each read. It is asked for the first one when there
// is a handle to read from.
function setOwnBuffer(socket, { buffer, callback }) {
  const isMaker = typeof buffer === 'function';
  socket[kBufferMaker] = isMaker ? buffer : null;
  socket[kBuffer] = isMaker ? kNoBufferYet : buffer;
  socket[kBufferCallback] = callback;
}

// ---- reading --------------------------------------------------------------------------------------------------------

// Called by the handle; `this` is the handle.
function onRead(bytes, errno) {
  const socket = this.owner;
  if (socket === null || socket === undefined) return;
  socket._unrefTimer();
  if (bytes !== null) {
    if (socket.destroyed) return;
    if (socket[kBuffer] !== null) {
      readIntoOwnBuffer(socket, this, bytes);
    } else if (!socket.push(Buffer.from(bytes)) && this.reading) {
      this.readStop();
    }
    return;
  }
  if (errno !== 0) {
    socket.destroy(ErrnoException(errno, 'read'));
    return;
  }
  if (socket[kBytesRead] === 0) socket[kBytesRead] = this.bytesRead;
  // The other side ended. With nothing buffered, read(0) brings 'end' along.
  socket.push(null);
  socket.read(0);
}

// The `onread` option: the program's buffer instead of the stream's queue.
function readIntoOwnBuffer(socket, handle, bytes) {
  const target = socket[kBuffer];
  target.set(new Uint8Array(bytes));
  const more = socket[kBufferCallback](bytes.byteLength, target);
  if (socket.destroyed) return;
  if (more === false) handle.readStop();
  if (socket[kBufferMaker] !== null) useOwnBuffer(socket, handle);
}

function startReading(socket) {
  const errno = socket._handle.readStart();
  if (errno < 0) socket.destroy(ErrnoException(errno, 'read'));
}

Socket.prototype._read = function(size) {
  if (this.connecting || !this._handle) {
    this.once('connect', () => this._read(size));
  } else if (!this._handle.reading) {
    startReading(this);
  }
};

Socket.prototype.pause = function() {
  if (this[kBuffer] !== null && !this.connecting && this._handle?.reading && !this.destroyed) {
    this._handle.readStop();
  }
  return Duplex.prototype.pause.call(this);
};

function wakeOwnBuffer(socket) {
  if (socket[kBuffer] !== null && !socket.connecting && socket._handle && !socket._handle.reading) {
    startReading(socket);
  }
}

Socket.prototype.resume = function() {
  wakeOwnBuffer(this);
  return Duplex.prototype.resume.call(this);
};

Socket.prototype.read = function(size) {
  wakeOwnBuffer(this);
  return Duplex.prototype.read.call(this, size);
};

// After the other side ended and nothing half-open was asked for, a write is a mistake worth a clear error.
function onEnd() {
  if (!this.allowHalfOpen) this.write = writeAfterEnd;
}

function writeAfterEnd(chunk, encoding, callback) {
  if (!this.writableEnded) return Duplex.prototype.write.call(this, chunk, encoding, callback);
  if (typeof encoding === 'function') callback = encoding;
  const error = new Error('This socket has been ended by the other party');
  error.code = 'EPIPE';
  if (typeof callback === 'function') process.nextTick(callback, error);
  this.destroy(error);
  return false;
}

// ---- writing --------------------------------------------------------------------------------------------------------

// Runs `again` once connected; fails `callback` if the socket closes before.
function whenConnected(socket, again, callback) {
  function onClose() {
    socket.off('connect', onConnect);
    callback(new codes.ERR_SOCKET_CLOSED_BEFORE_CONNECTION());
  }
  function onConnect() {
    socket.off('close', onClose);
    again();
  }
  socket.once('connect', onConnect);
  socket.once('close', onClose);
}

function toBuffer(chunk, encoding) {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}

function settleWrite(socket, result, callback) {
  if (result === true) return;
  if (result === false) {
    callback();
    return;
  }
  callback(ErrnoException(result, 'write'));
}

function writeLater(socket, callback) {
  return (errno) => {
    socket._unrefTimer();
    if (errno < 0 && !socket.destroyed) callback(ErrnoException(errno, 'write'));
    else callback();
  };
}

Socket.prototype._write = function(chunk, encoding, callback) {
  if (this.connecting) {
    this._pendingData = chunk;
    this._pendingEncoding = encoding;
    whenConnected(this, () => this._write(chunk, encoding, callback), callback);
    return;
  }
  this._pendingData = null;
  this._pendingEncoding = '';
  const handle = this._handle;
  if (!handle) {
    callback(new codes.ERR_SOCKET_CLOSED());
    return;
  }
  this._unrefTimer();
  const done = writeLater(this, callback);
  if (typeof chunk !== 'string') {
    settleWrite(this, handle.writeBuffer(chunk, done), callback);
    return;
  }
  switch (encoding) {
    case 'utf8':
    case 'utf-8':
      settleWrite(this, handle.writeString(chunk, 'utf8', done), callback);
      return;
    case 'latin1':
    case 'binary':
    case 'ascii':
      settleWrite(this, handle.writeString(chunk, 'latin1', done), callback);
      return;
    case 'buffer':
      // Said to be bytes, but is text.
      throw Object.assign(new TypeError('Second argument must be a buffer'),
                          { code: 'ERR_INVALID_ARG_TYPE' });
    default:
      settleWrite(this, handle.writeBuffer(Buffer.from(chunk, encoding), done), callback);
  }
};

Socket.prototype._writev = function(chunks, callback) {
  if (this.connecting) {
    this._pendingData = chunks;
    this._pendingEncoding = '';
    whenConnected(this, () => this._writev(chunks, callback), callback);
    return;
  }
  this._pendingData = null;
  const handle = this._handle;
  if (!handle) {
    callback(new codes.ERR_SOCKET_CLOSED());
    return;
  }
  this._unrefTimer();
  const buffers = new Array(chunks.length);
  for (let i = 0; i < chunks.length; i++) buffers[i] = toBuffer(chunks[i].chunk, chunks[i].encoding);
  settleWrite(this, handle.writev(buffers, writeLater(this, callback)), callback);
};

Socket.prototype._final = function(callback) {
  if (this.connecting) {
    // Ended before it was connected: shut down once it is; a failure to connect is reported as such.
    this.once('connect', () => this._final(callback));
    return;
  }
  const handle = this._handle;
  if (!handle) {
    callback();
    return;
  }
  const errno = handle.shutdown(() => callback());
  if (errno === 0) return;
  if (errno === uvCode('ENOTCONN')) callback();
  else callback(ErrnoException(errno, 'shutdown'));
};

Socket.prototype.end = function(chunk, encoding, callback) {
  Duplex.prototype.end.call(this, chunk, encoding, callback);
  return this;
};

// ---- closing --------------------------------------------------------------------------------------------------------

Socket.prototype.destroySoon = function() {
  if (this.writable) this.end();
  if (this.writableFinished) this.destroy();
  else this.once('finish', this.destroy);
};

function emitCloseNT(socket) {
  socket.emit('close', false);
}

Socket.prototype._destroy = function(error, callback) {
  this.connecting = false;
  for (let socket = this; socket; socket = socket._parent) {
    if (socket[kTimer] !== null) {
      clearTimeout(socket[kTimer]);
      socket[kTimer] = null;
    }
  }
  const handle = this._handle;
  if (handle) {
    const hadError = Boolean(error);
    this[kBytesRead] = handle.bytesRead;
    this[kBytesWritten] = handle.bytesWritten;
    const closed = () => this.emit('close', hadError);
    if (this.resetAndClosing) {
      this.resetAndClosing = false;
      const errno = handle.reset(closed);
      if (errno < 0) {
        handle.close(closed);
        this.emit('error', ErrnoException(errno, 'reset'));
      }
    } else if (this._closeAfterHandlingError) {
      // Listeners of 'error' may still look at the handle.
      queueMicrotask(() => handle.close(closed));
    } else {
      handle.close(closed);
    }
    handle.onread = noop;
    this._handle = null;
    this._sockname = null;
    callback(error);
  } else {
    callback(error);
    process.nextTick(emitCloseNT, this);
  }
  const server = this._server;
  if (server) {
    server._connections--;
    server._emitCloseIfDrained?.();
  }
};

Socket.prototype._reset = function() {
  this.resetAndClosing = true;
  return this.destroy();
};

Socket.prototype.resetAndDestroy = function() {
  const handle = this._handle;
  if (!handle) {
    this.destroy(new codes.ERR_SOCKET_CLOSED());
    return this;
  }
  if (handle.kind !== kTcp) throw new codes.ERR_INVALID_HANDLE_TYPE();
  if (this.connecting) this.once('connect', () => this._reset());
  else this._reset();
  return this;
};

// ---- the timer ------------------------------------------------------------------------------------------------------

// Something happened: the idle time counts anew.
Socket.prototype._unrefTimer = function() {
  for (let socket = this; socket; socket = socket._parent) {
    if (socket[kTimer] !== null) socket[kTimer].refresh();
  }
};

Socket.prototype.setTimeout = function(duration, callback) {
  if (this.destroyed) return this;
  validateNumber(duration, 'msecs');
  if (duration < 0 || !Number.isFinite(duration)) {
    throw new codes.ERR_OUT_OF_RANGE('msecs', 'a non-negative finite number', duration);
  }
  if (duration > LONGEST_TIMEOUT) {
    process.emitWarning(`${duration} does not fit into a 32-bit signed integer.\n` +
      `Timer duration was truncated to ${LONGEST_TIMEOUT}.`, 'TimeoutOverflowWarning');
    duration = LONGEST_TIMEOUT;
  }
  if (callback !== undefined) validateFunction(callback, 'callback');
  this.timeout = duration;
  if (this[kTimer] !== null) {
    clearTimeout(this[kTimer]);
    this[kTimer] = null;
  }
  if (duration === 0) {
    if (callback !== undefined) this.removeListener('timeout', callback);
  } else {
    this[kTimer] = setTimeout(onTimeout, duration, this).unref();
    if (callback !== undefined) this.once('timeout', callback);
  }
  return this;
};

function onTimeout(socket) {
  socket._onTimeout();
}

Socket.prototype._onTimeout = function() {
  const handle = this._handle;
  if (handle && this[kLastWriteQueueSize] > 0) {
    // A slow receiver is not an idle one: as long as the queue shrinks, there is activity.
    const size = handle.writeQueueSize;
    if (size !== this[kLastWriteQueueSize]) {
      this[kLastWriteQueueSize] = size;
      this._unrefTimer();
      this[kTimer]?.refresh();
      return;
    }
  } else if (handle) {
    this[kLastWriteQueueSize] = handle.writeQueueSize;
    if (this[kLastWriteQueueSize] > 0) {
      this[kTimer]?.refresh();
      return;
    }
  }
  this.emit('timeout');
};

// ---- options and references -----------------------------------------------------------------------------------------

Socket.prototype.setNoDelay = function(enable) {
  enable = enable === undefined ? true : Boolean(enable);
  if (!this._handle) {
    this[kNoDelay] = enable;
    return this;
  }
  if (enable !== this[kNoDelay]) {
    this[kNoDelay] = enable;
    this._handle.setNoDelay?.(enable);
  }
  return this;
};

Socket.prototype.setKeepAlive = function(enable, delay) {
  enable = Boolean(enable);
  const seconds = Math.floor(delay / 1000) || 0;
  if (!this._handle) {
    this[kKeepAlive] = enable;
    this[kKeepAliveDelay] = seconds;
    return this;
  }
  if (enable !== this[kKeepAlive] || seconds !== this[kKeepAliveDelay]) {
    this[kKeepAlive] = enable;
    this[kKeepAliveDelay] = seconds;
    this._handle.setKeepAlive?.(enable, seconds);
  }
  return this;
};

// Pipes have no such thing, and keep what they are told.
Socket.prototype.setTypeOfService = function(tos) {
  validateInteger(tos, 'tos', 0, 255);
  if (this._handle && !this.connecting && this._handle.kind === kTcp) {
    const errno = this._handle.setTypeOfService(tos);
    if (errno !== 0) throw ErrnoException(errno, 'setTypeOfService');
  }
  this[kTypeOfService] = tos;
  return this;
};

Socket.prototype.getTypeOfService = function() {
  if (this._handle && !this.connecting && this._handle.kind === kTcp) {
    const tos = this._handle.getTypeOfService();
    if (tos < 0) throw ErrnoException(tos, 'getTypeOfService');
    return tos;
  }
  return this[kTypeOfService] ?? 0;
};

// What was asked for before there was a connection.
function applyOptions(socket) {
  const handle = socket._handle;
  if (socket[kTypeOfService] !== undefined && handle.kind === kTcp) handle.setTypeOfService(socket[kTypeOfService]);
  if (socket[kNoDelay]) handle.setNoDelay?.(true);
  if (socket[kKeepAlive]) handle.setKeepAlive?.(true, socket[kKeepAliveDelay]);
}

Socket.prototype.ref = function() {
  if (!this._handle) this.once('connect', this.ref);
  else this._handle.ref?.();
  return this;
};

Socket.prototype.unref = function() {
  if (!this._handle) this.once('connect', this.unref);
  else this._handle.unref?.();
  return this;
};

// ---- what a socket tells about itself -------------------------------------------------------------------------------

Socket.prototype.address = function() {
  return this._getsockname();
};

Socket.prototype._getsockname = function() {
  if (!this._handle?.getsockname) return {};
  if (this._sockname === null) {
    const name = {};
    if (this._handle.getsockname(name) !== 0) return name;
    this._sockname = name;
  }
  return this._sockname;
};

Socket.prototype._getpeername = function() {
  if (this._peername !== null) return this._peername;
  if (!this._handle?.getpeername || this.connecting) return {};
  const name = {};
  if (this._handle.getpeername(name) !== 0) return name;
  this._peername = name;
  return name;
};

// Bytes accepted by write() so far, on the wire or not.
function countBytesWritten(socket) {
  let bytes = socket._handle ? socket._handle.bytesWritten : socket[kBytesWritten];
  const state = socket._writableState;
  if (state) {
    for (const { chunk, encoding } of socket.writableBuffer ?? state.getBuffer?.() ?? []) {
      bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
    }
  }
  const pending = socket._pendingData;
  if (Array.isArray(pending)) {
    for (const { chunk, encoding } of pending) {
      bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
    }
  } else if (pending) {
    bytes += typeof pending === 'string' ? Buffer.byteLength(pending, socket._pendingEncoding) : pending.length;
  }
  return bytes;
}

// A path is none.
function networkAddress({ address, port }) {
  return port === undefined ? undefined : address;
}

function getter(name, get, enumerable = true) {
  Object.defineProperty(Socket.prototype, name, { __proto__: null, configurable: false, enumerable, get });
}
getter('_connecting', function() { return this.connecting; });
getter('pending', function() { return !this._handle || this.connecting; });
getter('readyState', function() {
  if (this.connecting) return 'opening';
  if (this.readable && this.writable) return 'open';
  if (this.readable) return 'readOnly';
  return this.writable ? 'writeOnly' : 'closed';
});
getter('bufferSize', function() { return this._handle ? this.writableLength : undefined; });
getter('bytesRead', function() { return this._handle ? this._handle.bytesRead : this[kBytesRead]; });
getter('bytesWritten', function() { return countBytesWritten(this); });
getter('_bytesDispatched', function() { return this._handle ? this._handle.bytesWritten : this[kBytesWritten]; });
getter('remoteAddress', function() { return networkAddress(this._getpeername()); });
getter('remoteFamily', function() { return this._getpeername().family; });
getter('remotePort', function() { return this._getpeername().port; });
getter('localAddress', function() { return networkAddress(this._getsockname()); });
getter('localFamily', function() { return this._getsockname().family; });
getter('localPort', function() { return this._getsockname().port; });

Socket.prototype.connect = function(...args) {
  return require('internal/net/connect').connectSocket(this, args);
};

module.exports = { Socket, applyOptions, attach, kTimer, setOwnBuffer };
