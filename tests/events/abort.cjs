'use strict';
const assert = require('node:assert');
const { getEventListeners } = require('node:events');
const { setTimeout: sleep, setImmediate: turn } = require('node:timers/promises');

// All signals are aborted before the first listener runs.
{
  const controller = new AbortController();
  const middle = AbortSignal.any([controller.signal, new AbortController().signal]);
  const far = AbortSignal.any([middle]);
  const order = [];
  controller.signal.addEventListener('abort', () => {
    assert.ok(far.aborted);
    order.push('source');
  });
  far.addEventListener('abort', (event) => {
    assert.ok(event.isTrusted);
    order.push('far');
  });
  controller.abort('why');
  assert.strictEqual(far.reason, 'why');
  assert.deepStrictEqual(order, ['source', 'far']);
}

// A listener with a signal goes when that aborts.
{
  const controller = new AbortController();
  const target = new EventTarget();
  let calls = 0;
  target.addEventListener('x', () => calls++, { signal: controller.signal });
  target.dispatchEvent(new Event('x'));
  controller.abort();
  target.dispatchEvent(new Event('x'));
  assert.strictEqual(calls, 1);
  assert.strictEqual(getEventListeners(target, 'x').length, 0);
}

(async () => {
  // Nobody holds the made signal but its listener: it still fires.
  let fired = 0;
  AbortSignal.any([AbortSignal.timeout(30)]).addEventListener('abort', () => fired++);
  await turn();
  globalThis.gc();
  // The timeout does not keep the process alive, this does.
  await sleep(120);
  assert.strictEqual(fired, 1);

  // Signals nobody listens to are not kept by a source that lives on.
  const source = new AbortController();
  const refs = [];
  for (let i = 0; i < 200; i++) refs.push(new WeakRef(AbortSignal.any([source.signal])));
  for (let i = 0; i < 10 && refs.some((ref) => ref.deref()); i++) {
    await turn();
    globalThis.gc();
  }
  assert.ok(refs.filter((ref) => ref.deref()).length < 5);

  const timed = AbortSignal.timeout(1);
  await sleep(30);
  assert.strictEqual(timed.reason.name, 'TimeoutError');
  assert.throws(() => timed.throwIfAborted(), { name: 'TimeoutError', code: 23 });
})();
