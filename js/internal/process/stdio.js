'use strict';

// process.stdin, process.stdout and process.stderr, each made when first looked
// at. What is behind a descriptor decides its class: a terminal, a pipe or a
// file.

const binding = internalBinding('stdio');

let stdinStream;
let stdoutStream;
let stderrStream;

// The class names are those people know from Node.
function makeClasses() {
  const { FdWritable } = require('internal/process/fd_streams');
  class SyncWriteStream extends FdWritable {
    constructor(fd) {
      super(fd);
      this._type = 'fs';
      this.readable = false;
    }

    _toError(error) {
      return error;
    }
  }
  const { FdReadable } = require('internal/process/fd_streams');
  // What programs ask of a socket; the one half is never there.
  class Socket extends FdWritable {
    constructor(fd) {
      super(fd);
      this._type = 'pipe';
      this.readable = false;
    }
  }
  defineSocketState(Socket, 'writeOnly', 'bytesWritten');
  const InputSocket = class Socket extends FdReadable {
    constructor(fd) {
      super(fd);
      this.writable = false;
    }
  };
  defineSocketState(InputSocket, 'readOnly', 'bytesRead');
  return { SyncWriteStream, InputSocket, Socket };
}

function defineSocketState(Class, open, counter) {
  const { kBytes } = require('internal/process/fd_streams');
  const properties = {
    get bytesRead() { return counter === 'bytesRead' ? this[kBytes] : 0; },
    get bytesWritten() { return counter === 'bytesWritten' ? this[kBytes] : 0; },
    get connecting() { return false; },
    get pending() { return false; },
    get readyState() { return this.destroyed ? 'closed' : open; },
  };
  for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(properties))) {
    Object.defineProperty(Class.prototype, name, { __proto__: null, get, configurable: true, enumerable: false });
  }
}

let classes;

// Neither end() nor an error closes the descriptor: others (console, native
// error reports) may still have something to say.
function keepOpen(error, callback) {
  callback(error);
  this._undestroy();
  if (!this._writableState.emitClose) {
    process.nextTick(() => this.emit('close'));
  }
}

function makeOutput(fd) {
  const kind = binding.guessHandleType(fd);
  let stream;
  if (kind === 'TTY') {
    const { WriteStream } = require('tty');
    stream = new WriteStream(fd);
    stream._type = 'tty';
    // Not while this is being made: a handler may look at process.stdout.
    process.nextTick(() => followResize(stream));
  } else if (kind === 'INVALID') {
    // Closed by whoever started us: what is written goes nowhere.
    const { Writable } = require('stream');
    stream = new Writable({
      write(chunk, encoding, callback) {
        callback();
      },
    });
  } else {
    classes ??= makeClasses();
    stream = kind === 'FILE' ?
      new classes.SyncWriteStream(fd) : new classes.Socket(fd);
  }
  stream.fd = fd;
  stream._isStdio = true;
  stream.destroySoon = stream.destroy;
  stream._destroy = keepOpen;
  return stream;
}

function followResize(stream) {
  const refresh = () => stream._refreshSize();
  let following = false;
  const follow = () => {
    if (following) return;
    following = true;
    process.on('SIGWINCH', refresh);
  };
  if (stream.listenerCount('resize') > 0) follow();
  else stream.on('newListener', (event) => event === 'resize' && follow());
}

function stdout() {
  return stdoutStream ??= makeOutput(1);
}

function stderr() {
  return stderrStream ??= makeOutput(2);
}

function stdin() {
  return stdinStream ??= makeInput();
}

function makeInput() {
  const kind = binding.guessHandleType(0);
  let stream;
  if (kind === 'TTY') {
    const { ReadStream } = require('tty');
    stream = new ReadStream(0);
  } else if (kind === 'INVALID' || kind === 'UNKNOWN') {
    const { Readable } = require('stream');
    stream = new Readable({ read() {} });
    stream.push(null);
  } else if (kind === 'FILE') {
    const { ReadStream } = require('fs');
    stream = new ReadStream(null, { fd: 0, autoClose: false });
  } else {
    classes ??= makeClasses();
    stream = new classes.InputSocket(0);
    if (kind === 'PIPE') require('internal/process/fd_streams').beHandle(stream, 'PIPEWRAP');
  }
  stream.fd = 0;
  return stream;
}

module.exports = { stdin, stdout, stderr };
