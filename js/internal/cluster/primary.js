'use strict';

// The primary's side of node:cluster: forking workers, keeping the sockets they share, and telling of their lives.

const EventEmitter = require('events');
const Worker = require('internal/cluster/worker');
const { RoundRobinHandle, SharedHandle } = require('internal/cluster/shared_handle');
const { listener, sendMessage } = require('internal/cluster/messages');

const SCHED_NONE = 1;
const SCHED_RR = 2;

const cluster = new EventEmitter();
// What workers listen on, by address.
const handles = new Map();
// Hears of the end of the last worker.
const internals = new EventEmitter();
let lastId = 0;
let policyIsFixed = false;

function policyFromEnvironment() {
  const wish = process.env.NODE_CLUSTER_SCHED_POLICY;
  if (wish === 'none') return SCHED_NONE;
  if (wish === 'rr') return SCHED_RR;
  // Windows cannot hand connections over quickly enough.
  return process.platform === 'win32' ? SCHED_NONE : SCHED_RR;
}

Object.assign(cluster, {
  isWorker: false,
  isMaster: true,
  isPrimary: true,
  Worker,
  workers: {},
  settings: {},
  SCHED_NONE,
  SCHED_RR,
  schedulingPolicy: policyFromEnvironment(),
});

cluster.setupPrimary = function(options) {
  const settings = {
    args: process.argv.slice(2),
    exec: process.argv[1],
    execArgv: process.execArgv,
    silent: false,
    ...cluster.settings,
    ...options,
  };
  cluster.settings = settings;
  if (!policyIsFixed) {
    // Handles of both kinds cannot be mixed, so the first worker settles it.
    policyIsFixed = true;
    require('assert')(cluster.schedulingPolicy === SCHED_NONE || cluster.schedulingPolicy === SCHED_RR,
                      `Bad cluster.schedulingPolicy: ${cluster.schedulingPolicy}`);
  }
  process.nextTick(() => cluster.emit('setup', settings));
};
cluster.setupMaster = cluster.setupPrimary;

let lastDebugPort;

// Workers of a process that can be debugged get a port each: the option inspectPort's, or the next one.
function execArgvOf({ execArgv, inspectPort }) {
  const args = [...execArgv];
  if (!args.some((arg) => /^--(?:debug-port|inspect(?:-brk|-port|-wait)?)(?:=|$)/.test(arg))) return args;
  let port = typeof inspectPort === 'function' ? inspectPort() : inspectPort;
  if (port === undefined || port === null) {
    lastDebugPort = (lastDebugPort ?? process.debugPort) + 1;
    if (lastDebugPort > 65535) lastDebugPort = 1024;
    port = lastDebugPort;
  } else {
    require('internal/validators').validatePort(port);
  }
  args.push(`--inspect-port=${port}`);
  return args;
}

function startProcess(id, env) {
  const { settings } = cluster;
  return require('child_process').fork(settings.exec, settings.args, {
    cwd: settings.cwd,
    env: { ...process.env, ...env, NODE_UNIQUE_ID: `${id}` },
    serialization: settings.serialization,
    silent: settings.silent,
    windowsHide: settings.windowsHide,
    execArgv: execArgvOf(settings),
    stdio: settings.stdio,
    gid: settings.gid,
    uid: settings.uid,
  });
}

cluster.fork = function(env) {
  cluster.setupPrimary();
  const id = ++lastId;
  const worker = new Worker({ id, process: startProcess(id, env) });
  worker.on('message', function(message, handle) {
    cluster.emit('message', this, message, handle);
  });
  worker.process.once('exit', (code, signal) => {
    // With a channel still open, messages may follow: the handles go with 'disconnect' then.
    if (!worker.isConnected()) {
      releaseHandles(worker);
      forget(worker);
    }
    worker.exitedAfterDisconnect = Boolean(worker.exitedAfterDisconnect);
    worker.state = 'dead';
    worker.emit('exit', code, signal);
    cluster.emit('exit', worker, code, signal);
  });
  worker.process.once('disconnect', () => {
    releaseHandles(worker);
    if (worker.isDead()) forget(worker);
    worker.exitedAfterDisconnect = Boolean(worker.exitedAfterDisconnect);
    worker.state = 'disconnected';
    worker.emit('disconnect');
    cluster.emit('disconnect', worker);
  });
  worker.process.on('internalMessage', listener((message, handle) => onMessage(worker, message, handle)));
  process.nextTick(() => cluster.emit('fork', worker));
  cluster.workers[id] = worker;
  return worker;
};

function releaseHandles(worker) {
  for (const { 0: key, 1: handle } of handles) {
    if (handle.remove(worker)) handles.delete(key);
  }
}

function forget(worker) {
  if (!(worker.id in cluster.workers)) return;
  delete cluster.workers[worker.id];
  if (Object.keys(cluster.workers).length === 0) internals.emit('none');
}

cluster.disconnect = function(callback) {
  const workers = Object.values(cluster.workers);
  if (typeof callback === 'function') internals.once('none', callback);
  if (workers.length === 0) {
    process.nextTick(() => internals.emit('none'));
    return;
  }
  for (const worker of workers) if (worker.isConnected()) worker.disconnect();
};

const acts = {
  __proto__: null,
  online(worker) {
    worker.state = 'online';
    worker.emit('online');
    cluster.emit('online', worker);
  },
  queryServer,
  listening(worker, message) {
    const info = { addressType: message.addressType, address: message.address, port: message.port, fd: message.fd };
    worker.state = 'listening';
    worker.emit('listening', info);
    cluster.emit('listening', worker, info);
  },
  exitedAfterDisconnect(worker, message) {
    worker.exitedAfterDisconnect = true;
    sendMessage(worker.process, { ack: message.seq });
  },
  close(worker, message) {
    const handle = handles.get(message.key);
    if (handle?.remove(worker)) handles.delete(message.key);
  },
};

function onMessage(worker, message, handle) {
  acts[message.act]?.(worker, message, handle);
}

// A worker wants to listen.
function queryServer(worker, message) {
  // One that is leaving gets no more work.
  if (worker.exitedAfterDisconnect) return;
  const key = `${message.address}:${message.port}:${message.addressType}:${message.fd}:${message.index}`;
  let handle = handles.get(key);
  if (handle === undefined) {
    let { address } = message;
    // Longer paths than the system takes can be reached from the worker's own folder.
    if (message.port < 0 && typeof address === 'string' && message.workingDirectory !== undefined) {
      address = require('path').relative(process.cwd(),
                                         require('path').resolve(message.workingDirectory, address));
      if (message.address.length < address.length) address = message.address;
    }
    const isUdp = message.addressType === 'udp4' || message.addressType === 'udp6';
    const Kind = cluster.schedulingPolicy !== SCHED_RR || isUdp ? SharedHandle : RoundRobinHandle;
    handle = new Kind(key, address, message);
    handles.set(key, handle);
  }
  if (!handle.data) handle.data = message.data;
  handle.add(worker, (errno, reply, shared) => {
    const { data } = handle;
    if (errno !== 0) handles.delete(key);
    sendMessage(worker.process, { errno, key, ack: message.seq, data, ...reply }, shared);
  });
}

Worker.prototype.disconnect = function() {
  this.exitedAfterDisconnect = true;
  sendMessage(this.process, { act: 'disconnect' });
  releaseHandles(this);
  forget(this);
  return this;
};

Worker.prototype.destroy = function(signal) {
  this.process.kill(signal || 'SIGTERM');
};

module.exports = cluster;
