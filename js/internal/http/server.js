'use strict';

// http.Server: a net.Server whose connections speak HTTP/1.1. Requests of one connection may come before earlier ones are
// answered; answers go out in the order of their requests.

const net = require('net');
const {
  codes: { ERR_HTTP_REQUEST_TIMEOUT, ERR_HTTP_SOCKET_ENCODING, ERR_OUT_OF_RANGE }, connResetException,
} = require('internal/errors');
const { validateBoolean, validateFunction, validateInteger, validateObject } = require('internal/validators');
const { channel, getMaxHeaderSize, isLenientByDefault, kNeedDrain } = require('internal/http/common');
const { IncomingMessage, fill, readStart, readStop, settleSignal } = require('internal/http/incoming');
const { ServerResponse } = require('internal/http/response');
const { kUniqueHeaders, uniqueHeaders } = require('internal/http/outgoing');
const { Parser, kBody, kUpgrade } = require('internal/http/parser');
const { AsyncResource } = require('internal/async_resource');

const kServerResponse = Symbol('ServerResponse');
const kIncomingMessage = Symbol('IncomingMessage');
const kConnections = Symbol('http.server.connections');
const kConnectionsCheckingInterval = Symbol('http.server.connectionsCheckingInterval');
const kOptions = Symbol('http.server.options');
const kIsAnswered = Symbol('isAnswered');

const kContinue = /(?:^|\W)100-continue(?:$|\W)/i;
const kRefusals = {
  __proto__: null,
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function noop() {}

function limit(options, name, byDefault) {
  const value = options[name];
  if (value === undefined) return byDefault;
  validateInteger(value, name, 0);
  return value;
}

function flag(options, name) {
  const value = options[name];
  if (value !== undefined) validateBoolean(value, `options.${name}`);
  return value;
}

// What a server is made with, on the server.
function storeHTTPOptions(options) {
  this[kIncomingMessage] = options.IncomingMessage || IncomingMessage;
  this[kServerResponse] = options.ServerResponse || ServerResponse;
  if (options.maxHeaderSize !== undefined) validateInteger(options.maxHeaderSize, 'maxHeaderSize', 0);
  this.maxHeaderSize = options.maxHeaderSize;
  this.insecureHTTPParser = flag(options, 'insecureHTTPParser');
  this.requestTimeout = limit(options, 'requestTimeout', 300_000);
  if (options.headersTimeout !== undefined) {
    this.headersTimeout = limit(options, 'headersTimeout');
    if (this.requestTimeout > 0 && this.headersTimeout > this.requestTimeout) {
      throw new ERR_OUT_OF_RANGE('headersTimeout', '<= requestTimeout', options.headersTimeout);
    }
  } else {
    this.headersTimeout = Math.min(60_000, this.requestTimeout || 60_000);
  }
  this.keepAliveTimeout = limit(options, 'keepAliveTimeout', 5_000);
  this.keepAliveTimeoutBuffer = limit(options, 'keepAliveTimeoutBuffer', 1_000);
  this.connectionsCheckingInterval = limit(options, 'connectionsCheckingInterval', 30_000);
  this.requireHostHeader = flag(options, 'requireHostHeader') ?? true;
  this.joinDuplicateHeaders = flag(options, 'joinDuplicateHeaders');
  this.rejectNonStandardBodyWrites = flag(options, 'rejectNonStandardBodyWrites') ?? false;
  if (options.shouldUpgradeCallback !== undefined) validateFunction(options.shouldUpgradeCallback, 'options.shouldUpgradeCallback');
  this.shouldUpgradeCallback = options.shouldUpgradeCallback ?? function() {
    return this.listenerCount('upgrade') > 0;
  };
}

function Server(options, requestListener) {
  if (!(this instanceof Server)) return new Server(options, requestListener);
  if (typeof options === 'function') {
    requestListener = options;
    options = {};
  } else if (options === undefined || options === null) {
    options = {};
  } else {
    validateObject(options, 'options');
    options = { ...options };
  }
  storeHTTPOptions.call(this, options);
  net.Server.call(this, {
    allowHalfOpen: true,
    noDelay: options.noDelay ?? true,
    keepAlive: options.keepAlive,
    keepAliveInitialDelay: options.keepAliveInitialDelay,
    highWaterMark: options.highWaterMark,
  });
  this[kOptions] = options;
  this[kConnections] = new Set();
  this[kUniqueHeaders] = uniqueHeaders(options.uniqueHeaders);
  this.httpAllowHalfOpen = false;
  this.timeout = 0;
  this.maxHeadersCount = null;
  this.maxRequestsPerSocket = 0;
  if (requestListener) this.on('request', requestListener);
  this.on('connection', connectionListener);
  this.on('listening', startChecking);
}
Object.setPrototypeOf(Server.prototype, net.Server.prototype);
Object.setPrototypeOf(Server, net.Server);

Server.prototype.setTimeout = function(milliseconds, callback) {
  this.timeout = milliseconds;
  if (callback) this.on('timeout', callback);
  return this;
};

Server.prototype.close = function(...args) {
  stopChecking(this);
  const result = Reflect.apply(net.Server.prototype.close, this, args);
  this.closeIdleConnections();
  return result;
};

Server.prototype[Symbol.asyncDispose] = function() {
  return new Promise((resolve, reject) => {
    this.close((error) => (error ? reject(error) : resolve()));
  });
};

Server.prototype.closeAllConnections = function() {
  for (const { socket } of this[kConnections]) socket.destroy();
};

Server.prototype.closeIdleConnections = function() {
  for (const { socket, parser, hadRequest } of this[kConnections]) {
    if (!hadRequest || parser.isBusy || (socket._httpMessage && !socket._httpMessage.finished)) continue;
    socket.destroy();
  }
};

Server.prototype[Symbol.for('nodejs.rejection')] = function(error, event, ...args) {
  if (event !== 'request' && event !== 'checkContinue' && event !== 'checkExpectation') {
    Reflect.apply(net.Server.prototype[Symbol.for('nodejs.rejection')], this, [error, event, ...args]);
    return;
  }
  const response = args[1];
  if (response.headersSent || response.writableEnded) {
    response.destroy();
    return;
  }
  // What was said already could tell too much.
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusCode = 500;
  response.end('Internal Server Error');
};

// ---- requests that take too long ------------------------------------------------------------------------------------

function startChecking() {
  stopChecking(this);
  if (this.connectionsCheckingInterval > 0) {
    this[kConnectionsCheckingInterval] = setInterval(checkConnections, this.connectionsCheckingInterval, this).unref();
  }
}

function stopChecking(server) {
  clearInterval(server[kConnectionsCheckingInterval]);
}

function checkConnections(server) {
  const { headersTimeout, requestTimeout } = server;
  if (headersTimeout === 0 && requestTimeout === 0) return;
  const now = performance.now();
  for (const { socket, parser } of server[kConnections]) {
    const { startedAt, headReadAt } = parser;
    if (startedAt === 0) continue;
    const isLate = (headersTimeout > 0 && headReadAt === 0 && now - startedAt >= headersTimeout) ||
      (requestTimeout > 0 && now - startedAt >= requestTimeout);
    if (isLate) onSocketError.call(socket, new ERR_HTTP_REQUEST_TIMEOUT());
  }
}

// ---- one connection -------------------------------------------------------------------------------------------------

// A connection's parser tells it what came; it holds the requests that are being read and the answers that wait for their turn.
class Connection {
  constructor(server, socket) {
    this.server = server;
    this.socket = socket;
    this.incoming = [];
    this.outgoing = [];
    this.outgoingData = 0;
    this.requests = 0;
    this.hadRequest = false;
    this.isKeptAlive = false;
    // The message that is being read, and the async context of what it brings about.
    this.request = null;
    this.resource = null;
    this.parser = new Parser(true, this, {
      maxHeaderSize: server.maxHeaderSize || getMaxHeaderSize(),
      maxHeaders: typeof server.maxHeadersCount === 'number' ? server.maxHeadersCount : 2000,
      lenient: server.insecureHTTPParser ?? isLenientByDefault(),
    });
    // Who connects and says nothing is late, too.
    this.parser.startedAt = performance.now();
  }

  onHead(head) {
    this.resource = new AsyncResource('HTTPINCOMINGMESSAGE', { requireManualDestroy: true });
    return this.resource.runInAsyncScope(startRequest, null, this, head);
  }

  onBody(bytes) {
    const { request } = this;
    if (request._dumped) return;
    this.resource.runInAsyncScope(() => {
      if (!request.push(bytes)) readStop(this.socket);
    });
  }

  onTrailers(list) {
    this.request.rawTrailers = list;
  }

  onComplete() {
    const { request } = this;
    request.complete = true;
    // An upgraded connection has no body, and its bytes are somebody else's.
    this.resource.runInAsyncScope(() => request.push(null));
    this.resource.emitDestroy();
    if (!request.upgrade) readStart(this.socket);
    if (request[kIsAnswered]) this.forget(request);
  }

  // A connection that is kept does not keep what went over it.
  forget(request) {
    if (this.request !== request || request.upgrade) return;
    this.request = null;
    this.resource = null;
    this.parser.incoming = null;
  }

  detach() {
    this.parser.detached = true;
    this.server[kConnections].delete(this);
    if (this.socket.parser === this.parser) this.socket.parser = null;
  }
}

function connectionListener(socket) {
  const server = this;
  const connection = new Connection(server, socket);
  server[kConnections].add(connection);
  // The socket may have been given to this server by hand.
  socket.server ??= server;
  socket.parser = connection.parser;
  socket.parser.socket = socket;
  socket._paused = false;
  socket[kConnections] = connection;
  if (server.timeout && typeof socket.setTimeout === 'function') socket.setTimeout(server.timeout);
  socket.on('timeout', onSocketTimeout);
  socket.on('error', onSocketError);
  socket.on('close', onSocketClose);
  socket.on('end', onSocketEnd);
  socket.on('data', onSocketData);
  socket.on('drain', onSocketDrain);
  // Bytes that are parsed are not text.
  socket.setEncoding = () => {
    throw new ERR_HTTP_SOCKET_ENCODING();
  };
}

function forget(socket) {
  socket.removeListener('data', onSocketData);
  socket.removeListener('end', onSocketEnd);
  socket.removeListener('close', onSocketClose);
  socket.removeListener('drain', onSocketDrain);
  socket.removeListener('error', onSocketError);
  socket.removeListener('timeout', onSocketTimeout);
  delete socket.setEncoding;
}

function onSocketData(bytes) {
  const connection = this[kConnections];
  const { parser } = connection;
  if (parser.detached) return;
  const problem = parser.execute(bytes);
  if (problem !== undefined) {
    problem.rawPacket = bytes;
    Reflect.apply(onSocketError, this, [problem]);
    return;
  }
  const { request } = connection;
  if (request?.upgrade && !parser.detached) handOver(connection, bytes.subarray(parser.at));
}

// The connection goes to whoever takes requests for another protocol.
function handOver(connection, head) {
  const { request, server, socket } = connection;
  forget(socket);
  connection.detach();
  const event = request.method === 'CONNECT' ? 'connect' : 'upgrade';
  if (server.listenerCount(event) === 0) {
    socket.destroy();
    return;
  }
  // As if nobody had ever read it.
  socket.readableFlowing = null;
  connection.resource.runInAsyncScope(() => server.emit(event, request, socket, head));
}

function onSocketEnd() {
  const connection = this[kConnections];
  const { server } = connection;
  const problem = connection.parser.finish();
  if (problem !== undefined) {
    Reflect.apply(onSocketError, this, [problem]);
    return;
  }
  if (!server.httpAllowHalfOpen) {
    if (this.writable) this.end();
  } else if (connection.outgoing.length > 0) {
    connection.outgoing[connection.outgoing.length - 1]._last = true;
  } else if (this._httpMessage) {
    this._httpMessage._last = true;
  } else if (this.writable) {
    this.end();
  }
}

function onSocketClose() {
  const connection = this[kConnections];
  // Programs call listeners themselves, on whatever they like.
  if (connection === undefined) return;
  connection.detach();
  abortIncoming(connection);
}

function abortIncoming({ incoming }) {
  while (incoming.length > 0) incoming.shift().destroy(connResetException('aborted'));
}

function onSocketTimeout() {
  const connection = this[kConnections];
  const { request, server } = connection;
  const told = [
    request !== null && !request.complete && request.emit('timeout', this),
    Boolean(this._httpMessage?.emit('timeout', this)),
    server.emit('timeout', this),
  ];
  if (!told.includes(true)) this.destroy();
}

function onSocketDrain() {
  resumeIfDrained(this[kConnections]);
  const response = this._httpMessage;
  if (response && !response.finished && response[kNeedDrain]) {
    response[kNeedDrain] = false;
    response.emit('drain');
  }
}

function resumeIfDrained({ socket, outgoingData }) {
  if (socket._paused && outgoingData <= socket.writableHighWaterMark) {
    socket._paused = false;
    socket.resume();
  }
}

function onSocketError(error) {
  this.removeListener('error', onSocketError);
  // What else goes wrong with this connection is part of the same.
  if (this.listenerCount('error') === 0) this.on('error', noop);
  if (this[kConnections].server.emit('clientError', error, this)) return;
  // In the midst of an answer there is no place for another.
  if (this.writable && (!this._httpMessage || !this._httpMessage._headerSent)) {
    this.write(`HTTP/1.1 ${kRefusals[error.code] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`, 'latin1');
  }
  this.destroy(error);
}

// ---- one request ----------------------------------------------------------------------------------------------------

function startRequest(connection, head) {
  const { server, socket } = connection;
  const request = new server[kIncomingMessage](socket);
  request.joinDuplicateHeaders = server.joinDuplicateHeaders;
  fill(request, head);
  connection.request = request;
  connection.hadRequest = true;
  socket.parser.incoming = request;
  if (connection.isKeptAlive) {
    socket.setTimeout(server.timeout || 0);
    connection.isKeptAlive = false;
  }
  if (request.upgrade) {
    request.upgrade = request.method === 'CONNECT' || Boolean(Reflect.apply(server.shouldUpgradeCallback, server, [request]));
    if (request.upgrade) return kUpgrade;
  }

  connection.incoming.push(request);
  // Who asks faster than it reads answers waits.
  if (!socket._paused && (socket.writableNeedDrain || connection.outgoingData >= socket.writableHighWaterMark)) {
    socket._paused = true;
    socket.pause();
  }

  const response = new server[kServerResponse](request, {
    highWaterMark: socket.writableHighWaterMark,
    rejectNonStandardBodyWrites: server.rejectNonStandardBodyWrites,
  });
  response._keepAliveTimeout = server.keepAliveTimeout;
  response._maxRequestsPerSocket = server.maxRequestsPerSocket;
  response._onPendingData = (change) => {
    connection.outgoingData += change;
    resumeIfDrained(connection);
  };
  response.shouldKeepAlive = head.shouldKeepAlive;
  response[kUniqueHeaders] = server[kUniqueHeaders];
  channel('http.server.request.start')?.publish({ request, response, socket, server });

  // Another answer may have the connection.
  if (socket._httpMessage) connection.outgoing.push(response);
  else response.assignSocket(socket);
  response.on('finish', () => finishResponse(connection, request, response));

  dispatch(connection, request, response, head);
  return kBody;
}

function dispatch(connection, request, response, head) {
  const { server, socket } = connection;
  const isModern = request.httpVersionMajor === 1 && request.httpVersionMinor === 1;
  if (!isModern) {
    server.emit('request', request, response);
    return;
  }
  if (server.requireHostHeader && !head.hasHost) {
    response.writeHead(400, ['Connection', 'close']);
    response.end();
    return;
  }
  if (typeof server.maxRequestsPerSocket === 'number' && server.maxRequestsPerSocket > 0) {
    connection.requests++;
    response.maxRequestsOnConnectionReached = server.maxRequestsPerSocket <= connection.requests;
    if (server.maxRequestsPerSocket < connection.requests) {
      server.emit('dropRequest', request, socket);
      response.writeHead(503);
      response.end();
      return;
    }
  }
  const expect = head.hasExpect ? request.headers.expect : undefined;
  if (expect === undefined) {
    server.emit('request', request, response);
  } else if (kContinue.test(expect)) {
    response._expect_continue = true;
    if (server.listenerCount('checkContinue') > 0) {
      server.emit('checkContinue', request, response);
    } else {
      response.writeContinue();
      server.emit('request', request, response);
    }
  } else if (server.listenerCount('checkExpectation') > 0) {
    server.emit('checkExpectation', request, response);
  } else {
    response.writeHead(417);
    response.end();
  }
}

function emitCloseNT(response) {
  if (response._closed) return;
  response.destroyed = true;
  response._closed = true;
  response.emit('close');
}

function finishResponse(connection, request, response) {
  const { incoming, outgoing, server, socket } = connection;
  channel('http.server.response.finish')?.publish({ request, response, socket, server });
  incoming.shift();
  settleSignal(request);
  // A body that nobody reads is in the way of the next request.
  if (!request._consumed && !request._readableState.resumeScheduled) request._dump();
  response.detachSocket(socket);
  process.nextTick(emitCloseNT, response);
  if (request.complete) connection.forget(request);
  else request[kIsAnswered] = true;
  if (response._last) {
    if (typeof socket.destroySoon === 'function') socket.destroySoon();
    else socket.end();
  } else if (outgoing.length > 0) {
    outgoing.shift().assignSocket(socket);
  } else if (server.keepAliveTimeout && typeof socket.setTimeout === 'function') {
    // A little longer than the client is told, whose next request may be on its way.
    socket.setTimeout(server.keepAliveTimeout + server.keepAliveTimeoutBuffer);
    connection.isKeptAlive = true;
  }
}

module.exports = {
  Server, _connectionListener: connectionListener, kConnectionsCheckingInterval, kIncomingMessage, kServerResponse, storeHTTPOptions,
};
