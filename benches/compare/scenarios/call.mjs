// call.mjs NAME: one small operation of the core library; nanoseconds a call.
import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';

const emitter = new EventEmitter();
let heard = 0;
emitter.on('event', (value) => { heard += value; });
const rows = Array.from({ length: 100 }, (_, id) => ({ id, name: `row ${id}` }));
const call = {
  emit: () => emitter.emit('event', 1),
  url: () => new URL('https://user:pass@sub.example.com:8080/p/a/t/h?query=string&a=1#hash'),
  'url-relative': () => new URL('../b/c?d', 'https://example.com/a/x/y'),
  inspect: () => inspect({ a: 1, b: 'two', c: [1, 2, 3, { d: null }], e: new Map([['k', 'v']]) }),
  'inspect-rows': () => inspect(rows),
  'clone-small': () => structuredClone({ a: 1, b: 'two', c: [1, 2, 3] }),
}[process.argv[2]];

let kept;
const run = (count) => {
  const start = performance.now();
  for (let i = 0; i < count; i++) kept = call();
  return performance.now() - start;
};
let count = 1;
while (run(count) < 20) count *= 2;
let best = Infinity;
for (let round = 0; round < 5; round++) best = Math.min(best, run(count));
console.log(kept === undefined || heard < 0 ? NaN : best * 1e6 / count);
