'use strict';

// How much content() makes of a member when it is not told: what an archive declares costs it a few bytes, so that
// memory is not given for the asking.

const { validateInteger } = require('internal/validators');

let most = 256 * 1024 * 1024;

function getMaxZipContentSize() {
  return most;
}

function setMaxZipContentSize(size) {
  validateInteger(size, 'size', 0);
  most = size;
}

module.exports = { getMaxZipContentSize, setMaxZipContentSize };
