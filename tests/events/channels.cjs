// diagnostics_channel: scopes.
'use strict';
const assert = require('node:assert');
const { AsyncLocalStorage } = require('node:async_hooks');
const dc = require('node:diagnostics_channel');

// The start is told when a scope is made, the end when it is disposed of, once.
{
  const bounded = dc.boundedChannel('bounded');
  assert(bounded instanceof dc.BoundedChannel);
  assert.strictEqual(bounded.start, dc.channel('tracing:bounded:start'));
  assert.strictEqual(bounded.end, dc.channel('tracing:bounded:end'));
  const said = [];
  const handlers = {
    start: (message, name) => said.push(['start', message.id, name]),
    end: (message, name) => said.push(['end', message.id, name]),
  };
  // Nobody listens: nothing is told, later either.
  const unheard = bounded.withScope({ id: 0 });
  bounded.subscribe(handlers);
  assert.strictEqual(bounded.hasSubscribers, true);
  unheard[Symbol.dispose]();
  assert.deepStrictEqual(said, []);

  const scope = bounded.withScope({ id: 1 });
  assert.deepStrictEqual(said.splice(0), [['start', 1, 'tracing:bounded:start']]);
  scope[Symbol.dispose]();
  scope[Symbol.dispose]();
  assert.deepStrictEqual(said.splice(0), [['end', 1, 'tracing:bounded:end']]);

  assert.deepStrictEqual(bounded.run({ id: 2 }, function(...args) { return [this.name, ...args]; }, { name: 'me' }, 1, 2),
                         ['me', 1, 2]);
  assert.strictEqual(said.splice(0).length, 2);
  assert.throws(() => bounded.run({ id: 3 }, () => { throw new Error('own'); }), /own/);
  assert.deepStrictEqual(said.splice(0).map(([what]) => what), ['start', 'end']);
  assert.strictEqual(bounded.unsubscribe(handlers), true);
  assert.strictEqual(bounded.unsubscribe(handlers), false);
  assert.strictEqual(bounded.hasSubscribers, false);
  assert.strictEqual(bounded.run(undefined, () => 5), 5);
}

// Stores are set for the scope's time.
{
  const store = new AsyncLocalStorage();
  const channel = dc.channel('stores');
  channel.bindStore(store, (data) => data.id);
  const seen = [];
  channel.subscribe(() => seen.push(store.getStore()));
  store.run('outer', () => {
    const first = channel.withStoreScope({ id: 1 });
    const second = channel.withStoreScope({ id: 2 });
    assert.strictEqual(store.getStore(), 2);
    second[Symbol.dispose]();
    assert.strictEqual(store.getStore(), 1);
    first[Symbol.dispose]();
    assert.strictEqual(store.getStore(), 'outer');
    first[Symbol.dispose]();
    assert.strictEqual(store.getStore(), 'outer');
  });
  assert.deepStrictEqual(seen, [1, 2]);

  const bounded = dc.boundedChannel({ start: channel, end: dc.channel('stores:end') });
  let atEnd;
  bounded.end.subscribe(() => { atEnd = store.getStore(); });
  assert.strictEqual(bounded.run({ id: 3 }, () => store.getStore()), 3);
  assert.strictEqual(atEnd, 3);
  assert.strictEqual(store.getStore(), undefined);
}

assert.throws(() => dc.boundedChannel(), { code: 'ERR_INVALID_ARG_TYPE' });
assert.throws(() => dc.boundedChannel({ start: 5, end: 6 }), { code: 'ERR_INVALID_ARG_TYPE' });
