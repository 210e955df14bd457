// Packages that change how modules are loaded, tested or replaced: runners of TypeScript, test runners, coverage, doubles; and a few
// that are servers, watch files or are a browser's page.
import assert from 'node:assert';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { once } from 'node:events';
import { spawnSync } from 'node:child_process';
import chokidar from 'chokidar';
import express from 'express';
import { JSDOM } from 'jsdom';
import sinon from 'sinon';
import webpack from 'webpack';
import { bin, scratch, streamsOf, write } from './scratch.mjs';

const weft = (...args) => {
  const { stdout, stderr } = streamsOf(...args);
  return stdout + stderr;
};

write('package.json', '{ "type": "commonjs" }');
write('tsconfig.json', JSON.stringify({ compilerOptions: { module: 'commonjs', target: 'es2022', types: [], lib: ['es2022', 'dom'] } }));
write('a.ts', 'import { b } from "./b"; enum A { X = 1, Y } console.log(A.Y, b);');
write('b.ts', 'namespace N { export const b: string = "b"; } export const b = N.b;');
assert.equal(weft(0, bin('tsx/dist/cli.mjs'), 'a.ts'), '2 b\n');
assert.equal(weft(0, '--import', 'tsx', 'a.ts'), '2 b\n');
assert.equal(weft(0, bin('ts-node/dist/bin.js'), 'a.ts'), '2 b\n');
write('esm/package.json', '{ "type": "module" }');
write('esm/c.ts', 'import { d } from "./d.ts"; enum A { X = 3 } console.log(A.X, d, import.meta.filename.endsWith("c.ts"));');
write('esm/d.ts', 'export const d: number = 4;');
assert.equal(weft(0, bin('tsx/dist/cli.mjs'), 'esm/c.ts'), '3 4 true\n');

write('j/a.test.js', `const fs = require('fs'); const crypto = require('crypto');
  test('doubles', () => {
    jest.spyOn(fs, 'readFileSync').mockReturnValue('mine'); expect(fs.readFileSync('x')).toBe('mine');
    jest.spyOn(crypto, 'randomBytes').mockReturnValue('two'); expect(crypto.randomBytes(2)).toBe('two'); jest.restoreAllMocks();
  });
  test('time', () => {
    jest.useFakeTimers(); const late = jest.fn(); setTimeout(late, 1000); jest.advanceTimersByTime(1000); expect(late).toHaveBeenCalled();
    jest.useRealTimers();
  });
  test('realms', () => expect([structuredClone({ a: 1 }), Buffer.from('a') instanceof Uint8Array]).toEqual([{ a: 1 }, true]));`);
write('j/b.test.js', "test('more', async () => { await expect(Promise.reject(new TypeError('x'))).rejects.toThrow('x'); });");
assert.match(weft(0, bin('jest/bin/jest.js'), '--rootDir', 'j', '--ci', '--watchman=false'), /Tests: +4 passed/);
write('j/c.test.js', "test('fails', () => expect({ a: 1 }).toEqual({ a: 2 }));");
assert.match(weft(1, bin('jest/bin/jest.js'), '--rootDir', 'j', '-i', '--ci', '--watchman=false'), /1 failed, 4 passed/);

write('n/a.js', "if (process.argv[2]) { console.log('a'); } require('child_process').spawnSync(process.execPath, [__dirname + '/b.js']);");
write('n/b.js', "console.log('child');");
assert.match(weft(0, bin('nyc/bin/nyc.js'), '--reporter', 'text', process.execPath, 'n/a.js'), / a\.js[^]* b\.js/);

const sandbox = sinon.createSandbox();
sandbox.stub(crypto, 'createHash').returns('mine');
assert.equal(crypto.createHash('sha1'), 'mine');
sandbox.restore();
assert.equal(typeof crypto.createHash('sha1').update, 'function');
const clock = sinon.useFakeTimers({ now: 1000 });
let ticks = 0;
setInterval(() => ticks++, 10);
clock.tick(100);
assert.deepEqual([ticks, Date.now()], [10, 1100]);
clock.restore();

const app = express();
app.use(express.json());
app.post('/p/:id', (request, response) => response.status(201).send({ ...request.body, ...request.params, ...request.query }));
app.use('/s', express.static(scratch));
const server = app.listen(0);
await once(server, 'listening');
const ask = async (method, target, body) => {
  const request = http.request({ port: server.address().port, path: target, method, headers: { 'content-type': 'application/json' } });
  const [response] = await once(request.end(body), 'response');
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  return [response.statusCode, text];
};
assert.deepEqual(await ask('POST', '/p/7?q=1', '{"a":[1]}'), [201, '{"a":[1],"id":"7","q":"1"}']);
assert.deepEqual(await ask('GET', '/s/package.json'), [200, '{ "type": "commonjs" }']);
assert.equal((await ask('GET', '/none'))[0], 404);
server.close();
server.closeAllConnections();

const page = new JSDOM('<p>a <b>b</b></p><script>document.body.dataset.made = [1, 2].join()</script>', { runScripts: 'dangerously' });
assert.deepEqual([page.window.document.querySelector('p').textContent, page.window.document.body.dataset.made], ['a b', '1,2']);
page.window.close();

const watcher = chokidar.watch(path.join(scratch, 'n'));
await once(watcher, 'ready');
write('n/new.js', '');
assert.equal(path.basename((await once(watcher, 'add'))[0]), 'new.js');
await watcher.close();

write('w/package.json', '{ "type": "module" }');
write('w/in.js', "import { x } from './x.js'; import('./late.js').then((late) => console.log(x, late.default));");
write('w/x.js', 'export const x = 5; export const unused = 6;');
write('w/late.js', 'export default 9;');
const stats = await new Promise((resolve, reject) => {
  webpack({
    mode: 'production', target: 'node', context: path.join(scratch, 'w'), entry: './in.js',
    output: { path: path.join(scratch, 'w/out'), filename: 'out.cjs' },
  }, (error, done) => (error ? reject(error) : resolve(done)));
});
assert.ok(!stats.hasErrors(), stats.toString());
assert.equal(weft(0, 'w/out/out.cjs'), '5 9\n');
write('ava/package.json', '{ "type": "module" }');
write('ava/test.js', "import test from 'ava'; test('a', (t) => t.deepEqual([1], [1])); test('b', async (t) => { await null; t.pass(); });");
fs.symlinkSync(path.resolve('node_modules'), path.join(scratch, 'ava/node_modules'));
const ava = spawnSync(process.execPath, [bin('ava/entrypoints/cli.mjs')], { cwd: path.join(scratch, 'ava'), encoding: 'utf8' });
assert.match(ava.stdout, /2 tests passed/, ava.stdout + ava.stderr);
console.log('ok');
