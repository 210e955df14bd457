'use strict';
// All runs of a benchmark, one after the other: each in a process of its own, or (--in-process) in this one.

const { once } = require('events');
const fs = require('fs');
const path = require('path');

// A run that gave no result.
class RunFailed extends Error {
  constructor(message, code) {
    super(message);
    this.exitCode = code;
  }
}

// Starts `file` with `args` and the spec; gives what it wrote.
async function inChild({ file, args }, spec, folder, output) {
  const { spawn } = require('child_process');
  const out = path.join(folder, 'result.json');
  // What a load prints must not get between the results.
  const stdio = ['ignore', output, 2];
  const child = spawn(file, [...args, JSON.stringify({ ...spec, out })], { stdio });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) {
    throw new RunFailed(`the run ended with ${signal === null ? `exit code ${code}` : signal}`, code ?? 1);
  }
  const result = JSON.parse(fs.readFileSync(out, 'utf8'));
  fs.rmSync(out);
  return result;
}

function specOf(name, repeat, options) {
  const { payloads, duration, warmUp, rate, threads, seed, stallThreshold } = options;
  const load = name === 'script' ? { script: options.script } : { scenario: name };
  return { ...load, payload: payloads.get(name), repeat, duration, warmUp, rate, threads, seed, stallThreshold };
}

// Rounds are interleaved: each begins with another runtime, so that a machine that becomes slower does so for all.
function* rounds(names, repeats, runtimes) {
  for (const name of names) {
    for (let repeat = 1; repeat <= repeats; repeat++) {
      for (let i = 0; i < runtimes.length; i++) yield { name, repeat, runtime: runtimes[(i + repeat - 1) % runtimes.length] };
    }
  }
}

function say(text) {
  if (process.stderr.isTTY) process.stderr.write(`\x1b[K${text}\r`);
}

// [{ name, runtime, runs, failed? }]: an entry for each load and runtime. `runtimes` is none but for --compare; there, a
// runtime that cannot run a load is no reason to end.
async function allRuns(names, options, runtimes, output) {
  const own = { name: undefined, file: process.execPath, args: [...process.execArgv, 'bench', 'loop', '--child'] };
  const folder = fs.mkdtempSync(path.join(require('os').tmpdir(), 'weft-bench-'));
  try {
    let all = [own];
    if (runtimes !== undefined) {
      const script = path.join(folder, 'measure.cjs');
      fs.writeFileSync(script, require('internal/bench/portable').portableScript());
      all = runtimes.map(({ args, ...runtime }) => ({ ...runtime, args: [...args, script] }));
    }
    const entries = new Map();
    for (const { name, repeat, runtime } of rounds(names, options.repeat, all)) {
      const key = `${name} ${runtime.name ?? ''}`;
      if (!entries.has(key)) entries.set(key, { name, runtime: runtime.name, runs: [] });
      const entry = entries.get(key);
      say(`${key} ${repeat}/${options.repeat}`);
      const spec = specOf(name, repeat, options);
      try {
        if (options.inProcess) entry.runs.push(await require('internal/bench/child').runOnce(spec));
        else entry.runs.push(await inChild(runtime, spec, folder, output));
      } catch (error) {
        if (runtimes === undefined || !(error instanceof RunFailed)) throw error;
        entry.failed = error.message;
      }
    }
    say('');
    return sorted([...entries.values()], names, all);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

// By load, then by runtime as they were given: the first round began with the first of them, and made entries in that order.
function sorted(entries, names, runtimes) {
  const order = runtimes.map(({ name }) => name);
  return entries.sort((a, b) => {
    return names.indexOf(a.name) - names.indexOf(b.name) || order.indexOf(a.runtime) - order.indexOf(b.runtime);
  });
}

module.exports = { RunFailed, allRuns };
