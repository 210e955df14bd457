'use strict';
// Canonical forms of a URL's components, for patterns and for what they are
// matched against: https://urlpattern.spec.whatwg.org/#canon. A URL of the
// runtime does the work, so that both follow the same parser.

const { URL } = require('web/url');

const kDefaultPorts = {
  __proto__: null, http: '80', https: '443', ws: '80', wss: '443', ftp: '21', file: '',
};
const specialSchemes = Object.keys(kDefaultPorts);

function isSpecial(scheme) {
  return kDefaultPorts[scheme] !== undefined;
}

function dummy() {
  return new URL('https://dummy.invalid/');
}

// The URL parser drops these wherever they stand.
function withoutBreaks(text) {
  return text.replace(/[\t\n\r]/g, '');
}

function protocol(value) {
  if (value === '') return '';
  if (!/^[a-z][a-z0-9+.-]*$/i.test(withoutBreaks(value))) throw new TypeError('Invalid protocol');
  return withoutBreaks(value).toLowerCase();
}

function username(value) {
  const url = dummy();
  url.username = value;
  return url.username;
}

function password(value) {
  const url = dummy();
  url.password = value;
  return url.password;
}

function hostname(value) {
  if (value === '') return '';
  const text = withoutBreaks(value);
  const end = text.search(/[/?#\\]/);
  const host = end === -1 ? text : text.slice(0, end);
  // What would be read as credentials or a port here is no host name.
  if (host === '' || /@/.test(host) || /:/.test(host.replace(/\[[^\]]*\]/, ''))) {
    throw new TypeError('Invalid hostname');
  }
  return new URL(`https://${host}/`).hostname;
}

function ipv6Hostname(value) {
  if (!/^[0-9a-f[\]:]*$/i.test(value)) throw new TypeError('Invalid hostname');
  return value.toLowerCase();
}

function port(value, scheme) {
  if (value === '') return '';
  const digits = /^[0-9]+/.exec(withoutBreaks(value));
  if (digits === null || Number(digits[0]) > 65535) throw new TypeError('Invalid port');
  const number = String(Number(digits[0]));
  return scheme !== undefined && kDefaultPorts[scheme] === number ? '' : number;
}

function pathname(value) {
  if (value === '') return '';
  const rooted = value[0] === '/';
  const url = dummy();
  // The hyphen keeps a leading dot segment from being taken away.
  url.pathname = rooted ? value : `/-${value}`;
  return rooted ? url.pathname : url.pathname.slice(2);
}

function opaquePathname(value) {
  const text = withoutBreaks(value);
  const end = text.search(/[?#]/);
  return (end === -1 ? text : text.slice(0, end)).toWellFormed()
    .replace(/[^ -~]/gu, (point) => encodeURIComponent(point));
}

function search(value) {
  if (value === '') return '';
  const url = dummy();
  url.search = `?${value}`;
  return url.search.slice(1);
}

function hash(value) {
  if (value === '') return '';
  const url = dummy();
  url.hash = `#${value}`;
  return url.hash.slice(1);
}

module.exports = {
  hash, hostname, ipv6Hostname, isSpecial, kDefaultPorts, opaquePathname, password, pathname, port, protocol,
  search, specialSchemes, username,
};
