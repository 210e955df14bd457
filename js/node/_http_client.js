'use strict';

// node:_http_client: deprecated; node:http has what is public of it.

const { ClientRequest } = require('internal/http/client');

module.exports = { ClientRequest };
