'use strict';

// node:dns/promises: `require('dns').promises`.

module.exports = require('dns').promises;
