'use strict';
const assert = require('node:assert');
const os = require('node:os');

assert.ok(os.availableParallelism() >= 1);
assert.ok(os.totalmem() >= os.freemem() && os.freemem() > 0);
for (const cpu of os.cpus()) {
  assert.strictEqual(typeof cpu.model, 'string');
  assert.ok(cpu.times.user + cpu.times.sys + cpu.times.idle > 0);
}
assert.strictEqual(`${os.hostname}`, os.hostname());
assert.strictEqual(os.homedir(), process.env.HOME || os.userInfo().homedir);
assert.strictEqual(os.userInfo({ encoding: 'buffer' }).username.toString(), os.userInfo().username);
assert.throws(() => os.getPriority(2 ** 30), { code: 'ERR_SYSTEM_ERROR', info: { code: 'ESRCH', errno: -os.constants.errno.ESRCH,
  message: 'no such process', syscall: 'uv_os_getpriority' } });
assert.throws(() => os.setPriority(0, 20), { code: 'ERR_OUT_OF_RANGE' });
assert.strictEqual(os.constants.signals.SIGKILL, 9);
for (const addresses of Object.values(os.networkInterfaces())) {
  for (const { address, cidr, family, mac } of addresses) {
    assert.ok(cidr.startsWith(`${address}/`));
    assert.match(mac, /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
    assert.ok(family === 'IPv4' || family === 'IPv6');
  }
}
process.env.TMPDIR = '/some/where/';
assert.strictEqual(os.tmpdir(), '/some/where');
