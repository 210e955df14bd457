'use strict';

// What the parts of node:http share: methods, status codes, what may stand in a header, the time of day for `Date`.

const { codes: { ERR_HTTP_INVALID_HEADER_VALUE, ERR_INVALID_CHAR, ERR_INVALID_HTTP_TOKEN } } = require('internal/errors');

const METHODS = [
  'ACL', 'BIND', 'CHECKOUT', 'CONNECT', 'COPY', 'DELETE', 'GET', 'HEAD', 'LINK', 'LOCK', 'M-SEARCH', 'MERGE', 'MKACTIVITY',
  'MKCALENDAR', 'MKCOL', 'MOVE', 'NOTIFY', 'OPTIONS', 'PATCH', 'POST', 'PROPFIND', 'PROPPATCH', 'PURGE', 'PUT', 'QUERY',
  'REBIND', 'REPORT', 'SEARCH', 'SOURCE', 'SUBSCRIBE', 'TRACE', 'UNBIND', 'UNLINK', 'UNLOCK', 'UNSUBSCRIBE',
];

// The registry of IANA, and 418 and 509, which Node has besides.
const STATUS_CODES = {
  100: 'Continue',
  101: 'Switching Protocols',
  102: 'Processing',
  103: 'Early Hints',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  203: 'Non-Authoritative Information',
  204: 'No Content',
  205: 'Reset Content',
  206: 'Partial Content',
  207: 'Multi-Status',
  208: 'Already Reported',
  226: 'IM Used',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  305: 'Use Proxy',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  418: "I'm a Teapot",
  421: 'Misdirected Request',
  422: 'Unprocessable Entity',
  423: 'Locked',
  424: 'Failed Dependency',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  506: 'Variant Also Negotiates',
  507: 'Insufficient Storage',
  508: 'Loop Detected',
  509: 'Bandwidth Limit Exceeded',
  510: 'Not Extended',
  511: 'Network Authentication Required',
};

const kToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const kInvalidInValue = /[^\t\x20-\x7e\x80-\xff]/;

function isToken(text) {
  return kToken.test(text);
}

function hasInvalidCharacter(value) {
  return kInvalidInValue.test(value);
}

function validateHeaderName(name, label) {
  if (typeof name !== 'string' || !isToken(name)) throw new ERR_INVALID_HTTP_TOKEN(label || 'Header name', name);
}

function validateHeaderValue(name, value) {
  if (value === undefined) throw new ERR_HTTP_INVALID_HEADER_VALUE(value, name);
  if (hasInvalidCharacter(value)) throw new ERR_INVALID_CHAR('header content', name);
}

// `Date` has whole seconds, so its text is made once in each.
let dateText;
let dateSecond;
function dateNow() {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(now).toUTCString();
  }
  return dateText;
}

// The channel of that name, if anybody can be subscribed to it.
function channel(name) {
  const found = require('internal/realm').loaded('diagnostics_channel')?.channel(name);
  return found?.hasSubscribers ? found : undefined;
}

let maxHeaderSize;
function getMaxHeaderSize() {
  if (maxHeaderSize === undefined) {
    const given = require('internal/options').getOptionValue('--max-http-header-size');
    maxHeaderSize = given === undefined || given === '' ? 16 * 1024 : Number(given);
  }
  return maxHeaderSize;
}

function isLenientByDefault() {
  return Boolean(require('internal/options').getOptionValue('--insecure-http-parser'));
}

module.exports = {
  METHODS,
  STATUS_CODES,
  channel,
  dateNow,
  getMaxHeaderSize,
  hasInvalidCharacter,
  isLenientByDefault,
  isToken,
  // Properties that client, server and agent keep on sockets and messages.
  kNeedDrain: Symbol('needDrain'),
  kOnExecute: Symbol('onExecute'),
  validateHeaderName,
  validateHeaderValue,
};
