'use strict';

// node:dgram: UDP sockets over the handles of internal/dgram. Follows the "UDP/datagram sockets" page of Node's
// documentation.

const EventEmitter = require('events');
const { ErrnoException, ExceptionWithHostPort, codes } = require('internal/errors');
const { UdpHandle, createHandle, familyOf, kState } = require('internal/dgram');
const { deprecate } = require('internal/util');
const {
  validateAbortSignal,
  validateFunction,
  validateNumber,
  validateObject,
  validatePort,
  validateString,
  validateUint32,
} = require('internal/validators');

const IPV6_ONLY = 1;
const REUSE_ADDRESS = 4;
const REUSE_PORT = 8;

const UNBOUND = 0;
const BINDING = 1;
const BOUND = 2;

const DISCONNECTED = 0;
const CONNECTING = 1;
const CONNECTED = 2;

// What a socket is about; not a property users see, but for the deprecated names at the end of this file.
class State {
  constructor(type, handle, lookup, options) {
    this.type = type;
    this.handle = handle;
    this.lookup = lookup;
    this.receiving = false;
    this.bindState = UNBOUND;
    this.connectState = DISCONNECTED;
    // What send() and connect() do once the socket is bound.
    this.queue = undefined;
    this.reuseAddr = options?.reuseAddr;
    this.reusePort = options?.reusePort;
    this.ipv6Only = options?.ipv6Only;
    this.recvBufferSize = options?.recvBufferSize;
    this.sendBufferSize = options?.sendBufferSize;
    this.queuedBytes = 0;
    this.queuedCount = 0;
  }
}

function Socket(type, listener) {
  if (!(this instanceof Socket)) return new Socket(type, listener);
  EventEmitter.call(this);
  let options;
  let lookup;
  if (type !== null && typeof type === 'object') {
    options = type;
    ({ type, lookup } = options);
    if (options.recvBufferSize) validateUint32(options.recvBufferSize, 'options.recvBufferSize');
    if (options.sendBufferSize) validateUint32(options.sendBufferSize, 'options.sendBufferSize');
  }
  if (lookup !== undefined) validateFunction(lookup, 'lookup');
  if (type !== 'udp4' && type !== 'udp6') throw new codes.ERR_SOCKET_BAD_TYPE();

  this.type = type;
  const handle = new UdpHandle(familyOf(type));
  handle.owner = this;
  this[kState] = new State(type, handle, lookup, options);
  if (typeof listener === 'function') this.on('message', listener);
  if (options?.signal !== undefined) closeOnAbort(this, options.signal);
  // Nobody can have subscribed before the module was loaded.
  const channel = require('internal/realm').loaded('diagnostics_channel')?.channel('udp.socket');
  if (channel?.hasSubscribers) channel.publish({ socket: this });
}
Object.setPrototypeOf(Socket.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Socket, EventEmitter);

function closeOnAbort(socket, signal) {
  validateAbortSignal(signal, 'options.signal');
  const onAbort = () => {
    if (socket[kState].handle) socket.close();
  };
  if (signal.aborted) {
    process.nextTick(onAbort);
    return;
  }
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', onAbort));
}

function createSocket(type, listener) {
  return new Socket(type, listener);
}

function checkRunning(socket) {
  if (!socket[kState].handle) throw new codes.ERR_SOCKET_DGRAM_NOT_RUNNING();
}

function look(state, address, callback) {
  const family = familyOf(state.type);
  const host = address || (family === 6 ? '::1' : '127.0.0.1');
  const lookup = state.lookup ?? require('dns').lookup;
  lookup(host, family, callback);
}

// ---- binding --------------------------------------------------------------------------------------------------------

Socket.prototype.bind = function(port, address /* , callback */) {
  checkRunning(this);
  const state = this[kState];
  if (state.bindState !== UNBOUND) throw new codes.ERR_SOCKET_ALREADY_BOUND();
  state.bindState = BINDING;

  const callback = arguments.length > 0 ? arguments[arguments.length - 1] : undefined;
  if (typeof callback === 'function') {
    const forget = () => {
      this.removeListener('error', forget);
      this.removeListener('listening', onListening);
    };
    const onListening = () => {
      forget();
      Reflect.apply(callback, this, []);
    };
    this.on('error', forget);
    this.on('listening', onListening);
  }

  if (port instanceof UdpHandle) {
    replaceHandle(this, port);
    startListening(this);
    return this;
  }
  let exclusive = false;
  let fd;
  if (port !== null && typeof port === 'object') {
    ({ address, exclusive, fd, port } = port);
    address = typeof address === 'function' ? '' : address;
  }
  const isInCluster = () => {
    const cluster = require('internal/realm').loaded('cluster');
    return cluster?.isWorker && cluster.worker && !exclusive ? cluster : undefined;
  };
  if (typeof fd === 'number' && fd > 0) {
    const cluster = isInCluster();
    if (cluster) {
      bindThroughPrimary(this, cluster, { fd, port: null, address: null, addressType: this.type, flags: 0 });
      return this;
    }
    const errno = state.handle.open(fd);
    if (errno !== 0) throw ErrnoException(errno, 'open');
    startListening(this);
    return this;
  }

  const host = typeof address === 'function' || !address ? (this.type === 'udp6' ? '::' : '0.0.0.0') : address;
  look(state, host, (error, ip) => {
    // Closed while the name was looked up.
    if (!state.handle) return;
    if (error) {
      state.bindState = UNBOUND;
      this.emit('error', error);
      return;
    }
    let flags = 0;
    if (state.reuseAddr) flags |= REUSE_ADDRESS;
    if (state.ipv6Only) flags |= IPV6_ONLY;
    if (state.reusePort) {
      exclusive = true;
      flags |= REUSE_PORT;
    }
    const cluster = isInCluster();
    if (cluster) {
      bindThroughPrimary(this, cluster,
                         { address: ip, port: typeof port === 'number' ? port : +port || 0, addressType: this.type, fd: -1, flags });
      return;
    }
    const number = typeof port === 'function' ? 0 : +port || 0;
    let errno;
    try {
      errno = state.handle.bind(ip, number, flags);
    } catch (error) {
      // --permission does not allow it.
      state.bindState = UNBOUND;
      this.emit('error', error);
      return;
    }
    if (errno !== 0) {
      state.bindState = UNBOUND;
      this.emit('error', ExceptionWithHostPort(errno, 'bind', ip, number));
      return;
    }
    startListening(this);
  });
  return this;
};

function bindThroughPrimary(socket, cluster, query) {
  const state = socket[kState];
  cluster._getServer(socket, query, (errno, handle) => {
    if (errno !== 0) {
      state.bindState = UNBOUND;
      socket.emit('error', ExceptionWithHostPort(errno, 'bind', query.address, query.port));
      return;
    }
    // Closed before the primary answered.
    if (!state.handle) {
      handle.close();
      return;
    }
    replaceHandle(socket, handle);
    startListening(socket);
  });
}

function replaceHandle(socket, handle) {
  const state = socket[kState];
  const old = state.handle;
  if (!old.hasRef()) handle.unref();
  handle.owner = socket;
  state.handle = handle;
  old.close();
}

// Binds at once: what fails is thrown, and 'listening' comes in the next tick.
Socket.prototype.bindSync = function(options = undefined) {
  checkRunning(this);
  const state = this[kState];
  if (state.bindState !== UNBOUND) throw new codes.ERR_SOCKET_ALREADY_BOUND();
  if (options !== undefined) validateObject(options, 'options');
  const port = validatePort(options?.port ?? 0, 'options.port');
  const address = options?.address ?? (this.type === 'udp6' ? '::' : '0.0.0.0');
  checkNumeric(address, 'options.address', 'bindSync');
  let flags = 0;
  if (state.reuseAddr) flags |= REUSE_ADDRESS;
  if (state.ipv6Only) flags |= IPV6_ONLY;
  if (state.reusePort) flags |= REUSE_PORT;
  const errno = state.handle.bind(address, port, flags);
  if (errno !== 0) throw ExceptionWithHostPort(errno, 'bind', address, port);
  startListening(this, true);
  return this.address();
};

// Nothing is looked up, as that could not be done at once.
function checkNumeric(address, name, method) {
  validateString(address, name);
  const { isIPv4, isIPv6 } = require('internal/net/ip');
  if (!isIPv4(address) && !isIPv6(address)) {
    throw new codes.ERR_INVALID_ARG_VALUE(
      name, address, `must be a numeric IP address; ${method} does not perform DNS resolution`);
  }
}

function startListening(socket, later = false) {
  const state = socket[kState];
  state.handle.onmessage = onMessage;
  state.handle.recvStart();
  state.receiving = true;
  state.bindState = BOUND;
  if (state.recvBufferSize) setBufferSize(socket, state.recvBufferSize, true);
  if (state.sendBufferSize) setBufferSize(socket, state.sendBufferSize, false);
  if (later) process.nextTick(() => { if (state.handle) socket.emit('listening'); });
  else socket.emit('listening');
}

// Called by the handle; `this` is the handle.
function onMessage(errno, bytes, address, port) {
  const socket = this.owner;
  if (errno < 0) {
    socket.emit('error', ErrnoException(errno, 'recvmsg'));
    return;
  }
  const message = Buffer.from(bytes);
  socket.emit('message', message,
              { address, family: address.includes(':') ? 'IPv6' : 'IPv4', port, size: message.length });
}

// ---- connecting -----------------------------------------------------------------------------------------------------

Socket.prototype.connect = function(port, address, callback) {
  port = validatePort(port, 'Port', false);
  if (typeof address === 'function') {
    callback = address;
    address = '';
  } else if (address === undefined) {
    address = '';
  }
  validateString(address, 'address');
  const state = this[kState];
  if (state.connectState !== DISCONNECTED) throw new codes.ERR_SOCKET_DGRAM_IS_CONNECTED();
  state.connectState = CONNECTING;
  if (state.bindState === UNBOUND) this.bind({ port: 0, exclusive: true }, null);
  if (state.bindState !== BOUND) {
    enqueue(this, () => connectNow(this, port, address, callback));
    return;
  }
  connectNow(this, port, address, callback);
};

function connectNow(socket, port, address, callback) {
  const state = socket[kState];
  if (callback) socket.once('connect', callback);
  look(state, address, (error, ip) => {
    if (!state.handle) return;
    if (!error) {
      try {
        const errno = state.handle.connect(ip, port);
        if (errno !== 0) error = ExceptionWithHostPort(errno, 'connect', address, port);
      } catch (refused) {
        error = refused;
      }
    }
    if (error) {
      state.connectState = DISCONNECTED;
      process.nextTick(() => {
        if (callback) {
          socket.removeListener('connect', callback);
          callback(error);
        } else {
          socket.emit('error', error);
        }
      });
      return;
    }
    state.connectState = CONNECTED;
    process.nextTick(() => socket.emit('connect'));
  });
}

// Connects at once: what fails is thrown, and 'connect' comes in the next tick.
Socket.prototype.connectSync = function(port, address) {
  checkRunning(this);
  port = validatePort(port, 'Port', false);
  const state = this[kState];
  if (state.connectState !== DISCONNECTED) throw new codes.ERR_SOCKET_DGRAM_IS_CONNECTED();
  address ??= this.type === 'udp6' ? '::1' : '127.0.0.1';
  checkNumeric(address, 'address', 'connectSync');
  if (state.bindState === BINDING) throw new codes.ERR_SOCKET_ALREADY_BOUND();
  if (state.bindState === UNBOUND) this.bindSync();
  const errno = state.handle.connect(address, port);
  if (errno !== 0) throw ExceptionWithHostPort(errno, 'connect', address, port);
  state.connectState = CONNECTED;
  process.nextTick(() => { if (state.handle) this.emit('connect'); });
};

Socket.prototype.disconnect = function() {
  const state = this[kState];
  if (state.connectState !== CONNECTED) throw new codes.ERR_SOCKET_DGRAM_NOT_CONNECTED();
  const errno = state.handle.disconnect();
  if (errno !== 0) throw ErrnoException(errno, 'connect');
  state.connectState = DISCONNECTED;
};

// ---- sending --------------------------------------------------------------------------------------------------------

function enqueue(socket, job) {
  const state = socket[kState];
  if (state.queue === undefined) {
    state.queue = [];
    const forget = () => {
      socket.removeListener('error', onError);
      socket.removeListener('listening', onListening);
    };
    const onListening = () => {
      forget();
      const { queue } = state;
      state.queue = undefined;
      for (const next of queue) next();
    };
    const onError = () => {
      forget();
      state.queue = undefined;
    };
    socket.once('error', onError);
    socket.once('listening', onListening);
  }
  state.queue.push(job);
}

const BUFFER_TYPES = ['string', 'Buffer', 'TypedArray', 'DataView'];

function bytesOf(view) {
  return view instanceof Uint8Array ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function slice(buffer, offset, length) {
  if (typeof buffer === 'string') buffer = Buffer.from(buffer);
  else if (!ArrayBuffer.isView(buffer)) throw new codes.ERR_INVALID_ARG_TYPE('buffer', BUFFER_TYPES, buffer);
  offset >>>= 0;
  length >>>= 0;
  if (offset > buffer.byteLength) throw new codes.ERR_BUFFER_OUT_OF_BOUNDS('offset');
  if (offset + length > buffer.byteLength) throw new codes.ERR_BUFFER_OUT_OF_BOUNDS('length');
  return bytesOf(buffer).subarray(offset, offset + length);
}

// The chunks of a datagram given as an array; null for what is none.
function chunksOf(list) {
  const chunks = [];
  for (const item of list) {
    if (typeof item === 'string') chunks.push(Buffer.from(item));
    else if (ArrayBuffer.isView(item)) chunks.push(bytesOf(item));
    else return null;
  }
  return chunks;
}

// send(msg[, offset, length][, port][, address][, callback])
Socket.prototype.send = function(buffer, offset, length, port, address, callback) {
  const state = this[kState];
  const isConnected = state.connectState === CONNECTED;
  let chunks;
  if (!isConnected) {
    if (address || (port && typeof port !== 'function')) {
      buffer = slice(buffer, offset, length);
    } else {
      callback = port;
      port = offset;
      address = length;
    }
  } else {
    if (typeof length === 'number') {
      buffer = slice(buffer, offset, length);
      if (typeof port === 'function') {
        callback = port;
        port = null;
      }
    } else {
      callback = offset;
    }
    if (port || address) throw new codes.ERR_SOCKET_DGRAM_IS_CONNECTED();
  }
  if (Array.isArray(buffer)) {
    chunks = chunksOf(buffer);
    if (chunks === null) throw new codes.ERR_INVALID_ARG_TYPE('buffer list arguments', BUFFER_TYPES, buffer);
  } else if (typeof buffer === 'string') {
    chunks = [Buffer.from(buffer)];
  } else if (ArrayBuffer.isView(buffer)) {
    chunks = [bytesOf(buffer)];
  } else {
    throw new codes.ERR_INVALID_ARG_TYPE('buffer', BUFFER_TYPES, buffer);
  }
  if (!isConnected) port = validatePort(port, 'Port', false);

  // A callback in the place of the address, or none at all.
  if (typeof callback !== 'function') callback = undefined;
  if (typeof address === 'function') {
    callback = address;
    address = undefined;
  } else if (address !== undefined && address !== null) {
    validateString(address, 'address');
  }
  checkRunning(this);
  if (state.bindState === UNBOUND) this.bind({ port: 0, exclusive: true }, null);
  if (chunks.length === 0) chunks.push(Buffer.alloc(0));

  if (state.bindState !== BOUND) {
    enqueue(this, () => sendSoon(this, chunks, port, address, callback));
    return;
  }
  sendSoon(this, chunks, port, address, callback);
};

function sendSoon(socket, chunks, port, address, callback) {
  const state = socket[kState];
  if (!state.handle) return;
  if (state.connectState === CONNECTED) {
    sendNow(socket, chunks, undefined, undefined, undefined, callback);
    return;
  }
  look(state, address, (error, ip) => sendNow(socket, chunks, ip, address, port, callback, error));
}

function sendNow(socket, chunks, ip, address, port, callback, error) {
  const state = socket[kState];
  if (error) {
    if (callback) process.nextTick(callback, error);
    else process.nextTick(() => socket.emit('error', error));
    return;
  }
  if (!state.handle) return;
  let size = 0;
  for (let i = 0; i < chunks.length; i++) size += chunks[i].byteLength;

  state.queuedBytes += size;
  state.queuedCount++;
  const done = (errno) => {
    state.queuedBytes -= size;
    state.queuedCount--;
    if (!callback) return;
    if (errno < 0) callback(ExceptionWithHostPort(errno, 'send', ip, port));
    else callback(null, size);
  };
  const result = state.handle.send(chunks, ip, port, done);
  // Told later in either case, so that callers see one order.
  if (result !== undefined) process.nextTick(done, result);
}

// The order of older programs: the callback may stand anywhere behind what is given.
Socket.prototype.sendto = function(buffer, offset, length, port, address, callback) {
  validateNumber(offset, 'offset');
  validateNumber(length, 'length');
  validateNumber(port, 'port');
  validateString(address, 'address');
  this.send(buffer, offset, length, port, address, callback);
};

// ---- closing --------------------------------------------------------------------------------------------------------

Socket.prototype.close = function(callback) {
  const state = this[kState];
  if (typeof callback === 'function') this.on('close', callback);
  if (state.queue !== undefined) {
    // What waits to be sent is sent first.
    state.queue.push(() => this.close());
    return this;
  }
  checkRunning(this);
  state.receiving = false;
  state.handle.recvStop();
  state.handle.close();
  state.handle = null;
  process.nextTick(() => this.emit('close'));
  return this;
};

Socket.prototype[Symbol.asyncDispose] = function() {
  if (!this[kState].handle) return Promise.resolve();
  return new Promise((resolve, reject) => {
    this.close((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
};

// ---- what a socket tells, and its options ---------------------------------------------------------------------------

Socket.prototype.address = function() {
  checkRunning(this);
  const out = {};
  const errno = this[kState].handle.getsockname(out);
  if (errno !== 0) throw ErrnoException(errno, 'getsockname');
  return out;
};

Socket.prototype.remoteAddress = function() {
  checkRunning(this);
  const state = this[kState];
  if (state.connectState !== CONNECTED) throw new codes.ERR_SOCKET_DGRAM_NOT_CONNECTED();
  const out = {};
  const errno = state.handle.getpeername(out);
  if (errno !== 0) throw ErrnoException(errno, 'getpeername');
  return out;
};

function throwOn(errno, syscall) {
  if (errno !== 0) throw ErrnoException(errno, syscall);
}

Socket.prototype.setBroadcast = function(on) {
  throwOn(this[kState].handle.setOption('broadcast', on ? 1 : 0), 'setBroadcast');
};

Socket.prototype.setTTL = function(ttl) {
  validateNumber(ttl, 'ttl');
  throwOn(this[kState].handle.setOption('ttl', ttl), 'setTTL');
  return ttl;
};

Socket.prototype.setMulticastTTL = function(ttl) {
  validateNumber(ttl, 'ttl');
  throwOn(this[kState].handle.setOption('multicastTtl', ttl), 'setMulticastTTL');
  return ttl;
};

Socket.prototype.setMulticastLoopback = function(on) {
  throwOn(this[kState].handle.setOption('multicastLoopback', on ? 1 : 0), 'setMulticastLoopback');
  // The old API, kept: what was given.
  return on;
};

Socket.prototype.setMulticastInterface = function(address) {
  checkRunning(this);
  validateString(address, 'multicastInterface');
  throwOn(this[kState].handle.setMulticastInterface(address), 'setMulticastInterface');
};

function member(socket, group, address, join, syscall) {
  checkRunning(socket);
  if (!group) throw new codes.ERR_MISSING_ARGS('multicastAddress');
  throwOn(socket[kState].handle.membership(group, address, join), syscall);
}

Socket.prototype.addMembership = function(group, address) {
  member(this, group, address, true, 'addMembership');
};

Socket.prototype.dropMembership = function(group, address) {
  member(this, group, address, false, 'dropMembership');
};

function sourceMember(socket, source, group, address, join, syscall) {
  checkRunning(socket);
  validateString(source, 'sourceAddress');
  validateString(group, 'groupAddress');
  throwOn(socket[kState].handle.sourceMembership(source, group, address, join), syscall);
}

Socket.prototype.addSourceSpecificMembership = function(source, group, address) {
  sourceMember(this, source, group, address, true, 'addSourceSpecificMembership');
};

Socket.prototype.dropSourceSpecificMembership = function(source, group, address) {
  sourceMember(this, source, group, address, false, 'dropSourceSpecificMembership');
};

function bufferSize(socket, size, isReceive) {
  const { handle } = socket[kState];
  const result = handle ? handle.bufferSize(size, isReceive) : -9;
  if (result >= 0) return result;
  const { getSystemErrorMessage, getSystemErrorName } = require('internal/util');
  throw new codes.ERR_SOCKET_BUFFER_SIZE({
    errno: result,
    code: getSystemErrorName(result),
    message: getSystemErrorMessage(result),
    syscall: isReceive ? 'uv_recv_buffer_size' : 'uv_send_buffer_size',
  });
}

function setBufferSize(socket, size, isReceive) {
  if (size >>> 0 !== size) throw new codes.ERR_SOCKET_BAD_BUFFER_SIZE();
  bufferSize(socket, size, isReceive);
}

Socket.prototype.setRecvBufferSize = function(size) {
  setBufferSize(this, size, true);
};

Socket.prototype.setSendBufferSize = function(size) {
  setBufferSize(this, size, false);
};

Socket.prototype.getRecvBufferSize = function() {
  return bufferSize(this, 0, true);
};

Socket.prototype.getSendBufferSize = function() {
  return bufferSize(this, 0, false);
};

Socket.prototype.getSendQueueSize = function() {
  return this[kState].queuedBytes;
};

Socket.prototype.getSendQueueCount = function() {
  return this[kState].queuedCount;
};

Socket.prototype.ref = function() {
  this[kState].handle?.ref();
  return this;
};

Socket.prototype.unref = function() {
  this[kState].handle?.unref();
  return this;
};

// ---- names that were never meant for users --------------------------------------------------------------------------

for (const { 0: name, 1: key } of [
  ['_handle', 'handle'], ['_receiving', 'receiving'], ['_bindState', 'bindState'], ['_queue', 'queue'],
  ['_reuseAddr', 'reuseAddr'],
]) {
  const message = `Socket.prototype.${name} is deprecated`;
  Object.defineProperty(Socket.prototype, name, {
    __proto__: null,
    get: deprecate(function() { return this[kState][key]; }, message, 'DEP0112'),
    set: deprecate(function(value) { this[kState][key] = value; }, message, 'DEP0112'),
  });
}
Socket.prototype._healthCheck = deprecate(function() {
  checkRunning(this);
}, 'Socket.prototype._healthCheck() is deprecated', 'DEP0112');
Socket.prototype._stopReceiving = deprecate(function() {
  this[kState].receiving = false;
  this[kState].handle?.recvStop();
}, 'Socket.prototype._stopReceiving() is deprecated', 'DEP0112');

module.exports = {
  _createSocketHandle: deprecate(createHandle, 'dgram._createSocketHandle() is deprecated', 'DEP0112'),
  createSocket,
  Socket,
};
