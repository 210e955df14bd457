'use strict';
// The global console. Its streams are process.stdout and process.stderr, read
// when something is written, since making them is not free.

const { Console, State, attachState, hidden } = require('internal/console/console');

// A prototype of its own, as https://console.spec.whatwg.org/ asks for.
const console = { __proto__: {} };

for (const name of Object.keys(Console.prototype)) {
  const method = Console.prototype[name].bind(console);
  Object.defineProperty(method, 'name', { __proto__: null, value: name, configurable: true });
  Object.defineProperty(console, name, {
    __proto__: null, value: method, writable: true, enumerable: true, configurable: true,
  });
}

attachState(console, new State(true, 'auto', 2, undefined, undefined));

for (const [key, name] of [['_stdout', 'stdout'], ['_stderr', 'stderr']]) {
  let stream;
  Object.defineProperty(console, key, {
    __proto__: null,
    enumerable: false,
    configurable: true,
    get() {
      return stream ??= process[name];
    },
    set(value) {
      stream = value;
    },
  });
}

Object.defineProperty(console, 'Console', { ...hidden(Console), enumerable: true });

// These speak to an inspector's front end only; without one attached there is
// nobody to tell.
for (const name of ['profile', 'profileEnd', 'timeStamp']) {
  console[name] = { [name]() {} }[name];
}

module.exports = console;
