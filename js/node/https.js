'use strict';

// node:https: there is no TLS yet, so that its requests and servers throw ERR_METHOD_NOT_IMPLEMENTED. The module is there for what loads it
// beside node:http and may never use it; agents can be made, configured and derived from.

const { Agent: HttpAgent } = require('http');
const { missing, missingFunctions } = require('internal/not_there');

const kDefaultMaxSessions = 100;

// The options of a TLS connection that tell one place to connect to from another, in the order of a name's parts.
const kNamed = ['ca', 'cert', 'clientCertEngine', 'ciphers', 'key', 'pfx', 'rejectUnauthorized', 'servername', 'minVersion', 'maxVersion',
                'secureProtocol', 'crl', 'honorCipherOrder', 'ecdhCurve', 'dhparam', 'secureOptions', 'sessionIdContext', 'sigalgs',
                'privateKeyIdentifier', 'privateKeyEngine'];

// What one of them adds to the name.
function namePart(key, value, host) {
  switch (key) {
    case 'rejectUnauthorized':
    case 'honorCipherOrder':
    case 'secureOptions':
      return value === undefined ? '' : String(value);
    case 'servername':
      return value && value !== host ? value : '';
    case 'sigalgs':
      return value ? JSON.stringify(value) : '';
    case 'pfx':
      if (Array.isArray(value)) return value.map((item) => `:${item.buf || item}:${item.passphrase}`).join('');
      return value || '';
    default:
      return value || '';
  }
}

function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  options = { __proto__: null, ...options };
  options.defaultPort ??= 443;
  options.protocol ??= 'https:';
  HttpAgent.call(this, options);
  this.maxCachedSessions = this.options.maxCachedSessions ?? kDefaultMaxSessions;
  this._sessionCache = { map: {}, list: [] };
}
Object.setPrototypeOf(Agent.prototype, HttpAgent.prototype);
Object.setPrototypeOf(Agent, HttpAgent);

Agent.prototype.createConnection = missing('https.Agent.createConnection()', 'createConnection', 0);

Agent.prototype.getName = function getName(options = {}) {
  let name = HttpAgent.prototype.getName.call(this, options);
  for (const key of kNamed) name += `:${namePart(key, options[key], options.host)}`;
  return name;
};

module.exports = {
  Agent,
  globalAgent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 }),
  ...missingFunctions('https', { Server: 2, createServer: 2, get: 3, request: 0 }),
};
