'use strict';

// Sockets and servers as companions of a message: what the sender writes about them, and what the receiver makes of
// the descriptor. The names of types and fields are Node's, so that the process on the other side may be Node.

const { StreamHandle, kPipe, kTcp } = require('internal/stream_handle');
const { codes } = require('internal/errors');

// Describes `object` for the message; throws for what cannot travel. `release` is called once it was sent.
function describeHandle(target, object, options) {
  const net = require('net');
  if (object instanceof net.Socket) {
    const handle = object._handle;
    if (!handle) return null;
    const isCounted = Boolean(object.server) && !options.keepOpen && typeof object.server._setupWorker === 'function';
    return {
      type: 'net.Socket',
      key: isCounted ? require('internal/ipc/socket_list').noteSent(target, object.server) : undefined,
      fd: handle.fd,
      kind: handle.kind,
      release() {
        // Two processes reading one connection would each get half of it.
        if (!options.keepOpen) closeSent(object);
      },
    };
  }
  if (object instanceof net.Server) {
    if (!object._handle) return null;
    return { type: 'net.Server', fd: object._handle.fd, kind: object._handle.kind, release() {} };
  }
  if (object instanceof StreamHandle) {
    return { type: 'net.Native', fd: object.fd, kind: object.kind, release() {} };
  }
  const udp = describeUdp(object);
  if (udp !== null) return udp;
  throw new codes.ERR_INVALID_HANDLE_TYPE();
}

function describeUdp(object) {
  const { UdpHandle, kState } = require('internal/dgram');
  if (object instanceof UdpHandle) {
    return { type: 'dgram.Native', fd: object.fd, kind: object.family === 6 ? 'udp6' : 'udp4', release() {} };
  }
  const dgram = require('internal/realm').loaded('dgram');
  if (dgram === undefined || !(object instanceof dgram.Socket)) return null;
  return { type: 'dgram.Socket', fd: object[kState].handle.fd, kind: object.type, release() {} };
}

function closeSent(socket) {
  const handle = socket._handle;
  if (!handle) return;
  handle.readStop();
  socket.destroy();
}

// The object for a received descriptor. Calls `done(object)`, for a server once it listens.
function adoptHandle(target, message, fd, done) {
  if (message.type === 'dgram.Native' || message.type === 'dgram.Socket') {
    adoptUdp(message, fd, done);
    return;
  }
  const net = require('net');
  const kind = message.kind === 'pipe' ? kPipe : kTcp;
  if (message.type === 'net.Server') {
    const handle = new StreamHandle(kind);
    handle.open(fd);
    const server = new net.Server();
    server.listen(handle, () => done(server));
    return;
  }
  const handle = new StreamHandle(kind);
  handle.open(fd);
  if (message.type === 'net.Native') {
    done(handle);
    return;
  }
  const socket = new net.Socket({ handle, readable: true, writable: true });
  if (message.key) require('internal/ipc/socket_list').noteReceived(target, message.key, socket);
  done(socket);
}

function adoptUdp(message, fd, done) {
  if (message.type === 'dgram.Native') {
    const { UdpHandle } = require('internal/dgram');
    const handle = new UdpHandle(message.kind === 'udp6' ? 6 : 4);
    handle.open(fd, true);
    done(handle);
    return;
  }
  const socket = require('dgram').createSocket(message.kind === 'udp6' ? 'udp6' : 'udp4');
  socket.bind({ fd }, () => done(socket));
}

module.exports = { adoptHandle, describeHandle, kinds: { [kTcp]: 'tcp', [kPipe]: 'pipe', udp4: 'udp4', udp6: 'udp6' } };
