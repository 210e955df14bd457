// The runtimes to compare: Weft itself, and Node, Deno and Bun where they are there.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

export const here = import.meta.dirname;
export const cache = join(dirname(dirname(here)), 'target', 'compare');
export const modules = join(cache, 'node_modules');

// Fetches them, and the pools of the npm registry, into `cache`.
export function install() {
  mkdirSync(cache, { recursive: true });
  if (!existsSync(join(cache, 'package.json'))) writeFileSync(join(cache, 'package.json'), '{ "private": true }\n');
  const node = `node-${platform()}-${arch()}@26`;
  const done = spawnSync('npm', ['install', '--no-audit', '--no-fund', node, 'deno@2.9', 'bun@1.4', 'piscina@5', 'tinypool', 'workerpool'], {
    cwd: cache, stdio: 'inherit',
  });
  if (done.error) throw done.error;
  if (done.status !== 0) process.exit(done.status ?? 1);
}

// The first of some paths that is there; the binaries themselves, not npm's start scripts, which cost a Node start.
function firstThere(paths) {
  return paths.find((path) => existsSync(path));
}

function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, name));
}

function foldersOf(scope) {
  const folder = join(modules, scope);
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

// `args` before a file's path; `evaluate` before a text.
export function findRuntimes() {
  const found = [{ name: 'weft', command: process.execPath, args: [], evaluate: ['-e'] }];
  const candidates = [
    { name: 'node', paths: [join(modules, `node-${platform()}-${arch()}`, 'bin', 'node'), ...onPath('node')], args: [], evaluate: ['-e'] },
    {
      name: 'deno', paths: [...foldersOf('@deno').map((dir) => join(dir, 'deno')), ...onPath('deno')],
      args: ['run', '--allow-all', '--quiet'], evaluate: ['eval'],
    },
    {
      name: 'bun', paths: [join(modules, 'bun', 'bin', 'bun.exe'), ...foldersOf('@oven').map((dir) => join(dir, 'bin', 'bun')), ...onPath('bun')],
      args: [], evaluate: ['-e'],
    },
  ];
  for (const { paths, ...runtime } of candidates) {
    const command = firstThere(paths);
    if (command !== undefined) found.push({ ...runtime, command });
  }
  for (const runtime of found) {
    runtime.version = spawnSync(runtime.command, ['--version'], { encoding: 'utf8' }).stdout?.split('\n')[0].replace(/^(deno )?v?/, '') ?? '';
  }
  return found;
}
