'use strict';

// Reads and writes of a whole range of a file, as steps for both forms of a method.

const fs = require('fs');
const { codes: { ERR_ZIP_INVALID_ARCHIVE } } = require('internal/errors');
const { call } = require('internal/steps');

// Fills `bytes` from the file's `position` on.
function* readFully(fd, bytes, position) {
  for (let at = 0; at < bytes.length;) {
    const read = yield call(fs, 'read', fd, bytes, at, bytes.length - at, position + at);
    if (read === 0) throw new ERR_ZIP_INVALID_ARCHIVE('unexpected end of file');
    at += read;
  }
  return bytes;
}

function* writeFully(fd, bytes, position) {
  for (let at = 0; at < bytes.length;) {
    at += yield call(fs, 'write', fd, bytes, at, bytes.length - at, position + at);
  }
  return position + bytes.length;
}

module.exports = { readFully, writeFully };
