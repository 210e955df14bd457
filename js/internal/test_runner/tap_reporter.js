'use strict';
// Test outcomes in the Test Anything Protocol, version 13.

const { inspectWithNoCustom, indentLines } = require('internal/test_runner/reporter_text');

function escape(text) {
  return text.replaceAll('\\', '\\\\').replaceAll('#', '\\#').replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r').replaceAll('\t', '\\t').replaceAll('\b', '\\b')
    .replaceAll('\f', '\\f').replaceAll('\v', '\\v');
}

function yamlScalar(indent, name, value) {
  if (value === undefined) return '';
  let text = inspectWithNoCustom(value);
  if (typeof value === 'string') {
    if (!value.includes('\n')) return `${indent}${name}: ${text}\n`;
    return `${indent}${name}: |-\n${indentLines(value, `${indent}  `)}\n`;
  }
  if (text.includes('\n')) return `${indent}${name}: |-\n${indentLines(text, `${indent}  `)}\n`;
  return `${indent}${name}: ${text}\n`;
}

class TapReporter {
  constructor(write) {
    this.write = write;
  }

  begin() {
    this.write('TAP version 13\n');
  }

  start(test, level) {
    this.write(`${'    '.repeat(level)}# Subtest: ${escape(test.name)}\n`);
  }

  plan(count, level) {
    this.write(`${'    '.repeat(level)}1..${count}\n`);
  }

  result(test, level) {
    const indent = '    '.repeat(level);
    let line = `${indent}${test.error === null ? 'ok' : 'not ok'} ${test.number} - ` +
      escape(test.name);
    for (const [word, reason] of [['SKIP', test.skipReason], ['TODO', test.todoReason]]) {
      if (reason === undefined) continue;
      line += ` # ${word}${typeof reason === 'string' && reason !== '' ?
        ` ${escape(reason)}` : ''}`;
      break;
    }
    let text = `${line}\n${indent}  ---\n${indent}  duration_ms: ${test.duration}\n`;
    if (test.isSuite) text += `${indent}  type: 'suite'\n`;
    if (test.error !== null) text += this.details(test, `${indent}  `);
    text += `${indent}  ...\n`;
    for (const message of test.diagnostics) text += `${indent}# ${escape(message)}\n`;
    this.write(text);
  }

  details(test, indent) {
    const { error } = test;
    let text = '';
    if (test.location !== undefined) {
      const { file, line, column } = test.location;
      text += yamlScalar(indent, 'location', `${file}:${line}:${column}`);
    }
    text += yamlScalar(indent, 'failureType', error.failureType);
    const cause = error.cause !== null && typeof error.cause === 'object' ? error.cause : error;
    text += yamlScalar(indent, 'error', cause === error ? String(error.cause ?? error.message) :
      String(cause.message));
    text += yamlScalar(indent, 'code', cause.code);
    if (cause !== error && cause.name !== undefined && cause.name !== 'Error') {
      text += yamlScalar(indent, 'name', cause.name);
    }
    if (cause.code === 'ERR_ASSERTION') {
      text += yamlScalar(indent, 'expected', cause.expected);
      text += yamlScalar(indent, 'actual', cause.actual);
      text += yamlScalar(indent, 'operator', cause.operator);
    }
    if (cause !== error && typeof cause.stack === 'string') {
      const frames = cause.stack.split('\n').filter((line) => /^\s+at /.test(line))
        .map((line) => line.replace(/^\s+at /, ''));
      if (frames.length !== 0) {
        text += `${indent}stack: |-\n${indentLines(frames.join('\n'), `${indent}  `)}\n`;
      }
    }
    return text;
  }

  end(counters, notes, duration) {
    let text = `1..${counters.topLevel}\n`;
    for (const note of notes) text += `# ${escape(note)}\n`;
    text += `# tests ${counters.tests}\n# suites ${counters.suites}\n# pass ${counters.passed}\n` +
      `# fail ${counters.failed}\n# cancelled ${counters.cancelled}\n` +
      `# skipped ${counters.skipped}\n# todo ${counters.todo}\n# duration_ms ${duration}\n`;
    this.write(text);
  }
}

module.exports = TapReporter;
