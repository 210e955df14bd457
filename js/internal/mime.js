'use strict';
// util.MIMEType and util.MIMEParams, after https://mimesniff.spec.whatwg.org/.

const { codes: { ERR_INVALID_MIME_SYNTAX } } = require('internal/errors');

const notToken = /[^!#$%&'*+\-.^_`|~A-Za-z0-9]/g;
const notQuotable = /[^\t\u0020-~\u0080-\u00FF]/g;
const leadingBlanks = /[^\r\n\t ]|$/;
const trailingBlanks = /[\r\n\t ]*$/;

function firstMatch(pattern, text) {
  return text.search(pattern);
}

function toLower(text) {
  // ASCII only: the specification knows no other letters here.
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function checkToken(what, text, whole = text, missing = false) {
  const bad = firstMatch(notToken, text);
  if (text === '' || bad !== -1 || missing) {
    throw new ERR_INVALID_MIME_SYNTAX(what, whole, bad);
  }
}

// [type, subtype, text of the parameters]
function parseEssence(text) {
  let position = firstMatch(leadingBlanks, text);
  const slash = text.indexOf('/', position);
  const type = slash === -1 ? text.slice(position) : text.slice(position, slash);
  checkToken('type', type, text, slash === -1);
  position = slash + 1;
  const semicolon = text.indexOf(';', position);
  const rawSubtype = semicolon === -1 ? text.slice(position) : text.slice(position, semicolon);
  const subtype = rawSubtype.replace(trailingBlanks, '');
  checkToken('subtype', subtype, text);
  return [toLower(type), toLower(subtype), semicolon === -1 ? '' : text.slice(semicolon + 1)];
}

// Text in quotes, from the opening one on: [value, position after it].
function collectQuoted(text, position) {
  let value = '';
  for (position++; position < text.length; position++) {
    const char = text[position];
    if (char === '"') {
      position++;
      break;
    }
    if (char === '\\') {
      position++;
      value += position < text.length ? text[position] : '\\';
    } else {
      value += char;
    }
  }
  return [value, position];
}

function encodeValue(value) {
  if (value.length === 0) return '""';
  if (firstMatch(notToken, value) === -1) return value;
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

class MIMEParams {
  #map = new Map();

  static fromText(text) {
    const params = new MIMEParams();
    params.#parse(text);
    return params;
  }

  delete(name) {
    this.#map.delete(`${name}`);
  }

  get(name) {
    const key = `${name}`;
    return this.#map.has(key) ? this.#map.get(key) : null;
  }

  has(name) {
    return this.#map.has(`${name}`);
  }

  set(name, value) {
    const key = `${name}`;
    const text = `${value}`;
    checkToken('parameter name', key);
    const bad = firstMatch(notQuotable, text);
    if (bad !== -1) throw new ERR_INVALID_MIME_SYNTAX('parameter value', text, bad);
    this.#map.set(key, text);
  }

  *entries() {
    yield* this.#map.entries();
  }

  *keys() {
    yield* this.#map.keys();
  }

  *values() {
    yield* this.#map.values();
  }

  toString() {
    let text = '';
    for (const [key, value] of this.#map) {
      text += `${text === '' ? '' : ';'}${key}=${encodeValue(value)}`;
    }
    return text;
  }

  // What is malformed is dropped, and of repeated names the first counts.
  #parse(text) {
    let position = 0;
    while (position < text.length) {
      position += firstMatch(leadingBlanks, text.slice(position));
      let end = position;
      while (end < text.length && text[end] !== ';' && text[end] !== '=') end++;
      const name = toLower(text.slice(position, end));
      position = end;
      if (position >= text.length) break;
      if (text[position] === ';') {
        position++;
        continue;
      }
      position++;
      let value;
      if (text[position] === '"') {
        [value, position] = collectQuoted(text, position);
        const next = text.indexOf(';', position);
        position = next === -1 ? text.length : next + 1;
      } else {
        let next = text.indexOf(';', position);
        if (next === -1) next = text.length;
        value = text.slice(position, next).replace(trailingBlanks, '');
        position = next + 1;
        if (value === '') continue;
      }
      if (name !== '' && firstMatch(notToken, name) === -1 &&
          firstMatch(notQuotable, value) === -1 && !this.#map.has(name)) {
        this.#map.set(name, value);
      }
    }
  }
}
const { fromText } = MIMEParams;
delete MIMEParams.fromText;
Object.defineProperties(MIMEParams.prototype, {
  toJSON: {
    __proto__: null, configurable: true, writable: true, value: MIMEParams.prototype.toString,
  },
  [Symbol.iterator]: {
    __proto__: null, configurable: true, writable: true, value: MIMEParams.prototype.entries,
  },
});

class MIMEType {
  #type;
  #subtype;
  #params;

  // As the constructor, with null for what is no MIME type.
  static parse(input) {
    try {
      return new MIMEType(input);
    } catch {
      return null;
    }
  }

  constructor(input) {
    const [type, subtype, params] = parseEssence(`${input}`);
    this.#type = type;
    this.#subtype = subtype;
    this.#params = fromText(params);
  }

  get type() {
    return this.#type;
  }

  set type(value) {
    const text = `${value}`;
    checkToken('type', text);
    this.#type = toLower(text);
  }

  get subtype() {
    return this.#subtype;
  }

  set subtype(value) {
    const text = `${value}`;
    checkToken('subtype', text);
    this.#subtype = toLower(text);
  }

  get essence() {
    return `${this.#type}/${this.#subtype}`;
  }

  get params() {
    return this.#params;
  }

  toString() {
    const params = this.#params.toString();
    return params === '' ? this.essence : `${this.essence};${params}`;
  }
}
Object.defineProperties(MIMEType.prototype, {
  toJSON: {
    __proto__: null, configurable: true, writable: true, value: MIMEType.prototype.toString,
  },
});

module.exports = { MIMEParams, MIMEType };
