'use strict';

// net.BoundSocket: an address or path that is taken at once, for a server or a socket to use later. Whoever it is given to owns it.

const { StreamHandle, kPipe, kTcp } = require('internal/stream_handle');
const {
  ErrnoException, ExceptionWithHostPort, codes: { ERR_INVALID_ARG_VALUE, ERR_SOCKET_HANDLE_ADOPTED },
} = require('internal/errors');
const { isIP } = require('internal/net/ip');
const { validateBoolean, validateObject, validatePort, validateString } = require('internal/validators');

// The flags of StreamHandle's bind().
const IPV6_ONLY = 1;
const REUSE_PORT = 2;

class BoundSocket {
  #handle;
  #path;

  constructor(options = {}) {
    validateObject(options, 'options');
    const { path } = options;
    if (path !== undefined) {
      validateString(path, 'options.path');
      if (['host', 'port', 'ipv6Only', 'reusePort'].some((name) => options[name] !== undefined)) {
        throw new ERR_INVALID_ARG_VALUE('options', options, 'path is mutually exclusive with host, port, ipv6Only, and reusePort');
      }
      this.#path = path;
      this.#handle = boundToPath(path);
    } else {
      this.#handle = boundToAddress(options);
    }
  }

  // The handle, which is the caller's from now on.
  #take() {
    const handle = this.#handle;
    if (handle === null) throw new ERR_SOCKET_HANDLE_ADOPTED();
    this.#handle = null;
    return handle;
  }

  get isPipe() {
    return this.#path !== undefined;
  }

  address() {
    if (this.#handle === null) throw new ERR_SOCKET_HANDLE_ADOPTED();
    if (this.isPipe) return this.#path;
    const out = {};
    const errno = this.#handle.getsockname(out);
    if (errno !== 0) throw ErrnoException(errno, 'address');
    return { address: out.address, family: out.family, port: out.port };
  }

  fd() {
    if (this.#handle === null) throw new ERR_SOCKET_HANDLE_ADOPTED();
    return this.#handle.fd;
  }

  close() {
    this.#take().close();
    if (this.isPipe) removePath(this.#path);
  }

  [Symbol.dispose]() {
    if (this.#handle !== null) this.close();
  }

  // For net.Server and net.Socket: { handle, path } of a bound socket, undefined for anything else.
  static take(value) {
    if (value === null || typeof value !== 'object' || !(#handle in value)) return undefined;
    return { handle: value.#take(), path: value.#path };
  }
}
const { take } = BoundSocket;
delete BoundSocket.take;

function boundToPath(path) {
  const handle = new StreamHandle(kPipe);
  const errno = handle.bindPath(path);
  if (errno === 0) return handle;
  handle.close();
  throw ErrnoException(errno, 'bind');
}

function boundToAddress({ host, port = 0, ipv6Only, reusePort }) {
  if (ipv6Only !== undefined) validateBoolean(ipv6Only, 'options.ipv6Only');
  if (reusePort !== undefined) validateBoolean(reusePort, 'options.reusePort');
  if (host !== undefined) {
    validateString(host, 'options.host');
    if (isIP(host) === 0) {
      throw new ERR_INVALID_ARG_VALUE(
        'options.host', host, 'must be a numeric IP address; net.BoundSocket does not perform DNS resolution');
    }
  }
  port = validatePort(port, 'options.port') | 0;
  const address = host ?? (ipv6Only ? '::' : '0.0.0.0');
  const handle = new StreamHandle(kTcp);
  const flags = (ipv6Only ? IPV6_ONLY : 0) | (reusePort ? REUSE_PORT : 0);
  const errno = handle.bind(address, port, isIP(address), flags);
  if (errno === 0) return handle;
  handle.close();
  throw ExceptionWithHostPort(errno, 'bind', address, port);
}

function removePath(path) {
  // Names that begin so are in no folder.
  if (path.startsWith('\0')) return;
  try {
    require('fs').unlinkSync(path);
  } catch {
    // Gone already.
  }
}

module.exports = { BoundSocket, take };
