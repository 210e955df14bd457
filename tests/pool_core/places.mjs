// Functions that run elsewhere keep the place where they were written: for errors, for import(), and for what is strict.
import assert from 'node:assert';
import { fileURLToPath } from 'node:url';
import { Pool } from 'weft:pool';

await using pool = new Pool({ maxThreads: 2 });
const line = (error) => error.stack.split('\n')[1].trim();
const error = await pool.run(function named(a) { throw new Error(`${a}`); }, { args: [1] }).catch((e) => e);
assert.strictEqual(line(error), `at named (${import.meta.url}:8:56)`);
const below = await pool.run((a) => {
  if (a) return a;
  throw new Error('no');
}, { args: [0] }).catch((e) => e);
assert.strictEqual(line(below), `at ${import.meta.url}:12:9`);
const method = await pool.run({ method() { return new Error('given'); } }.method);
assert.match(line(method), /^at .*places\.mjs:15:\d+\)?$/);

// Relative to this file, and not to the working directory.
process.chdir('/');
const keys = await pool.run(async () => Object.keys(await import('./places/neighbour.mjs')));
assert.deepStrictEqual(keys, ['what']);
const { relative } = await import('./places/neighbour/deeper.mjs');
assert.strictEqual(await relative(pool), 'deeper');
assert.strictEqual(fileURLToPath(import.meta.url), await pool.run(async () => (await import('./places/neighbour.mjs')).what));

// Code of a module is strict.
assert.strictEqual(await pool.run(() => (function() { return this; })()), undefined);
assert.strictEqual(await pool.run(new Function('return (function() { return typeof this; })()')), 'object');

// Long texts are compiled with what another isolate learnt of them.
const long = new Function('n', `function inner(x) { return x + 1; } /*${'-'.repeat(5000)}*/ return inner(n);`);
for (let round = 0; round < 3; round++) {
  const values = await Promise.all(Array.from({ length: 20 }, (_, i) => pool.run(long, { args: [i] })));
  assert.deepStrictEqual(values, Array.from({ length: 20 }, (_, i) => i + 1));
  await using other = new Pool({ maxThreads: 1, recycleAfter: { tasks: 1 } });
  for (let i = 0; i < 3; i++) assert.strictEqual(await other.run(long, { args: [i] }), i + 1);
}
