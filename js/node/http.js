'use strict';

// node:http: HTTP/1.1, servers and clients. The parts live in internal/http: the parser, messages that are received and sent,
// the server's side of a connection, the client's, and the agent.

const { Server, _connectionListener } = require('internal/http/server');
const { ServerResponse } = require('internal/http/response');
const { IncomingMessage } = require('internal/http/incoming');
const { OutgoingMessage } = require('internal/http/outgoing');
const { ClientRequest } = require('internal/http/client');
const agents = require('internal/http/agent');
const {
  METHODS, STATUS_CODES, getMaxHeaderSize, validateHeaderName, validateHeaderValue,
} = require('internal/http/common');

function request(url, options, callback) {
  return new ClientRequest(url, options, callback);
}

module.exports = {
  _connectionListener,
  METHODS: [...METHODS],
  STATUS_CODES,
  Agent: agents.Agent,
  ClientRequest,
  IncomingMessage,
  OutgoingMessage,
  Server,
  ServerResponse,
  createServer(options, requestListener) {
    return new Server(options, requestListener);
  },
  validateHeaderName,
  validateHeaderValue,
  get(url, options, callback) {
    const made = request(url, options, callback);
    made.end();
    return made;
  },
  request,
  // There is no pool of parsers, whose size this is.
  setMaxIdleHTTPParsers(max) {
    require('internal/validators').validateInteger(max, 'max', 1);
  },
};

Object.defineProperties(module.exports, {
  maxHeaderSize: {
    __proto__: null,
    configurable: true,
    enumerable: true,
    get: getMaxHeaderSize,
  },
  globalAgent: {
    __proto__: null,
    configurable: true,
    enumerable: true,
    get() { return agents.globalAgent; },
    set: agents.setGlobalAgent,
  },
});
