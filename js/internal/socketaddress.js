'use strict';

// net.SocketAddress: an address, a port, and for IPv6 a flow label, checked and in its canonical text (RFC 5952).

const { codes } = require('internal/errors');
const { customInspectSymbol } = require('internal/util');
const { isIPv4, isIPv6 } = require('internal/net/ip');
const { kClone, kDeserialize, markTransferMode } = require('internal/worker/js_transferable');
const { validateObject, validatePort, validateString, validateUint32 } = require('internal/validators');

// The address as a number of 128 bits; IPv4 mapped into IPv6.
const kValue = Symbol('value');

const MAPPED = 0xffff00000000n;

function v4Number(text) {
  let number = 0;
  for (const part of text.split('.')) number = number * 256 + Number(part);
  return number;
}

// The eight groups of a valid IPv6 address.
function groupsOf(text) {
  const zone = text.indexOf('%');
  if (zone !== -1) text = text.slice(0, zone);
  const dot = text.indexOf('.');
  if (dot !== -1) {
    const start = text.lastIndexOf(':') + 1;
    const number = v4Number(text.slice(start));
    text = `${text.slice(0, start)}${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`;
  }
  const parse = (part) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const gap = text.indexOf('::');
  if (gap === -1) return parse(text);
  const head = parse(text.slice(0, gap));
  const tail = parse(text.slice(gap + 2));
  return [...head, ...new Array(8 - head.length - tail.length).fill(0), ...tail];
}

function textOf(groups) {
  // The longest run of zeros, the first of several, is left out.
  let start = -1;
  let longest = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > longest) {
      start = i;
      longest = end - i;
    }
    if (end > i) i = end;
  }
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (isMapped) {
    const bytes = [groups[6] >> 8, groups[6] & 255, groups[7] >> 8, groups[7] & 255];
    return `::ffff:${bytes.join('.')}`;
  }
  const hex = groups.map((group) => group.toString(16));
  if (start === -1) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + longest).join(':')}`;
}

class SocketAddress {
  #address;
  #family;
  #port;
  #flowlabel;

  static isSocketAddress(value) {
    return typeof value === 'object' && value !== null && #address in value;
  }

  constructor(options = {}) {
    validateObject(options, 'options');
    let { family = 'ipv4' } = options;
    if (typeof family === 'string') family = family.toLowerCase();
    if (family !== 'ipv4' && family !== 'ipv6') {
      throw new codes.ERR_INVALID_ARG_VALUE('options.family', options.family);
    }
    const { address = family === 'ipv4' ? '127.0.0.1' : '::', port = 0, flowlabel = 0 } = options;
    validateString(address, 'options.address');
    validatePort(port, 'options.port');
    validateUint32(flowlabel, 'options.flowlabel', false);
    if (!(family === 'ipv4' ? isIPv4(address) : isIPv6(address))) throw new codes.ERR_INVALID_ADDRESS();

    this.#family = family;
    this.#port = port | 0;
    this.#flowlabel = family === 'ipv6' ? flowlabel : 0;
    if (family === 'ipv4') {
      this.#address = address;
    } else {
      const groups = groupsOf(address);
      this.#address = textOf(groups);
    }
  }

  get [kValue]() {
    if (this.#family === 'ipv4') return MAPPED | BigInt(v4Number(this.#address));
    return groupsOf(this.#address).reduce((number, group) => (number << 16n) | BigInt(group), 0n);
  }

  get address() {
    return this.#address;
  }

  get port() {
    return this.#port;
  }

  get family() {
    return this.#family;
  }

  get flowlabel() {
    return this.#flowlabel;
  }

  toJSON() {
    return { address: this.#address, port: this.#port, family: this.#family, flowlabel: this.#flowlabel };
  }

  [kClone]() {
    return { data: this.toJSON(), deserializeInfo: 'internal/socketaddress:SocketAddress' };
  }

  static [kDeserialize](data) {
    return new SocketAddress(data);
  }

  [customInspectSymbol](depth, options) {
    if (depth < 0) return '[SocketAddress]';
    const { inspect } = require('internal/util/inspect');
    const inner = { ...options, depth: options.depth === null ? null : options.depth - 1 };
    return `SocketAddress ${inspect(this.toJSON(), inner)}`;
  }

  // "1.2.3.4:80" or "[::1]:80", the port optional; undefined for anything else.
  static parse(input) {
    validateString(input, 'input');
    const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(input);
    if (match === null) return undefined;
    const { 1: v6, 2: v4, 3: port = '0' } = match;
    try {
      return new SocketAddress({ address: v6 ?? v4, family: v6 === undefined ? 'ipv4' : 'ipv6', port: Number(port) });
    } catch {
      return undefined;
    }
  }
}

markTransferMode(SocketAddress.prototype, true, false);

module.exports = { SocketAddress, kValue };
