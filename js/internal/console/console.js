'use strict';
// The Console class (https://nodejs.org/api/console.html). The global console
// (js/node/console.js) is made of the same methods, but finds its streams when
// it first writes.

// Text alone needs no inspector.
let inspection;
function lazyInspect() {
  return inspection ??= require('internal/util/inspect');
}

const kState = Symbol('kState');
const kIsConsole = Symbol('kIsConsole');

const noColors = {};
const withColors = { colors: true };

function ignore() {}

// What a console keeps beside its visible properties.
class State {
  constructor(ignoreErrors, colorMode, indentWidth, stdoutOptions, stderrOptions) {
    this.ignoreErrors = ignoreErrors;
    this.colorMode = colorMode;
    this.indentWidth = indentWidth;
    this.stdoutOptions = stdoutOptions;
    this.stderrOptions = stderrOptions;
    this.indent = '';
    this.counts = new Map();
    // fd -> a Descriptor while one may be used; only the global console has it.
    this.direct = undefined;
  }
}

function attachState(console, state) {
  Object.defineProperties(console, {
    [kState]: { __proto__: null, value: state },
    [kIsConsole]: { __proto__: null, value: true },
    [Symbol.toStringTag]: {
      __proto__: null, value: 'console', writable: false, enumerable: false, configurable: true,
    },
    _stdoutErrorHandler: hidden((error) => afterWriteError(console._stdout, error)),
    _stderrErrorHandler: hidden((error) => afterWriteError(console._stderr, error)),
    _ignoreErrors: hidden(state.ignoreErrors),
    _times: hidden(new Map()),
  });
}

function hidden(value) {
  return { __proto__: null, value, writable: true, enumerable: false, configurable: true };
}

// An error that comes after the write has returned must not become an uncaught
// one either.
function afterWriteError(stream, error) {
  if (error !== null && error !== undefined && !stream._writableState?.errorEmitted &&
      stream.listenerCount('error') === 0) {
    stream.once('error', ignore);
  }
}

// Methods go onto the instance, bound, so that they can be passed around; they
// are looked up on the instance, so that subclasses may override them.
function bindMethods(console) {
  for (const name of Object.keys(Console.prototype)) {
    const method = console[name];
    const bound = method.bind(console);
    Object.defineProperty(bound, 'name', { __proto__: null, value: name, configurable: true });
    console[name] = bound;
  }
}

function Console(options /* or: stdout, stderr, ignoreErrors = true */) {
  if (!new.target) return Reflect.construct(Console, arguments);
  if (!options || typeof options.write === 'function') {
    options = { stdout: options, stderr: arguments[1], ignoreErrors: arguments[2] };
  }
  const {
    stdout,
    stderr = stdout,
    ignoreErrors = true,
    colorMode = 'auto',
    inspectOptions,
    groupIndentation,
  } = options;

  const { ERR_CONSOLE_WRITABLE_STREAM } = require('internal/errors').codes;
  if (!stdout || typeof stdout.write !== 'function') {
    throw new ERR_CONSOLE_WRITABLE_STREAM('stdout');
  }
  if (!stderr || typeof stderr.write !== 'function') {
    throw new ERR_CONSOLE_WRITABLE_STREAM('stderr');
  }
  const { validateInteger, validateObject, validateOneOf } = require('internal/validators');
  validateOneOf(colorMode, 'colorMode', ['auto', true, false]);
  if (groupIndentation !== undefined) {
    validateInteger(groupIndentation, 'groupIndentation', 0, 1000);
  }
  let stdoutOptions;
  let stderrOptions;
  if (inspectOptions !== undefined) {
    validateObject(inspectOptions, 'options.inspectOptions');
    if (require('internal/util/types').isMap(inspectOptions)) {
      // Options by stream.
      stdoutOptions = inspectOptions.get(stdout);
      stderrOptions = inspectOptions.get(stderr);
      for (const one of inspectOptions.values()) checkColorOption(one, options);
    } else {
      checkColorOption(inspectOptions, options);
      stdoutOptions = stderrOptions = inspectOptions;
    }
  }

  bindMethods(this);
  Object.defineProperties(this, { _stdout: hidden(stdout), _stderr: hidden(stderr) });
  attachState(this, new State(Boolean(ignoreErrors), colorMode, groupIndentation ?? 2,
                              stdoutOptions, stderrOptions));
}

function checkColorOption(inspectOptions, options) {
  if (inspectOptions.colors !== undefined && options.colorMode !== undefined) {
    const { ERR_INCOMPATIBLE_OPTION_PAIR } = require('internal/errors').codes;
    throw new ERR_INCOMPATIBLE_OPTION_PAIR('options.inspectOptions.color', 'colorMode');
  }
}

// Any console is one, the global one too, which no constructor made.
Object.defineProperty(Console, Symbol.hasInstance, {
  __proto__: null,
  value(instance) {
    return instance !== null && instance !== undefined && instance[kIsConsole] === true;
  },
});

// ---- writing ------------------------------------------------------------

// A file or pipe that is written to without a stream, for the global console as
// long as nobody has looked at process.stdout (or stderr): the stream's modules
// would take longer to load than all the rest of a short program.
class Descriptor {
  constructor(fd) {
    this.fd = fd;
  }

  // The error of a write that failed.
  write(text) {
    try {
      internalBinding('stdio').writeSync(this.fd, text);
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

// The next write to `stream` fails, as one without a stream just did: from here on it is the stream that knows of errors.
function failNextWrite(stream, error) {
  stream._write = function _write(chunk, encoding, callback) {
    delete stream._write;
    callback(this._toError(error));
  };
}

// The stream to write to, or what may stand in for it.
function outputOf(console, state) {
  return state.direct?.(1) ?? console._stdout;
}

function errorOutputOf(console, state) {
  return state.direct?.(2) ?? console._stderr;
}

function inspectOptionsFor(state, stream, options) {
  let colors = state.colorMode;
  if (colors === 'auto') {
    // Files and pipes are the common case, and have no `isTTY`.
    colors = stream.isTTY || process.env.FORCE_COLOR !== undefined ?
      require('internal/util/colors').shouldColorize(stream) : false;
  }
  if (options !== undefined) {
    return options.colors === undefined ? { ...options, colors } : options;
  }
  return colors ? withColors : noColors;
}

function formatFor(state, stream, options, args) {
  if (args.length === 1) {
    const first = args[0];
    if (typeof first === 'string') return first;
    return lazyInspect().inspect(first, inspectOptionsFor(state, stream, options));
  }
  if (args.length === 0) return '';
  return lazyInspect().formatWithOptions(inspectOptionsFor(state, stream, options), ...args);
}

function write(console, state, stream, text, onError) {
  if (state.indent.length !== 0) {
    if (text.includes('\n')) text = text.replaceAll('\n', `\n${state.indent}`);
    text = state.indent + text;
  }
  text += '\n';
  if (stream instanceof Descriptor) {
    const error = stream.write(text);
    if (error === undefined) return;
    stream = stream.fd === 1 ? console._stdout : console._stderr;
    failNextWrite(stream, error);
  }
  if (!state.ignoreErrors) {
    stream.write(text);
    return;
  }
  if (typeof stream.once !== 'function') {
    // Anything with a write method will do.
    try {
      stream.write(text, onError);
    } catch (error) {
      if (lazyInspect().isStackOverflow(error)) throw error;
    }
    return;
  }
  // A stream may report an error while it is written to.
  const guard = stream.listenerCount('error') === 0;
  if (guard) stream.once('error', ignore);
  try {
    stream.write(text, onError);
  } catch (error) {
    // An overflow is the program's, not the stream's.
    if (lazyInspect().isStackOverflow(error)) throw error;
  } finally {
    if (guard) stream.removeListener('error', ignore);
  }
}

function writeOut(console, args) {
  const state = console[kState];
  const text = formatFor(state, outputOf(console, state), state.stdoutOptions, args);
  // Formatting may have run code that made the stream.
  write(console, state, outputOf(console, state), text, console._stdoutErrorHandler);
}

function writeErr(console, args) {
  const state = console[kState];
  const text = formatFor(state, errorOutputOf(console, state), state.stderrOptions, args);
  write(console, state, errorOutputOf(console, state), text, console._stderrErrorHandler);
}

// ---- time ---------------------------------------------------------------

function pad(number) {
  return `${number}`.padStart(2, '0');
}

function formatTime(ms) {
  const sign = ms < 0 ? '-' : '';
  ms = Math.abs(ms);
  if (ms < 1000) return `${sign}${Number(ms.toFixed(3))}ms`;
  if (ms < 60_000) return `${sign}${(ms / 1000).toFixed(3)}s`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms % 3_600_000 / 60_000);
  const [seconds, thousandths] = (ms % 60_000 / 1000).toFixed(3).split('.');
  const lead = hours !== 0 ? `${hours}:${pad(minutes)}` : `${minutes}`;
  return `${sign}${lead}:${pad(seconds)}.${thousandths} ` +
    `(${hours !== 0 ? 'h:m' : ''}m:ss.mmm)`;
}

function logElapsed(console, method, label, data) {
  const started = console._times.get(label);
  if (started === undefined) {
    process.emitWarning(`No such label '${label}' for console.${method}()`);
    return false;
  }
  const [seconds, nanoseconds] = process.hrtime(started);
  const elapsed = formatTime(seconds * 1000 + nanoseconds / 1e6);
  if (data === undefined) console.log('%s: %s', label, elapsed);
  else console.log('%s: %s', label, elapsed, ...data);
  return true;
}

// ---- methods ------------------------------------------------------------

const methods = {
  log(...args) {
    writeOut(this, args);
  },

  warn(...args) {
    writeErr(this, args);
  },

  dir(object, options) {
    const state = this[kState];
    const stream = outputOf(this, state);
    const text = lazyInspect().inspect(object, {
      customInspect: false,
      ...inspectOptionsFor(state, stream, state.stdoutOptions),
      ...options,
    });
    write(this, state, stream, text, this._stdoutErrorHandler);
  },

  time(label = 'default') {
    label = `${label}`;
    if (this._times.has(label)) {
      process.emitWarning(`Label '${label}' already exists for console.time()`);
      return;
    }
    this._times.set(label, process.hrtime());
  },

  timeEnd(label = 'default') {
    label = `${label}`;
    if (logElapsed(this, 'timeEnd', label)) this._times.delete(label);
  },

  timeLog(label = 'default', ...data) {
    logElapsed(this, 'timeLog', `${label}`, data);
  },

  trace: function trace(...args) {
    const state = this[kState];
    const error = {
      name: 'Trace',
      message: formatFor(state, errorOutputOf(this, state), state.stderrOptions, args),
    };
    Error.captureStackTrace(error, trace);
    this.error(error.stack);
  },

  assert(expression, ...args) {
    if (expression) return;
    if (typeof args[0] === 'string') args[0] = `Assertion failed: ${args[0]}`;
    else args.unshift('Assertion failed');
    this.warn(...args);
  },

  clear() {
    const stream = this._stdout;
    if (stream.isTTY && process.env.TERM !== 'dumb') {
      const { clearScreenDown, cursorTo } = require('internal/readline/callbacks');
      cursorTo(stream, 0, 0);
      clearScreenDown(stream);
    }
  },

  count(label = 'default') {
    label = `${label}`;
    const { counts } = this[kState];
    const count = (counts.get(label) ?? 0) + 1;
    counts.set(label, count);
    this.log(`${label}: ${count}`);
  },

  countReset(label = 'default') {
    label = `${label}`;
    const { counts } = this[kState];
    if (!counts.delete(label)) {
      process.emitWarning(`Count for '${label}' does not exist`);
    }
  },

  group(...data) {
    if (data.length > 0) this.log(...data);
    const state = this[kState];
    state.indent += ' '.repeat(state.indentWidth);
  },

  groupEnd() {
    const state = this[kState];
    state.indent = state.indent.slice(0, state.indent.length - state.indentWidth);
  },

  table(data, properties) {
    if (properties !== undefined) {
      require('internal/validators').validateArray(properties, 'properties');
    }
    if (data === null || typeof data !== 'object') return this.log(data);
    const state = this[kState];
    const options = inspectOptionsFor(state, outputOf(this, state), state.stdoutOptions);
    return this.log(require('internal/console/table').tableText(data, properties, options));
  },
};
methods.debug = methods.log;
methods.info = methods.log;
methods.dirxml = methods.log;
methods.error = methods.warn;
methods.groupCollapsed = methods.group;

// In Node's order, which Object.keys() shows.
for (const name of [
  'log', 'info', 'debug', 'warn', 'error', 'dir', 'time', 'timeEnd', 'timeLog', 'trace', 'assert', 'clear', 'count',
  'countReset', 'group', 'groupEnd', 'table', 'dirxml', 'groupCollapsed',
]) {
  Console.prototype[name] = methods[name];
}

module.exports = { Console, Descriptor, State, attachState, bindMethods, formatTime, hidden, kState };
