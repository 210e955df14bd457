'use strict';
// What follows `weft bench loop`.

const { portableNames, scenario, scenarioNames } = require('internal/bench/catalogue');

// A command line that cannot be followed.
class BenchUsageError extends Error {}

const FLAGS = {
  'scenario': { type: 'string', multiple: true, help: 'a,b: which ones (default: all; without others if there is a --script)' },
  'script': { type: 'string', help: 'FILE: a module whose default export is the load' },
  'duration': { type: 'string', help: 'how long each is measured: 500ms, 5s, ... (default: 5s)' },
  'warm-up': { type: 'string', help: 'how long its load runs before that (default: 1s)' },
  'rate': { type: 'string', help: 'how often a second the loop\'s lateness is probed (default: 1000)' },
  'repeat': { type: 'string', help: 'how many runs of each (default: 1; with --compare 3)' },
  'payload': { type: 'string', multiple: true, help: 'size of the load: N, or scenario=N,... (see below)' },
  'threads': { type: 'string', help: 'Workers, or tasks of the pool, at a time (default: 1)' },
  'seed': { type: 'string', help: 'of the loads\' random numbers (default: 1)' },
  'stall-threshold': { type: 'string', help: 'from how long on a turn counts as a stall (default: 50ms)' },
  'json': { type: 'string', help: 'FILE: everything that was measured; - for standard output' },
  'csv': { type: 'string', help: 'FILE: a line for each run; - for standard output' },
  'baseline': { type: 'string', help: 'FILE: JSON of an earlier run; exit code 1 if p99 became worse' },
  'bound': { type: 'string', help: 'N%: by how much p99 may become worse (default: 10%)' },
  'html': { type: 'string', help: 'FILE: a report to look at, in one file' },
  'png': { type: 'string', help: 'FILE: plots; with several scenarios, a file for each (FILE.cpu.png)' },
  'svg': { type: 'string', help: 'FILE: the same as SVG' },
  'compare': { type: 'string', help: 'node,deno,bun: the same loads in those that are on PATH, in turn' },
  'in-process': { type: 'boolean', help: 'all runs in this process, for tools that look into one (--trace-out, --inspect)' },
  'help': { type: 'boolean', short: 'h', help: 'print this' },
};

function time(text, flag, least) {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
  const ms = found === null ? NaN : Number(found[1]) * { ms: 1, s: 1000, m: 60_000 }[found[2] ?? 'ms'];
  if (!(ms >= least && ms <= 86_400_000)) {
    throw new BenchUsageError(`--${flag} must be a time from ${least}ms to 24 hours, such as 500ms, 5s or 1m; it is '${text}'`);
  }
  return ms;
}

function whole(text, name, least, most) {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(number >= least && number <= most)) {
    throw new BenchUsageError(`${name} must be a whole number from ${least} to ${most}; it is '${text}'`);
  }
  return number;
}

// How often in a second.
function perSecond(text) {
  const number = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(number >= 0.1 && number <= 100_000)) {
    throw new BenchUsageError(`--rate must be a number from 0.1 to 100000; it is '${text}'`);
  }
  return number;
}

function share(text) {
  const found = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (found === null) throw new BenchUsageError(`--bound must be a percentage such as 10%; it is '${text}'`);
  return Number(found[1]) / 100;
}

function chosen(lists, script, portable) {
  if (lists === undefined) return script !== undefined ? [] : portable ? portableNames : scenarioNames;
  const names = new Set(lists.flatMap((list) => list.split(',')));
  for (const name of names) {
    if (!scenarioNames.includes(name)) {
      throw new BenchUsageError(`--scenario: there is no '${name}'; there are ${scenarioNames.join(', ')}`);
    }
    if (portable && !portableNames.includes(name)) {
      throw new BenchUsageError(`--compare: other runtimes cannot run '${name}'`);
    }
  }
  return [...names];
}

function runtimes(list) {
  if (list === undefined) return undefined;
  const { knownRuntimes } = require('internal/bench/runtimes');
  const names = [...new Set(list.split(','))];
  for (const name of names) {
    if (!knownRuntimes.includes(name)) {
      throw new BenchUsageError(`--compare: there is no '${name}'; there are ${knownRuntimes.join(', ')}`);
    }
  }
  return names;
}

function payloadFor(name, text, flag) {
  const { payload } = scenario(name);
  if (payload === undefined) throw new BenchUsageError(`${flag}: scenario '${name}' has no payload`);
  return whole(text, flag, payload[0], payload[2]);
}

// Payload by scenario. One for all goes to those that have one.
function payloads(lists, names, script) {
  const sizes = new Map(names.map((name) => [name, scenario(name).payload?.[1]]));
  if (script !== undefined) sizes.set('script', undefined);
  for (const item of (lists ?? []).flatMap((list) => list.split(','))) {
    const at = item.indexOf('=');
    const name = at === -1 ? undefined : item.slice(0, at);
    const text = item.slice(at + 1);
    if (name !== undefined && !sizes.has(name)) {
      throw new BenchUsageError(`--payload: '${name}' is none of the scenarios that are to run`);
    }
    for (const to of name === undefined ? sizes.keys() : [name]) {
      if (to === 'script') sizes.set(to, whole(text, '--payload', 0, Number.MAX_SAFE_INTEGER));
      else if (name !== undefined || scenario(to).payload !== undefined) {
        sizes.set(to, payloadFor(to, text, `--payload of '${to}'`));
      }
    }
  }
  return sizes;
}

function parseOptions(args) {
  const { parseArgs } = require('internal/util/parse_args');
  let values;
  try {
    const options = Object.fromEntries(Object.entries(FLAGS).map(([name, { help, ...rest }]) => [name, rest]));
    ({ values } = parseArgs({ args, options, strict: true, allowPositionals: false }));
  } catch (error) {
    if (typeof error.code !== 'string' || !error.code.startsWith('ERR_PARSE_ARGS')) throw error;
    throw new BenchUsageError(error.message);
  }
  if (values.help) return { help: true };
  const names = chosen(values.scenario, values.script, values.compare !== undefined);
  for (const other of ['baseline', 'in-process']) {
    if (values.compare !== undefined && values[other] !== undefined) {
      throw new BenchUsageError(`either --compare or --${other} can be used, not both`);
    }
  }
  if (values.json === '-' && values.csv === '-') {
    throw new BenchUsageError('either --json or --csv can go to standard output, not both');
  }
  if (values.bound !== undefined && values.baseline === undefined) {
    throw new BenchUsageError('--bound must be used with --baseline');
  }
  return {
    help: false,
    scenarios: names,
    script: values.script,
    payloads: payloads(values.payload, names, values.script),
    duration: time(values.duration ?? '5s', 'duration', 10),
    warmUp: time(values['warm-up'] ?? '1s', 'warm-up', 0),
    rate: perSecond(values.rate ?? '1000'),
    repeat: whole(values.repeat ?? (values.compare === undefined ? '1' : '3'), '--repeat', 1, 10_000),
    threads: whole(values.threads ?? '1', '--threads', 1, 1024),
    seed: whole(values.seed ?? '1', '--seed', 0, 2 ** 32 - 1),
    stallThreshold: time(values['stall-threshold'] ?? '50ms', 'stall-threshold', 1),
    json: values.json,
    csv: values.csv,
    html: values.html,
    png: values.png,
    svg: values.svg,
    compare: runtimes(values.compare),
    inProcess: values['in-process'] === true,
    baseline: values.baseline,
    bound: share(values.bound ?? '10%'),
  };
}

function helpText() {
  const flags = Object.entries(FLAGS).map(([name, { help }]) => `  --${name.padEnd(18)} ${help}\n`);
  const scenarios = scenarioNames.map((name) => {
    const { about, unit, payload } = scenario(name);
    const size = payload === undefined ? '' : ` (payload: ${unit}, ${payload[1]})`;
    return `  ${name.padEnd(12)} ${about}${size}\n`;
  });
  return 'Usage: weft bench loop [options]\n\nRuns loads on the main loop and measures how late it is.\n\n' +
    `Options:\n${flags.join('')}\nScenarios:\n${scenarios.join('')}`;
}

module.exports = { BenchUsageError, helpText, parseOptions };
