'use strict';

// node:cluster: one program in several processes that share their listening sockets. What it exports depends on
// which of them this is: a worker is told its number in the environment.

module.exports = require(Object.hasOwn(process.env, 'NODE_UNIQUE_ID') ? 'internal/cluster/child' : 'internal/cluster/primary');
