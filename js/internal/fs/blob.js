'use strict';
// fs.openAsBlob, fs.openAsBlobSync: a Blob whose bytes stay in the file until they are read.

const { codes: { ERR_INVALID_ARG_VALUE } } = require('internal/errors');
const { validateObject, validateString } = require('internal/validators');
const { kEmptyObject } = require('internal/util');

function openAsBlobSync(path, options = kEmptyObject) {
  validateObject(options, 'options');
  const type = options.type || '';
  validateString(type, 'options.type');
  path = require('internal/fs/utils').getValidatedPath(path);

  let version;
  try {
    const { size, mtimeNs } = require('fs').statSync(path, { bigint: true });
    version = { size, mtimeNs };
  } catch (error) {
    if (error.code === 'ERR_ACCESS_DENIED') throw error;
    throw new ERR_INVALID_ARG_VALUE('filename', path, 'Unable to open file as blob');
  }
  return require('web/blob').createFileBlob(path, version, type);
}

// Throws for what is wrong at once, as Node does.
function openAsBlob(path, options) {
  return Promise.resolve(openAsBlobSync(path, options));
}

module.exports = { openAsBlob, openAsBlobSync };
