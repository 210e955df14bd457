'use strict';
// What console, util.inspect, util.format and assertion messages print. Run with
// Node to write expected.txt; nothing here depends on paths, times or stacks.
const util = require('util');
const assert = require('assert');

class Point {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }
}
class Named extends Point {
  get [Symbol.toStringTag]() {
    return 'named';
  }
}
const ring = { name: 'ring' };
ring.self = ring;
ring.list = [ring, { ring }];
const sparse = [1, , 3];
sparse.extra = true;
const nullObject = { __proto__: null, a: 1 };
const values = {
  primitives: [undefined, null, true, -0, 1.5, 10n, 'it\'s', "\"'`", 'a\n\u0001', Symbol('s')],
  nested: { a: { b: { c: { d: 1 } } }, list: [[[[1]]]] },
  classes: [new Point(1, 2), new Named(1, 2), Point, Named, class {}, nullObject],
  functions: [() => {}, function named() {}, async () => {}, function* gen() {}],
  ring,
  sparse,
  numbers: Array.from({ length: 120 }, (_, i) => i * 7919 % 1000),
  words: 'the quick brown fox jumps over the lazy dog again and again'.split(' '),
  map: new Map([['key', { a: 1 }], [{ k: 1 }, [1, 2]]]),
  set: new Set(['a', { b: 1 }]),
  iterators: [new Map([[1, 2]]).entries(), new Set([1]).values(), [1].values()],
  bytes: [new Uint8Array(3), new ArrayBuffer(4), new DataView(new ArrayBuffer(2)), Buffer.from('hi')],
  boxed: [Object(1), Object('ab'), Object(true), Object(1n), Object(Symbol('b'))],
  dates: [new Date(0), new Date(NaN), /a\/b/gi],
  promises: [Promise.resolve(1), new Promise(() => {})],
  weak: [new WeakMap(), new WeakSet()],
  accessors: { get a() { return 1; }, set b(v) {}, get c() { return 1; }, set c(v) {} },
  keys: { 'a-b': 1, 'it\'s': 2, [Symbol('k')]: 3, 7: 4 },
  long: { text: 'line one of a rather long text\nline two of it, which is longer still\nand three' },
  custom: { [util.inspect.custom](depth, options) { return `custom ${depth} ${options.compact}`; } },
  args: (function() { return arguments; })(1, 2),
};
const optionSets = [
  undefined, { depth: 0 }, { depth: null, compact: false }, { colors: true }, { compact: true },
  { showHidden: true, depth: 1 }, { sorted: true, breakLength: 40 }, { getters: true },
  { maxArrayLength: 2, maxStringLength: 5 }, { numericSeparator: true },
];
for (const options of optionSets) {
  console.log('\n# options %j', options);
  for (const name of Object.keys(values)) {
    // Hidden properties of built-ins change with the engine.
    if (options?.showHidden && ['functions', 'classes', 'bytes', 'dates', 'iterators'].includes(name)) continue;
    // Node 20 forgets the sign of -0 there.
    if (options?.numericSeparator && name === 'primitives') continue;
    console.log(`${name}: ${util.inspect(values[name], options)}`);
  }
}

console.log('\n# format');
for (const directive of ['%s', '%d', '%i', '%f', '%j', '%o', '%O', '%c', '%%', '%x']) {
  for (const value of ['42.9abc', 42.9, 7n, { a: { b: { c: {} } } }, null, undefined, Symbol('f')]) {
    if (directive === '%j' && typeof value === 'bigint') continue;
    console.log(directive + ' |', util.format(`[${directive}]`, value, 'rest'));
  }
}

console.log('\n# console');
console.group('group');
console.log('indented\ntwice');
console.group();
console.info({ deeper: true });
console.groupEnd();
console.groupEnd();
console.count();
console.count('label');
console.count();
console.countReset();
console.count();
console.dir({ a: { b: { c: {} } } }, { depth: 0 });
console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]);
console.table([[1, 2], [3, 4]], ['1']);
console.table(new Map([['k', 1]]));
console.table(new Set([1]));
console.table(5);

console.log('\n# assert');
function falsy() {
  assert.ok(0 > 1);
}
function falsyOnLines() {
  assert(
    [1, 2].includes(3) ||
      'text with ) in it' === '',
  );
}
const failures = [
  () => assert.strictEqual(1, 2),
  () => assert.strictEqual('a longer text here', 'a longer text there'),
  () => assert.deepStrictEqual({ a: 1, b: [1, 2, 3] }, { a: 1, b: [1, 2, 4] }),
  () => assert.deepStrictEqual(Array.from({ length: 40 }, (_, i) => i), [0]),
  () => assert.deepStrictEqual(new Map([[1, { a: 1 }]]), new Map([[1, { a: 2 }]])),
  () => assert.deepEqual([1], [2]),
  () => assert.notStrictEqual(ring, ring),
  () => assert.strictEqual([1], [1]),
  () => assert.notDeepStrictEqual({ a: 1 }, { a: 1 }),
  () => assert.equal(1, 2),
  falsy,
  falsyOnLines,
  () => assert.ok(),
  () => assert.match('text', /nope/),
  () => assert.throws(() => {}, TypeError),
  () => assert.throws(() => { throw new Error('e'); }, { message: 'f' }),
  () => assert.throws(() => { throw new Error('e'); }, /f/),
  () => assert.doesNotThrow(() => { throw new Error('e'); }),
  () => assert.ifError(new Error('e')),
  () => assert.fail('reason'),
];
for (const fail of failures) {
  try {
    fail();
    console.log('no failure');
  } catch (error) {
    console.log(`${error.name} ${error.code} ${error.operator}\n${error.message}`);
  }
}
