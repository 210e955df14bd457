'use strict';

// http.OutgoingMessage: what is sent, a request or an answer: its headers, how its body is framed, and what waits until it has
// a connection. client.js and server.js make the two kinds of it.

const Stream = require('internal/streams/legacy').Stream;
const { Buffer } = require('buffer');
const {
  codes: {
    ERR_HTTP_BODY_NOT_ALLOWED, ERR_HTTP_CONTENT_LENGTH_MISMATCH, ERR_HTTP_HEADERS_SENT, ERR_HTTP_TRAILER_INVALID,
    ERR_INVALID_ARG_TYPE, ERR_INVALID_CHAR, ERR_METHOD_NOT_IMPLEMENTED, ERR_STREAM_ALREADY_FINISHED, ERR_STREAM_CANNOT_PIPE,
    ERR_STREAM_DESTROYED, ERR_STREAM_NULL_VALUES, ERR_STREAM_WRITE_AFTER_END, ERR_INVALID_ARG_VALUE,
  },
} = require('internal/errors');
const { deprecate } = require('internal/util');
const { validateString } = require('internal/validators');
const {
  dateNow, hasInvalidCharacter, isToken, kNeedDrain, validateHeaderName, validateHeaderValue,
} = require('internal/http/common');

const kHeaders = Symbol('headers');
const kCorked = Symbol('corked');
const kChunks = Symbol('chunksWhileCorked');
const kChunksLength = Symbol('lengthWhileCorked');
const kErrored = Symbol('errored');
const kHighWaterMark = Symbol('highWaterMark');
const kRejectNonStandardBodyWrites = Symbol('rejectNonStandardBodyWrites');
const kUniqueHeaders = Symbol('uniqueHeaders');
const kBytesWritten = Symbol('bytesWritten');

const kCrlf = Buffer.from('\r\n');
const kContinuedOnOneLine = 'cookie';

function noop() {}

function OutgoingMessage(options) {
  Stream.call(this);
  // Pieces of text and bytes that wait for a connection.
  this.outputData = [];
  this.outputSize = 0;
  this.writable = true;
  this.destroyed = false;
  this.finished = false;
  this._last = false;
  this._closed = false;
  this.chunkedEncoding = false;
  this.shouldKeepAlive = true;
  this.maxRequestsOnConnectionReached = false;
  this._defaultKeepAlive = true;
  this.useChunkedEncodingByDefault = true;
  this.sendDate = false;
  this._removedConnection = false;
  this._removedContLen = false;
  this._removedTE = false;
  this.strictContentLength = false;
  this._contentLength = null;
  this._hasBody = true;
  this._trailer = '';
  this._headerSent = false;
  this._header = null;
  this._keepAliveTimeout = 0;
  this.socket = null;
  this._onPendingData = noop;
  this[kNeedDrain] = false;
  this[kHeaders] = null;
  this[kCorked] = 0;
  this[kChunks] = [];
  this[kChunksLength] = 0;
  this[kErrored] = null;
  this[kBytesWritten] = 0;
  this[kHighWaterMark] = options?.highWaterMark ?? require('stream').getDefaultHighWaterMark(false);
  this[kRejectNonStandardBodyWrites] = options?.rejectNonStandardBodyWrites ?? false;
  this[kUniqueHeaders] = null;
}
Object.setPrototypeOf(OutgoingMessage.prototype, Stream.prototype);
Object.setPrototypeOf(OutgoingMessage, Stream);

function property(name, get, set) {
  Object.defineProperty(OutgoingMessage.prototype, name, { __proto__: null, configurable: true, get, set });
}
property('errored', function() { return this[kErrored]; });
property('closed', function() { return this._closed; });
property('writableFinished', function() {
  return this.finished && this.outputSize === 0 && (!this.socket || this.socket.writableLength === 0);
});
property('writableObjectMode', () => false);
property('writableLength', function() {
  return this.outputSize + this[kChunksLength] + (this.socket ? this.socket.writableLength : 0);
});
property('writableHighWaterMark', function() {
  return this.socket ? this.socket.writableHighWaterMark : this[kHighWaterMark];
});
property('writableCorked', function() { return this[kCorked]; });
property('writableEnded', function() { return this.finished; });
property('writableNeedDrain', function() { return !this.destroyed && !this.finished && this[kNeedDrain]; });
property('headersSent', function() { return Boolean(this._header); });
property('connection', function() { return this.socket; }, function(value) { this.socket = value; });

// What older programs look at.
property('_headers', deprecate(function() {
  return this.getHeaders();
}, 'OutgoingMessage.prototype._headers is deprecated', 'DEP0066'), deprecate(function(value) {
  if (value === null || value === undefined) {
    this[kHeaders] = null;
  } else if (typeof value === 'object') {
    this[kHeaders] = new Map();
    for (const name of Object.keys(value)) this[kHeaders].set(name.toLowerCase(), { name, value: value[name] });
  }
}, 'OutgoingMessage.prototype._headers is deprecated', 'DEP0066'));
property('_headerNames', deprecate(function() {
  if (this[kHeaders] === null) return null;
  const names = { __proto__: null };
  for (const [key, { name }] of this[kHeaders]) names[key] = name;
  return names;
}, 'OutgoingMessage.prototype._headerNames is deprecated', 'DEP0066'), deprecate(function(value) {
  if (value === null || typeof value !== 'object') return;
  for (const key of Object.keys(value)) {
    const entry = this[kHeaders]?.get(key);
    if (entry !== undefined) entry.name = String(value[key]);
  }
}, 'OutgoingMessage.prototype._headerNames is deprecated', 'DEP0066'));

OutgoingMessage.prototype._renderHeaders = function() {
  if (this._header) throw new ERR_HTTP_HEADERS_SENT('render');
  const headers = {};
  for (const { name, value } of this[kHeaders]?.values() ?? []) headers[name] = value;
  return headers;
};

// ---- headers --------------------------------------------------------------------------------------------------------

function entries(message) {
  return message[kHeaders] ??= new Map();
}

OutgoingMessage.prototype.setHeader = function(name, value) {
  if (this._header) throw new ERR_HTTP_HEADERS_SENT('set');
  validateHeaderName(name);
  validateHeaderValue(name, value);
  entries(this).set(name.toLowerCase(), { name, value });
  return this;
};

OutgoingMessage.prototype.setHeaders = function(headers) {
  if (this._header) throw new ERR_HTTP_HEADERS_SENT('set');
  if (!headers || Array.isArray(headers) || typeof headers.keys !== 'function' || typeof headers.get !== 'function') {
    throw new ERR_INVALID_ARG_TYPE('headers', ['Headers', 'Map'], headers);
  }
  const cookies = [];
  for (const [name, value] of headers) {
    // A Headers object gives each cookie in turn.
    if (name === 'set-cookie') Array.isArray(value) ? cookies.push(...value) : cookies.push(value);
    else this.setHeader(name, value);
  }
  if (cookies.length > 0) this.setHeader('set-cookie', cookies);
  return this;
};

OutgoingMessage.prototype.appendHeader = function(name, value) {
  if (this._header) throw new ERR_HTTP_HEADERS_SENT('append');
  validateHeaderName(name);
  validateHeaderValue(name, value);
  const present = entries(this).get(name.toLowerCase());
  if (present === undefined) {
    entries(this).set(name.toLowerCase(), { name, value });
  } else {
    present.value = [].concat(present.value, value);
  }
  return this;
};

OutgoingMessage.prototype.getHeader = function(name) {
  validateString(name, 'name');
  return this[kHeaders]?.get(name.toLowerCase())?.value;
};

OutgoingMessage.prototype.getHeaderNames = function() {
  return this[kHeaders] === null ? [] : [...this[kHeaders].keys()];
};

OutgoingMessage.prototype.getRawHeaderNames = function() {
  return this[kHeaders] === null ? [] : Array.from(this[kHeaders].values(), ({ name }) => name);
};

OutgoingMessage.prototype.getHeaders = function() {
  const headers = { __proto__: null };
  for (const [key, { value }] of this[kHeaders] ?? []) headers[key] = value;
  return headers;
};

OutgoingMessage.prototype.hasHeader = function(name) {
  validateString(name, 'name');
  return this[kHeaders]?.has(name.toLowerCase()) ?? false;
};

OutgoingMessage.prototype.removeHeader = function(name) {
  validateString(name, 'name');
  if (this._header) throw new ERR_HTTP_HEADERS_SENT('remove');
  const key = name.toLowerCase();
  // Those that would be added by themselves stay away.
  if (key === 'connection') this._removedConnection = true;
  else if (key === 'content-length') this._removedContLen = true;
  else if (key === 'transfer-encoding') this._removedTE = true;
  else if (key === 'date') this.sendDate = false;
  this[kHeaders]?.delete(key);
};

// What the headers so far say of framing, and their text.
function Lines() {
  this.text = '';
  this.connection = false;
  this.contentLength = false;
  this.transferEncoding = false;
  this.date = false;
  this.expect = false;
  this.trailer = false;
}

function addLine(message, lines, name, value, isChecked) {
  if (!isChecked) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  lines.text += `${name}: ${value}\r\n`;
  switch (name.toLowerCase()) {
    case 'connection':
      lines.connection = true;
      message._removedConnection = false;
      if (/(?:^|\W)close(?:$|\W)/i.test(value)) message._last = true;
      else message.shouldKeepAlive = true;
      break;
    case 'transfer-encoding':
      lines.transferEncoding = true;
      message._removedTE = false;
      if (/(?:^|\W)chunked(?:$|\W)/i.test(value)) message.chunkedEncoding = true;
      break;
    case 'content-length':
      lines.contentLength = true;
      message._contentLength = +value;
      message._removedContLen = false;
      break;
    case 'date':
      lines.date = true;
      break;
    case 'expect':
      lines.expect = true;
      break;
    case 'trailer':
      lines.trailer = true;
      break;
    case 'keep-alive':
      message._defaultKeepAlive = false;
      break;
    default:
  }
}

function addLines(message, lines, name, value, isChecked) {
  if (!Array.isArray(value)) {
    addLine(message, lines, name, value, isChecked);
    return;
  }
  const key = name.toLowerCase();
  if (key === kContinuedOnOneLine || message[kUniqueHeaders]?.has(key)) {
    addLine(message, lines, name, value.join('; '), isChecked);
    return;
  }
  for (const each of value) addLine(message, lines, name, each, isChecked);
}

// Writes the head, `firstLine` and `headers`: none for those that were set, an object, a list of names and values in turn, or of pairs.
OutgoingMessage.prototype._storeHeader = function(firstLine, headers) {
  const lines = new Lines();
  if (headers === undefined || headers === null || headers === this[kHeaders]) {
    for (const { name, value } of this[kHeaders]?.values() ?? []) addLines(this, lines, name, value, true);
  } else if (Array.isArray(headers)) {
    if (headers.length > 0 && Array.isArray(headers[0])) {
      for (const [name, value] of headers) addLines(this, lines, name, value, false);
    } else {
      if (headers.length % 2 !== 0) throw new ERR_INVALID_ARG_VALUE('headers', headers);
      for (let i = 0; i < headers.length; i += 2) addLines(this, lines, headers[i], headers[i + 1], false);
    }
  } else {
    for (const name of Object.keys(headers)) addLines(this, lines, name, headers[name], false);
  }

  if (this.sendDate && !lines.date) lines.text += `Date: ${dateNow()}\r\n`;

  // An answer that says so has no body, whatever was asked for.
  if (this.chunkedEncoding && (this.statusCode === 204 || this.statusCode === 304)) {
    this.chunkedEncoding = false;
    this.shouldKeepAlive = false;
  }

  addConnectionLines(this, lines);
  addFramingLines(this, lines);

  // Trailers follow chunks only.
  if (!this.chunkedEncoding && lines.trailer) throw new ERR_HTTP_TRAILER_INVALID();
  this._header = `${firstLine}${lines.text}\r\n`;
  this._headerSent = false;
  // Whoever waits for 100 Continue wants the head to be on its way.
  if (lines.expect) this._send('');
};

function addConnectionLines(message, lines) {
  if (message._removedConnection) {
    // Kept where both sides know by themselves where the message ends.
    message._last = !message.shouldKeepAlive;
    return;
  }
  if (lines.connection) return;
  const isFramed = lines.contentLength || message.useChunkedEncodingByDefault || message.agent;
  if (!message.shouldKeepAlive || !isFramed || message.maxRequestsOnConnectionReached) {
    message._last = true;
    lines.text += 'Connection: close\r\n';
    return;
  }
  lines.text += 'Connection: keep-alive\r\n';
  if (message._keepAliveTimeout && message._defaultKeepAlive) {
    const seconds = Math.floor(message._keepAliveTimeout / 1000);
    const most = message._maxRequestsPerSocket > 0 ? `, max=${message._maxRequestsPerSocket}` : '';
    lines.text += `Keep-Alive: timeout=${seconds}${most}\r\n`;
  }
}

function addFramingLines(message, lines) {
  if (lines.contentLength || lines.transferEncoding) return;
  if (!message._hasBody) {
    message.chunkedEncoding = false;
  } else if (!message.useChunkedEncodingByDefault) {
    message._last = true;
  } else if (!lines.trailer && !message._removedContLen && typeof message._contentLength === 'number') {
    lines.text += `Content-Length: ${message._contentLength}\r\n`;
  } else if (!message._removedTE) {
    lines.text += 'Transfer-Encoding: chunked\r\n';
    message.chunkedEncoding = true;
  } else {
    // Without either, the end of the connection is the end of the message.
    message._last = true;
  }
}

OutgoingMessage.prototype._implicitHeader = function() {
  throw new ERR_METHOD_NOT_IMPLEMENTED('_implicitHeader()');
};

OutgoingMessage.prototype.flushHeaders = function() {
  if (!this._header) this._implicitHeader();
  this._send('');
};

OutgoingMessage.prototype.addTrailers = function(headers) {
  this._trailer = '';
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  for (const [name, given] of pairs) {
    if (typeof name !== 'string' || !isToken(name)) validateHeaderName(name, 'Trailer name');
    const values = Array.isArray(given) && given.length > 1 && !this[kUniqueHeaders]?.has(name.toLowerCase()) ? given :
      [Array.isArray(given) ? given.join('; ') : given];
    for (const value of values) {
      if (hasInvalidCharacter(value)) throw new ERR_INVALID_CHAR('trailer content', name);
      this._trailer += `${name}: ${value}\r\n`;
    }
  }
};

// ---- writing --------------------------------------------------------------------------------------------------------

// Sends the head, if that is still to be done, and `data`.
OutgoingMessage.prototype._send = function(data, encoding, callback, byteLength) {
  if (!this._headerSent) {
    const head = this._header;
    if (typeof data === 'string' && (encoding === 'utf8' || encoding === 'latin1' || !encoding)) {
      // In one piece, which is most often one packet. Heads are Latin-1.
      if (data === '' || encoding === 'latin1') {
        data = head + data;
        encoding = 'latin1';
      } else if (isAscii(head)) {
        data = head + data;
      } else {
        this.outputData.unshift({ data: head, encoding: 'latin1', callback: null });
        this.outputSize += head.length;
        this._onPendingData(head.length);
      }
    } else {
      this.outputData.unshift({ data: head, encoding: 'latin1', callback: null });
      this.outputSize += head.length;
      this._onPendingData(head.length);
    }
    this._headerSent = true;
  }
  return this._writeRaw(data, encoding, callback, byteLength);
};

function isAscii(text) {
  return !/[^\0-\x7f]/.test(text);
}

OutgoingMessage.prototype._writeRaw = function(data, encoding, callback, size) {
  const connection = this.socket;
  if (connection?.destroyed) return false;
  if (typeof encoding === 'function') {
    callback = encoding;
    encoding = null;
  }
  if (connection && connection._httpMessage === this && connection.writable) {
    if (this.outputData.length > 0) this._flushOutput(connection);
    return connection.write(data, encoding, callback);
  }
  // It goes out when this message has the connection.
  this.outputData.push({ data, encoding, callback });
  this.outputSize += data.length;
  this._onPendingData(data.length);
  return this.outputSize < this[kHighWaterMark];
};

OutgoingMessage.prototype._flushOutput = function(socket) {
  const { outputData } = this;
  if (outputData.length === 0) return undefined;
  let result;
  socket.cork();
  for (const { data, encoding, callback } of outputData) result = socket.write(data, encoding, callback);
  socket.uncork();
  this.outputData = [];
  this._onPendingData(-this.outputSize);
  this.outputSize = 0;
  return result;
};

OutgoingMessage.prototype._flush = function() {
  const { socket } = this;
  if (!socket?.writable) return;
  const result = this._flushOutput(socket);
  if (this.finished) {
    this._finish();
  } else if (result && this[kNeedDrain]) {
    this[kNeedDrain] = false;
    this.emit('drain');
  }
};

OutgoingMessage.prototype._finish = function() {
  this.emit('prefinish');
};

function fail(message, error, callback) {
  process.nextTick(emitErrorNT, message, error, callback);
}

function emitErrorNT(message, error, callback) {
  callback(error);
  if (!message.destroyed && !message._closed) message.emit('error', error);
}

OutgoingMessage.prototype.write = function(chunk, encoding, callback) {
  if (typeof encoding === 'function') {
    callback = encoding;
    encoding = null;
  }
  const result = write(this, chunk, encoding, callback, false);
  if (!result) this[kNeedDrain] = true;
  return result;
};

function write(message, chunk, encoding, callback, isEnd) {
  if (typeof callback !== 'function') callback = noop;
  if (chunk === null) throw new ERR_STREAM_NULL_VALUES();
  if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
    throw new ERR_INVALID_ARG_TYPE('chunk', ['string', 'Buffer', 'Uint8Array'], chunk);
  }
  if (message.finished) {
    if (!message.destroyed) fail(message, new ERR_STREAM_WRITE_AFTER_END(), callback);
    else process.nextTick(callback, new ERR_STREAM_WRITE_AFTER_END());
    return false;
  }
  if (message.destroyed) {
    process.nextTick(callback, new ERR_STREAM_DESTROYED('write'));
    return false;
  }
  const length = typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding ?? 'utf8') : chunk.byteLength;
  if (message.strictContentLength) checkLength(message, length, isEnd);
  message[kBytesWritten] += length;
  if (!message._header) {
    if (isEnd) message._contentLength ??= length;
    message._implicitHeader();
  }
  if (!message._hasBody) {
    if (message[kRejectNonStandardBodyWrites]) throw new ERR_HTTP_BODY_NOT_ALLOWED();
    process.nextTick(callback);
    return true;
  }
  if (!isEnd && message.socket && !message.socket.writableCorked) {
    // What is written in one turn goes out together.
    message.socket.cork();
    process.nextTick(uncorkNT, message.socket);
  }
  if (!message.chunkedEncoding || length === 0) return message._send(chunk, encoding, callback, length);
  if (message[kCorked] > 0 && message._headerSent) {
    message[kChunks].push({ chunk, encoding, callback });
    message[kChunksLength] += length;
    return message[kChunksLength] < message[kHighWaterMark];
  }
  message._send(length.toString(16), 'latin1', null);
  message._send(kCrlf, null, null);
  message._send(chunk, encoding, null, length);
  return message._send(kCrlf, null, callback);
}

function uncorkNT(socket) {
  socket.uncork();
}

function checkLength(message, length, isEnd) {
  const promised = message._contentLength;
  if (promised === null || message.chunkedEncoding || message.hasHeader('transfer-encoding') || !message._hasBody) return;
  const total = message[kBytesWritten] + length;
  if (isEnd ? total !== promised : total > promised) throw new ERR_HTTP_CONTENT_LENGTH_MISMATCH(total, promised);
}

OutgoingMessage.prototype.cork = function() {
  this[kCorked]++;
  this.socket?.cork();
};

OutgoingMessage.prototype.uncork = function() {
  if (this[kCorked] > 0) this[kCorked]--;
  this.socket?.uncork();
  if (this[kCorked] > 0 || this[kChunks].length === 0) return;
  const chunks = this[kChunks];
  this._send(this[kChunksLength].toString(16), 'latin1', null);
  this._send(kCrlf, null, null);
  for (const { chunk, encoding } of chunks) this._send(chunk, encoding, null);
  this._send(kCrlf, null, (error) => {
    for (const { callback } of chunks) callback(error);
  });
  this[kChunks] = [];
  this[kChunksLength] = 0;
};

// end() of a message whose head is not sent, with all of its body. False, with nothing done but the head made, where
// there is more to it than that.
function endWhole(message, chunk, encoding, callback) {
  const isText = typeof chunk === 'string';
  const { socket } = message;
  // Whatever else a program assigned as a socket gets the end as a piece of its own, as Node gives it.
  if (socket !== null && socket._handle === undefined) return false;
  if (message.destroyed || socket?.writableCorked > 0 || (!isText && !(chunk instanceof Uint8Array))) return false;
  const length = isText ? Buffer.byteLength(chunk, encoding ?? 'utf8') : chunk.byteLength;
  if (message.strictContentLength) checkLength(message, length, true);
  message._contentLength ??= length;
  message._implicitHeader();
  if (!message._hasBody || message.chunkedEncoding) return false;
  message[kBytesWritten] += length;
  if (typeof callback === 'function') message.once('finish', callback);
  socket?.cork();
  message._send(chunk, encoding, onFinish.bind(undefined, message), length);
  socket?.uncork();
  message.finished = true;
  if (message.outputData.length === 0 && socket && socket._httpMessage === message) message._finish();
  return true;
}

OutgoingMessage.prototype.end = function end(chunk, encoding, callback) {
  if (typeof chunk === 'function') return end.call(this, null, null, chunk);
  if (typeof encoding === 'function') return end.call(this, chunk, null, encoding);
  if (chunk !== null && chunk !== undefined) {
    if (this.finished) {
      fail(this, new ERR_STREAM_WRITE_AFTER_END(), typeof callback === 'function' ? callback : noop);
      return this;
    }
    // Most answers are given whole: head and body in one piece, and nothing after it.
    if (!this._header && this[kCorked] === 0 && chunk.length > 0 && endWhole(this, chunk, encoding, callback)) return this;
    this.socket?.cork();
    write(this, chunk, encoding, null, true);
  } else if (this.finished) {
    if (typeof callback === 'function') {
      if (this.writableFinished) process.nextTick(callback, new ERR_STREAM_ALREADY_FINISHED('end'));
      else this.on('finish', callback);
    }
    return this;
  } else {
    if (this.strictContentLength && this._header && this[kBytesWritten] !== this._contentLength) checkLength(this, 0, true);
    if (!this._header) {
      this.socket?.cork();
      this._contentLength ??= 0;
      this._implicitHeader();
    } else {
      this.socket?.cork();
    }
  }
  if (typeof callback === 'function') this.once('finish', callback);
  const finish = onFinish.bind(undefined, this);
  while (this[kCorked] > 0) {
    this[kCorked] = 1;
    this.uncork();
  }
  if (this._hasBody && this.chunkedEncoding) this._send(`0\r\n${this._trailer}\r\n`, 'latin1', finish);
  else if (!this._headerSent || this.writableLength || chunk) this._send('', 'latin1', finish);
  else process.nextTick(finish);
  const { socket } = this;
  if (socket) {
    // All of it, however often it was corked.
    socket._writableState.corked = 1;
    socket.uncork();
  }
  this.finished = true;
  if (this.outputData.length === 0 && this.socket && this.socket._httpMessage === this) this._finish();
  return this;
};

function onFinish(message, error) {
  if (error || message.socket?._hadError) return;
  message.emit('finish');
}

OutgoingMessage.prototype.destroy = function(error) {
  if (this.destroyed) return this;
  this.destroyed = true;
  this[kErrored] = error;
  if (this.socket) this.socket.destroy(error);
  else this.once('socket', (socket) => socket.destroy(error));
  return this;
};

OutgoingMessage.prototype.setTimeout = function(milliseconds, callback) {
  if (callback) this.on('timeout', callback);
  if (this.socket) this.socket.setTimeout(milliseconds);
  else this.once('socket', (socket) => socket.setTimeout(milliseconds));
  return this;
};

OutgoingMessage.prototype.pipe = function() {
  // It can be written to only.
  this.emit('error', new ERR_STREAM_CANNOT_PIPE());
};

OutgoingMessage.prototype[Symbol.for('nodejs.rejection')] = function(error) {
  this.destroy(error);
};

// The names of headers that are sent as one line, from the option `uniqueHeaders`.
function uniqueHeaders(list) {
  if (!Array.isArray(list)) return null;
  const names = new Set();
  for (const entry of list) {
    if (Array.isArray(entry)) for (const name of entry) names.add(name.toLowerCase());
    else names.add(entry.toLowerCase());
  }
  return names;
}

module.exports = { OutgoingMessage, kErrored, kHeaders, kUniqueHeaders, uniqueHeaders };
