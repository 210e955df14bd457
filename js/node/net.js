'use strict';

// node:net: TCP and path (Unix domain) sockets. The parts live in internal/net: the Socket, connecting, the Server,
// address recognition; address lists are loaded when asked for.

const { isIP, isIPv4, isIPv6 } = require('internal/net/ip');
const { Socket } = require('internal/net/socket');
const connecting = require('internal/net/connect');
const { Server, createServerHandle } = require('internal/net/server');

const { defineLazyProperties } = require('internal/util');

let warnedSimultaneousAccepts = false;

module.exports = {
  _createServerHandle: createServerHandle,
  _normalizeArgs: connecting.normalizeArgs,
  // Only ever meant something on old Windows; kept because programs may call it.
  _setSimultaneousAccepts() {
    if (warnedSimultaneousAccepts) return;
    warnedSimultaneousAccepts = true;
    process.emitWarning('net._setSimultaneousAccepts() is deprecated and will be removed.',
                        'DeprecationWarning', 'DEP0121');
  },
  connect: connecting.connect,
  createConnection: connecting.connect,
  createServer(options, connectionListener) {
    return new Server(options, connectionListener);
  },
  getDefaultAutoSelectFamily: connecting.getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout: connecting.getDefaultAutoSelectFamilyAttemptTimeout,
  isIP,
  isIPv4,
  isIPv6,
  Server,
  setDefaultAutoSelectFamily: connecting.setDefaultAutoSelectFamily,
  setDefaultAutoSelectFamilyAttemptTimeout: connecting.setDefaultAutoSelectFamilyAttemptTimeout,
  Socket,
  Stream: Socket,
};

defineLazyProperties(module.exports, 'internal/blocklist', ['BlockList']);
require('internal/lazy').defineLazyValue(module.exports, 'BoundSocket', () => require('internal/net/bound_socket').BoundSocket);
defineLazyProperties(module.exports, 'internal/socketaddress', ['SocketAddress']);
