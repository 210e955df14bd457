// Runs each scenario's one script on Weft and on the other runtimes that are there, in turn, several rounds
// interleaved, and prints medians, spread and ratios.
//
//   cargo run --release -- benches/compare/run.mjs [--rounds N] [--only a,b,text*] [--with node,bun] [--json FILE] [--markdown FILE] [--install]
//
// --install fetches Node 26, Deno 2.9, Bun 1.4, piscina, tinypool and workerpool from the npm registry into target/compare (npm must be on
// PATH). Without it, runtimes installed there before or found on PATH are used.
// --with leaves out the other runtimes.
// --json keeps all samples; a file that is there already keeps what it has of scenarios that are not run now. --markdown writes the
// table of everything in the report.
// What is compared is in scenarios.mjs.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findRuntimes, here, install, modules } from './runtimes.mjs';
import { GROUPS } from './scenarios.mjs';
import { asMarkdown, asText, summary } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '' },
    with: { type: 'string', default: '' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    install: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const only = options.only === '' ? null : options.only.split(',');
const isWanted = ({ id }) => only === null || only.some((name) => (name.endsWith('*') ? id.startsWith(name.slice(0, -1)) : id === name));

function commandLine(runtime, scenario) {
  if (scenario.evaluate !== undefined) return [...runtime.evaluate, scenario.evaluate];
  const file = scenario.path ?? join(here, 'scenarios', scenario.suite === undefined ? scenario.file : 'pool-suite.mjs');
  return [...runtime.args, file, ...scenario.args ?? []];
}

function measure(runtime, scenario, library) {
  const env = { ...process.env, COMPARE_MODULES: modules };
  if (library !== undefined) {
    env.POOL_LIBRARY = library;
    env.POOL_SCENARIO = typeof scenario.suite === 'string' ? scenario.suite : scenario.suite[runtime.name] ?? scenario.suite.other;
  }
  const start = performance.now();
  const run = spawnSync(runtime.command, commandLine(runtime, scenario), { encoding: 'utf8', env, timeout: 120_000 });
  const ms = performance.now() - start;
  const value = scenario.outside ? ms : Number(run.stdout);
  if (run.error || run.status !== 0 || Number.isNaN(value) || (!scenario.outside && run.stdout.trim() === '')) {
    return { error: String(run.error?.message ?? run.stderr).trim().split('\n').slice(0, 3).join(' | ') };
  }
  return { value };
}

// The samples of each runtime that could run the scenario, and why others could not. Of several libraries, the best one's samples count.
function runScenario(scenario, runtimes) {
  if (scenario.prepare !== undefined) scenario.path = scenario.prepare();
  const contestants = [];
  for (const runtime of runtimes) {
    if (scenario.skip?.includes(runtime.name)) continue;
    for (const library of scenario.libraries?.[runtime.name] ?? [undefined]) contestants.push({ runtime, library, values: [], failed: undefined });
  }
  // The first round warms file caches and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const contestant of contestants) {
      if (contestant.failed !== undefined) continue;
      const { value, error } = measure(contestant.runtime, scenario, contestant.library);
      if (error !== undefined) contestant.failed = error;
      else if (round > 0) contestant.values.push(value);
    }
  }
  const samples = {};
  const failed = new Map();
  for (const { runtime: { name }, library, values, failed: why } of contestants) {
    if (why !== undefined) failed.set(library === undefined ? name : `${name}, ${library}`, why);
    else if (samples[name] === undefined || summary(values).median < summary(samples[name]).median) samples[name] = values;
  }
  return { samples, failed };
}

if (options.install) install();
const peers = options.with === '' ? null : options.with.split(',');
const runtimes = findRuntimes().filter(({ name }) => peers === null || name === 'weft' || peers.includes(name));
for (const { name, version, args } of runtimes) console.log(`${name.padEnd(5)} ${version} ${args.join(' ')}`);

const before = options.json !== undefined && existsSync(options.json) ? JSON.parse(readFileSync(options.json, 'utf8')) : undefined;
const report = { runtimes: Object.fromEntries(runtimes.map(({ name, version }) => [name, version])), scenarios: { ...before?.scenarios } };
for (const [group, scenarios] of Object.entries(GROUPS)) {
  for (const scenario of scenarios.filter(isWanted)) {
    const { samples, failed } = runScenario(scenario, runtimes);
    report.scenarios[scenario.id] = { title: scenario.title, unit: scenario.unit, samples };
    console.log(`\n${group}: ${scenario.title} (${scenario.unit}, median of ${rounds})\n${asText({ ...scenario, samples }, failed)}`);
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
  }
}
if (options.markdown !== undefined) writeFileSync(options.markdown, asMarkdown(report, GROUPS));
