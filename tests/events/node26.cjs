'use strict';

// Timers, emitters, legacy URLs, channels, readline and inspect() where Node
// 26 differs from Node before it. Runs unchanged on Node 26.10.

const assert = require('assert');
const events = require('events');
const dc = require('diagnostics_channel');
const readline = require('readline');
const timers = require('timers');
const url = require('url');
const { inspect } = require('util');
const { PassThrough } = require('stream');

const warnings = [];
process.on('warning', ({ name, code, message }) => warnings.push(code ?? name));
const turn = () => new Promise(setImmediate);

(async () => {
  // Timers; Node 26 has no functions for objects of one's own.
  const legacy = ['_unrefActive', 'active', 'unenroll', 'enroll'];
  assert.deepStrictEqual(Object.keys(timers).filter((name) => !legacy.includes(name)), [
    'setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'setInterval',
    'clearInterval', 'promises',
  ]);
  assert.deepStrictEqual(Object.keys(timers.promises),
                         ['setTimeout', 'setImmediate', 'setInterval', 'scheduler']);
  const timer = setTimeout(() => {}, -1);
  clearTimeout(timer);
  assert.strictEqual(timer._onTimeout, undefined);
  await turn();
  assert.deepStrictEqual(warnings.splice(0), ['TimeoutNegativeWarning']);

  // A rejection that is handled after it was reported is told of, in any mode.
  process.once('unhandledRejection', () => {});
  const rejected = Promise.reject(new Error('late'));
  await turn();
  rejected.catch(() => {});
  await turn();
  assert.deepStrictEqual(warnings.splice(0), ['PromiseRejectionHandledWarning']);

  // Emitters.
  assert.deepStrictEqual(Object.keys(events).slice(-5), [
    'EventEmitterAsyncResource', 'errorMonitor', 'defaultMaxListeners', 'setMaxListeners', 'init',
  ]);
  assert.strictEqual(typeof events.kMaxEventTargetListeners, 'symbol');
  assert.strictEqual(EventTarget[Symbol.for('nodejs.event_target')], true);
  for (const [target, name] of [[AbortSignal, 'reason'], [AbortSignal, 'throwIfAborted']]) {
    assert.ok(!Object.getOwnPropertyDescriptor(target.prototype, name).enumerable);
  }
  assert.ok(!Object.getOwnPropertyDescriptor(PassThrough.prototype.__proto__.__proto__, 'destroyed').configurable);
  assert.throws(() => events.listenerCount({}, 'a'), { code: 'ERR_INVALID_ARG_TYPE' });
  const emitter = new events.EventEmitter();
  emitter.once('a', function named() {});
  assert.strictEqual(emitter.rawListeners('a')[0].name, 'wrapper');
  emitter.on('a', () => {});
  const shown = inspect(emitter, { depth: 3 });
  for (const part of ['Symbol(events.emitting)]?: 0', 'Symbol(shapeMode)]?: false', 'Symbol(kCapture)]?: false']) {
    assert.match(shown, new RegExp(`  \\[?${part.replace(/[().]/g, '\\$&')}`));
  }
  assert.match(inspect(new PassThrough()), /  \[?Symbol\(shapeMode\)\]?: true/);
  for (const [value, message] of [
    [null, 'signals cannot be converted to sequence.'],
    ['abc', 'signals cannot be converted to sequence.'],
    [[5], 'signals[0] is not of type AbortSignal.'],
  ]) {
    assert.throws(() => AbortSignal.any(value), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message });
  }
  assert.strictEqual(inspect([[[new AbortController()]]]), '[ [ [ AbortController {} ] ] ]');

  // inspect(): names of properties.
  const key = Symbol('key');
  assert.match(inspect({ [key]: 1 }), /^\{ \[?Symbol\(key\)\]?: 1 \}$/);
  assert.strictEqual(
    inspect(Object.defineProperty({}, key, { value: 1 }), { showHidden: true }), '{ [Symbol(key)]: 1 }');
  assert.strictEqual(inspect(new ArrayBuffer(1)), 'ArrayBuffer { [Uint8Contents]: <00>, [byteLength]: 1 }');

  // Legacy URLs.
  assert.strictEqual(url.parse('http://a.com:/').href, 'http://a.com/');
  await turn();
  assert.deepStrictEqual(warnings.splice(0), ['DEP0169']);
  assert.strictEqual(url.fileURLToPathBuffer('file:///a%2Fb').toString(), '/a/b');
  assert.throws(() => url.fileURLToPath('file:///a%2Fb'), { code: 'ERR_INVALID_FILE_URL_PATH' });
  assert.strictEqual(url.pathToFileURL('C:\\a', { windows: true }).href, 'file:///C:/a');

  // Channels: what is not a promise stays what it is.
  const traced = dc.tracingChannel('node26');
  const results = [];
  traced.subscribe({ asyncEnd({ result }) { results.push(result); } });
  assert.strictEqual(traced.tracePromise(() => 5, {}), 5);
  const thenable = { then(resolve) { resolve(9); } };
  assert.strictEqual(traced.tracePromise(() => thenable, {}), thenable);
  assert.deepStrictEqual(results, [9]);
  await turn();
  assert.deepStrictEqual(warnings.splice(0), ['Warning']);

  // readline.
  assert.throws(() => readline.createInterface({ input: new PassThrough(), historySize: -1 }),
                /The value of "size" is out of range/);
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {} });
  const rl = readline.createInterface({ input, output: new PassThrough(), terminal: true });
  input.write('a\x1b[Zb');
  await turn();
  assert.strictEqual(rl.line, 'ab');
  rl.close();

  assert.ok(Object.isFrozen(require('module').builtinModules));
})();
