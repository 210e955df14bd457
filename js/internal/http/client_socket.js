'use strict';

// A client's request on its socket: what is read becomes the answer, what goes wrong the request's error, and when both sides are
// done the socket goes back to the agent.

const { finished } = require('stream');
const { connResetException } = require('internal/errors');
const { channel, getMaxHeaderSize, isLenientByDefault, kNeedDrain } = require('internal/http/common');
const { IncomingMessage, fill, readStart, readStop, settleSignal } = require('internal/http/incoming');
const { kErrored } = require('internal/http/outgoing');
const { Parser, kBody, kNoBody, kUpgrade } = require('internal/http/parser');

const kExchange = Symbol('exchange');
// A request's async context.
const kResource = Symbol('resource');

function hangUp() {
  return connResetException('socket hang up');
}

function emitError(request, error) {
  channel('http.client.request.error')?.publish({ request, error });
  request.emit('error', error);
}

// Runs `act` in the async context of the request, on whichever connection its answer comes.
function runInScope(request, act) {
  return request[kResource].runInAsyncScope(act);
}

// Called by the socket.
function onSocketTimeout() {
  this._httpMessage?.emit('timeout');
}

function listenForTimeout(request) {
  if (request.timeoutCb) return;
  request.timeoutCb = onSocketTimeout;
  if (request.socket) request.socket.once('timeout', onSocketTimeout);
  else request.on('socket', (socket) => socket.once('timeout', onSocketTimeout));
}

// Ends a request that never had a socket, or whose socket is gone.
function abandon(request, error) {
  // That it was aborted was told already.
  if (error || !request.aborted) emitError(request, error ?? hangUp());
  request._closed = true;
  request.emit('close');
}

// The agent's answer to a request for a socket.
function takeSocket(request, socket, error) {
  if (!request.destroyed && !error) {
    begin(request, socket);
    request._flush();
    return;
  }
  const reason = error || request[kErrored];
  if (!socket) {
    abandon(request, reason);
  } else if (!error && request.agent && !socket.destroyed) {
    // It is as good as new for others.
    socket.emit('free');
    abandon(request, reason);
  } else {
    finished(socket.destroy(reason), (closeError) => {
      abandon(request, reason || (closeError?.code === 'ERR_STREAM_PREMATURE_CLOSE' ? undefined : closeError));
    });
  }
}

function begin(request, socket) {
  const exchange = new Exchange(request, socket);
  request.socket = socket;
  request.parser = exchange.parser;
  socket.parser = exchange.parser;
  socket._httpMessage = request;
  socket[kExchange] = exchange;
  socket.on('error', onSocketError);
  socket.on('data', onSocketData);
  socket.on('end', onSocketEnd);
  socket.on('close', onSocketClose);
  socket.on('drain', onSocketDrain);
  if (request.timeout !== undefined || request.agent?.options?.timeout) listenForTimeout(request);
  request.emit('socket', socket);
}

// What the parser of an answer tells.
class Exchange {
  constructor(request, socket) {
    this.request = request;
    this.socket = socket;
    // The answer that is being read, which may be an interim one.
    this.incoming = null;
    this.parser = new Parser(false, this, {
      maxHeaderSize: request.maxHeaderSize || getMaxHeaderSize(),
      maxHeaders: typeof request.maxHeadersCount === 'number' ? request.maxHeadersCount : 2000,
      lenient: request.insecureHTTPParser ?? isLenientByDefault(),
    });
  }

  onHead(head) {
    return runInScope(this.request, () => this.startResponse(head));
  }

  startResponse(head) {
    const { request, socket } = this;
    if (this.isAnswered) {
      // A second answer to one request cannot be told from one to a request of somebody else's.
      this.detach();
      socket.destroy();
      return kBody;
    }
    const response = new IncomingMessage(socket);
    response.joinDuplicateHeaders = request.joinDuplicateHeaders;
    fill(response, head);
    this.incoming = response;
    this.parser.incoming = response;
    if (request.res) {
      socket.destroy();
      return kBody;
    }
    request.res = response;
    response.req = request;
    if (request.method === 'CONNECT') {
      response.upgrade = true;
      return kUpgrade;
    }
    if (response.upgrade) return kUpgrade;
    if (response.statusCode >= 100 && response.statusCode < 200) {
      this.tellInterim(response);
      return kNoBody;
    }
    if (request.shouldKeepAlive && !head.shouldKeepAlive) request.shouldKeepAlive = false;
    channel('http.client.response.finish')?.publish({ request, response });
    response.on('end', onResponseEnd);
    request.on('finish', onRequestFinish);
    socket.on('timeout', onResponseTimeout);
    if (request.aborted || !request.emit('response', response)) response._dump();
    if (request.method === 'HEAD') return kNoBody;
    if (response.statusCode === 304) {
      response.complete = true;
      return kNoBody;
    }
    return kBody;
  }

  // 100 Continue and its kin: the answer itself is still to come.
  tellInterim(response) {
    const { request } = this;
    const { headers, httpVersion, httpVersionMajor, httpVersionMinor, rawHeaders, statusCode, statusMessage } = response;
    request.res = null;
    if (statusCode === 100) request.emit('continue');
    request.emit('information', {
      statusCode, statusMessage, httpVersion, httpVersionMajor, httpVersionMinor, headers, rawHeaders,
    });
  }

  onBody(bytes) {
    const { incoming } = this;
    if (incoming._dumped) return;
    runInScope(this.request, () => {
      if (!incoming.push(bytes)) readStop(this.socket);
    });
  }

  onTrailers(list) {
    this.incoming.rawTrailers = list;
  }

  onComplete() {
    const { incoming } = this;
    incoming.complete = true;
    if (incoming.upgrade) return;
    if (incoming.statusCode >= 200 || incoming.statusCode < 100) {
      // Nothing that comes now belongs to this request; what has come with the answer is looked at yet (onSocketData).
      this.isAnswered = true;
      runInScope(this.request, () => incoming.push(null));
    }
    readStart(this.socket);
  }

  // Reads no more.
  detach() {
    const { request, socket } = this;
    this.parser.detached = true;
    socket.removeListener('data', onSocketData);
    socket.removeListener('end', onSocketEnd);
    if (socket.parser === this.parser) socket.parser = null;
    if (request.parser === this.parser) request.parser = null;
  }

  // The socket is somebody else's now, or nobody's.
  release() {
    const { request, socket } = this;
    if (!this.parser.detached) this.detach();
    socket.removeListener('close', onSocketClose);
    socket.removeListener('error', onSocketError);
    socket.removeListener('drain', onSocketDrain);
    socket.removeListener('timeout', onResponseTimeout);
    if (request.timeoutCb) socket.removeListener('timeout', request.timeoutCb);
  }

  fail(error) {
    const { request, socket } = this;
    if (socket._hadError) return;
    socket._hadError = true;
    runInScope(request, () => emitError(request, error));
  }
}

// ---- the socket's events, called by it ------------------------------------------------------------------------------

function onSocketData(bytes) {
  const exchange = this[kExchange];
  const { parser } = exchange;
  if (parser.detached) return;
  const problem = parser.execute(bytes);
  if (problem !== undefined) {
    problem.rawPacket = bytes;
    exchange.detach();
    this.destroy();
    exchange.fail(problem);
  } else if (exchange.isAnswered) {
    if (!parser.detached) exchange.detach();
  } else if (exchange.incoming?.upgrade && !parser.detached) {
    handOver(exchange, bytes.subarray(parser.at));
  }
}

// The connection goes to whoever asked for another protocol.
function handOver(exchange, head) {
  const { incoming, request, socket } = exchange;
  const event = request.method === 'CONNECT' ? 'connect' : 'upgrade';
  exchange.detach();
  if (request.listenerCount(event) === 0) {
    // Nobody is there to speak it.
    socket.destroy();
    return;
  }
  exchange.release();
  request.upgradeOrConnect = true;
  socket.emit('agentRemove');
  socket._httpMessage = null;
  socket.readableFlowing = null;
  runInScope(request, () => {
    request.emit(event, incoming, socket, head);
    request.destroyed = true;
    request._closed = true;
    request.emit('close');
  });
}

function onSocketEnd() {
  const exchange = this[kExchange];
  const { parser, request } = exchange;
  if (!request.res) {
    exchange.fail(hangUp());
  }
  if (!parser.detached) {
    parser.finish();
    if (!parser.detached) exchange.detach();
  }
  this.end();
}

function onSocketClose() {
  const exchange = this[kExchange];
  const { parser, request } = exchange;
  // What waits to be read belongs to the answer yet.
  this.read();
  if (!parser.detached) {
    parser.finish();
    if (!parser.detached) exchange.detach();
  }
  runInScope(request, () => {
    request.destroyed = true;
    const { res } = request;
    if (res) {
      if (!res.complete) res.destroy(connResetException('aborted'));
      request._closed = true;
      request.emit('close');
      if (!res.aborted && res.readable) res.push(null);
    } else {
      exchange.fail(request[kErrored] ?? hangUp());
      request._closed = true;
      request.emit('close');
    }
  });
  // Callbacks of what was never sent are dropped with it.
  request.outputData.length = 0;
}

function onSocketError(error) {
  const exchange = this[kExchange];
  exchange.fail(error);
  if (!exchange.parser.detached) {
    exchange.parser.finish();
    if (!exchange.parser.detached) exchange.detach();
  }
  this.destroy();
}

function onSocketDrain() {
  const message = this._httpMessage;
  if (message && !message.finished && message[kNeedDrain]) {
    message[kNeedDrain] = false;
    message.emit('drain');
  }
}

function onResponseTimeout() {
  this._httpMessage?.res?.emit('timeout');
}

// ---- when both sides are done ---------------------------------------------------------------------------------------

// Called by the answer.
function onResponseEnd() {
  const { req: request } = this;
  const { socket } = request;
  settleSignal(this);
  if (socket) {
    if (request.timeoutCb) socket.removeListener('timeout', request.timeoutCb);
    socket.removeListener('timeout', onResponseTimeout);
  }
  request._ended = true;
  if (!request.shouldKeepAlive) {
    if (socket?.writable) {
      if (typeof socket.destroySoon === 'function') socket.destroySoon();
      else socket.end();
    }
  } else if (request.writableFinished && !this.aborted) {
    giveBack(request);
  }
}

// Called by the request.
function onRequestFinish() {
  if (this.shouldKeepAlive && this._ended) giveBack(this);
}

function giveBack(request) {
  const { socket } = request;
  if (request.timeoutCb) {
    socket.setTimeout(0, request.timeoutCb);
    request.timeoutCb = null;
  }
  socket[kExchange].release();
  // What is done to it from now on must not end a socket that others may use.
  request.destroyed = true;
  // Not before whoever listens to the answer's end is done.
  process.nextTick(emitFreeNT, request);
}

function emitFreeNT(request) {
  request._closed = true;
  request.emit('close');
  request.socket?.emit('free');
}

module.exports = { emitError, kResource, listenForTimeout, takeSocket };
