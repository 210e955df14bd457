'use strict';

// node:fs/promises is the very object that fs.promises is.

module.exports = require('internal/fs/promises').exports;
