'use strict';

// HTTP/1.1 messages out of bytes (RFC 9110, 9112), as they come.
//
// A parser reads one connection's messages, one after the other, and tells its consumer:
//
//   onHead(head)      start line and fields are complete; says what follows: kBody, kNoBody, or kUpgrade for another protocol
//   onBody(bytes)     a part of the body
//   onTrailers(list)  fields after a chunked body, names and values in turn
//   onComplete()      the message is over
//
// It is strict where two readings of the same bytes would let a request hide in another: lines end in CRLF, fields have
// no space before the colon, lengths are plain digits and said once, and never beside chunks. `lenient` (insecureHTTPParser) takes
// lines that end in LF, lengths beside chunks, and any characters in values.

const { METHODS, isToken } = require('internal/http/common');
const { Wrong, isKnownVersion, kInvalidInTarget, readRequestLine, wrongMethod } = require('internal/http/start_line');

const kBody = 0;
const kNoBody = 1;
const kUpgrade = 2;

// Where in a message the parser is.
const kStartLine = 0;
const kFields = 1;
const kSized = 2;
const kUntilEnd = 3;
const kChunkSize = 4;
const kChunk = 5;
const kChunkEnd = 6;
const kTrailers = 7;
// What follows is not ours.
const kOver = 8;
// The last message closes the connection.
const kClosed = 9;
const kFailed = 10;

const LF = 10;
const CR = 13;

const kMostChunkExtensions = 16 * 1024;
const kVersion = /^HTTP\/([0-9])\.([0-9])$/;
const kStatusLine = /^HTTP\/([0-9])\.([0-9]) ([0-9]{3})(?: (.*))?$/;
// Longer heads are read line by line.
const kMostCommonHead = 4096;
// How a client of HTTP/2 begins.
const kPreface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
// llhttp's words.
const kNoResponse = 'Expected HTTP/, RTSP/ or ICE/';
const kInvalidInField = /[\0\r\n]/;
const kChunkLine = /^([0-9A-Fa-f]+)(?:;(.*))?$/;
const kKnownMethods = new Set(METHODS);

class Parser {
  constructor(isRequest, consumer, { maxHeaderSize, maxHeaders = 0, lenient = false }) {
    this.isRequest = isRequest;
    this.consumer = consumer;
    this.maxHeaderSize = maxHeaderSize;
    this.maxHeaders = maxHeaders;
    this.lenient = lenient;
    // Nobody wants to hear any more.
    this.detached = false;
    // What a consumer brought about while it was told of something, to be read next.
    this.isExecuting = false;
    this.queue = [];
    // What the parser failed of.
    this.problem = null;
    // The bytes that are being read, and how far.
    this.bytes = null;
    this.at = 0;
    // A line that is not complete yet.
    this.line = '';
    // When the message that is being read began, and whether its head is complete (in milliseconds; for a server's limits).
    this.startedAt = 0;
    this.headReadAt = 0;
    this.reset();
  }

  // Most requests come whole and have nothing unusual: their head is read in one go. Gives false, with nothing read,
  // for all others, which the lines' own methods read, or say what is wrong with them.
  readCommonHead() {
    const { bytes, at } = this;
    const text = bytes.latin1Slice(at, Math.min(bytes.length, at + kMostCommonHead));
    const end = text.indexOf('\r\n\r\n');
    if (end === -1 || end + 4 > this.maxHeaderSize) return false;
    const firstEnd = text.indexOf('\r\n');
    const space = text.indexOf(' ');
    const versionAt = text.indexOf(' ', space + 1) + 1;
    // "HTTP/1.x" is all that may follow.
    if (versionAt === 0 || versionAt + 8 !== firstEnd || !text.startsWith('HTTP/1.', versionAt)) return false;
    const minor = text.charCodeAt(firstEnd - 1) - 48;
    const method = text.slice(0, space);
    const url = text.slice(space + 1, versionAt - 1);
    if ((minor !== 0 && minor !== 1) || (url[0] !== '/' && url[0] !== '*') || kInvalidInTarget.test(url)) return false;
    if (!kKnownMethods.has(method)) return false;
    const { fields } = this;
    for (let from = firstEnd + 2; from < end;) {
      const stop = text.indexOf('\r\n', from);
      const colon = text.indexOf(':', from);
      const isCommon = colon !== -1 && colon < stop && isTokenBetween(text, from, colon) && isPlainBetween(text, colon, stop);
      if (!isCommon) {
        this.reset();
        return false;
      }
      let first = colon + 1;
      let last = stop;
      while (first < last && isBlank(text.charCodeAt(first))) first++;
      while (last > first && isBlank(text.charCodeAt(last - 1))) last--;
      fields.push(text.slice(from, colon), text.slice(first, last));
      if (this.noteField() !== undefined) {
        this.reset();
        return false;
      }
      from = stop + 2;
    }
    this.head = { method, url, statusCode: null, statusMessage: null, versionMajor: 1, versionMinor: minor };
    this.headSize = end + 4;
    this.at = at + end + 4;
    this.state = kFields;
    return true;
  }

  // What is wrong is `offset` characters into the line that was taken last.
  wrong(offset, code, reason) {
    this.at = Math.min(Math.max(this.lineStart + offset, 0), this.at);
    return failure(code, reason);
  }

  // Ready for the next message.
  reset() {
    this.state = kStartLine;
    this.head = null;
    this.fields = [];
    this.headSize = 0;
    this.contentLength = -1;
    this.left = 0;
    this.hasTransferEncoding = false;
    this.isChunked = false;
    this.connection = '';
    this.hasUpgrade = false;
    this.hasHost = false;
    this.hasExpect = false;
  }

  // Reads all of `bytes`, or up to where another protocol begins (`at`). Gives the error that makes the rest unreadable.
  execute(bytes) {
    if (this.isExecuting) {
      this.queue.push(bytes);
      return undefined;
    }
    this.isExecuting = true;
    try {
      let problem = this.read(bytes);
      while (problem === undefined && this.queue.length > 0) problem = this.read(this.queue.shift());
      return problem;
    } catch (error) {
      // A listener threw: where in the message the parser is, nobody can tell. What comes next is not read as something else.
      if (this.state !== kStartLine && this.state < kOver) {
        this.state = kFailed;
        this.problem = failure('HPE_USER', 'A listener of the message threw');
      }
      throw error;
    } finally {
      this.isExecuting = false;
    }
  }

  read(bytes) {
    this.bytes = bytes;
    this.at = 0;
    while (this.at < bytes.length && !this.detached && this.state !== kOver) {
      const problem = this.step();
      if (problem !== undefined) {
        this.state = kFailed;
        this.problem = problem;
        problem.bytesParsed = this.at;
        return problem;
      }
    }
    return undefined;
  }

  // The other side sends no more.
  finish() {
    if (this.state === kUntilEnd) {
      this.complete();
      return undefined;
    }
    if (this.state === kStartLine && this.line === '') return undefined;
    if (this.state >= kOver) return undefined;
    this.state = kFailed;
    this.problem = failure('HPE_INVALID_EOF_STATE', 'Invalid EOF state');
    this.problem.message = 'Parse Error';
    this.problem.bytesParsed = 0;
    return this.problem;
  }

  step() {
    switch (this.state) {
      case kStartLine:
        return this.readStartLine();
      case kFields:
        return this.readField();
      case kSized:
        return this.readSized();
      case kUntilEnd:
        return this.give(this.bytes.length);
      case kChunkSize:
        return this.readChunkSize();
      case kChunk:
        return this.readChunk();
      case kChunkEnd:
        return this.readChunkEnd();
      case kTrailers:
        return this.readTrailer();
      case kClosed:
        return this.readNothing();
      default:
        return failure(this.problem.code, this.problem.reason);
    }
  }

  // The next line without its end, `undefined` if it is not all there, or an Error.
  takeLine(limit) {
    const { bytes, at } = this;
    const end = bytes.indexOf(LF, at);
    const stop = end === -1 ? bytes.length : end + 1;
    this.headSize += stop - at;
    if (this.headSize > limit) return undefined;
    this.lineStart = at - this.line.length;
    const text = this.line + bytes.latin1Slice(at, stop);
    this.at = stop;
    if (end === -1) {
      this.line = text;
      // A carriage return is followed by a line feed, and nothing else.
      const cr = text.indexOf('\r');
      if (cr !== -1 && cr !== text.length - 1) return this.withoutFeed(cr);
      return undefined;
    }
    this.line = '';
    if (text.charCodeAt(text.length - 2) !== CR) {
      return this.lenient ? text.slice(0, -1) : this.withoutReturn(text);
    }
    const line = text.slice(0, -2);
    const cr = line.indexOf('\r');
    return cr === -1 ? line : this.withoutFeed(cr);
  }

  // A line that ends in a line feed alone.
  withoutReturn(text) {
    if (this.state === kStartLine) {
      return this.isRequest ? failure('HPE_INVALID_VERSION', 'Expected CRLF after version') :
        failure('HPE_CR_EXPECTED', 'Missing expected CR after response line');
    }
    if (this.state === kFields && text === '\n') return failure('HPE_INVALID_HEADER_TOKEN', 'Invalid header field char');
    return failure('HPE_CR_EXPECTED', 'Missing expected CR after header value');
  }

  // A carriage return, `at` characters into the line, without a line feed behind it.
  withoutFeed(at) {
    if (this.state === kStartLine) {
      return this.wrong(at + 1, 'HPE_STRICT', this.isRequest ? 'Expected CRLF after version' : 'Expected LF after CR');
    }
    return failure('HPE_LF_EXPECTED', 'Missing expected LF after header value');
  }

  overflowed() {
    if (this.headSize <= this.maxHeaderSize) return undefined;
    // Told of what is seen of the target or the value.
    const { bytes, at } = this;
    const isTarget = this.state === kStartLine && this.isRequest;
    const end = isTarget ? bytes.indexOf(32, bytes.indexOf(32, at) + 1) : bytes.indexOf(CR, at) + 1;
    this.at = end > at ? end : bytes.length;
    return failure('HPE_HEADER_OVERFLOW', 'Header overflow');
  }

  readStartLine() {
    // Empty lines before a message are passed over.
    if (this.line === '') {
      const { bytes } = this;
      while (this.at < bytes.length && (bytes[this.at] === CR || bytes[this.at] === LF)) this.at++;
      if (this.at === bytes.length) return undefined;
      if (this.startedAt === 0) this.startedAt = performance.now();
      if (this.isRequest && this.readCommonHead()) return this.endOfHead();
    }
    const begin = this.at;
    const before = this.line.length;
    const line = this.takeLine(this.maxHeaderSize);
    const seen = typeof line === 'string' ? line : this.line;
    if (this.isRequest) {
      // A wrong method is told at once, not when its line ends.
      const wrong = seen === '' ? undefined : wrongMethod(seen);
      if (wrong !== undefined) {
        this.at = Math.max(begin + wrong.at - before, 0);
        return failure(wrong.code, wrong.reason);
      }
      if (seen.startsWith('PRI ') && this.bytes.latin1Slice(begin, Math.min(begin + kPreface.length, this.bytes.length)) === kPreface) {
        this.at = begin + kPreface.length;
        return failure('HPE_PAUSED_H2_UPGRADE', 'Pause on PRI/Upgrade');
      }
    } else if (!'HTTP/'.startsWith(seen.slice(0, 5)) && this.headSize > 0) {
      let same = 0;
      while (seen[same] === 'HTTP/'[same]) same++;
      this.at = Math.max(begin + same - before, 0);
      return failure('HPE_INVALID_CONSTANT', kNoResponse);
    }
    if (typeof line !== 'string') return line ?? this.overflowed();
    const problem = this.isRequest ? this.takeRequestLine(line) : this.takeStatusLine(line);
    if (problem === undefined) this.state = kFields;
    return problem;
  }

  takeRequestLine(line) {
    const read = readRequestLine(line, this.lenient);
    if (read instanceof Wrong) return this.wrong(read.at, read.code, read.reason);
    const { method, url, major, minor } = read;
    this.head = { method, url, statusCode: null, statusMessage: null, versionMajor: major, versionMinor: minor };
    return undefined;
  }

  takeStatusLine(line) {
    const parts = kStatusLine.exec(line);
    if (parts === null) {
      if (!line.startsWith('HTTP/')) return failure('HPE_INVALID_CONSTANT', kNoResponse);
      if (!kVersion.test(line.slice(0, 8))) return this.wrong(8, 'HPE_INVALID_VERSION', 'Invalid HTTP version');
      const digits = /^ \d{0,3}/.exec(line.slice(8))?.[0].length ?? 0;
      return this.wrong(8 + digits, 'HPE_INVALID_STATUS', digits === 4 ? 'Invalid response status' : 'Invalid status code');
    }
    const problem = this.checkVersion(parts[1], parts[2], 8);
    if (problem !== undefined) return problem;
    this.head = {
      method: null, url: null, statusCode: +parts[3], statusMessage: parts[4] ?? '', versionMajor: +parts[1], versionMinor: +parts[2],
    };
    return undefined;
  }

  // `end` is where the version ends in the line.
  checkVersion(major, minor, end) {
    if (this.lenient || isKnownVersion(major, minor)) return undefined;
    return this.wrong(end, 'HPE_INVALID_VERSION', 'Invalid HTTP version');
  }

  readField() {
    const line = this.takeLine(this.maxHeaderSize);
    if (typeof line !== 'string') {
      return line ?? (this.line.length > 0 || this.headSize > this.maxHeaderSize ? this.overflowed() : undefined);
    }
    if (line === '') return this.endOfHead();
    return this.addField(line, this.fields) ?? (this.fields.length > 0 ? this.noteField(line.indexOf(':') + 1) : undefined);
  }

  // `line` as a name and a value at the end of `fields`.
  addField(line, fields) {
    const first = line.charCodeAt(0);
    if (first === 32 || first === 9) {
      // A line that goes on from the one before.
      if (fields.length === 0) return failure('HPE_INVALID_HEADER_TOKEN', 'Unexpected space after start line');
      if (!this.lenient) return this.wrong(0, 'HPE_INVALID_HEADER_TOKEN', 'Unexpected whitespace after header value');
      fields[fields.length - 1] = (fields[fields.length - 1] + line).trimEnd();
      return undefined;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    if (colon === -1 || !isToken(name)) {
      let length = 0;
      while (length < line.length && isToken(line[length])) length++;
      return this.wrong(length, 'HPE_INVALID_HEADER_TOKEN', 'Invalid header token');
    }
    const value = trimBlanks(line, colon + 1);
    if (kInvalidInField.test(value) || (!this.lenient && hasControl(value))) {
      const isWrong = (character) => kInvalidInField.test(character) || (!this.lenient && hasControl(character));
      let from = colon + 1;
      while (from < line.length && !isWrong(line[from])) from++;
      return this.wrong(from, 'HPE_INVALID_HEADER_TOKEN', 'Invalid header value char');
    }
    fields.push(name, value);
    return undefined;
  }

  // What the last field says of the message's framing. `from` is where its value may begin in its line.
  noteField(from = 0) {
    const { fields } = this;
    const name = fields[fields.length - 2];
    const value = fields[fields.length - 1];
    switch (name.length) {
      case 4:
        if (name.toLowerCase() === 'host') this.hasHost = true;
        return undefined;
      case 6:
        if (name.toLowerCase() === 'expect') this.hasExpect = true;
        return undefined;
      case 7:
        if (name.toLowerCase() === 'upgrade') this.hasUpgrade = true;
        return undefined;
      case 10:
        if (name.toLowerCase() === 'connection') this.connection += `,${value.toLowerCase()}`;
        return undefined;
      case 14:
        return name.toLowerCase() === 'content-length' ? this.noteLength(value, from) : undefined;
      case 17:
        return name.toLowerCase() === 'transfer-encoding' ? this.noteEncoding(value, from) : undefined;
      default:
        return undefined;
    }
  }

  noteLength(value, from) {
    if (this.hasTransferEncoding && !this.lenient) {
      return this.wrong(from, 'HPE_INVALID_CONTENT_LENGTH', "Content-Length can't be present with Transfer-Encoding");
    }
    if (this.contentLength !== -1) return this.wrong(from + 1, 'HPE_UNEXPECTED_CONTENT_LENGTH', 'Duplicate Content-Length');
    if (value === '') return failure('HPE_INVALID_CONTENT_LENGTH', 'Empty Content-Length');
    // Blanks may follow, and nothing after them.
    const wrongAt = value.search(/[^0-9]/) === -1 ? -1 : value.search(/[^0-9 \t]|(?<=[ \t])[0-9]/);
    if (wrongAt !== -1) {
      return this.wrong(from + 1 + wrongAt, 'HPE_INVALID_CONTENT_LENGTH', 'Invalid character in Content-Length');
    }
    const length = Number(value);
    if (!Number.isSafeInteger(length)) {
      return this.wrong(from + 1 + lengthIn64Bits(value, 10), 'HPE_INVALID_CONTENT_LENGTH', 'Content-Length overflow');
    }
    this.contentLength = length;
    return undefined;
  }

  noteEncoding(value, from) {
    if (this.contentLength !== -1 && !this.lenient) {
      return this.wrong(from, 'HPE_INVALID_TRANSFER_ENCODING', "Transfer-Encoding can't be present with Content-Length");
    }
    // Chunks come last, or not at all.
    if (!this.lenient && this.isRequest) {
      if (this.isChunked) return this.wrong(from + 2, 'HPE_INVALID_TRANSFER_ENCODING', 'Invalid `Transfer-Encoding` header value');
      const early = /(?:^|,)[ \t]*chunked[ \t]*,/i.exec(value);
      if (early !== null) {
        return this.wrong(from + 1 + early.index + early[0].length, 'HPE_INVALID_TRANSFER_ENCODING',
          'Invalid `Transfer-Encoding` header value');
      }
    }
    this.hasTransferEncoding = true;
    const codings = value.toLowerCase().split(',');
    this.isChunked = codings[codings.length - 1].trim() === 'chunked';
    return undefined;
  }

  connectionHas(option) {
    if (this.connection === ',keep-alive') return option === 'keep-alive';
    return this.connection !== '' && this.connection.split(',').some((given) => given.trim() === option);
  }

  endOfHead() {
    const { head } = this;
    const { statusCode } = head;
    const isFramed = this.isChunked || (this.contentLength !== -1 && !this.hasTransferEncoding);
    const isWithoutBody = !this.isRequest && (isInterim(statusCode) || statusCode === 204 || statusCode === 304);
    const needsEnd = !this.isRequest && !isWithoutBody && !isFramed;
    const isPersistent = head.versionMajor > 0 && head.versionMinor > 0 ? !this.connectionHas('close') :
      this.connectionHas('keep-alive');
    const asksForUpgrade = this.hasUpgrade && this.connectionHas('upgrade');
    head.upgrade = this.isRequest ? head.method === 'CONNECT' || asksForUpgrade : statusCode === 101 && asksForUpgrade;
    head.shouldKeepAlive = isPersistent && !needsEnd;
    // A server need not look for them in an object that most requests' listeners have no use for.
    head.hasHost = this.hasHost;
    head.hasExpect = this.hasExpect;
    head.rawHeaders = this.maxHeaders > 0 ? this.fields.slice(0, this.maxHeaders * 2) : this.fields;
    this.fields = [];
    this.headReadAt = performance.now();
    // Set before: the consumer may look, or take the connection away.
    this.persistent = isPersistent;
    const follows = this.consumer.onHead(head);
    if (this.detached) return undefined;
    if (this.isRequest && this.hasTransferEncoding && !this.isChunked && !this.lenient && follows !== kUpgrade) {
      return failure('HPE_INVALID_TRANSFER_ENCODING', 'Request has invalid `Transfer-Encoding`');
    }
    if (follows === kUpgrade) {
      this.state = kOver;
      this.consumer.onComplete();
      return undefined;
    }
    if (follows === kNoBody || isWithoutBody) {
      // An answer to HEAD may say how long its body would be; the connection stays usable.
      this.complete();
    } else if (this.isChunked) {
      this.state = kChunkSize;
      this.headSize = 0;
    } else if (isFramed && this.contentLength > 0) {
      this.state = kSized;
      this.left = this.contentLength;
    } else if (needsEnd) {
      this.persistent = false;
      this.state = kUntilEnd;
    } else {
      this.complete();
    }
    return undefined;
  }

  complete() {
    const { persistent } = this;
    const was = this.head;
    this.reset();
    this.startedAt = 0;
    this.headReadAt = 0;
    this.line = '';
    // An interim answer is followed by the one that counts.
    if (!persistent && !(was.statusCode !== null && isInterim(was.statusCode))) this.state = kClosed;
    this.consumer.onComplete();
  }

  // Hands the bytes before `end` to the consumer.
  give(end) {
    const { bytes, at } = this;
    this.at = end;
    this.consumer.onBody(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    return undefined;
  }

  readSized() {
    const end = Math.min(this.at + this.left, this.bytes.length);
    this.left -= end - this.at;
    this.give(end);
    if (this.left === 0 && !this.detached) this.complete();
    return undefined;
  }

  readChunkSize() {
    const line = this.takeLine(this.maxHeaderSize + kMostChunkExtensions);
    if (line instanceof Error) {
      return failure('HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size');
    }
    if (line === undefined) {
      const { line: seen } = this;
      if (seen.length > kMostChunkExtensions || this.headSize > this.maxHeaderSize + kMostChunkExtensions) return tooManyExtensions();
      return /^[0-9A-Fa-f]/.test(seen) || seen === '' ? undefined :
        failure('HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size');
    }
    const parts = kChunkLine.exec(this.lenient ? line.trimEnd() : line);
    if (parts === null) {
      return this.wrong(Math.max(line.search(/[^0-9A-Fa-f]/), 0), 'HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size');
    }
    if (parts[2] !== undefined) {
      if (parts[2].length > kMostChunkExtensions) return tooManyExtensions();
      if (hasControl(parts[2])) return failure('HPE_STRICT', 'Invalid character in chunk extensions');
    }
    const size = Number.parseInt(parts[1], 16);
    if (!Number.isSafeInteger(size)) {
      return this.wrong(lengthIn64Bits(parts[1], 16), 'HPE_INVALID_CHUNK_SIZE', 'Chunk size overflow');
    }
    this.headSize = 0;
    this.left = size;
    this.state = size === 0 ? kTrailers : kChunk;
    return undefined;
  }

  readChunk() {
    const end = Math.min(this.at + this.left, this.bytes.length);
    this.left -= end - this.at;
    if (this.left === 0) this.state = kChunkEnd;
    return this.give(end);
  }

  // The CRLF after a chunk.
  readChunkEnd() {
    const line = this.takeLine(this.maxHeaderSize);
    if (typeof line === 'string' ? line !== '' : line instanceof Error || (this.line !== '' && this.line !== '\r')) {
      return this.wrong(0, 'HPE_STRICT', 'Expected LF after chunk data');
    }
    if (line === '') {
      this.headSize = 0;
      this.state = kChunkSize;
    }
    return undefined;
  }

  readTrailer() {
    const line = this.takeLine(this.maxHeaderSize);
    if (typeof line !== 'string') return line ?? this.overflowed();
    if (line !== '') return this.addField(line, this.fields);
    const { fields } = this;
    this.fields = [];
    if (fields.length > 0) this.consumer.onTrailers(fields);
    if (!this.detached) this.complete();
    return undefined;
  }

  // After the last message there may be empty lines.
  readNothing() {
    const { bytes } = this;
    while (this.at < bytes.length && (bytes[this.at] === CR || bytes[this.at] === LF)) this.at++;
    if (this.at === bytes.length) return undefined;
    if (this.lenient) {
      this.state = kStartLine;
      return undefined;
    }
    this.at++;
    return failure('HPE_CLOSED_CONNECTION', 'Data after `Connection: close`');
  }

  // Whether a message has begun and is not over.
  get isBusy() {
    return this.state !== kStartLine || this.line !== '' ? this.state < kOver : false;
  }
}

function failure(code, reason) {
  const error = new Error(`Parse Error: ${reason}`);
  error.bytesParsed = 0;
  error.code = code;
  error.reason = reason;
  return error;
}

function tooManyExtensions() {
  return failure('HPE_CHUNK_EXTENSIONS_OVERFLOW', 'Chunk extensions overflow');
}

function isInterim(statusCode) {
  return statusCode >= 100 && statusCode < 200;
}

// How many of the digits are read until their number has no place in 64 bits.
function lengthIn64Bits(digits, base) {
  let value = 0n;
  for (let i = 0; i < digits.length; i++) {
    value = value * BigInt(base) + BigInt(Number.parseInt(digits[i], base));
    if (value >= 2n ** 64n) return i + 1;
  }
  return digits.length;
}

// `line` from `start` on without blanks around it.
function trimBlanks(line, start) {
  let end = line.length;
  while (start < end && isBlank(line.charCodeAt(start))) start++;
  while (end > start && isBlank(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

// Which of the characters below 128 a token may have.
const kInToken = Uint8Array.from({ length: 128 }, (_, code) => (isToken(String.fromCharCode(code)) ? 1 : 0));

function isTokenBetween(text, from, to) {
  for (let i = from; i < to; i++) {
    if (kInToken[text.charCodeAt(i)] !== 1) return false;
  }
  return from < to;
}

// Without control characters other than tabs.
function isPlainBetween(text, from, to) {
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if ((code < 32 && code !== 9) || code === 127) return false;
  }
  return true;
}

function isBlank(code) {
  return code === 32 || code === 9;
}

function hasControl(text) {
  return /[\0-\x08\x0a-\x1f\x7f]/.test(text);
}

module.exports = { Parser, kBody, kNoBody, kUpgrade };
