'use strict';
// Whether the modules can be named, with the flag and without.

const assert = require('assert');
const { builtinModules, isBuiltin } = require('module');
const { Worker } = require('worker_threads');

const on = process.execArgv.includes('--experimental-stream-iter');

assert.strictEqual(isBuiltin('stream/iter'), on);
assert.strictEqual(isBuiltin('node:stream/iter'), on);
assert.strictEqual(builtinModules.includes('stream/iter'), on);
assert.ok(process.allowedNodeEnvironmentFlags.has('--experimental-stream-iter'));

if (on) {
  const iter = require('stream/iter');
  assert.strictEqual(require('node:stream/iter'), iter);
  assert.strictEqual(process.getBuiltinModule('stream/iter'), iter);
} else {
  assert.throws(() => require('stream/iter'), { code: 'MODULE_NOT_FOUND' });
  assert.throws(() => require('node:stream/iter'), {
    code: 'ERR_UNKNOWN_BUILTIN_MODULE', message: 'No such built-in module: node:stream/iter',
  });
  assert.strictEqual(process.getBuiltinModule('stream/iter'), undefined);
}

(async () => {
  if (on) assert.strictEqual((await import('node:stream/iter')).default, require('stream/iter'));
  else await assert.rejects(import('node:stream/iter'), { code: 'ERR_UNKNOWN_BUILTIN_MODULE' });
  // A Worker may be given the flag for itself.
  const code = "require('worker_threads').parentPort.postMessage(typeof require('node:stream/iter').pull)";
  const worker = new Worker(code, { eval: true, execArgv: ['--experimental-stream-iter', '--no-warnings'] });
  const [type] = await require('events').once(worker, 'message');
  assert.strictEqual(type, 'function');
})();
