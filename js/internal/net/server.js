'use strict';

// net.Server: listens on an address or path and makes a Socket of each connection. Follows the `net.Server` section
// of Node's documentation.

const EventEmitter = require('events');
const { StreamHandle, kPipe, kTcp } = require('internal/stream_handle');
const { ErrnoException, ExceptionWithHostPort, UVExceptionWithHostPort, codes } = require('internal/errors');
const { isIP } = require('internal/net/ip');
const { uvCode } = require('internal/uv');
const { Socket } = require('internal/net/socket');
const { isPipeName, normalizeArgs, toPort } = require('internal/net/connect');
const { kEmptyObject } = require('internal/util');
const {
  validateAbortSignal,
  validateFunction,
  validateNumber,
  validatePort,
} = require('internal/validators');

const DEFAULT_BACKLOG = 511;
const IPV6_ONLY = 1;
const REUSE_PORT = 2;
const kFailedClosed = Symbol('closedWhileLookingUp');

function Server(options, connectionListener) {
  if (!(this instanceof Server)) return new Server(options, connectionListener);
  EventEmitter.call(this);

  if (typeof options === 'function') {
    connectionListener = options;
    options = kEmptyObject;
  } else if (options === null || options === undefined) {
    options = kEmptyObject;
  } else if (typeof options !== 'object') {
    throw new codes.ERR_INVALID_ARG_TYPE('options', 'Object', options);
  } else {
    options = { ...options };
  }
  if (typeof connectionListener === 'function') this.on('connection', connectionListener);
  if (options.keepAliveInitialDelay !== undefined) {
    validateNumber(options.keepAliveInitialDelay, 'options.keepAliveInitialDelay');
  }
  if (options.highWaterMark !== undefined) {
    validateNumber(options.highWaterMark, 'options.highWaterMark');
    if (options.highWaterMark < 0) options.highWaterMark = undefined;
  }

  this._connections = 0;
  this._handle = null;
  this._usingWorkers = false;
  this._workers = [];
  this._unref = false;
  this._listeningId = 1;
  this._ownPath = undefined;
  this.allowHalfOpen = Boolean(options.allowHalfOpen);
  this.pauseOnConnect = Boolean(options.pauseOnConnect);
  this.noDelay = Boolean(options.noDelay);
  this.keepAlive = Boolean(options.keepAlive);
  this.keepAliveInitialDelay = Math.floor(Math.max(0, options.keepAliveInitialDelay ?? 0) / 1000);
  this.highWaterMark = options.highWaterMark;
}
Object.setPrototypeOf(Server.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Server, EventEmitter);

// ---- listening ------------------------------------------------------------------------------------------------------

function closeHandle(handle) {
  handle.close();
}

// A handle bound to an address (family 4, 6), a path (family -1) or a descriptor; a negative errno where that failed.
function createServerHandle(address, port, family, fd, flags) {
  let handle;
  let errno;
  if (typeof fd === 'number' && fd >= 0) {
    handle = new StreamHandle(kTcp, undefined, true);
    errno = handle.open(fd);
  } else if (port === -1 && family === -1) {
    handle = new StreamHandle(kPipe, undefined, true);
    errno = handle.bindPath(address);
  } else if (!address) {
    // Every address there is: IPv6's covers IPv4 too, where the system has IPv6.
    handle = new StreamHandle(kTcp, undefined, true);
    errno = handle.bind('::', port, 6, flags);
    if (errno !== 0) {
      closeHandle(handle);
      return createServerHandle('0.0.0.0', port, 4, undefined, flags & ~IPV6_ONLY);
    }
  } else {
    handle = new StreamHandle(kTcp, undefined, true);
    errno = handle.bind(address, port, family === 6 ? 6 : 4, flags);
  }
  if (errno !== 0) {
    closeHandle(handle);
    return errno;
  }
  return handle;
}

function emitErrorNT(server, error) {
  server.emit('error', error);
}

function emitListeningNT(server) {
  // It may have been closed in the meantime.
  if (server._handle) server.emit('listening');
}

function fail(server, errno, address, port) {
  const error = UVExceptionWithHostPort(errno, 'listen', address, port);
  listenChannels()?.error.publish({ server, error });
  process.nextTick(emitErrorNT, server, error);
}

// Diagnostics channels, where somebody has asked for that module: else nobody can be subscribed.
function diagnostics() {
  return require('internal/realm').loaded('diagnostics_channel');
}

function listenChannels() {
  const channels = diagnostics()?.tracingChannel('net.server.listen');
  return channels?.hasSubscribers ? channels : undefined;
}

function setupListenHandle(address, port, family, backlog, fd, flags) {
  if (!this._handle) {
    const handle = createServerHandle(address, port, family, fd, flags | 0);
    if (typeof handle === 'number') {
      fail(this, handle, address ?? '::', port);
      return;
    }
    this._handle = handle;
    // The name of a path socket is ours to take away again.
    if (port === -1 && family === -1 && !address.startsWith('\0')) this._ownPath = require('path').resolve(address);
  }
  const handle = this._handle;
  handle.onconnection = onConnection;
  handle.owner = this;
  const errno = handle.listen(backlog || DEFAULT_BACKLOG);
  if (errno !== 0) {
    closeHandle(handle);
    this._handle = null;
    fail(this, errno, address ?? '::', port);
    return;
  }
  if (this._unref) this.unref();
  listenChannels()?.asyncEnd.publish({ server: this });
  this._connectionKey = `${family}:${address}:${port}`;
  process.nextTick(emitListeningNT, this);
}
Server.prototype._listen2 = setupListenHandle;

// In a worker of a cluster the primary has the socket, unless it is wanted for this process alone.
function listenNow(server, address, port, family, backlog, fd, exclusive, flags, options) {
  const cluster = require('internal/realm').loaded('cluster');
  if (!cluster?.isWorker || exclusive || !cluster.worker) {
    server._listen2(address, port, family, backlog, fd, flags);
    return;
  }
  const query = { address, port, addressType: family, fd, flags, backlog, ...options };
  const id = ++server._listeningId;
  cluster._getServer(server, query, (errno, handle) => {
    // Closed, or told to listen anew, before the primary answered.
    if (id !== server._listeningId) {
      handle?.close();
      return;
    }
    errno = bindProblem(errno, port, handle);
    if (errno) {
      server.emit('error', ExceptionWithHostPort(errno, 'bind', address, port));
      return;
    }
    server._handle = handle;
    server._listen2(address, port, family, backlog, fd, flags);
  });
}

// A shared socket that was bound to another port means that this one is taken.
function bindProblem(errno, port, handle) {
  if (errno === 0 && port > 0 && handle?.getsockname) {
    const out = {};
    errno = handle.getsockname(out);
    if (errno === 0 && port !== out.port) errno = uvCode('EADDRINUSE');
  }
  return errno;
}

function lookUpAndListen(server, port, host, backlog, exclusive, flags) {
  const family = isIP(host);
  if (family !== 0) {
    listenNow(server, host, port, family, backlog, undefined, exclusive, flags);
    return;
  }
  const id = ++server._listeningId;
  require('dns').lookup(host, (error, address, addressFamily) => {
    // Closed, or told to listen anew, while the name was looked up.
    if (server[kFailedClosed] || id !== server._listeningId) return;
    if (error) server.emit('error', error);
    else listenNow(server, address, port, address ? addressFamily : 4, backlog, undefined, exclusive, flags);
  });
}

// The backlog of `listen(x, backlog)` and `listen(port, host, backlog)`.
function backlogOf(args) {
  const second = toPort(args.length > 1 && args[1]);
  return second !== false ? second : toPort(args.length > 2 && args[2]);
}

Server.prototype.listen = function(...args) {
  const { 0: given, 1: callback } = normalizeArgs(args);
  let options = given;
  if (this._handle) throw new codes.ERR_SERVER_ALREADY_LISTEN();
  if (callback !== null) this.once('listening', callback);
  this[kFailedClosed] = false;
  listenChannels()?.asyncStart.publish({ server: this, options });
  const positional = backlogOf(args);
  const backlogFromArgs = positional !== false ? positional : undefined;

  options = options._handle || (options.handle ?? options);
  const bound = takeBound(options);
  if (bound !== undefined) {
    options = bound.handle;
    this._pipeName = bound.path;
    if (bound.path !== undefined && !bound.path.startsWith('\0')) this._ownPath = require('path').resolve(bound.path);
  }
  const flags = (options.ipv6Only ? IPV6_ONLY : 0) | (options.reusePort ? REUSE_PORT : 0);
  if (options instanceof StreamHandle) {
    this._handle = options;
    listenNow(this, null, -1, -1, backlogFromArgs, undefined, true);
    return this;
  }
  if (options.signal !== undefined) closeOnAbort(this, options.signal);
  const exclusive = Boolean(options.exclusive);
  if (typeof options.fd === 'number' && options.fd >= 0) {
    listenNow(this, null, null, null, backlogFromArgs, options.fd, exclusive);
    return this;
  }

  // listen(), listen(cb), listen(undefined, ...): any free port.
  if (args.length === 0 || typeof args[0] === 'function' ||
      (options.port === undefined && 'port' in options) || options.port === null) {
    options = { ...options, port: 0 };
  }
  if (typeof options.port === 'number' || typeof options.port === 'string') {
    validatePort(options.port, 'options.port');
    const backlog = options.backlog || backlogFromArgs;
    if (options.reusePort === true) options = { ...options, exclusive: true };
    if (options.host) {
      lookUpAndListen(this, options.port | 0, options.host, backlog, exclusive, flags);
    } else {
      listenNow(this, null, options.port | 0, 4, backlog, undefined, exclusive, flags);
    }
    return this;
  }
  if (options.path && isPipeName(options.path)) {
    this._pipeName = options.path;
    listenNow(this, options.path, -1, -1, options.backlog || backlogFromArgs, undefined, exclusive, 0,
              { readableAll: options.readableAll, writableAll: options.writableAll });
    if (!this._handle) return this;
    const mode = (options.readableAll === true ? 1 : 0) | (options.writableAll === true ? 2 : 0);
    if (mode !== 0) {
      const errno = this._handle.fchmod(mode);
      if (errno !== 0) {
        closeHandle(this._handle);
        this._handle = null;
        throw ErrnoException(errno, 'uv_pipe_chmod');
      }
    }
    return this;
  }
  if (!('port' in options || 'path' in options)) {
    throw new codes.ERR_INVALID_ARG_VALUE('options', options, 'must have the property "port" or "path"');
  }
  throw new codes.ERR_INVALID_ARG_VALUE('options', options);
};

// The handle and path of a net.BoundSocket, which there is none of as long as nobody loaded that class.
function takeBound(value) {
  return require('internal/realm').loaded('internal/net/bound_socket')?.take(value);
}

function closeOnAbort(server, signal) {
  validateAbortSignal(signal, 'options.signal');
  const onAbort = () => server.close();
  if (signal.aborted) {
    process.nextTick(onAbort);
    return;
  }
  signal.addEventListener('abort', onAbort, { once: true });
  server.once('close', () => signal.removeEventListener('abort', onAbort));
}

// ---- connections ----------------------------------------------------------------------------------------------------

// Called by the handle; `this` is the handle.
function onConnection(errno, clientHandle) {
  const server = this.owner;
  if (errno !== 0) {
    server.emit('error', ErrnoException(errno, 'accept'));
    return;
  }
  if (typeof server.maxConnections === 'number' && server._connections >= server.maxConnections) {
    drop(server, clientHandle);
    return;
  }
  const socket = new Socket({
    handle: clientHandle,
    allowHalfOpen: server.allowHalfOpen,
    pauseOnCreate: server.pauseOnConnect,
    readable: true,
    writable: true,
    readableHighWaterMark: server.highWaterMark,
    writableHighWaterMark: server.highWaterMark,
  });
  if (server.noDelay) socket.setNoDelay(true);
  if (server.keepAlive) socket.setKeepAlive(true, server.keepAliveInitialDelay * 1000);
  server._connections++;
  socket.server = server;
  socket._server = server;
  server.emit('connection', socket);
  const channel = diagnostics()?.channel('net.server.socket');
  if (channel?.hasSubscribers) channel.publish({ socket });
}

function drop(server, handle) {
  let data;
  if (handle.kind === kTcp) {
    const local = {};
    const remote = {};
    handle.getsockname(local);
    handle.getpeername(remote);
    data = {
      localAddress: local.address,
      localPort: local.port,
      localFamily: local.family,
      remoteAddress: remote.address,
      remotePort: remote.port,
      remoteFamily: remote.family,
    };
  }
  handle.close();
  server.emit('drop', data);
}

// With connections in other processes, theirs are asked for and added.
Server.prototype.getConnections = function(callback) {
  validateFunction(callback, 'callback');
  if (!this._usingWorkers) {
    process.nextTick(callback, null, this._connections);
    return this;
  }
  let left = this._workers.length;
  let total = this._connections;
  let failed = false;
  const add = (error, count) => {
    if (failed) return;
    if (error) {
      failed = true;
      callback(error);
      return;
    }
    total += count;
    if (--left === 0) callback(null, total);
  };
  if (left === 0) process.nextTick(callback, null, total);
  for (const list of this._workers) list.getConnections(add);
  return this;
};

// The channel of a child tells of connections that were sent there.
Server.prototype._setupWorker = function(list) {
  this._usingWorkers = true;
  this._workers.push(list);
  list.once('exit', () => {
    const index = this._workers.indexOf(list);
    if (index !== -1) this._workers.splice(index, 1);
  });
};

// ---- closing --------------------------------------------------------------------------------------------------------

Server.prototype.close = function(callback) {
  if (typeof callback === 'function') {
    if (!this._handle) {
      this.once('close', () => callback(new codes.ERR_SERVER_NOT_RUNNING()));
    } else {
      this.once('close', callback);
    }
  }
  this[kFailedClosed] = true;
  this._listeningId++;
  if (this._handle) {
    closeHandle(this._handle);
    this._handle = null;
    if (this._ownPath !== undefined) {
      try {
        require('fs').unlinkSync(this._ownPath);
      } catch {
        // Gone already.
      }
      this._ownPath = undefined;
    }
  }
  if (this._usingWorkers && this._workers.length > 0) closeWorkers(this);
  else this._emitCloseIfDrained();
  return this;
};

// The connections in other processes count as one until the last of them has ended.
function closeWorkers(server) {
  let left = server._workers.length;
  server._connections++;
  const closed = () => {
    if (--left !== 0) return;
    server._connections--;
    server._emitCloseIfDrained();
  };
  for (const list of [...server._workers]) list.close(closed);
}

Server.prototype[Symbol.asyncDispose] = function() {
  if (!this._handle) return Promise.resolve();
  return new Promise((resolve, reject) => {
    this.close((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
};

function emitCloseNT(server) {
  server.emit('close');
}

Server.prototype._emitCloseIfDrained = function() {
  if (this._handle || this._connections > 0) return;
  process.nextTick(emitCloseNT, this);
};

Server.prototype[Symbol.for('nodejs.rejection')] = function(error, event, socket) {
  if (event === 'connection') socket.destroy(error);
  else this.emit('error', error);
};

// ---- what a server tells about itself -------------------------------------------------------------------------------

Server.prototype.address = function() {
  if (!this._handle) return null;
  if (this._pipeName) return this._pipeName;
  const out = {};
  const errno = this._handle.getsockname(out);
  if (errno !== 0) throw ErrnoException(errno, 'address');
  return { address: out.address, family: out.family, port: out.port };
};

Server.prototype.ref = function() {
  this._unref = false;
  this._handle?.ref();
  return this;
};

Server.prototype.unref = function() {
  this._unref = true;
  this._handle?.unref();
  return this;
};

Object.defineProperty(Server.prototype, 'listening', {
  __proto__: null,
  configurable: true,
  enumerable: true,
  get() { return Boolean(this._handle); },
});

module.exports = { Server, createServerHandle };
