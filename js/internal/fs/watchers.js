'use strict';

// fs.watch: FSWatcher over the native watcher, and the async iterator of fs.promises.watch.

const { EventEmitter } = require('events');
const { AbortError, codes } = require('internal/errors');
const { ERR_FEATURE_UNAVAILABLE_ON_PLATFORM, ERR_FS_WATCH_QUEUE_OVERFLOW, ERR_INVALID_ARG_VALUE } = codes;
const {
  validateAbortSignal,
  validateBoolean,
  validateFunction,
  validateInteger,
  validateObject,
  validateOneOf,
} = require('internal/validators');
const { encodeName, getOptions, getValidatedPath, lazyBuffer, wantsBytes } = require('internal/fs/utils');
const { ignoring, validateIgnore } = require('internal/fs/watch_ignore');

const { atWork, onBehalf, tracking } = require('internal/tracked_handles');

const binding = internalBinding('fs');
const kNoOptions = Object.freeze({ __proto__: null });
const kStart = Symbol('start');

// What async hooks know of a watcher.
class FSEvent {}

class FSWatcher extends EventEmitter {
  #id;
  #event;
  #referenced;
  #closed = false;

  // Starts the native side; throws what it throws, with the name of the file as Node adds it. Where nothing is there and that is
  // no error, it stays a watcher that tells of nothing.
  [kStart](filename, { persistent, recursive, encoding, ignore, throwIfNoEntry }) {
    if (binding.watchStart === undefined) throw new ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('fs.watch');
    try {
      this.#event = new FSEvent();
      tracking.hooks?.init(this.#event, 'FSEVENTWRAP');
      const ignores = ignoring(ignore);
      this.#id = binding.watchStart(filename, recursive, persistent, wantsBytes(encoding), onBehalf(this.#event, (isRename, name) => {
        if (ignores !== undefined && name !== undefined && name !== null && ignores(encodeName(name, 'utf8'))) return;
        this.emit('change', isRename ? 'rename' : 'change', encodeName(name, encoding));
      }));
    } catch (err) {
      tracking.hooks?.destroy(this.#event);
      if (!throwIfNoEntry && err.code === 'ENOENT') return;
      err.filename = filename;
      throw err;
    }
    this.#referenced = persistent;
    atWork.set(this, ['FSEventWrap', this, () => this.#referenced]);
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#id !== undefined) {
      binding.watchClose(this.#id);
      atWork.delete(this);
      tracking.hooks?.destroy(this.#event);
    }
    process.nextTick(() => this.emit('close'));
  }

  ref() {
    return this.#setRef(true);
  }

  unref() {
    return this.#setRef(false);
  }

  #setRef(referenced) {
    if (!this.#closed && this.#id !== undefined) {
      this.#referenced = referenced;
      binding.watchRef(this.#id, referenced);
    }
    return this;
  }
}

function watch(filename, options, listener) {
  if (typeof options === 'function') {
    listener = options;
    options = undefined;
  }
  options = { ...getOptions(options, kNoOptions) };
  filename = getValidatedPath(filename);
  const { persistent = true, recursive, encoding, signal, ignore, throwIfNoEntry = true } = options;
  if (recursive) validateBoolean(recursive, 'options.recursive');
  validateIgnore(ignore, 'options.ignore');
  const watcher = new FSWatcher();
  watcher[kStart](filename, {
    persistent: Boolean(persistent), recursive: Boolean(recursive), encoding: encoding || undefined, ignore, throwIfNoEntry,
  });
  if (listener) {
    validateFunction(listener, 'listener');
    watcher.on('change', listener);
  }
  if (signal) closeOnAbort(watcher, signal);
  return watcher;
}

function closeOnAbort(watcher, signal) {
  if (signal.aborted) {
    process.nextTick(() => watcher.close());
    return;
  }
  const onAbort = () => watcher.close();
  signal.addEventListener('abort', onAbort, { once: true });
  watcher.once('close', () => signal.removeEventListener('abort', onAbort));
}

const kMaxQueue = 2048;

async function* watchIterator(filename, options = kNoOptions) {
  const path = getValidatedPath(filename);
  validateObject(options, 'options');
  const {
    encoding = 'utf8',
    maxQueue = kMaxQueue,
    overflow = 'ignore',
    persistent = true,
    recursive = false,
    signal,
    ignore,
    throwIfNoEntry = true,
  } = options;
  validateBoolean(persistent, 'options.persistent');
  validateBoolean(recursive, 'options.recursive');
  validateInteger(maxQueue, 'options.maxQueue');
  validateOneOf(overflow, 'options.overflow', ['ignore', 'error']);
  validateAbortSignal(signal, 'options.signal');
  validateIgnore(ignore, 'options.ignore');
  if (encoding && encoding !== 'buffer' && !lazyBuffer().isEncoding(encoding)) {
    throw new ERR_INVALID_ARG_VALUE('encoding', encoding, 'is invalid encoding');
  }
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });

  const events = [];
  let failure;
  let wake = Promise.withResolvers();
  const fail = (err) => {
    failure ??= err;
    wake.resolve();
  };
  const onAbort = () => fail(new AbortError(undefined, { cause: signal.reason }));
  const watcher = new FSWatcher();
  try {
    watcher[kStart](path, { persistent, recursive, encoding: encoding || undefined, ignore, throwIfNoEntry });
    watcher.on('change', (eventType, name) => {
      if (events.length < maxQueue) {
        events.push({ __proto__: null, eventType, filename: name });
        wake.resolve();
      } else if (overflow === 'error') {
        fail(new ERR_FS_WATCH_QUEUE_OVERFLOW(maxQueue));
      } else {
        process.emitWarning('fs.watch maxQueue exceeded');
      }
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    for (;;) {
      await wake.promise;
      if (failure !== undefined) throw failure;
      wake = Promise.withResolvers();
      while (events.length > 0) {
        yield events.shift();
        if (failure !== undefined) throw failure;
      }
    }
  } finally {
    watcher.close();
    signal?.removeEventListener('abort', onAbort);
  }
}

module.exports = { FSWatcher, watch, watchIterator };
