'use strict';
// The `process` object: an EventEmitter whose costly properties are made when they are first read.
// Runs in every isolate; what only the main thread may do is narrowed by js/bootstrap/worker.js.

const native = internalBinding('process');
const { lazyProperty } = internalBinding('realm');
const execution = require('internal/process/execution');
const { nextTick } = require('internal/process/task_queues');

// The level of Node's API that Weft follows; packages look at it to decide what they may use.
const NODE_VERSION = '26.0.0';
// NODE_MODULE_VERSION of that level.
const MODULE_ABI = '147';
// Attributes of a property, as V8 numbers them.
const READ_ONLY = 1;
const DONT_ENUM = 2;

// A data property whose value is made when it is first looked at.
function defineLazy(target, name, make, { enumerable = true, writable = true } = {}) {
  lazyProperty(target, name, make, (writable ? 0 : READ_ONLY) | (enumerable ? 0 : DONT_ENUM));
}

// A method whose implementation is loaded at its first call.
function lazyMethod(target, name, load, length = 0) {
  let implementation;
  const method = {
    [name](...args) {
      implementation ??= load();
      return Reflect.apply(implementation, this, args);
    },
  }[name];
  if (length > 0) Object.defineProperty(method, 'length', { __proto__: null, value: length, configurable: true });
  target[name] = method;
}

function notImplemented(target, name) {
  const method = {
    [name]() {
      const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('internal/errors');
      throw new ERR_METHOD_NOT_IMPLEMENTED(`process.${name}()`);
    },
  }[name];
  target[name] = method;
}

// Fills the empty object every module got.
function setUpProcess() {
  const EventEmitter = require('events');
  const cli = () => require('internal/options').cli();
  const option = (name) => require('internal/options').getOptionValue(name);

  const { loadList, processConstructor: constructor } = require('internal/realm');
  Object.setPrototypeOf(constructor.prototype, EventEmitter.prototype);
  Object.defineProperty(process, Symbol.toStringTag, {
    __proto__: null, value: 'process', enumerable: false, writable: false, configurable: true,
  });
  Object.defineProperty(constructor.prototype, 'constructor', {
    __proto__: null, value: constructor, enumerable: false, writable: true, configurable: true,
  });
  EventEmitter.call(process);

  const [, , platform, arch, v8Version] = native.facts();

  const versions = {};
  const addVersion = (name, value) => Object.defineProperty(versions, name, {
    __proto__: null, value, enumerable: true, configurable: true,
  });
  addVersion('node', NODE_VERSION);
  addVersion('modules', MODULE_ABI);
  addVersion('v8', v8Version);
  defineVersions(versions, addVersion);

  const data = (name, value) => {
    Object.defineProperty(process, name, { __proto__: null, value, enumerable: true, configurable: true, writable: true });
  };
  const constant = (name, value) => {
    Object.defineProperty(process, name, { __proto__: null, value, enumerable: true, configurable: true, writable: false });
  };
  constant('version', `v${NODE_VERSION}`);
  constant('versions', versions);
  constant('arch', arch);
  constant('platform', platform);
  constant('release', { name: 'node' });
  constant('moduleLoadList', loadList);
  // The process that made a snapshot had another.
  defineLazy(process, 'pid', () => native.facts()[0], { writable: false });
  Object.defineProperty(process, 'ppid', {
    __proto__: null, get: () => native.facts()[1], enumerable: true, configurable: true,
  });
  defineLazy(process, 'execPath', () => native.execPath());
  let debugPort = 9229;
  Object.defineProperty(process, 'debugPort', {
    __proto__: null, enumerable: true, configurable: true,
    get() { return debugPort; },
    set(value) {
      const port = Math.trunc(+value) || 0;
      if (port !== 0 && (port < 1024 || port > 65535)) {
        const { coded } = require('internal/modules/errors');
        throw coded(RangeError, 'ERR_OUT_OF_RANGE', 'process.debugPort must be 0 or in range 1024 to 65535');
      }
      debugPort = port;
    },
  });
  defineLazy(process, 'argv', () => [process.execPath, ...cli().args]);
  defineLazy(process, 'execArgv', () => [...cli().execArgv]);
  defineLazy(process, 'argv0', () => cli().argv0, { writable: false });
  defineLazy(process, 'env', () => require('internal/process/env').createProcessEnv());
  defineLazy(process, 'features', makeFeatures, { writable: false });
  defineLazy(process, 'config', makeConfig, { writable: false });
  defineLazy(process, 'allowedNodeEnvironmentFlags', () => require('internal/process/allowed_flags').makeAllowedFlags());
  let title = 'weft';
  Object.defineProperty(process, 'title', {
    __proto__: null, enumerable: true, configurable: true,
    get() { return title; },
    set(value) {
      title = `${value}`;
      // The process has one name, which the main thread gives.
      if (internalBinding('worker').threadId() === 0) internalBinding('process_title').set(title);
    },
  });

  data('_exiting', false);
  Object.defineProperty(process, 'exitCode', {
    __proto__: null, enumerable: true, configurable: false,
    get: execution.getExitCode,
    set: execution.setExitCodeRaw,
  });
  process.nextTick = nextTick;
  process.exit = execution.exit;
  process.reallyExit = execution.reallyExit;
  process.abort = () => native.abort();
  Object.defineProperty(process.abort, 'name', { __proto__: null, value: 'abort' });
  process._fatalException = (error, fromPromise) => {
    native.triggerUncaught(error, fromPromise);
    return true;
  };
  process.setUncaughtExceptionCaptureCallback = execution.setUncaughtExceptionCaptureCallback;
  process.addUncaughtExceptionCaptureCallback = execution.addUncaughtExceptionCaptureCallback;
  defineLazy(process, 'finalization', () => require('internal/process/finalization').finalization);
  process.hasUncaughtExceptionCaptureCallback = execution.hasUncaughtExceptionCaptureCallback;

  process.cwd = function cwd() { return native.cwd(); };
  process.chdir = function chdir(directory) {
    require('internal/validators').validateString(directory, 'directory');
    native.chdir(directory);
  };
  process.umask = function umask(mask) {
    if (mask === undefined) return native.umask();
    return native.umask(require('internal/validators').parseFileMode(mask, 'mask'));
  };
  defineLazy(process, 'hrtime', () => require('internal/process/clock').hrtime);
  process.uptime = function uptime() { return native.uptime(); };
  const usage = () => require('internal/process/usage');
  lazyMethod(process, 'cpuUsage', () => usage().cpuUsage, 1);
  lazyMethod(process, 'threadCpuUsage', () => usage().threadCpuUsage, 1);
  lazyMethod(process, 'resourceUsage', () => usage().resourceUsage);
  defineLazy(process, 'memoryUsage', () => usage().memoryUsage);
  lazyMethod(process, 'constrainedMemory', () => usage().constrainedMemory);
  lazyMethod(process, 'availableMemory', () => usage().availableMemory);
  lazyMethod(process, 'emitWarning', () => require('internal/process/warning').emitWarning, 4);
  lazyMethod(process, 'kill', () => require('internal/process/signals').kill, 2);
  lazyMethod(process, '_kill', () => require('internal/process/signals')._kill);
  lazyMethod(process, 'loadEnvFile', () => require('internal/process/env_file').loadEnvFile);
  process.getBuiltinModule = function getBuiltinModule(id) {
    require('internal/validators').validateString(id, 'id');
    const realm = require('internal/realm');
    const name = realm.builtinId(id);
    return name === undefined ? undefined : realm.require(name);
  };
  process.getActiveResourcesInfo = function getActiveResourcesInfo() {
    return require('internal/process/active').activeResources();
  };
  lazyMethod(process, '_getActiveHandles', () => require('internal/process/active').activeHandles);
  lazyMethod(process, '_getActiveRequests', () => require('internal/process/active').activeRequests);
  // Past all streams, so that it works in their own code and while the process ends.
  process._rawDebug = function _rawDebug(...args) {
    native.printError(`${require('internal/util/inspect').format(...args)}\n`);
  };
  lazyMethod(process, 'assert', () => require('internal/util').deprecate((value, message) => {
    if (value) return;
    const error = new Error(message ?? 'assertion error');
    error.code = 'ERR_ASSERTION';
    throw error;
  }, 'process.assert() is deprecated. Please use the `assert` module instead.', 'DEP0100'));
  process.ref = function ref(handle) { (handle?.[Symbol.for('nodejs.ref')] ?? handle?.ref)?.call(handle); };
  process.unref = function unref(handle) { (handle?.[Symbol.for('nodejs.unref')] ?? handle?.unref)?.call(handle); };
  process.setSourceMapsEnabled = function setSourceMapsEnabled(enabled) {
    require('internal/validators').validateBoolean(enabled, 'enabled');
    // Nothing to turn off as long as nobody has turned it on.
    if (enabled || process.sourceMapsEnabled) require('internal/source_map_support').setEnabled(enabled);
  };
  Object.defineProperty(process, 'sourceMapsEnabled', {
    __proto__: null, configurable: true, enumerable: true,
    get() { return require('internal/realm').loaded('internal/source_map_support')?.isEnabled() ?? false; },
  });
  if (platform !== 'win32') {
    process.getuid = function getuid() { return native.identity('uid'); };
    process.geteuid = function geteuid() { return native.identity('euid'); };
    process.getgid = function getgid() { return native.identity('gid'); };
    process.getegid = function getegid() { return native.identity('egid'); };
    for (const [name, length] of [['getgroups', 0], ['initgroups', 2], ['setgroups', 1], ['setegid', 1], ['seteuid', 1],
                                  ['setgid', 1], ['setuid', 1]]) {
      lazyMethod(process, name, () => require('internal/process/credentials')[name], length);
    }
  }
  defineLazy(process, 'dlopen', () => require('internal/modules/addons').dlopen);
  defineLazy(process, 'report', () => require('internal/process/report').report);
  lazyMethod(process, 'execve', () => require('internal/process/execve').execve, 1);
  lazyMethod(process, 'binding', () => require('internal/process/binding').binding, 1);
  for (const name of ['_debugProcess', '_debugEnd', '_startProfilerIdleNotifier',
                      '_stopProfilerIdleNotifier']) {
    notImplemented(process, name);
  }
  for (const name of ['stdin', 'stdout', 'stderr']) {
    let stream;
    const get = () => stream ??= require('internal/process/stdio')[name]();
    Object.defineProperty(process, name, {
      __proto__: null, configurable: true, enumerable: true, get,
    });
    unusedOutputs[name] = () => stream === undefined && Object.getOwnPropertyDescriptor(process, name)?.get === get;
  }
  process.openStdin = function openStdin() {
    process.stdin.resume();
    return process.stdin;
  };

  Object.defineProperty(process, 'noDeprecation', flagProperty(() => option('--deprecation') === false || undefined));
  Object.defineProperty(process, 'throwDeprecation', flagProperty(() => option('--throw-deprecation') === true || undefined));
  Object.defineProperty(process, 'traceDeprecation', flagProperty(() => option('--trace-deprecation') === true || undefined));
  Object.defineProperty(process, 'traceProcessWarnings', {
    ...flagProperty(() => option('--trace-warnings') === true || undefined), enumerable: false,
  });
}

function flagProperty(initial) {
  let value;
  let known = false;
  return {
    __proto__: null, configurable: true, enumerable: true,
    get() {
      if (!known) {
        known = true;
        value = initial();
      }
      return value;
    },
    set(next) {
      known = true;
      value = next;
    },
  };
}

function defineVersions(versions, add) {
  // Read from the command-line binding, so that Cargo.toml is the only place that states it.
  defineLazy(versions, 'weft', () => require('internal/options').cli().weftVersion, { writable: false });
  add('unicode', '16.0');
  add('icu', '77.1');
  // Packages ask whether there is brotli or zstd by asking for these. zlib's is
  // the interface's, brotli's what the crate gives as its own.
  add('zlib', '1.3.0');
  add('brotli', '1.0.15');
  add('zstd', '1.5.7');
}

function makeFeatures() {
  const features = {
    inspector: true,
    debug: false,
    uv: true,
    ipv6: true,
    tls_alpn: false,
    tls_sni: false,
    tls_ocsp: false,
    tls: false,
    openssl_is_boringssl: false,
  };
  const computed = {
    get cached_builtins() { return true; },
    get require_module() { return true; },
    get dtls() { return false; },
    get quic() { return false; },
    get typescript() {
      return require('internal/options').getOptionValue('--strip-types') === false ? false : 'strip';
    },
  };
  return Object.defineProperties(features, Object.getOwnPropertyDescriptors(computed));
}

function makeConfig() {
  return Object.freeze({
    variables: Object.freeze({
      napi_build_version: '0',
      node_module_version: Number(process.versions.modules),
      node_shared: false,
      v8_enable_i18n_support: 1,
      is_debug: 0,
    }),
    target_defaults: Object.freeze({
      cflags: [], default_configuration: 'Release', defines: [], include_dirs: [], libraries: [],
    }),
  });
}

// Whether process.stdout or process.stderr is still as it was set up and nobody has looked at it: then whoever wants to
// write may go to the descriptor and spare making the stream.
const unusedOutputs = { __proto__: null };
function isOutputUnused(name) {
  return unusedOutputs[name]();
}

module.exports = { defineLazy, isOutputUnused, setUpProcess };
