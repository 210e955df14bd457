'use strict';
// The legacy URL API of node:url: class Url, parse and format ("Legacy URL
// API" of Node's documentation). It is laxer than the WHATWG standard in ways
// packages have come to depend on; resolving is in internal/url/resolve.

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_URL },
} = require('internal/errors');
const { validateObject, validateString } = require('internal/validators');

// Schemes without a host: what follows is not looked into, nor escaped.
const hostless = new Set(['javascript', 'javascript:']);
// Schemes that are always followed by `//`.
const slashed = new Set([
  'http', 'http:', 'https', 'https:', 'ftp', 'ftp:', 'gopher', 'gopher:', 'file', 'file:',
  'ws', 'ws:', 'wss', 'wss:',
]);

function Url() {
  this.protocol = null;
  this.slashes = null;
  this.auth = null;
  this.host = null;
  this.port = null;
  this.hostname = null;
  this.hash = null;
  this.search = null;
  this.query = null;
  this.pathname = null;
  this.path = null;
  this.href = null;
}

// ---- parsing ----------------------------------------------------------------------

// Whitespace goes from both ends, and backslashes before the query are slashes,
// as in browsers.
function normalize(text) {
  text = text.trim();
  const tail = text.search(/[?#]/);
  if (tail === -1) return text.replaceAll('\\', '/');
  return text.slice(0, tail).replaceAll('\\', '/') + text.slice(tail);
}

const simplePath = /^(\/\/?(?!\/)[^?\s]*)(\?[^\s]*)?$/;
const schemePattern = /^[a-z0-9.+-]+:/i;
const userAndHost = /^\/\/[^@/]+@[^@/]+/;

function parseQuery(query) {
  return require('querystring').parse(query);
}

Url.prototype.parse = function parse(url, parseQueryString, slashesDenoteHost) {
  validateString(url, 'url');
  let rest = normalize(url);

  if (!slashesDenoteHost && !/[#@]/.test(url) && takeSimplePath(this, rest, parseQueryString)) {
    return this;
  }

  let scheme = '';
  let asWritten = '';
  const found = schemePattern.exec(rest);
  if (found !== null) {
    asWritten = found[0];
    scheme = asWritten.toLowerCase();
    this.protocol = scheme;
    rest = rest.slice(scheme.length);
  }

  let slashes = false;
  if (slashesDenoteHost || scheme !== '' || userAndHost.test(rest)) {
    slashes = rest.startsWith('//');
    if (slashes && !hostless.has(scheme)) {
      rest = rest.slice(2);
      this.slashes = true;
    }
  }

  if (!hostless.has(scheme)) {
    // A scheme in capitals has never counted as one with slashes here.
    if (slashes || (scheme !== '' && !slashed.has(asWritten))) rest = takeAuthority(this, rest, url);
    rest = escapeRest(rest);
  }

  takeTail(this, rest, parseQueryString);
  if (this.hostname && !this.pathname && slashed.has(scheme)) this.pathname = '/';
  if (this.pathname || this.search) this.path = (this.pathname || '') + (this.search || '');
  this.href = this.format();
  return this;
};

// A plain path with or without a query: what servers parse for every request.
function takeSimplePath(target, rest, parseQueryString) {
  const found = simplePath.exec(rest);
  if (found === null) return false;
  target.path = rest;
  target.href = rest;
  target.pathname = found[1];
  if (found[2] !== undefined) {
    target.search = found[2];
    const query = found[2].slice(1);
    target.query = parseQueryString ? parseQuery(query) : query;
  } else if (parseQueryString) {
    target.search = null;
    target.query = { __proto__: null };
  }
  return true;
}

// Characters that end a host unless an `@` follows later: up to there it was
// the user's name and password.
const notInHost = '\t\n\r "%\';<>\\^`{|}';

function takeAuthority(target, rest, url) {
  // As the WHATWG parser does.
  const authorityEnd = rest.search(/[#/?]/);
  const stop = authorityEnd === -1 ? rest.length : authorityEnd;
  const authority = rest.slice(0, stop).replace(/[\t\n\r]/g, '');
  rest = rest.slice(stop);

  const at = authority.lastIndexOf('@');
  if (at !== -1) target.auth = decodeURIComponent(authority.slice(0, at));
  let host = authority.slice(at + 1);
  for (let i = 0; i < host.length; i++) {
    if (notInHost.includes(host[i])) {
      rest = host.slice(i) + rest;
      host = host.slice(0, i);
      break;
    }
  }

  const port = /:[0-9]*$/.exec(host);
  if (port !== null) {
    if (port[0] !== ':') target.port = port[0].slice(1);
    host = host.slice(0, port.index);
  }

  const isIPv6 = host[0] === '[' && host.at(-1) === ']';
  if (!isIPv6) {
    const colon = host.indexOf(':');
    if (colon !== -1) {
      warnOfPort(url);
      rest = `/${host.slice(colon)}${rest}`;
      host = host.slice(0, colon);
    }
  }
  host = host.length > 255 ? '' : host.toLowerCase();
  if (host !== '') host = checkHost(host, isIPv6, url);

  target.host = host + (target.port ? `:${target.port}` : '');
  target.hostname = host;
  if (isIPv6) {
    target.hostname = host.slice(1, -1);
    if (rest[0] !== '/') rest = `/${rest}`;
  }
  return rest;
}

const forbiddenInHost = /[\0\t\n\r #%/:<>?@[\\\]^|]/;
const forbiddenInIPv6 = /[\0\t\n\r #%/<>?@\\^|]/;

function checkHost(host, isIPv6, url) {
  if (isIPv6) {
    if (forbiddenInIPv6.test(host)) throw new ERR_INVALID_URL(url);
    return host;
  }
  // Punycode, and nothing in it that would read as another part of the URL.
  const ascii = /^[a-z0-9.-]*$/.test(host) && !host.includes('xn--') ?
    host : internalBinding('url').toASCII(host) ?? '';
  if (ascii === '' || forbiddenInHost.test(ascii)) throw new ERR_INVALID_URL(url);
  return ascii;
}

// Whether the URL that was parsed last had a port that is none.
let hadBadPort = false;
let warnedOfPort = false;

function warnOfPort(url) {
  hadBadPort = true;
  if (warnedOfPort) return;
  warnedOfPort = true;
  process.emitWarning(`The URL ${url} is invalid. Future versions of Node.js will throw an error.`,
                      'DeprecationWarning', 'DEP0170');
}

function percent(character) {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function escapeRest(rest) {
  return rest.replace(/[\t\n\r "'<>\\^`{|}]/g, percent);
}

function takeTail(target, rest, parseQueryString) {
  const hash = rest.indexOf('#');
  if (hash !== -1) {
    target.hash = rest.slice(hash);
    rest = rest.slice(0, hash);
  }
  const question = rest.indexOf('?');
  if (question !== -1) {
    target.search = rest.slice(question);
    target.query = rest.slice(question + 1);
    if (parseQueryString) target.query = parseQuery(target.query);
    rest = rest.slice(0, question);
  } else if (parseQueryString) {
    target.search = null;
    target.query = { __proto__: null };
  }
  if (rest !== '') target.pathname = rest;
}

Url.prototype.parseHost = function parseHost() {
  let { host } = this;
  const port = /:[0-9]*$/.exec(host);
  if (port !== null) {
    if (port[0] !== ':') this.port = port[0].slice(1);
    host = host.slice(0, port.index);
  }
  if (host) this.hostname = host;
};

// ---- formatting ----------------------------------------------------------------------

function formatAuth(auth) {
  // All of it escaped but the colon between name and password.
  return encodeURIComponent(auth).replace(/%3A/gi, ':');
}

function formatHost(url, auth) {
  if (url.host) return auth + url.host;
  if (!url.hostname) return '';
  const { hostname } = url;
  const bare = hostname.includes(':') && !(hostname[0] === '[' && hostname.at(-1) === ']');
  return `${auth}${bare ? `[${hostname}]` : hostname}${url.port ? `:${url.port}` : ''}`;
}

Url.prototype.format = function format() {
  const auth = this.auth ? `${formatAuth(this.auth)}@` : '';
  let protocol = this.protocol || '';
  let pathname = this.pathname || '';
  let hash = this.hash || '';
  let host = formatHost(this, auth);

  let query = '';
  if (this.query !== null && typeof this.query === 'object') {
    query = require('querystring').stringify(this.query);
  }
  let search = this.search || (query && `?${query}`) || '';

  if (protocol && protocol.at(-1) !== ':') protocol += ':';
  pathname = pathname.replaceAll('#', '%23').replaceAll('?', '%3F');

  // Only these schemes have slashes by themselves; a mailto: has none.
  if (this.slashes || slashed.has(protocol)) {
    if (this.slashes || host) {
      if (pathname && pathname[0] !== '/') pathname = `/${pathname}`;
      host = `//${host}`;
    } else if (protocol.startsWith('file')) {
      host = '//';
    }
  }

  search = search.replaceAll('#', '%23');
  if (hash && hash[0] !== '#') hash = `#${hash}`;
  if (search && search[0] !== '?') search = `?${search}`;
  return protocol + host + pathname + search + hash;
};

// ---- functions -------------------------------------------------------------------------

const { isInsideNodeModules } = require('internal/util');

let warnedOfParse = false;

// Told of by the first call that has nothing else to say: none that throws, nor one whose port is told of.
function warnOfParse() {
  if (isInsideNodeModules()) return;
  warnedOfParse = true;
  process.emitWarning(
    '`url.parse()` behavior is not standardized and prone to errors that have security implications. ' +
    'Use the WHATWG URL API instead. CVEs are not issued for `url.parse()` vulnerabilities.',
    'DeprecationWarning', 'DEP0169');
}

function urlParse(url, parseQueryString, slashesDenoteHost) {
  hadBadPort = false;
  const parsed = url instanceof Url ? url : new Url().parse(url, parseQueryString, slashesDenoteHost);
  if (!warnedOfParse && !hadBadPort) warnOfParse();
  return parsed;
}

function urlFormat(urlObject, options) {
  if (typeof urlObject === 'string') {
    return urlParse(urlObject).format();
  }
  if (typeof urlObject !== 'object' || urlObject === null) {
    throw new ERR_INVALID_ARG_TYPE('urlObject', ['Object', 'string'], urlObject);
  }
  if (require('internal/url').isURL(urlObject)) {
    let fragment = true;
    let unicode = false;
    let search = true;
    let auth = true;
    if (options) {
      validateObject(options, 'options');
      if (options.fragment != null) fragment = Boolean(options.fragment);
      if (options.unicode != null) unicode = Boolean(options.unicode);
      if (options.search != null) search = Boolean(options.search);
      if (options.auth != null) auth = Boolean(options.auth);
    }
    return internalBinding('url').format(urlObject.href, fragment, unicode, search, auth);
  }
  return Reflect.apply(Url.prototype.format, urlObject, []);
}

Url.prototype.resolve = function resolve(relative) {
  return this.resolveObject(urlParse(relative, false, true)).format();
};

Url.prototype.resolveObject = function resolveObject(relative) {
  if (typeof relative === 'string') relative = new Url().parse(relative, false, true);
  return require('internal/url/resolve').resolve(this, relative);
};

function urlResolve(source, relative) {
  return urlParse(source, false, true).resolve(relative);
}

function urlResolveObject(source, relative) {
  if (!source) return relative;
  return urlParse(source, false, true).resolveObject(relative);
}

module.exports = { Url, hostless, slashed, urlFormat, urlParse, urlResolve, urlResolveObject };
