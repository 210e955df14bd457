'use strict';
// File URLs and paths, and URLs as options of an HTTP request: what node:url
// exports of these, for built-ins that need no more than this.

const {
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_FILE_URL_HOST,
    ERR_INVALID_FILE_URL_PATH,
    ERR_INVALID_URL_SCHEME,
  },
} = require('internal/errors');
const { validateString } = require('internal/validators');
const { URL, URLSearchParams } = require('web/url');

const isWindows = process.platform === 'win32';

// A URL, or something from another realm or package that looks like one. The
// legacy Url objects have `path` or `auth`.
function isURL(value) {
  return Boolean(value?.href && value.protocol && value.auth === undefined && value.path === undefined);
}

// ---- URL to path ------------------------------------------------------------------

// A path of bytes may have a slash in a name; one of text may not.
function posixPath(url, asBytes) {
  if (url.hostname !== '') throw new ERR_INVALID_FILE_URL_HOST(process.platform);
  const { pathname } = url;
  if (!asBytes && /%2f/i.test(pathname)) {
    throw new ERR_INVALID_FILE_URL_PATH('must not include encoded / characters', url);
  }
  return pathname;
}

function windowsPath(url) {
  let { pathname } = url;
  if (/%2f|%5c/i.test(pathname)) {
    throw new ERR_INVALID_FILE_URL_PATH('must not include encoded \\ or / characters', url);
  }
  pathname = pathname.replaceAll('/', '\\');
  if (url.hostname !== '') {
    const { domainToUnicode } = internalBinding('url');
    return { prefix: `\\\\${domainToUnicode(url.hostname)}`, pathname };
  }
  if (!/^\\[a-z]:/i.test(pathname)) {
    throw new ERR_INVALID_FILE_URL_PATH('must be absolute', url);
  }
  return { prefix: '', pathname: pathname.slice(1) };
}

function fileUrlParts(input, options, asBytes = false) {
  const windows = options?.windows ?? isWindows;
  let url = input;
  if (typeof url === 'string') url = new URL(url);
  else if (!isURL(url)) throw new ERR_INVALID_ARG_TYPE('path', ['string', 'URL'], url);
  if (url.protocol !== 'file:') throw new ERR_INVALID_URL_SCHEME('file');
  return windows ? windowsPath(url) : { prefix: '', pathname: posixPath(url, asBytes) };
}

function fileURLToPath(path, options = undefined) {
  const { prefix, pathname } = fileUrlParts(path, options);
  return prefix + (pathname.includes('%') ? decodeURIComponent(pathname) : pathname);
}

// Paths need not be UTF-8, strings must be: this keeps the bytes.
function fileURLToPathBuffer(path, options = undefined) {
  const { prefix, pathname } = fileUrlParts(path, options, true);
  const { Buffer } = require('buffer');
  const bytes = Buffer.from(prefix + pathname);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const digits = bytes[i] === 0x25 ? bytes.latin1Slice(i + 1, Math.min(i + 3, bytes.length)) : '';
    if (/^[0-9a-f]{2}$/i.test(digits)) {
      bytes[length++] = Number.parseInt(digits, 16);
      i += 2;
    } else {
      bytes[length++] = bytes[i];
    }
  }
  return bytes.subarray(0, length);
}

// ---- path to URL --------------------------------------------------------------------

// What the URL parser would leave or take for something else, but a path has
// literally. Everything else that needs it, the parser encodes.
const special = /[%\n\r\t?#~^[\]|\\]/g;
const specialWindows = /[%\n\r\t?#~^[\]|]/g;

function encodeCharacter(character) {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function encodePath(path, windows) {
  path = path.replace(windows ? specialWindows : special, encodeCharacter);
  // A URL's end is trimmed of control characters and spaces.
  return path.replace(/[\x00-\x20]+$/, (tail) => tail.replace(/[^]/g, encodeCharacter));
}

function uncToURL(path, filepath) {
  // \\server\share\resource
  const start = path.startsWith('\\\\?\\UNC\\') ? 8 : 2;
  const hostEnd = path.indexOf('\\', start);
  if (hostEnd === -1) {
    throw new ERR_INVALID_ARG_VALUE('path', filepath, 'Missing UNC resource path');
  }
  if (hostEnd === 2) throw new ERR_INVALID_ARG_VALUE('path', filepath, 'Empty UNC servername');
  const host = path.slice(start, hostEnd);
  const url = new URL(`file://${host}`);
  url.pathname = encodePath(path.slice(hostEnd).replaceAll('\\', '/'), true);
  return url;
}

function pathToFileURL(filepath, options = undefined) {
  validateString(filepath, 'path');
  const windows = options?.windows ?? isWindows;
  const isUNC = windows && filepath.startsWith('\\\\');
  const path = require('path');
  if (isUNC && !/^\\\\\?\\[a-z]:/i.test(filepath)) {
    return uncToURL(filepath.startsWith('\\\\?\\UNC\\') ? filepath : path.win32.resolve(filepath), filepath);
  }
  const plain = isUNC ? filepath.slice(4) : filepath;
  let resolved = windows ? path.win32.resolve(plain) : path.posix.resolve(plain);
  // resolve() drops the trailing separator, which means something in a URL.
  const last = plain.charCodeAt(plain.length - 1);
  const separator = windows ? '\\' : '/';
  if ((last === 47 || (windows && last === 92)) && resolved.at(-1) !== separator) resolved += separator;
  if (windows) resolved = resolved.replaceAll('\\', '/');
  const encoded = encodePath(resolved, windows);
  // A path that begins with the current drive has no slash yet.
  return new URL(`file://${encoded[0] === '/' ? '' : '/'}${encoded}`);
}

function toPathIfFileURL(urlOrPath) {
  return isURL(urlOrPath) ? fileURLToPath(urlOrPath) : urlOrPath;
}

// ---- requests ---------------------------------------------------------------------------

function urlToHttpOptions(url) {
  if (url === null || typeof url !== 'object') throw new ERR_INVALID_ARG_TYPE('url', 'Object', url);
  const { hostname, pathname, port, username, password, search } = url;
  const options = {
    __proto__: null,
    ...url, // Whatever a user put on it may be an option as well.
    protocol: url.protocol,
    hostname: hostname && hostname[0] === '[' ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search,
    pathname,
    path: `${pathname || ''}${search || ''}`,
    href: url.href,
  };
  if (port !== '') options.port = Number(port);
  if (username || password) {
    options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  }
  return options;
}

function domainToASCII(domain) {
  if (arguments.length < 1) {
    const { codes: { ERR_MISSING_ARGS } } = require('internal/errors');
    throw new ERR_MISSING_ARGS('domain');
  }
  return internalBinding('url').domainToASCII(`${domain}`);
}

function domainToUnicode(domain) {
  if (arguments.length < 1) {
    const { codes: { ERR_MISSING_ARGS } } = require('internal/errors');
    throw new ERR_MISSING_ARGS('domain');
  }
  return internalBinding('url').domainToUnicode(`${domain}`);
}

module.exports = {
  URL,
  URLSearchParams,
  domainToASCII,
  domainToUnicode,
  fileURLToPath,
  fileURLToPathBuffer,
  isURL,
  pathToFileURL,
  toPathIfFileURL,
  urlToHttpOptions,
};
