'use strict';
// URLPattern, after the URL Pattern Standard (urlpattern.spec.whatwg.org). The native side (src/ops/url_pattern.rs) turns
// a pattern into one regular expression for each component of a URL; matching is here.

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_URL_PATTERN },
} = require('internal/errors');
const binding = internalBinding('url_pattern');

const COMPONENTS = ['protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'];
const MEMBERS = [...COMPONENTS, 'baseURL'];
const customInspect = Symbol.for('nodejs.util.inspect.custom');

const toText = (value) => `${value}`.toWellFormed();
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

// A string or a URLPatternInit dictionary, as the conversions of Web IDL make it.
function readInput(input) {
  if (input === undefined) return {};
  if (!isObject(input)) return toText(input);
  const init = {};
  for (const name of MEMBERS) {
    const value = input[name];
    if (value !== undefined) init[name] = toText(value);
  }
  return init;
}

// A dictionary has its base URL inside.
const isBaseTwice = (input, base) => base !== undefined && typeof input !== 'string';

// The components of what is to be matched, or undefined where it is no URL.
function componentsOf(input, base) {
  if (typeof input !== 'string') return binding.components(input);
  const { URL } = require('web/url');
  const url = URL.parse(input, base);
  if (url === null) return undefined;
  return [
    url.protocol.slice(0, -1), url.username, url.password, url.hostname, url.port, url.pathname, url.search.slice(1),
    url.hash.slice(1),
  ];
}

class URLPattern {
  // By component: `{ pattern, regexp, names }`.
  #parts;
  #hasRegExpGroups;

  constructor(input = undefined, baseURL = undefined, options = undefined) {
    if (isObject(baseURL) && options === undefined) {
      options = baseURL;
      baseURL = undefined;
    }
    if (options !== undefined && options !== null && !isObject(options)) {
      throw new ERR_INVALID_ARG_TYPE('options', 'object', options);
    }
    const pattern = readInput(input);
    const base = baseURL === undefined ? undefined : toText(baseURL);
    if (isBaseTwice(pattern, base)) throw new ERR_INVALID_URL_PATTERN('Failed to construct URLPattern');
    const ignoreCase = Boolean(options?.ignoreCase);
    const parsed = binding.parse(pattern, base, ignoreCase);
    // The crate writes for this flag; the standard's 'v' would want more escapes.
    const flags = ignoreCase ? 'ui' : 'u';
    this.#hasRegExpGroups = parsed.hasRegexpGroups;
    this.#parts = COMPONENTS.map((name) => {
      const { patternString, regexpString, groupNameList } = parsed[name];
      let regexp;
      try {
        regexp = new RegExp(regexpString, flags);
      } catch (error) {
        throw new ERR_INVALID_URL_PATTERN(`Failed to construct URLPattern: ${name}: ${error.message}`);
      }
      return { pattern: patternString, regexp, names: groupNameList };
    });
  }

  get protocol() { return this.#parts[0].pattern; }
  get username() { return this.#parts[1].pattern; }
  get password() { return this.#parts[2].pattern; }
  get hostname() { return this.#parts[3].pattern; }
  get port() { return this.#parts[4].pattern; }
  get pathname() { return this.#parts[5].pattern; }
  get search() { return this.#parts[6].pattern; }
  get hash() { return this.#parts[7].pattern; }
  get hasRegExpGroups() { return this.#hasRegExpGroups; }

  test(input = undefined, baseURL = undefined) {
    const values = this.#read(readInput(input), baseURL, 'test');
    return values !== undefined && this.#parts.every(({ regexp }, i) => regexp.test(values[i]));
  }

  exec(input = undefined, baseURL = undefined) {
    const read = readInput(input);
    const values = this.#read(read, baseURL, 'exec');
    if (values === undefined) return null;
    const result = { inputs: baseURL === undefined ? [read] : [read, toText(baseURL)] };
    for (let i = 0; i < COMPONENTS.length; i++) {
      const { regexp, names } = this.#parts[i];
      const match = regexp.exec(values[i]);
      if (match === null) return null;
      const groups = {};
      for (let g = 0; g < names.length; g++) groups[names[g]] = match[g + 1];
      result[COMPONENTS[i]] = { input: values[i], groups };
    }
    return result;
  }

  #read(input, baseURL, action) {
    const base = baseURL === undefined ? undefined : toText(baseURL);
    if (isBaseTwice(input, base)) {
      const error = new TypeError(`Failed to ${action} URLPattern`);
      error.code = 'ERR_OPERATION_FAILED';
      throw error;
    }
    return componentsOf(input, base);
  }

  [customInspect](depth, options) {
    if (depth < 0) return '[URLPattern]';
    const shown = {};
    for (const name of [...COMPONENTS, 'hasRegExpGroups']) shown[name] = this[name];
    return `URLPattern ${require('internal/util/inspect').inspect(shown, { ...options, depth: null })}`;
  }
}

for (const name of [...COMPONENTS, 'hasRegExpGroups', 'test', 'exec']) {
  Object.defineProperty(URLPattern.prototype, name, { __proto__: null, enumerable: true });
}
Object.defineProperty(URLPattern.prototype, Symbol.toStringTag, { __proto__: null, value: 'URLPattern', configurable: true });

module.exports = { URLPattern };
