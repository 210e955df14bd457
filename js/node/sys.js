'use strict';
// `sys` is the old name of `util`; loading it tells so, once.

process.emitWarning('sys is deprecated. Use `node:util` instead.', 'DeprecationWarning', 'DEP0025');

module.exports = require('util');
