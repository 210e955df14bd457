'use strict';
// fs.openAsBlob: a Blob whose bytes stay in the file until they are read.

const { codes: { ERR_INVALID_ARG_VALUE } } = require('internal/errors');
const { validateObject, validateString } = require('internal/validators');
const { kEmptyObject } = require('internal/util');

function openAsBlob(path, options = kEmptyObject) {
  validateObject(options, 'options');
  const type = options.type || '';
  validateString(type, 'options.type');
  path = require('internal/fs/utils').getValidatedPath(path);

  let version;
  try {
    const { size, mtimeNs } = require('fs').statSync(path, { bigint: true });
    version = { size, mtimeNs };
  } catch {
    throw new ERR_INVALID_ARG_VALUE('filename', path, 'Unable to open file as blob');
  }
  return Promise.resolve(require('web/blob').createFileBlob(path, version, type));
}

module.exports = { openAsBlob };
