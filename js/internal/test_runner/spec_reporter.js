'use strict';
// Test outcomes for people: a tree with marks, the failures once more at the
// end with their errors.

const { inspect } = require('internal/util/inspect');
const { indentLines } = require('internal/test_runner/reporter_text');

class SpecReporter {
  constructor(write) {
    this.write = write;
    this.failures = [];
    this.colors = undefined;
  }

  begin() {
    this.colors = require('internal/util/colors').colorsFor(process.stdout);
  }

  start(test, level) {
    if (test.children.length !== 0) {
      this.write(`${'  '.repeat(level)}\u25b6 ${test.name}\n`);
    }
  }

  plan() {}

  mark(test) {
    const { colors } = this;
    if (test.skipReason !== undefined) return `${colors.gray}\ufe63`;
    if (test.error !== null) return test.todoReason === undefined ?
      `${colors.red}\u2716` : `${colors.yellow}\u26a0`;
    return `${colors.green}\u2714`;
  }

  result(test, level) {
    const { colors } = this;
    let reason = '';
    for (const [word, given] of [['SKIP', test.skipReason], ['TODO', test.todoReason]]) {
      if (given === undefined) continue;
      reason = ` # ${typeof given === 'string' && given !== '' ? given : word}`;
      break;
    }
    this.write(`${'  '.repeat(level)}${this.mark(test)} ${test.name} ` +
      `${colors.gray}(${test.duration}ms)${colors.white}${reason}${colors.reset}\n`);
    for (const message of test.diagnostics) {
      this.write(`${'  '.repeat(level)}\u2139 ${message}\n`);
    }
    if (test.counts() && test.error.failureType !== 'subtestsFailed') this.failures.push(test);
  }

  end(counters, notes, duration) {
    const { colors } = this;
    let text = '';
    const lines = [
      ...notes,
      `tests ${counters.tests}`, `suites ${counters.suites}`, `pass ${counters.passed}`,
      `fail ${counters.failed}`, `cancelled ${counters.cancelled}`,
      `skipped ${counters.skipped}`, `todo ${counters.todo}`, `duration_ms ${duration}`,
    ];
    for (const line of lines) text += `${colors.blue}\u2139 ${line}${colors.reset}\n`;
    if (this.failures.length !== 0) {
      text += `\n${colors.red}\u2716 failing tests:${colors.reset}\n`;
      for (const test of this.failures) {
        const { location, error } = test;
        if (location !== undefined) {
          text += `\ntest at ${location.file}:${location.line}:${location.column}\n`;
        }
        text += `${this.mark(test)} ${test.name} ` +
          `${colors.gray}(${test.duration}ms)${colors.reset}\n`;
        const cause = error.cause ?? error;
        const shown = typeof cause === 'string' ? cause :
          inspect(cause, { colors: colors.red !== '', breakLength: Infinity });
        text += `${indentLines(shown, '  ')}\n`;
      }
    }
    this.write(text);
  }
}

module.exports = SpecReporter;
