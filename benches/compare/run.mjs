// Runs each scenario's one script on Weft and on the other runtimes that are there, in turn, several rounds
// interleaved, and prints medians and ratios.
//
//   cargo run --release -- benches/compare/run.mjs [--rounds N] [--only a,b,text*] [--json FILE] [--install]
//
// --install fetches Node 26, Deno 2.9, Bun 1.4, piscina, tinypool and workerpool from the npm registry into target/compare (npm must be on
// PATH). Without it, runtimes installed there before or found on PATH are used.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const here = import.meta.dirname;
const cache = join(dirname(dirname(here)), 'target', 'compare');
const modules = join(cache, 'node_modules');
const scenarios = join(here, 'scenarios');

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    install: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const only = options.only === '' ? null : options.only.split(',');

function install() {
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

function findRuntimes() {
  const found = [{ name: 'weft', command: process.execPath, args: [] }];
  const deno = existsSync(join(modules, '@deno')) ? readdirSync(join(modules, '@deno')).map((d) => join(modules, '@deno', d, 'deno')) : [];
  const bun = existsSync(join(modules, '@oven')) ? readdirSync(join(modules, '@oven')).map((d) => join(modules, '@oven', d, 'bin', 'bun')) : [];
  const candidates = [
    { name: 'node', paths: [join(modules, `node-${platform()}-${arch()}`, 'bin', 'node'), ...onPath('node')], args: [] },
    { name: 'deno', paths: [...deno, ...onPath('deno')], args: ['run', '--allow-all', '--quiet'] },
    { name: 'bun', paths: [join(modules, 'bun', 'bin', 'bun.exe'), ...bun, ...onPath('bun')], args: [] },
  ];
  for (const { name, paths, args } of candidates) {
    const command = firstThere(paths);
    if (command !== undefined) found.push({ name, command, args });
  }
  return found;
}

// A scenario either measures itself and prints one number, or is measured from outside (its whole process, in ms).
const SCENARIOS = [
  { id: 'startup', title: 'empty script, whole process', unit: 'ms', file: 'empty.mjs', outside: true },
  { id: 'startup-cjs', title: 'empty CommonJS script', unit: 'ms', file: 'empty.cjs', outside: true },
  { id: 'rss', title: 'resident memory at start', unit: 'MB', file: 'rss.mjs' },
  { id: 'worker-spawn', title: 'new Worker to its first message', unit: 'ms', file: 'worker-spawn.mjs' },
  { id: 'worker-next', title: 'a later new Worker to its first message', unit: 'ms', file: 'worker-next.mjs' },
  { id: 'worker-eight', title: '8 Workers at once, to the last first message', unit: 'ms', file: 'worker-eight.mjs' },
  { id: 'round-trip', title: 'small message to a Worker and back', unit: 'us', file: 'round-trip.mjs' },
  { id: 'flood', title: 'small messages to a Worker, one way', unit: 'us', file: 'flood.mjs' },
  { id: 'string-16mb', title: '16 MB one-byte string to a Worker', unit: 'ms', file: 'string-16mb.mjs' },
  { id: 'transfer-64mb', title: '64 MB ArrayBuffer transferred to a Worker and back', unit: 'us', file: 'transfer-64mb.mjs' },
  { id: 'rss-worker', title: 'resident memory of an idle Worker', unit: 'MB', file: 'rss-worker.mjs' },
  { id: 'pool-tiny', title: 'tiny pool task, 256 in flight (peers: piscina)', unit: 'us', file: 'pool-tiny.mjs', skip: ['deno', 'bun'] },
  { id: 'immediate', title: 'setImmediate turn', unit: 'us', file: 'immediate.mjs' },
  { id: 'timer', title: 'setTimeout and clearTimeout', unit: 'us', file: 'timer.mjs' },
  { id: 'tick', title: 'nextTick', unit: 'us', file: 'tick.mjs' },
  { id: 'await', title: 'await of a settled promise', unit: 'us', file: 'await.mjs' },
  { id: 'clone', title: 'structuredClone of 1000 rows', unit: 'us', file: 'clone.mjs' },
  { id: 'gzip', title: 'gzipSync of 1 MB', unit: 'ms', file: 'gzip.mjs' },
  { id: 'gunzip', title: 'gunzipSync to 1 MB', unit: 'ms', file: 'gunzip.mjs' },
  { id: 'gunzip-stream', title: 'pipeline of gunzip to 16 MB', unit: 'ms', file: 'gunzip-stream.mjs' },
  { id: 'files', title: 'fs.promises.readFile of 4 kB, 64 in flight', unit: 'us', file: 'files.mjs', args: ['promises'] },
  { id: 'files-sync', title: 'fs.readFileSync of 4 kB', unit: 'us', file: 'files.mjs', args: ['sync'] },
  { id: 'pipeline', title: 'a file of 64 MB through pipeline()', unit: 'ms', file: 'files.mjs', args: ['pipeline'] },
  { id: 'emit', title: 'EventEmitter.emit', unit: 'ns', file: 'call.mjs', args: ['emit'] },
  { id: 'url', title: 'new URL', unit: 'ns', file: 'call.mjs', args: ['url'] },
  { id: 'url-relative', title: 'new URL with a base', unit: 'ns', file: 'call.mjs', args: ['url-relative'] },
  { id: 'inspect', title: 'util.inspect of a small object', unit: 'ns', file: 'call.mjs', args: ['inspect'] },
  { id: 'inspect-rows', title: 'util.inspect of 100 rows', unit: 'ns', file: 'call.mjs', args: ['inspect-rows'] },
  { id: 'clone-small', title: 'structuredClone of a small object', unit: 'ns', file: 'call.mjs', args: ['clone-small'] },
  ...textScenarios(),
];

// Text to bytes and back, in each encoding and size.
function textScenarios() {
  const found = [];
  for (const size of [64, 4096, 1 << 20]) {
    for (const [operation, encodings] of [
      ['from', ['utf8', 'base64', 'hex', 'latin1']], ['toString', ['utf8', 'base64', 'hex', 'latin1']],
      ['encode', ['utf8']], ['decode', ['utf8']],
    ]) {
      for (const encoding of encodings) {
        found.push({
          id: `text-${operation}-${encoding}-${size}`, title: `${operation} ${encoding}, ${size} bytes`, unit: 'ns', file: 'text.mjs',
          args: [operation, encoding, `${size}`],
        });
      }
    }
  }
  return found;
}

function measure(runtime, scenario) {
  const env = { ...process.env, COMPARE_MODULES: modules };
  const start = performance.now();
  const run = spawnSync(runtime.command, [...runtime.args, join(scenarios, scenario.file), ...scenario.args ?? []], { encoding: 'utf8', env });
  const ms = performance.now() - start;
  if (run.error || run.status !== 0) {
    return { error: String(run.error?.message ?? run.stderr).trim().split('\n')[0] };
  }
  return { value: scenario.outside ? ms : Number(run.stdout) };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

if (options.install) install();
const runtimes = findRuntimes();
for (const { name, command, args } of runtimes) {
  const version = spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout?.split('\n')[0];
  console.log(`${name.padEnd(5)} ${version} ${args.join(' ')}`);
}

const report = {};
for (const scenario of SCENARIOS) {
  if (only !== null && !only.some((id) => (id.endsWith('*') ? scenario.id.startsWith(id.slice(0, -1)) : scenario.id === id))) continue;
  const present = runtimes.filter((r) => !scenario.skip?.includes(r.name));
  const samples = Object.fromEntries(present.map((r) => [r.name, []]));
  const failed = new Map();
  // The first round warms file caches and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const runtime of present) {
      if (failed.has(runtime.name)) continue;
      const { value, error } = measure(runtime, scenario);
      if (error !== undefined) failed.set(runtime.name, error);
      else if (round > 0) samples[runtime.name].push(value);
    }
  }
  console.log(`\n${scenario.title} (${scenario.unit}, median of ${rounds})`);
  const own = samples.weft.length > 0 ? median(samples.weft) : undefined;
  report[scenario.id] = { title: scenario.title, unit: scenario.unit, samples };
  for (const { name } of present) {
    if (failed.has(name)) {
      console.log(`  ${name.padEnd(5)} failed: ${failed.get(name)}`);
      continue;
    }
    const values = samples[name];
    const middle = median(values);
    const ratio = own === undefined || name === 'weft' ? '' : `  ${(middle / own).toFixed(2)} x weft`;
    console.log(`  ${name.padEnd(5)} ${middle.toFixed(2).padStart(9)}  (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})${ratio}`);
  }
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
