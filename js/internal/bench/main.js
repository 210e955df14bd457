'use strict';
// `weft bench`: there is one benchmark, `loop` (docs/latency.md).

const fs = require('fs');
const { BenchUsageError, helpText, parseOptions } = require('internal/bench/options');

const USAGE = 9;

// Finds out before the measurement that a result could not be written. An earlier result stays until then.
function checkWritable(file, flag) {
  if (file === undefined || file === '-') return;
  try {
    fs.closeSync(fs.openSync(file, 'a'));
  } catch (error) {
    throw new BenchUsageError(`${flag}: ${error.message}`);
  }
}

function write(file, text) {
  if (file === '-') process.stdout.write(text);
  else if (file !== undefined) fs.writeFileSync(file, text);
}

async function loadsOf({ scenarios, script }) {
  const { scenario } = require('internal/bench/catalogue');
  const loads = scenarios.map((name) => [name, scenario(name)]);
  if (script !== undefined) loads.push(['script', await require('internal/bench/script').scriptLoad(script)]);
  return loads;
}

async function benchLoop(options) {
  const { measure } = require('internal/bench/run');
  const { csvOf, documentOf, resultOf } = require('internal/bench/output');
  const { histogramOf, tableOf } = require('internal/bench/table');
  const started = new Date();
  // What is for people makes room for what goes to a program.
  const stream = options.json === '-' || options.csv === '-' ? process.stderr : process.stdout;
  const results = [];
  for (const [name, load] of await loadsOf(options)) {
    const payload = options.payloads.get(name);
    const runs = [];
    for (let repeat = 1; repeat <= options.repeat; repeat++) {
      if (process.stderr.isTTY) process.stderr.write(`${name} ${repeat}/${options.repeat}\r`);
      runs.push(await measure(load, { payload, repeat, options }));
    }
    if (process.stderr.isTTY) process.stderr.write('\x1b[K');
    results.push(resultOf(name, load, payload, runs));
  }
  stream.write(`How late the loop was, ms (${options.rate} probes a second, from their intended time on)\n\n`);
  stream.write(tableOf(results, options, stream));
  for (const result of results) stream.write(histogramOf(result, stream));
  return { results, stream, document: documentOf(results, options, started), csv: csvOf(results) };
}

async function run(args) {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(helpText());
    return;
  }
  checkWritable(options.json, '--json');
  checkWritable(options.csv, '--csv');
  // The new result may replace it.
  const { compare, comparisonText, readBaseline } = require('internal/bench/baseline');
  const baseline = options.baseline === undefined ? undefined : readBaseline(options.baseline);
  const { results, stream, document, csv } = await benchLoop(options);
  if (baseline !== undefined) {
    const comparisons = compare(baseline, results, options);
    document.comparisons = comparisons;
    stream.write(comparisonText(comparisons, options.bound));
    if (comparisons.some(({ regressed }) => regressed)) process.exitCode = 1;
  }
  write(options.json, `${JSON.stringify(document)}\n`);
  write(options.csv, csv);
}

function runBench(args) {
  run(args).catch((error) => {
    if (!(error instanceof BenchUsageError)) throw error;
    process.stderr.write(`${process.argv0}: bench loop: ${error.message}\n`);
    process.exit(USAGE);
  });
}

module.exports = { runBench };
