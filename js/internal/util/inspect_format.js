'use strict';
// util.format: printf-like directives (%s %d %i %f %j %o %O %c %%), then the
// remaining arguments, separated by blanks.

const { inspect, isStackOverflow, languageClasses } = require('internal/util/inspect');
const { isProxy } = require('internal/util/types');
const { getProxyDetails } = internalBinding('util');

const hasOwn = Object.hasOwn;

function numberText(value, options) {
  if (options?.numericSeparator) return inspect(value, { numericSeparator: true, colors: false });
  if (typeof value === 'bigint') return `${value}n`;
  return Object.is(value, -0) ? '-0' : `${value}`;
}

// Whether converting the object to a string would only run code of the
// language itself, which says less than the inspector does.
function hasBuiltinToString(object) {
  while (isProxy(object)) {
    object = getProxyDetails(object)[0];
    if (object === null) return true;
  }
  if (typeof object.toString !== 'function' &&
      typeof object[Symbol.toPrimitive] !== 'function') {
    return true;
  }
  if (hasOwn(object, 'toString') || hasOwn(object, Symbol.toPrimitive)) return false;
  let owner = object;
  do {
    owner = Object.getPrototypeOf(owner);
  } while (owner !== null && !hasOwn(owner, 'toString') && !hasOwn(owner, Symbol.toPrimitive));
  if (owner === null) return true;
  const descriptor = Object.getOwnPropertyDescriptor(owner, 'constructor');
  return descriptor !== undefined && typeof descriptor.value === 'function' &&
    languageClasses.has(descriptor.value.name);
}

let circularStart;
function jsonText(value) {
  try {
    return `${JSON.stringify(value)}`;
  } catch (error) {
    if (circularStart === undefined) {
      const ring = {};
      ring.ring = ring;
      try {
        JSON.stringify(ring);
      } catch (circular) {
        // The rest of the message names the path.
        circularStart = circular.message.split('\n', 1)[0];
      }
    }
    if (isStackOverflow(error) || (error.name === 'TypeError' &&
        error.message.split('\n', 1)[0] === circularStart)) {
      return '[Circular]';
    }
    throw error;
  }
}

// Each takes the argument and gives its text.
const directives = {
  '__proto__': null,
  s(value, options) {
    switch (typeof value) {
      case 'string': return value;
      case 'number':
      case 'bigint': return numberText(value, options);
      case 'object':
        if (value !== null && hasBuiltinToString(value)) {
          return inspect(value, { ...options, depth: 0, colors: false, compact: 3 });
        }
    }
    return String(value);
  },
  d(value, options) {
    if (typeof value === 'symbol') return 'NaN';
    return numberText(typeof value === 'bigint' ? value : Number(value), options);
  },
  i(value, options) {
    if (typeof value === 'symbol') return 'NaN';
    return numberText(typeof value === 'bigint' ? value : Number.parseInt(value), options);
  },
  f(value, options) {
    if (typeof value === 'symbol') return 'NaN';
    return numberText(Number.parseFloat(value), options);
  },
  j(value) {
    return jsonText(value);
  },
  O(value, options) {
    return inspect(value, options);
  },
  o(value, options) {
    return inspect(value, { ...options, showHidden: true, showProxy: true, depth: 4 });
  },
  // CSS, which a terminal has no use for.
  c() {
    return '';
  },
};

// `args` as console.log gets them; `options` are inspect's.
function formatInternal(options, args) {
  const { length } = args;
  if (length === 0) return '';
  const first = args[0];
  let text = '';
  let next = 0;
  let separator = '';
  if (typeof first === 'string') {
    if (length === 1) return first;
    let done = 0;
    next = 1;
    for (let at = first.indexOf('%'); at !== -1 && at < first.length - 1;) {
      const letter = first[at + 1];
      if (letter === '%') {
        text += first.slice(done, at + 1);
        done = at + 2;
      } else if (next < length) {
        const directive = directives[letter];
        if (directive === undefined) {
          at = first.indexOf('%', at + 1);
          continue;
        }
        text += first.slice(done, at) + directive(args[next++], options);
        done = at + 2;
      }
      at = first.indexOf('%', at + 2);
    }
    text += done === 0 ? first : first.slice(done);
    separator = ' ';
  }
  for (; next < length; next++) {
    const value = args[next];
    text += separator;
    text += typeof value === 'string' ? value : inspect(value, options);
    separator = ' ';
  }
  return text;
}

module.exports = { formatInternal };
