'use strict';
// The run of all tests of a process: the root that top-level tests belong to,
// which test the running code is part of, output through a reporter, errors that
// no test caught, and the exit code.

const { AsyncLocalStorage } = require('async_hooks');
const { Suite, Test, failure, parseArguments } = require('internal/test_runner/test');
const { SuiteContext, TestContext } = require('internal/test_runner/context');

// Where a test was declared: the first frame that is not the runner's.
function callerLocation() {
  const sites = internalBinding('util').getCallSites(10);
  for (const site of sites) {
    if (site.scriptName !== '' && !site.scriptName.startsWith('node:')) {
      let file = site.scriptName;
      if (file.startsWith('file:')) {
        try {
          file = require('url').fileURLToPath(file);
        } catch {
          // Shown as it is.
        }
      }
      return { file, line: site.lineNumber, column: site.column };
    }
  }
  return undefined;
}

class Root extends Test {
  constructor(harness) {
    super(harness, null, '<root>', {}, undefined, undefined);
    this.state = 'running';
    this.context = new SuiteContext(this);
  }

  async runBefore() {
    for (const hook of this.hooks.before) await hook.once(this.context, this.context);
  }
}

class Harness {
  constructor() {
    this.current = new AsyncLocalStorage();
    this.root = new Root(this);
    this.startTime = process.hrtime.bigint();
    this.reported = 0;          // Top-level tests whose outcome is printed.
    this.finished = false;
    this.scheduled = false;
    this.reporter = undefined;
    this.counters = {
      tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0,
      topLevel: 0,
    };
    this.queue = [];            // Top-level tests that wait for the script to end.
    this.listen();
  }

  listen() {
    const uncaught = (kind) => (error) => {
      const test = this.current.getStore();
      const cause = failure(error, kind);
      if (test !== undefined && test !== this.root && test.state !== 'done') {
        test.fail(cause);
        test.interrupt?.(cause);
        return;
      }
      // Too late for the test it belongs to: noted, and the run fails.
      const place = test === undefined || test === this.root ? 'A resource' :
        `Test "${test.name}"${test.location ? ` at ${where(test.location)}` : ''}`;
      this.note(`Error: ${place} generated asynchronous activity after the test ended. This ` +
        `activity created the error "${error}" and would have caused the test to fail, but ` +
        `instead triggered an ${kind} event.`);
      process.exitCode = 1;
    };
    process.on('uncaughtException', uncaught('uncaughtException'));
    process.on('unhandledRejection', uncaught('unhandledRejection'));
    process.on('beforeExit', () => this.end());
    process.on('exit', (code) => {
      this.cancelRest();
      this.summarize();
      if (this.anyFailed() && (code === 0 || code === undefined)) process.exitCode = 1;
    });
  }

  // ---- which test runs ----

  runInside(test, fn) {
    return this.current.run(test, () => {
      if (test.isSuite) return fn();
      // An error thrown in a callback ends the test it came from.
      return new Promise((resolve, reject) => {
        test.interrupt = reject;
        Promise.resolve().then(fn).then(resolve, reject);
      });
    });
  }

  parentOfCaller() {
    const test = this.current.getStore();
    return test === undefined || test.state === 'done' ? this.root : test;
  }

  // ---- declaring ----

  createTest(parent, name, options, fn, overrides) {
    const args = parseArguments(name, options, fn, overrides);
    const test = new Test(this, parent, args.name, args.options, args.fn, callerLocation());
    test.context = new TestContext(test);
    return this.enqueue(parent, test);
  }

  createSuite(parent, name, options, fn, overrides) {
    const args = parseArguments(name, options, fn, overrides);
    const suite = new Suite(this, parent, args.name, args.options, args.fn, callerLocation());
    suite.context = new SuiteContext(suite);
    suite.build();
    return this.enqueue(parent, suite);
  }

  enqueue(parent, test) {
    if (parent !== this.root) {
      const promise = parent.add(test);
      return parent.isSuite ? Promise.resolve() : promise;
    }
    // Top-level tests begin when the code that declares them has returned.
    this.queue.push(test);
    if (!this.scheduled) {
      this.scheduled = true;
      process.nextTick(() => {
        this.scheduled = false;
        const { queue } = this;
        this.queue = [];
        for (const one of queue) this.root.add(one);
      });
    }
    return test.finished.promise;
  }

  addLate(parent, name, options, fn, overrides) {
    const promise = this.createTest(this.root, name, options, fn, overrides);
    const test = this.root.children.at(-1);
    test.fail(failure('test could not be started because its parent finished', 'parentAlreadyFinished'));
    return promise;
  }

  // ---- output ----

  out() {
    if (this.reporter === undefined) {
      const { stdout } = process;
      const Reporter = stdout.isTTY ?
        require('internal/test_runner/spec_reporter') :
        require('internal/test_runner/tap_reporter');
      this.reporter = new Reporter((text) => stdout.write(text));
      this.reporter.begin();
    }
    return this.reporter;
  }

  note(message) {
    (this.notes ??= []).push(message);
  }

  // Outcomes are printed in the order of declaration.
  finishedChild(parent, child) {
    if (parent !== this.root) return;
    const { children } = this.root;
    while (this.reported < children.length && children[this.reported].state === 'done') {
      this.report(children[this.reported++], 0);
    }
  }

  report(test, level) {
    const reporter = this.out();
    reporter.start(test, level);
    let reportedChildren = 0;
    for (const child of test.children) {
      if (child.state !== 'done') continue;
      this.report(child, level + 1);
      reportedChildren++;
    }
    if (reportedChildren > 0) reporter.plan(reportedChildren, level + 1);
    this.tally(test);
    reporter.result(test, level);
  }

  tally(test) {
    const { counters } = this;
    if (test.isSuite) {
      counters.suites++;
      if (test.error !== null && test.todoReason === undefined &&
          test.error.failureType !== 'subtestsFailed') {
        this.suiteFailed = true;
      }
      return;
    }
    counters.tests++;
    if (test.skipReason !== undefined) counters.skipped++;
    else if (test.todoReason !== undefined) counters.todo++;
    else if (test.cancelled) counters.cancelled++;
    else if (test.error !== null) counters.failed++;
    else counters.passed++;
  }

  anyFailed() {
    return this.counters.failed > 0 || this.counters.cancelled > 0 || this.suiteFailed === true ||
      this.root.error !== null;
  }

  // ---- the end ----

  // The loop is empty: whatever is not done will never be.
  cancelRest() {
    const { root } = this;
    if (this.queue.length !== 0) {
      for (const test of this.queue) root.waiting.push(test);
      this.queue = [];
    }
    for (const test of root.children) this.cancel(test);
    this.finishedChild(root);
  }

  cancel(test) {
    if (test.state === 'done') return;
    for (const child of test.children) this.cancel(child);
    test.fail(failure('Promise resolution is still pending but the event loop has already resolved',
                      'cancelledByParent'));
    test.finish();
  }

  end() {
    if (this.finished) return;
    this.cancelRest();
    const { root } = this;
    root.waiting = [];
    const after = root.hooks.after.filter((hook) => hook.ran === undefined);
    if (after.length !== 0) {
      // These may need the loop once more; beforeExit comes again after them.
      root.runAfter();
      return;
    }
    this.summarize();
    if (this.anyFailed()) process.exitCode = 1;
  }

  summarize() {
    if (this.finished) return;
    this.finished = true;
    const duration = Number(process.hrtime.bigint() - this.startTime) / 1e6;
    this.counters.topLevel = this.root.children.length;
    this.out().end(this.counters, this.notes ?? [], duration, this.root);
  }
}

function where(location) {
  return `${location.file}:${location.line}:${location.column}`;
}

let harness;
function getHarness() {
  return harness ??= new Harness();
}

module.exports = { getHarness, where };
