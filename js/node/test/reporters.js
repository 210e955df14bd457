'use strict';
// node:test/reporters. The run that prints directly uses them through
// js/internal/test_runner; as streams of events they are not there yet.

const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('internal/errors');

function missing(name) {
  return {
    [name]() {
      throw new ERR_METHOD_NOT_IMPLEMENTED(`reporters.${name}()`);
    },
  }[name];
}

module.exports = {
  dot: missing('dot'),
  junit: missing('junit'),
  spec: missing('spec'),
  tap: missing('tap'),
  lcov: missing('lcov'),
};
