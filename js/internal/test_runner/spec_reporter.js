'use strict';
// Events of a test run for people: a tree with marks, the failures once more at the end with their errors.

const path = require('path');
const { inspect } = require('internal/util/inspect');
const { indentLines } = require('internal/test_runner/reporter_text');

const given = (reason) => reason !== undefined && reason !== false;

class SpecFormatter {
  constructor(colors) {
    this.colors = colors ?? { __proto__: null, gray: '', red: '', green: '', yellow: '', blue: '', white: '', reset: '' };
    this.failures = [];
    // Tests that were begun and whose line is to be shown only if they have children.
    this.begun = [];
  }

  begin() {
    return [];
  }

  event(type, data) {
    switch (type) {
      case 'test:start':
        this.begun.push(data);
        return [];
      case 'test:pass':
        return [this.result(data, true)];
      case 'test:fail':
        if (data.details.error.failureType !== 'subtestsFailed') this.failures.push(data);
        return [this.result(data, false)];
      case 'test:diagnostic':
        return [`${this.colors.blue}${'  '.repeat(data.nesting)}\u2139 ${data.message}${this.colors.reset}\n`];
      case 'test:coverage': {
        const { coverageTable } = require('internal/test_runner/coverage_report');
        const { colors } = this;
        const prefix = '\u2139 ';
        return [
          colors.blue, coverageTable(data.summary, { prefix, colors, columns: process.stdout.columns }), colors.white,
        ];
      }
      case 'test:watch:restarted':
        return [`\nRestarted at ${new Date().toLocaleString()}\n`];
      case 'test:stdout':
      case 'test:stderr':
        return [data.message];
      default:
        return [];
    }
  }

  // Lines of the tests around this one, which turn out to have children.
  headings(nesting) {
    let text = '';
    for (const each of this.begun.filter((test) => test.nesting < nesting && !test.shown)) {
      each.shown = true;
      text += `${'  '.repeat(each.nesting)}\u25b6 ${each.name}\n`;
    }
    return text;
  }

  result(data, ok) {
    const { nesting } = data;
    const text = this.headings(nesting) + this.line(data, ok);
    this.begun = this.begun.filter((test) => test.nesting < nesting);
    return text;
  }

  line(data, ok) {
    const { colors } = this;
    const { name, nesting, skip, todo, expectFailure } = data;
    let mark = `${colors.green}\u2714`;
    if (given(skip)) mark = `${colors.gray}\ufe63`;
    else if (!ok) mark = given(todo) ? `${colors.yellow}\u26a0` : `${colors.red}\u2716`;
    let reason = '';
    if (given(skip)) reason = ` # ${typeof skip === 'string' && skip !== '' ? skip : 'SKIP'}`;
    else if (given(todo)) reason = ` # ${typeof todo === 'string' && todo !== '' ? todo : 'TODO'}`;
    else if (given(expectFailure)) reason = ' # EXPECTED FAILURE';
    const { attempt, duration_ms: duration, passed_on_attempt: passedOn } = data.details;
    // What was never begun has taken no time.
    const took = duration > 0 ? `(${duration}ms)` : '';
    const earlier = passedOn !== undefined && passedOn < attempt ? ` (passed on attempt ${passedOn})` : '';
    return `${'  '.repeat(nesting)}${mark} ${name} ${colors.gray}${took}${earlier}` +
      `${colors.white}${reason}${colors.reset}\n`;
  }

  end() {
    const { failures } = this;
    if (failures.length === 0) return [];
    const { colors } = this;
    let text = `\n${colors.red}\u2716 failing tests:${colors.reset}\n`;
    for (const data of failures) {
      const { file, line, column } = data;
      if (file !== undefined) text += `\ntest at ${path.relative(process.cwd(), file)}:${line}:${column}\n`;
      text += this.failure(data);
    }
    return [text];
  }

  // A test that failed, and why.
  failure(data) {
    const { error } = data.details;
    const shown = inspect(error.cause ?? error, { colors: this.colors.red !== '', breakLength: Infinity });
    return `${this.line({ ...data, nesting: 0 }, false)}${indentLines(shown, '  ')}\n`;
  }
}

module.exports = SpecFormatter;
