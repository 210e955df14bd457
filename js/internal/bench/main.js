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

// One name for each load: the name that was given, or with several loads, that of the load before its extension.
function plotFile(file, name, several) {
  if (!several) return file;
  const { dir, name: stem, ext } = require('path').parse(file);
  return require('path').join(dir, `${stem}.${name}${ext}`);
}

function write(file, data) {
  if (file === '-') process.stdout.write(data);
  else if (file !== undefined) fs.writeFileSync(file, data);
}

const loadNames = ({ scenarios, script }) => (script === undefined ? scenarios : [...scenarios, 'script']);

// What is told of a load itself. That of a script is known to its own process only.
function described(name, { script }) {
  if (name !== 'script') return require('internal/bench/catalogue').scenario(name);
  return { about: `the load of ${script}`, unit: 'as the script has it' };
}

function runtimesOf({ compare }, stream) {
  if (compare === undefined) return undefined;
  const { found, missing } = require('internal/bench/runtimes').findRuntimes(compare);
  if (found.length === 1) throw new BenchUsageError(`--compare: none of ${compare.join(', ')} is on PATH`);
  if (missing.length > 0) stream.write(`Not on PATH: ${missing.join(', ')}\n`);
  return found;
}

async function benchLoop(options) {
  const { csvOf, documentOf, resultOf } = require('internal/bench/output');
  const { histogramOf, tableOf } = require('internal/bench/table');
  const started = new Date();
  // What is for people makes room for what goes to a program.
  const toProgram = options.json === '-' || options.csv === '-';
  const stream = toProgram ? process.stderr : process.stdout;
  const names = loadNames(options);
  const runtimes = runtimesOf(options, stream);
  const entries = await require('internal/bench/runs').allRuns(names, options, runtimes, toProgram ? 2 : 1);
  const results = entries.map((entry) => resultOf(entry, described(entry.name, options), options.payloads.get(entry.name)));
  stream.write(`How late the loop was, ms (${options.rate} probes a second, from their intended time on)\n\n`);
  stream.write(tableOf(results, options, stream));
  if (runtimes === undefined) for (const result of results) stream.write(histogramOf(result, stream));
  return { results, stream, document: documentOf(results, options, started), csv: csvOf(results) };
}

function writePictures(document, { html, png, svg }) {
  if (html !== undefined) write(html, require('internal/bench/html').reportOf(document));
  if (png === undefined && svg === undefined) return;
  const { pictures } = require('internal/bench/plots');
  const all = pictures(document);
  for (const { name, draw } of all) {
    if (png !== undefined) write(plotFile(png, name, all.length > 1), draw(true));
    if (svg !== undefined) write(plotFile(svg, name, all.length > 1), draw(false));
  }
}

function checkFiles(options) {
  for (const flag of ['json', 'csv', 'html']) checkWritable(options[flag], `--${flag}`);
  const names = loadNames(options);
  for (const flag of ['png', 'svg']) {
    if (options[flag] === undefined) continue;
    for (const name of names) checkWritable(plotFile(options[flag], name, names.length > 1), `--${flag}`);
  }
}

async function run(args) {
  if (args[0] === '--child') {
    await require('internal/bench/child').runChild(args[1]);
    return;
  }
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(helpText());
    return;
  }
  checkFiles(options);
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
  writePictures(document, options);
}

function runBench(args) {
  run(args).catch((error) => {
    const isUsage = error instanceof BenchUsageError;
    if (!isUsage && typeof error.exitCode !== 'number') throw error;
    process.stderr.write(`${process.argv0}: bench loop: ${error.message}\n`);
    process.exit(isUsage ? USAGE : error.exitCode);
  });
}

module.exports = { runBench };
