'use strict';
// process.binding(): the few of Node's internals that old packages still ask for, as far as public modules have the same
// (https://nodejs.org/api/deprecations.html#dep0111-processbinding).

// Names of util.types that were internals once.
const TYPES = [
  'isAnyArrayBuffer', 'isArrayBuffer', 'isArrayBufferView', 'isAsyncFunction', 'isDataView', 'isDate', 'isExternal',
  'isMap', 'isMapIterator', 'isNativeError', 'isPromise', 'isRegExp', 'isSet', 'isSetIterator', 'isTypedArray',
  'isUint8Array',
];

const known = {
  __proto__: null,
  constants: () => ({
    __proto__: null, os: require('os').constants, fs: require('fs').constants, crypto: require('crypto').constants,
    zlib: require('zlib').constants,
  }),
  spawn_sync: () => require('internal/child_process').syncBinding,
  util() {
    const { types } = require('util');
    return Object.fromEntries(TYPES.map((name) => [name, types[name]]));
  },
  uv() {
    const { getSystemErrorMap, getSystemErrorName } = require('util');
    const binding = { errname: (number) => getSystemErrorName(number) };
    for (const [number, [name]] of getSystemErrorMap()) binding[`UV_${name}`] = number;
    return binding;
  },
};

// Node's others.
const UNSUPPORTED = new Set([
  'buffer', 'cares_wrap', 'config', 'contextify', 'fs', 'fs_event_wrap', 'icu', 'inspector', 'js_stream', 'natives', 'os',
  'pipe_wrap', 'process_wrap', 'signal_wrap', 'stream_wrap', 'tcp_wrap', 'tls_wrap', 'tty_wrap',
  'udp_wrap', 'zlib',
]);

let warned = false;

function binding(name) {
  name = String(name);
  const { codes: { ERR_ACCESS_DENIED, ERR_METHOD_NOT_IMPLEMENTED } } = require('internal/errors');
  if (internalBinding('permission').isEnforced()) throw new ERR_ACCESS_DENIED('process.binding');
  if (!warned && require('internal/options').getOptionValue('--pending-deprecation')) {
    warned = true;
    process.emitWarning('process.binding() is deprecated. Please use public APIs instead.', 'DeprecationWarning', 'DEP0111');
  }
  if (known[name] !== undefined) return known[name]();
  if (UNSUPPORTED.has(name)) throw new ERR_METHOD_NOT_IMPLEMENTED(`process.binding('${name}')`);
  throw new Error(`No such module: ${name}`);
}

module.exports = { binding };
