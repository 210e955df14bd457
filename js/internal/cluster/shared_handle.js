'use strict';

// The two ways a primary shares what its workers listen on. RoundRobinHandle accepts connections itself and deals
// them out in turn; SharedHandle gives every worker the socket and lets the system choose.

const { sendMessage } = require('internal/cluster/messages');

class RoundRobinHandle {
  constructor(key, address, { port, fd, flags, backlog, readableAll, writableAll }) {
    this.key = key;
    this.workers = new Map();
    this.free = new Map();
    this.waiting = [];
    this.handle = null;
    this.server = require('net').createServer();
    if (fd >= 0) {
      this.server.listen({ fd, backlog });
    } else if (port >= 0) {
      this.server.listen({
        port, host: address, backlog, ipv6Only: Boolean(flags & 1),
      });
    } else {
      this.server.listen({ path: address, backlog, readableAll, writableAll });
    }
    this.server.once('listening', () => {
      this.handle = this.server._handle;
      this.path = this.server._ownPath;
      this.handle.onconnection = (errno, handle) => this.distribute(errno, handle);
      this.server._handle = null;
      this.server = null;
    });
  }

  add(worker, answer) {
    this.workers.set(worker.id, worker);
    const listening = () => {
      const sockname = {};
      if (this.path === undefined && this.handle.getsockname(sockname) === 0) answer(0, { sockname }, null);
      else answer(0, null, null);
      // Connections may wait already.
      this.handOff(worker);
    };
    if (this.server === null) {
      listening();
      return;
    }
    this.server.once('listening', listening);
    this.server.once('error', (error) => answer(error.errno, null));
  }

  // Returns whether nobody is left.
  remove(worker) {
    if (!this.workers.delete(worker.id)) return false;
    this.free.delete(worker.id);
    if (this.workers.size !== 0) return false;
    for (const handle of this.waiting) handle.close();
    this.waiting = [];
    this.handle?.close();
    this.handle = null;
    if (this.path !== undefined) {
      try {
        require('fs').unlinkSync(this.path);
      } catch {
        // Gone already.
      }
    }
    return true;
  }

  distribute(errno, handle) {
    if (errno !== 0) return;
    this.waiting.push(handle);
    const next = this.free.entries().next();
    if (next.done) return;
    const { 0: id, 1: worker } = next.value;
    this.free.delete(id);
    this.handOff(worker);
  }

  // Gives the connection that waits longest to `worker`, which is free until it is given one.
  handOff(worker) {
    if (!this.workers.has(worker.id)) return;
    const handle = this.waiting.shift();
    if (handle === undefined) {
      this.free.set(worker.id, worker);
      return;
    }
    sendMessage(worker.process, { act: 'newconn', key: this.key }, handle, (reply) => {
      if (reply.accepted) handle.close();
      // A worker that is closing down did not take it.
      else this.distribute(0, handle);
      this.handOff(worker);
    });
  }

  has(worker) {
    return this.workers.has(worker.id);
  }
}

class SharedHandle {
  constructor(key, address, { port, addressType, fd, flags }) {
    this.key = key;
    this.workers = new Map();
    this.handle = null;
    this.errno = 0;
    const created = addressType === 'udp4' || addressType === 'udp6' ?
      require('internal/dgram').createHandle(address, port, addressType, fd, flags) :
      require('net')._createServerHandle(address, port, addressType, fd, flags);
    if (typeof created === 'number') this.errno = created;
    else this.handle = created;
  }

  add(worker, answer) {
    this.workers.set(worker.id, worker);
    answer(this.errno, null, this.handle);
  }

  remove(worker) {
    if (!this.workers.delete(worker.id) || this.workers.size !== 0) return false;
    this.handle?.close();
    this.handle = null;
    return true;
  }

  has(worker) {
    return this.workers.has(worker.id);
  }
}

module.exports = { RoundRobinHandle, SharedHandle };
