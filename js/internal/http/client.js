'use strict';

// http.ClientRequest: one request and, as its 'response', the answer. The agent gives it a socket; client_socket.js is what
// happens on that.

const net = require('net');
const { Buffer } = require('buffer');
const {
  codes: {
    ERR_HTTP_HEADERS_SENT, ERR_INVALID_ARG_TYPE, ERR_INVALID_HTTP_TOKEN, ERR_INVALID_PROTOCOL, ERR_UNESCAPED_CHARACTERS,
  },
} = require('internal/errors');
const { validateBoolean, validateInteger, validateNumber } = require('internal/validators');
const { once } = require('internal/util');
const { channel, isToken } = require('internal/http/common');
const { OutgoingMessage, kErrored, kHeaders, kUniqueHeaders, uniqueHeaders } = require('internal/http/outgoing');
const agents = require('internal/http/agent');
const { emitError, kResource, listenForTimeout, takeSocket } = require('internal/http/client_socket');
const { AsyncResource } = require('internal/async_resource');

const kInvalidInPath = /[^\u0021-\u00ff]/;
const kWithoutBody = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);
const kPath = Symbol('path');

const kLongestTimeout = 2 ** 31 - 1;

function validateHost(host, name) {
  if (host !== null && host !== undefined && typeof host !== 'string') {
    throw new ERR_INVALID_ARG_TYPE(`options.${name}`, ['string', 'undefined', 'null'], host);
  }
  return host;
}

function timerDuration(milliseconds, name) {
  validateNumber(milliseconds, name, 0);
  if (!Number.isFinite(milliseconds)) {
    const { codes } = require('internal/errors');
    throw new codes.ERR_OUT_OF_RANGE(name, 'a non-negative finite number', milliseconds);
  }
  if (milliseconds > kLongestTimeout) {
    process.emitWarning(`${milliseconds} does not fit into a 32-bit signed integer.\nTimer duration was truncated to ${kLongestTimeout}.`,
                        'TimeoutOverflowWarning');
    return kLongestTimeout;
  }
  return milliseconds;
}

// (url, options, callback), (url, callback) or (options, callback).
function normalize(input, options, callback) {
  if (typeof input === 'string' || input instanceof URL) {
    const url = typeof input === 'string' ? new URL(input) : input;
    input = require('url').urlToHttpOptions(url);
  } else {
    callback = options;
    options = input;
    input = null;
  }
  if (typeof options === 'function') {
    callback = options;
    options = input || {};
  } else {
    options = { ...input, ...options };
  }
  return { options, callback };
}

function chooseAgent(options) {
  const { agent } = options;
  const byDefault = options._defaultAgent || agents.globalAgent;
  if (agent === false) return new byDefault.constructor();
  if (agent === null || agent === undefined) return typeof options.createConnection === 'function' ? agent : byDefault;
  if (typeof agent.addRequest !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('options.agent', ['Agent-like Object', 'undefined', 'false'], agent);
  }
  return agent;
}

function methodOf({ method }) {
  if (method !== null && method !== undefined && typeof method !== 'string') {
    throw new ERR_INVALID_ARG_TYPE('options.method', 'string', method);
  }
  if (!method) return 'GET';
  if (!isToken(method)) throw new ERR_INVALID_HTTP_TOKEN('Method', method);
  return method.toUpperCase();
}

function ClientRequest(input, options, callback) {
  if (!(this instanceof ClientRequest)) return new ClientRequest(input, options, callback);
  OutgoingMessage.call(this);
  ({ options, callback } = normalize(input, options, callback));
  const agent = this.agent = chooseAgent(options);
  const byDefault = options._defaultAgent || agents.globalAgent;
  const protocol = options.protocol || byDefault.protocol;
  const expected = agent?.protocol || byDefault.protocol;
  if (options.path && kInvalidInPath.test(String(options.path))) throw new ERR_UNESCAPED_CHARACTERS('Request path');
  if (protocol !== expected) throw new ERR_INVALID_PROTOCOL(protocol, expected);

  const defaultPort = options.defaultPort || agent?.defaultPort;
  const port = options.port = options.port || defaultPort || 80;
  const host = options.host = validateHost(options.hostname, 'hostname') || validateHost(options.host, 'host') || 'localhost';
  this.socketPath = options.socketPath;
  if (options.timeout !== undefined) this.timeout = timerDuration(options.timeout, 'timeout');
  if (options.signal) require('stream').addAbortSignal(options.signal, this);
  this.method = methodOf(options);
  if (options.maxHeaderSize !== undefined) validateInteger(options.maxHeaderSize, 'maxHeaderSize', 0);
  this.maxHeaderSize = options.maxHeaderSize;
  for (const name of ['insecureHTTPParser', 'joinDuplicateHeaders']) {
    if (options[name] !== undefined) validateBoolean(options[name], `options.${name}`);
    this[name] = options[name];
  }
  this.path = options.path || '/';
  if (callback) this.once('response', callback);
  this.useChunkedEncodingByDefault = !kWithoutBody.has(this.method);
  this._ended = false;
  this.res = null;
  this.aborted = false;
  this.timeoutCb = null;
  this.upgradeOrConnect = false;
  this.parser = null;
  this.maxHeadersCount = null;
  this.reusedSocket = false;
  this.host = host;
  this.protocol = protocol;
  this[kUniqueHeaders] = uniqueHeaders(options.uniqueHeaders);
  // What answers bring about belongs to whoever asked, on whichever connection they come.
  this[kResource] = new AsyncResource('HTTPCLIENTREQUEST', { requireManualDestroy: true });

  if (agent) {
    // With as many connections as anybody likes there is nothing to save by keeping one.
    this.shouldKeepAlive = agent.keepAlive || Number.isFinite(agent.maxSockets);
    this._last = !this.shouldKeepAlive;
  } else {
    this._last = true;
    this.shouldKeepAlive = false;
  }
  addHeaders(this, options, host, port, defaultPort);
  connect(this, options);
}
Object.setPrototypeOf(ClientRequest.prototype, OutgoingMessage.prototype);
Object.setPrototypeOf(ClientRequest, OutgoingMessage);

function addHeaders(request, options, host, port, defaultPort) {
  const { headers } = options;
  if (Array.isArray(headers)) {
    request._storeHeader(firstLine(request), withHost(headers, options, host, port, defaultPort));
    return;
  }
  for (const name of Object.keys(headers ?? {})) request.setHeader(name, headers[name]);
  if (host && !request.getHeader('host') && options.setHost !== false) {
    request.setHeader('Host', hostHeader(host, port, defaultPort));
  }
  if (options.auth && !request.getHeader('Authorization')) {
    request.setHeader('Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`);
  }
  if (request.getHeader('expect')) {
    if (request._header) throw new ERR_HTTP_HEADERS_SENT('render');
    request._storeHeader(firstLine(request), request[kHeaders]);
  }
}

// A list of headers is sent as it is, but for the one that every request must have.
function withHost(headers, options, host, port, defaultPort) {
  if (options.setHost === false || !host) return headers;
  const isPaired = headers.length > 0 && Array.isArray(headers[0]);
  const names = isPaired ? headers.map((pair) => pair[0]) : headers.filter((_, i) => i % 2 === 0);
  if (names.some((name) => String(name).toLowerCase() === 'host')) return headers;
  const value = hostHeader(host, port, defaultPort);
  return isPaired ? [...headers, ['Host', value]] : [...headers, 'Host', value];
}

function hostHeader(host, port, defaultPort) {
  // IPv6 addresses stand in brackets, for their colons.
  let header = host.indexOf(':') !== host.lastIndexOf(':') && !host.startsWith('[') ? `[${host}]` : host;
  if (port && +port !== defaultPort) header += `:${port}`;
  return header;
}

function connect(request, options) {
  // A signal is the request's, and not that of a connection others may use after it.
  options = { ...options, signal: undefined };
  if (request.agent) {
    request.agent.addRequest(request, options);
    return;
  }
  // A path here is that of the request, and would be taken for a socket's.
  options.path = options.socketPath || undefined;
  if (typeof options.createConnection === 'function') {
    const done = once((error, socket) => {
      if (error) process.nextTick(emitError, request, error);
      else request.onSocket(socket);
    });
    try {
      const socket = options.createConnection(options, done);
      if (socket) done(null, socket);
    } catch (error) {
      done(error);
    }
  } else {
    request.onSocket(net.createConnection(options));
  }
}

function firstLine({ method, path }) {
  return `${method} ${path} HTTP/1.1\r\n`;
}

Object.defineProperty(ClientRequest.prototype, 'path', {
  __proto__: null,
  configurable: true,
  enumerable: true,
  get() { return this[kPath]; },
  set(value) {
    const path = String(value);
    if (kInvalidInPath.test(path)) throw new ERR_UNESCAPED_CHARACTERS('Request path');
    this[kPath] = path;
  },
});

ClientRequest.prototype._finish = function() {
  Reflect.apply(OutgoingMessage.prototype._finish, this, []);
  channel('http.client.request.start')?.publish({ request: this });
};

ClientRequest.prototype._implicitHeader = function() {
  if (this._header) throw new ERR_HTTP_HEADERS_SENT('render');
  this._storeHeader(firstLine(this), this[kHeaders]);
};

ClientRequest.prototype.abort = function() {
  if (this.aborted) return;
  this.aborted = true;
  process.nextTick(() => this.emit('abort'));
  this.destroy();
};

ClientRequest.prototype.destroy = function(error) {
  if (this.destroyed) return this;
  this.destroyed = true;
  // The rest of an answer is of no use.
  this.res?._dump();
  this[kErrored] = error;
  this.socket?.destroy(error);
  return this;
};

ClientRequest.prototype.onSocket = function(socket, error) {
  process.nextTick(takeSocket, this, socket, error);
};

// ---- timeouts and options of the socket -----------------------------------------------------------------------------

ClientRequest.prototype.setTimeout = function(milliseconds, callback) {
  if (this._ended) return this;
  listenForTimeout(this);
  milliseconds = timerDuration(milliseconds, 'msecs');
  if (callback) this.once('timeout', callback);
  const apply = (socket) => {
    // The time it takes to connect does not count.
    if (socket.connecting) socket.once('connect', () => socket.setTimeout(milliseconds));
    else socket.setTimeout(milliseconds);
  };
  if (this.socket) apply(this.socket);
  else this.once('socket', apply);
  return this;
};

ClientRequest.prototype.clearTimeout = function(callback) {
  this.setTimeout(0, callback);
};

function whenConnected(request, act) {
  const use = (socket) => {
    if (socket.connecting) socket.once('connect', () => act(socket));
    else act(socket);
  };
  if (request.socket) use(request.socket);
  else request.once('socket', use);
}

ClientRequest.prototype.setNoDelay = function(noDelay) {
  whenConnected(this, (socket) => socket.setNoDelay(noDelay));
};

ClientRequest.prototype.setSocketKeepAlive = function(enable, initialDelay) {
  whenConnected(this, (socket) => socket.setKeepAlive(enable, initialDelay));
};

module.exports = { ClientRequest };
