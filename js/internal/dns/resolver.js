'use strict';

// dns.Resolver and dns.promises.Resolver: the record types as methods, over a Channel. Follows the `dns.Resolver`
// section of Node's documentation.

const { codes, DNSException } = require('internal/errors');
const { Channel, DEFAULT_TRIES } = require('internal/dns/channel');
const { TYPES, typeNames } = require('internal/dns/message');
const { startDnsEntry } = require('internal/dns/timing');
const { isIP, isIPv4, isIPv6 } = require('internal/net/ip');
const {
  validateArray,
  validateFunction,
  validateInt32,
  validateString,
} = require('internal/validators');

// What a method's result is made of, by type: from the records that fit.
const value = ({ data }) => data.value;
const data = ({ data }) => data;

function withType(record) {
  const type = typeNames[record.type];
  if (record.type === TYPES.A || record.type === TYPES.AAAA) return { ...record.data, ttl: record.ttl, type };
  return { ...record.data, type };
}

function addresses(records, wantsTtl) {
  return records.map(({ data: { address }, ttl }) => (wantsTtl ? { address, ttl } : address));
}

// method -> [syscall, record type, result]
const METHODS = {
  __proto__: null,
  resolveAny: ['queryAny', 'ANY', (records) => records.map(withType)],
  resolve4: ['queryA', 'A', addresses],
  resolve6: ['queryAaaa', 'AAAA', addresses],
  resolveCaa: ['queryCaa', 'CAA', (records) => records.map(data)],
  resolveCname: ['queryCname', 'CNAME', (records) => records.map(value)],
  resolveMx: ['queryMx', 'MX', (records) => records.map(data)],
  resolveNs: ['queryNs', 'NS', (records) => records.map(value)],
  resolveTxt: ['queryTxt', 'TXT', (records) => records.map(({ data: { entries } }) => entries)],
  resolveTlsa: ['queryTlsa', 'TLSA', (records) => records.map(data)],
  resolveSrv: ['querySrv', 'SRV', (records) => records.map(data)],
  resolvePtr: ['queryPtr', 'PTR', (records) => records.map(value)],
  resolveNaptr: ['queryNaptr', 'NAPTR', (records) => records.map(data)],
  resolveSoa: ['querySoa', 'SOA', (records) => records[0].data],
};

const BY_RRTYPE = {
  __proto__: null,
  ANY: 'resolveAny', A: 'resolve4', AAAA: 'resolve6', CAA: 'resolveCaa', CNAME: 'resolveCname', MX: 'resolveMx',
  NS: 'resolveNs', TXT: 'resolveTxt', TLSA: 'resolveTlsa', SRV: 'resolveSrv', PTR: 'resolvePtr',
  NAPTR: 'resolveNaptr', SOA: 'resolveSoa',
};

// Names of the reverse tree (RFC 1035 section 3.5, RFC 3596 section 2.5).
function reverseName(address) {
  if (isIPv4(address)) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const { SocketAddress, kValue } = require('internal/socketaddress');
  const number = new SocketAddress({ address, family: 'ipv6' })[kValue];
  return `${[...number.toString(16).padStart(32, '0')].reverse().join('.')}.ip6.arpa`;
}

// Asks, and gives `callback(error, result)`.
function ask(resolver, method, name, wantsTtl, callback) {
  const { 0: syscall, 1: typeName, 2: make } = METHODS[method];
  const type = TYPES[typeName];
  const finish = startDnsEntry(syscall, { host: name, ttl: wantsTtl });
  resolver._handle.query(name, type, (code, records) => {
    const fitting = code === null && type !== TYPES.ANY ? records.filter((record) => record.type === type) : records;
    if (code === null && fitting.length === 0) code = 'ENODATA';
    if (code !== null) {
      callback(DNSException(code, syscall, name));
      return;
    }
    const result = make(fitting, wantsTtl);
    finish?.({ result });
    callback(null, result);
  });
  return { hostname: name };
}

function askReverse(resolver, address, callback) {
  if (isIP(address) === 0) throw DNSException('EINVAL', 'getHostByAddr', address);
  resolver._handle.query(reverseName(address), TYPES.PTR, (code, records) => {
    if (code !== null) callback(DNSException(code, 'getHostByAddr', address));
    else callback(null, records.filter(({ type }) => type === TYPES.PTR).map(value));
  });
}

function readOptions(options) {
  let timeout = -1;
  let tries = DEFAULT_TRIES;
  if (options !== undefined) {
    ({ timeout = -1, tries = DEFAULT_TRIES } = options ?? {});
    validateInt32(timeout, 'options.timeout', -1);
    validateInt32(tries, 'options.tries', 1);
  }
  return new Channel(timeout, tries);
}

class ResolverBase {
  constructor(options = undefined) {
    this._handle = readOptions(options);
  }

  cancel() {
    this._handle.cancel();
  }

  getServers() {
    const servers = this._handle.getServers() || [];
    return servers.map(({ 0: address, 1: port }) => {
      if (!port || port === 53) return address;
      return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
    });
  }

  setServers(servers) {
    validateArray(servers, 'servers');
    servers.forEach((server, index) => validateString(server, `servers[${index}]`));
    if (!this._handle.setServers(servers)) {
      throw new codes.ERR_DNS_SET_SERVERS_FAILED('There are pending queries.', `${servers}`);
    }
  }

  setLocalAddress(first, second) {
    validateString(first, 'ipv4');
    if (second !== undefined) validateString(second, 'ipv6');
    let v4;
    let v6;
    for (const address of [first, second]) {
      if (address === undefined) continue;
      const family = isIP(address);
      if (family === 0) throw new codes.ERR_INVALID_ARG_VALUE('address', address, 'must be an IP address');
      if (family === 4 ? v4 !== undefined : v6 !== undefined) {
        throw new codes.ERR_INVALID_ARG_VALUE('address', address, 'must be of the other family');
      }
      if (family === 4) v4 = address;
      else v6 = address;
    }
    this._handle.localV4 = v4;
    this._handle.localV6 = v6;
  }
}

class Resolver extends ResolverBase {
  resolve(hostname, rrtype, callback) {
    if (typeof rrtype === 'function') {
      callback = rrtype;
      rrtype = 'A';
    } else if (typeof rrtype !== 'string') {
      throw new codes.ERR_INVALID_ARG_TYPE('rrtype', 'string', rrtype);
    }
    const method = BY_RRTYPE[rrtype];
    if (method === undefined) throw new codes.ERR_INVALID_ARG_VALUE('rrtype', rrtype);
    return this[method](hostname, callback);
  }

  reverse(address, callback) {
    validateString(address, 'name');
    validateFunction(callback, 'callback');
    askReverse(this, address, callback);
  }
}

class PromiseResolver extends ResolverBase {
  resolve(hostname, rrtype = 'A') {
    validateString(hostname, 'hostname');
    validateString(rrtype, 'rrtype');
    const method = BY_RRTYPE[rrtype];
    if (method === undefined) throw new codes.ERR_INVALID_ARG_VALUE('rrtype', rrtype);
    return this[method](hostname);
  }

  reverse(address) {
    validateString(address, 'name');
    return new Promise((resolve, reject) => {
      askReverse(this, address, (error, names) => {
        if (error) reject(error);
        else resolve(names);
      });
    });
  }
}

function defineMethod(target, name, method) {
  Object.defineProperty(method, 'name', { __proto__: null, value: name, configurable: true });
  Object.defineProperty(target, name, { __proto__: null, value: method, writable: true, configurable: true });
}

for (const method in METHODS) {
  defineMethod(Resolver.prototype, method, function(name, options, callback) {
    if (typeof options === 'function' || callback === undefined) callback = options;
    validateString(name, 'name');
    validateFunction(callback, 'callback');
    return ask(this, method, name, Boolean(options?.ttl), callback);
  });
  defineMethod(PromiseResolver.prototype, method, function(name, options) {
    validateString(name, 'name');
    return new Promise((resolve, reject) => {
      ask(this, method, name, Boolean(options?.ttl), (error, result) => {
        if (error) reject(error);
        else resolve(result);
      });
    });
  });
}

// What the functions of node:dns itself ask with. Setting its servers makes a new one, so that queries under way end
// with the old.
let shared;
let sharedPromises;

function defaultResolver() {
  return shared ??= new Resolver();
}

function defaultPromiseResolver() {
  if (sharedPromises === undefined) {
    sharedPromises = new PromiseResolver();
    sharedPromises._handle = defaultResolver()._handle;
  }
  return sharedPromises;
}

function setDefaultServers(servers) {
  const next = new Resolver();
  next.setServers(servers);
  shared = next;
  sharedPromises = undefined;
}

module.exports = {
  METHODS: [...Object.keys(METHODS), 'resolve', 'reverse'],
  PromiseResolver,
  Resolver,
  defaultPromiseResolver,
  defaultResolver,
  setDefaultServers,
};
