// Packages of command lines, files, processes and logs.
import assert from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import chalk, { Chalk } from 'chalk';
import { Command } from 'commander';
import yargs from 'yargs';
import { glob, globStream, globSync } from 'glob';
import { rimraf } from 'rimraf';
import fse from 'fs-extra';
import { $, execa, execaNode, execaSync } from 'execa';
import pino from 'pino';

const scratch = fs.mkdtempSync('scratch-');
process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));

assert.equal(chalk.red('x'), 'x');
assert.equal(new Chalk({ level: 1 }).red('x'), '\x1b[31mx\x1b[39m');
const program = new Command('x').exitOverride().configureOutput({ writeOut() {} }).option('-p, --port <n>').argument('<f>');
let seen;
program.action((file, options) => { seen = [file, options.port]; }).parse(['-p', '3', 'file'], { from: 'user' });
assert.deepEqual(seen, ['file', '3']);
assert.throws(() => new Command('x').exitOverride().configureOutput({ writeOut() {} }).parse(['--help'], { from: 'user' }),
              { code: 'commander.helpDisplayed' });
assert.equal(yargs(['--x=3', '-v']).option('v', { type: 'boolean' }).parse().x, 3);
assert.match(await yargs([]).usage('hi').getHelp(), /hi/);

assert.deepEqual(await glob('node_modules/lodash/package.json'), [path.join('node_modules', 'lodash', 'package.json')]);
assert.equal(globSync('node_modules/zod/package.json').length, 1);
let files = 0;
for await (const file of globStream('node_modules/ajv/**/*.js')) files += file.length > 0;
assert.ok(files > 50, `${files}`);
const at = (...names) => path.join(scratch, ...names);
await fse.outputJson(at('a', 'b.json'), { a: 1 });
assert.deepEqual(await fse.readJson(at('a', 'b.json')), { a: 1 });
await fse.copy(at('a'), at('c'));
await fse.move(at('c'), at('d'), { overwrite: true });
assert.deepEqual(fs.readdirSync(at('d')), ['b.json']);
await rimraf(at('d'));
assert.equal(await fse.pathExists(at('d')), false);

assert.equal((await execa('echo', ['hi'])).stdout, 'hi');
assert.equal(execaSync('printf', ['a']).stdout, 'a');
assert.equal((await $`echo ${'x y'}`).stdout, 'x y');
await assert.rejects(execa('sh', ['-c', 'exit 3']), { exitCode: 3 });
await assert.rejects(execa('sleep', ['30'], { timeout: 50 }), { timedOut: true });
assert.equal((await execa({ input: 'in' })`cat`).stdout, 'in');
assert.equal((await execa('echo', ['a b']).pipe('tr', ['a', 'z'])).stdout, 'z b');
const lines = [];
for await (const line of execa('printf', ['a\nb\n'])) lines.push(line);
assert.deepEqual(lines, ['a', 'b']);
fs.writeFileSync(at('child.mjs'), `import { getOneMessage, sendMessage } from ${JSON.stringify(import.meta.resolve('execa'))};
  await sendMessage(await getOneMessage() + 1);`);
const child = execaNode(at('child.mjs'), { ipc: true });
await child.sendMessage(41);
assert.equal(await child.getOneMessage(), 42);
await child;

const log = pino(pino.destination({ dest: at('pino.log'), sync: true }));
log.error(new Error('x'), 'hello');
assert.equal(JSON.parse(fs.readFileSync(at('pino.log'), 'utf8')).err.message, 'x');
const transport = pino.transport({ target: 'pino/file', options: { destination: at('thread.log') } });
pino(transport).info('from a thread');
transport.end();
// pino takes its reference of the thread away once that is ready.
const alive = setInterval(() => {}, 1000);
await new Promise((resolve) => transport.on('close', resolve));
clearInterval(alive);
assert.match(fs.readFileSync(at('thread.log'), 'utf8'), /from a thread/);
console.log('ok');
