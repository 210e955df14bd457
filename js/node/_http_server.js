'use strict';

// node:_http_server: deprecated; node:http has what is public of it.

const { STATUS_CODES } = require('internal/http/common');
const { Server, _connectionListener, kConnectionsCheckingInterval, storeHTTPOptions } = require('internal/http/server');
const { ServerResponse } = require('internal/http/response');

module.exports = { STATUS_CODES, Server, ServerResponse, _connectionListener, kConnectionsCheckingInterval, storeHTTPOptions };
