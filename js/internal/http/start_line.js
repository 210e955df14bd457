'use strict';

// The first line of a request, character by character as llhttp goes through it: what is wrong is told with its words and
// with the place it stops at, which programs see as an error's `reason` and `bytesParsed`.

const { METHODS } = require('internal/http/common');

// Those of RTSP (RFC 2326), which go with that name of a protocol alone.
const RTSP_METHODS = [
  'ANNOUNCE', 'DESCRIBE', 'FLUSH', 'GET_PARAMETER', 'PAUSE', 'PLAY', 'RECORD', 'REDIRECT', 'SETUP', 'SET_PARAMETER', 'TEARDOWN',
];
const kHttp = new Set(METHODS);
// GET and POST are what players send.
const kRtsp = new Set([...RTSP_METHODS, 'GET', 'OPTIONS', 'POST']);
const kAll = [...METHODS, ...RTSP_METHODS, 'PRI'];

const kInvalidInTarget = /[^\x21-\x7e]/;
const kNoProtocol = 'Expected HTTP/, RTSP/ or ICE/';

class Wrong {
  constructor(at, code, reason) {
    this.at = at;
    this.code = code;
    this.reason = reason;
  }
}

// What makes `text`, which may be the beginning of a line only, no method; undefined if it can be one.
function wrongMethod(text) {
  let longest = 0;
  let isWhole = false;
  for (const method of kAll) {
    const whole = `${method} `;
    let same = 0;
    while (same < text.length && same < whole.length && text[same] === whole[same]) same++;
    if (same === text.length || same === whole.length) return undefined;
    if (same > longest) {
      longest = same;
      isWhole = false;
    }
    if (same === longest && same === method.length) isWhole = true;
  }
  return new Wrong(longest, 'HPE_INVALID_METHOD', isWhole ? 'Expected space after method' : 'Invalid method encountered');
}

// Where the target that begins at `from` ends, or what is wrong with how it begins.
function endOfTarget(line, from, method) {
  const first = line[from];
  let at = from;
  if (method !== 'CONNECT' && first !== '/' && first !== '*') {
    if (first === undefined || !/[a-zA-Z]/.test(first)) return new Wrong(from, 'HPE_INVALID_URL', 'Unexpected start char in url');
    while (/[a-zA-Z]/.test(line[at] ?? '')) at++;
    if (line[at] === ':') {
      at++;
      if (line[at] === '/' && line[at + 1] === '/') return blankAfter(line, at);
      if (line[at] === '/') return new Wrong(at + 1, 'HPE_INVALID_URL', 'Unexpected char in url schema');
    }
    if (line[at] === undefined || line[at] === ' ' || line[at] === '\t') {
      return new Wrong(at + 1, 'HPE_INVALID_URL', 'Invalid characters in url');
    }
    return new Wrong(at, 'HPE_INVALID_URL', 'Unexpected char in url schema');
  }
  return blankAfter(line, from);
}

function blankAfter(line, from) {
  const space = line.indexOf(' ', from);
  return space === -1 ? line.length : space;
}

// The name of the protocol at `at`, with its slash, or where it stops to be one.
function protocolAt(line, at) {
  let longest = 0;
  for (const name of ['HTTP/', 'RTSP/', 'ICE/']) {
    let same = 0;
    while (same < name.length && line[at + same] === name[same]) same++;
    if (same === name.length) return name;
    if (same > longest) longest = same;
  }
  return new Wrong(at + longest, 'HPE_INVALID_CONSTANT', kNoProtocol);
}

function isKnownVersion(major, minor) {
  return (major === '1' && (minor === '0' || minor === '1')) || (major === '0' && minor === '9') || (major === '2' && minor === '0');
}

function isDigit(character) {
  return character >= '0' && character <= '9';
}

// { method, url, major, minor } of a request's line, or a Wrong.
function readRequestLine(line, lenient) {
  const wrong = wrongMethod(line);
  if (wrong !== undefined) return wrong;
  const space = line.indexOf(' ');
  if (space === -1) return new Wrong(line.length, 'HPE_INVALID_METHOD', 'Expected space after method');
  const method = line.slice(0, space);
  // The preface of HTTP/2 is told where its bytes are seen.
  if (method === 'PRI') return new Wrong(line.length, 'HPE_INVALID_VERSION', 'Expected HTTP/2 Connection Preface');
  let at = space;
  while (line[at] === ' ') at++;
  const end = endOfTarget(line, at, method);
  if (end instanceof Wrong) return end;
  const url = line.slice(at, end);
  const wrongAt = url.search(kInvalidInTarget);
  if (wrongAt !== -1) {
    if (url[wrongAt] === '\t' || url[wrongAt] === '\f') {
      return new Wrong(at + wrongAt + 1, 'HPE_INVALID_URL', 'Invalid characters in url');
    }
    const part = url.lastIndexOf('?', wrongAt) === -1 ? 'path' : 'query';
    return new Wrong(at + wrongAt, 'HPE_INVALID_URL', `Invalid char in url ${part}`);
  }
  // HTTP/0.9 knew no more.
  if (end === line.length) return { method, url, major: 0, minor: 9 };
  // One blank: llhttp takes more, others do not, and a target that two readers end differently could hide a request.
  at = end + 1;
  const protocol = protocolAt(line, at);
  if (protocol instanceof Wrong) return protocol;
  at += protocol.length;
  if (protocol === 'ICE/' && method !== 'SOURCE') {
    return new Wrong(at - 1, 'HPE_INVALID_CONSTANT', 'Expected SOURCE method for ICE/x.x request');
  }
  if (protocol === 'HTTP/' && !kHttp.has(method)) return new Wrong(at - 1, 'HPE_INVALID_CONSTANT', 'Invalid method for HTTP/x.x request');
  if (protocol === 'RTSP/' && !kRtsp.has(method)) return new Wrong(at - 1, 'HPE_INVALID_CONSTANT', 'Invalid method for RTSP/x.x request');
  const major = line[at] ?? '';
  if (!isDigit(major)) return new Wrong(at, 'HPE_INVALID_VERSION', 'Invalid major version');
  if (line[at + 1] !== '.') return new Wrong(at + 1, 'HPE_INVALID_VERSION', 'Expected dot');
  const minor = line[at + 2] ?? '';
  if (!isDigit(minor)) return new Wrong(at + 2, 'HPE_INVALID_VERSION', 'Invalid minor version');
  at += 3;
  if (!lenient && !isKnownVersion(major, minor)) return new Wrong(at, 'HPE_INVALID_VERSION', 'Invalid HTTP version');
  if (at !== line.length) return new Wrong(at, 'HPE_INVALID_VERSION', 'Expected CRLF after version');
  return { method, url, major: Number(major), minor: Number(minor) };
}

module.exports = { Wrong, isKnownVersion, kInvalidInTarget, readRequestLine, wrongMethod };
