'use strict';
const assert = require('node:assert');
const domain = require('node:domain');
const { AsyncLocalStorage } = require('node:async_hooks');

const storage = new AsyncLocalStorage();
const seen = [];

process.on('uncaughtException', (error) => seen.push([error.message, storage.getStore()]));
process.on('unhandledRejection', (error) => seen.push([error.message, storage.getStore()]));

storage.run('timer store', () => setTimeout(() => { throw new Error('timer'); }, 1));
storage.run('immediate store', () => setImmediate(() => { throw new Error('immediate'); }));
storage.run('tick store', () => process.nextTick(() => { throw new Error('tick'); }));
storage.run('promise store', () => Promise.reject(new Error('promise')));

const outer = domain.create();
const inner = domain.create();
outer.on('error', (error) => seen.push(['outer', error.message]));
inner.on('error', (error) => {
  seen.push(['inner', error.message, error.domain === inner]);
  throw new Error('from the handler');
});
outer.run(() => inner.run(() => {
  assert.strictEqual(process.domain, inner);
  setTimeout(() => {
    assert.strictEqual(process.domain, inner);
    outer.run(() => inner.run(() => { throw new Error('nested'); }));
  }, 5);
}));

process.on('exit', () => {
  assert.deepStrictEqual(seen, [
    ['tick', 'tick store'],
    ['promise', 'promise store'],
    ['immediate', 'immediate store'],
    ['timer', 'timer store'],
    ['inner', 'nested', true],
    ['outer', 'from the handler'],
  ]);
  process.exitCode = 0;
});
