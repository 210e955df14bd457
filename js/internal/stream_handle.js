'use strict';

// Byte-stream handles: the JavaScript face of src/ops/stream_handle.rs, one class for what libuv has as uv_tcp_t and
// uv_pipe_t. A handle owns a native id from construction to close(); operations answer 0 or a negative errno (libuv's
// convention) and never throw for what the operating system refuses.
//
// Users (net.Socket, net.Server, the IPC channel) set `onread`, `onconnection` and `owner` and get:
//   onread(arrayBuffer, 0)     bytes arrived
//   onread(null, 0)            the other side ended its half
//   onread(null, errno)        reading failed
//   onconnection(errno, handle)
//   onfds(count)               file descriptors arrived with the bytes that follow (IPC pipes only)
//
// Writes, shutdown and connect take a callback `(errno)`. A write the kernel takes at once calls nobody back: the
// return value says so, which spares a turn through the loop for nearly every write.

const binding = internalBinding('stream_handle');
const { tracking } = require('internal/tracked_handles');
const { uvCode } = require('internal/uv');

const kTcp = 0;
const kPipe = 1;
// A pipe that also carries descriptors: the channel of fork().
const kIpc = 2;

// Events, numbered as in src/ops/stream_handle.rs.
const kRead = 0;
const kEnd = 1;
const kReadError = 2;
const kWritten = 3;
const kShutDown = 4;
const kConnected = 5;
const kConnection = 6;
const kDescriptors = 7;

let dispatching = false;

function noop() {}

// The one function native code calls; `this` is the handle the event is about.
function dispatch(event, a, b) {
  switch (event) {
    case kRead:
      this.bytesRead += a.byteLength;
      return this.onread(a, 0);
    case kEnd:
      return this.onread(null, 0);
    case kReadError:
      return this.onread(null, a);
    case kWritten: {
      const done = this._writes.shift();
      return done?.(a);
    }
    case kShutDown: {
      const done = this._shutdown;
      this._shutdown = null;
      return done?.(a);
    }
    case kConnected: {
      const done = this._connect;
      this._connect = null;
      return done?.(a);
    }
    case kConnection:
      return this.onconnection(a, a === 0 ? new StreamHandle(this.kind, b, this) : undefined);
    case kDescriptors:
      return this.onfds?.(a);
  }
}

// The same while async hooks are in use: what ends a request is its, all else the handle's.
function trackedDispatch(event, a, b) {
  const { hooks } = tracking;
  let request;
  if (event === kWritten) request = this._requests?.writes.shift();
  else if (event === kShutDown) request = this._requests?.shutdown;
  else if (event === kConnected) request = this._requests?.connect;
  hooks.run(request ?? this, () => Reflect.apply(dispatch, this, [event, a, b]));
  if (request !== undefined) hooks.destroy(request);
}

tracking.whenTracked.push(() => {
  if (dispatching) binding.setDispatch(trackedDispatch);
});

class ShutdownWrap {}
class WriteWrap {}
class TCPConnectWrap {}
class PipeConnectWrap {}

// Tells hooks of what a handle was asked to do.
function trackRequest(handle, name, request, type) {
  const requests = handle._requests ??= { writes: [], shutdown: undefined, connect: undefined };
  if (name === 'writes') requests.writes.push(request);
  else requests[name] = request;
  tracking.hooks.init(request, type, tracking.hooks.idOf(handle));
}

class StreamHandle {
  // `server` is the handle that a connection came in by, or true for one that is to listen.
  constructor(kind, id, server) {
    if (!dispatching) {
      dispatching = true;
      binding.setDispatch(tracking.hooks === undefined ? dispatch : trackedDispatch);
    }
    this.kind = kind;
    this.id = id === undefined ? binding.create(kind) : id;
    this.owner = null;
    this.onread = null;
    this.onconnection = null;
    this.bytesRead = 0;
    this.bytesWritten = 0;
    this.reading = false;
    this._closed = false;
    this._referenced = true;
    this._writes = [];
    this._shutdown = null;
    this._connect = null;
    // The same as async hooks know them.
    this._requests = undefined;
    binding.attach(this.id, this);
    if (tracking.hooks !== undefined) this._track(server);
  }

  _track(server) {
    const type = `${this.kind === kTcp ? 'TCP' : 'PIPE'}${server === true ? 'SERVERWRAP' : 'WRAP'}`;
    tracking.hooks.init(this, type, typeof server === 'object' ? tracking.hooks.idOf(server) : undefined);
  }

  get isStreamBase() {
    return true;
  }

  get fd() {
    return this._closed ? -1 : binding.fd(this.id);
  }

  get writeQueueSize() {
    return this._closed ? 0 : binding.writeQueueSize(this.id);
  }

  // Takes over a descriptor.
  open(fd) {
    return binding.open(this.id, fd);
  }

  readStart() {
    if (this._closed) return uvCode('EBADF');
    this.reading = true;
    return binding.readStart(this.id);
  }

  // The most bytes one read delivers.
  setReadSize(size) {
    if (!this._closed) binding.setReadSize(this.id, size);
  }

  readStop() {
    this.reading = false;
    return this._closed ? 0 : binding.readStop(this.id);
  }

  // The oldest descriptor received and not taken yet, the caller's to close; -1 for none. IPC pipes only.
  takeDescriptor() {
    return this._closed ? -1 : binding.takeDescriptor(this.id);
  }

  // The writing calls return true where `done` will be called later, false where everything was written already, or
  // a negative errno.
  writeBuffer(chunk, done) {
    return this._closed ? uvCode('EBADF') : this._wrote(binding.write(this.id, chunk), done);
  }

  // `encoding` is 'utf8', 'latin1' or 'ascii'.
  writeString(text, encoding, done) {
    return this._closed ? uvCode('EBADF') : this._wrote(binding.writeString(this.id, text, encoding === 'utf8'), done);
  }

  // `chunks` holds buffers only.
  writev(chunks, done) {
    return this._closed ? uvCode('EBADF') : this._wrote(binding.writev(this.id, chunks), done);
  }

  // Sends a descriptor with the first byte of `chunk`; IPC pipes only.
  writeWithDescriptor(chunk, fd, done) {
    return this._closed ? uvCode('EBADF') : this._wrote(binding.writeWithDescriptor(this.id, chunk, fd), done);
  }

  // Native code answers with twice the number of bytes, plus one where they wait for the kernel.
  _wrote(result, done) {
    if (result < 0) return result;
    this.bytesWritten += Math.floor(result / 2);
    if (result % 2 === 0) return false;
    this._writes.push(done);
    if (tracking.hooks !== undefined) trackRequest(this, 'writes', new WriteWrap(), 'WRITEWRAP');
    return true;
  }

  shutdown(done) {
    if (this._closed) return uvCode('EBADF');
    const result = binding.shutdown(this.id);
    if (result === 0) {
      this._shutdown = done;
      if (tracking.hooks !== undefined) trackRequest(this, 'shutdown', new ShutdownWrap(), 'SHUTDOWNWRAP');
    }
    return result;
  }

  close(callback) {
    if (this._closed) {
      return;
    }
    this._closed = true;
    this.reading = false;
    const writes = this._writes;
    const shutdown = this._shutdown;
    const connect = this._connect;
    this._writes = [];
    this._shutdown = null;
    this._connect = null;
    const quiet = writes.length === 0 && shutdown === null && connect === null;
    if (tracking.hooks !== undefined) callback = this._untrack(callback);
    // Always with a function: a handle that closes keeps the loop alive for one more turn.
    binding.close(this.id, quiet ? callback ?? noop : () => {
      // What was under way ends before the handle does.
      const canceled = uvCode('ECANCELED');
      connect?.(canceled);
      for (let i = 0; i < writes.length; i++) writes[i]?.(canceled);
      shutdown?.(canceled);
      callback?.();
    });
  }

  // The callback of close() while async hooks are in use.
  _untrack(callback) {
    return () => {
      if (callback) tracking.hooks.run(this, callback);
      tracking.hooks.destroy(this);
    };
  }

  // Closes with a TCP reset where the system can; returns 0 or a negative errno.
  reset(callback) {
    if (this._closed) return 0;
    const result = binding.linger(this.id);
    if (result === 0) this.close(callback);
    return result;
  }

  ref() {
    if (!this._closed) {
      this._referenced = true;
      binding.setRef(this.id, true);
    }
  }

  unref() {
    if (!this._closed) {
      this._referenced = false;
      binding.setRef(this.id, false);
    }
  }

  hasRef() {
    return !this._closed && this._referenced;
  }

  getAsyncId() {
    return tracking.hooks === undefined ? this.id : tracking.hooks.idOf(this);
  }

  setBlocking(blocking) {
    return this._closed ? uvCode('EBADF') : binding.setBlocking(this.id, Boolean(blocking));
  }

  // Sockets. The natives of these live in src/ops/net.rs.

  bind(address, port, family, flags) {
    return internalBinding('net').bind(this.id, address, port, family, flags | 0);
  }

  bindPath(path) {
    return internalBinding('net').bindPath(this.id, path);
  }

  listen(backlog) {
    return internalBinding('net').listen(this.id, backlog);
  }

  connect(address, port, family, done) {
    const result = internalBinding('net').connect(this.id, address, port, family);
    if (result === 0) this._connects(done, TCPConnectWrap, 'TCPCONNECTWRAP');
    return result;
  }

  connectPath(path, done) {
    const result = internalBinding('net').connectPath(this.id, path);
    if (result === 0) this._connects(done, PipeConnectWrap, 'PIPECONNECTWRAP');
    return result;
  }

  _connects(done, Request, type) {
    this._connect = done;
    if (tracking.hooks !== undefined) trackRequest(this, 'connect', new Request(), type);
  }

  // Both fill `out` with address, family and port, and return 0 or a negative errno.
  getsockname(out) {
    return this._name(internalBinding('net').localAddress, out);
  }

  getpeername(out) {
    return this._name(internalBinding('net').peerAddress, out);
  }

  _name(op, out) {
    if (this._closed) return uvCode('EBADF');
    const name = op(this.id);
    if (typeof name === 'number') return name;
    out.address = name[0];
    out.port = name[1];
    out.family = name[2] === 6 ? 'IPv6' : 'IPv4';
    return 0;
  }

  setNoDelay(enable) {
    return this._closed ? uvCode('EBADF') : internalBinding('net').setNoDelay(this.id, Boolean(enable));
  }

  setTypeOfService(tos) {
    return this._closed ? uvCode('EBADF') : internalBinding('net').setTypeOfService(this.id, tos);
  }

  getTypeOfService() {
    return this._closed ? uvCode('EBADF') : internalBinding('net').getTypeOfService(this.id);
  }

  // `delay` in whole seconds.
  setKeepAlive(enable, delay) {
    return this._closed ? uvCode('EBADF') : internalBinding('net').setKeepAlive(this.id, Boolean(enable), delay);
  }

  // Makes a path socket accessible to others: bit 1 readable, bit 2 writable.
  fchmod(mode) {
    return internalBinding('net').fchmod(this.id, mode);
  }
}

module.exports = { StreamHandle, kIpc, kPipe, kTcp };
