'use strict';
// path: the flavour of the operating system (https://nodejs.org/api/path.html). The other one is loaded when it is
// looked at.

const { lazyProperty } = internalBinding('realm');

const [ownName, otherName] = process.platform === 'win32' ? ['win32', 'posix'] : ['posix', 'win32'];
const own = require(`internal/path/${ownName}`).api;

function loadOther() {
  const { api } = require(`internal/path/${otherName}`);
  api[ownName] = own;
  api[otherName] = api;
  api._makeLong = api.toNamespacedPath;
  return api;
}

own[ownName] = own;
lazyProperty(own, otherName, loadOther, 0);
own._makeLong = own.toNamespacedPath;

module.exports = own;
