'use strict';

// net.BlockList: rules of addresses, ranges and subnets (RFC 4632), IPv4 and IPv6. Rules are kept as pairs of numbers
// (BigInt, 128 bits; IPv4 in its IPv6-mapped form, RFC 4291 section 2.5.5.2, so that a mapped address meets the rules
// for the address it maps).

const { codes } = require('internal/errors');
const { customInspectSymbol } = require('internal/util');
const { SocketAddress, kValue } = require('internal/socketaddress');
const { kClone, kDeserialize, markTransferMode } = require('internal/worker/js_transferable');
const { validateInt32, validateOneOf, validateString } = require('internal/validators');

function toAddress(address, family, name) {
  if (SocketAddress.isSocketAddress(address)) return address;
  validateString(address, name);
  validateString(family, 'family');
  return new SocketAddress({ address, family });
}

const NAMES = { ipv4: 'IPv4', ipv6: 'IPv6' };

class BlockList {
  #rules = [];

  static isBlockList(value) {
    return typeof value === 'object' && value !== null && #rules in value;
  }

  addAddress(address, family = 'ipv4') {
    const parsed = toAddress(address, family, 'address');
    const value = parsed[kValue];
    this.#rules.unshift({
      first: value, last: value, family: parsed.family, text: `Address: ${NAMES[parsed.family]} ${parsed.address}`,
    });
  }

  addRange(start, end, family = 'ipv4') {
    const first = toAddress(start, family, 'start');
    const last = toAddress(end, family, 'end');
    if (first.family !== last.family || first[kValue] > last[kValue]) {
      throw new codes.ERR_INVALID_ARG_VALUE('start', start, `must come before ${end}`);
    }
    this.#rules.unshift({
      first: first[kValue], last: last[kValue], family: first.family,
      text: `Range: ${NAMES[first.family]} ${first.address}-${last.address}`,
    });
  }

  addSubnet(network, prefix, family = 'ipv4') {
    const parsed = toAddress(network, family, 'network');
    const bits = parsed.family === 'ipv4' ? 32 : 128;
    validateInt32(prefix, 'prefix', 0, bits);
    const rest = BigInt(bits - prefix);
    const first = (parsed[kValue] >> rest) << rest;
    this.#rules.unshift({
      first, last: first | ((1n << rest) - 1n), family: parsed.family,
      text: `Subnet: ${NAMES[parsed.family]} ${parsed.address}/${prefix}`,
    });
  }

  check(address, family = 'ipv4') {
    let parsed = address;
    if (!SocketAddress.isSocketAddress(address)) {
      validateString(address, 'address');
      validateString(family, 'family');
      validateOneOf(family.toLowerCase(), 'family', ['ipv4', 'ipv6']);
      try {
        parsed = new SocketAddress({ address, family });
      } catch {
        // What is no address is not blocked.
        return false;
      }
    }
    const value = parsed[kValue];
    for (const rule of this.#rules) if (rule.first <= value && value <= rule.last) return true;
    return false;
  }

  get rules() {
    return this.#rules.map((rule) => rule.text);
  }

  get size() {
    return this.#rules.length;
  }

  toJSON() {
    return this.rules;
  }

  // Adds the rules that toJSON() gave, or the text of such a list. What is no rule is passed over.
  fromJSON(data) {
    if (typeof data === 'string') data = JSON.parse(data);
    if (!Array.isArray(data)) throw new codes.ERR_INVALID_ARG_TYPE('data', ['string', 'string[]'], data);
    for (const rule of data) {
      const match = /^(Address|Range|Subnet): IPv([46]) ([^-/]+)(?:[-/](.+))?$/.exec(rule);
      if (match === null) continue;
      const [, kind, version, first, second] = match;
      const family = `ipv${version}`;
      if (kind === 'Address') this.addAddress(first, family);
      else if (kind === 'Range') this.addRange(first, second, family);
      else this.addSubnet(first, Number(second), family);
    }
  }

  [kClone]() {
    return { data: this.#rules, deserializeInfo: 'internal/blocklist:BlockList' };
  }

  static [kDeserialize](rules) {
    const list = new BlockList();
    list.#rules = rules;
    return list;
  }

  [customInspectSymbol](depth, options) {
    if (depth < 0) return '[BlockList]';
    const { inspect } = require('internal/util/inspect');
    const inner = { ...options, depth: options.depth === null ? null : options.depth - 1 };
    return `BlockList ${inspect({ rules: this.rules }, inner)}`;
  }
}

markTransferMode(BlockList.prototype, true, false);

module.exports = { BlockList };
