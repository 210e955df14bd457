'use strict';

// node:os, after https://nodejs.org/api/os.html. The native side gives flat arrays of facts; this shapes them.

const { defineLazyValue } = require('internal/lazy');
const { codes } = require('internal/errors');
const { ERR_SYSTEM_ERROR } = codes;
const { normalizeEncoding } = require('internal/util');
const { validateInt32 } = require('internal/validators');

const binding = internalBinding('os');
const isWindows = process.platform === 'win32';
const platformName = process.platform;

// Runs a native op; what the system refuses is a SystemError here, not the plain error that file calls throw.
function system(op, a, b) {
  try {
    return op(a, b);
  } catch (err) {
    if (typeof err?.errno !== 'number') throw err;
    const { code, errno, syscall } = err;
    const message = err.message.slice(code.length + 2, -(syscall.length + 2));
    throw new ERR_SYSTEM_ERROR({ errno, code, message, syscall });
  }
}

let names;
function uname() {
  return names ??= system(binding.uname);
}

function arch() {
  return process.arch;
}

function availableParallelism() {
  return binding.availableParallelism();
}

const kCpuFields = 7;

function cpus() {
  const facts = system(binding.cpus);
  const found = [];
  for (let i = 0; i < facts.length; i += kCpuFields) {
    found.push({
      model: facts[i],
      speed: facts[i + 1],
      times: { user: facts[i + 2], nice: facts[i + 3], sys: facts[i + 4], idle: facts[i + 5], irq: facts[i + 6] },
    });
  }
  return found;
}

function endianness() {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 'LE' : 'BE';
}

function freemem() {
  return system(binding.freemem);
}

function validatePid(pid) {
  if (pid === undefined) return 0;
  validateInt32(pid, 'pid');
  return pid;
}

function getPriority(pid) {
  return system(binding.getPriority, validatePid(pid));
}

function setPriority(pid, priority) {
  if (priority === undefined) {
    priority = pid;
    pid = 0;
  }
  validateInt32(pid, 'pid');
  validateInt32(priority, 'priority', -20, 19);
  system(binding.setPriority, pid, priority);
}

// The environment comes first, as it does for every program of the system; the user database has the last word.
function homedir() {
  const given = isWindows ? process.env.USERPROFILE : process.env.HOME;
  return given === undefined ? system(binding.homedir) : given;
}

function hostname() {
  return system(binding.hostname);
}

function loadavg() {
  return binding.loadavg();
}

function machine() {
  return uname()[3];
}

const kInterfaceFields = 7;

function prefixLength(netmask, family) {
  if (family === 'IPv4') {
    return countBits(netmask.split('.'), 10, 8);
  }
  const { 0: head, 1: tail } = netmask.split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  while (groups.length + rest.length < 8) groups.push('0');
  return countBits([...groups, ...rest], 16, 16);
}

// The number of leading ones, or null where a mask has ones after a zero.
function countBits(groups, radix, width) {
  let ones = 0;
  let ended = false;
  for (const group of groups) {
    const bits = Number.parseInt(group, radix).toString(2).padStart(width, '0');
    const zero = bits.indexOf('0');
    const leading = zero === -1 ? width : zero;
    if (ended ? leading !== 0 : bits.includes('1', leading)) return null;
    ones += leading;
    if (leading < width) ended = true;
  }
  return ones;
}

function networkInterfaces() {
  const facts = system(binding.networkInterfaces);
  const result = {};
  for (let i = 0; i < facts.length; i += kInterfaceFields) {
    const name = facts[i];
    const address = facts[i + 1];
    const netmask = facts[i + 2];
    const family = facts[i + 3];
    const prefix = netmask === '' ? null : prefixLength(netmask, family);
    const entry = {
      address,
      netmask,
      family,
      mac: facts[i + 4],
      internal: facts[i + 5],
      cidr: prefix === null ? null : `${address}/${prefix}`,
    };
    if (facts[i + 6] !== -1) entry.scopeid = facts[i + 6];
    (result[name] ??= []).push(entry);
  }
  return result;
}

function platform() {
  return platformName;
}

function release() {
  return uname()[2];
}

function trimEnd(path, separators) {
  return path.length > 1 && separators.includes(path.at(-1)) ? path.slice(0, -1) : path;
}

function tmpdir() {
  const { env } = process;
  if (isWindows) {
    const path = env.TEMP || env.TMP || `${env.SystemRoot || env.windir}\\temp`;
    // A drive's root keeps its separator: C: alone is another place.
    return path.endsWith(':\\') ? path : trimEnd(path, '\\');
  }
  return trimEnd(env.TMPDIR || env.TMP || env.TEMP || '/tmp', '/');
}

function totalmem() {
  return system(binding.totalmem);
}

function type() {
  return uname()[0];
}

function uptime() {
  return system(binding.uptime);
}

function userInfo(options) {
  const encoding = options?.encoding;
  // What is no encoding means UTF-8.
  const known = typeof encoding === 'string' && encoding !== '' ? normalizeEncoding(encoding) : undefined;
  const raw = encoding === 'buffer' || (known !== undefined && known !== 'utf8');
  const { 0: uid, 1: gid, 2: username, 3: home, 4: shell } = system(binding.userInfo, raw);
  const text = (value) => {
    if (!raw || value === null) return value;
    const bytes = require('buffer').Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return encoding === 'buffer' ? bytes : bytes.toString(known);
  };
  return { __proto__: null, uid, gid, username: text(username), homedir: text(home), shell: text(shell) };
}

function version() {
  return uname()[1];
}

// Every function that answers a plain value also converts to it: `${os.hostname}` is the name.
for (const fn of [
  arch, availableParallelism, endianness, freemem, homedir, hostname, machine, platform, release, tmpdir, totalmem, type,
  uptime, version,
]) {
  Object.defineProperty(fn, Symbol.toPrimitive, {
    __proto__: null,
    configurable: true,
    value: () => fn(),
  });
}

function table(kind) {
  return withFixedValues(Object.setPrototypeOf(binding.constants(kind), null));
}

// Further names may be added, as in Node.
function withFixedValues(table) {
  for (const name of Object.keys(table)) {
    Object.defineProperty(table, name, { __proto__: null, writable: false, configurable: false });
  }
  return table;
}

// Tables are made when they are first looked at, and are plain properties from then on.
function lazyTable(target, name, make) {
  defineLazyValue(target, name, make);
}

const constants = { __proto__: null };
Object.defineProperty(constants, 'UV_UDP_REUSEADDR', { __proto__: null, enumerable: true, value: 4 });
lazyTable(constants, 'dlopen', () => table('dlopen'));
lazyTable(constants, 'errno', () => table('errno'));
lazyTable(constants, 'signals', () => Object.freeze(table('signals')));
constants.priority = withFixedValues({
  __proto__: null,
  PRIORITY_LOW: 19,
  PRIORITY_BELOW_NORMAL: 10,
  PRIORITY_NORMAL: 0,
  PRIORITY_ABOVE_NORMAL: -7,
  PRIORITY_HIGH: -14,
  PRIORITY_HIGHEST: -20,
});

module.exports = {
  arch,
  availableParallelism,
  cpus,
  endianness,
  freemem,
  getPriority,
  homedir,
  hostname,
  loadavg,
  networkInterfaces,
  platform,
  release,
  setPriority,
  tmpdir,
  totalmem,
  type,
  userInfo,
  uptime,
  version,
  machine,
};

Object.defineProperties(module.exports, {
  constants: { __proto__: null, configurable: false, enumerable: true, value: constants },
  EOL: { __proto__: null, configurable: true, enumerable: true, writable: false, value: isWindows ? '\r\n' : '\n' },
  devNull: {
    __proto__: null,
    configurable: true,
    enumerable: true,
    writable: false,
    value: isWindows ? '\\\\.\\nul' : '/dev/null',
  },
});
