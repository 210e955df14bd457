'use strict';
// The tallies of a run, and the lines that end its report.

class Counters {
  constructor() {
    Object.assign(this, {
      tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0, topLevel: 0,
    });
    this.suiteFailed = false;
    this.start = process.hrtime.bigint();
  }

  // Of an event test:pass or test:fail.
  count({ details: { type, error }, nesting, skip, todo }) {
    const isTodo = todo !== undefined && todo !== false;
    if (nesting === 0) this.topLevel++;
    if (type === 'suite') {
      this.suites++;
      if (error !== undefined && !isTodo && error.failureType !== 'subtestsFailed') this.suiteFailed = true;
      return;
    }
    this.tests++;
    const type_ = error?.failureType;
    if (skip !== undefined && skip !== false) this.skipped++;
    else if (isTodo) this.todo++;
    else if (type_ === 'cancelledByParent' || type_ === 'testTimeoutFailure') this.cancelled++;
    else if (error !== undefined) this.failed++;
    else this.passed++;
  }

  get anyFailed() {
    return this.failed > 0 || this.cancelled > 0 || this.suiteFailed;
  }

  // Ends the report through `send(type, data)`; whether the run is a success. `notes()` sends what belongs before the
  // figures; `coverage` is a TestCoverage whose thresholds count too.
  end(send, { coverage, notes = () => {} } = {}) {
    const duration = Number(process.hrtime.bigint() - this.start) / 1e6;
    send('test:plan', { nesting: 0, count: this.topLevel });
    notes();
    const covered = coverage?.report(send);
    if (covered?.warning !== undefined) {
      send('test:diagnostic', { nesting: 0, message: covered.warning, level: 'warn' });
    }
    for (const message of [
      `tests ${this.tests}`, `suites ${this.suites}`, `pass ${this.passed}`, `fail ${this.failed}`,
      `cancelled ${this.cancelled}`, `skipped ${this.skipped}`, `todo ${this.todo}`, `duration_ms ${duration}`,
    ]) send('test:diagnostic', { nesting: 0, message, level: 'info' });
    covered?.finish();
    const success = !this.anyFailed && covered?.met !== false;
    send('test:summary', { ...this.summary(), success, duration_ms: duration, file: undefined });
    return success;
  }

  summary() {
    const counts = {
      __proto__: null, tests: this.tests, failed: this.failed, passed: this.passed, cancelled: this.cancelled,
      skipped: this.skipped, todo: this.todo, topLevel: this.topLevel, suites: this.suites,
    };
    const duration = Number(process.hrtime.bigint() - this.start) / 1e6;
    return { __proto__: null, success: !this.anyFailed, counts, duration_ms: duration };
  }
}

module.exports = { Counters };
