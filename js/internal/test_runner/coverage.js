'use strict';
// --experimental-test-coverage and run()'s option `coverage`: how much of the program the tests have run. Every
// process and Worker of the run leaves what V8 counted in a folder (js/internal/coverage.js); here it is read
// together and laid over the lines of the sources.

const path = require('path');
const fs = require('fs');
const { lineAt, linesOf } = require('internal/test_runner/coverage_lines');
const { mergeFunctions } = require('internal/test_runner/coverage_merge');
const { validateInteger } = require('internal/validators');

const percentage = (covered, total) => (total === 0 ? 100 : (covered / total) * 100);

const UNITS = [['Line', 'line'], ['Branch', 'branch'], ['Function', 'function']];

class TestCoverage {
  constructor({ cwd, include = [], exclude, thresholds, includeAll = false, sourceMaps = false }) {
    this.cwd = cwd;
    this.include = include;
    // Files that nothing has loaded count as well.
    this.includeAll = includeAll;
    this.exclude = exclude ?? require('internal/test_runner/runner').testFilePatterns;
    this.thresholds = thresholds;
    this.sourceMaps = sourceMaps;
    // Of sources that source maps carry, by URL.
    this.texts = new Map();
    // The folder of NODE_V8_COVERAGE is the user's, who wants to keep what is in it.
    this.isOwn = !process.env.NODE_V8_COVERAGE;
    this.directory = this.isOwn ?
      fs.mkdtempSync(path.join(require('os').tmpdir(), 'weft-coverage-')) : path.resolve(process.env.NODE_V8_COVERAGE);
    if (this.isOwn) process.env.NODE_V8_COVERAGE = this.directory;
    // Files of runs before this one do not count.
    this.before = new Set(fs.existsSync(this.directory) ? fs.readdirSync(this.directory) : []);
  }

  // This process counts as well, and not only those it starts.
  countHere() {
    const coverage = require('internal/coverage');
    if (!coverage.isOn()) coverage.start(this.directory);
    this.here = coverage;
  }

  // The data of the event test:coverage.
  summary() {
    this.here?.write();
    const counted = this.read();
    if (this.includeAll) this.addFilesNotLoaded(counted);
    const files = [...counted].map(([url, functions]) => this.fileSummary(url, functions))
      .filter((file) => file !== undefined).sort((a, b) => (a.path < b.path ? -1 : 1));
    const totals = {};
    for (const [unit] of UNITS) {
      const sum = (name) => files.reduce((all, file) => all + file[name], 0);
      totals[`total${unit}Count`] = sum(`total${unit}Count`);
      totals[`covered${unit}Count`] = sum(`covered${unit}Count`);
    }
    return {
      __proto__: null, workingDirectory: this.cwd, files, totals: withPercents(totals), thresholds: this.thresholds,
    };
  }

  // Functions by the URL of their source, of all that was counted.
  read() {
    const lists = new Map();
    const add = (url, functions) => {
      const list = lists.get(url);
      if (list === undefined) lists.set(url, [functions]);
      else list.push(functions);
    };
    if (!fs.existsSync(this.directory)) return new Map();
    for (const name of fs.readdirSync(this.directory)) {
      if (!/^coverage-\d+-\d+-\d+(?:-\d+)?\.json$/.test(name) || this.before.has(name)) continue;
      const { result } = JSON.parse(fs.readFileSync(path.join(this.directory, name), 'utf8'));
      for (const { url, functions } of result) {
        // The same file under another query is the same source.
        const plain = url.replace(/[?#].*/s, '');
        if (plain.startsWith('file:')) add(plain, functions);
      }
    }
    const merged = new Map();
    for (const [url, list] of lists) merged.set(url, mergeFunctions(list));
    if (!this.sourceMaps) return merged;
    return require('internal/test_runner/coverage_source_maps').mapFunctions(merged, this.texts);
  }

  // Sources below the working directory, with no functions that anything is known of.
  addFilesNotLoaded(counted) {
    const { globSync } = require('internal/fs/glob');
    const { pathToHref } = require('internal/modules/paths');
    const found = globSync('**/*.{js,cjs,mjs,ts,cts,mts}', {
      cwd: this.cwd, exclude: (name) => (typeof name === 'string' ? name : name.name) === 'node_modules',
    });
    for (const name of found) {
      const href = pathToHref(path.resolve(this.cwd, name));
      if (!counted.has(href)) counted.set(href, []);
    }
  }

  // Whether the options leave the file out.
  skips(file) {
    const { matchesPath } = require('internal/glob');
    const names = [file, path.relative(this.cwd, file)];
    const matches = (patterns) => patterns.some((pattern) => names.some((name) => matchesPath(name, pattern, false)));
    if (matches(this.exclude)) return true;
    if (this.include.length > 0) return !matches(this.include);
    return file.includes('/node_modules/');
  }

  fileSummary(url, functions) {
    const file = require('url').fileURLToPath(url);
    if (this.skips(file)) return undefined;
    let source = this.texts.get(url);
    try {
      source ??= fs.readFileSync(file, 'utf8');
    } catch {
      // It was there when it was loaded; nothing can be said of lines that are gone.
      return undefined;
    }
    const lines = linesOf(source);
    const branches = [];
    const reported = [];
    let coveredBranches = 0;
    let coveredFunctions = 0;
    for (let i = 0; i < functions.length; i++) {
      const { functionName, isBlockCoverage, ranges } = functions[i];
      let most = 0;
      for (let k = 0; k < ranges.length; k++) {
        const { line, ignored } = layOver(lines, ranges[k]);
        const { count } = ranges[k];
        const passed = count !== 0 || ignored;
        most = Math.max(most, count);
        if (isBlockCoverage) {
          branches.push({ __proto__: null, line, count });
          if (passed) coveredBranches++;
        }
        // The first function is the module itself.
        if (k === 0 && i > 0) {
          reported.push({ __proto__: null, name: functionName, count, line });
          if (passed) coveredFunctions++;
        }
      }
      if (i > 0) reported.at(-1).count = most;
    }
    const counted = lines.filter((line) => !line.ignored);
    return withPercents({
      __proto__: null,
      path: file,
      totalLineCount: lines.length,
      totalBranchCount: branches.length,
      totalFunctionCount: reported.length,
      coveredLineCount: lines.filter((line) => line.ignored || line.count > 0).length,
      coveredBranchCount: coveredBranches,
      coveredFunctionCount: coveredFunctions,
      functions: reported,
      branches,
      lines: counted.map(({ number, count }) => ({ __proto__: null, line: number, count })),
    });
  }

  // Reports the run's coverage through `send(type, data)`; the result says whether the thresholds are met. With `goesOn`
  // there will be a further run, which counts by itself; otherwise this was the end.
  report(send, goesOn = false) {
    let summary;
    try {
      summary = this.summary();
    } catch (error) {
      this.warning = `Warning: Could not report code coverage. ${error}`;
    } finally {
      if (goesOn) this.before = new Set(fs.readdirSync(this.directory));
      else this.close();
    }
    if (summary === undefined) {
      return { warning: this.warning, met: true, finish() {} };
    }
    const failures = [];
    for (const [unit, name] of UNITS) {
      const reached = summary.totals[`covered${unit}Percent`];
      const wanted = this.thresholds[name];
      if (reached >= wanted) continue;
      failures.push(`Error: ${reached.toFixed(2)}% ${name} coverage does not meet threshold of ${wanted}%.`);
    }
    return {
      met: failures.length === 0,
      finish() {
        for (const message of failures) send('test:diagnostic', { nesting: 0, message, level: 'error' });
        send('test:coverage', { __proto__: null, summary, nesting: 0 });
      },
    };
  }

  close() {
    this.here?.stop();
    if (!this.isOwn) return;
    this.isOwn = false;
    delete process.env.NODE_V8_COVERAGE;
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

function withPercents(counts) {
  for (const [unit] of UNITS) {
    counts[`covered${unit}Percent`] = percentage(counts[`covered${unit}Count`], counts[`total${unit}Count`]);
  }
  return counts;
}

// Gives the lines that lie wholly in the range its count. Tells the first line it touches, and whether all of those
// are left out.
function layOver(lines, { startOffset, endOffset, count }) {
  let at = lineAt(lines, startOffset);
  const { number } = lines[at];
  let ignored = true;
  for (; at < lines.length && lines[at].start < endOffset; at++) {
    const line = lines[at];
    ignored &&= line.ignored;
    if (startOffset <= line.start && endOffset >= line.end) line.count = count;
  }
  return { line: number, ignored };
}

// ---- the command line ----

let ofCommandLine;

// Checked even where nothing is counted, as Node does.
function thresholdsOfFlags(getOptionValue) {
  const of = (flag) => {
    const value = getOptionValue(flag) ?? 0;
    validateInteger(value, flag, 0, 100);
    return value;
  };
  return {
    line: of('--test-coverage-lines'), branch: of('--test-coverage-branches'),
    function: of('--test-coverage-functions'),
  };
}

// At the start of a process with --experimental-test-coverage; `here`: whether its own code is to be counted.
function start(getOptionValue, here) {
  ofCommandLine = new TestCoverage({
    cwd: process.cwd(),
    include: getOptionValue('--test-coverage-include'),
    exclude: getOptionValue('--test-coverage-exclude'),
    includeAll: Boolean(getOptionValue('--test-coverage-include-all')),
    thresholds: thresholdsOfFlags(getOptionValue),
    sourceMaps: Boolean(getOptionValue('--enable-source-maps')),
  });
  if (here) ofCommandLine.countHere();
  const coverage = ofCommandLine;
  require('internal/process/execution').beforeLeaving(() => coverage.close());
}

// The coverage that the command line asked for, once.
function take() {
  const coverage = ofCommandLine;
  ofCommandLine = undefined;
  return coverage;
}

module.exports = { TestCoverage, start, take };
