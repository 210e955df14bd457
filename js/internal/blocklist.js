'use strict';

// net.BlockList: rules of addresses, ranges and subnets (RFC 4632), IPv4 and IPv6. Rules are kept as pairs of numbers
// (BigInt, 128 bits; IPv4 in its IPv6-mapped form, RFC 4291 section 2.5.5.2, so that a mapped address meets the rules
// for the address it maps).

const { codes } = require('internal/errors');
const { customInspectSymbol } = require('internal/util');
const { SocketAddress, kValue } = require('internal/socketaddress');
const { kClone, kDeserialize, markTransferMode } = require('internal/worker/js_transferable');
const { validateArray, validateInt32, validateOneOf, validateString } = require('internal/validators');

function toAddress(address, family, name) {
  if (SocketAddress.isSocketAddress(address)) return address;
  validateString(address, name);
  validateString(family, 'family');
  return new SocketAddress({ address, family });
}

const NAMES = { ipv4: 'IPv4', ipv6: 'IPv6' };

function addressRule(address, family) {
  const parsed = toAddress(address, family, 'address');
  const value = parsed[kValue];
  return { first: value, last: value, family: parsed.family, text: `Address: ${NAMES[parsed.family]} ${parsed.address}` };
}

function rangeRule(start, end, family) {
  const first = toAddress(start, family, 'start');
  const last = toAddress(end, family, 'end');
  return {
    first: first[kValue], last: last[kValue], family: first.family,
    text: `Range: ${NAMES[first.family]} ${first.address}-${last.address}`,
  };
}

function subnetRule(network, prefix, family) {
  const parsed = toAddress(network, family, 'network');
  const bits = parsed.family === 'ipv4' ? 32 : 128;
  validateInt32(prefix, 'prefix', 0, bits);
  const rest = BigInt(bits - prefix);
  const first = (parsed[kValue] >> rest) << rest;
  return {
    first, last: first | ((1n << rest) - 1n), family: parsed.family,
    text: `Subnet: ${NAMES[parsed.family]} ${parsed.address}/${prefix}`,
  };
}

// "10.0.0.0/8" (RFC 4632), "fc00::/7" (RFC 4291).
function cidrRule(cidr) {
  validateString(cidr, 'cidr');
  const slash = cidr.lastIndexOf('/');
  if (slash === -1) {
    throw new codes.ERR_INVALID_ARG_VALUE('cidr', cidr, 'must contain a prefix length (e.g. "10.0.0.0/8")');
  }
  const text = cidr.slice(slash + 1);
  const prefix = Number(text);
  if (!Number.isInteger(prefix) || `${prefix}` !== text) {
    throw new codes.ERR_INVALID_ARG_VALUE('cidr', cidr, 'prefix length must be a valid integer');
  }
  const network = cidr.slice(0, slash);
  return subnetRule(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4');
}

class BlockList {
  #rules = [];

  static isBlockList(value) {
    return typeof value === 'object' && value !== null && #rules in value;
  }

  #remove({ text }) {
    const at = this.#rules.findIndex((rule) => rule.text === text);
    if (at !== -1) this.#rules.splice(at, 1);
  }

  addAddress(address, family = 'ipv4') {
    this.#addOnce(addressRule(address, family));
  }

  // An address is there once; the last one added comes first.
  #addOnce(rule) {
    this.#remove(rule);
    this.#rules.unshift(rule);
  }

  addAddresses(addresses, family = 'ipv4') {
    validateArray(addresses, 'addresses');
    // All of them, or none where one is no address.
    const rules = addresses.map((address, i) => {
      if (!SocketAddress.isSocketAddress(address)) validateString(address, `addresses[${i}]`);
      return addressRule(address, family);
    });
    for (const rule of rules) this.#addOnce(rule);
  }

  addRange(start, end, family = 'ipv4') {
    const rule = rangeRule(start, end, family);
    if (rule.last < rule.first) throw new codes.ERR_INVALID_ARG_VALUE('start', start, `must come before ${end}`);
    this.#rules.unshift(rule);
  }

  addSubnet(network, prefix, family = 'ipv4') {
    this.#rules.unshift(subnetRule(network, prefix, family));
  }

  addCIDR(cidr) {
    this.#rules.unshift(cidrRule(cidr));
  }

  addCIDRs(cidrs) {
    validateArray(cidrs, 'cidrs');
    const rules = cidrs.map((cidr, i) => {
      validateString(cidr, `cidrs[${i}]`);
      return cidrRule(cidr);
    });
    this.#rules.unshift(...rules.reverse());
  }

  removeAddress(address, family = 'ipv4') {
    this.#remove(addressRule(address, family));
  }

  removeRange(start, end, family = 'ipv4') {
    this.#remove(rangeRule(start, end, family));
  }

  removeSubnet(network, prefix, family = 'ipv4') {
    this.#remove(subnetRule(network, prefix, family));
  }

  removeCIDR(cidr) {
    this.#remove(cidrRule(cidr));
  }

  clear() {
    this.#rules = [];
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

// Networks that the Internet does not route: RFC 1918, RFC 4193, loopback and link-local.
BlockList.PRIVATE_RANGES = [
  '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '::1/128', '169.254.0.0/16', 'fe80::/10', 'fc00::/7',
];

markTransferMode(BlockList.prototype, true, false);

module.exports = { BlockList };
