'use strict';
// weft:pool: JavaScript on all cores without managing threads. `pool` is a pool made by whoever first uses it, with as
// many threads as the machine lets this process use; `run` and `map` are its methods. Inside a task, `task` tells about it,
// and `pool` is the pool that runs it.

const { place } = require('internal/pool/place');

// Its first task finds a thread that is ready, or nearly so (src/workers/pool_spare.rs).
if (place.isolate === 0) internalBinding('pool').prepare();

let defaultPool;

function getPool() {
  if (defaultPool === undefined) {
    const { Pool, kJoin } = require('internal/pool/pool');
    defaultPool = place.isolate === 0 ? new Pool() : new Pool(kJoin);
  }
  return defaultPool;
}

// Stands for the default pool, which is made when a property of this is first used.
const pool = new Proxy(Object.create(null), {
  get(target, name) {
    const real = getPool();
    const value = Reflect.get(real, name, real);
    return typeof value === 'function' ? value.bind(real) : value;
  },
  set(target, name, value) { return Reflect.set(getPool(), name, value); },
  has(target, name) { return Reflect.has(getPool(), name); },
  getPrototypeOf() { return require('internal/pool/pool').Pool.prototype; },
});

function run(task, options) {
  return getPool().run(task, options);
}

// Methods of the default pool.
for (const name of ['map', 'imap', 'forEach', 'filter', 'reduce', 'sort', 'share', 'broadcast']) {
  exports[name] = { [name](...args) { return getPool()[name](...args); } }[name];
}

function lazily(name, get) {
  Object.defineProperty(exports, name, { __proto__: null, configurable: true, enumerable: true, get });
}

lazily('Pool', () => require('internal/pool/pool').Pool);
lazily('task', () => require('internal/pool/task_context').task);
lazily('move', () => require('internal/pool/move').move);
lazily('transfer', () => require('internal/pool/move').move);
exports.isWorkerThread = place.isolate !== 0;
exports.pool = pool;
exports.run = run;
exports.default = pool;
