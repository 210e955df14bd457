'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const { AsyncLocalStorage, AsyncResource } = require('node:async_hooks');
const { exec } = require('node:child_process');
const { EventEmitter } = require('node:events');

const storage = new AsyncLocalStorage();
const waiting = new Set();
const done = [];

// Calls start(callback) within a store, and expects callback to see it.
function follows(name, start) {
  waiting.add(name);
  storage.run(name, () => start(() => {
    assert.strictEqual(storage.getStore(), name);
    waiting.delete(name);
    done.push(name);
  }));
  assert.strictEqual(storage.getStore(), undefined);
}

follows('nextTick', (callback) => process.nextTick(callback));
follows('microtask', (callback) => queueMicrotask(callback));
follows('promise', (callback) => Promise.resolve().then(callback));
follows('await', async (callback) => {
  await null;
  await new Promise((resolve) => setTimeout(resolve, 1));
  callback();
});
follows('timeout', (callback) => setTimeout(callback, 1));
follows('immediate', (callback) => setImmediate(callback));
follows('interval', (callback) => {
  const timer = setInterval(() => {
    clearInterval(timer);
    callback();
  }, 1);
});
follows('file', (callback) => fs.stat(__filename, callback));
follows('file promise', (callback) => fs.promises.readFile(__filename).then(callback));
follows('child', (callback) => exec('true', callback));
follows('connection', (callback) => {
  const server = net.createServer((socket) => socket.end('x')).listen(0, () => {
    const socket = net.connect(server.address().port, () => {});
    socket.on('data', () => {});
    socket.on('close', () => {
      server.close();
      callback();
    });
  });
});

// A resource keeps the context it was made in.
const resource = storage.run('resource', () => new AsyncResource('test'));
resource.runInAsyncScope(() => assert.strictEqual(storage.getStore(), 'resource'));
const snapshot = storage.run('snapshot', () => AsyncLocalStorage.snapshot());
assert.strictEqual(snapshot(() => storage.getStore()), 'snapshot');

// A listener runs in the context of the emit.
const emitter = new EventEmitter();
emitter.on('x', (expected) => assert.strictEqual(storage.getStore(), expected));
storage.run('emit', () => emitter.emit('x', 'emit'));

// Storages do not see each other; exit() and disable() take a store away.
const other = new AsyncLocalStorage();
storage.run(1, () => other.run(2, () => {
  assert.deepStrictEqual([storage.getStore(), other.getStore()], [1, 2]);
  storage.exit(() => assert.deepStrictEqual([storage.getStore(), other.getStore()], [undefined, 2]));
  other.disable();
  assert.deepStrictEqual([storage.getStore(), other.getStore()], [1, undefined]);
}));

process.on('exit', () => assert.deepStrictEqual([...waiting], []));
