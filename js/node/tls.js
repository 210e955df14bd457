'use strict';

// node:tls: there is no TLS yet, so that what makes connections, servers and contexts throws ERR_METHOD_NOT_IMPLEMENTED. The module is there
// for what loads it beside node:net and may never use it; what needs no connection works.

const { missingFunctions } = require('internal/not_there');

function checkServerIdentity(hostname, cert) {
  return require('internal/tls/identity').checkServerIdentity(hostname, cert);
}

function convertALPNProtocols(protocols, out) {
  require('internal/tls/alpn').convertALPNProtocols(protocols, out);
}

const constructors = missingFunctions('tls', { SecureContext: 4, TLSSocket: 2, Server: 2 });
// For those who derive from them, or ask what is an instance of them.
const net = require('net');
Object.setPrototypeOf(constructors.TLSSocket.prototype, net.Socket.prototype);
Object.setPrototypeOf(constructors.TLSSocket, net.Socket);
Object.setPrototypeOf(constructors.Server.prototype, net.Server.prototype);
Object.setPrototypeOf(constructors.Server, net.Server);

module.exports = {
  CLIENT_RENEG_LIMIT: 3,
  CLIENT_RENEG_WINDOW: 600,
  DEFAULT_CIPHERS: 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256',
  DEFAULT_ECDH_CURVE: 'auto',
  DEFAULT_MIN_VERSION: 'TLSv1.2',
  DEFAULT_MAX_VERSION: 'TLSv1.3',
  ...constructors,
  ...missingFunctions('tls', {
    connect: 0, createSecureContext: 1, createServer: 2, getCACertificates: 0, getCertificateCompressionAlgorithms: 0, getCiphers: 0,
    setDefaultCACertificates: 1,
  }),
  checkServerIdentity,
  convertALPNProtocols,
};

const { getCACertificates } = module.exports;
// Not enumerable, so that a copy of the module can be made.
Object.defineProperty(module.exports, 'rootCertificates', { __proto__: null, configurable: true, get: () => getCACertificates() });
