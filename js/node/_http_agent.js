'use strict';

// node:_http_agent: deprecated; node:http has what is public of it.

const { Agent, globalAgent } = require('internal/http/agent');

module.exports = { Agent, globalAgent };
