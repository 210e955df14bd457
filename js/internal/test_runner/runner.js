'use strict';
// run() and `weft --test`: test files, found by patterns, each in a process of its own (or all in this one), whose
// events come together in one stream in the order of the files (https://nodejs.org/api/test.html#runoptions).

const path = require('path');
const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_TEST_FAILURE } } = require('internal/errors');
const {
  validateAbortSignal, validateArray, validateBoolean, validateFunction, validateInteger, validateNumber,
  validateObject, validateOneOf, validateString, validateStringArray, validateUint32,
} = require('internal/validators');
const { Counters } = require('internal/test_runner/counters');
const { EVENTS_FD, TestsStream, deserialize } = require('internal/test_runner/events');
const { toRegExp } = require('internal/test_runner/run_options');

const EXTENSION = '?(c|m)js';
const TYPESCRIPT = '?(c|m)ts';
const PATTERNS = [EXTENSION, TYPESCRIPT].flatMap((extension) => [
  `**/{test,test-*,*.test,*-test,*_test}.${extension}`, `**/test/**/*.${extension}`,
]);

// ms that a file may take to start and to end, beside its tests' time.
const SILENCE = 1000;

// Flags that are this process's own affair.
const OWN_FLAGS = /^--(?:test|watch|test-(?:concurrency|coverage-(?:branches|exclude|functions|include|include-all|lines)|force-exit|global-setup|isolation|name-pattern|only|random-seed|randomize|reporter|reporter-destination|rerun-failures|shard|skip-pattern|timeout)|experimental-test-(?:isolation|coverage|tag-filter)|experimental-(?:default-)?config-file|watch-path|watch-preserve-output|watch-kill-signal)(?:=|$)/;
const OWN_VALUES = /^--(?:test-(?:concurrency|coverage-(?:branches|exclude|functions|include|lines)|global-setup|isolation|name-pattern|random-seed|reporter|reporter-destination|rerun-failures|shard|skip-pattern|timeout)|experimental-test-tag-filter|watch-path|watch-kill-signal)$/;

function ownFlagsRemoved(argv) {
  const flags = [];
  for (let i = 0; i < argv.length; i++) {
    if (!OWN_FLAGS.test(argv[i])) flags.push(argv[i]);
    else if (OWN_VALUES.test(argv[i])) i++;
  }
  return flags;
}

// The files that the patterns name; without patterns those that look like tests.
function findFiles(patterns, cwd) {
  const { globSync } = require('internal/fs/glob');
  const given = patterns.length > 0;
  const { statSync } = require('fs');
  const stat = (name) => statSync(path.resolve(cwd, name), { throwIfNoEntry: false });
  // A folder stands for the tests in it.
  const wanted = patterns.flatMap((pattern) => (stat(pattern)?.isDirectory() ?
    PATTERNS.map((each) => path.join(pattern, each)) : [pattern]));
  const found = globSync(given ? wanted : PATTERNS, {
    cwd, exclude: (name) => (typeof name === 'string' ? name : name.name) === 'node_modules',
  });
  const files = [...new Set(found.map((file) => path.resolve(cwd, file)))]
    .filter((file) => stat(file)?.isFile());
  const mayBeEmpty = (pattern) => /[*?[\]{}!()|+@]/.test(pattern) || stat(pattern)?.isDirectory();
  if (given && files.length === 0 && !patterns.some(mayBeEmpty)) {
    internalBinding('process').printError(`Could not find '${patterns.join(', ')}'\n`);
    process.exit(1);
  }
  return files.sort().map((file) => path.relative(cwd, file));
}

// What users pass to run(), checked, with its defaults.
function optionsOf(options = {}) {
  validateObject(options, 'options');
  const {
    concurrency = true, timeout, signal, files, watch = false, setup, only = false, globPatterns = [], shard, cwd,
    forceExit = false, isolation = 'process', execArgv = [], argv = [], env, coverage = false,
    randomize = false, randomSeed, rerunFailuresFilePath, globalSetupPath,
  } = options;
  if (files !== undefined && files !== null) validateArray(files, 'options.files');
  validateBoolean(watch, 'options.watch');
  validateBoolean(only, 'options.only');
  validateBoolean(forceExit, 'options.forceExit');
  if (forceExit && watch) {
    throw new ERR_INVALID_ARG_VALUE('options.forceExit', watch, 'is not supported with watch mode');
  }
  if (cwd !== undefined) validateString(cwd, 'options.cwd');
  if (globPatterns.length > 0 && files?.length > 0) {
    throw new ERR_INVALID_ARG_VALUE('options.globPatterns', globPatterns,
                                    'is not supported when specifying \'options.files\'');
  }
  validateArray(globPatterns, 'options.globPatterns');
  if (shard !== undefined && shard !== null) {
    validateObject(shard, 'options.shard');
    validateInteger(shard.total, 'options.shard.total', 1);
    validateInteger(shard.index, 'options.shard.index', 1, shard.total);
    if (watch) throw new ERR_INVALID_ARG_VALUE('options.shard', watch, 'shards not supported with watch mode');
  }
  if (setup !== undefined && setup !== null) validateFunction(setup, 'options.setup');
  if (timeout !== undefined && timeout !== null && timeout !== Infinity) {
    validateNumber(timeout, 'options.timeout', 0, 2 ** 31 - 1);
  }
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  validateOneOf(isolation, 'options.isolation', ['process', 'none']);
  validateStringArray(execArgv, 'options.execArgv');
  validateStringArray(argv, 'options.argv');
  if (env !== undefined) validateObject(env, 'options.env');
  const coverageOptions = coverageOptionsOf(options, coverage);
  validateBoolean(randomize, 'options.randomize');
  const { MAX_SEED, newSeed } = require('internal/test_runner/shuffle');
  if (randomSeed !== undefined) validateInteger(randomSeed, 'options.randomSeed', 0, MAX_SEED);
  const isRandom = randomize || randomSeed !== undefined;
  if (isRandom && watch) {
    throw new ERR_INVALID_ARG_VALUE('options.randomize', isRandom, 'is not supported with watch mode');
  }
  const patterns = (value, name) => {
    if (value === undefined || value === null) return [];
    return (Array.isArray(value) ? value : [value]).map((each, i) => toRegExp(each, `${name}[${i}]`));
  };
  return {
    namePatterns: patterns(options.testNamePatterns, 'options.testNamePatterns'),
    skipPatterns: patterns(options.testSkipPatterns, 'options.testSkipPatterns'),
    ...tagFiltersOf(options.testTagFilters),
    concurrency: concurrencyOf(concurrency), timeout, signal, files, watch, setup, only, globPatterns, shard,
    cwd: cwd ?? process.cwd(), forceExit, isolation, execArgv, argv, env, coverage, coverageOptions,
    randomSeed: isRandom ? randomSeed ?? newSeed() : undefined,
    rerun: rerunOf(rerunFailuresFilePath, watch), globalSetup: globalSetupOf(globalSetupPath),
  };
}

function rerunOf(file, watch) {
  if (file === undefined || file === null) return undefined;
  const { getValidatedPath } = require('internal/fs/utils');
  const checked = getValidatedPath(file, 'options.rerunFailuresFilePath');
  if (watch) {
    throw new ERR_INVALID_ARG_VALUE('options.rerunFailuresFilePath', file, 'is not supported with watch mode');
  }
  const { Rerun } = require('internal/test_runner/rerun');
  return new Rerun(checked);
}

function globalSetupOf(file) {
  if (file === undefined || file === null) return undefined;
  validateString(file, 'options.globalSetupPath');
  return file;
}

function tagFiltersOf(given) {
  const tagExpressions = given === undefined || given === null ? [] : [given].flat();
  const { tagFilters } = require('internal/test_runner/run_options');
  return { tagExpressions, tagFilters: tagFilters(tagExpressions, 'options.testTagFilters') };
}

function coverageOptionsOf(options, coverage) {
  validateBoolean(coverage, 'options.coverage');
  const globs = (name) => {
    const value = options[name];
    if (value === undefined || value === null) return undefined;
    const list = Array.isArray(value) ? value : [value];
    validateStringArray(list, `options.${name}`);
    return list;
  };
  const threshold = (name) => {
    const value = options[name] ?? 0;
    validateInteger(value, `options.${name}`, 0, 100);
    return value;
  };
  return {
    exclude: globs('coverageExcludeGlobs'),
    include: globs('coverageIncludeGlobs'),
    includeAll: Boolean(options.coverageIncludeAll),
    thresholds: {
      line: threshold('lineCoverage'), branch: threshold('branchCoverage'), function: threshold('functionCoverage'),
    },
  };
}

function concurrencyOf(value) {
  switch (typeof value) {
    case 'boolean':
      return value ? Math.max(require('os').availableParallelism() - 1, 1) : 1;
    case 'number':
      validateUint32(value, 'options.concurrency', true);
      return value;
    default:
      throw new ERR_INVALID_ARG_TYPE('options.concurrency', ['boolean', 'number'], value);
  }
}

// One test file, run in a process. Its events wait until it is its turn to report.
class FileRun {
  constructor(name, run, id) {
    this.name = name;
    this.id = id;
    this.run = run;
    this.file = path.resolve(run.options.cwd, name);
    this.events = [];
    // Of its own tests.
    this.counters = new Counters();
    this.turn = false;
    this.done = false;
    this.reported = 0;
    this.failed = false;
    this.start = process.hrtime.bigint();
  }

  send(type, data) {
    if (this.turn) this.run.report(type, data);
    else this.events.push([type, data]);
  }

  takeTurn() {
    this.turn = true;
    for (const [type, data] of this.events.splice(0)) this.run.report(type, data);
  }

  arguments() {
    const { options } = this.run;
    const flags = [...ownFlagsRemoved(process.execArgv), ...options.execArgv];
    for (const pattern of options.namePatterns) flags.push(`--test-name-pattern=${pattern}`);
    for (const pattern of options.skipPatterns) flags.push(`--test-skip-pattern=${pattern}`);
    for (const expression of options.tagExpressions) flags.push(`--experimental-test-tag-filter=${expression}`);
    if (options.only) flags.push('--test-only');
    if (options.randomSeed !== undefined) flags.push(`--test-random-seed=${options.randomSeed}`);
    if (options.forceExit) flags.push('--test-force-exit');
    if (options.timeout > 0 && options.timeout !== Infinity) flags.push(`--test-timeout=${options.timeout}`);
    if (options.rerun !== undefined) flags.push(`--test-rerun-failures=${options.rerun.path}`);
    return [...flags, this.name, ...options.argv];
  }

  async execute(worker) {
    const { spawn } = require('child_process');
    const { options } = this.run;
    const env = { ...options.env ?? process.env, NODE_TEST_CONTEXT: 'child-v8', NODE_TEST_WORKER_ID: `${worker}`, [EVENTS_FD]: '3' };
    if (options.watch) env.WATCH_REPORT_DEPENDENCIES = '1';
    if (process.stdout.isTTY) env.FORCE_COLOR ??= '1';
    const more = { testId: this.id, parentId: 0, tags: [], line: 1, column: 1, file: this.file };
    const place = { __proto__: null, nesting: 0, name: this.name, ...more };
    const waiting = { __proto__: null, nesting: 0, name: this.name, type: 'test', ...more };
    this.send('test:enqueue', waiting);
    this.send('test:dequeue', { ...waiting });
    this.run.running.add(this);
    const child = spawn(process.execPath, this.arguments(), {
      cwd: options.cwd, env, stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.child = child;
    let stopped;
    const stop = (error) => {
      stopped ??= error;
      child.kill('SIGTERM');
    };
    const { signal } = options;
    const onAbort = () => stop(new ERR_TEST_FAILURE(signal.reason ?? 'The operation was aborted', 'cancelledByParent'));
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    child.stdin.end();
    this.watchForSilence(() => stop(new ERR_TEST_FAILURE(`test timed out after ${options.timeout}ms`, 'testTimeoutFailure')));
    this.readEvents(child.stdio[3]);
    this.readOutput(child);
    const { code, signalName, error } = await new Promise((resolve) => {
      child.once('error', (reason) => resolve({ error: reason }));
      child.once('close', (exitCode, name) => resolve({ code: exitCode, signalName: name }));
    });
    this.run.running.delete(this);
    clearTimeout(this.silence);
    signal?.removeEventListener('abort', onAbort);
    this.conclude(stopped ?? error, code, signalName, place);
  }

  // Tests end by their own time limits; a file that says nothing for much longer is stuck, or kept alive by what a test left
  // behind.
  watchForSilence(stop) {
    const { timeout } = this.run.options;
    if (!(timeout > 0) || timeout === Infinity) return;
    this.silence = setTimeout(stop, 2 * timeout + SILENCE);
  }

  readOutput({ stdout, stderr }) {
    const send = (type, message) => {
      this.send(type, { __proto__: null, message, file: this.file, entryFile: this.file });
    };
    stdout.setEncoding('utf8');
    stdout.on('data', (text) => send('test:stdout', text));
    // Line by line.
    let rest = '';
    stderr.setEncoding('utf8');
    stderr.on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) send('test:stderr', `${line}\n`);
    });
    stderr.on('end', () => {
      if (rest !== '') send('test:stderr', rest);
    });
  }

  readEvents(stream) {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        const { type, data } = deserialize(line);
        if (type === 'watch:files') {
          this.run.watches(this, data.files);
          continue;
        }
        data.entryFile = this.file;
        this.silence?.refresh();
        if (type === 'test:pass' || type === 'test:fail') this.counters.count({ ...data });
        if (data.nesting === 0 && (type === 'test:pass' || type === 'test:fail')) {
          this.reported++;
          this.failed ||= type === 'test:fail' && data.todo === undefined;
        }
        this.send(type, data);
      }
    });
  }

  // The file itself is reported where its tests do not tell how it went.
  conclude(stopped, code, signalName, place) {
    let error;
    if (stopped?.failureType === 'testTimeoutFailure' && this.failed) {
      // Its tests tell already.
    } else if (stopped !== undefined) {
      error = stopped.code === 'ERR_TEST_FAILURE' ? stopped : new ERR_TEST_FAILURE(stopped, 'testCodeFailure');
    } else if (code !== 0 && !this.failed) {
      error = new ERR_TEST_FAILURE('test failed', 'testCodeFailure');
      error.exitCode = code;
      error.signal = signalName ?? undefined;
      error.stack = undefined;
    }
    const duration = Number(process.hrtime.bigint() - this.start) / 1e6;
    const reports = error !== undefined || this.reported === 0;
    if (this.reported > 0) this.send('test:summary', { ...this.counters.summary(), file: this.file, entryFile: this.file });
    const details = { duration_ms: duration, type: 'test' };
    if (error !== undefined) details.error = error;
    else if (this.failed) details.error = new ERR_TEST_FAILURE('test failed', 'subtestsFailed');
    const { name, nesting, testId, parentId, tags, line, column, file } = place;
    const outcome = {
      __proto__: null, name, nesting, testNumber: this.id, testId, parentId, details, tags, line, column, file,
    };
    this.send('test:complete', { ...outcome, details: { ...details, passed: details.error === undefined } });
    if (reports) {
      this.send('test:start', place);
      this.send(error === undefined ? 'test:pass' : 'test:fail', outcome);
    }
    this.done = true;
  }
}

class Run {
  constructor(options) {
    this.options = options;
    this.stream = new TestsStream();
    this.counters = new Counters();
    this.numbers = 0;
    this.dependencies = new Map();
    this.watcher = undefined;
    this.running = new Set();
  }

  report(type, data) {
    if (data.nesting === 0) {
      // Files count from one each; the run has numbers of its own.
      if (type === 'test:pass' || type === 'test:fail') data.testNumber = ++this.numbers;
      if (type === 'test:plan') return;
    }
    if (type === 'test:pass' || type === 'test:fail') this.counters.count(data);
    this.options.rerun?.note(type, data);
    this.stream.send(type, data);
  }

  watches(fileRun, files) {
    for (const file of files) {
      let users = this.dependencies.get(file);
      if (users === undefined) this.dependencies.set(file, users = new Set());
      users.add(fileRun.name);
      this.watcher?.watchFile(file);
    }
  }

  async runFiles(names) {
    const runs = names.map((name, i) => new FileRun(name, this, i + 1));
    let next = 0;
    let reporting = 0;
    const advance = () => {
      while (reporting < runs.length) {
        runs[reporting].takeTurn();
        if (!runs[reporting].done) return;
        reporting++;
      }
    };
    advance();
    const work = async (_, i) => {
      while (next < runs.length) {
        await runs[next++].execute(i + 1);
        advance();
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.options.concurrency, runs.length) }, work));
  }

  // That of the command line, or one that the options ask for.
  startCoverage() {
    const { cwd, coverage, coverageOptions, isolation } = this.options;
    const { TestCoverage, take } = require('internal/test_runner/coverage');
    this.coverage = take();
    if (this.coverage !== undefined || !coverage) return;
    const { getOptionValue } = require('internal/options');
    this.coverage = new TestCoverage({
      cwd, ...coverageOptions, sourceMaps: Boolean(getOptionValue('--enable-source-maps')),
    });
    if (isolation === 'none') this.coverage.countHere();
  }

  async start() {
    const { options } = this;
    if (options.setup) await options.setup(this.stream);
    let files = options.files ?? findFiles(options.globPatterns, options.cwd);
    if (options.shard) {
      const { index, total } = options.shard;
      files = files.filter((_, i) => i % total === index - 1);
    }
    files = require('internal/test_runner/shuffle').shuffled(files, options.randomSeed);
    this.startCoverage();
    const teardown = await globalSetup(options.globalSetup);
    if (options.watch) {
      const { FilesWatcher } = require('internal/watch/files_watcher');
      this.watcher = new FilesWatcher();
    }
    if (options.isolation === 'none') {
      await this.runHere(files, teardown);
      return;
    }
    await this.runFiles(files);
    if (options.watch) {
      await this.keepWatching(files);
      return;
    }
    this.finish();
    await teardown();
  }

  finish() {
    if (this.reportsItself || this.finished) return;
    this.finished = true;
    const { coverage } = this;
    const notes = () => this.tellSeed();
    if (!this.counters.end((type, data) => this.stream.send(type, data), { coverage, notes })) this.failed?.();
    this.options.rerun?.write();
    this.stream.end();
  }

  // So that the order can be had again.
  tellSeed(send = (type, data) => this.stream.send(type, data)) {
    const { randomSeed } = this.options;
    if (randomSeed === undefined) return;
    send('test:diagnostic', { nesting: 0, message: `Randomized test order seed: ${randomSeed}`, level: 'info' });
  }

  // All files in this process, whose own harness reports to the stream.
  async runHere(files, teardown) {
    const { getHarness } = require('internal/test_runner/harness');
    const { importModule } = require('internal/modules/esm_loader');
    const { pathToHref } = require('internal/modules/paths');
    const harness = getHarness();
    const { options } = this;
    Object.assign(harness.options, {
      namePatterns: options.namePatterns, skipPatterns: options.skipPatterns, only: options.only,
      tagFilters: options.tagFilters,
      forceExit: options.forceExit, randomSeed: options.randomSeed,
    });
    if (options.randomSeed !== undefined) {
      harness.note(`Randomized test order seed: ${options.randomSeed}`, 'info');
    }
    if (options.timeout) harness.root.timeout = options.timeout;
    if (options.rerun !== undefined) harness.rerun = options.rerun;
    this.reportsItself = true;
    harness.atEnd = teardown;
    harness.coverage = this.coverage;
    harness.output = { send: (type, data) => this.stream.send(type, data), end: () => this.stream.end() };
    for (const name of files) {
      const file = path.resolve(options.cwd, name);
      try {
        await importModule(pathToHref(file), undefined);
      } catch (error) {
        const { Test, failure } = require('internal/test_runner/test');
        const test = new Test(harness, harness.root, name, {}, () => { throw error; },
                              { file, line: 1, column: 1 });
        test.context = new (require('internal/test_runner/context').TestContext)(test);
        test.fail(failure(error, 'testCodeFailure'));
        harness.enqueue(harness.root, test);
      }
    }
  }

  // Runs files again when they or what they load change.
  async keepWatching(files) {
    const { watcher, options } = this;
    const drained = () => this.stream.send('test:watch:drained', { __proto__: null });
    for (const name of files) watcher.watchFile(path.resolve(options.cwd, name));
    for (const file of this.dependencies.keys()) watcher.watchFile(file);
    const coverage = this.coverage === undefined ? undefined : { report: (send) => this.coverage.report(send, true) };
    const summary = () => this.counters.end((type, data) => this.stream.send(type, data), { coverage });
    summary();
    drained();
    const stopped = new Promise((resolve) => {
      if (options.signal?.aborted) resolve();
      options.signal?.addEventListener('abort', resolve, { once: true });
    });
    watcher.on('changed', async (changed) => {
      const again = new Set();
      for (const file of changed) {
        for (const name of this.dependencies.get(file) ?? []) again.add(name);
        const own = files.find((name) => path.resolve(options.cwd, name) === file);
        if (own !== undefined) again.add(own);
      }
      if (again.size === 0) return;
      this.counters = new Counters();
      this.numbers = 0;
      this.stream.send('test:watch:restarted', { __proto__: null });
      await this.runFiles([...again]);
      summary();
      drained();
    });
    await stopped;
    watcher.close();
    this.stream.end();
  }
}

// --test-global-setup: the module's globalSetup runs first, its globalTeardown last.
async function globalSetup(file) {
  if (file === undefined) return () => {};
  const { importModule } = require('internal/modules/esm_loader');
  const { pathToHref } = require('internal/modules/paths');
  const namespace = await importModule(pathToHref(path.resolve(file)), pathToHref(path.join(process.cwd(), path.sep)));
  const of = (name) => {
    const found = namespace[name] ?? namespace.default?.[name];
    if (found !== undefined && found !== null) validateFunction(found, `globalSetupModule.${name}`);
    return found;
  };
  await of('globalSetup')?.();
  return async () => { await of('globalTeardown')?.(); };
}

function warnOfRecursion() {
  process.emitWarning('node:test run() is being called recursively within a test file. skipping running files.');
}

function run(given) {
  const options = optionsOf(given);
  const running = new Run(options);
  if (process.env[EVENTS_FD] !== undefined) {
    warnOfRecursion();
    running.stream.end();
    return running.stream;
  }
  // What goes wrong before the first file is the stream's error.
  running.start().catch((error) => running.stream.destroy(error));
  return running.stream;
}

// `weft --test`: the command line's options, reporters on its destinations, the exit code.
function runMain(patterns) {
  if (process.env.NODE_TEST_CONTEXT !== undefined) {
    warnOfRecursion();
    return;
  }
  const { getOptionValue } = require('internal/options');
  const { ofProcess, parseShard } = require('internal/test_runner/run_options');
  const { openOutputs } = require('internal/test_runner/output');
  const own = ofProcess();
  const concurrency = getOptionValue('--test-concurrency');
  const shard = getOptionValue('--test-shard');
  const watch = Boolean(getOptionValue('--watch'));
  const timeout = getOptionValue('--test-timeout') || Infinity;
  const options = {
    concurrency: concurrency > 0 ? concurrency : true,
    timeout,
    watch,
    only: own.only,
    forceExit: own.forceExit,
    isolation: getOptionValue('--test-isolation') ?? 'process',
    randomSeed: own.randomSeed,
    testNamePatterns: own.namePatterns,
    testSkipPatterns: own.skipPatterns,
    testTagFilters: own.tagExpressions,
    rerunFailuresFilePath: getOptionValue('--test-rerun-failures'),
    globalSetupPath: getOptionValue('--test-global-setup'),
    globPatterns: patterns,
    shard: shard === undefined ? undefined : parseShard(shard),
  };
  require('internal/util/debuglog').debuglog('test_runner')('test runner configuration:', options);
  const running = new Run(optionsOf(options));
  running.failed = () => { process.exitCode = 1; };
  const outputs = openOutputs();
  const { stream } = running;
  stream.on('data', ({ type, data }) => {
    if (type === 'test:fail' && (data.todo === undefined || data.todo === false)) process.exitCode = 1;
    outputs.send(type, data);
  });
  stream.on('end', () => {
    outputs.end();
    if (options.forceExit) process.exit();
  });
  // Who interrupts a run wants to know how far it came.
  for (const name of ['SIGINT', 'SIGTERM']) {
    process.once(name, () => {
      for (const { child } of running.running) child.kill(name);
      running.finish();
      process.exitCode = 1;
      stream.on('end', () => process.exit());
    });
  }
  running.start();
}

module.exports = { globalSetup, run, runMain, testFilePatterns: PATTERNS };
