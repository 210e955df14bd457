'use strict';

// node:_http_outgoing: deprecated; node:http has what is public of it.

const { OutgoingMessage } = require('internal/http/outgoing');

module.exports = { OutgoingMessage };
