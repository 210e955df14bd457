'use strict';

// Connecting a net.Socket: arguments, name look-up, one attempt or - with several addresses - attempts one after the
// other in the manner of Happy Eyeballs (RFC 8305, as `autoSelectFamily` documents it).

const { StreamHandle, kPipe, kTcp } = require('internal/stream_handle');
const { ExceptionWithHostPort, NodeAggregateError, codes } = require('internal/errors');
const { uvCode } = require('internal/uv');
const { tracking } = require('internal/tracked_handles');
const { isIP } = require('internal/net/ip');
const { applyOptions, attach, setOwnBuffer } = require('internal/net/socket');
const {
  validateBoolean,
  validateFunction,
  validateInt32,
  validateNumber,
  validatePort,
  validateString,
} = require('internal/validators');

const kNormalized = Symbol('normalizedArgs');
// The shortest time an attempt gets before the next address is tried, in ms.
const SHORTEST_ATTEMPT = 10;

let autoSelectFamilyDefault;
let attemptTimeoutDefault;

function getDefaultAutoSelectFamily() {
  autoSelectFamilyDefault ??= require('internal/options').getOptionValue('--network-family-autoselection') ?? true;
  return autoSelectFamilyDefault;
}

function setDefaultAutoSelectFamily(value) {
  validateBoolean(value, 'value');
  autoSelectFamilyDefault = value;
}

function getDefaultAutoSelectFamilyAttemptTimeout() {
  attemptTimeoutDefault ??=
    require('internal/options').getOptionValue('--network-family-autoselection-attempt-timeout') ?? 250;
  return attemptTimeoutDefault;
}

function setDefaultAutoSelectFamilyAttemptTimeout(value) {
  validateInt32(value, 'value', 1);
  attemptTimeoutDefault = Math.max(value, SHORTEST_ATTEMPT);
}

// A port number, also one written as text; false for what cannot be one (then it is a path).
function toPort(value) {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return false;
  const number = Number(value);
  return number >= 0 && value.trim() !== '' ? number : false;
}

function isPipeName(value) {
  return typeof value === 'string' && toPort(value) === false;
}

// (options, cb) | (path, cb) | (port, host, cb) -> [options, cb]
function normalizeArgs(args) {
  let result;
  if (args.length === 0) {
    result = [{}, null];
  } else {
    const { 0: first, length } = args;
    let options = {};
    if (typeof first === 'object' && first !== null) {
      options = first;
    } else if (isPipeName(first)) {
      options.path = first;
    } else {
      options.port = first;
      if (length > 1 && typeof args[1] === 'string') options.host = args[1];
    }
    const last = args[length - 1];
    result = [options, typeof last === 'function' ? last : null];
  }
  Object.defineProperty(result, kNormalized, { __proto__: null, value: true });
  return result;
}

function connectSocket(socket, args) {
  const { 0: options, 1: callback } =
    Array.isArray(args[0]) && args[0][kNormalized] ? args[0] : normalizeArgs(args);
  if (options.onread?.buffer && typeof options.onread.callback === 'function') setOwnBuffer(socket, options.onread);
  if (options.port === undefined && (options.path === undefined || options.path === null)) {
    throw new codes.ERR_MISSING_ARGS(['options', 'port', 'path']);
  }

  // A second life after the other side ended.
  if (Object.hasOwn(socket, 'write')) delete socket.write;
  if (socket.destroyed) {
    socket._handle = null;
    socket._peername = null;
    socket._sockname = null;
    socket._undestroy();
  }

  const { path } = options;
  const isPath = Boolean(path);
  if (!socket._handle) {
    socket._handle = new StreamHandle(isPath ? kPipe : kTcp);
    attach(socket, socket._handle);
  }
  if (callback !== null) socket.once('connect', callback);
  // A parent's connection (TLS over a socket) is the one to wait for.
  if (socket._parent?.connecting) return socket;

  socket._unrefTimer();
  socket.connecting = true;
  if (isPath) {
    validateString(path, 'options.path');
    attempt(socket, path);
  } else {
    lookUpAndConnect(socket, options);
  }
  return socket;
}

// ---- one attempt ----------------------------------------------------------------------------------------------------

function failure(socket, errno, address, port, localAddress, localPort) {
  const details = localAddress && localPort ? `${localAddress}:${localPort}` : undefined;
  return ExceptionWithHostPort(errno, 'connect', address, port, details);
}

// For a connection that could not even be tried, the end of it that is here may be the reason.
function failureAtOnce(socket, errno, address, port) {
  const name = socket._getsockname();
  return ExceptionWithHostPort(errno, 'connect', address, port, `${name.address}:${name.port}`);
}

function bindLocal(handle, localAddress, localPort, family) {
  if (!localAddress && !localPort) return 0;
  const address = localAddress || (family === 6 ? '::' : '0.0.0.0');
  return handle.bind(address, localPort ?? 0, family, 0);
}

// What --permission refuses is the socket's error, not that of whoever connects.
function unlessRefused(socket, step) {
  try {
    step();
  } catch (error) {
    if (error?.code !== 'ERR_ACCESS_DENIED') throw error;
    socket.destroy(error);
  }
}

// Connects to a path (no port) or an address.
function attempt(socket, address, port, family, localAddress, localPort) {
  unlessRefused(socket, () => attemptNow(socket, address, port, family, localAddress, localPort));
}

function attemptNow(socket, address, port, family, localAddress, localPort) {
  const handle = socket._handle;
  let errno;
  if (family === undefined) {
    errno = handle.connectPath(address, (status) => onConnected(socket, handle, status, address));
  } else {
    errno = bindLocal(handle, localAddress, localPort, family);
    if (errno !== 0) {
      socket.destroy(ExceptionWithHostPort(errno, 'bind', localAddress || (family === 6 ? '::' : '0.0.0.0'), localPort));
      return;
    }
    socket.emit('connectionAttempt', address, port, family);
    errno = handle.connect(address, port, family, (status) => {
      if (status < 0) {
        const error = failure(socket, status, address, port, localAddress, localPort);
        socket.emit('connectionAttemptFailed', address, port, family, error);
      }
      onConnected(socket, handle, status, address, port, localAddress, localPort);
    });
  }
  if (errno !== 0) socket.destroy(failureAtOnce(socket, errno, address, port));
}

function onConnected(socket, handle, status, address, port, localAddress, localPort) {
  if (socket.destroyed || socket._handle !== handle) return;
  if (status !== 0) {
    socket.connecting = false;
    socket._sockname = null;
    const error = failure(socket, status, address, port, localAddress, localPort);
    if (localAddress) {
      error.localAddress = localAddress;
      error.localPort = localPort;
    }
    socket.destroy(error);
    return;
  }
  succeed(socket);
}

function succeed(socket) {
  socket.connecting = false;
  socket._sockname = null;
  socket._unrefTimer();
  applyOptions(socket);
  socket.emit('connect');
  socket.emit('ready');
  // Reading begins at once, so that an end or an error of the other side is noticed.
  if (socket.readable && !socket.isPaused()) socket.read(0);
}

// ---- names ----------------------------------------------------------------------------------------------------------

// Async hooks are told that what looks a name up comes of the socket.
function onBehalfOfSocket(socket, lookup, ...args) {
  const { hooks } = tracking;
  if (hooks === undefined || !socket._handle) lookup(...args);
  else hooks.causedBy(socket._handle, lookup, ...args);
}

function lookUpAndConnect(socket, options) {
  const { localAddress, localPort } = options;
  const host = options.host || 'localhost';
  let { port, autoSelectFamily, autoSelectFamilyAttemptTimeout: attemptTimeout } = options;

  if (localAddress && !isIP(localAddress)) throw new codes.ERR_INVALID_IP_ADDRESS(localAddress);
  if (localPort) validateNumber(localPort, 'options.localPort');
  if (port !== undefined) {
    if (typeof port !== 'number' && typeof port !== 'string') {
      throw new codes.ERR_INVALID_ARG_TYPE('options.port', ['number', 'string'], port);
    }
    validatePort(port);
  }
  port |= 0;
  if (autoSelectFamily !== undefined && autoSelectFamily !== null) {
    validateBoolean(autoSelectFamily, 'options.autoSelectFamily');
  } else {
    autoSelectFamily = getDefaultAutoSelectFamily();
  }
  if (attemptTimeout !== undefined && attemptTimeout !== null) {
    validateInt32(attemptTimeout, 'options.autoSelectFamilyAttemptTimeout', 1);
    attemptTimeout = Math.max(attemptTimeout, SHORTEST_ATTEMPT);
  } else {
    attemptTimeout = getDefaultAutoSelectFamilyAttemptTimeout();
  }

  const family = isIP(host);
  if (family !== 0) {
    process.nextTick(() => {
      if (socket.connecting) attempt(socket, host, port, family, localAddress, localPort);
    });
    return;
  }
  if (options.lookup !== undefined && options.lookup !== null) validateFunction(options.lookup, 'options.lookup');

  const dns = require('dns');
  const lookup = options.lookup || dns.lookup;
  const request = { family: options.family, hints: options.hints || 0 };
  if (request.family !== 4 && request.family !== 6 && request.hints === 0) request.hints = dns.ADDRCONFIG;
  socket._host = host;
  const target = { host, port, localAddress, localPort, attemptTimeout };

  if (autoSelectFamily && request.family !== 4 && request.family !== 6 && !localAddress) {
    request.all = true;
    onBehalfOfSocket(socket, lookup, host, request, (error, addresses) => onAddresses(socket, target, error, addresses));
    return;
  }
  onBehalfOfSocket(socket, lookup, host, request, (error, address, addressFamily) => {
    socket.emit('lookup', error, address, addressFamily, host);
    if (!socket.connecting) return;
    const problem = error ?? addressProblem(address, addressFamily, target);
    if (problem) {
      process.nextTick(destroyWith, socket, problem);
    } else {
      socket._unrefTimer();
      attempt(socket, address, port, addressFamily, localAddress, localPort);
    }
  });
}

function destroyWith(socket, error) {
  socket.destroy(error);
}

// A program's own lookup may answer anything.
function addressProblem(address, family, { host, port }) {
  if (!isIP(address)) return new codes.ERR_INVALID_IP_ADDRESS(address);
  if (family !== 4 && family !== 6) return new codes.ERR_INVALID_ADDRESS_FAMILY(family, host, port);
  return null;
}

// ---- several addresses ----------------------------------------------------------------------------------------------

function onAddresses(socket, target, error, addresses) {
  if (!socket.connecting) return;
  if (error) {
    socket.emit('lookup', error, undefined, undefined, target.host);
    process.nextTick(destroyWith, socket, error);
    return;
  }
  const queues = { 4: [], 6: [] };
  let first;
  let lastProblem;
  for (const { address, family } of addresses) {
    socket.emit('lookup', null, address, family, target.host);
    // A listener may have destroyed the socket.
    if (!socket.connecting) return;
    lastProblem = addressProblem(address, family, target);
    if (lastProblem !== null) continue;
    first ??= family;
    queues[family].push({ address, family });
  }
  if (first === undefined) {
    process.nextTick(destroyWith, socket, lastProblem ?? new codes.ERR_INVALID_IP_ADDRESS(undefined));
    return;
  }
  // By turns, beginning with the family the resolver named first.
  const preferred = queues[first];
  const others = queues[first === 4 ? 6 : 4];
  const list = [];
  for (let i = 0; i < Math.max(preferred.length, others.length); i++) {
    if (i < preferred.length) list.push(preferred[i]);
    if (i < others.length) list.push(others[i]);
  }
  socket._unrefTimer();
  if (list.length === 1) {
    attempt(socket, list[0].address, target.port, list[0].family, target.localAddress, target.localPort);
    return;
  }
  socket.autoSelectFamilyAttemptedAddresses = [];
  unlessRefused(socket, () => attemptNext({ socket, target, list, next: 0, errors: [], timer: null }));
}

function attemptNext(state) {
  const { socket, target, list, errors } = state;
  clearTimeout(state.timer);
  if (state.next === list.length) {
    if (errors.length === 0) socket.destroy(new codes.ERR_SOCKET_CONNECTION_TIMEOUT());
    else socket.destroy(new NodeAggregateError(errors));
    return;
  }
  const index = state.next++;
  const { address, family } = list[index];
  const { port, localPort } = target;
  if (index > 0) {
    // A socket that was refused or is still trying cannot be used again.
    socket._handle.close();
    socket._handle = new StreamHandle(kTcp);
    attach(socket, socket._handle);
    socket._sockname = null;
  }
  const handle = socket._handle;
  socket.emit('connectionAttempt', address, port, family);
  socket.autoSelectFamilyAttemptedAddresses.push(`${address}:${port}`);

  let errno = bindLocal(handle, undefined, localPort, family);
  if (errno === 0) {
    errno = handle.connect(address, port, family, (status) => {
      // Not this attempt's turn any more, or the socket is gone.
      if (socket._handle !== handle || socket.destroyed || !socket.connecting) return;
      if (status === 0) {
        clearTimeout(state.timer);
        succeed(socket);
        return;
      }
      onAttemptFailed(state, status, address, family);
    });
  }
  if (errno !== 0) {
    onAttemptFailed(state, errno, address, family, true);
    return;
  }
  if (index < list.length - 1) {
    state.timer = setTimeout(() => {
      if (socket._handle !== handle || !socket.connecting) return;
      socket.emit('connectionAttemptTimeout', address, port, family);
      errors.push(failure(socket, uvCode('ETIMEDOUT'), address, port));
      attemptNext(state);
    }, target.attemptTimeout);
    if (!handle.hasRef()) state.timer.unref();
  }
}

function onAttemptFailed(state, errno, address, family, atOnce = false) {
  const { socket, target, errors } = state;
  const make = atOnce ? failureAtOnce : failure;
  const error = make(socket, errno, address, target.port);
  errors.push(error);
  socket.emit('connectionAttemptFailed', address, target.port, family, error);
  // Listeners may have ended it.
  if (socket.connecting) attemptNext(state);
}

// net.connect, net.createConnection
function connect(...args) {
  const { Socket } = require('internal/net/socket');
  const normalized = normalizeArgs(args);
  const { 0: options } = normalized;
  const { timeout } = options;
  const socket = new Socket(options);
  // Nobody can be subscribed unless somebody asked for that module.
  const channel = require('internal/realm').loaded('diagnostics_channel')?.channel('net.client.socket');
  if (channel?.hasSubscribers) channel.publish({ socket });
  if (timeout) socket.setTimeout(timeout);
  return socket.connect(normalized);
}

module.exports = {
  connect,
  connectSocket,
  getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  isPipeName,
  normalizeArgs,
  setDefaultAutoSelectFamily,
  setDefaultAutoSelectFamilyAttemptTimeout,
  toPort,
};
