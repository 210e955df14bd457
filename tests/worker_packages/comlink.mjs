import * as Comlink from 'comlink';
const worker = new Worker(new URL('comlink-worker.js', import.meta.url));
const api = Comlink.wrap(worker);
console.log(await api.counter);
await api.inc();
console.log(await api.counter);
await api.call(Comlink.proxy((text) => console.log('called with', text)));
const data = new Uint8Array([1, 2, 3]);
console.log(await api.sum(Comlink.transfer(data, [data.buffer])), data.length);
await api.fail().catch((error) => console.log(error instanceof RangeError, error.message));
Comlink.transferHandlers.set('EVENT', {
  canHandle: (value) => value instanceof Event,
  serialize: (event) => [{ type: event.type }, []],
  deserialize: (value) => value,
});
console.log(await api.typeOf(new Event('click')));
const other = Comlink.wrap(await api[Comlink.createEndpoint]());
await other.inc();
console.log(await api.counter);
other[Comlink.releaseProxy]();
worker.terminate();
