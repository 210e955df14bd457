'use strict';

// Recognising IP addresses as text (net.isIP and its kin): dotted IPv4, and IPv6 of RFC 4291 section 2.2 with an
// optional zone (RFC 4007). One pass over the characters, no regular expressions: every connect() asks.

// Where a run of dotted IPv4 that begins at `start` is the rest of `text`.
function isDottedQuad(text, start, end) {
  let parts = 0;
  let i = start;
  while (true) {
    const first = i;
    let value = 0;
    while (i < end) {
      const digit = text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      i++;
    }
    const length = i - first;
    // A leading zero could be meant as octal: refused, as inet_pton does.
    if (length === 0 || length > 3 || value > 255 || (length > 1 && text.charCodeAt(first) === 48)) return false;
    parts++;
    if (i === end) return parts === 4;
    if (parts === 4 || text.charCodeAt(i) !== 46) return false;
    i++;
  }
}

function isHexDigit(code) {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
}

function isZone(text, start) {
  if (start === text.length) return false;
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const known = (c >= 48 && c <= 58) || (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 45 || c === 46;
    if (!known) return false;
  }
  return true;
}

function isColonGroups(text) {
  let end = text.indexOf('%');
  if (end === -1) end = text.length;
  else if (!isZone(text, end + 1)) return false;
  if (end < 2) return false;

  let groups = 0;
  let compressed = false;
  let i = 0;
  if (text.charCodeAt(0) === 58) {
    if (text.charCodeAt(1) !== 58) return false;
    compressed = true;
    i = 2;
  }
  while (i < end) {
    const first = i;
    while (i < end && i - first < 5 && isHexDigit(text.charCodeAt(i))) i++;
    if (i < end && text.charCodeAt(i) === 46) {
      // The last two groups may be written as IPv4.
      if (!isDottedQuad(text, first, end)) return false;
      groups += 2;
      break;
    }
    const length = i - first;
    if (length === 0 || length > 4) return false;
    groups++;
    if (i === end) break;
    if (text.charCodeAt(i) !== 58) return false;
    i++;
    if (i === end) return false;
    if (text.charCodeAt(i) === 58) {
      if (compressed) return false;
      compressed = true;
      i++;
    }
  }
  return compressed ? groups < 8 : groups === 8;
}

function isIPv4(input) {
  const text = `${input}`;
  return isDottedQuad(text, 0, text.length);
}

function isIPv6(input) {
  return isColonGroups(`${input}`);
}

function isIP(input) {
  if (isIPv4(input)) return 4;
  return isIPv6(input) ? 6 : 0;
}

module.exports = { isIP, isIPv4, isIPv6 };
