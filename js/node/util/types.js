'use strict';
// `util/types` is the very object that `util.types` is.

module.exports = require('internal/util/types').publicTypes;
