// Smaller members of Node's surface: what they answer, and what they refuse.
import assert from 'node:assert';
import { BlockList } from 'node:net';
import { getTestContext } from 'node:test';
import { MIMEType } from 'node:util';

assert.strictEqual(MIMEType.parse('x'), null);
assert.strictEqual(`${MIMEType.parse('text/html;a=b')}`, 'text/html;a=b');

{
  const error = new QuotaExceededError('full', { quota: 1, requested: 5 });
  assert.deepStrictEqual([error.name, error.code, error.quota, error.requested], ['QuotaExceededError', 22, 1, 5]);
  assert.ok(error instanceof DOMException);
  assert.throws(() => new QuotaExceededError('', { quota: -1 }), RangeError);
  assert.throws(() => new QuotaExceededError('', { quota: 5, requested: 1 }), RangeError);
  assert.throws(() => new QuotaExceededError('', { quota: 'x' }), TypeError);
}

assert.deepStrictEqual(await Array.fromAsync(new Blob(['a', '\u00e9']).textStream()), ['a', '\u00e9']);

{
  const list = new BlockList();
  list.addSubnet('10.0.0.0', 8);
  list.addRange('1.1.1.1', '1.1.1.5');
  list.addAddress('::1', 'ipv6');
  const copy = new BlockList();
  copy.fromJSON(JSON.stringify(list));
  assert.strictEqual(copy.size, 3);
  assert.ok(copy.check('10.1.2.3') && copy.check('1.1.1.3') && copy.check('::1', 'ipv6') && !copy.check('1.1.1.6'));
  assert.throws(() => copy.fromJSON(1), { code: 'ERR_INVALID_ARG_TYPE' });
}

assert.strictEqual(getTestContext(), undefined);
assert.strictEqual(typeof Performance.prototype.timerify, 'function');

// Objects that are alive at the end, each once.
const calls = [];
const object = {};
process.removeAllListeners('warning').on('warning', () => {});
process.finalization.register(object, (alive, event) => calls.push([alive === object, event]));
process.finalization.registerBeforeExit(object, (alive, event) => calls.push([alive === object, event]));
const gone = {};
process.finalization.register(gone, () => assert.fail('was taken off the list'));
process.finalization.unregister(gone);
assert.throws(() => process.finalization.register(1, () => {}), { code: 'ERR_INVALID_ARG_TYPE' });

// The one added last is asked first; the exception that nobody takes is an event.
const asked = [];
process.addUncaughtExceptionCaptureCallback((error) => { asked.push(`first ${error.message}`); return false; });
process.addUncaughtExceptionCaptureCallback((error) => { asked.push(`second ${error.message}`); return error.message === 'a'; });
process.on('uncaughtException', (error) => asked.push(`event ${error.message}`));
setTimeout(() => { throw new Error('a'); }, 1);
setTimeout(() => { throw new Error('b'); }, 2);

process.on('exit', () => {
  assert.deepStrictEqual(asked, ['second a', 'second b', 'first b', 'event b']);
  assert.deepStrictEqual(calls, [[true, 'beforeExit'], [true, 'exit']]);
  console.log('ok');
});
