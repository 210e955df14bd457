'use strict';

// The `ignore` option of fs.watch: what it may be, and the test that tells of a name whether its changes are nobody's concern.

const { codes } = require('internal/errors');
const { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE } = codes;

function validateOne(value, name) {
  if (typeof value === 'string') {
    if (value === '') throw new ERR_INVALID_ARG_VALUE(name, value, 'must be a non-empty string');
  } else if (typeof value !== 'function' && !(value instanceof RegExp)) {
    throw new ERR_INVALID_ARG_TYPE(name, ['string', 'RegExp', 'Function'], value);
  }
}

function validateIgnore(ignore, name) {
  if (ignore === undefined || ignore === null) return;
  if (Array.isArray(ignore)) ignore.forEach((value, i) => validateOne(value, `${name}[${i}]`));
  else validateOne(ignore, name);
}

function testOf(value) {
  if (typeof value === 'function') return value;
  if (typeof value !== 'string') return (name) => value.exec(name) !== null;
  const { compile, matchesSegments } = require('internal/glob');
  const { isWindows } = require('internal/fs/utils');
  const alternatives = compile(value, { windows: isWindows });
  return (name) => {
    const names = (isWindows ? name.replaceAll('\\', '/') : name).split('/');
    // A pattern of one part is for the last part of any name.
    return alternatives.some((segments) => matchesSegments(segments, 0, segments.length === 1 ? names.slice(-1) : names, 0));
  };
}

// A function of a name, undefined where nothing is ignored. What lies in an ignored folder is ignored with it; functions and regular
// expressions are asked about the folders first, for they may remember what they were asked.
function ignoring(ignore) {
  if (ignore === undefined || ignore === null) return undefined;
  const tests = (Array.isArray(ignore) ? ignore : [ignore]).map(testOf);
  if (tests.length === 0) return undefined;
  return (name) => {
    for (let end = 1; end < name.length; end++) {
      if ((name[end] === '/' || name[end] === require('path').sep) && tests.some((test) => test(name.slice(0, end)))) return true;
    }
    return tests.some((test) => test(name));
  };
}

module.exports = { ignoring, validateIgnore };
