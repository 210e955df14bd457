// Programs of packages, each in a process of Weft's: compilers, formatters, linters, bundlers, test runners.
import assert from 'node:assert';
import path from 'node:path';
import { build, stop, transformSync } from 'esbuild';
import { rollup } from '@rollup/wasm-node';
import { bin, scratch, streamsOf, write } from './scratch.mjs';

const weft = (...args) => streamsOf(...args).stdout;

write('ts/tsconfig.json', JSON.stringify({
  compilerOptions: {
    strict: true, rootDir: 'src', outDir: 'out', module: 'commonjs', target: 'es2022', declaration: true, types: [],
    lib: ['es2022'],
  },
  include: ['src'],
}));
write('ts/src/a.ts', 'export interface A { x: number } export enum E { Q = 2 } export const f = (a: A): number => a.x * E.Q;');
write('ts/src/b.ts', 'import { f } from "./a"; (globalThis as any).console.log(f({ x: 3 }));');
weft(0, bin('typescript/bin/tsc'), '-p', 'ts');
assert.equal(weft(0, 'ts/out/b.js'), '6\n');
write('ts/src/c.ts', 'export const n: number = "text";');
assert.match(weft(2, bin('typescript/bin/tsc'), '-p', 'ts'), /error TS2322/);

write('p.js', 'const a = {b:1,   c:[1,2]}');
assert.equal(weft(0, bin('prettier/bin/prettier.cjs'), 'p.js'), 'const a = { b: 1, c: [1, 2] };\n');

write('eslint.config.mjs', 'export default [{ rules: { "no-unused-vars": "error" } }];');
write('l.js', 'const unused = 1;');
assert.match(weft(1, bin('eslint/bin/eslint.js'), 'l.js'), /no-unused-vars/);

write('m/a.spec.js', `const assert = require('assert'); describe('x', () => {
  it('works', () => assert.equal(1, 1)); it('waits', (done) => { setImmediate(done); }); it.skip('later', () => {}); });`);
write('m/b.spec.mjs', "it('esm', async () => { await import('node:fs'); });");
assert.match(weft(0, bin('mocha/bin/mocha.js'), 'm/*.spec.*'), /3 passing[\s\S]*1 pending/);
assert.match(weft(0, bin('mocha/bin/mocha.js'), '--parallel', 'm/*.spec.*'), /3 passing/);
write('m/c.js', "it('fails', () => { require('assert').deepEqual({ a: 1 }, { a: 2 }); });");
assert.match(weft(1, bin('mocha/bin/mocha.js'), 'm/c.js'), /1 failing/);

assert.equal(transformSync('let x: number = 1', { loader: 'ts' }).code, 'let x = 1;\n');
const bundle = await build({
  stdin: { contents: 'import _ from "lodash"; console.log(_.VERSION)', resolveDir: process.cwd() },
  bundle: true, write: false, platform: 'node',
});
assert.ok(bundle.outputFiles[0].text.length > 1e5);
await stop();

write('r/x.mjs', 'export const x = 1; export const unused = 2;');
write('r/in.mjs', "import { x } from './x.mjs'; console.log(x);");
const rolled = await rollup({ input: path.join(scratch, 'r/in.mjs') });
const { output: [{ code }] } = await rolled.generate({ format: 'cjs' });
await rolled.close();
assert.ok(code.includes('const x = 1') && !code.includes('unused'), code);
console.log('ok');
