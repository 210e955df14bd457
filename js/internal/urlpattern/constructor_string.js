'use strict';
// The short form of a pattern ("https://*.example.com/:id") cut into its
// components: https://urlpattern.spec.whatwg.org/#constructor-string-parsing.

const canonical = require('internal/urlpattern/canonical');
const { compileComponent, kDefault, tokenize } = require('internal/urlpattern/syntax');

// In the order in which they stand in a URL.
const kOrder = ['protocol', 'authority', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'];

function between(state, first, last) {
  const rank = kOrder.indexOf(state);
  return rank >= kOrder.indexOf(first) && rank <= kOrder.indexOf(last);
}

function matchesSpecialScheme(component) {
  return canonical.specialSchemes.some((scheme) => component.regexp.test(scheme));
}

class Parser {
  result = { __proto__: null };
  #points;
  #tokens;
  #start = 0;
  #index = 0;
  #step = 1;
  #groups = 0;
  #brackets = 0;
  #special = false;
  #state = 'init';

  constructor(input) {
    this.#points = Array.from(input);
    this.#tokens = tokenize(this.#points, true);
  }

  run() {
    for (; this.#index < this.#tokens.length; this.#index += this.#step) {
      this.#step = 1;
      const { type } = this.#tokens[this.#index];
      if (type === 'end') {
        if (this.#atEnd()) break;
        continue;
      }
      if (type === 'open') {
        this.#groups++;
        continue;
      }
      if (this.#groups > 0) {
        if (type !== 'close') continue;
        this.#groups--;
      }
      this.#token();
    }
    if (this.result.hostname !== undefined && this.result.port === undefined) this.result.port = '';
    return this.result;
  }

  // True when all is read.
  #atEnd() {
    if (this.#state === 'init') {
      // No protocol: it is relative to a base URL.
      this.#rewind('init');
      if (this.#is('#')) this.#change('hash', 1);
      else if (this.#isSearch()) this.#change('search', 1);
      else this.#change('pathname', 0);
      return false;
    }
    if (this.#state === 'authority') {
      this.#rewind('hostname');
      return false;
    }
    this.#change('done', 0);
    return true;
  }

  #token() {
    switch (this.#state) {
      case 'init':
        if (this.#is(':')) this.#rewind('protocol');
        break;
      case 'protocol':
        if (this.#is(':')) this.#afterProtocol();
        break;
      case 'authority':
        if (this.#is('@')) this.#rewind('username');
        else if (this.#is('/') || this.#isSearch() || this.#is('#')) this.#rewind('hostname');
        break;
      case 'username':
        if (this.#is(':')) this.#change('password', 1);
        else if (this.#is('@')) this.#change('hostname', 1);
        break;
      case 'password':
        if (this.#is('@')) this.#change('hostname', 1);
        break;
      case 'hostname':
        if (this.#is('[')) this.#brackets++;
        else if (this.#is(']')) this.#brackets--;
        else if (this.#is(':') && this.#brackets === 0) this.#change('port', 1);
        else this.#tail();
        break;
      case 'port':
      case 'pathname':
      case 'search':
        this.#tail();
        break;
    }
  }

  // The starts of the last three components.
  #tail() {
    if (this.#is('/') && between(this.#state, 'hostname', 'port')) this.#change('pathname', 0);
    else if (this.#state !== 'search' && this.#isSearch()) this.#change('search', 1);
    else if (this.#is('#')) this.#change('hash', 1);
  }

  #afterProtocol() {
    const component = compileComponent(this.#text(), canonical.protocol, kDefault, false);
    this.#special = matchesSpecialScheme(component);
    if (this.#isAt(this.#index + 1, '/') && this.#isAt(this.#index + 2, '/')) this.#change('authority', 3);
    else this.#change(this.#special ? 'authority' : 'pathname', 1);
  }

  #change(state, skip) {
    const { result } = this;
    const from = this.#state;
    if (from !== 'init' && from !== 'authority') result[from] = this.#text();
    if (from !== 'init' && state !== 'done') {
      // What was left out before something that was written is empty.
      if (between(from, 'protocol', 'password') && between(state, 'port', 'hash')) result.hostname ??= '';
      if (between(from, 'protocol', 'port') && between(state, 'search', 'hash')) {
        result.pathname ??= this.#special ? '/' : '';
      }
      if (between(from, 'protocol', 'pathname') && state === 'hash') result.search ??= '';
    }
    this.#state = state;
    this.#index += skip;
    this.#start = this.#index;
    this.#step = 0;
  }

  #rewind(state) {
    this.#index = this.#start;
    this.#step = 0;
    this.#state = state;
  }

  #at(index) {
    return this.#tokens[Math.min(index, this.#tokens.length - 1)];
  }

  #isAt(index, value) {
    const token = this.#at(index);
    return token.value === value &&
      (token.type === 'char' || token.type === 'escaped-char' || token.type === 'invalid-char');
  }

  #is(value) {
    return this.#isAt(this.#index, value);
  }

  // A question mark after something that takes a modifier is one.
  #isSearch() {
    if (this.#is('?')) return true;
    if (this.#at(this.#index).value !== '?') return false;
    if (this.#index === 0) return true;
    const { type } = this.#at(this.#index - 1);
    return type !== 'name' && type !== 'regexp' && type !== 'close' && type !== 'asterisk';
  }

  #text() {
    return this.#points.slice(this.#at(this.#start).index, this.#at(this.#index).index).join('');
  }
}

function parseConstructorString(input) {
  return new Parser(input).run();
}

module.exports = { matchesSpecialScheme, parseConstructorString };
