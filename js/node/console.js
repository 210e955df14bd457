'use strict';
// The global console. Its streams are process.stdout and process.stderr, read
// when something is written, since making them is not free.

const { Console, Descriptor, State, attachState, hidden } = require('internal/console/console');
const { isOutputUnused } = require('internal/process/object');

// A prototype of its own, as https://console.spec.whatwg.org/ asks for.
const console = { __proto__: {} };

for (const name of Object.keys(Console.prototype)) {
  const method = Console.prototype[name].bind(console);
  Object.defineProperties(method, {
    name: { __proto__: null, value: name, configurable: true },
    length: { __proto__: null, value: 0, configurable: true },
  });
  Object.defineProperty(console, name, {
    __proto__: null, value: method, writable: true, enumerable: true, configurable: true,
  });
}

const state = new State(true, 'auto', 2, undefined, undefined);
attachState(console, state);

// Each fd's Descriptor; null where it is a terminal or the like.
const descriptors = [];
const replaced = [];
state.direct = (fd) => {
  if (replaced[fd] === true || !isOutputUnused(fd === 1 ? 'stdout' : 'stderr')) return undefined;
  if (descriptors[fd] === undefined) {
    const kind = internalBinding('stdio').guessHandleType(fd);
    descriptors[fd] = kind === 'FILE' || kind === 'PIPE' ? new Descriptor(fd) : null;
  }
  return descriptors[fd];
};

for (const [key, name, fd] of [['_stdout', 'stdout', 1], ['_stderr', 'stderr', 2]]) {
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
      replaced[fd] = true;
    },
  });
}

Object.defineProperty(console, 'Console', { ...hidden(Console), enumerable: true });

// These speak to an inspector's front end only; without one attached there is
// nobody to tell.
for (const name of ['profile', 'profileEnd', 'timeStamp']) {
  console[name] = { [name]() {} }[name];
}

// V8's own: a console for a part of a program, and stacks that go on in what a task began.
for (const name of ['context', 'createTask']) {
  console[name] = { [name](...args) { return internalBinding('inspector').inspectorConsole()[name](...args); } }[name];
}

module.exports = console;
