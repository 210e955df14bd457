'use strict';
// URLSearchParams: https://url.spec.whatwg.org/#interface-urlsearchparams
//
// The pairs are kept flat, [name, value, name, value ...]. A list that belongs
// to a URL tells it of every change through the function given to `connect`;
// the URL serializes the list only when somebody looks.

const {
  codes: { ERR_ARG_NOT_ITERABLE, ERR_INVALID_THIS, ERR_INVALID_TUPLE, ERR_MISSING_ARGS },
} = require('internal/errors');
const { customInspectSymbol, kEnumerableProperty, removeColors, toUSVString } = require('internal/util');
const { validateFunction } = require('internal/validators');

// ---- application/x-www-form-urlencoded -----------------------------------------

function hexValue(code) {
  if (code >= 48 && code <= 57) return code - 48;
  code |= 32;
  return code >= 97 && code <= 102 ? code - 87 : -1;
}

// Percent-decodes text that decodeURIComponent refuses: stray percent signs
// stay, bytes that are no UTF-8 become U+FFFD.
function decodeLeniently(text) {
  const { Buffer } = require('buffer');
  const bytes = Buffer.from(text);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i];
    if (byte === 0x25 && i + 2 < bytes.length) {
      const high = hexValue(bytes[i + 1]);
      const low = hexValue(bytes[i + 2]);
      if (high >= 0 && low >= 0) {
        byte = high << 4 | low;
        i += 2;
      }
    }
    bytes[length++] = byte;
  }
  return bytes.utf8Slice(0, length);
}

function decode(text) {
  if (text.includes('+')) text = text.replaceAll('+', ' ');
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return decodeLeniently(text);
  }
}

function asIs(text) {
  return text;
}

function parse(query) {
  const list = [];
  // Most queries have nothing to decode, which is told once for all their parts.
  const decodePart = query.includes('%') || query.includes('+') ? decode : asIs;
  let start = 0;
  while (start < query.length) {
    let end = query.indexOf('&', start);
    if (end === -1) end = query.length;
    if (end > start) {
      let equals = query.indexOf('=', start);
      if (equals === -1 || equals > end) equals = end;
      list.push(decodePart(query.slice(start, equals)), decodePart(query.slice(equals + 1, end)));
    }
    start = end + 1;
  }
  return list;
}

const plain = /^[A-Za-z0-9*\-._]*$/;
// What encodeURIComponent writes differently from this encoding.
const adjusted = /[!'()~]|%20/g;
const adjustments = {
  '__proto__': null,
  '!': '%21', "'": '%27', '(': '%28', ')': '%29', '~': '%7E', '%20': '+',
};

function encode(text) {
  if (plain.test(text)) return text;
  return encodeURIComponent(text).replace(adjusted, (found) => adjustments[found]);
}

function serialize(list) {
  let text = '';
  for (let i = 0; i < list.length; i += 2) {
    text += `${i === 0 ? '' : '&'}${encode(list[i])}=${encode(list[i + 1])}`;
  }
  return text;
}

// ---- construction ----------------------------------------------------------------

function fromPairs(pairs) {
  const list = [];
  for (const pair of pairs) {
    if (pair === null || (typeof pair !== 'object' && typeof pair !== 'function') ||
        typeof pair[Symbol.iterator] !== 'function') {
      throw new ERR_INVALID_TUPLE('Each query pair', '[name, value]');
    }
    const items = [];
    for (const item of pair) items.push(toUSVString(item));
    if (items.length !== 2) throw new ERR_INVALID_TUPLE('Each query pair', '[name, value]');
    list.push(items[0], items[1]);
  }
  return list;
}

function fromRecord(record) {
  const list = [];
  // Names that differ only in lone surrogates are one name; the last value counts.
  const positions = new Map();
  for (const key of Reflect.ownKeys(record)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(record, key);
    if (descriptor === undefined || !descriptor.enumerable) continue;
    const name = toUSVString(key);
    const value = toUSVString(record[key]);
    const known = positions.get(name);
    if (known !== undefined) {
      list[known] = value;
    } else {
      positions.set(name, list.length + 1);
      list.push(name, value);
    }
  }
  return list;
}

// ---- the class ------------------------------------------------------------------------

let listOf;
let isParams;
let connect;
let setQuery;
// Set by web/url.js: told which URL's list was changed.
let changed;

class URLSearchParams {
  #list = [];
  #owner = null;

  static {
    listOf = (params) => params.#list;
    isParams = (value) => typeof value === 'object' && value !== null && #list in value;
    connect = (params, owner) => { params.#owner = owner; };
    setQuery = (params, query) => { params.#list = query === '' ? [] : parse(query); };
  }

  constructor(init = undefined) {
    if (init === undefined || init === null) return;
    if (typeof init !== 'object' && typeof init !== 'function') {
      const query = toUSVString(init);
      this.#list = parse(query[0] === '?' ? query.slice(1) : query);
      return;
    }
    const method = init[Symbol.iterator];
    if (method === this[Symbol.iterator] && #list in init) {
      this.#list = init.#list.slice();
    } else if (method === null || method === undefined) {
      this.#list = fromRecord(init);
    } else if (typeof method !== 'function') {
      throw new ERR_ARG_NOT_ITERABLE('Query pairs');
    } else {
      this.#list = fromPairs(init);
    }
  }

  #changed() {
    if (this.#owner !== null) changed(this.#owner);
  }

  get size() {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    return this.#list.length / 2;
  }

  append(name, value) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    if (arguments.length < 2) throw new ERR_MISSING_ARGS('name', 'value');
    name = toUSVString(name);
    value = toUSVString(value);
    this.#list.push(name, value);
    this.#changed();
  }

  delete(name, value = undefined) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    if (arguments.length < 1) throw new ERR_MISSING_ARGS('name');
    name = toUSVString(name);
    if (value !== undefined) value = toUSVString(value);
    const list = this.#list;
    let kept = 0;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === name && (value === undefined || list[i + 1] === value)) continue;
      list[kept++] = list[i];
      list[kept++] = list[i + 1];
    }
    list.length = kept;
    this.#changed();
  }

  get(name) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    if (arguments.length < 1) throw new ERR_MISSING_ARGS('name');
    name = toUSVString(name);
    const list = this.#list;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === name) return list[i + 1];
    }
    return null;
  }

  getAll(name) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    if (arguments.length < 1) throw new ERR_MISSING_ARGS('name');
    name = toUSVString(name);
    const list = this.#list;
    const values = [];
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === name) values.push(list[i + 1]);
    }
    return values;
  }

  has(name, value = undefined) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    if (arguments.length < 1) throw new ERR_MISSING_ARGS('name');
    name = toUSVString(name);
    if (value !== undefined) value = toUSVString(value);
    const list = this.#list;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === name && (value === undefined || list[i + 1] === value)) return true;
    }
    return false;
  }

  set(name, value) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    if (arguments.length < 2) throw new ERR_MISSING_ARGS('name', 'value');
    name = toUSVString(name);
    value = toUSVString(value);
    // The first pair of that name takes the value, the others go.
    const list = this.#list;
    let kept = 0;
    let found = false;
    for (let i = 0; i < list.length; i += 2) {
      const same = list[i] === name;
      if (same && found) continue;
      list[kept++] = list[i];
      list[kept++] = same ? value : list[i + 1];
      found ||= same;
    }
    list.length = kept;
    if (!found) list.push(name, value);
    this.#changed();
  }

  sort() {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    const list = this.#list;
    const pairs = [];
    for (let i = 0; i < list.length; i += 2) pairs.push([list[i], list[i + 1]]);
    // By code units, and stable, which is what comparing strings and sort() are.
    pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    for (let i = 0; i < pairs.length; i++) {
      list[2 * i] = pairs[i][0];
      list[2 * i + 1] = pairs[i][1];
    }
    this.#changed();
  }

  entries() {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    return new URLSearchParamsIterator(this, kPairs);
  }

  forEach(callback, thisArg = undefined) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    validateFunction(callback, 'callback');
    // The list may change meanwhile, hence its length is read anew.
    for (let i = 0; i < this.#list.length; i += 2) {
      Reflect.apply(callback, thisArg, [this.#list[i + 1], this.#list[i], this]);
    }
  }

  keys() {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    return new URLSearchParamsIterator(this, kNames);
  }

  values() {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    return new URLSearchParamsIterator(this, kValues);
  }

  toString() {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    return serialize(this.#list);
  }

  [customInspectSymbol](recurseTimes, ctx) {
    if (!isParams(this)) throw new ERR_INVALID_THIS('URLSearchParams');
    if (typeof recurseTimes === 'number' && recurseTimes < 0) {
      return ctx.stylize('[Object]', 'special');
    }
    const { inspect } = require('internal/util/inspect');
    const inner = { ...ctx };
    if (typeof recurseTimes === 'number') inner.depth = recurseTimes - 1;
    const list = this.#list;
    const parts = [];
    for (let i = 0; i < list.length; i += 2) {
      parts.push(`${inspect(list[i], inner)} => ${inspect(list[i + 1], inner)}`);
    }
    if (parts.length === 0) return `${this.constructor.name} {}`;
    return `${this.constructor.name} ${joinParts(parts, ctx)}`;
  }
}

// On one line if that is short enough.
function joinParts(parts, ctx) {
  let length = -2;
  for (const part of parts) length += removeColors(part).length + 2;
  return length > ctx.breakLength ? `{\n  ${parts.join(',\n  ')} }` : `{ ${parts.join(', ')} }`;
}

for (const name of [
  'append', 'delete', 'get', 'getAll', 'has', 'set', 'sort', 'entries', 'forEach', 'keys', 'values',
  'toString', 'size',
]) {
  Object.defineProperty(URLSearchParams.prototype, name, kEnumerableProperty);
}
Object.defineProperties(URLSearchParams.prototype, {
  [Symbol.toStringTag]: { __proto__: null, configurable: true, value: 'URLSearchParams' },
  // https://webidl.spec.whatwg.org/#es-iterable-entries
  [Symbol.iterator]: {
    __proto__: null, configurable: true, writable: true, value: URLSearchParams.prototype.entries,
  },
});

// ---- iterating -----------------------------------------------------------------------

const kPairs = 0;
const kNames = 1;
const kValues = 2;

function pick(list, index, kind) {
  if (kind === kNames) return list[index];
  if (kind === kValues) return list[index + 1];
  return [list[index], list[index + 1]];
}

class URLSearchParamsIterator {
  #params;
  #kind;
  #index = 0;

  constructor(params, kind) {
    this.#params = params;
    this.#kind = kind;
  }

  next() {
    if (typeof this !== 'object' || this === null || !(#params in this)) {
      throw new ERR_INVALID_THIS('URLSearchParamsIterator');
    }
    const list = listOf(this.#params);
    if (this.#index >= list.length) return { done: true, value: undefined };
    const value = pick(list, this.#index, this.#kind);
    this.#index += 2;
    return { done: false, value };
  }

  [customInspectSymbol](recurseTimes, ctx) {
    if (typeof this !== 'object' || this === null || !(#params in this)) {
      throw new ERR_INVALID_THIS('URLSearchParamsIterator');
    }
    if (typeof recurseTimes === 'number' && recurseTimes < 0) {
      return ctx.stylize('[Object]', 'special');
    }
    const { inspect } = require('internal/util/inspect');
    const inner = { ...ctx };
    if (typeof recurseTimes === 'number') inner.depth = recurseTimes - 1;
    const list = listOf(this.#params);
    const parts = [];
    for (let i = this.#index; i < list.length; i += 2) {
      parts.push(inspect(pick(list, i, this.#kind), inner));
    }
    return `${this[Symbol.toStringTag]} ${joinParts(parts, ctx)}`;
  }
}

// https://webidl.spec.whatwg.org/#es-iterator-prototype-object
delete URLSearchParamsIterator.prototype.constructor;
Object.setPrototypeOf(URLSearchParamsIterator.prototype,
                      Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));
Object.defineProperties(URLSearchParamsIterator.prototype, {
  [Symbol.toStringTag]: { __proto__: null, configurable: true, value: 'URLSearchParams Iterator' },
  next: kEnumerableProperty,
});

module.exports = {
  URLSearchParams,
  connect,
  isParams,
  onChange(listener) { changed = listener; },
  setQuery,
};
