'use strict';
// One test or suite of node:test: its options, how it runs, and what became of
// it. Node's documentation of the behaviour: https://nodejs.org/api/test.html
//
// A suite's function runs when the suite is declared and only collects; its
// children run when its turn comes. A test's function runs when its turn comes,
// and may add subtests meanwhile.

const { codes: { ERR_INVALID_ARG_TYPE, ERR_TEST_FAILURE } } = require('internal/errors');
const {
  validateAbortSignal,
  validateFunction,
  validateNumber,
  validateObject,
  validateUint32,
} = require('internal/validators');
const { isPromise } = require('internal/util/types');

// Mocked timers must not stop the runner.
const { setTimeout, clearTimeout } = require('timers');

const kTimeoutMax = 2 ** 31 - 1;

function noop() {}

function now() {
  return process.hrtime.bigint();
}

// Its stack is where in the tests it came from; frames of the runner say nothing.
function failure(error, failureType) {
  const made = new ERR_TEST_FAILURE(error, failureType);
  const { stack } = made;
  if (typeof stack === 'string') {
    made.stack = stack.split('\n').filter((line) => !/^ {4}at .*(?:\(node:|at node:|<anonymous>\)$)/.test(line)).join('\n');
  }
  return made;
}

function parseConcurrency(value, inherited) {
  switch (typeof value) {
    case 'number':
      validateUint32(value, 'options.concurrency', true);
      return value;
    case 'boolean':
      return value ? Infinity : 1;
    default:
      if (value === undefined || value === null) return inherited;
      throw new ERR_INVALID_ARG_TYPE('options.concurrency', ['boolean', 'number'], value);
  }
}

// (name?, options?, fn?) in any of their forms.
function parseArguments(name, options, fn, overrides) {
  if (typeof name === 'function') {
    fn = name;
    options = {};
    name = undefined;
  } else if (name !== null && typeof name === 'object') {
    fn = options;
    options = name;
    name = undefined;
  } else if (typeof options === 'function') {
    fn = options;
    options = {};
  }
  if (options === null || typeof options !== 'object') options = {};
  if (overrides !== undefined) options = { ...options, ...overrides };
  return { name, options, fn: typeof fn === 'function' ? fn : undefined };
}

// Runs `fn` in whichever style it has: (arg) with an optional promise, or
// (arg, done).
function invoke(fn, thisArg, arg) {
  if (fn.length < 2) return Reflect.apply(fn, thisArg, [arg]);
  const { promise, resolve, reject } = Promise.withResolvers();
  let calls = 0;
  const done = (error) => {
    if (++calls > 1) throw failure('callback invoked multiple times', 'multipleCallbackInvocations');
    if (error) reject(error);
    else resolve();
  };
  // What it throws is the outcome, even if it was done before.
  let result;
  try {
    result = Reflect.apply(fn, thisArg, [arg, done]);
  } catch (error) {
    promise.catch(noop);
    throw error;
  }
  if (!isPromise(result)) return promise;
  promise.catch(noop);
  result.catch(noop);
  throw failure('passed a callback but also returned a Promise', 'callbackAndPromisePresent');
}

// Settles with `work`, or rejects when time is up or the signal aborts first.
function withLimits(work, timeout, signal, what) {
  if ((timeout === Infinity || timeout === undefined) && signal === undefined) return work;
  return new Promise((resolve, reject) => {
    let timer;
    const onAbort = () => {
      reject(failure(signal.reason ?? 'The operation was aborted', 'cancelledByParent'));
    };
    const settle = (then) => (value) => {
      if (timer !== undefined) clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      then(value);
    };
    if (timeout !== Infinity && timeout !== undefined) {
      timer = setTimeout(() => {
        settle(reject)(failure(`${what} timed out after ${timeout}ms`, 'testTimeoutFailure'));
      }, timeout);
      timer.unref();
    }
    if (signal !== undefined) {
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
    }
    Promise.resolve(work).then(settle(resolve), settle(reject));
  });
}

class Hook {
  constructor(kind, fn, options, owner) {
    validateFunction(fn, 'fn');
    this.kind = kind;
    this.fn = fn;
    this.timeout = options.timeout ?? Infinity;
    this.signal = options.signal;
    this.owner = owner;
    this.location = options.location;
    this.ran = undefined;
    // While it runs, it is what errors of its callbacks fail.
    this.state = 'waiting';
  }

  async run(arg, thisArg) {
    this.state = 'running';
    try {
      const work = this.owner.harness.runInside(this, () => invoke(this.fn, thisArg, arg));
      await withLimits(work, this.timeout, this.signal, 'test');
    } catch (error) {
      const own = failure(`failed running ${this.kind} hook`, 'hookFailed');
      own.cause = error?.code === 'ERR_TEST_FAILURE' ? error.cause : error;
      throw own;
    } finally {
      this.state = 'done';
    }
  }

  // before and after hooks run once.
  once(arg, thisArg) {
    return this.ran ??= this.run(arg, thisArg);
  }
}

// The option `expectFailure`: a reason, what to compare the failure with as assert.throws() does, or both.
function expectationOf(value) {
  if (value === undefined || value === null || value === false) return undefined;
  if (value === true) return { label: true, match: undefined };
  if (typeof value === 'string') return { label: value, match: undefined };
  if (typeof value === 'object' && (Object.hasOwn(value, 'label') || Object.hasOwn(value, 'match'))) {
    return { label: value.label ?? true, match: value.match };
  }
  return { label: true, match: value };
}

class Test {
  constructor(harness, parent, name, options, fn, location) {
    const {
      concurrency, only, signal, timeout, plan, todo, skip, expectFailure, tags,
    } = options;
    this.harness = harness;
    this.parent = parent;
    this.tags = require('internal/test_runner/tags').tagsOf(tags, parent?.tags);
    this.id = harness.nextId++;
    this.nesting = parent === null ? 0 : parent.parent === null ? 0 : parent.nesting + 1;
    this.fn = fn ?? noop;
    this.name = typeof name === 'string' && name !== '' ? name : (fn?.name || '<anonymous>');
    this.location = location;
    this.only = only ?? false;
    // With --test-only: whether only children with the option `only` run.
    this.runsOnly = false;
    if (timeout !== undefined && timeout !== null && timeout !== Infinity) {
      validateNumber(timeout, 'options.timeout', 0, kTimeoutMax);
      this.timeout = timeout;
    } else {
      this.timeout = parent?.timeout ?? Infinity;
    }
    this.concurrency = parseConcurrency(concurrency, this.inheritedConcurrency());
    if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
    this.outerSignal = signal;
    this.skipReason = skip !== undefined && skip !== false && skip !== null ? skip : undefined;
    this.todoReason = todo !== undefined && todo !== false && todo !== null ? todo : undefined;
    if (this.todoReason === undefined) this.todoReason = parent?.todoReason;
    this.planned = plan;
    this.expectation = expectationOf(expectFailure);
    this.assertions = 0;

    this.hooks = { before: [], after: [], beforeEach: [], afterEach: [] };
    this.children = [];
    this.waiting = [];      // Children whose turn has not come.
    this.active = 0;
    this.idle = [];         // Called when no child is left.
    this.diagnostics = [];
    this.state = 'waiting';
    this.passed = false;
    this.cancelled = false;
    this.error = null;
    this.startTime = null;
    this.duration = 0;
    this.controller = undefined;
    this.mock = undefined;
    this.finished = Promise.withResolvers();
    // Its place among those around it that are reported; known when it is announced.
    this.number = 0;
    this.announced = false;
    // Left out by the options of the run: neither run nor reported.
    this.filtered = false;
    // Of the children: how many were announced, and how many reported (or left out).
    this.announcedChildren = 0;
    this.reportedChildren = 0;
    this.isStartReported = false;
    // Its own code has run to its end.
    this.isBodyDone = false;
    // With --test-rerun-failures: what an earlier attempt left of it.
    this.passedBefore = parent === null ? undefined : harness.rerun?.find(this);
    if (this.passedBefore !== undefined && !this.isSuite) this.fn = () => this.declarePassed();
    parent?.children.push(this);
    if ((this.only || parent?.runsOnly) && !harness.options.only) {
      this.diagnostics.push("'only' and 'runOnly' require the --test-only command-line option.");
    }
  }

  get isSuite() {
    return false;
  }

  get fullName() {
    return this.parent === null || this.parent.parent === null ? this.name :
      `${this.parent.fullName} > ${this.name}`;
  }

  // In place of its function: the subtests it had are there again.
  async declarePassed() {
    const { TestContext } = require('internal/test_runner/context');
    for (const { column, file, line, name } of this.passedBefore.children) {
      const child = new Test(this.harness, this, name, {}, undefined, { file, line, column });
      child.context = new TestContext(child);
      await this.harness.enqueue(this, child);
    }
  }

  // Names of those around it, outermost first; undefined at the top.
  get className() {
    const names = [];
    for (let test = this.parent; test !== null && test.parent !== null; test = test.parent) names.unshift(test.name);
    return names.length === 0 ? undefined : names.join('.');
  }

  inheritedConcurrency() {
    return 1;
  }

  get signal() {
    this.controller ??= new AbortController();
    return this.controller.signal;
  }

  // ---- scheduling ----

  add(child) {
    child.announce();
    this.waiting.push(child);
    this.startWaiting();
    return child.finished.promise;
  }

  // It is known now that it will be run, sooner or later, or left out.
  announce() {
    if (this.announced) return;
    this.announced = true;
    this.filtered = this.harness.leavesOut(this);
    if (this.filtered) return;
    this.number = ++this.parent.announcedChildren;
    this.harness.enqueued(this);
  }

  startWaiting() {
    while (this.waiting.length !== 0 && this.active < this.concurrency) {
      const child = this.waiting.shift();
      this.active++;
      child.start().then(() => {
        this.active--;
        this.harness.finishedChild(this, child);
        this.startWaiting();
      });
    }
    if (this.active === 0 && this.waiting.length === 0) {
      const { idle } = this;
      this.idle = [];
      for (const resolve of idle) resolve();
    }
  }

  allChildren() {
    if (this.active === 0 && this.waiting.length === 0) return undefined;
    return new Promise((resolve) => this.idle.push(resolve));
  }

  // ---- hooks ----

  addHook(kind, fn, options) {
    if (options !== undefined) validateObject(options, 'options');
    const hook = new Hook(kind, fn, { ...options, location: this.harness.locate() }, this);
    this.hooks[kind].push(hook);
    // The test runs already: what stands before it is due now.
    if (kind === 'before' && this.state === 'running' && !this.isSuite) {
      hook.once(this.context, this.context).catch((error) => this.fail(failure(error.cause, 'testCodeFailure')));
    }
  }

  // Whether a child has something to wait for before its own code may run.
  delaysChildren() {
    for (let test = this; test !== null; test = test.parent) {
      if (test.hooks.before.length > 0 || test.hooks.beforeEach.length > 0) return true;
    }
    return false;
  }

  async runBefore() {
    if (this.parent !== null && this.parent.parent !== null && this.isSuite) {
      await this.parent.runBefore();
    }
    for (const hook of this.hooks.before) await hook.once(this.context, this.context);
  }

  // Outermost first.
  async runBeforeEach(context) {
    if (this.parent !== null) await this.parent.runBeforeEach(context);
    for (const hook of this.hooks.beforeEach) await hook.run(context, context);
  }

  // Innermost first; all of them run, whatever fails.
  async runAfterEach(context, report) {
    for (const hook of this.hooks.afterEach) {
      try {
        await hook.run(context, context);
      } catch (error) {
        report(error);
      }
    }
    if (this.parent !== null) await this.parent.runAfterEach(context, report);
  }

  async runAfter() {
    for (const hook of this.hooks.after) {
      try {
        await hook.once(this.context, this.context);
      } catch (error) {
        this.fail(error);
      }
    }
  }

  // ---- running ----

  fail(error) {
    if (this.error !== null) return;
    this.passed = false;
    this.error = error?.code === 'ERR_TEST_FAILURE' ? error : failure(error, 'testCodeFailure');
    if (this.error.failureType === 'cancelledByParent' ||
        this.error.failureType === 'testTimeoutFailure') {
      this.cancelled = true;
    }
  }

  // Never rejects: what went wrong is kept in `error`.
  async start() {
    if (this.state === 'done') return;
    if (this.filtered) {
      this.finish();
      return;
    }
    this.startTime = now();
    this.state = 'running';
    this.harness.started(this);
    if (this.skipReason !== undefined || this.parent.skipReason !== undefined) {
      this.skipReason ??= this.parent.skipReason;
      this.passed = true;
    } else {
      try {
        await this.run();
      } catch (error) {
        this.fail(error);
      }
    }
    this.finish();
  }

  async run() {
    const { context } = this;
    let failed;
    if (this.parent.delaysChildren()) await this.parent.runBefore();
    try {
      if (this.parent.delaysChildren()) await this.parent.runBeforeEach(context);
      const signal = this.outerSignal;
      await withLimits(
        this.harness.runInside(this, () => invoke(this.fn, context, context)),
        this.timeout, signal, 'test');
      if (this.planWaits()) await this.waitForPlan();
      await this.allChildren();
      this.checkPlan();
      this.isBodyDone = true;
    } catch (error) {
      failed = error;
      this.fail(error);
      this.cancelChildren();
    }
    await this.parent.runAfterEach(context, (error) => this.fail(error));
    await this.runAfter();
    if (this.expectation !== undefined && this.passedBefore === undefined) this.invert(failed);
    this.settle();
  }

  invert(failed) {
    if (failed !== undefined && !this.cancelled) {
      this.error = null;
      this.matchFailure(failed);
    } else if (failed === undefined) {
      this.fail(failure('test was expected to fail but passed', 'expectedFailure'));
    }
  }

  // The failure must be the expected one, where the test says which.
  matchFailure(failed) {
    const { match } = this.expectation;
    if (match === undefined) return;
    try {
      require('assert').throws(() => { throw failed?.code === 'ERR_TEST_FAILURE' ? failed.cause : failed; }, match);
    } catch (error) {
      this.fail(error);
    }
  }

  settle() {
    if (this.error !== null) return;
    const failed = this.children.filter((child) => child.counts()).length;
    if (failed > 0) {
      this.fail(failure(`${failed} subtest${failed > 1 ? 's' : ''} failed`, 'subtestsFailed'));
    } else {
      this.passed = true;
    }
  }

  // Whether this makes the parent fail.
  counts() {
    return this.error !== null && this.todoReason === undefined;
  }

  cancelChildren() {
    const error = () => failure('test did not finish before its parent and was cancelled',
                                'cancelledByParent');
    for (const child of this.children) {
      if (child.state === 'done') continue;
      child.announce();
      child.fail(error());
      child.cancelChildren();
      child.finish();
    }
    this.waiting = [];
  }

  finish() {
    if (this.state === 'done') return;
    this.state = 'done';
    if (this.startTime !== null) this.duration = Number(now() - this.startTime) / 1e6;
    if (this.passedBefore !== undefined && !this.isSuite) this.duration = this.passedBefore.duration_ms;
    if (this.controller !== undefined) this.controller.abort();
    this.mock?.reset();
    this.harness.completed(this);
    this.finished.resolve();
  }

  // ---- plan ----

  count() {
    this.assertions++;
    this.onCount?.();
  }

  planWaits() {
    return this.planned !== undefined && this.planOptions?.wait &&
      this.assertions < this.planned;
  }

  waitForPlan() {
    const { wait } = this.planOptions;
    return new Promise((resolve, reject) => {
      let timer;
      if (typeof wait === 'number') {
        timer = setTimeout(() => reject(failure(
          `plan timed out after ${wait}ms with ${this.assertions} assertions when expecting ` +
          `${this.planned}`, 'testTimeoutFailure')), wait);
      }
      this.onCount = () => {
        if (this.assertions < this.planned) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  checkPlan() {
    if (this.planned !== undefined && this.assertions !== this.planned && this.passedBefore === undefined) {
      throw failure(`plan expected ${this.planned} assertions but received ${this.assertions}`,
                    'testCodeFailure');
    }
  }
}

class Suite extends Test {
  constructor(harness, parent, name, options, fn, location) {
    super(harness, parent, name, options, fn, location);
    this.buildError = undefined;
    this.building = undefined;
  }

  get isSuite() {
    return true;
  }

  inheritedConcurrency() {
    // Children of a suite are as concurrent as the suite's siblings.
    return this.parent?.isSuite ? this.parent.concurrency : 1;
  }

  // Runs the function, which declares the children.
  build() {
    if (this.skipReason !== undefined) return;
    try {
      const result = this.harness.runInside(this, () =>
        Reflect.apply(this.fn, this.context, [this.context]));
      if (isPromise(result)) {
        this.building = result.catch((error) => {
          this.buildError ??= error;
        });
      }
    } catch (error) {
      this.buildError = error;
    }
  }

  add(child) {
    if (this.state === 'running' && this.collecting !== true) return super.add(child);
    // Collected until the suite runs.
    this.waiting.push(child);
    return child.finished.promise;
  }

  async run() {
    this.collecting = true;
    if (this.building !== undefined) await this.building;
    const { shuffledChildren } = require('internal/test_runner/shuffle');
    this.waiting = shuffledChildren(this, this.waiting, this.harness.options.randomSeed);
    if (this.buildError !== undefined) {
      this.fail(this.buildError);
      this.cancelChildren();
      return;
    }
    try {
      await this.parent.runBefore();
      await this.runBefore();
      this.collecting = false;
      const { waiting } = this;
      this.waiting = [];
      for (const child of waiting) super.add(child);
      await withLimits(this.allChildren(), this.timeout, this.outerSignal, 'test');
    } catch (error) {
      this.fail(error);
      this.cancelChildren();
    }
    await this.runAfter();
    this.settle();
  }
}

module.exports = { Hook, Suite, Test, failure, parseArguments };
