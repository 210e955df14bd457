'use strict';
// The run of all tests of a process: the root that top-level tests belong to,
// which test the running code is part of, which tests are left out, the events
// that report it, errors that no test caught, and the exit code.

const { AsyncLocalStorage } = require('async_hooks');
const { Hook, Suite, Test, failure, parseArguments } = require('internal/test_runner/test');
const { SuiteContext, TestContext } = require('internal/test_runner/context');
const { Counters } = require('internal/test_runner/counters');

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
    super(harness, null, '<root>', { timeout: harness.options.timeout }, undefined, undefined);
    this.state = 'running';
    this.context = new SuiteContext(this);
  }

  async runBefore() {
    for (const hook of this.hooks.before) await hook.once(this.context, this.context);
  }
}

class Harness {
  constructor() {
    this.options = require('internal/test_runner/run_options').ofProcess();
    this.current = new AsyncLocalStorage();
    // Of the next test; the root has the first.
    this.nextId = 0;
    const { rerunFile } = this.options;
    this.rerun = rerunFile === undefined ? undefined : new (require('internal/test_runner/rerun').Rerun)(rerunFile);
    this.root = new Root(this);
    this.finished = false;
    this.scheduled = false;
    this.output = undefined;
    this.counters = new Counters();
    this.queue = [];            // Top-level tests that wait for the script to end.
    this.listen();
    if (this.options.globalSetup !== undefined) this.setUp(this.options.globalSetup);
  }

  // --test-global-setup, where the file of tests is the program itself.
  setUp(file) {
    let teardown;
    this.root.addHook('before', async () => {
      teardown = await require('internal/test_runner/runner').globalSetup(file);
    });
    this.atEnd = () => teardown?.();
  }

  listen() {
    const uncaught = (kind) => (error) => {
      const running = this.current.getStore();
      const cause = failure(error, kind);
      if (running !== undefined && running !== this.root && running.state !== 'done') {
        if (!(running instanceof Hook)) running.fail(cause);
        running.interrupt?.(cause);
        return;
      }
      // Too late for what it belongs to: noted, and the run fails.
      const at = running?.location ? ` at ${where(running.location)}` : '';
      let what = 'A resource';
      if (running instanceof Hook) what = `Test hook "${running.kind}"${at}`;
      else if (running !== undefined && running !== this.root) what = `Test "${running.name}"${at}`;
      this.note(`Error: ${what} generated asynchronous activity after the test ended. This ` +
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
      // The coverage is wanting.
      if (this.success === false && code === 0) process.exitCode = 1;
      if (this.anyFailed() && (code === 0 || code === undefined)) process.exitCode = 1;
    });
  }

  // ---- which test runs ----

  runInside(test, fn) {
    return this.current.run(test, () => {
      if (test.isSuite) return fn();
      // An error thrown in a callback ends the test it came from.
      const { promise, resolve, reject } = Promise.withResolvers();
      test.interrupt = reject;
      try {
        resolve(fn());
      } catch (error) {
        reject(error);
      }
      return promise;
    });
  }

  parentOfCaller() {
    let test = this.current.getStore();
    if (test instanceof Hook) test = test.owner;
    return test === undefined || test.state === 'done' ? this.root : test;
  }

  locate() {
    return callerLocation();
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
        const { shuffledChildren } = require('internal/test_runner/shuffle');
        for (const one of shuffledChildren(this.root, queue, this.options.randomSeed)) this.root.add(one);
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

  // Whether the options of the run leave `test` out. A suite is there for what is in it, too.
  leavesOut(test) {
    if (!this.leavesOutAlone(test)) return false;
    return !test.isSuite || test.children.every((child) => this.leavesOut(child));
  }

  leavesOutAlone(test) {
    const { namePatterns, skipPatterns, only, tagFilters } = this.options;
    if (namePatterns.length > 0 && !isWithin(test, (one) => matches(one, namePatterns))) return true;
    if (skipPatterns.length > 0 && isWithin(test, (one) => matches(one, skipPatterns))) return true;
    if (tagFilters?.length > 0 && !tagFilters.every((satisfies) => satisfies(test.tags))) return true;
    return only && !runsWithOnly(test);
  }

  // ---- events ----

  out() {
    if (this.output === undefined) {
      const send = require('internal/test_runner/events').senderToParent();
      this.output = send !== undefined ? { send, end() {} } :
        require('internal/test_runner/output').openOutputs();
      this.isChild = send !== undefined;
    }
    return this.output;
  }

  send(type, data) {
    const output = this.out();
    if (!this.isChild) this.rerun?.note(type, data);
    output.send(type, data);
  }

  where(test) {
    const { file, line, column } = test.location ?? {};
    return { line, column, file };
  }

  // What events about a test say.
  place(test, type) {
    const { id, name, nesting, parent, tags } = test;
    return {
      __proto__: null, nesting, name, ...type, testId: id, parentId: parent.id, tags: [...tags], ...this.where(test),
    };
  }

  enqueued(test) {
    this.send('test:enqueue', this.place(test, { type: typeOf(test) }));
  }

  started(test) {
    this.send('test:dequeue', this.place(test, { type: typeOf(test) }));
  }

  completed(test) {
    if (test !== this.root && !test.filtered) {
      this.send('test:complete', this.outcome(test, { passed: test.error === null }));
    }
    this.advance(this.root);
  }

  note(message, level = 'warn') {
    (this.notes ??= []).push({ level, message });
  }

  // Reports what is due below `parent`, whose turn it is: outcomes come in the order of declaration.
  advance(parent) {
    const { children } = parent;
    while (parent.reportedChildren < children.length) {
      const child = children[parent.reportedChildren];
      if (child.state !== 'done') {
        if (child.state === 'running') this.advance(child);
        return;
      }
      if (!child.filtered) this.report(child);
      parent.reportedChildren++;
    }
  }

  finishedChild(parent) {
    if (parent !== this.root) return;
    const { children, reportedChildren } = this.root;
    if (this.options.forceExit && reportedChildren === children.length && this.queue.length === 0 && !this.leaving) {
      this.leaving = true;
      // Hooks that end the run are still due.
      process.nextTick(async () => {
        await this.root.runAfter();
        process.exit();
      });
    }
  }

  outcome(test, more) {
    const { className: classname, error, expectation, id, name, nesting, number, parent, skipReason, tags } = test;
    const details = { duration_ms: test.duration, type: typeOf(test) };
    if (error !== null) details.error = error;
    if (this.rerun !== undefined) {
      details.attempt = this.rerun.attempt;
      if (test.passedBefore !== undefined) details.passed_on_attempt = test.passedBefore.passed_on_attempt;
      else if (error === null) details.passed_on_attempt = this.rerun.attempt;
    }
    if (classname !== undefined) details.classname = classname;
    const outcome = {
      __proto__: null, name, nesting, testNumber: number, testId: id, parentId: parent.id,
      details: Object.assign(details, more), tags: [...tags],
    };
    if (classname !== undefined && more === undefined) outcome.classname = classname;
    Object.assign(outcome, this.where(test));
    if (skipReason !== undefined) outcome.skip = skipReason;
    else if (test.todoReason !== undefined) outcome.todo = test.todoReason;
    if (expectation !== undefined) outcome.expectFailure = expectation.label;
    return outcome;
  }

  reportStart(test) {
    if (test.isStartReported || test.parent === null) return;
    test.isStartReported = true;
    this.reportStart(test.parent);
    this.send('test:start', this.place(test));
  }

  report(test) {
    this.reportStart(test);
    this.advance(test);
    const { nesting } = test;
    if (test.announcedChildren > 0) {
      this.send('test:plan', { __proto__: null, nesting: nesting + 1, count: test.announcedChildren, ...this.where(test) });
    }
    const outcome = this.outcome(test);
    this.counters.count(outcome);
    this.send(test.error === null ? 'test:pass' : 'test:fail', outcome);
    for (const message of test.diagnostics) {
      this.send('test:diagnostic', { __proto__: null, nesting, message, level: 'info', ...this.where(test) });
    }
  }

  anyFailed() {
    return this.counters.anyFailed || this.root.error !== null;
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
    test.announce();
    if (test.filtered) {
      test.finish();
      return;
    }
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
    const output = this.out();
    const send = (type, data) => output.send(type, data);
    const notes = () => {
      for (const { level, message } of this.notes ?? []) send('test:diagnostic', { nesting: 0, message, level });
    };
    if (this.isChild) {
      notes();
      return;
    }
    const coverage = this.coverage ?? require('internal/test_runner/coverage').take();
    this.success = this.counters.end(send, { coverage, notes });
    if (!this.success) process.exitCode ||= 1;
    this.rerun?.write();
    output.end();
    this.atEnd?.();
  }
}

function typeOf(test) {
  return test.isSuite ? 'suite' : 'test';
}

function matches(test, patterns) {
  return patterns.some((pattern) => {
    pattern.lastIndex = 0;
    if (pattern.test(test.name)) return true;
    pattern.lastIndex = 0;
    return pattern.test(test.fullName.replaceAll(' > ', ' '));
  });
}

// Whether `chosen` is true of the test or of one around it.
function isWithin(test, chosen) {
  for (let each = test; each.parent !== null; each = each.parent) {
    if (chosen(each)) return true;
  }
  return false;
}

function hasChosen(test, chosen) {
  return test.children.some((child) => chosen(child) || hasChosen(child, chosen));
}

const isOnly = (test) => test.only;

// With --test-only, those with the option run, and what is in them unless some of that has the option too.
function runsWithOnly(test) {
  if (test.only || (test.isSuite && hasChosen(test, isOnly))) return true;
  const { parent } = test;
  if (parent.parent === null || parent.runsOnly) return false;
  return !(parent.isSuite && hasChosen(parent, isOnly)) && runsWithOnly(parent);
}

function where(location) {
  return `${location.file}:${location.line}:${location.column}`;
}

let harness;
function getHarness() {
  return harness ??= new Harness();
}

// The context of the test or suite whose code is running; undefined outside of any.
function currentContext() {
  const running = harness?.current.getStore();
  return running === undefined || running === harness.root ? undefined : running.context;
}

module.exports = { callerLocation, currentContext, getHarness, where };
