// call.mjs NAME: one small operation of the core library; nanoseconds a call.
import { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { duration } from './tasks/duration.mjs';

const emitter = new EventEmitter();
let heard = 0;
emitter.on('event', (value) => { heard += value; });
const rows = Array.from({ length: 100 }, (_, id) => ({ id, name: `row ${id}` }));
const json = JSON.stringify(rows);
const chunks = Array.from({ length: 10 }, () => Buffer.alloc(50, 'x'));
const call = {
  emit: () => emitter.emit('event', 1),
  url: () => new URL('https://user:pass@sub.example.com:8080/p/a/t/h?query=string&a=1#hash'),
  'url-relative': () => new URL('../b/c?d', 'https://example.com/a/x/y'),
  inspect: () => inspect({ a: 1, b: 'two', c: [1, 2, 3, { d: null }], e: new Map([['k', 'v']]) }),
  'inspect-rows': () => inspect(rows),
  'clone-small': () => structuredClone({ a: 1, b: 'two', c: [1, 2, 3] }),
  'json-parse': () => JSON.parse(json),
  'json-stringify': () => JSON.stringify(rows),
  'typed-small': () => new Uint8Array(64),
  'buffer-unsafe': () => Buffer.allocUnsafe(64),
  'buffer-alloc': () => Buffer.alloc(64),
  'buffer-concat': () => Buffer.concat(chunks),
}[process.argv[2]];

const time = duration(call);
console.log(heard < 0 ? NaN : time);
