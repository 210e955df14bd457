// More of the smaller members of Node's surface: addresses, datagrams, promises, the REPL.
import assert from 'node:assert';
import { BlockList } from 'node:net';

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

// The type of service of what a socket sends: asked for before there is a connection, and after.
{
  const { Socket, connect, createServer } = await import('node:net');
  const idle = new Socket();
  assert.strictEqual(idle.getTypeOfService(), 0);
  assert.strictEqual(idle.setTypeOfService(0x10).getTypeOfService(), 0x10);
  assert.throws(() => idle.setTypeOfService(256), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => idle.setTypeOfService('x'), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => new Socket({ typeOfService: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer((socket) => socket.resume());
    const listening = new Promise((resolve, reject) => server.once('error', reject).listen(0, host, () => resolve(true)));
    // A machine may have no IPv6.
    if (!await listening.catch(() => false)) continue;
    const socket = connect({ host, port: server.address().port, typeOfService: 0x28 });
    await new Promise((resolve) => socket.once('connect', resolve));
    assert.strictEqual(socket.getTypeOfService(), 0x28);
    assert.strictEqual(socket.setTypeOfService(0x30).getTypeOfService(), 0x30);
    socket.destroy();
    server.close();
  }
}

// What is wrong is told in Node's words.
{
  const { SocketAddress } = await import('node:net');
  const { createGzip } = await import('node:zlib');
  const { createSocket } = await import('node:dgram');
  const { unescapeBuffer } = await import('node:querystring');
  assert.throws(() => new SocketAddress({ address: 'x' }), { code: 'ERR_INVALID_ADDRESS', name: 'Error', message: 'Invalid socket address' });
  assert.throws(() => createGzip().flush('x'), { code: 'ERR_INVALID_ARG_TYPE' });
  const socket = createSocket('udp4');
  assert.throws(() => socket.addMembership('224.0.0.1', 5), { syscall: 'addMembership' });
  socket.close();
  const { port1 } = new MessageChannel();
  assert.strictEqual(port1.listenerCount(Symbol('x')), 0);
  assert.strictEqual(port1.removeAllListeners(Symbol('x')), port1);
  port1.close();
  assert.strictEqual(`${unescapeBuffer(Buffer.from('a%20b'))}`, 'a b');
}

console.log('ok');
