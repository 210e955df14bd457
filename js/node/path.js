'use strict';
// path: the flavour of the platform, and both by name.

const { api: posix } = require('internal/path/posix');
const { api: win32 } = require('internal/path/win32');

posix.win32 = win32.win32 = win32;
posix.posix = win32.posix = posix;
// Node's oldest name for toNamespacedPath; deprecated, in the docs only.
posix._makeLong = posix.toNamespacedPath;
win32._makeLong = win32.toNamespacedPath;

module.exports = process.platform === 'win32' ? win32 : posix;
