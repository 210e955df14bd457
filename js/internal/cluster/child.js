'use strict';

// A worker's side of node:cluster: asks the primary for sockets to listen on, and takes the connections it is dealt.

const EventEmitter = require('events');
const Worker = require('internal/cluster/worker');
const { listener, sendMessage } = require('internal/cluster/messages');

const cluster = new EventEmitter();
// What this worker listens on, by the primary's key.
const handles = new Map();
// How often each address was listened on: the same one listened on twice is two servers.
const indexes = new Map();

Object.assign(cluster, { isWorker: true, isMaster: false, isPrimary: false, worker: null, Worker });

function send(message, callback) {
  return sendMessage(process, message, null, callback);
}

// Start-up code calls this in a process that was forked as a worker.
cluster._setupWorker = function() {
  const worker = new Worker({ id: +process.env.NODE_UNIQUE_ID | 0, process, state: 'online' });
  cluster.worker = worker;
  process.once('disconnect', () => {
    worker.emit('disconnect');
    // A primary that is gone unannounced has left its workers without work.
    if (!worker.exitedAfterDisconnect) process.exit(0);
  });
  process.on('internalMessage', listener((message, handle) => {
    if (message.act === 'newconn') onConnection(message, handle);
    else if (message.act === 'disconnect') disconnect(worker, true);
  }));
  send({ act: 'online' });
};

// net.Server and dgram.Socket ask here for what to listen on: `callback(errno, handle, reply)`.
cluster._getServer = function(object, options, callback) {
  const { address } = options;
  // A relative path means the worker's folder, which need not be the primary's.
  const isPath = options.port < 0 && typeof address === 'string';
  const workingDirectory = isPath ? process.cwd() : undefined;
  const name = `${address}:${options.port}:${options.addressType}:${options.fd}`;
  let used = indexes.get(name);
  if (used === undefined) indexes.set(name, used = { next: 0, free: new Set() });
  // A number that was given back is used again, so that a server started anew finds its address.
  let index = used.next;
  if (used.free.size > 0) {
    index = used.free.values().next().value;
    used.free.delete(index);
  } else {
    used.next++;
  }
  const giveBack = () => used.free.add(index);

  const message = { act: 'queryServer', index, data: null, ...options, address, workingDirectory };
  if (object._getServerData) message.data = object._getServerData();
  send(message, (reply, handle) => {
    if (typeof object._setServerData === 'function') object._setServerData(reply.data);
    if (handle) takeShared(reply, handle, giveBack, callback);
    else takeRoundRobin(reply, giveBack, callback);
  });
  object.once('listening', () => {
    // Closed, or left, in the meantime.
    if (!cluster.worker || cluster.worker.exitedAfterDisconnect) return;
    cluster.worker.state = 'listening';
    const bound = object.address();
    message.act = 'listening';
    message.port = (bound && bound.port) || options.port;
    send(message);
  });
};

function takeShared(reply, handle, giveBack, callback) {
  const { key } = reply;
  const close = handle.close;
  handle.close = function(done) {
    send({ act: 'close', key });
    handles.delete(key);
    giveBack();
    handle.close = close;
    return close.call(handle, done);
  };
  handles.set(key, handle);
  callback(reply.errno, handle);
}

// Connections come as messages, so there is no socket here: an object that stands in for it keeps the process alive.
class RoundRobinStub {
  constructor(key, sockname, giveBack) {
    this.key = key;
    this.giveBack = giveBack;
    this.sockname = sockname;
    this.onconnection = null;
    this.owner = null;
    this.fd = -1;
    this.timer = setInterval(() => {}, 2 ** 31 - 1);
    if (sockname === undefined) this.getsockname = undefined;
  }

  listen() {
    return 0;
  }

  close(done) {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    send({ act: 'close', key: this.key });
    handles.delete(this.key);
    this.giveBack();
    if (done) process.nextTick(done);
  }

  getsockname(out) {
    Object.assign(out, this.sockname);
    return 0;
  }

  ref() {
    this.timer?.ref();
  }

  unref() {
    this.timer?.unref();
  }

  hasRef() {
    return this.timer !== null && this.timer.hasRef();
  }
}

function takeRoundRobin(reply, giveBack, callback) {
  if (reply.errno) {
    giveBack();
    callback(reply.errno, null);
    return;
  }
  const stub = new RoundRobinStub(reply.key, reply.sockname, giveBack);
  handles.set(reply.key, stub);
  callback(0, stub);
}

function onConnection(message, handle) {
  const stub = handles.get(message.key);
  const accepted = stub !== undefined && stub.onconnection !== null && handle !== undefined;
  send({ ack: message.seq, accepted });
  if (accepted) stub.onconnection(0, handle);
  else handle?.close();
}

function disconnect(worker, byPrimary) {
  worker.exitedAfterDisconnect = true;
  let open = 1;
  const closed = () => {
    if (--open > 0) return;
    // The primary must know first that this is on purpose.
    if (byPrimary) process.disconnect();
    else send({ act: 'exitedAfterDisconnect' }, () => process.disconnect());
  };
  for (const handle of [...handles.values()]) {
    open++;
    if (handle.owner && typeof handle.owner.close === 'function') handle.owner.close(closed);
    else handle.close(closed);
  }
  handles.clear();
  closed();
}

Worker.prototype.disconnect = function() {
  if (this.state !== 'disconnecting' && this.state !== 'destroying') {
    this.state = 'disconnecting';
    disconnect(this, false);
  }
  return this;
};

Worker.prototype.destroy = function() {
  if (this.state === 'destroying') return;
  this.exitedAfterDisconnect = true;
  if (!this.isConnected()) {
    process.exit(0);
  } else {
    this.state = 'destroying';
    send({ act: 'exitedAfterDisconnect' }, () => process.disconnect());
    process.once('disconnect', () => process.exit(0));
  }
};

module.exports = cluster;
