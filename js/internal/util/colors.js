'use strict';
// Whether a stream shows colours.

// FORCE_COLOR wins over everything; otherwise only a terminal with more than
// two colours does, and it is the stream that knows NO_COLOR and the rest.
function shouldColorize(stream) {
  if (process.env.FORCE_COLOR !== undefined) {
    return require('tty').WriteStream.prototype.getColorDepth() > 2;
  }
  return stream?.isTTY === true &&
    (typeof stream.getColorDepth !== 'function' || stream.getColorDepth() > 2);
}

// The codes that assertion messages and the test reporters use, all empty
// while standard error (or `stream`) shows none.
const palette = {
  __proto__: null,
  blue: '\x1b[34m', green: '\x1b[32m', white: '\x1b[39m', yellow: '\x1b[33m',
  red: '\x1b[31m', gray: '\x1b[90m', clear: '\x1bc', reset: '\x1b[0m',
};
const none = {
  __proto__: null,
  blue: '', green: '', white: '', yellow: '', red: '', gray: '', clear: '', reset: '',
};

function colorsFor(stream) {
  return shouldColorize(stream) ? palette : none;
}

module.exports = { colorsFor, none, palette, shouldColorize };
