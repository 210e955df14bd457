'use strict';
// punycode (deprecated, DEP0040): the encoding of RFC 3492, and domain names of
// RFC 3490 label by label.

process.emitWarning(
  'The `punycode` module is deprecated. Please use a userland alternative instead.',
  'DeprecationWarning', 'DEP0040');

// Parameters of RFC 3492, section 5.
const base = 36;
const tMin = 1;
const tMax = 26;
const skew = 38;
const damp = 700;
const initialBias = 72;
const initialN = 128;
const maxInt = 2147483647;

const messages = {
  'overflow': 'Overflow: input needs wider integers to process',
  'not-basic': 'Illegal input >= 0x80 (not a basic code point)',
  'invalid-input': 'Invalid input',
};

function fail(kind) {
  throw new RangeError(messages[kind]);
}

// Bias adaptation, section 6.1.
function adapt(delta, points, first) {
  delta = first ? Math.floor(delta / damp) : delta >> 1;
  delta += Math.floor(delta / points);
  let k = 0;
  while (delta > ((base - tMin) * tMax) >> 1) {
    delta = Math.floor(delta / (base - tMin));
    k += base;
  }
  return k + Math.floor((base - tMin + 1) * delta / (delta + skew));
}

function threshold(k, bias) {
  return k <= bias ? tMin : k >= bias + tMax ? tMax : k - bias;
}

function digitChar(digit) {
  // a-z, 0-9
  return String.fromCharCode(digit < 26 ? digit + 97 : digit + 22);
}

function digitValue(code) {
  if (code >= 48 && code < 58) return code - 22;
  if (code >= 65 && code < 91) return code - 65;
  if (code >= 97 && code < 123) return code - 97;
  return base;
}

function ucs2decode(string) {
  return Array.from(string, (char) => char.codePointAt(0));
}

function ucs2encode(points) {
  let string = '';
  for (const point of points) string += String.fromCodePoint(point);
  return string;
}

function decode(input) {
  const output = [];
  const delimiter = Math.max(input.lastIndexOf('-'), 0);
  for (let i = 0; i < delimiter; i++) {
    if (input.charCodeAt(i) >= 0x80) fail('not-basic');
    output.push(input.charCodeAt(i));
  }
  let n = initialN;
  let i = 0;
  let bias = initialBias;
  for (let position = delimiter > 0 ? delimiter + 1 : 0; position < input.length;) {
    const before = i;
    for (let weight = 1, k = base; ; k += base) {
      if (position >= input.length) fail('invalid-input');
      const digit = digitValue(input.charCodeAt(position++));
      if (digit >= base) fail('invalid-input');
      if (digit > Math.floor((maxInt - i) / weight)) fail('overflow');
      i += digit * weight;
      const t = threshold(k, bias);
      if (digit < t) break;
      if (weight > Math.floor(maxInt / (base - t))) fail('overflow');
      weight *= base - t;
    }
    const length = output.length + 1;
    bias = adapt(i - before, length, before === 0);
    if (Math.floor(i / length) > maxInt - n) fail('overflow');
    n += Math.floor(i / length);
    i %= length;
    output.splice(i++, 0, n);
  }
  return String.fromCodePoint(...output);
}

function encode(input) {
  const points = ucs2decode(input);
  let output = '';
  for (const point of points) {
    if (point < 0x80) output += String.fromCharCode(point);
  }
  const basic = output.length;
  let handled = basic;
  if (basic > 0) output += '-';
  let n = initialN;
  let delta = 0;
  let bias = initialBias;
  while (handled < points.length) {
    let next = maxInt;
    for (const point of points) {
      if (point >= n && point < next) next = point;
    }
    if (next - n > Math.floor((maxInt - delta) / (handled + 1))) fail('overflow');
    delta += (next - n) * (handled + 1);
    n = next;
    for (const point of points) {
      if (point < n && ++delta > maxInt) fail('overflow');
      if (point !== n) continue;
      let q = delta;
      for (let k = base; ; k += base) {
        const t = threshold(k, bias);
        if (q < t) break;
        output += digitChar(t + (q - t) % (base - t));
        q = Math.floor((q - t) / (base - t));
      }
      output += digitChar(q);
      bias = adapt(delta, handled + 1, handled === basic);
      delta = 0;
      handled++;
    }
    delta++;
    n++;
  }
  return output;
}

// Applies `convert` to the labels of a domain, or of the part of a mail address
// after the @.
function mapLabels(domain, convert) {
  const at = domain.indexOf('@');
  let prefix = '';
  if (at !== -1) {
    prefix = domain.slice(0, at + 1);
    domain = domain.slice(at + 1);
  }
  // The four dots of RFC 3490.
  const labels = domain.replace(/[\u3002\uFF0E\uFF61]/g, '.').split('.');
  return prefix + labels.map(convert).join('.');
}

function toUnicode(input) {
  return mapLabels(input, (label) =>
    /^xn--/.test(label) ? decode(label.slice(4).toLowerCase()) : label);
}

function toASCII(input) {
  return mapLabels(input, (label) =>
    /[^\0-\x7F]/.test(label) ? `xn--${encode(label)}` : label);
}

module.exports = {
  version: '2.1.0',
  ucs2: { decode: ucs2decode, encode: ucs2encode },
  decode,
  encode,
  toASCII,
  toUnicode,
};
