'use strict';

// Datagram handles: the JavaScript face of src/ops/udp.rs, for node:dgram and for the cluster's primary.

const { atWork, tracking } = require('internal/tracked_handles');
const { uvCode } = require('internal/uv');

const binding = internalBinding('udp');

class UdpHandle {
  constructor(family) {
    this.family = family;
    this.id = binding.create(family, (...args) => this._event(args));
    this.owner = null;
    this.onmessage = null;
    this._closed = false;
    this._referenced = true;
    this._sent = [];
    tracking.hooks?.init(this, 'UDPWRAP');
  }

  _event(args) {
    if (tracking.hooks === undefined) this._deliver(args);
    else tracking.hooks.run(this, () => this._deliver(args));
  }

  // (0, bytes, address, port): a datagram. (1, errno): the oldest queued one was sent. (errno): receiving failed.
  _deliver(args) {
    const { 0: kind } = args;
    if (kind === 1) this._sent.shift()?.(args[1]);
    else if (kind === 0) this.onmessage?.(0, args[1], args[2], args[3]);
    else this.onmessage?.(kind);
  }

  get fd() {
    return this._closed ? -1 : binding.fd(this.id);
  }

  open(fd, take = false) {
    return binding.open(this.id, fd, take);
  }

  _atWork() {
    atWork.set(this, ['UDPWrap', this.owner ?? this, () => this._referenced]);
  }

  bind(address, port, flags) {
    this._atWork();
    return binding.bind(this.id, address, port, this.family, flags);
  }

  connect(address, port) {
    return binding.connect(this.id, address, port, this.family);
  }

  disconnect() {
    return binding.disconnect(this.id);
  }

  // Returns the bytes sent, undefined where `done(errno)` will be called, or a negative errno.
  send(chunks, address, port, done) {
    const result = binding.send(this.id, chunks, address ?? '', port ?? 0, this.family);
    if (result !== -0.5) return result;
    this._sent.push(done);
    return undefined;
  }

  recvStart() {
    this._atWork();
    return binding.receive(this.id, true);
  }

  recvStop() {
    return this._closed ? 0 : binding.receive(this.id, false);
  }

  close(callback) {
    if (this._closed) return;
    this._closed = true;
    atWork.delete(this);
    const sent = this._sent;
    this._sent = [];
    binding.close(this.id, () => {
      for (let i = 0; i < sent.length; i++) sent[i](uvCode('ECANCELED'));
      callback?.();
      tracking.hooks?.destroy(this);
    });
  }

  ref() {
    this._referenced = true;
    if (!this._closed) binding.setRef(this.id, true);
  }

  unref() {
    this._referenced = false;
    if (!this._closed) binding.setRef(this.id, false);
  }

  hasRef() {
    return !this._closed && this._referenced;
  }

  getsockname(out) {
    return name(binding.localAddress(this.id), out);
  }

  getpeername(out) {
    return name(binding.peerAddress(this.id), out);
  }

  // 'broadcast', 'ttl', 'multicastTtl' or 'multicastLoopback'
  setOption(option, value) {
    return binding.setOption(this.id, option, value);
  }

  setMulticastInterface(address) {
    return binding.setMulticastInterface(this.id, address);
  }

  membership(group, address, join) {
    // What is no text is no address either, which the operating system's answer says.
    return binding.membership(this.id, `${group}`, `${address ?? ''}`, join);
  }

  sourceMembership(source, group, address, join) {
    if (this.family === 6) return uvCode('ENOSYS');
    return binding.sourceMembership(this.id, source, group, `${address ?? ''}`, join);
  }

  // A size of 0 only asks.
  bufferSize(size, isReceive) {
    return binding.bufferSize(this.id, size, isReceive);
  }
}

function name(result, out) {
  if (typeof result === 'number') return result;
  out.address = result[0];
  out.port = result[1];
  out.family = result[2] === 6 ? 'IPv6' : 'IPv4';
  return 0;
}

function familyOf(type) {
  return type === 'udp6' ? 6 : 4;
}

// A handle bound to an address or made of a descriptor; a negative errno where that failed.
function createHandle(address, port, type, fd, flags) {
  const handle = new UdpHandle(familyOf(type));
  let errno = 0;
  if (typeof fd === 'number' && fd >= 0) errno = handle.open(fd);
  else if (port || address) errno = handle.bind(address || (type === 'udp6' ? '::' : '0.0.0.0'), port || 0, flags | 0);
  if (errno !== 0) {
    handle.close();
    return errno;
  }
  return handle;
}

// Where a dgram.Socket keeps its state; here, so that channels can send sockets.
const kState = Symbol('state symbol');

module.exports = { UdpHandle, createHandle, familyOf, kState };
