'use strict';

// node:_http_incoming: deprecated; node:http has what is public of it.

const { IncomingMessage } = require('internal/http/incoming');

module.exports = { IncomingMessage };
