'use strict';
// Where the events of a run go: through the reporters that the command line names, each to its destination. Those
// that come with Weft are written at once, so that nothing is lost when a program exits; others are streams.

const { codes: { ERR_INVALID_ARG_VALUE } } = require('internal/errors');

const BUILT_IN = new Set(['dot', 'junit', 'lcov', 'spec', 'tap']);

// Reporters and destinations by the command line's options.
function plan() {
  const { getOptionValue } = require('internal/options');
  const reporters = getOptionValue('--test-reporter') ?? [];
  const destinations = getOptionValue('--test-reporter-destination') ?? [];
  if (reporters.length === 0 && destinations.length === 0) {
    // As Node 20, for which tests of its own still ask; later ones have `spec` for everything.
    return [{ reporter: process.stdout.isTTY ? 'spec' : 'tap', destination: 'stdout' }];
  }
  if (reporters.length === 1 && destinations.length === 0) return [{ reporter: reporters[0], destination: 'stdout' }];
  if (reporters.length !== destinations.length) {
    throw new ERR_INVALID_ARG_VALUE('--test-reporter', reporters,
                                    'must match the number of specified \'--test-reporter-destination\'');
  }
  return reporters.map((reporter, i) => ({ reporter, destination: destinations[i] }));
}

function openDestination(name) {
  if (name === 'stdout' || name === 'stderr') return (text) => process[name].write(text);
  const fs = require('fs');
  fs.mkdirSync(require('path').dirname(require('path').resolve(name)), { recursive: true });
  const fd = fs.openSync(name, 'w');
  return (text) => fs.writeSync(fd, text);
}

function builtIn(name, write) {
  const formatter = require('test/reporters').formatters[name]();
  let begun = false;
  const put = (texts) => {
    const text = texts.join('');
    if (text !== '') write(text);
  };
  return {
    send(type, data) {
      if (!begun) {
        begun = true;
        put(formatter.begin());
      }
      put(formatter.event(type, data));
    },
    end() {
      if (!begun) put(formatter.begin());
      put(formatter.end());
    },
  };
}

// A reporter of the user's: a module whose default export is a stream, a class of one, or an async generator.
function custom(name, destination) {
  const { TestsStream } = require('internal/test_runner/events');
  const stream = new TestsStream();
  const { importModule } = require('internal/modules/esm_loader');
  const { pathToHref } = require('internal/modules/paths');
  const path = require('path');
  const specifier = path.isAbsolute(name) ? pathToHref(name) : name;
  (async () => {
    const parent = pathToHref(path.join(process.cwd(), path.sep));
    const namespace = await importModule(specifier, parent);
    let reporter = namespace.default ?? namespace;
    if (reporter?.prototype && Object.getOwnPropertyDescriptor(reporter.prototype, 'constructor')) {
      reporter = new reporter();
    }
    if (!reporter) {
      const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
      throw new ERR_INVALID_ARG_TYPE('Reporter', ['function', 'Stream.Transform'], reporter);
    }
    const out = destination === 'stdout' || destination === 'stderr' ? process[destination] :
      require('fs').createWriteStream(destination);
    stream.compose(reporter).pipe(out);
  })();
  return stream;
}

// { send(type, data), end() } that feeds all reporters.
function openOutputs() {
  const outputs = plan().map(({ reporter, destination }) => {
    return BUILT_IN.has(reporter) ? builtIn(reporter, openDestination(destination)) : custom(reporter, destination);
  });
  return {
    send(type, data) { outputs.forEach((output) => output.send(type, data)); },
    end() { outputs.forEach((output) => output.end()); },
  };
}

module.exports = { openOutputs };
