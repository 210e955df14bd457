'use strict';

// node:dns: names to addresses through the system's resolver (getaddrinfo), as `dns.lookup` documents. The functions
// that query name servers themselves (resolve*, Resolver) are in internal/dns, loaded when first used.

const { codes } = require('internal/errors');
const { startDnsEntry } = require('internal/dns/timing');
const { isIP } = require('internal/net/ip');
const { customPromisifyArgs } = require('internal/util');
const {
  validateBoolean,
  validateFunction,
  validateNumber,
  validateOneOf,
  validatePort,
  validateString,
} = require('internal/validators');

// Flags of getaddrinfo(3).
const ADDRCONFIG = process.platform === 'linux' ? 0x20 : 0x400;
const V4MAPPED = process.platform === 'linux' ? 0x08 : 0x800;
const ALL = process.platform === 'linux' ? 0x10 : 0x100;

const ORDERS = ['verbatim', 'ipv4first', 'ipv6first'];
let defaultOrder;

function getDefaultResultOrder() {
  defaultOrder ??= require('internal/options').getOptionValue('--dns-result-order') || 'verbatim';
  return defaultOrder;
}

function setDefaultResultOrder(order) {
  validateOneOf(order, 'dnsOrder', ORDERS);
  defaultOrder = order;
}

function failure(error, syscall, hostname) {
  const { DNSException } = require('internal/errors');
  return typeof error.errno === 'number' ? DNSException(error.errno, syscall, hostname) : error;
}

// Checks the options of lookup() and fills in what is not given.
function readOptions(options) {
  const result = { family: 0, hints: 0, all: false, order: getDefaultResultOrder() };
  if (options === null || options === undefined) return result;
  if (typeof options !== 'object') {
    validateOneOf(options, 'family', [0, 4, 6]);
    result.family = options;
    return result;
  }
  if (options.hints !== null && options.hints !== undefined) {
    validateNumber(options.hints, 'options.hints');
    result.hints = options.hints >>> 0;
    if ((result.hints & ~(ADDRCONFIG | V4MAPPED | ALL)) !== 0) {
      throw new codes.ERR_INVALID_ARG_VALUE('hints', options.hints);
    }
  }
  if (options.family !== null && options.family !== undefined) {
    if (options.family === 'IPv4') {
      result.family = 4;
    } else if (options.family === 'IPv6') {
      result.family = 6;
    } else {
      validateOneOf(options.family, 'options.family', [0, 4, 6]);
      result.family = options.family;
    }
  }
  if (options.all !== null && options.all !== undefined) {
    validateBoolean(options.all, 'options.all');
    result.all = options.all;
  }
  if (options.verbatim !== null && options.verbatim !== undefined) {
    validateBoolean(options.verbatim, 'options.verbatim');
    result.order = options.verbatim ? 'verbatim' : 'ipv4first';
  }
  if (options.order !== null && options.order !== undefined) {
    validateOneOf(options.order, 'options.order', ORDERS);
    result.order = options.order;
  }
  return result;
}

function inOrder(addresses, order) {
  const list = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  if (order === 'verbatim') return list;
  const first = order === 'ipv4first' ? 4 : 6;
  // Stable, so within a family the resolver's order stays.
  return list.sort((a, b) => (b.family === first) - (a.family === first));
}

// lookup() after its checks: calls back with an array of { address, family }.
function lookUp(hostname, options, callback) {
  if (!hostname) {
    process.nextTick(callback, null, []);
    return;
  }
  const family = isIP(hostname);
  if (family !== 0) {
    process.nextTick(callback, null, [{ address: hostname, family }]);
    return;
  }
  const { family: wanted, hints, order } = options;
  const finish = startDnsEntry('lookup', { hostname, family: wanted, hints, verbatim: order === 'verbatim', order });
  internalBinding('dns').getaddrinfo(hostname, wanted, hints, (error, addresses) => {
    if (error) {
      callback(failure(error, 'getaddrinfo', hostname));
      return;
    }
    finish?.({ addresses });
    callback(null, inOrder(addresses, order));
  });
}

function lookup(hostname, options, callback) {
  if (hostname) validateString(hostname, 'hostname');
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  } else {
    validateFunction(callback, 'callback');
  }
  const settings = readOptions(options);
  lookUp(hostname, settings, (error, found) => {
    if (error) callback(error);
    else if (settings.all) callback(null, found);
    else if (found.length === 0) callback(null, null, settings.family === 6 ? 6 : 4);
    else callback(null, found[0].address, found[0].family);
  });
  return {};
}
Object.defineProperty(lookup, customPromisifyArgs, { __proto__: null, value: ['address', 'family'], enumerable: false });

function checkService(address, port) {
  if (isIP(address) === 0) throw new codes.ERR_INVALID_ARG_VALUE('address', address);
  validatePort(port);
}

function lookUpService(address, port, callback) {
  const finish = startDnsEntry('lookupService', { host: address, port: +port });
  internalBinding('dns').getnameinfo(address, +port, isIP(address), (error, names) => {
    if (error) {
      callback(failure(error, 'getnameinfo', address));
      return;
    }
    finish?.({ hostname: names[0], service: names[1] });
    callback(null, names[0], names[1]);
  });
}

function lookupService(address, port, callback) {
  if (arguments.length !== 3) throw new codes.ERR_MISSING_ARGS('address', 'port', 'callback');
  checkService(address, port);
  validateFunction(callback, 'callback');
  lookUpService(address, port, callback);
}
Object.defineProperty(lookupService, customPromisifyArgs,
                      { __proto__: null, value: ['hostname', 'service'], enumerable: false });

const promises = {
  lookup(hostname, options) {
    return new Promise((resolve, reject) => {
      if (hostname) validateString(hostname, 'hostname');
      const settings = readOptions(options);
      lookUp(hostname, settings, (error, found) => {
        if (error) reject(error);
        else if (settings.all) resolve(found);
        else resolve(found[0] ?? { address: null, family: settings.family === 6 ? 6 : 4 });
      });
    });
  },
  lookupService(address, port) {
    return new Promise((resolve, reject) => {
      if (arguments.length !== 2) throw new codes.ERR_MISSING_ARGS('address', 'port');
      checkService(address, port);
      lookUpService(address, port, (error, hostname, service) => {
        if (error) reject(error);
        else resolve({ hostname, service });
      });
    });
  },
  getDefaultResultOrder,
  setDefaultResultOrder,
};

// Error codes, as users compare them with `error.code`.
const errorCodes = {
  NODATA: 'ENODATA', FORMERR: 'EFORMERR', SERVFAIL: 'ESERVFAIL', NOTFOUND: 'ENOTFOUND', NOTIMP: 'ENOTIMP',
  REFUSED: 'EREFUSED', BADQUERY: 'EBADQUERY', BADNAME: 'EBADNAME', BADFAMILY: 'EBADFAMILY', BADRESP: 'EBADRESP',
  CONNREFUSED: 'ECONNREFUSED', TIMEOUT: 'ETIMEOUT', EOF: 'EOF', FILE: 'EFILE', NOMEM: 'ENOMEM',
  DESTRUCTION: 'EDESTRUCTION', BADSTR: 'EBADSTR', BADFLAGS: 'EBADFLAGS', NONAME: 'ENONAME', BADHINTS: 'EBADHINTS',
  NOTINITIALIZED: 'ENOTINITIALIZED', LOADIPHLPAPI: 'ELOADIPHLPAPI',
  ADDRGETNETWORKPARAMS: 'EADDRGETNETWORKPARAMS', CANCELLED: 'ECANCELLED',
};

module.exports = {
  lookup,
  lookupService,
  getDefaultResultOrder,
  setDefaultResultOrder,
  ADDRCONFIG,
  ALL,
  V4MAPPED,
  ...errorCodes,
};

// The functions that ask name servers, loaded by the first use of any of them.
function lazyResolver() {
  return require('internal/dns/resolver');
}

for (const name of [
  'resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveCaa', 'resolveCname', 'resolveMx', 'resolveNaptr',
  'resolveNs', 'resolvePtr', 'resolveSoa', 'resolveSrv', 'resolveTlsa', 'resolveTxt', 'reverse', 'getServers',
]) {
  const own = {
    [name](...args) {
      return lazyResolver().defaultResolver()[name](...args);
    },
  };
  const promised = {
    [name](...args) {
      return lazyResolver().defaultPromiseResolver()[name](...args);
    },
  };
  module.exports[name] = own[name];
  promises[name] = promised[name];
}
for (const target of [module.exports, promises]) {
  target.setServers = function setServers(servers) {
    lazyResolver().setDefaultServers(servers);
  };
}
for (const { 0: target, 1: name } of [[module.exports, 'Resolver'], [promises, 'PromiseResolver']]) {
  Object.defineProperty(target, 'Resolver', {
    __proto__: null, configurable: true, enumerable: true, get() { return lazyResolver()[name]; },
  });
}
Object.assign(promises, errorCodes);
Object.defineProperty(module.exports, 'promises', {
  __proto__: null, configurable: true, enumerable: true, get() { return promises; },
});
