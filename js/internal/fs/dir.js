'use strict';

// fs.Dir: a directory read a few entries at a time. The native side holds the open directory; entries arrive in batches and are handed out
// one by one, so the loop is crossed once per batch.

const { codes } = require('internal/errors');
const { ERR_DIR_CLOSED, ERR_DIR_CONCURRENT_OPERATION, ERR_MISSING_ARGS } = codes;
const { validateFunction, validateUint32 } = require('internal/validators');
const { getOptions, getValidatedPath, wantsBytes } = require('internal/fs/utils');
const { makeDirents } = require('internal/fs/dirent');

const { tracking } = require('internal/tracked_handles');

const binding = internalBinding('fs');
const kDefaults = Object.freeze({ __proto__: null, encoding: 'utf8' });
const kDefaultBufferSize = 32;
// Tells the constructor's own callers from programs, which may not make a Dir out of thin air.
const kOpened = Symbol('opened');

class Dir {
  #handle;
  #path;
  #options;
  #entries = [];
  #next = 0;
  #closed = false;
  // While a read or close is under way: what waits for it. Null otherwise.
  #queue = null;

  constructor(marker, path, options, handle) {
    if (marker !== kOpened) throw new ERR_MISSING_ARGS('handle');
    this.#path = path;
    this.#options = options;
    this.#handle = handle;
    tracking.hooks?.init(this, 'DIRHANDLE', 0);
  }

  get path() {
    return this.#path;
  }

  read(callback) {
    if (callback === undefined) return promised((done) => this.#read(done));
    validateFunction(callback, 'callback');
    this.#read(callback);
  }

  close(callback) {
    if (callback === undefined) return promised((done) => this.#close(done));
    validateFunction(callback, 'callback');
    this.#close(callback);
  }

  readSync() {
    if (this.#closed) throw new ERR_DIR_CLOSED();
    if (this.#queue !== null) throw new ERR_DIR_CONCURRENT_OPERATION();
    const buffered = this.#take();
    if (buffered !== undefined) return buffered;
    return this.#accept(binding.dirRead(this.#handle, wantsBytes(this.#options.encoding), this.#options.bufferSize));
  }

  closeSync() {
    if (this.#closed) throw new ERR_DIR_CLOSED();
    if (this.#queue !== null) throw new ERR_DIR_CONCURRENT_OPERATION();
    this.#closed = true;
    binding.dirClose(this.#handle);
    tracking.hooks?.destroy(this);
  }

  async* entries() {
    try {
      for (;;) {
        const entry = await this.read();
        if (entry === null) break;
        yield entry;
      }
    } finally {
      if (!this.#closed) await this.close();
    }
  }

  // The next entry that has come already, undefined if none has.
  #take() {
    if (this.#next >= this.#entries.length) return undefined;
    return this.#entries[this.#next++];
  }

  // Keeps a batch and hands out its first entry; null at the end.
  #accept(found) {
    if (found === undefined) return null;
    this.#entries = makeDirents(found, this.#path, this.#options.encoding);
    this.#next = 1;
    return this.#entries[0];
  }

  #read(callback) {
    if (this.#closed) return process.nextTick(callback, new ERR_DIR_CLOSED());
    if (this.#queue !== null) return void this.#queue.push(() => this.#read(callback));
    const buffered = this.#take();
    if (buffered !== undefined) return process.nextTick(callback, null, buffered);
    this.#queue = [];
    binding.dirRead(this.#handle, wantsBytes(this.#options.encoding), this.#options.bufferSize, (err, found) => {
      let entry;
      if (!err) {
        try {
          entry = this.#accept(found);
        } catch (typeError) {
          err = typeError;
        }
      }
      this.#release();
      if (err) callback(err);
      else callback(null, entry);
    });
  }

  #close(callback) {
    if (this.#closed) return process.nextTick(callback, new ERR_DIR_CLOSED());
    if (this.#queue !== null) return void this.#queue.push(() => this.#close(callback));
    this.#closed = true;
    binding.dirClose(this.#handle, callback);
    tracking.hooks?.destroy(this);
  }

  // Lets what waited go on, in order; the first read among it makes the rest wait again.
  #release() {
    const waiting = this.#queue;
    this.#queue = null;
    for (const operation of waiting) operation();
  }
}

Object.defineProperties(Dir.prototype, {
  [Symbol.asyncIterator]: {
    __proto__: null,
    configurable: true,
    enumerable: false,
    value: Dir.prototype.entries,
    writable: true,
  },
  [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]: {
    __proto__: null,
    configurable: true,
    enumerable: false,
    value: async function() {
      try {
        await this.close();
      } catch (err) {
        if (err.code !== 'ERR_DIR_CLOSED') throw err;
      }
    },
    writable: true,
  },
  [Symbol.dispose ?? Symbol.for('nodejs.dispose')]: {
    __proto__: null,
    configurable: true,
    enumerable: false,
    value: function() {
      try {
        this.closeSync();
      } catch (err) {
        if (err.code !== 'ERR_DIR_CLOSED') throw err;
      }
    },
    writable: true,
  },
});

function promised(start) {
  return new Promise((resolve, reject) => start((err, value) => (err ? reject(err) : resolve(value))));
}

function dirOptions(options) {
  options = { bufferSize: kDefaultBufferSize, ...getOptions(options, kDefaults) };
  validateUint32(options.bufferSize, 'options.bufferSize', true);
  if (options.recursive !== undefined && options.recursive !== null) {
    require('internal/validators').validateBoolean(options.recursive, 'options.recursive');
  }
  return options;
}

// A recursive Dir reads the whole tree when it is opened: its order is that of readdir.
function wholeTree(path, options, callback) {
  const { encoding } = options;
  const make = (found) => new ListedDir(path, options, makeDirents(found, path, encoding));
  if (callback === undefined) return make(binding.readdir(path, wantsBytes(encoding), true, true));
  binding.readdir(path, wantsBytes(encoding), true, true, (err, found) => (err ? callback(err) : callback(null, make(found))));
}

// A Dir over entries that are known already. It answers like one that reads.
class ListedDir extends Dir {
  #entries;
  #next = 0;
  #closed = false;

  constructor(path, options, entries) {
    super(kOpened, path, options, undefined);
    this.#entries = entries;
  }

  readSync() {
    if (this.#closed) throw new ERR_DIR_CLOSED();
    return this.#next < this.#entries.length ? this.#entries[this.#next++] : null;
  }

  closeSync() {
    if (this.#closed) throw new ERR_DIR_CLOSED();
    this.#closed = true;
  }

  read(callback) {
    return this.#answer(() => this.readSync(), callback);
  }

  close(callback) {
    return this.#answer(() => this.closeSync(), callback);
  }

  #answer(step, callback) {
    if (callback === undefined) return promised((done) => this.#answer(step, done));
    validateFunction(callback, 'callback');
    let value;
    try {
      value = step();
    } catch (err) {
      return process.nextTick(callback, err);
    }
    process.nextTick(callback, null, value);
  }
}

function opendir(path, options, callback) {
  callback = typeof options === 'function' ? options : callback;
  validateFunction(callback, 'callback');
  path = getValidatedPath(path);
  options = dirOptions(typeof options === 'function' ? undefined : options);
  if (options.recursive) return wholeTree(path, options, callback);
  binding.dirOpen(path, (err, handle) => {
    if (err) callback(err);
    else callback(null, new Dir(kOpened, path, options, handle));
  });
}

function opendirSync(path, options) {
  path = getValidatedPath(path);
  options = dirOptions(options);
  if (options.recursive) return wholeTree(path, options);
  return new Dir(kOpened, path, options, binding.dirOpen(path));
}

function opendirPromise(path, options) {
  return promised((done) => opendir(path, options, done));
}

module.exports = { Dir, opendir, opendirPromise, opendirSync };
