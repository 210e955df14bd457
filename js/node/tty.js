'use strict';

// node:tty. Streams over terminals, and how many colours one is likely to show.

const { FdReadable, FdWritable, beHandle } = require('internal/process/fd_streams');
const { codes: { ERR_INVALID_FD, ERR_TTY_INIT_FAILED } } = require('internal/errors');
const { uvCode } = require('internal/uv');
const { validateInteger } = require('internal/validators');

const binding = internalBinding('tty');

function isatty(fd) {
  return Number.isInteger(fd) && fd >= 0 && fd <= 0x7fffffff && binding.isatty(fd);
}

function checkFd(fd) {
  if (fd >> 0 !== fd || fd < 0) throw new ERR_INVALID_FD(fd);
  // Files and what is not open cannot be one; pipes and sockets may stand in for a terminal.
  const kind = internalBinding('stdio').guessHandleType(fd);
  if (kind === 'FILE' || kind === 'INVALID' || kind === 'UNKNOWN') {
    throw new ERR_TTY_INIT_FAILED({
      errno: uvCode('EINVAL'), code: 'EINVAL', message: 'invalid argument', syscall: 'uv_tty_init',
    });
  }
}

// ---- reading -----------------------------------------------------------

function ReadStream(fd, options) {
  if (!(this instanceof ReadStream)) return new ReadStream(fd, options);
  checkFd(fd);
  // A line or a key at a time: there is no point in reading ahead.
  FdReadable.call(this, fd, { highWaterMark: 0, ...options });
  this.isRaw = false;
  this.isTTY = true;
  beHandle(this, 'TTYWRAP');
}
Object.setPrototypeOf(ReadStream.prototype, FdReadable.prototype);
Object.setPrototypeOf(ReadStream, FdReadable);

ReadStream.prototype.setRawMode = function setRawMode(flag) {
  flag = !!flag;
  try {
    binding.setRawMode(this.fd, flag);
  } catch (error) {
    this.emit('error', error);
    return this;
  }
  this.isRaw = flag;
  return this;
};

// ---- writing -----------------------------------------------------------

function WriteStream(fd) {
  if (!(this instanceof WriteStream)) return new WriteStream(fd);
  checkFd(fd);
  FdWritable.call(this, fd);
  beHandle(this, 'TTYWRAP');
  let size;
  try {
    size = binding.windowSize(fd);
  } catch (error) {
    // What is written to it would fail too; the size alone is not worth it.
    if (!binding.isatty(fd)) throw error;
  }
  if (size) {
    this.columns = size[0];
    this.rows = size[1];
  }
}
Object.setPrototypeOf(WriteStream.prototype, FdWritable.prototype);
Object.setPrototypeOf(WriteStream, FdWritable);

const proto = WriteStream.prototype;

proto.isTTY = true;

proto._refreshSize = function _refreshSize() {
  const { columns, rows } = this;
  let size;
  try {
    size = binding.windowSize(this.fd);
  } catch (error) {
    this.emit('error', error);
    return;
  }
  if (size[0] !== columns || size[1] !== rows) {
    this.columns = size[0];
    this.rows = size[1];
    this.emit('resize');
  }
};

proto.getWindowSize = function getWindowSize() {
  return [this.columns, this.rows];
};

proto.cursorTo = function cursorTo(x, y, callback) {
  return require('internal/readline/callbacks').cursorTo(this, x, y, callback);
};

proto.moveCursor = function moveCursor(dx, dy, callback) {
  return require('internal/readline/callbacks').moveCursor(this, dx, dy, callback);
};

proto.clearLine = function clearLine(dir, callback) {
  return require('internal/readline/callbacks').clearLine(this, dir, callback);
};

proto.clearScreenDown = function clearScreenDown(callback) {
  return require('internal/readline/callbacks').clearScreenDown(this, callback);
};

// ---- colours -----------------------------------------------------------

// Depth in bits.
const MONOCHROME = 1;
const ANSI = 4;
const PALETTE = 8;
const TRUE_COLOR = 24;

const TERMS = {
  '__proto__': null,
  'eterm': ANSI,
  'cons25': ANSI,
  'console': ANSI,
  'cygwin': ANSI,
  'dtterm': ANSI,
  'gnome': ANSI,
  'hurd': ANSI,
  'jfbterm': ANSI,
  'konsole': ANSI,
  'kterm': ANSI,
  'mlterm': ANSI,
  'mosh': TRUE_COLOR,
  'putty': ANSI,
  'rxvt-unicode-24bit': TRUE_COLOR,
  'st': ANSI,
  'terminator': TRUE_COLOR,
  'xterm-kitty': TRUE_COLOR,
};
const ANSI_TERMS =
  /ansi|color|linux|direct|^con\d*x\d|^rxvt|^screen|^xterm|^vt100|^vt220/i;

const CI_DEPTHS = [
  ['APPVEYOR', PALETTE],
  ['BUILDKITE', PALETTE],
  ['CIRCLECI', TRUE_COLOR],
  ['DRONE', PALETTE],
  ['GITEA_ACTIONS', TRUE_COLOR],
  ['GITHUB_ACTIONS', TRUE_COLOR],
  ['GITLAB_CI', PALETTE],
  ['TRAVIS', PALETTE],
];

let warnedOfConflict = false;

function warnOfConflict(env) {
  if (warnedOfConflict) return;
  for (const name of ['NODE_DISABLE_COLORS', 'NO_COLOR']) {
    if (env[name]) {
      warnedOfConflict = true;
      process.emitWarning(
        `The '${name}' env is ignored due to the 'FORCE_COLOR' env being set.`,
        'Warning');
      return;
    }
  }
}

proto.getColorDepth = function getColorDepth(env = process.env) {
  if (env.FORCE_COLOR !== undefined) {
    switch (env.FORCE_COLOR) {
      case '':
      case '1':
      case 'true':
        warnOfConflict(env);
        return ANSI;
      case '2':
        warnOfConflict(env);
        return PALETTE;
      case '3':
        warnOfConflict(env);
        return TRUE_COLOR;
      default:
        return MONOCHROME;
    }
  }
  if (env.NODE_DISABLE_COLORS || env.NO_COLOR || env.TERM === 'dumb') {
    return MONOCHROME;
  }
  if (process.platform === 'win32') return windowsDepth();
  if (env.TMUX) return TRUE_COLOR;
  if ('TF_BUILD' in env && 'AGENT_NAME' in env) return ANSI;
  if ('CI' in env) {
    for (const [name, depth] of CI_DEPTHS) if (name in env) return depth;
    return env.CI_NAME === 'codeship' ? PALETTE : MONOCHROME;
  }
  if ('TEAMCITY_VERSION' in env) {
    // From 9.1 on.
    return /^(9\.(0*[1-9]\d*)\.|\d{2,}\.)/.test(env.TEAMCITY_VERSION) ?
      ANSI : MONOCHROME;
  }
  switch (env.TERM_PROGRAM) {
    case 'iTerm.app':
      return !env.TERM_PROGRAM_VERSION || /^[0-2]\./.test(env.TERM_PROGRAM_VERSION) ?
        PALETTE : TRUE_COLOR;
    case 'HyperTerm':
    case 'MacTerm':
      return TRUE_COLOR;
    case 'Apple_Terminal':
      return PALETTE;
  }
  if (env.COLORTERM === 'truecolor' || env.COLORTERM === '24bit') return TRUE_COLOR;
  if (env.TERM) {
    if (/truecolor/.test(env.TERM)) return TRUE_COLOR;
    if (/^xterm-256/.test(env.TERM)) return PALETTE;
    const known = TERMS[env.TERM.toLowerCase()];
    if (known) return known;
    if (ANSI_TERMS.test(env.TERM)) return ANSI;
  }
  return env.COLORTERM ? ANSI : MONOCHROME;
};

// Windows 10 from build 10586 on knows 256 colours, from 14931 on all.
function windowsDepth() {
  const [major, , build] = require('os').release().split('.').map(Number);
  if (major >= 10) {
    if (build >= 14931) return TRUE_COLOR;
    if (build >= 10586) return PALETTE;
  }
  return ANSI;
}

proto.hasColors = function hasColors(count, env) {
  if (env === undefined &&
      (count === undefined || (typeof count === 'object' && count !== null))) {
    env = count;
    count = 16;
  } else {
    validateInteger(count, 'count', 2);
  }
  return count <= 2 ** this.getColorDepth(env);
};

module.exports = { isatty, ReadStream, WriteStream };
