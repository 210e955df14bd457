// A task that is ended by force while the runtime loads something of its own for it leaves nothing half loaded, and costs
// no isolate.
import assert from 'node:assert';
import { builtinModules } from 'node:module';
import { Pool } from 'weft:pool';

const names = builtinModules.filter((name) => !/test|^weft:/.test(name));
const keys = {};
for (const name of names) keys[name] = Object.keys(process.getBuiltinModule(name)).length;

for (const how of ['require', 'import']) {
  // The grace is long enough for what is loaded to be loaded.
  await using pool = new Pool({ maxThreads: 1, concurrentTasksPerThread: 1, cancelGrace: 60_000 });
  const first = await pool.run(async () => (await import('weft:pool')).task.isolateId);
  for (let us = 200; us < 40_000; us = us * 1.3 + 100) {
    const gate = new AbortController();
    const task = pool.run(how === 'require' ? (list, length) => {
      let loaded = 0;
      for (let i = 0; ; i++) loaded += Object.keys(process.getBuiltinModule(list[i % length])).length;
    } : async (list, length) => {
      for (let i = 0; ; i++) await import(`node:${list[i % length].replace(/^node:/, '')}`);
    }, { args: [names, names.length], signal: gate.signal });
    setTimeout(() => gate.abort(), us / 1000);
    await assert.rejects(task, { name: 'AbortError' });
  }
  const after = await pool.run(async (list) => {
    const found = {};
    for (const name of list) found[name] = Object.keys(process.getBuiltinModule(name)).length;
    for (const name of list) await import(`node:${name.replace(/^node:/, '')}`);
    return [(await import('weft:pool')).task.isolateId, found];
  }, { args: [names] });
  assert.deepStrictEqual(after[1], keys);
  assert.strictEqual(after[0], first, how);
}
