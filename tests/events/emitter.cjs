'use strict';
const assert = require('node:assert');
const EventEmitter = require('node:events');

// An emit sees the listeners it began with.
{
  const emitter = new EventEmitter();
  const calls = [];
  const late = () => calls.push('late');
  const second = () => calls.push('second');
  emitter.on('x', () => {
    calls.push('first');
    emitter.on('x', late);
    emitter.off('x', second);
  });
  emitter.on('x', second);
  emitter.on('x', () => calls.push('third'));
  emitter.emit('x');
  assert.deepStrictEqual(calls, ['first', 'second', 'third']);
  calls.length = 0;
  emitter.emit('x');
  assert.deepStrictEqual(calls, ['first', 'third', 'late']);
}

// Nested emits of the same event, and a listener that throws in one of them.
{
  const emitter = new EventEmitter();
  let depth = 0;
  const seen = [];
  emitter.on('x', () => {
    if (depth++ < 2) emitter.emit('x');
    seen.push(depth);
  });
  emitter.on('x', () => { throw new Error('stop'); });
  assert.throws(() => emitter.emit('x'), /stop/);
  emitter.removeAllListeners('x');
  emitter.on('x', () => seen.push('a'));
  emitter.on('x', () => seen.push('b'));
  seen.length = 0;
  emitter.emit('x');
  assert.deepStrictEqual(seen, ['a', 'b']);
}

// Every number of arguments arrives, with the emitter as this.
{
  const emitter = new EventEmitter();
  for (let count = 0; count < 6; count++) {
    const given = Array.from({ length: count }, (_, i) => i);
    let called = 0;
    for (let i = 0; i < 2; i++) {
      emitter.once('y', function(...args) {
        assert.strictEqual(this, emitter);
        assert.deepStrictEqual(args, given);
        called++;
      });
    }
    emitter.emit('y', ...given);
    assert.strictEqual(called, 2);
  }
  assert.deepStrictEqual(emitter.eventNames(), []);
}

// Rejections of async listeners.
{
  const emitter = new EventEmitter({ captureRejections: true });
  emitter.on('error', (error) => assert.strictEqual(error.message, 'async'));
  emitter.on('z', async () => { throw new Error('async'); });
  emitter.emit('z');
}

// Iteration ends with a closing event, after what was emitted before it.
(async () => {
  const emitter = new EventEmitter();
  setImmediate(() => {
    emitter.emit('data', 1);
    emitter.emit('data', 2);
    emitter.emit('end');
  });
  const got = [];
  for await (const [value] of EventEmitter.on(emitter, 'data', { close: ['end'] })) got.push(value);
  assert.deepStrictEqual(got, [1, 2]);
  assert.strictEqual(emitter.listenerCount('data'), 0);
})();
