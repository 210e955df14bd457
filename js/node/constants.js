'use strict';
// constants (deprecated, DEP0008): the constants of os, fs and crypto in one
// object.

const { constants: { dlopen, errno, priority, signals } } = require('os');

module.exports = Object.freeze({
  __proto__: null,
  ...dlopen,
  ...errno,
  ...priority,
  ...signals,
  ...require('fs').constants,
  ...require('crypto').constants,
});
