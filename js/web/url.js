'use strict';
// URL: https://url.spec.whatwg.org/#url-class, and the statics of File API
// (createObjectURL).
//
// A URL is its serialization and the positions of its parts in it, both from
// one native call (src/ops/url.rs lists the positions); reading a part is a
// substring. Changes made through searchParams are written back when a part
// that shows them is read.

const binding = internalBinding('url');
const { parseAlone, written } = binding;
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_MISSING_ARGS },
} = require('internal/errors');
const {
  customInspectSymbol, getConstructorOf, kEnumerableProperty, toUSVString,
} = require('internal/util');
const { URLSearchParams, connect, isParams, onChange, setQuery } = require('web/url_search_params');

// Filled by the native parser.
const positions = new Uint32Array(9);

// Numbers of the parts, for binding.update.
const kProtocol = 0;
const kUsername = 1;
const kPassword = 2;
const kHost = 3;
const kHostname = 4;
const kPort = 5;
const kPathname = 6;
const kSearch = 7;
const kHash = 8;

// What parseAlone gives.
const kCanonical = 1;
const kWritten = 2;

let markChanged;
let isURLObject;
// A way round the constructor, for URL.parse.
const kParsed = Symbol('parsed');

// Unlike the coded errors of internal/errors this one has a plain TypeError's
// text form: "TypeError: Invalid URL".
function invalidURL(input, base) {
  const error = new TypeError('Invalid URL');
  error.code = 'ERR_INVALID_URL';
  error.input = input;
  if (base !== undefined) error.base = base;
  return error;
}

// The href of `input`, undefined if it is no URL; `positions` are its parts'. Most URLs are in the form they would get, which is
// quick to see.
function parse(input, base) {
  if (base === undefined) {
    const found = parseAlone(input, positions);
    if (found === kCanonical) return input;
    if (found === kWritten) return written();
  }
  return binding.parse(input, base, positions);
}

class URL {
  #href;
  #schemeEnd = 0;
  #userStart = 0;
  #userEnd = 0;
  #passwordEnd = 0;
  #hostEnd = 0;
  #portEnd = 0;
  #pathStart = 0;
  #queryStart = 0;
  #hashStart = 0;
  #searchParams;
  // Whether #searchParams was changed since #href was made.
  #stale = false;

  static {
    markChanged = (url) => { url.#stale = true; };
    isURLObject = (value) => typeof value === 'object' && value !== null && #href in value;
  }

  constructor(input, base = undefined, how = undefined) {
    if (how === kParsed) {
      this.#take(input);
      return;
    }
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('url');
    input = `${input}`;
    if (base !== undefined) base = `${base}`;
    const href = parse(input, base);
    if (href === undefined) throw invalidURL(input, base);
    this.#take(href);
  }

  static canParse(url, base = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('url');
    url = `${url}`;
    if (base === undefined) return parseAlone(url, positions) !== 0 || binding.canParse(url, undefined);
    return binding.canParse(url, `${base}`);
  }

  static parse(url, base = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('url');
    url = `${url}`;
    const href = parse(url, base !== undefined ? `${base}` : undefined);
    return href === undefined ? null : new URL(href, undefined, kParsed);
  }

  static createObjectURL(object) {
    const { isBlob, storeObject } = require('web/blob');
    if (!isBlob(object)) throw new ERR_INVALID_ARG_TYPE('obj', 'Blob', object);
    return storeObject(object);
  }

  static revokeObjectURL(url) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('url');
    require('web/blob').revokeObject(`${url}`);
  }

  // Takes over what the native side wrote.
  #take(href) {
    this.#href = href;
    this.#schemeEnd = positions[0];
    this.#userStart = positions[1];
    this.#userEnd = positions[2];
    this.#passwordEnd = positions[3];
    this.#hostEnd = positions[4];
    this.#portEnd = positions[5];
    this.#pathStart = positions[6];
    this.#queryStart = positions[7];
    this.#hashStart = positions[8];
  }

  #flush() {
    if (!this.#stale) return;
    this.#stale = false;
    const query = this.#searchParams.toString();
    const href = binding.update(this.#href, kSearch, query, positions);
    if (href !== undefined) this.#take(href);
  }

  #update(part, value) {
    this.#flush();
    const href = binding.update(this.#href, part, value, positions);
    if (href !== undefined) this.#take(href);
  }

  #query() {
    return this.#hashStart > this.#queryStart + 1 ?
      this.#href.slice(this.#queryStart, this.#hashStart) : '';
  }

  #refreshSearchParams() {
    if (this.#searchParams === undefined) return;
    setQuery(this.#searchParams, this.#query().slice(1));
  }

  toString() {
    this.#flush();
    return this.#href;
  }

  toJSON() {
    this.#flush();
    return this.#href;
  }

  get href() {
    this.#flush();
    return this.#href;
  }

  set href(value) {
    const before = this.#href;
    value = `${value}`;
    const href = parse(value, undefined);
    if (href === undefined) throw invalidURL(value);
    this.#stale = false;
    if (href === before) return;
    this.#take(href);
    this.#refreshSearchParams();
  }

  get origin() {
    const href = this.#href;
    const protocol = href.slice(0, this.#schemeEnd);
    switch (protocol) {
      case 'http':
      case 'https':
      case 'ws':
      case 'wss':
      case 'ftp':
        return `${protocol}://${this.#hostPart()}`;
      case 'blob': {
        const inner = URL.parse(href.slice(this.#pathStart, this.#queryStart));
        if (inner !== null && (inner.protocol === 'http:' || inner.protocol === 'https:')) {
          return inner.origin;
        }
        return 'null';
      }
      default:
        return 'null';
    }
  }

  #hostStart() {
    return this.#passwordEnd + (this.#href.charCodeAt(this.#passwordEnd) === 64 ? 1 : 0);
  }

  #hostPart() {
    return this.#href.slice(this.#hostStart(), this.#portEnd);
  }

  get protocol() {
    return this.#href.slice(0, this.#schemeEnd + 1);
  }

  set protocol(value) {
    if (this.#href !== undefined) this.#update(kProtocol, `${value}`);
  }

  get username() {
    return this.#href.slice(this.#userStart, this.#userEnd);
  }

  set username(value) {
    if (this.#href !== undefined) this.#update(kUsername, `${value}`);
  }

  get password() {
    return this.#passwordEnd > this.#userEnd ?
      this.#href.slice(this.#userEnd + 1, this.#passwordEnd) : '';
  }

  set password(value) {
    if (this.#href !== undefined) this.#update(kPassword, `${value}`);
  }

  get host() {
    return this.#href === undefined ? '' : this.#hostPart();
  }

  set host(value) {
    if (this.#href !== undefined) this.#update(kHost, `${value}`);
  }

  get hostname() {
    return this.#href === undefined ? '' : this.#href.slice(this.#hostStart(), this.#hostEnd);
  }

  set hostname(value) {
    if (this.#href !== undefined) this.#update(kHostname, `${value}`);
  }

  get port() {
    return this.#portEnd > this.#hostEnd ? this.#href.slice(this.#hostEnd + 1, this.#portEnd) : '';
  }

  set port(value) {
    if (this.#href !== undefined) this.#update(kPort, `${value}`);
  }

  get pathname() {
    return this.#href.slice(this.#pathStart, this.#queryStart);
  }

  set pathname(value) {
    if (this.#href !== undefined) this.#update(kPathname, `${value}`);
  }

  get search() {
    this.#flush();
    return this.#query();
  }

  set search(value) {
    if (this.#href === undefined) return;
    value = toUSVString(value);
    this.#stale = false;
    this.#update(kSearch, value);
    this.#refreshSearchParams();
  }

  get searchParams() {
    let params = this.#searchParams;
    if (params === undefined) {
      params = this.#searchParams = new URLSearchParams(this.#query());
      connect(params, this);
    }
    return params;
  }

  get hash() {
    return this.#href.length > this.#hashStart + 1 ? this.#href.slice(this.#hashStart) : '';
  }

  set hash(value) {
    if (this.#href !== undefined) this.#update(kHash, `${value}`);
  }

  [customInspectSymbol](depth, options) {
    if (!(#href in this) || (typeof depth === 'number' && depth < 0)) return this;
    const constructor = getConstructorOf(this) ?? URL;
    const shown = {};
    for (const name of [
      'href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname',
      'search', 'searchParams', 'hash',
    ]) {
      shown[name] = this[name];
    }
    if (options?.showHidden) {
      shown[Symbol('context')] = new URLContext(this.#href, [
        this.#schemeEnd, this.#userEnd, this.#passwordEnd, this.#hostEnd, this.#pathStart,
        this.#queryStart, this.#hashStart,
      ], this.port, this.protocol);
    }
    return `${constructor.name} ${require('internal/util/inspect').inspect(shown, options)}`;
  }
}

// What util.inspect(url, { showHidden: true }) shows: the positions, under the
// names Node's users know them by.
const kOmitted = 4294967295;
const schemeTypes = ['http:', '', 'https:', 'ws:', 'ftp:', 'wss:', 'file:'];

class URLContext {
  constructor(href, [schemeEnd, userEnd, passwordEnd, hostEnd, pathStart, queryStart, hashStart],
              port, protocol) {
    this.href = href;
    this.protocol_end = schemeEnd + 1;
    this.username_end = userEnd;
    this.host_start = passwordEnd;
    this.host_end = hostEnd;
    this.pathname_start = pathStart;
    this.search_start = hashStart > queryStart ? queryStart : kOmitted;
    this.hash_start = href.length > hashStart ? hashStart : kOmitted;
    this.port = port === '' ? kOmitted : +port;
    const type = schemeTypes.indexOf(protocol);
    this.scheme_type = type === -1 ? 1 : type;
  }

  get hasPort() { return this.port !== kOmitted; }
  get hasSearch() { return this.search_start !== kOmitted; }
  get hasHash() { return this.hash_start !== kOmitted; }
}

Object.defineProperties(URL, {
  canParse: { __proto__: null, configurable: true, writable: true, enumerable: true },
  parse: { __proto__: null, configurable: true, writable: true, enumerable: true },
  createObjectURL: kEnumerableProperty,
  revokeObjectURL: kEnumerableProperty,
});

Object.defineProperties(URL.prototype, {
  [Symbol.toStringTag]: { __proto__: null, configurable: true, value: 'URL' },
});
for (const name of [
  'toString', 'href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port',
  'pathname', 'search', 'searchParams', 'hash', 'toJSON',
]) {
  Object.defineProperty(URL.prototype, name, kEnumerableProperty);
}
// The third parameter is not the world's business.
Object.defineProperty(URL, 'length', { __proto__: null, value: 1, configurable: true });

onChange(markChanged);

// Neither is an object that the structured clone algorithm knows.
const { markTransferMode } = require('internal/worker/js_transferable');
markTransferMode(URL.prototype, false, false);
markTransferMode(URLSearchParams.prototype, false, false);

module.exports = { URL, URLSearchParams, isURLObject, isURLSearchParams: isParams };
