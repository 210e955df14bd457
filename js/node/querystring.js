'use strict';
// querystring: https://nodejs.org/api/querystring.html. `escape` and `unescape`
// are looked up on the module at each call, as users may replace them.

const escapeSequence = /%[0-9a-fA-F]{2}/;
const unreserved = /^[A-Za-z0-9\-_.!~*'()]*$/;

function escape(text) {
  if (typeof text !== 'string') text = typeof text === 'object' ? String(text) : `${text}`;
  // encodeURIComponent leaves exactly these alone, too.
  if (unreserved.test(text)) return text;
  try {
    return encodeURIComponent(text);
  } catch {
    return encodeURIComponent(joinSurrogates(text));
  }
}

// A surrogate takes whatever follows it for its other half, as in Node; only at
// the end of the text is one an error.
function joinSurrogates(text) {
  let joined = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0xd800 || code > 0xdfff) {
      joined += text[i];
      continue;
    }
    if (++i >= text.length) throw new (require('internal/errors').codes.ERR_INVALID_URI)();
    const low = text.charCodeAt(i) & 0x3ff;
    joined += String.fromCodePoint(0x10000 + (((code & 0x3ff) << 10) | low));
  }
  return joined;
}

function hexValue(code) {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 65 && code <= 70) return code - 55;
  if (code >= 97 && code <= 102) return code - 87;
  return -1;
}

// Decodes byte by byte, so that what is no valid UTF-8 or no valid escape
// survives.
function unescapeBuffer(text, plusIsSpace) {
  const { Buffer } = require('buffer');
  if (typeof text !== 'string') text = `${text}`;
  const out = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code === 43 && plusIsSpace) {
      code = 32;
    } else if (code === 37 && i + 2 < text.length) {
      const high = hexValue(text.charCodeAt(i + 1));
      const low = hexValue(text.charCodeAt(i + 2));
      if (high !== -1 && low !== -1) {
        code = high * 16 + low;
        i += 2;
      }
    }
    out[length++] = code;
  }
  return length === out.length ? out : out.slice(0, length);
}

function unescape(text, plusIsSpace) {
  try {
    return decodeURIComponent(text);
  } catch {
    return querystring.unescapeBuffer(text, plusIsSpace).toString();
  }
}

// ---- stringify ----------------------------------------------------------

function primitiveText(value) {
  switch (typeof value) {
    case 'string': return value;
    case 'number': return Number.isFinite(value) ? `${value}` : '';
    case 'bigint': return `${value}`;
    case 'boolean': return value ? 'true' : 'false';
    default: return '';
  }
}

function stringify(object, separator, equals, options) {
  if (object === null || typeof object !== 'object') return '';
  separator ||= '&';
  equals ||= '=';
  const custom = options?.encodeURIComponent;
  const encode = typeof custom === 'function' ? custom : querystring.escape;
  // Digits need no encoding; a custom function gets to see them all the same.
  const encodeValue = (value) => {
    const text = primitiveText(value);
    return text.length === 0 || (encode === escape && typeof value !== 'string' &&
      typeof value !== 'number') ? text : encode(text);
  };

  let result = '';
  for (const key of Object.keys(object)) {
    const value = object[key];
    const start = `${encode(primitiveText(key))}${equals}`;
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        if (result !== '') result += separator;
        result += start + encodeValue(value[i]);
      }
    } else {
      if (result !== '') result += separator;
      result += start + encodeValue(value);
    }
  }
  return result;
}

// ---- parse --------------------------------------------------------------

function decodeWith(decode, text) {
  try {
    return decode(text);
  } catch {
    return querystring.unescape(text, true);
  }
}

function parse(text, separator, equals, options) {
  const result = { __proto__: null };
  if (typeof text !== 'string' || text.length === 0) return result;
  separator = separator ? `${separator}` : '&';
  equals = equals ? `${equals}` : '=';
  let remaining = 1000;
  if (typeof options?.maxKeys === 'number') {
    remaining = options.maxKeys > 0 ? options.maxKeys : -1;
  }
  let decode = querystring.unescape;
  if (typeof options?.decodeURIComponent === 'function') decode = options.decodeURIComponent;
  const custom = decode !== unescape;
  const plus = custom ? '%20' : ' ';
  const part = (raw) => {
    const spaced = raw.includes('+') ? raw.replaceAll('+', plus) : raw;
    return (custom && spaced !== '') || escapeSequence.test(spaced) ?
      decodeWith(decode, spaced) : spaced;
  };

  for (let start = 0; start <= text.length;) {
    let end = text.indexOf(separator, start);
    if (end === -1) end = text.length;
    if (end > start) {
      const middle = text.indexOf(equals, start);
      let key;
      let value = '';
      if (middle === -1 || middle + equals.length > end) {
        key = part(text.slice(start, end));
      } else {
        key = part(text.slice(start, middle));
        value = part(text.slice(middle + equals.length, end));
      }
      const before = result[key];
      if (before === undefined && !(key in result)) result[key] = value;
      else if (Array.isArray(before)) before.push(value);
      else result[key] = [before, value];
    }
    // Empty parts count, too.
    if (--remaining === 0) break;
    start = end + separator.length;
  }
  return result;
}

const querystring = module.exports = {
  unescapeBuffer,
  unescape,
  escape,
  stringify,
  encode: stringify,
  parse,
  decode: parse,
};
