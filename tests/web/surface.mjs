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

// Rules of a BlockList that go again, networks by their usual notation, several at once.
{
  const list = new BlockList();
  list.addCIDR('10.0.0.0/8');
  list.addCIDRs(['fc00::/7', '192.168.0.0/16']);
  list.addAddresses(['1.1.1.1', '2.2.2.2']);
  list.addRange('3.0.0.1', '3.0.0.9');
  assert(list.check('10.20.30.40') && list.check('fd00::1', 'ipv6') && list.check('2.2.2.2') && list.check('3.0.0.5'));
  list.removeCIDR('10.0.0.1/8');
  assert(list.check('10.20.30.40'));
  list.removeCIDR('10.0.0.0/8');
  list.removeAddress('2.2.2.2');
  list.removeRange('3.0.0.1', '3.0.0.9');
  list.removeSubnet('192.168.0.0', 16);
  assert(!list.check('10.20.30.40') && !list.check('2.2.2.2') && !list.check('3.0.0.5') && !list.check('192.168.1.1'));
  assert.strictEqual(list.size, 2);
  // All or none.
  assert.throws(() => list.addCIDRs(['11.0.0.0/8', '12.0.0.0']), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => list.addAddresses(['9.9.9.9', 'x']), { code: 'ERR_INVALID_ADDRESS' });
  assert.throws(() => list.addCIDR('10.0.0.0/33'), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => list.addCIDR('10.0.0.0/08'), { code: 'ERR_INVALID_ARG_VALUE' });
  list.addAddress('1.1.1.1');
  assert.strictEqual(list.size, 2);
  list.clear();
  list.addCIDRs(BlockList.PRIVATE_RANGES);
  assert(list.check('172.31.0.1') && list.check('::1', 'ipv6') && !list.check('172.32.0.1'));
}

// A rejection that was marked is nobody's.
{
  const { markPromiseAsHandled } = await import('node:util');
  const unhandled = [];
  const listener = (reason) => unhandled.push(reason);
  process.on('unhandledRejection', listener);
  const marked = Promise.reject('marked');
  markPromiseAsHandled(marked);
  Promise.reject('not marked');
  await new Promise((resolve) => setTimeout(resolve, 0));
  process.off('unhandledRejection', listener);
  assert.deepStrictEqual(unhandled, ['not marked']);
  assert.throws(() => markPromiseAsHandled({ then() {} }), { code: 'ERR_INVALID_ARG_TYPE' });
}

{
  const { isValidSyntax } = await import('node:repl');
  assert.deepStrictEqual(['1 + 1', 'const x = 1', 'await 1', '', '{', 'let a =', 'return 1', 'x => {'].map(isValidSyntax),
                         [true, true, true, true, false, false, false, false]);
}

// Datagram sockets that are bound and connected at once.
{
  const { createSocket } = await import('node:dgram');
  const one = createSocket('udp4');
  const { port, address } = one.bindSync({ address: '127.0.0.1' });
  assert.deepStrictEqual({ port, address }, { port: one.address().port, address: '127.0.0.1' });
  assert.throws(() => one.bindSync(), { code: 'ERR_SOCKET_ALREADY_BOUND' });
  const two = createSocket('udp4');
  assert.throws(() => two.bindSync({ port, address }), { code: 'EADDRINUSE', syscall: 'bind', port });
  assert.throws(() => two.bindSync({ address: 'localhost' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => two.bindSync({ port: 70000 }), { code: 'ERR_SOCKET_BAD_PORT' });
  assert.strictEqual(two.connectSync(port), undefined);
  assert.strictEqual(two.remoteAddress().port, port);
  assert.throws(() => two.connectSync(port), { code: 'ERR_SOCKET_DGRAM_IS_CONNECTED' });
  await new Promise((resolve) => two.on('connect', resolve));
  const arrived = new Promise((resolve) => one.on('message', resolve));
  two.send('at once');
  assert.strictEqual(String(await arrived), 'at once');
  one.close();
  two.close();
  assert.throws(() => one.bindSync(), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
}
