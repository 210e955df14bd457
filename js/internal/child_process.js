'use strict';

// ChildProcess and the native calls behind it (src/ops/process_spawn.rs, src/ops/spawn_sync.rs). Follows the
// `ChildProcess` class of Node's documentation.

const EventEmitter = require('events');
const { ErrnoException } = require('internal/errors');
const { uvCode } = require('internal/uv');
const { StreamHandle, kPipe } = require('internal/stream_handle');
const { tracking } = require('internal/tracked_handles');
const { getValidStdio } = require('internal/child_process/stdio');
const { signalName, signalNumber } = require('internal/child_process/options');
const { validateArray, validateObject, validateOneOf, validateString } = require('internal/validators');

const binding = internalBinding('process_spawn');

const kIsUsedAsStdio = Symbol('isUsedAsStdio');

// A running process, as `child._handle`.
class Process {
  constructor(id, pid) {
    this.id = id;
    this.pid = pid;
    this._referenced = true;
    tracking.hooks?.init(this, 'PROCESSWRAP');
  }

  kill(signal) {
    return binding.kill(this.id, signal);
  }

  ref() {
    this._referenced = true;
    binding.setRef(this.id, true);
  }

  unref() {
    this._referenced = false;
    binding.setRef(this.id, false);
  }

  hasRef() {
    return this._referenced;
  }
}

function ChildProcess() {
  if (!(this instanceof ChildProcess)) return new ChildProcess();
  EventEmitter.call(this);
  this._closesNeeded = 1;
  this._closesGot = 0;
  this.connected = false;
  this.signalCode = null;
  this.exitCode = null;
  this.killed = false;
  this.spawnfile = null;
  this._handle = null;
  const channel = require('internal/realm').loaded('diagnostics_channel')?.channel('child_process');
  if (channel?.hasSubscribers) channel.publish({ process: this });
}
Object.setPrototypeOf(ChildProcess.prototype, EventEmitter.prototype);
Object.setPrototypeOf(ChildProcess, EventEmitter);

// What the native side reads has no prototype, which programs may have put things on.
// An entry of stdio.
function nativeStdio({ type, fd }) {
  return fd === undefined ? { __proto__: null, type } : { __proto__: null, type, fd };
}

function nativeOptions(options, stdio) {
  return {
    __proto__: null,
    file: options.file,
    // What is shown stays what was given.
    args: options.args.map(String),
    cwd: options.cwd || undefined,
    env: options.envPairs,
    stdio: stdio.map(nativeStdio),
    detached: Boolean(options.detached),
    uid: options.uid ?? undefined,
    gid: options.gid ?? undefined,
  };
}

// -1 is nobody: the system refuses it, where it would look like no wish at all.
function asNobody(options) {
  return options.uid === -1 || options.gid === -1;
}

ChildProcess.prototype.spawn = function(options) {
  validateObject(options, 'options');
  validateOneOf(options.serialization, 'options.serialization', [undefined, 'json', 'advanced']);
  const serialization = options.serialization || 'json';
  const { stdio, ipc } = getValidStdio(options.stdio || 'pipe', false);
  if (options.envPairs === undefined) options.envPairs = [];
  else validateArray(options.envPairs, 'options.envPairs');
  if (ipc !== undefined) {
    options.envPairs.push(`NODE_CHANNEL_FD=${ipc}`, `NODE_CHANNEL_SERIALIZATION_MODE=${serialization}`);
  }
  validateString(options.file, 'options.file');
  this.spawnfile = options.file;
  if (options.args === undefined) {
    this.spawnargs = [];
  } else {
    validateArray(options.args, 'options.args');
    this.spawnargs = options.args;
  }

  const native = nativeOptions({ __proto__: null, ...options, args: this.spawnargs }, stdio);
  const result = asNobody(options) ? [uvCode('EINVAL')] : binding.spawn(native, (code, signal) => {
    const handle = this._handle;
    const name = signal === 0 ? '' : signalName(signal);
    if (tracking.hooks === undefined || handle === null) return onExit(this, code, name);
    tracking.hooks.run(handle, onExit, this, code, name);
    tracking.hooks.destroy(handle);
  });
  const errno = result[0];
  if (errno !== 0) {
    const name = uvName(errno);
    if (name !== 'EACCES' && name !== 'EAGAIN' && name !== 'EMFILE' && name !== 'ENFILE' && name !== 'ENOENT') {
      for (let i = 3; i < result.length; i++) if (result[i] !== 0) new StreamHandle(kPipe, result[i]).close();
      throw ErrnoException(errno, 'spawn');
    }
    process.nextTick(onErrorNT, this, errno);
    // Out of descriptors: there are no pipes either.
    if (name === 'EMFILE' || name === 'ENFILE') return errno;
  } else {
    this._handle = new Process(result[1], result[2]);
    this.pid = result[2];
    process.nextTick(onSpawnNT, this);
  }

  // Streams are not for those who only run synchronous children.
  const { Socket } = require('internal/net/socket');
  this.stdio = [];
  for (let i = 0; i < stdio.length; i++) {
    if (stdio[i].stream !== undefined) handOver(stdio[i].stream);
    const id = result[i + 3];
    if (id === undefined || id === 0 || stdio[i].type === 'ipc') {
      this.stdio.push(null);
      continue;
    }
    const socket = new Socket({ handle: new StreamHandle(kPipe, id), readable: i > 0 });
    if (i > 0 && errno === 0) {
      this._closesNeeded++;
      socket.on('close', () => maybeClose(this));
    }
    this.stdio.push(socket);
  }
  this.stdin = this.stdio[0];
  this.stdout = this.stdio[1];
  this.stderr = this.stdio[2];

  if (ipc !== undefined && result[ipc + 3]) {
    const { kIpc, setupChannel } = require('internal/ipc');
    this._closesNeeded++;
    setupChannel(this, new StreamHandle(kIpc, result[ipc + 3]), serialization);
  }
  return errno;
};

// A socket that a child works on now must not be read here any more.
function handOver(stream) {
  if (!stream._handle?.readStop || !stream.readable) return;
  stream._handle.readStop();
  stream.pause();
  stream.readableFlowing = false;
  stream._readableState.reading = false;
  stream[kIsUsedAsStdio] = true;
}

function uvName(errno) {
  return require('internal/util').getSystemErrorName(errno);
}

function onSpawnNT(child) {
  child.emit('spawn');
}

function onErrorNT(child, errno) {
  onExit(child, errno, '');
}

// The end of the process; a negative code is the errno of a start that failed.
function onExit(child, code, signal) {
  if (signal) child.signalCode = signal;
  else child.exitCode = code;
  if (child.stdin) child.stdin.destroy();
  child._handle = null;

  if (code < 0) {
    const syscall = child.spawnfile ? `spawn ${child.spawnfile}` : 'spawn';
    const error = ErrnoException(code, syscall);
    if (child.spawnfile) error.path = child.spawnfile;
    error.spawnargs = child.spawnargs.slice(1);
    child.emit('error', error);
  } else {
    child.emit('exit', child.exitCode, child.signalCode);
  }
  // What nobody reads must not hold back 'close'. After the listeners of 'exit' had the chance to read.
  process.nextTick(flushStdio, child);
  maybeClose(child);
}

function flushStdio(child) {
  const { stdio } = child;
  if (!stdio) return;
  for (const stream of stdio) {
    if (stream?.readable && !stream[kIsUsedAsStdio]) stream.resume();
  }
}

function maybeClose(child) {
  child._closesGot++;
  if (child._closesGot === child._closesNeeded) child.emit('close', child.exitCode, child.signalCode);
}

ChildProcess.prototype.kill = function(signal) {
  const number = signal === 0 ? 0 : signalNumber(signal === undefined ? 'SIGTERM' : signal);
  if (this._handle) {
    const errno = this._handle.kill(number);
    if (errno === 0) {
      this.killed = true;
      return true;
    }
    if (errno === uvCode('EINVAL') || errno === uvCode('ENOSYS')) throw ErrnoException(errno, 'kill');
    // A process that ended already is no error.
    if (errno !== uvCode('ESRCH')) this.emit('error', ErrnoException(errno, 'kill'));
  }
  return false;
};

ChildProcess.prototype[Symbol.dispose] = function() {
  if (!this.killed) this.kill();
};

ChildProcess.prototype.ref = function() {
  this._handle?.ref();
};

ChildProcess.prototype.unref = function() {
  this._handle?.unref();
};

// ---- synchronous children -------------------------------------------------------------------------------------------

// What process.binding('spawn_sync') gives. Packages that follow child processes (coverage tools) put a function of their
// own in the place of `spawn`, so children are started by what is there.
const syncBinding = {
  // `options` as normalizeSpawnArguments made them, with stdio as getValidStdio did.
  spawn(options) {
    const inputs = options.stdio.map((entry) => entry.input);
    const limits = {
      __proto__: null,
      timeout: options.timeout ?? 0,
      // As in Node, 0 is no limit here.
      maxBuffer: options.maxBuffer || Infinity,
      killSignal: options.killSignal ?? signalNumber('SIGTERM'),
    };
    const { 0: errno, 1: pid, 2: code, 3: signal, 4: limit, 5: outputs } =
      asNobody(options) ?
        [uvCode('EINVAL'), 0, null, 0] :
        internalBinding('spawn_sync').spawn(nativeOptions(options, options.stdio), limits, inputs);
    const result = { pid: 0, status: null, signal: null, output: null };
    if (errno === 0) {
      result.pid = pid;
      if (signal === 0) result.status = code;
      else result.signal = signalName(signal);
      result.output = outputs.map((bytes, index) => {
        // The input of the child has no output.
        if (bytes === undefined || index === 0) return null;
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      });
    }
    const failed = errno !== 0 ? errno : limit;
    if (failed !== 0) result.error = failed;
    return result;
  },
};

function spawnSync(options) {
  const { pid, status, signal, output, error: failed } = syncBinding.spawn(options);
  const result = { status, signal, output, pid, stdout: undefined, stderr: undefined };
  const { encoding } = options;
  if (output && encoding && encoding !== 'buffer') {
    result.output = output.map((bytes) => (bytes === null ? null : bytes.toString(encoding)));
  }
  if (output) {
    result.stdout = result.output[1];
    result.stderr = result.output[2];
  }
  if (!failed) return result;
  const error = ErrnoException(failed, `spawnSync ${options.file}`);
  error.path = options.file;
  error.spawnargs = options.args.slice(1);
  return { error, ...result };
}

module.exports = { ChildProcess, maybeClose, spawnSync, syncBinding };
