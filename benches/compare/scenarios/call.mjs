// call.mjs NAME: one small operation of the core library; nanoseconds a call.
import { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { duration } from './tasks/duration.mjs';

const emitter = new EventEmitter();
let heard = 0;
emitter.on('event', (value) => { heard += value; });
emitter.on('nothing', () => { heard++; });
emitter.on('three', (a, b, c) => { heard += a + b + c; });
for (let i = 0; i < 3; i++) emitter.on('many', (a, b) => { heard += a + b; });
const rows = Array.from({ length: 100 }, (_, id) => ({ id, name: `row ${id}` }));
const json = JSON.stringify(rows);
const chunks = Array.from({ length: 10 }, () => Buffer.alloc(50, 'x'));
class Point {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }
}
const deep = { name: 'server', options: { port: 8080, hosts: ['a', 'b'], tls: { on: true, key: null } }, handler() {}, since: new Date(0) };
const table = new Map([['a', 1], ['b', { c: 2 }], ['d', [1, 2]]]);
const config = { id: 7, tags: ['a', 'b'], owner: { name: 'x', roles: [1, 2] }, since: new Date(0) };
const call = {
  emit: () => emitter.emit('event', 1),
  'emit-0': () => emitter.emit('nothing'),
  'emit-3': () => emitter.emit('three', 1, 2, 3),
  'emit-many': () => emitter.emit('many', 1, 2),
  url: () => new URL('https://user:pass@sub.example.com:8080/p/a/t/h?query=string&a=1#hash'),
  'url-relative': () => new URL('../b/c?d', 'https://example.com/a/x/y'),
  'url-unusual': () => new URL('HTTP://EXAMPLE.com:80/a b/../c?q=\u00e9 x#\u4e2d'),
  'url-parts': () => {
    const url = new URL('https://example.com:8080/a/b?x=1&y=2#z');
    return url.hostname.length + url.pathname.length + url.searchParams.get('y').length;
  },
  inspect: () => inspect({ a: 1, b: 'two', c: [1, 2, 3, { d: null }], e: new Map([['k', 'v']]) }),
  'inspect-flat': () => inspect({ id: 1, name: 'two', active: true, score: 1.5 }),
  'inspect-class': () => inspect(new Point(1, 2)),
  'inspect-array': () => inspect([1, 'two', 3, null, undefined, true]),
  'inspect-map': () => inspect(table),
  'inspect-deep': () => inspect(deep),
  'inspect-rows': () => inspect(rows),
  'clone-small': () => structuredClone({ a: 1, b: 'two', c: [1, 2, 3] }),
  'clone-flat': () => structuredClone({ id: 1, name: 'two', active: true, score: 1.5 }),
  'clone-nested': () => structuredClone(config),
  'clone-array': () => structuredClone([1, 2, 3, 'four']),
  'clone-map': () => structuredClone(table),
  'json-parse': () => JSON.parse(json),
  'json-stringify': () => JSON.stringify(rows),
  'typed-small': () => new Uint8Array(64),
  'buffer-unsafe': () => Buffer.allocUnsafe(64),
  'buffer-alloc': () => Buffer.alloc(64),
  'buffer-concat': () => Buffer.concat(chunks),
}[process.argv[2]];

const time = duration(call);
console.log(heard < 0 ? NaN : time);
