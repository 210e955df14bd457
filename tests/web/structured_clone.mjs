// structuredClone of small trees: by itself or through a serializer, nobody may tell which it was.
import assert from 'node:assert';
import { runInNewContext } from 'node:vm';
import { receiveMessageOnPort } from 'node:worker_threads';

// What is said of it here must not depend on code having been compiled or not, nor on what was cloned before.
const same = (make, check) => {
  for (let i = 0; i < 3; i++) {
    const value = make();
    const clone = structuredClone(value);
    assert.deepStrictEqual(clone, value);
    if (typeof value === 'object' && value !== null) assert.notStrictEqual(clone, value);
    check?.(clone, value);
  }
};

same(() => ({}));
same(() => ({ a: 1, b: 'two', c: [1, 2, 3], d: undefined, e: null, f: 1n, g: -0, h: NaN }));
same(() => ({ 2: 'b', z: 1, 1: 'a', y: 2 }), (clone) => assert.deepStrictEqual(Object.keys(clone), ['1', '2', 'z', 'y']));
same(() => [[], [1.5, -0], ['a', [true, null]], [undefined], [{ a: [{ b: [] }] }]]);
same(() => ({ when: new Date(5), never: new Date(NaN), map: new Map([[{ k: 1 }, [2]], [NaN, -0]]), set: new Set([[1], 'x']) }));
same(() => Array.from({ length: 40 }, (_, i) => ({ i, inner: { list: [i, { i }] } })));
same(() => ({ list: Array.from({ length: 1000 }, (_, i) => i) }));
same(() => Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, i])));
same(() => JSON.parse('{"__proto__":{"a":1},"constructor":2,"toString":[3]}'), (clone) => {
  assert.strictEqual(Object.getPrototypeOf(clone), Object.prototype);
  assert.ok(Object.hasOwn(clone, '__proto__'));
});
// Holes, lengths and what arrays have besides.
for (const array of [[1, , 3], new Array(5), Object.assign([1, 2], { name: 'x' }), Object.freeze([1, { a: 1 }])]) {
  const clone = structuredClone({ array }).array;
  assert.deepStrictEqual(clone, [...Object.keys(array)].reduce((copy, key) => (copy[key] = array[key], copy), new Array(array.length)));
  assert.deepStrictEqual([1 in clone, Object.isFrozen(clone)], [1 in array, false]);
}
// What is one object is one object in the clone; others are not.
{
  const shared = { n: 1 };
  const when = new Date(7);
  const value = { a: shared, b: [shared, shared], c: new Map([[shared, shared]]), d: when, e: [when], f: { n: 1 } };
  value.self = value;
  value.b.push(value.b);
  const clone = structuredClone(value);
  assert.ok(clone.a === clone.b[0] && clone.a === clone.b[1] && clone.c.get(clone.a) === clone.a && clone.f !== clone.a);
  assert.ok(clone.self === clone && clone.b[2] === clone.b && clone.d === clone.e[0] && clone.a !== shared);
  const many = Array.from({ length: 30 }, (_, i) => ({ i }));
  const twice = structuredClone({ list: [...many, ...many] }).list;
  assert.ok(many.every((_, i) => twice[i] === twice[30 + i] && twice[i] !== many[i] && twice[i].i === i));
}
// Attributes, prototypes and symbols stay behind, getters become values.
{
  class Point { x = 1; }
  const symbol = Symbol('s');
  const value = Object.freeze(Object.defineProperties({ a: 1, [symbol]: 2, point: new Point(), none: { __proto__: null, b: 2 } }, {
    hidden: { value: 3 }, fixed: { value: 4, enumerable: true },
  }));
  const clone = structuredClone(value);
  assert.deepStrictEqual(clone, { a: 1, point: { x: 1 }, none: { b: 2 }, fixed: 4 });
  assert.strictEqual(Object.getPrototypeOf(clone.none), Object.prototype);
  assert.deepStrictEqual(Object.getOwnPropertyDescriptor(clone, 'fixed'), { value: 4, writable: true, enumerable: true, configurable: true });
  assert.deepStrictEqual(structuredClone({ __proto__: { inherited: 1 }, own: 2 }), { own: 2 });
  const foreign = structuredClone(runInNewContext('({ a: [1, { b: new Map([[1, 2]]) }] })'));
  assert.deepStrictEqual(foreign, { a: [1, { b: new Map([[1, 2]]) }] });
  assert.ok(foreign.a[1].b instanceof Map);
}
// Getters run once, in their order, whatever comes after them.
{
  const read = [];
  const value = {
    get a() { read.push('a'); return { get b() { read.push('b'); return 1; } }; },
    c: [1, Object.defineProperty([0], 0, { enumerable: true, get() { read.push('0'); return 5; } })],
    get d() { read.push('d'); return /x/; },
  };
  const clone = structuredClone(value);
  assert.deepStrictEqual([clone.a, clone.c, clone.d.source, read], [{ b: 1 }, [1, [5]], 'x', ['a', 'b', '0', 'd']]);
  assert.throws(() => structuredClone({ a: 1, get x() { throw new RangeError('mine'); } }), { name: 'RangeError', message: 'mine' });
  const traps = [];
  const proxy = new Proxy({ a: 1 }, new Proxy({}, { get: (_, name) => { traps.push(name); } }));
  assert.throws(() => structuredClone({ a: 1, b: [proxy] }), { name: 'DataCloneError' });
  assert.deepStrictEqual(traps, []);
}
// What is changed of the language's own does not show.
{
  const changed = [[Object.prototype, 'a'], [Object.prototype, 'inner'], [Array.prototype, 'push'], [Map.prototype, 'set'], [Map.prototype, 'get']];
  const before = changed.map(([object, name]) => Object.getOwnPropertyDescriptor(object, name));
  const fail = () => { throw new Error('was called'); };
  const value = { a: 1, inner: [1, { b: 2 }], map: new Map([[1, {}]]), more: Array.from({ length: 20 }, () => ({})) };
  changed.forEach(([object, name]) => Object.defineProperty(object, name, { configurable: true, get: fail, set: fail }));
  let clone;
  try {
    clone = structuredClone(value);
  } finally {
    changed.forEach(([object, name], i) => (before[i] ? Object.defineProperty(object, name, before[i]) : delete object[name]));
  }
  assert.deepStrictEqual(clone, value);
}
// Nor do properties with an index, or names that descriptors have, on the prototypes, of whatever kind; in messages neither.
{
  const value = {
    a: [1, [2], { b: [3] }], shared: [], holes: [1, , 3], map: new Map([[[1], { c: [4] }]]), set: new Set([[5]]),
    late: Object.defineProperty([], 'x', { value: 1 }), sub: new (class extends Array {})(2),
  };
  value.again = value.shared;
  const rows = Array.from({ length: 40 }, (_, id) => ({ id, name: `row ${id}`, even: id % 2 === 0, none: null }));
  const flat = { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8 };
  const accessor = Object.defineProperty({}, 'a', { enumerable: true, get() { return [6]; } });
  const { port1, port2 } = new MessageChannel();
  const all = () => {
    port1.postMessage(rows);
    port1.postMessage(flat);
    return [
      structuredClone(value), structuredClone(rows), structuredClone([1, 'a']), structuredClone(accessor),
      receiveMessageOnPort(port2).message, receiveMessageOnPort(port2).message,
    ];
  };
  const plain = all();
  for (let i = 0; i < 200; i++) all();
  assert.deepStrictEqual(plain.slice(1), [rows, [1, 'a'], { a: [6] }, rows, flat]);
  assert.ok(plain[0].shared === plain[0].again && !(1 in plain[0].holes) && plain[0].sub.length === 2 && plain[0].late.x === undefined);

  let called = 0;
  const { defineProperty, getPrototypeOf, setPrototypeOf } = Object;
  const { deleteProperty } = Reflect;
  const trap = () => ({ configurable: true, get() { called++; }, set() { called++; } });
  const fixed = () => ({ configurable: true, writable: false, value: 'inherited' });
  const indices = ['0', '1', '2', '31', '39', '40000'];
  const changes = [
    [Array.prototype, indices, trap], [Object.prototype, indices, trap], [Array.prototype, indices, fixed], [Object.prototype, indices, fixed],
    [Object.prototype, ['get', 'set', 'value', 'writable', 'enumerable', 'configurable'], trap],
  ];
  const under = [];
  for (let c = 0; c < changes.length; c++) {
    const { 0: object, 1: names, 2: make } = changes[c];
    const properties = [];
    for (let i = 0; i < names.length; i++) properties[i] = make();
    // What defineProperty() reads must not be inherited.
    for (let i = 0; i < names.length; i++) setPrototypeOf(properties[i], null);
    for (let i = 0; i < names.length; i++) defineProperty(object, names[i], properties[i]);
    called = 0;
    let clones;
    try {
      clones = all();
    } finally {
      for (let i = 0; i < names.length; i++) deleteProperty(object, names[i]);
    }
    assert.strictEqual(called, 0, `change ${c}`);
    under.push(clones);
  }
  // Another prototype behind that of arrays.
  called = 0;
  setPrototypeOf(Array.prototype, new Proxy(Object.prototype, { set() { called++; return true; }, get(target, name) { called++; return target[name]; } }));
  let clones;
  try {
    clones = all();
  } finally {
    setPrototypeOf(Array.prototype, Object.prototype);
  }
  assert.strictEqual(getPrototypeOf(Array.prototype), Object.prototype);
  under.push(clones);
  for (const clones of under) assert.deepStrictEqual(clones, plain);
  port1.close();
}
// Refusals are the serializer's.
for (const bad of [() => 0, Symbol('s'), { a: { b: [() => 0] } }, [Symbol('s')], new Map([[1, new WeakMap()]]), { p: Promise.resolve() }]) {
  assert.throws(() => structuredClone(bad), { name: 'DataCloneError', code: 25 });
}
assert.throws(() => structuredClone({ a: { f() { return 1; } } }), { message: 'f() { return 1; } could not be cloned.' });
{
  let deep = 1;
  for (let i = 0; i < 300; i++) deep = { deep };
  let clone = structuredClone(deep);
  for (let i = 0; i < 300; i++) clone = clone.deep;
  assert.strictEqual(clone, 1);
}
// What holds something that is not copied here, after much that is.
{
  const list = Array.from({ length: 300 }, (_, i) => ({ i }));
  for (let round = 0; round < 20; round++) {
    const bytes = new Uint8Array([1, 2]);
    const clone = structuredClone({ list, bytes, again: bytes, view: new Uint8Array(bytes.buffer, 1) });
    assert.ok(clone.bytes === clone.again && clone.view.buffer === clone.bytes.buffer && clone.list[299].i === 299);
    assert.deepStrictEqual(structuredClone({ a: [round] }), { a: [round] });
  }
}
console.log('ok');
