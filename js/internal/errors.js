'use strict';

// Errors as Node makes them: a class per ERR_* code (`new codes.ERR_X(args)`),
// errors of failed system calls, AbortError, and helpers around stacks.
// The wording of every code is in internal/error_codes.
//
// An instance looks like a plain TypeError, RangeError, ... (`name` and
// `constructor`) with an own `code`; its stack and toString() show the code as
// `TypeError [ERR_X]: message`. Its stack is laid out when it is first read,
// with the code by the symbol in its prototype (src/stack_trace.rs).

const { getNodeErrorSymbol, markLikeDefaultStack } = internalBinding('util');

const kIsNodeError = getNodeErrorSymbol();
// Key of a method on an error that ends the process: returns the stack to
// print, with what only the thrower knew.
const kEnhanceStackBeforeInspector = Symbol('kEnhanceStackBeforeInspector');
const { captureStackTrace } = Error;
const { toString: errorToString } = Error.prototype;
const { defineProperty, hasOwn } = Object;
const { construct } = Reflect;

const BASES = { Error, TypeError, RangeError, SyntaxError, URIError };

let table;
let uv;

function lazyUv() {
  uv ??= internalBinding('uv');
  return uv;
}

function inspect(value, options) {
  return require('internal/util/inspect').inspect(value, options);
}

function substitute(text, args) {
  if (!text.includes('%s')) return text;
  let at = 0;
  return text.replace(/%s/g, () => {
    const value = args[at++];
    // An object's shape says more than [object Object], and 5n more than 5.
    return (typeof value === 'object' && value !== null) || typeof value === 'bigint' ?
      require('internal/util/inspect').format('%s', value) :
      String(value);
  });
}

function textOf(entry, args) {
  const text = typeof entry === 'object' ? entry.text : entry;
  return typeof text === 'function' ? text(...args) : substitute(text, args);
}

function hidden(target, key, value) {
  defineProperty(target, key, {
    __proto__: null, value, enumerable: false, writable: true, configurable: true,
  });
}

// What instances with a code inherit from, by the class they look like.
const marked = new Map();

function markedPrototype(Base) {
  let prototype = marked.get(Base);
  if (prototype === undefined) {
    prototype = Object.create(Base.prototype);
    hidden(prototype, kIsNodeError, true);
    hidden(prototype, 'toString', function toString() {
      return `${this.name} [${this.code}]: ${this.message}`;
    });
    marked.set(Base, prototype);
  }
  return prototype;
}

// One without a class of its own.
function makeNodeError(Base, code, message) {
  const error = Object.setPrototypeOf(new Base(), markedPrototype(Base));
  error.code = code;
  hidden(error, 'message', message);
  return error;
}

function makeClass(code, entry, Base) {
  const own = typeof entry === 'object' ? entry.own : undefined;
  // As new.target it makes V8 leave this frame out of the stack.
  function NodeError(...args) {
    const error = construct(Base, [], NodeError);
    error.code = code;
    hidden(error, 'message', textOf(entry, args));
    if (own !== undefined) Object.assign(error, own(...args));
    return error;
  }
  NodeError.prototype = Object.create(markedPrototype(Base), {
    constructor: { __proto__: null, get: function constructor() { return Base; }, enumerable: false, configurable: true },
  });
  return NodeError;
}

// A property of a SystemError that lives in its `info`.
function infoProperty(error, key, info) {
  defineProperty(error, key, {
    __proto__: null,
    get() { return info[key]; },
    set(value) { info[key] = value; },
    enumerable: true,
    configurable: true,
  });
}

// A system call failed and there is more to say than its errno tells.
// `context` is { syscall, code, message, errno, path?, dest? }.
class SystemError extends Error {
  constructor(code, text, context) {
    let message = `${text}: ${context.syscall} returned ${context.code} (${context.message})`;
    if (context.path !== undefined) message += ` ${context.path}`;
    if (context.dest !== undefined) message += ` => ${context.dest}`;
    super(message);
    hidden(this, 'name', 'SystemError');
    this.code = code;
    defineProperty(this, 'info', {
      __proto__: null, value: context, enumerable: true, configurable: true, writable: false,
    });
    infoProperty(this, 'errno', context);
    infoProperty(this, 'syscall', context);
    if (context.path !== undefined) infoProperty(this, 'path', context);
    if (context.dest !== undefined) infoProperty(this, 'dest', context);
  }

  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    return inspect(this, { ...options, getters: true, customInspect: false });
  }
}

hidden(SystemError.prototype, kIsNodeError, true);

function makeSystemClass(code, text) {
  return class NodeError extends SystemError {
    constructor(context) {
      super(code, text, context);
    }
  };
}

// A promise was rejected with something that is no error.
class UnhandledPromiseRejection extends Error {
  constructor(reason) {
    super('This error originated either by throwing inside of an async function without a catch block, or by ' +
      `rejecting a promise which was not handled with .catch(). The promise rejected with the reason "${reason}".`);
    this.code = 'ERR_UNHANDLED_REJECTION';
  }
}
hidden(UnhandledPromiseRejection.prototype, 'name', 'UnhandledPromiseRejection');

function classOf(code) {
  if (code === 'ERR_UNHANDLED_REJECTION') return UnhandledPromiseRejection;
  table ??= require('internal/error_codes');
  for (const name of Object.keys(BASES)) {
    if (!hasOwn(table[name], code)) continue;
    const entry = table[name][code];
    const made = makeClass(code, entry, BASES[name]);
    if (hasOwn(table.alternates, code)) {
      for (const other of table.alternates[code]) made[other] = makeClass(code, entry, BASES[other]);
    }
    return made;
  }
  if (hasOwn(table.SystemError, code)) return makeSystemClass(code, table.SystemError[code]);
  return undefined;
}

// Classes are made when first asked for: a miss on `codes` falls through to
// the proxy, which leaves the class behind as an own property.
const codes = Object.create(new Proxy({ __proto__: null }, {
  get(target, code, receiver) {
    if (typeof code !== 'string' || !code.startsWith('ERR_')) return undefined;
    const made = classOf(code);
    if (made !== undefined) {
      defineProperty(receiver, code, {
        __proto__: null, value: made, enumerable: true, writable: true, configurable: true,
      });
    }
    return made;
  },
}));

// --- wording ---------------------------------------------------------------

// ['a', 'b', 'c'] -> 'a, b, and c'
function formatList(items, word = 'and') {
  switch (items.length) {
    case 0: return '';
    case 1: return `${items[0]}`;
    case 2: return `${items[0]} ${word} ${items[1]}`;
    default: return `${items.slice(0, -1).join(', ')}, ${word} ${items[items.length - 1]}`;
  }
}

// What a message says it received instead of what it wanted.
function determineSpecificType(value) {
  if (value === null || value === undefined) return String(value);
  const type = typeof value;
  if (type === 'function') return `function ${value.name}`;
  if (type === 'object') {
    const name = value.constructor?.name;
    return name ? `an instance of ${name}` : inspect(value, { depth: -1 });
  }
  if (type === 'string') {
    if (value.length > 28) value = `${value.slice(0, 25)}...`;
    return `type string (${value.includes("'") ? JSON.stringify(value) : `'${value}'`})`;
  }
  const shown = inspect(value, { colors: false });
  return `type ${type} (${shown.length > 28 ? `${shown.slice(0, 25)}...` : shown})`;
}

// --- stacks ----------------------------------------------------------------

// Makes an error's stack start at the caller of `fn`.
function hideFrames(error, fn) {
  if (Error.stackTraceLimit) captureStackTrace(error, fn);
  return error;
}

// Throws a new Class(...args) whose stack starts at the caller of `fn`.
function throwFrom(fn, Class, ...args) {
  throw hideFrames(new Class(...args), fn);
}

// Wraps a checking function so that what it throws points at its caller. Not
// for hot paths: validators do the same without a wrapper (throwFrom).
function hideStackFrames(fn) {
  function wrapped(...args) {
    try {
      return Reflect.apply(fn, this, args);
    } catch (error) {
      if (typeof error === 'object' && error !== null) hideFrames(error, wrapped);
      throw error;
    }
  }
  wrapped.withoutStackTrace = fn;
  return wrapped;
}

// The first line of a stack.
function headOf(error) {
  return kIsNodeError in error ?
    `${error.name} [${error.code}]: ${error.message}` :
    Reflect.apply(errorToString, error, []);
}

function layOutStack(error, sites) {
  const head = headOf(error);
  return sites.length === 0 ? head : `${head}\n    at ${sites.join('\n    at ')}`;
}

let layOut = layOutStack;

// What programs find as Error.prepareStackTrace, and may call or put back.
function ErrorPrepareStackTrace(error, trace) {
  return layOut(error, trace);
}

Object.defineProperty(Error, 'prepareStackTrace', {
  __proto__: null, configurable: true, enumerable: false, writable: true, value: ErrorPrepareStackTrace,
});
markLikeDefaultStack(ErrorPrepareStackTrace, true);

// Another way to lay out stacks of errors the program does not lay out itself (source maps); without `how`, V8's.
function setStackLayout(how) {
  layOut = how ?? layOutStack;
  markLikeDefaultStack(ErrorPrepareStackTrace, how === undefined);
}

function isErrorLike(value) {
  return typeof value === 'object' && value !== null && hasOwn(value, 'stack');
}

// Whether `error` came from running out of stack. The text is the engine's,
// so it is learnt by overflowing once.
let overflowMessage;
let overflowName;
function isStackOverflowError(error) {
  if (overflowMessage === undefined) {
    try {
      (function again() { again(); })();
    } catch (caught) {
      overflowMessage = caught.message;
      overflowName = caught.name;
    }
  }
  return Boolean(error) && error.name === overflowName && error.message === overflowMessage;
}

// --- failed system calls -----------------------------------------------------

// [name, description] of a negative errno.
function uvEntry(errno) {
  return lazyUv().getErrorMap().get(errno) ?? [`Unknown system error ${errno}`, `Unknown system error ${errno}`];
}

function errnoName(errno) {
  return lazyUv().errname(errno);
}

// Not if the program froze Error, or --frozen-intrinsics did.
function isStackTraceLimitWritable() {
  const descriptor = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  if (descriptor === undefined) return Object.isExtensible(Error);
  return 'writable' in descriptor ? descriptor.writable : descriptor.set !== undefined;
}

// What `make` gives, an error whose stack nobody wants or which is captured again.
function withoutStack(make) {
  if (!isStackTraceLimitWritable()) return make();
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

// The stack of the errors below begins where `made` was called.
function withoutFrame(make) {
  return function made(...args) {
    // Captured once, by the right caller, instead of twice.
    const error = withoutStack(() => make(...args));
    captureStackTrace(error, made);
    return error;
  };
}

// `context` is { errno, code, syscall, message?, path?, dest? }; every other
// property of it is carried over.
const uvException = withoutFrame((context) => {
  const { errno } = context;
  const [name, description] = context.code && context.message ?
    [context.code, context.message] :
    uvEntry(errno);
  const code = context.code || name;
  const path = context.path ? context.path.toString() : undefined;
  const dest = context.dest ? context.dest.toString() : undefined;
  let message = `${code}: ${context.message || description}, ${context.syscall}`;
  if (path) message += ` '${path}'`;
  if (dest) message += ` -> '${dest}'`;
  const error = new Error(message);
  for (const key of Object.keys(context)) {
    if (key !== 'message' && key !== 'path' && key !== 'dest') error[key] = context[key];
  }
  error.code = code;
  if (path) error.path = path;
  if (dest) error.dest = dest;
  return error;
});

const UVExceptionWithHostPort = withoutFrame((errno, syscall, address, port) => {
  const [code, description] = uvEntry(errno);
  let where = '';
  if (port && port > 0) where = ` ${address}:${port}`;
  else if (address) where = ` ${address}`;
  const error = new Error(`${syscall} ${code}: ${description}${where}`);
  error.code = code;
  error.errno = errno;
  error.syscall = syscall;
  error.address = address;
  if (port) error.port = port;
  return error;
});

const ErrnoException = withoutFrame((errno, syscall, original) => {
  const code = errnoName(errno);
  const error = new Error(original ? `${syscall} ${code} ${original}` : `${syscall} ${code}`);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  return error;
});

const ExceptionWithHostPort = withoutFrame((errno, syscall, address, port, additional) => {
  const code = typeof errno === 'number' ? errnoName(errno) : errno;
  let message = `${syscall} ${code}`;
  if (port && port > 0) message += ` ${address}:${port}`;
  else if (address) message += ` ${address}`;
  if (additional) message += ` - Local (${additional})`;
  const error = new Error(message);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  error.address = address;
  if (port) error.port = port;
  return error;
});

// `code` is an errno or one of the resolver's own names (ENOTFOUND, ...).
const DNSException = withoutFrame((code, syscall, hostname) => {
  let errno;
  if (typeof code === 'number') {
    errno = code;
    const name = errnoName(code);
    // Both mean "no such name"; programs know that as ENOTFOUND.
    code = name === 'EAI_NODATA' || name === 'EAI_NONAME' ? 'ENOTFOUND' : name;
  }
  const error = new Error(`${syscall} ${code}${hostname ? ` ${hostname}` : ''}`);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  if (hostname) error.hostname = hostname;
  return error;
});

function connResetException(message) {
  const error = new Error(message);
  error.code = 'ECONNRESET';
  return error;
}

// --- others ------------------------------------------------------------------

// What rejects when an AbortSignal ends an operation.
class AbortError extends Error {
  constructor(message = 'The operation was aborted', options = undefined) {
    if (options !== undefined && typeof options !== 'object') {
      throw new codes.ERR_INVALID_ARG_TYPE('options', 'Object', options);
    }
    super(message, options);
    this.code = 'ABORT_ERR';
    this.name = 'AbortError';
  }
}

function genericNodeError(message, properties) {
  return Object.assign(new Error(message), properties);
}

// One error out of two: the inner one came first and caused nothing itself,
// but must not be lost.
function aggregateTwoErrors(inner, outer) {
  if (!inner || !outer || inner === outer) return inner || outer;
  if (Array.isArray(outer.errors)) {
    outer.errors.push(inner);
    return outer;
  }
  const error = new AggregateError([outer, inner], outer.message);
  error.code = outer.code;
  return error;
}

class NodeAggregateError extends AggregateError {
  constructor(errors, message) {
    super(errors, message);
    this.code = errors[0]?.code;
  }
}
hidden(NodeAggregateError.prototype, kIsNodeError, true);
hidden(NodeAggregateError.prototype, 'name', 'AggregateError');

function lazyDOMExceptionClass() {
  return require('web/dom_exception').DOMException;
}

function lazyDOMException(message, name) {
  const DOMException = lazyDOMExceptionClass();
  return hideFrames(new DOMException(message, name), lazyDOMException);
}

module.exports = {
  AbortError,
  DNSException,
  ErrnoException,
  ExceptionWithHostPort,
  NodeAggregateError,
  SystemError,
  UVExceptionWithHostPort,
  aggregateTwoErrors,
  codes,
  connResetException,
  determineSpecificType,
  formatList,
  genericNodeError,
  headOf,
  hideFrames,
  hideStackFrames,
  isErrorLike,
  isStackOverflowError,
  isStackTraceLimitWritable,
  kEnhanceStackBeforeInspector,
  kIsNodeError,
  lazyDOMException,
  lazyDOMExceptionClass,
  makeNodeError,
  setStackLayout,
  throwFrom,
  uvEntry,
  uvException,
  withoutStack,
};
