'use strict';
// constants (deprecated, DEP0008): the constants of os, fs and crypto in one
// object.

const { constants: { dlopen, errno, priority, signals } } = require('os');

// With the usual prototype: graceful-fs calls hasOwnProperty on it.
module.exports = Object.freeze({
  ...dlopen,
  ...errno,
  ...priority,
  ...signals,
  ...require('fs').constants,
  ...require('crypto').constants,
});
