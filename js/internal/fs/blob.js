'use strict';

// fs.openAsBlob: a file's contents as a Blob.

const { validateObject, validateString } = require('internal/validators');
const { readFile } = require('internal/fs/promises');

async function openAsBlob(path, options = {}) {
  validateObject(options, 'options');
  const { type = '' } = options;
  validateString(type, 'options.type');
  const { Blob } = require('buffer');
  return new Blob([await readFile(path)], { type });
}

module.exports = { openAsBlob };
