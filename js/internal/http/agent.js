'use strict';

// http.Agent: keeps a client's connections. For each place they lead to there are sockets in use, free ones, and requests that
// wait for one.

const EventEmitter = require('events');
const net = require('net');
const { validateNumber, validateOneOf, validateString } = require('internal/validators');
const { once } = require('internal/util');
const { AsyncResource } = require('internal/async_resource');

const kOnKeylog = Symbol('onkeylog');
const kRequestOptions = Symbol('requestOptions');
const kRequestResource = Symbol('requestAsyncResource');
const kHint = /^timeout=(\d+)/;


// Errors of a socket that nobody uses are no news.
function onFreeSocketError() {
  const socket = this;
  socket.destroy();
  socket.emit('agentRemove');
}

function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  EventEmitter.call(this);
  this.options = { __proto__: null, ...options };
  if (this.options.noDelay === undefined) this.options.noDelay = true;
  // A connection of its own for each path of a Unix socket is told by the name.
  this.options.path = null;
  this.defaultPort = this.options.defaultPort || 80;
  this.protocol = this.options.protocol || 'http:';
  this.requests = { __proto__: null };
  this.sockets = { __proto__: null };
  this.freeSockets = { __proto__: null };
  this.keepAliveMsecs = this.options.keepAliveMsecs || 1000;
  this.keepAlive = this.options.keepAlive || false;
  this.maxSockets = this.options.maxSockets || Agent.defaultMaxSockets;
  this.maxFreeSockets = this.options.maxFreeSockets || 256;
  this.scheduling = this.options.scheduling || 'lifo';
  this.maxTotalSockets = this.options.maxTotalSockets;
  this.agentKeepAliveTimeoutBuffer = this.options.agentKeepAliveTimeoutBuffer ?? 1000;
  this.totalSocketCount = 0;
  validateOneOf(this.scheduling, 'scheduling', ['fifo', 'lifo']);
  if (this.maxTotalSockets !== undefined) {
    validateNumber(this.maxTotalSockets, 'maxTotalSockets', 1);
  } else {
    this.maxTotalSockets = Infinity;
  }
  this.on('free', onFree);
}
Object.setPrototypeOf(Agent.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Agent, EventEmitter);
Agent.defaultMaxSockets = Infinity;
Agent.prototype.createConnection = net.createConnection;

function addTo(table, name, entry) {
  (table[name] ??= []).push(entry);
}

function removeFrom(table, name, entry) {
  const list = table[name];
  const index = list === undefined ? -1 : list.indexOf(entry);
  if (index === -1) return false;
  list.splice(index, 1);
  if (list.length === 0) delete table[name];
  return true;
}

// A socket has done its request.
function onFree(socket, options) {
  const agent = this;
  const name = agent.getName(options);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const waiting = agent.requests[name];
  if (waiting?.length > 0) {
    const request = waiting.shift();
    const resource = request[kRequestResource];
    assign(agent, socket, request);
    if (resource) request[kRequestResource] = null;
    if (waiting.length === 0) delete agent.requests[name];
    return;
  }
  // Kept for a request to come, if the last one allowed it.
  const request = socket._httpMessage;
  if (!request?.shouldKeepAlive || !agent.keepAlive) {
    socket.destroy();
    return;
  }
  const free = agent.freeSockets[name] ?? [];
  const count = free.length + (agent.sockets[name]?.length ?? 0);
  if (agent.totalSocketCount > agent.maxTotalSockets || count > agent.maxSockets || free.length >= agent.maxFreeSockets ||
      !agent.keepSocketAlive(socket)) {
    socket.destroy();
    return;
  }
  agent.freeSockets[name] = free;
  socket._httpMessage = null;
  agent.removeSocket(socket, options);
  socket.once('error', onFreeSocketError);
  free.push(socket);
}

Agent.prototype.getName = function(options = {}) {
  let name = `${options.host || 'localhost'}:`;
  if (options.port) name += options.port;
  name += ':';
  if (options.localAddress) name += options.localAddress;
  if (options.family === 4 || options.family === 6) name += `:${options.family}`;
  if (options.socketPath) name += `:${options.socketPath}`;
  return name;
};

function mergedOptions(agent, options) {
  options = { __proto__: null, ...options, ...agent.options };
  if (options.socketPath) options.path = options.socketPath;
  normalizeServerName(options);
  return options;
}

// What a certificate would be checked against; part of a connection's name for agents of other protocols.
function normalizeServerName(options) {
  if (options.servername || options.servername === '') return;
  let name = options.host;
  const host = options.headers?.host ?? options.headers?.Host;
  if (host) {
    validateString(host, 'options.headers.host');
    name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.split(':', 1)[0];
  }
  options.servername = name && net.isIP(name) === 0 ? name : '';
}

Agent.prototype.addRequest = function(request, options, port, localAddress) {
  // (request, host, port, localAddress) is how it was once called.
  if (typeof options === 'string') options = { __proto__: null, host: options, port, localAddress };
  options = mergedOptions(this, options);
  const name = this.getName(options);
  this.sockets[name] ??= [];
  const free = this.freeSockets[name];
  let socket;
  if (free) {
    while (free.length > 0 && free[0].destroyed) free.shift();
    socket = this.scheduling === 'fifo' ? free.shift() : free.pop();
    if (free.length === 0) delete this.freeSockets[name];
  }
  const count = (free?.length ?? 0) + this.sockets[name].length;
  if (socket) {
    // It serves another operation now.
    socket._httpMessage = null;
    this.reuseSocket(socket, request);
    assign(this, socket, request);
    this.sockets[name].push(socket);
    this.totalSocketCount++;
  } else if (count < this.maxSockets && this.totalSocketCount < this.maxTotalSockets) {
    this.createSocket(request, options, (error, made) => {
      if (error) request.onSocket(made, error);
      else assign(this, made, request);
    });
  } else {
    addTo(this.requests, name, request);
    request[kRequestOptions] = options;
    request[kRequestResource] = new AsyncResource('QueuedRequest');
  }
  if (this.sockets[name]?.length === 0) delete this.sockets[name];
};

Agent.prototype.createSocket = function(request, options, callback) {
  options = mergedOptions(this, options);
  const name = this.getName(options);
  options._agentKey = name;
  options.encoding = null;
  const done = once((error, socket) => {
    if (error) {
      callback(error);
      return;
    }
    addTo(this.sockets, name, socket);
    this.totalSocketCount++;
    installListeners(this, socket, options);
    callback(null, socket);
  });
  if (this.keepAlive && this.keepAliveMsecs > 0) {
    options.keepAlive = this.keepAlive;
    options.keepAliveInitialDelay = this.keepAliveMsecs;
  }
  const socket = this.createConnection(options, done);
  if (socket) done(null, socket);
};

function installListeners(agent, socket, options) {
  function onSocketFree() {
    agent.emit('free', socket, options);
  }
  function onClose() {
    agent.removeSocket(socket, options);
  }
  function onTimeout() {
    // A free one that idles is closed; one in use has whoever uses it told.
    for (const list of Object.values(agent.freeSockets)) {
      if (list.includes(socket)) {
        socket.destroy();
        return;
      }
    }
  }
  function onRemove() {
    // It is not the agent's any more: it speaks another protocol, say.
    agent.removeSocket(socket, options);
    socket.removeListener('close', onClose);
    socket.removeListener('free', onSocketFree);
    socket.removeListener('timeout', onTimeout);
    socket.removeListener('agentRemove', onRemove);
  }
  socket.on('free', onSocketFree);
  socket.on('close', onClose);
  socket.on('timeout', onTimeout);
  socket.on('agentRemove', onRemove);
  if (agent[kOnKeylog]) socket.on('keylog', agent[kOnKeylog]);
}

// The socket is not in use any more: it is closed, or about to be one of the free ones, which do not count.
Agent.prototype.removeSocket = function(socket, options) {
  const name = options._agentKey ?? this.getName(options);
  if (removeFrom(this.sockets, name, socket)) this.totalSocketCount--;
  else removeFrom(this.freeSockets, name, socket);
  // A place is free for whoever waits, for this destination or, with a limit for all, another.
  let next = name;
  if (!this.requests[next]?.length) next = Object.keys(this.requests).find((other) => this.requests[other].length > 0);
  const request = next === undefined ? undefined : this.requests[next]?.[0];
  if (request === undefined) return;
  if ((this.sockets[next]?.length ?? 0) >= this.maxSockets || this.totalSocketCount >= this.maxTotalSockets) return;
  this.requests[next].shift();
  if (this.requests[next].length === 0) delete this.requests[next];
  const resource = request[kRequestResource];
  const connect = () => {
    this.createSocket(request, request[kRequestOptions] ?? options, (error, made) => {
      if (error) request.onSocket(made, error);
      else assign(this, made, request);
    });
  };
  if (resource) resource.runInAsyncScope(connect);
  else connect();
};

Agent.prototype.keepSocketAlive = function(socket) {
  socket.setKeepAlive(true, this.keepAliveMsecs);
  socket.unref();
  let timeout = this.options.timeout || 0;
  const response = socket._httpMessage?.res;
  const hint = response ? kHint.exec(response.headers['keep-alive'] ?? '')?.[1] : undefined;
  if (hint !== undefined) {
    // The server closes it by then; a request sent just before would be lost.
    const until = Number.parseInt(hint, 10) * 1000 - this.agentKeepAliveTimeoutBuffer;
    if (until <= 0) return false;
    if (!timeout || until < timeout) timeout = until;
  }
  if (socket.timeout !== timeout) socket.setTimeout(timeout);
  return true;
};

Agent.prototype.reuseSocket = function(socket, request) {
  socket.removeListener('error', onFreeSocketError);
  request.reusedSocket = true;
  socket.ref();
};

Agent.prototype.destroy = function() {
  for (const table of [this.freeSockets, this.sockets]) {
    for (const list of Object.values(table)) for (const socket of [...list]) socket.destroy();
  }
};

function assign(agent, socket, request) {
  request.onSocket(socket);
  const { timeout } = request;
  const wanted = timeout !== undefined ? timeout : agent.options.timeout;
  if (wanted && socket.timeout !== wanted) socket.setTimeout(wanted);
  else if (!wanted && socket.timeout) socket.setTimeout(0);
}

// Requests that name no agent use this one; a program may put its own in its place.
let globalAgent = new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 });

module.exports = {
  Agent,
  get globalAgent() { return globalAgent; },
  setGlobalAgent(agent) { globalAgent = agent; },
};
