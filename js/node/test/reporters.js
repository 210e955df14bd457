'use strict';
// node:test/reporters: what turns the events of a test run into text (https://nodejs.org/api/test.html#test-reporters).
// The formats themselves are in js/internal/test_runner; here they become streams.

function generator(name, load) {
  return {
    async *[name](source) {
      const formatter = load();
      yield* formatter.begin();
      for await (const { type, data } of source) yield* formatter.event(type, data);
      yield* formatter.end();
    },
  }[name];
}

const colors = () => require('internal/util/colors').colorsFor(process.stdout);

const formatters = {
  tap: () => new (require('internal/test_runner/tap_reporter'))(),
  dot: () => new (require('internal/test_runner/plain_reporters').DotFormatter)(colors()),
  junit: () => new (require('internal/test_runner/plain_reporters').JunitFormatter)(),
  spec: () => new (require('internal/test_runner/spec_reporter'))(colors()),
};

const { Transform } = require('stream');

class SpecStream extends Transform {
  #formatter = formatters.spec();

  constructor() {
    super({ writableObjectMode: true });
  }

  _transform({ type, data }, encoding, callback) {
    callback(null, this.#formatter.event(type, data).join(''));
  }

  _flush(callback) {
    callback(null, this.#formatter.end().join(''));
  }
}

// A class that is called with and without `new`.
function spec(...args) {
  return Reflect.construct(SpecStream, args, new.target ?? spec);
}
spec.prototype = SpecStream.prototype;

// The report of coverage, which there is none of without V8's profiler.
function lcov() {
  const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('internal/errors');
  throw new ERR_METHOD_NOT_IMPLEMENTED('reporters.lcov()');
}

module.exports = {
  dot: generator('dot', formatters.dot),
  junit: generator('junit', formatters.junit),
  lcov,
  spec,
  tap: generator('tap', formatters.tap),
};

// For the run that prints directly.
Object.defineProperty(module.exports, 'formatters', { __proto__: null, value: formatters });
