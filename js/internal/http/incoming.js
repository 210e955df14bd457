'use strict';

// http.IncomingMessage: what was received, a request at a server or an answer at a client, as a Readable.

const { Readable, finished } = require('stream');

// Of these the first counts, unless joining was asked for.
const kFirstCounts = new Set([
  'age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host', 'if-modified-since',
  'if-unmodified-since', 'last-modified', 'location', 'max-forwards', 'proxy-authorization', 'referer', 'retry-after', 'server',
  'user-agent',
]);

const kHeaders = Symbol('headers');
const kHeadersDistinct = Symbol('headersDistinct');
const kTrailers = Symbol('trailers');
const kTrailersDistinct = Symbol('trailersDistinct');
const kSignal = Symbol('signal');

function IncomingMessage(socket) {
  Readable.call(this, socket ? { autoDestroy: true, highWaterMark: socket.readableHighWaterMark } : { autoDestroy: true });
  this.socket = socket;
  this.httpVersionMajor = null;
  this.httpVersionMinor = null;
  this.httpVersion = null;
  this.complete = false;
  this.rawHeaders = [];
  this.rawTrailers = [];
  this.joinDuplicateHeaders = false;
  this.aborted = false;
  this.upgrade = null;
  // A request's.
  this.url = '';
  this.method = null;
  // An answer's.
  this.statusCode = null;
  this.statusMessage = null;
  this.client = socket;
  this[kHeaders] = null;
  this[kHeadersDistinct] = null;
  this[kTrailers] = null;
  this[kTrailersDistinct] = null;
  this[kSignal] = null;
  this._consumed = false;
  this._dumped = false;
}
Object.setPrototypeOf(IncomingMessage.prototype, Readable.prototype);
Object.setPrototypeOf(IncomingMessage, Readable);

// What a parser read, as its properties.
function fill(message, head) {
  message.httpVersionMajor = head.versionMajor;
  message.httpVersionMinor = head.versionMinor;
  message.httpVersion = `${head.versionMajor}.${head.versionMinor}`;
  message.rawHeaders = head.rawHeaders;
  message.upgrade = head.upgrade;
  if (head.method !== null) {
    message.method = head.method;
    message.url = head.url;
  } else {
    message.statusCode = head.statusCode;
    message.statusMessage = head.statusMessage;
  }
}

// One more line of `name` in an object of headers.
function addLine(message, name, value, headers) {
  name = name.toLowerCase();
  const present = headers[name];
  if (name === 'set-cookie') {
    if (Array.isArray(present)) present.push(value);
    else headers[name] = [value];
  } else if (typeof present !== 'string') {
    // Also where it is called as something that every object has.
    headers[name] = value;
  } else if (name === 'cookie') {
    headers[name] = `${present}; ${value}`;
  } else if (message.joinDuplicateHeaders || !kFirstCounts.has(name)) {
    headers[name] = `${present}, ${value}`;
  }
}

function joined(message, raw) {
  const headers = {};
  for (let i = 0; i + 1 < raw.length; i += 2) message._addHeaderLine(raw[i], raw[i + 1], headers);
  return headers;
}

function distinct(raw) {
  const headers = { __proto__: null };
  for (let i = 0; i + 1 < raw.length; i += 2) (headers[raw[i].toLowerCase()] ??= []).push(raw[i + 1]);
  return headers;
}

// A property that is made of the raw list when it is first looked at.
function made(name, key, make) {
  Object.defineProperty(IncomingMessage.prototype, name, {
    __proto__: null,
    configurable: true,
    get() { return this[key] ??= make(this); },
    set(value) { this[key] = value; },
  });
}
made('headers', kHeaders, (message) => joined(message, message.rawHeaders));
made('headersDistinct', kHeadersDistinct, (message) => distinct(message.rawHeaders));
made('trailers', kTrailers, (message) => joined(message, message.rawTrailers));
made('trailersDistinct', kTrailersDistinct, (message) => distinct(message.rawTrailers));

Object.defineProperty(IncomingMessage.prototype, 'connection', {
  __proto__: null,
  configurable: true,
  get() { return this.socket; },
  set(value) { this.socket = value; },
});

// Aborted when the connection closes before the exchange is over, or the message is destroyed.
Object.defineProperty(IncomingMessage.prototype, 'signal', {
  __proto__: null,
  configurable: true,
  get() {
    if (this[kSignal] === null) {
      const controller = new AbortController();
      const abort = () => controller.abort();
      this[kSignal] = { controller, abort };
      if (this.aborted || this.socket?.destroyed) abort();
      else this.socket?.once('close', abort);
    }
    return this[kSignal].controller.signal;
  },
});

// The exchange is over: what becomes of the connection does not matter to it.
function settleSignal(message) {
  if (message[kSignal] !== null) message.socket?.removeListener('close', message[kSignal].abort);
}

IncomingMessage.prototype._addHeaderLine = function(name, value, headers) {
  addLine(this, name, value, headers);
};

IncomingMessage.prototype._addHeaderLines = function(raw, count) {
  if (!raw?.length) return;
  const isTrailer = this.complete;
  if (isTrailer) this.rawTrailers = raw;
  else this.rawHeaders = raw;
  const headers = isTrailer ? this.trailers : this.headers;
  for (let i = 0; i + 1 < count; i += 2) this._addHeaderLine(raw[i], raw[i + 1], headers);
};

IncomingMessage.prototype.setTimeout = function(milliseconds, callback) {
  if (callback) this.on('timeout', callback);
  this.socket.setTimeout(milliseconds);
  return this;
};

IncomingMessage.prototype._read = function() {
  if (!this._consumed) {
    this._readableState.readingMore = false;
    this._consumed = true;
  }
  // The socket is paused when there is more than this stream wants to hold.
  if (this.socket?.readable) readStart(this.socket);
};

IncomingMessage.prototype._destroy = function(error, callback) {
  if (!this.readableEnded || !this.complete) {
    this.aborted = true;
    this.emit('aborted');
    this[kSignal]?.abort();
  }
  const settle = (reason) => {
    // Nobody who listens is nobody who is surprised: a message that was cut off must not end the process.
    if (this.listenerCount('error') === 0) callback();
    else callback(reason);
  };
  const { socket } = this;
  if (socket && !socket.destroyed && this.aborted) {
    socket.destroy(error);
    const stop = finished(socket, (reason) => {
      if (reason?.code === 'ERR_STREAM_PREMATURE_CLOSE') reason = null;
      stop();
      process.nextTick(settle, error || reason);
    });
  } else {
    process.nextTick(settle, error);
  }
};

// Throws away what is left of the body, so that the connection can go on.
IncomingMessage.prototype._dump = function() {
  if (this._dumped) return;
  this._dumped = true;
  this.removeAllListeners('data');
  this.resume();
};

IncomingMessage.prototype._dumpAndCloseReadable = function() {
  this._dumped = true;
  this._readableState.ended = true;
  this._readableState.endEmitted = true;
  this._readableState.destroyed = true;
  this._readableState.closed = true;
  this._readableState.closeEmitted = true;
};

function readStart(socket) {
  if (socket && !socket._paused && socket.readable) socket.resume();
}

function readStop(socket) {
  if (socket) socket.pause();
}

module.exports = { IncomingMessage, fill, readStart, readStop, settleSignal };
