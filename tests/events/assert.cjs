// The class Assert, and messages of assertions.
'use strict';
const assert = require('node:assert');

function failure(fn) {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error('it did not throw');
}

class A { constructor() { this.list = [1]; } }
class B { constructor() { this.list = [1]; } }

// The assertions stand on the prototype, and the strict ones on instances that did not refuse them.
{
  assert.strictEqual(assert.Assert.prototype.equal, assert.equal);
  assert.deepStrictEqual(Object.keys(new assert.Assert()), ['AssertionError', 'equal', 'deepEqual', 'notEqual', 'notDeepEqual']);
  assert.strictEqual(new assert.Assert().equal, assert.strictEqual);
  assert.deepStrictEqual(Object.keys(new assert.Assert({ strict: false })), ['AssertionError']);
  new assert.Assert({ strict: false }).deepEqual({ a: 1 }, { a: '1' });
  assert.throws(() => new assert.Assert().deepEqual({ a: 1 }, { a: '1' }), assert.AssertionError);
  assert.throws(() => assert.Assert(), { code: 'ERR_CONSTRUCT_CALL_REQUIRED' });
  assert.throws(() => new assert.Assert({ diff: 'long' }), { code: 'ERR_INVALID_ARG_VALUE' });
  class Sub extends assert.Assert {}
  assert.throws(() => new Sub().equal(1, '1'), assert.AssertionError);
}

// Options: classes that do not count, and differences in full.
{
  const loose = new assert.Assert({ skipPrototype: true });
  loose.deepStrictEqual(new A(), new B());
  loose.deepStrictEqual(new Map([[{ key: new A() }, 1]]), new Map([[{ key: new B() }, 1]]));
  loose.partialDeepStrictEqual([new A()], [new B()]);
  assert.throws(() => loose.notDeepStrictEqual(new A(), new B()), assert.AssertionError);
  assert.throws(() => loose.deepStrictEqual({ a: 1 }, { a: '1' }), assert.AssertionError);
  const { deepStrictEqual } = loose;
  assert.throws(() => deepStrictEqual(new A(), new B()), assert.AssertionError);
  assert.strictEqual(require('node:util').isDeepStrictEqual(new A(), new B(), true), true);

  const many = Array.from({ length: 300 }, (_, i) => `line ${i}`);
  const short = failure(() => assert.notDeepStrictEqual(many, [...many]));
  assert.strictEqual(short.diff, 'simple');
  assert(!short.message.includes('line 299'));
  const full = failure(() => new assert.Assert({ diff: 'full' }).notDeepStrictEqual(many, [...many]));
  assert.strictEqual(full.diff, 'full');
  assert(full.message.includes('line 299'));
  const other = many.with(150, 'other');
  assert(failure(() => new assert.Assert({ diff: 'full' }).deepStrictEqual(many, other)).message.includes("- "));
}

// A message is a text, a text to fill in, a function or an error.
{
  assert.strictEqual(failure(() => assert.equal(1, 2, '%s and %d', 'x', 3)).message, 'x and 3');
  assert.strictEqual(failure(() => assert.equal(1, 2, '%s alone')).message, '%s alone');
  const made = failure(() => assert.equal(1, 2, (actual, expected) => `${actual} is not ${expected}`));
  assert.strictEqual(made.message, '1 is not 2');
  assert.strictEqual(made.generatedMessage, false);
  assert.strictEqual(failure(() => assert.equal(1, 2, () => 5)).message, '1 == 2');
  assert.strictEqual(failure(() => assert.equal(1, 2, () => { throw new Error('no'); })).generatedMessage, true);
  assert.strictEqual(failure(() => assert.ok(0, '%d', 5)).message, '5');
  assert.strictEqual(failure(() => assert.match('a', /b/, '%d', 5)).message, '5');
  const own = new Error('own');
  assert.strictEqual(failure(() => assert.equal(1, 2, own)), own);
  assert.throws(() => assert.equal(1, 2, own, 5), { code: 'ERR_AMBIGUOUS_ARGUMENT' });
  assert.throws(() => assert.equal(1, 2, 5), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => assert.match('a', /b/, {}), { code: 'ERR_INVALID_ARG_TYPE' });
}
