'use strict';

// node:child_process: starting programs. The arguments are checked in internal/child_process/options, the process
// itself is internal/child_process, the message channel of fork() internal/ipc; here is what users call.

const { AbortError, codes, genericNodeError } = require('internal/errors');
const { customPromisifyArgs, kEmptyObject } = require('internal/util');
const { promisify } = require('internal/util');
const { ChildProcess, spawnSync: runSync } = require('internal/child_process');
const { getValidStdio, stdioStringToArray } = require('internal/child_process/stdio');
const {
  isGiven,
  killSignalOf,
  normalizeExecArgs,
  normalizeSpawnArguments,
  pathOf,
  refuseNullBytes,
  validateMaxBuffer,
  validateTimeout,
} = require('internal/child_process/options');
const { validateAbortSignal, validateFunction, validateObject } = require('internal/validators');

const MAX_BUFFER = 1024 * 1024;

// ---- spawn ----------------------------------------------------------------------------------------------------------

function abort(child, killSignal, reason) {
  try {
    // One that ended already has nothing to abort.
    if (child.kill(killSignal)) child.emit('error', new AbortError(undefined, { cause: reason }));
  } catch (error) {
    child.emit('error', error);
  }
}

function spawn(file, args, options) {
  const settings = normalizeSpawnArguments(file, args, options);
  const { signal, timeout } = settings;
  validateTimeout(timeout);
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  const killSignal = killSignalOf(settings.killSignal);
  const child = new ChildProcess();
  child.spawn(settings);

  if (timeout > 0) {
    let timer = setTimeout(() => {
      timer = null;
      try {
        child.kill(killSignal);
      } catch (error) {
        child.emit('error', error);
      }
    }, timeout);
    child.once('exit', () => clearTimeout(timer));
  }
  if (signal) {
    const onAbort = () => abort(child, killSignal, signal.reason);
    if (signal.aborted) {
      process.nextTick(onAbort);
    } else {
      signal.addEventListener('abort', onAbort, { once: true });
      child.once('exit', () => signal.removeEventListener('abort', onAbort));
    }
  }
  return child;
}

// ---- fork -----------------------------------------------------------------------------------------------------------

function fork(modulePath, args, options) {
  modulePath = pathOf(modulePath, 'modulePath');
  if (!isGiven(args)) {
    args = [];
  } else if (typeof args === 'object' && !Array.isArray(args)) {
    options = args;
    args = [];
  } else if (!Array.isArray(args)) {
    throw new codes.ERR_INVALID_ARG_TYPE('args', 'Array', args);
  }
  if (isGiven(options)) validateObject(options, 'options');
  options = { __proto__: null, ...options, shell: false };
  options.execPath = options.execPath || process.execPath;
  refuseNullBytes(options.execPath, 'options.execPath');

  let execArgv = options.execArgv || process.execArgv;
  if (Array.isArray(execArgv)) {
    for (let i = 0; i < execArgv.length; i++) refuseNullBytes(execArgv[i], `options.execArgv[${i}]`);
  }
  if (execArgv === process.execArgv && typeof process._eval === 'string') {
    // The script given with --eval is this process's own; the child has a file.
    const index = execArgv.lastIndexOf(process._eval);
    if (index > 0) execArgv = execArgv.toSpliced(index - 1, 2);
  }
  args = [...execArgv, modulePath, ...args];

  if (typeof options.stdio === 'string') {
    options.stdio = stdioStringToArray(options.stdio, 'ipc');
  } else if (!Array.isArray(options.stdio)) {
    options.stdio = stdioStringToArray(options.silent ? 'pipe' : 'inherit', 'ipc');
  } else if (!options.stdio.includes('ipc')) {
    throw new codes.ERR_CHILD_PROCESS_IPC_REQUIRED('options.stdio');
  }
  return spawn(options.execPath, args, options);
}

// Called in a child that was started with a channel, with the channel's descriptor.
function _forkChild(fd, serializationMode) {
  require('internal/ipc').openParentChannel(fd, serializationMode);
}

// ---- exec, execFile -------------------------------------------------------------------------------------------------

function exec(command, options, callback) {
  const normal = normalizeExecArgs(command, options, callback);
  return execFile(normal.file, normal.options, normal.callback);
}

// (file, args, options, callback), all but the first optional.
function normalizeExecFileArgs(file, args, options, callback) {
  if (Array.isArray(args)) {
    args = args.slice();
  } else if (typeof args === 'object' && args !== null) {
    callback = options;
    options = args;
    args = null;
  } else if (typeof args === 'function') {
    callback = args;
    options = null;
    args = null;
  } else if (isGiven(args)) {
    throw new codes.ERR_INVALID_ARG_TYPE('args', ['Array', 'Function', 'Object'], args);
  }
  args ??= [];
  if (typeof options === 'function') {
    callback = options;
  } else if (isGiven(options)) {
    validateObject(options, 'options');
  }
  options = typeof options === 'function' ? kEmptyObject : options ?? kEmptyObject;
  if (isGiven(callback)) validateFunction(callback, 'callback');
  if (isGiven(options.argv0)) {
    if (typeof options.argv0 !== 'string') {
      throw new codes.ERR_INVALID_ARG_TYPE('options.argv0', 'string', options.argv0);
    }
    refuseNullBytes(options.argv0, 'options.argv0');
  }
  return { file, args, options, callback };
}

// What one output stream of execFile() has collected: text where an encoding is known, bytes otherwise.
class Collector {
  constructor(stream, name, encoding, maxBuffer, onOverflow) {
    this.stream = stream;
    this.name = name;
    this.encoding = encoding;
    this.maxBuffer = maxBuffer;
    this.onOverflow = onOverflow;
    this.chunks = [];
    this.length = 0;
    if (encoding) stream.setEncoding(encoding);
    stream.on('data', (chunk) => this.take(chunk));
  }

  take(chunk) {
    // The program may have set an encoding on the stream itself.
    const encoding = this.stream.readableEncoding;
    if (this.maxBuffer === Infinity) {
      this.chunks.push(chunk);
      return;
    }
    const size = encoding ? Buffer.byteLength(chunk, encoding) : chunk.length;
    this.length += size;
    if (this.length <= this.maxBuffer) {
      this.chunks.push(chunk);
      return;
    }
    const room = this.maxBuffer - (this.length - size);
    this.chunks.push(chunk.slice(0, room));
    this.onOverflow(new codes.ERR_CHILD_PROCESS_STDIO_MAXBUFFER(this.name));
  }

  result() {
    if (this.encoding || this.stream.readableEncoding) return this.chunks.join('');
    return Buffer.concat(this.chunks);
  }
}

function execFile(file, args, options, callback) {
  ({ file, args, options, callback } = normalizeExecFileArgs(file, args, options, callback));
  options = {
    __proto__: null,
    encoding: 'utf8',
    timeout: 0,
    maxBuffer: MAX_BUFFER,
    killSignal: 'SIGTERM',
    cwd: null,
    env: null,
    shell: false,
    ...options,
  };
  validateTimeout(options.timeout);
  validateMaxBuffer(options.maxBuffer);
  options.killSignal = killSignalOf(options.killSignal);

  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    gid: options.gid,
    shell: options.shell,
    signal: options.signal,
    uid: options.uid,
    windowsHide: Boolean(options.windowsHide),
    windowsVerbatimArguments: Boolean(options.windowsVerbatimArguments),
  });
  const encoding = options.encoding !== 'buffer' && Buffer.isEncoding(options.encoding) ? options.encoding : null;
  let stdout;
  let stderr;
  let killed = false;
  let exited = false;
  let timer = null;
  let failure = null;

  function finish(code = 0, signal = null) {
    if (exited) return;
    exited = true;
    clearTimeout(timer);
    if (!callback) return;
    const empty = encoding ? '' : Buffer.alloc(0);
    const out = stdout ? stdout.result() : empty;
    const err = stderr ? stderr.result() : empty;
    if (failure === null && code === 0 && signal === null) {
      callback(null, out, err);
      return;
    }
    const cmd = args.length > 0 ? `${file} ${args.join(' ')}` : file;
    failure ??= genericNodeError(`Command failed: ${cmd}\n${err}`, {
      code: code < 0 ? require('internal/util').getSystemErrorName(code) : code,
      killed: child.killed || killed,
      signal,
    });
    failure.cmd = cmd;
    callback(failure, out, err);
  }

  function onError(error) {
    failure = error;
    child.stdout?.destroy();
    child.stderr?.destroy();
    finish();
  }

  function kill() {
    child.stdout?.destroy();
    child.stderr?.destroy();
    killed = true;
    try {
      child.kill(options.killSignal);
    } catch (error) {
      failure = error;
      finish();
    }
  }

  function onOverflow(error) {
    failure = error;
    kill();
  }

  if (options.timeout > 0) {
    timer = setTimeout(() => {
      timer = null;
      kill();
    }, options.timeout);
  }
  if (child.stdout) stdout = new Collector(child.stdout, 'stdout', encoding, options.maxBuffer, onOverflow);
  if (child.stderr) stderr = new Collector(child.stderr, 'stderr', encoding, options.maxBuffer, onOverflow);
  child.addListener('close', finish);
  child.addListener('error', onError);
  return child;
}

// util.promisify(exec): a promise of { stdout, stderr } with the child as a property.
function promisified(original) {
  return function(...args) {
    const { promise, resolve, reject } = Promise.withResolvers();
    promise.child = original(...args, (error, stdout, stderr) => {
      if (error !== null) {
        error.stdout = stdout;
        error.stderr = stderr;
        reject(error);
      } else {
        resolve({ stdout, stderr });
      }
    });
    return promise;
  };
}
for (const original of [exec, execFile]) {
  const custom = promisified(original);
  Object.defineProperty(custom, 'name', { __proto__: null, value: original.name, configurable: true });
  Object.defineProperty(original, promisify.custom, { __proto__: null, enumerable: false, value: custom });
  Object.defineProperty(original, customPromisifyArgs,
                        { __proto__: null, enumerable: false, value: ['stdout', 'stderr'] });
}

// ---- the synchronous ones -------------------------------------------------------------------------------------------

function inputBytes(input, name, encoding) {
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (typeof input === 'string') {
    return Buffer.from(input, encoding && encoding !== 'buffer' ? encoding : undefined);
  }
  throw new codes.ERR_INVALID_ARG_TYPE(name, ['Buffer', 'TypedArray', 'DataView', 'string'], input);
}

function spawnSync(file, args, options) {
  const settings = { __proto__: null, maxBuffer: MAX_BUFFER, ...normalizeSpawnArguments(file, args, options) };
  validateTimeout(settings.timeout);
  validateMaxBuffer(settings.maxBuffer);
  settings.killSignal = killSignalOf(settings.killSignal);
  settings.stdio = getValidStdio(settings.stdio || 'pipe', true).stdio;
  if (settings.input) settings.stdio[0] = { type: 'pipe', input: settings.input };
  for (let i = 0; i < settings.stdio.length; i++) {
    const { input } = settings.stdio[i];
    if (isGiven(input)) settings.stdio[i].input = inputBytes(input, `options.stdio[${i}]`, settings.encoding);
  }
  return runSync(settings);
}

// Throws what a synchronous child's result says went wrong.
function throwOnFailure(result, args, command) {
  let error;
  if (result.error) {
    ({ error } = result);
    Object.assign(error, result);
  } else if (result.status !== 0) {
    let message = `Command failed: ${command || args.join(' ')}`;
    if (result.stderr && result.stderr.length > 0) message += `\n${result.stderr.toString()}`;
    error = genericNodeError(message, result);
  }
  if (error) throw error;
}

function execFileSync(file, args, options) {
  ({ file, args, options } = normalizeExecFileArgs(file, args, options));
  const result = spawnSync(file, args, options);
  if (!options.stdio && result.stderr) process.stderr.write(result.stderr);
  throwOnFailure(result, [options.argv0 || file, ...args], undefined);
  return result.stdout;
}

function execSync(command, options) {
  const normal = normalizeExecArgs(command, options, null);
  const result = spawnSync(normal.file, normal.options);
  if (!normal.options.stdio && result.stderr) process.stderr.write(result.stderr);
  throwOnFailure(result, undefined, command);
  return result.stdout;
}

module.exports = {
  _forkChild,
  ChildProcess,
  exec,
  execFile,
  execFileSync,
  execSync,
  fork,
  spawn,
  spawnSync,
};
