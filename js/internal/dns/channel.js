'use strict';

// Asking name servers: one query is one datagram, sent again to the next server when no answer comes in time, and over
// TCP where the answer did not fit (RFC 1035 section 4.2, RFC 7766). The servers are those of resolv.conf(5) unless a
// program names others.

const { codes } = require('internal/errors');
const { isIP, isIPv4 } = require('internal/net/ip');
const { TYPES, readAnswer, writeQuery } = require('internal/dns/message');

const DNS_PORT = 53;
const DEFAULT_TIMEOUT = 5000;
const DEFAULT_TRIES = 4;

// Codes of answers (RFC 1035 section 4.1.1), as node:dns names them.
const CODES = { 1: 'EFORMERR', 2: 'ESERVFAIL', 3: 'ENOTFOUND', 4: 'ENOTIMP', 5: 'EREFUSED' };

function systemServers() {
  let text;
  try {
    text = require('fs').readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    text = '';
  }
  const servers = [];
  for (const line of text.split('\n')) {
    const match = /^\s*nameserver\s+(\S+)/.exec(line);
    if (match !== null && isIP(match[1])) servers.push({ address: match[1], port: DNS_PORT });
  }
  // What resolv.conf(5) says of a file without any.
  return servers.length > 0 ? servers : [{ address: '127.0.0.1', port: DNS_PORT }];
}

// "1.2.3.4", "1.2.3.4:53", "::1", "[::1]:53"
function parseServer(text) {
  if (isIP(text)) return { address: text, port: DNS_PORT };
  const bracketed = /^\[([^[\]]*)\](?::(\d+))?$/.exec(text);
  if (bracketed !== null && isIP(bracketed[1]) === 6) {
    return { address: bracketed[1], port: Number(bracketed[2] ?? DNS_PORT) };
  }
  const plain = /^([^:]+):(\d+)$/.exec(text);
  if (plain !== null && isIPv4(plain[1])) return { address: plain[1], port: Number(plain[2]) };
  throw new codes.ERR_INVALID_IP_ADDRESS(text);
}

class Channel {
  constructor(timeout, tries) {
    this.timeout = timeout > 0 ? timeout : DEFAULT_TIMEOUT;
    this.tries = tries;
    this.servers = undefined;
    this.pending = new Set();
    this.localV4 = undefined;
    this.localV6 = undefined;
  }

  // As Resolver.prototype.getServers() reads it: [[address, port], ...]
  getServers() {
    this.servers ??= systemServers();
    return this.servers.map(({ address, port }) => [address, port]);
  }

  setServers(list) {
    if (this.pending.size > 0) return false;
    this.servers = list.map(parseServer);
    return true;
  }

  cancel() {
    for (const query of [...this.pending]) query.finish('ECANCELLED');
  }

  // `callback(code, records)`; `code` is null or one of node:dns's.
  query(name, type, callback) {
    this.servers ??= systemServers();
    const query = new Query(this, this.servers, name, type, callback);
    this.pending.add(query);
    query.start();
  }
}

class Query {
  constructor(channel, servers, name, type, callback) {
    this.channel = channel;
    this.servers = servers;
    this.name = name;
    this.type = type;
    this.callback = callback;
    this.attempt = 0;
    this.failure = 'ETIMEOUT';
    this.socket = null;
    this.timer = null;
    this.id = 0;
  }

  start() {
    // A number nobody can guess keeps forged answers out.
    this.id = require('internal/crypto/random').getRandomValues(new Uint16Array(1))[0];
    this.bytes = writeQuery(this.id, this.name, this.type);
    if (this.bytes === null) process.nextTick(() => this.finish('EBADNAME'));
    else this.next();
  }

  next() {
    this.release();
    if (this.attempt >= this.channel.tries * this.servers.length) {
      this.finish(this.failure);
      return;
    }
    const round = Math.floor(this.attempt / this.servers.length);
    const server = this.servers[this.attempt++ % this.servers.length];
    // Twice the time for every further round.
    this.timer = setTimeout(() => {
      this.failure = 'ETIMEOUT';
      this.next();
    }, this.channel.timeout * 2 ** Math.min(round, 8));
    this.ask(server);
  }

  ask(server) {
    const isV6 = isIP(server.address) === 6;
    const socket = this.socket = require('dgram').createSocket(isV6 ? 'udp6' : 'udp4');
    socket.on('error', () => this.refused(socket));
    socket.on('message', (message) => {
      const answer = readAnswer(message);
      if (answer === null || answer.id !== this.id || socket !== this.socket) return;
      if (answer.isTruncated) this.askByTcp(server);
      else this.answered(answer);
    });
    const local = isV6 ? this.channel.localV6 : this.channel.localV4;
    const connect = () => {
      // Connected, so that only this server's datagrams arrive, and a refusal is told.
      socket.connect(server.port, server.address, (error) => {
        if (socket !== this.socket) return;
        if (error) this.refused(socket);
        else socket.send(this.bytes, (failed) => failed && this.refused(socket));
      });
    };
    if (local === undefined) connect();
    else socket.bind({ port: 0, address: local, exclusive: true }, connect);
  }

  askByTcp(server) {
    this.closeSocket();
    const socket = this.socket = require('net').connect(server.port, server.address);
    const prefix = Buffer.alloc(2);
    prefix.writeUInt16BE(this.bytes.length);
    const chunks = [];
    let length = 0;
    socket.on('error', () => this.refused(socket));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      length += chunk.length;
      const all = Buffer.concat(chunks, length);
      if (length < 2 || length < 2 + all.readUInt16BE(0)) return;
      const answer = readAnswer(all.subarray(2, 2 + all.readUInt16BE(0)));
      if (answer === null || answer.id !== this.id) this.refused(socket);
      else this.answered(answer);
    });
    socket.end(Buffer.concat([prefix, this.bytes]));
  }

  refused(socket) {
    if (socket !== this.socket) return;
    this.failure = 'ECONNREFUSED';
    this.next();
  }

  answered({ code, records }) {
    if (code === 0) {
      this.finish(records.length === 0 ? 'ENODATA' : null, records);
    } else if (code === 2 || code === 4 || code === 5) {
      // Another server may know.
      this.failure = CODES[code];
      this.next();
    } else {
      this.finish(CODES[code] ?? 'EBADRESP');
    }
  }

  closeSocket() {
    const { socket } = this;
    this.socket = null;
    if (socket === null) return;
    socket.removeAllListeners();
    socket.on('error', () => {});
    if (typeof socket.destroy === 'function') socket.destroy();
    else socket.close();
  }

  release() {
    clearTimeout(this.timer);
    this.timer = null;
    this.closeSocket();
  }

  finish(code, records) {
    if (!this.channel.pending.delete(this)) return;
    this.release();
    this.callback(code, records);
  }
}

module.exports = { Channel, DEFAULT_TRIES, TYPES };
