'use strict';
// fs.openAsBlob, fs.openAsBlobSync: a Blob whose bytes stay in the file until they are read.

const { validateObject, validateString } = require('internal/validators');
const { kEmptyObject } = require('internal/util');

function openAsBlobSync(path, options = kEmptyObject) {
  validateObject(options, 'options');
  const type = options.type || '';
  validateString(type, 'options.type');
  path = require('internal/fs/utils').getValidatedPath(path);
  const { size, mtimeNs } = require('fs').statSync(path, { bigint: true });
  return require('web/blob').createFileBlob(path, { size, mtimeNs }, type);
}

// Throws for what is wrong at once, as Node does.
function openAsBlob(path, options) {
  return Promise.resolve(openAsBlobSync(path, options));
}

module.exports = { openAsBlob, openAsBlobSync };
