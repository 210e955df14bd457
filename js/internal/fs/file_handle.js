'use strict';

// FileHandle: an open descriptor as an object with promise methods. Streams over it retain it, so that it is closed when the last of them is
// done; one that is forgotten is closed by the garbage collector, which Node calls a bug of the program, hence the warning.

const { EventEmitter } = require('events');
const { AbortError, codes } = require('internal/errors');
const { ERR_INVALID_STATE, ERR_MISSING_ARGS } = codes;
const {
  validateAbortSignal, validateBoolean, validateBuffer, validateEncoding, validateInteger, validateObject,
} = require('internal/validators');
const {
  lazyBuffer,
  mergeOptions,
  parseFileMode,
  stringToFlags,
  toBytes,
  toUnixTimestamp,
  validateBufferArray,
  validateWritable,
} = require('internal/fs/utils');
const { validateOwner } = require('internal/fs/metadata');
const { statsFrom } = require('internal/fs/stats');
const { kCurrentPosition, kDefaultReadSize, readRange, vectorPosition, writeRange } = require('internal/fs/descriptors');
const { call1, call2, call3, call5 } = require('internal/fs/native_promise');

const { kCheckTransfer, kClone, kDeserialize, kTransfer, markTransferMode } = require('internal/worker/js_transferable');

const { tracking } = require('internal/tracked_handles');

const binding = internalBinding('fs');
const kOpened = Symbol('opened');
const kRetain = Symbol('retain');
const kRelease = Symbol('release');
const kClosed = -1;

// A handle's descriptor apart from the handle, so that it can be closed after the handle is gone.
let forgotten;
function watchForgotten(handle, state) {
  forgotten ??= new FinalizationRegistry((lost) => {
    if (lost.fd === kClosed) return;
    const { fd } = lost;
    lost.fd = kClosed;
    process.emitWarning(`Closing file descriptor ${fd} on garbage collection`);
    process.emitWarning(
      'Closing a FileHandle object on garbage collection is deprecated. ' +
      'Please close FileHandle objects explicitly using FileHandle.prototype.close(). ' +
      'In the future, an error will be thrown if a file descriptor is closed during garbage collection.',
      'DeprecationWarning', 'DEP0137');
    binding.closeHandle(fd, () => {});
  });
  forgotten.register(handle, state, state);
}

function badDescriptor(syscall) {
  const { uvException } = require('internal/errors');
  return uvException({ errno: require('internal/uv').uvCode('EBADF'), syscall });
}

class FileHandle extends EventEmitter {
  #state;
  #refs = 1;
  #closing;
  #settleClose;
  #streaming = false;

  constructor(marker, fd) {
    if (marker !== kOpened) throw new ERR_MISSING_ARGS('fd');
    super();
    this.#state = { fd };
    tracking.hooks?.init(this, 'FILEHANDLE', 0);
    watchForgotten(this, this.#state);
  }

  get fd() {
    return this.#state.fd;
  }

  // The descriptor for one operation. What goes on after close() fails as the system would say it.
  #use(syscall) {
    const { fd } = this.#state;
    if (fd === kClosed) {
      const err = new Error('file closed');
      err.code = 'EBADF';
      err.syscall = syscall;
      throw err;
    }
    this.#refs++;
    return fd;
  }

  async #with(syscall, work) {
    const fd = this.#use(syscall);
    try {
      return await work(fd);
    } finally {
      this[kRelease]();
    }
  }

  [kRetain]() {
    this.#use('stream');
  }

  [kRelease]() {
    if (--this.#refs === 0) this.#closeNow().then(this.#settleClose.resolve, this.#settleClose.reject);
  }

  async #closeNow() {
    const { fd } = this.#state;
    this.#state.fd = kClosed;
    forgotten.unregister(this.#state);
    await call1(binding.closeHandle, fd);
    tracking.hooks?.destroy(this);
  }

  [kCheckTransfer]() {
    if (this.#refs > 1 || this.#closing !== undefined || this.#state.fd === kClosed) {
      const { DOMException } = require('web/dom_exception');
      throw new DOMException('Cannot transfer FileHandle while in use', 'DataCloneError');
    }
  }

  // A descriptor has one owner: whatever clones a handle forgot to transfer it. The error's code is Node's name, the number
  // being that of classes of the web.
  [kClone]() {
    const { DOMException } = require('web/dom_exception');
    const { codes: { ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST } } = require('internal/errors');
    const { code, message } = new ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST();
    throw Object.defineProperty(new DOMException(message, 'DataCloneError'), 'code', {
      __proto__: null, value: code, configurable: true, writable: true,
    });
  }

  // Moves the descriptor to another thread; here the handle is closed from then on.
  [kTransfer]() {
    const { fd } = this.#state;
    this.#state.fd = kClosed;
    forgotten.unregister(this.#state);
    binding.disownHandle(fd);
    return { data: fd, deserializeInfo: 'internal/fs/file_handle:FileHandle' };
  }

  static [kDeserialize](fd) {
    binding.adoptHandle(fd);
    return new FileHandle(kOpened, fd);
  }

  close() {
    if (this.#closing !== undefined) return this.#closing;
    if (this.#state.fd === kClosed) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers();
    this.#settleClose = { resolve, reject };
    this.#closing = promise.finally(() => {
      this.#closing = undefined;
    });
    this[kRelease]();
    this.emit('close');
    return this.#closing;
  }

  async [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]() {
    await this.close();
  }

  appendFile(data, options) {
    return this.writeFile(data, options);
  }

  async chmod(mode) {
    mode = parseFileMode(mode, 'mode');
    await this.#with('fchmod', (fd) => call2(binding.fchmod, fd, mode));
  }

  async chown(uid, gid) {
    validateOwner(uid, gid);
    await this.#with('fchown', (fd) => call3(binding.fchown, fd, uid, gid));
  }

  async datasync() {
    await this.#with('fdatasync', (fd) => call1(binding.fdatasync, fd));
  }

  async sync() {
    await this.#with('fsync', (fd) => call1(binding.fsync, fd));
  }

  // read(buffer, offset, length, position) | (buffer, options) | (options)
  async read(buffer, offset, length, position) {
    if (!ArrayBuffer.isView(buffer)) {
      const options = buffer;
      if (options !== undefined) validateObject(options, 'options', nullable());
      ({ buffer = lazyBuffer().alloc(kDefaultReadSize), offset = 0, length = undefined, position = null } = options ?? {});
      validateBuffer(buffer);
      length ??= buffer.byteLength - offset;
    } else if (offset !== null && typeof offset === 'object') {
      ({ offset = 0, length = undefined, position = null } = offset);
      length ??= buffer.byteLength - offset;
    } else {
      offset ??= 0;
      length ??= buffer.byteLength - offset;
    }
    const range = readRange(buffer, offset, length, position);
    if (range.length === 0) return { __proto__: null, bytesRead: 0, buffer };
    const bytesRead = await this.#with('read', (fd) => {
      return call5(binding.read, fd, buffer, range.offset, range.length, range.position);
    });
    return { __proto__: null, bytesRead, buffer };
  }

  async readv(buffers, position) {
    validateBufferArray(buffers);
    const bytesRead = await this.#with('readv', (fd) => call3(binding.readv, fd, buffers, vectorPosition(position)));
    return { __proto__: null, bytesRead, buffers };
  }

  async readFile(options) {
    const { kReadDefaults } = require('internal/fs/whole_file');
    options = mergeOptions(options, kReadDefaults);
    const { encoding, signal } = options;
    const flags = stringToFlags(options.flag ?? 'r');
    return this.#with('read', async (fd) => {
      if (signal) return require('internal/fs/abortable').readFile(fd, flags, encoding, signal);
      const { decoded, isUtf8 } = require('internal/fs/whole_file');
      return decoded(await call3(binding.readFile, fd, flags, isUtf8(encoding)), encoding);
    });
  }

  readLines(options = undefined) {
    return require('readline').createInterface({ input: this.createReadStream(options), crlfDelay: Infinity });
  }

  // A byte stream over the file from where the descriptor stands; read only when it is pulled.
  readableWebStream(options = {}) {
    if (this.#state.fd === kClosed) throw new ERR_INVALID_STATE('The FileHandle is closed');
    if (this.#closing !== undefined) throw new ERR_INVALID_STATE('The FileHandle is closing');
    if (this.#streaming) throw new ERR_INVALID_STATE('The FileHandle is locked');
    validateObject(options, 'options');
    const { autoClose = false, type = 'bytes' } = options;
    validateBoolean(autoClose, 'options.autoClose');
    if (type !== 'bytes') {
      process.emitWarning('The option `type` of readableWebStream() is not minded: its stream is one of bytes.', 'ExperimentalWarning');
    }
    this.#streaming = true;
    const { ReadableStream } = require('stream/web');
    const { kState } = require('web/streams/common');
    const { cancel } = require('web/streams/readable_state');
    const done = async () => {
      this[kRelease]();
      this.removeListener('close', onClose);
      if (autoClose) await this.close();
    };
    // Who closes the file ends what is read of it, and waits for no reader.
    const onClose = () => {
      cancel(stream[kState], undefined).catch(() => {});
    };
    this[kRetain]();
    this.once('close', onClose);
    const stream = new ReadableStream({
      type: 'bytes',
      autoAllocateChunkSize: kDefaultReadSize,
      pull: async (controller) => {
        const { view } = controller.byobRequest;
        const { bytesRead } = await this.read(view, 0, view.byteLength);
        if (bytesRead === 0) {
          controller.close();
          controller.byobRequest?.respond(0);
          await done();
          return;
        }
        controller.byobRequest.respond(bytesRead);
      },
      cancel: done,
    });
    return stream;
  }

  // What handle_iter.js may do to a handle.
  static #access(handle) {
    return {
      get fd() { return handle.#state.fd; },
      checkFree() {
        if (handle.#state.fd === kClosed || handle.#closing !== undefined) throw new ERR_INVALID_STATE('The FileHandle is closed');
        if (handle.#streaming) throw new ERR_INVALID_STATE('The FileHandle is locked');
      },
      lock() { handle.#streaming = true; },
      unlock() { handle.#streaming = false; },
      retain() {
        if (handle.#state.fd === kClosed) throw badDescriptor('read');
        handle.#refs++;
      },
      release() { handle[kRelease](); },
      close() { return handle.close(); },
    };
  }

  static {
    if (require('internal/options').getOptionValue('--experimental-stream-iter') === true) {
      require('internal/fs/handle_iter').install(this.prototype, (handle) => FileHandle.#access(handle));
    }
  }

  createReadStream(options = undefined) {
    const { ReadStream } = require('internal/fs/streams');
    return new ReadStream(undefined, { ...options, fd: this });
  }

  createWriteStream(options = undefined) {
    const { WriteStream } = require('internal/fs/streams');
    return new WriteStream(undefined, { ...options, fd: this });
  }

  async stat(options) {
    if (options !== undefined) {
      validateObject(options, 'options');
      validateAbortSignal(options.signal, 'options.signal');
      if (options.signal?.aborted) throw new AbortError(undefined, { cause: options.signal.reason });
    }
    return statsFrom(await this.#with('fstat', (fd) => call2(binding.fstat, fd, Boolean(options?.bigint))));
  }

  async truncate(len = 0) {
    validateInteger(len, 'len');
    await this.#with('ftruncate', (fd) => call2(binding.ftruncate, fd, Math.max(0, len)));
  }

  async utimes(atime, mtime) {
    atime = toUnixTimestamp(atime, 'atime');
    mtime = toUnixTimestamp(mtime, 'mtime');
    await this.#with('futimes', (fd) => call3(binding.futimes, fd, atime, mtime));
  }

  // write(buffer, offset, length, position) | (buffer, options) | (string, position, encoding)
  async write(buffer, offsetOrOptions, length, position) {
    if (buffer?.byteLength === 0) return { __proto__: null, bytesWritten: 0, buffer };
    if (ArrayBuffer.isView(buffer)) {
      let offset = offsetOrOptions;
      if (offset !== null && typeof offset === 'object') {
        ({ offset = 0, length = buffer.byteLength - offset, position = null } = offsetOrOptions);
      }
      const range = writeRange(buffer, offset, length, position);
      const bytesWritten = await this.#with('write', (fd) => {
        return call5(binding.write, fd, buffer, range.offset, range.length, range.position);
      });
      return { __proto__: null, bytesWritten, buffer };
    }
    validateWritable(buffer, 'buffer');
    validateEncoding(buffer, length);
    const at = typeof offsetOrOptions === 'number' ? offsetOrOptions : kCurrentPosition;
    const bytes = toBytes(buffer, length);
    const bytesWritten = await this.#with('write', (fd) => call5(binding.write, fd, bytes, 0, bytes.byteLength, at));
    return { __proto__: null, bytesWritten, buffer };
  }

  async writev(buffers, position) {
    validateBufferArray(buffers);
    if (buffers.length === 0) return { __proto__: null, bytesWritten: 0, buffers };
    const bytesWritten = await this.#with('writev', (fd) => call3(binding.writev, fd, buffers, vectorPosition(position)));
    return { __proto__: null, bytesWritten, buffers };
  }

  async writeFile(data, options) {
    const { writeFile } = require('internal/fs/promises');
    await this.#with('write', () => writeFile(this, data, options));
  }
}

let nullableObject;
function nullable() {
  return nullableObject ??= require('internal/validators').kValidateObjectAllowNullable;
}

// Cloneable, too, so that kClone is asked.
markTransferMode(FileHandle.prototype, true, true);

module.exports = { FileHandle, kOpened, kRelease, kRetain };
