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
  lcov: () => new (require('internal/test_runner/coverage_report').LcovFormatter)(),
  spec: () => new (require('internal/test_runner/spec_reporter'))(colors()),
};

const { Transform } = require('stream');

class FormatterStream extends Transform {
  #formatter;

  constructor(name) {
    super({ writableObjectMode: true });
    this.#formatter = formatters[name]();
  }

  _transform({ type, data }, encoding, callback) {
    callback(null, this.#formatter.event(type, data).join(''));
  }

  _flush(callback) {
    callback(null, this.#formatter.end().join(''));
  }
}

class SpecStream extends FormatterStream {
  constructor() {
    super('spec');
  }
}

class LcovStream extends FormatterStream {
  constructor() {
    super('lcov');
  }
}

// A class that is called with and without `new`.
function spec(...args) {
  return Reflect.construct(SpecStream, args, new.target ?? spec);
}
spec.prototype = SpecStream.prototype;

// A class as well; it is a stream of text.
function lcov(...args) {
  return Reflect.construct(LcovStream, args, new.target ?? lcov);
}
lcov.prototype = LcovStream.prototype;

module.exports = {
  dot: generator('dot', formatters.dot),
  junit: generator('junit', formatters.junit),
  lcov,
  spec,
  tap: generator('tap', formatters.tap),
};

// For the run that prints directly.
Object.defineProperty(module.exports, 'formatters', { __proto__: null, value: formatters });
