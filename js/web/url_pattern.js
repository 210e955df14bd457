'use strict';
// URLPattern: https://urlpattern.spec.whatwg.org/, as a global and in node:url.
// Patterns are compiled to regular expressions of the runtime, one for each
// component, so that groups have JavaScript's own syntax.

const canonical = require('internal/urlpattern/canonical');
const { matchesSpecialScheme, parseConstructorString } = require('internal/urlpattern/constructor_string');
const { compileComponent, escapePattern, kDefault, kHostname, kPathname } = require('internal/urlpattern/syntax');
const { customInspectSymbol, kEnumerableProperty } = require('internal/util');
const { URL } = require('web/url');

const kComponents = ['protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'];
const kInitKeys = ['baseURL', 'hash', 'hostname', 'password', 'pathname', 'port', 'protocol', 'search', 'username'];
const kEmpty = {
  __proto__: null, protocol: '', username: '', password: '', hostname: '', port: '', pathname: '', search: '', hash: '',
};

function coded(error, code) {
  error.code = code;
  return error;
}

function invalidPattern(cause) {
  const error = coded(new TypeError('Failed to construct URLPattern'), 'ERR_INVALID_URL_PATTERN');
  if (cause !== undefined) {
    Object.defineProperty(error, 'cause', { __proto__: null, configurable: true, writable: true, value: cause });
  }
  return error;
}

function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function usv(value) {
  return `${value}`.toWellFormed();
}

// WebIDL's conversion to URLPatternInit.
function toInit(value) {
  const init = { __proto__: null };
  for (const key of kInitKeys) {
    const member = value[key];
    if (member !== undefined) init[key] = usv(member);
  }
  return init;
}

function toInput(value) {
  if (value === undefined || value === null) return { __proto__: null };
  if (isObject(value)) return toInit(value);
  if (typeof value === 'string') return usv(value);
  const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
  throw new ERR_INVALID_ARG_TYPE('input', ['string', 'object'], value);
}

function dropTrailingColon(value) {
  return value.endsWith(':') ? value.slice(0, -1) : value;
}

function dropLeading(value, mark) {
  return value[0] === mark ? value.slice(1) : value;
}

// Takes over from the base URL what stands before the first component given:
// a URL inherits only a prefix.
function inherit(result, init, url, isPattern) {
  const text = isPattern ? escapePattern : String;
  const has = (...names) => names.some((name) => init[name] !== undefined);
  if (!has('protocol')) result.protocol = text(url.protocol.slice(0, -1));
  // Patterns match any credentials unless they name some.
  if (!isPattern && !has('protocol', 'hostname', 'port', 'username')) {
    result.username = url.username;
    if (!has('password')) result.password = url.password;
  }
  if (has('protocol', 'hostname')) return;
  result.hostname = text(url.hostname);
  if (has('port')) return;
  result.port = url.port;
  if (has('pathname')) return;
  result.pathname = text(url.pathname);
  if (has('search')) return;
  result.search = text(url.search.slice(1));
  if (has('hash')) return;
  result.hash = text(url.hash.slice(1));
}

function isAbsolutePath(path, isPattern) {
  return path[0] === '/' || (isPattern && (path.startsWith('\\/') || path.startsWith('{/')));
}

function hasOpaquePath(url) {
  return url.host === '' && url.pathname[0] !== '/' && !canonical.isSpecial(url.protocol.slice(0, -1));
}

function resolvePath(path, url, isPattern) {
  if (hasOpaquePath(url) || isAbsolutePath(path, isPattern)) return path;
  const base = isPattern ? escapePattern(url.pathname) : url.pathname;
  return base.slice(0, base.lastIndexOf('/') + 1) + path;
}

// Components of `init`, completed from its base URL; canonical unless they are
// patterns.
function processInit(init, isPattern, start) {
  const result = { __proto__: null, ...start };
  let url;
  if (init.baseURL !== undefined) {
    url = new URL(init.baseURL);
    inherit(result, init, url, isPattern);
  }
  const canon = (name, value) => (isPattern ? value : canonical[name](value));
  if (init.protocol !== undefined) result.protocol = canon('protocol', dropTrailingColon(init.protocol));
  for (const name of ['username', 'password', 'hostname']) {
    if (init[name] !== undefined) result[name] = canon(name, init[name]);
  }
  if (init.port !== undefined) result.port = isPattern ? init.port : canonical.port(init.port, result.protocol);
  if (init.pathname !== undefined) {
    const path = url === undefined ? init.pathname : resolvePath(init.pathname, url, isPattern);
    const hierarchical = result.protocol === undefined || result.protocol === '' || canonical.isSpecial(result.protocol);
    result.pathname = canon(hierarchical ? 'pathname' : 'opaquePathname', path);
  }
  if (init.search !== undefined) result.search = canon('search', dropLeading(init.search, '?'));
  if (init.hash !== undefined) result.hash = canon('hash', dropLeading(init.hash, '#'));
  return result;
}

function compileAll(input, baseURL, ignoreCase) {
  let init = input;
  if (typeof input === 'string') {
    init = parseConstructorString(input);
    if (baseURL !== undefined) init.baseURL = baseURL;
    else if (init.protocol === undefined) throw new TypeError('A relative pattern needs a base URL');
  } else if (baseURL !== undefined) {
    throw new TypeError('A base URL goes with a string only');
  }
  const text = processInit(init, true, undefined);
  for (const name of kComponents) text[name] ??= '*';
  if (text.port !== '' && canonical.kDefaultPorts[text.protocol] === text.port) text.port = '';

  const compile = (name, encode, options, caseless) => compileComponent(text[name], encode, options, caseless);
  const protocol = compile('protocol', canonical.protocol, kDefault, false);
  const host = /^[{\\]?\[/.test(text.hostname) && text.hostname.length > 1 ? canonical.ipv6Hostname : canonical.hostname;
  return {
    __proto__: null,
    protocol,
    username: compile('username', canonical.username, kDefault, false),
    password: compile('password', canonical.password, kDefault, false),
    hostname: compile('hostname', host, kHostname, false),
    port: compile('port', (value) => canonical.port(value), kDefault, false),
    pathname: matchesSpecialScheme(protocol) ?
      compile('pathname', canonical.pathname, kPathname, ignoreCase) :
      compile('pathname', canonical.opaquePathname, kDefault, ignoreCase),
    search: compile('search', canonical.search, kDefault, ignoreCase),
    hash: compile('hash', canonical.hash, kDefault, ignoreCase),
  };
}

// Components of what is matched; undefined if it is no URL.
function componentsOf(input, baseURL) {
  if (typeof input !== 'string') {
    try {
      return processInit(input, false, kEmpty);
    } catch {
      return undefined;
    }
  }
  const url = URL.parse(input, baseURL);
  if (url === null) return undefined;
  return {
    protocol: url.protocol.slice(0, -1),
    username: url.username,
    password: url.password,
    hostname: url.hostname,
    port: url.port,
    pathname: url.pathname,
    search: url.search.slice(1),
    hash: url.hash.slice(1),
  };
}

function matchArguments(input, baseURL, action) {
  const converted = toInput(input);
  const base = baseURL === undefined ? undefined : usv(baseURL);
  if (typeof converted !== 'string' && base !== undefined) {
    throw coded(new TypeError(`Failed to ${action} URLPattern`), 'ERR_OPERATION_FAILED');
  }
  return { input: converted, base };
}

class URLPattern {
  #components;

  constructor(input = undefined, baseURL = undefined, options = undefined) {
    let base = baseURL;
    let settings = options;
    // The forms (input, options) and (input, baseURL, options).
    if (settings === undefined && (isObject(base) || base === null)) {
      settings = base;
      base = undefined;
    }
    const converted = toInput(input);
    if (base !== undefined) base = usv(base);
    const ignoreCase = Boolean(settings?.ignoreCase);
    try {
      this.#components = compileAll(converted, base, ignoreCase);
    } catch (error) {
      throw invalidPattern(error);
    }
  }

  get protocol() { return this.#components.protocol.pattern; }
  get username() { return this.#components.username.pattern; }
  get password() { return this.#components.password.pattern; }
  get hostname() { return this.#components.hostname.pattern; }
  get port() { return this.#components.port.pattern; }
  get pathname() { return this.#components.pathname.pattern; }
  get search() { return this.#components.search.pattern; }
  get hash() { return this.#components.hash.pattern; }

  get hasRegExpGroups() {
    return kComponents.some((name) => this.#components[name].hasRegExpGroups);
  }

  test(input = undefined, baseURL = undefined) {
    const { input: text, base } = matchArguments(input, baseURL, 'test');
    const values = componentsOf(text, base);
    return values !== undefined && kComponents.every((name) => this.#components[name].regexp.test(values[name]));
  }

  exec(input = undefined, baseURL = undefined) {
    const { input: text, base } = matchArguments(input, baseURL, 'exec');
    const values = componentsOf(text, base);
    if (values === undefined) return null;
    const given = typeof text === 'string' ? text : { ...text };
    const result = { inputs: base === undefined ? [given] : [given, base] };
    for (const name of kComponents) {
      const { regexp, names } = this.#components[name];
      const match = regexp.exec(values[name]);
      if (match === null) return null;
      const groups = {};
      for (let i = 0; i < names.length; i++) groups[names[i]] = match[i + 1];
      result[name] = { input: values[name], groups };
    }
    return result;
  }

  [customInspectSymbol](depth, options, inspect) {
    if (depth !== null && depth < 0) return this;
    const shown = {};
    for (const name of kComponents) shown[name] = this[name];
    return `URLPattern ${inspect(shown, options)}`;
  }
}

const enumerable = { hasRegExpGroups: kEnumerableProperty, test: kEnumerableProperty, exec: kEnumerableProperty };
for (const name of kComponents) enumerable[name] = kEnumerableProperty;
Object.defineProperties(URLPattern.prototype, {
  ...enumerable,
  [Symbol.toStringTag]: { __proto__: null, configurable: true, value: 'URLPattern' },
});

require('internal/worker/js_transferable').markTransferMode(URLPattern.prototype, false, false);

module.exports = { URLPattern };
