importScripts('./node_modules/comlink/dist/umd/comlink.js');
Comlink.transferHandlers.set('EVENT', { canHandle: () => false, serialize: (v) => [v, []], deserialize: (value) => value });
Comlink.expose({
  counter: 0,
  inc() { this.counter++; },
  async call(callback) { await callback('a text'); },
  sum: (list) => list.reduce((a, b) => a + b),
  fail() { throw new RangeError('no'); },
  typeOf: (event) => event.type,
});
