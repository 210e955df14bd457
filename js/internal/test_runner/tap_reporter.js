'use strict';
// Events of a test run in the Test Anything Protocol, version 13.

const { inspectWithNoCustom, indentLines } = require('internal/test_runner/reporter_text');

function escape(text) {
  // What stands for a control character begins with a backslash, which is escaped as any other.
  return text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t').replaceAll('\b', '\\b')
    .replaceAll('\f', '\\f').replaceAll('\v', '\\v').replaceAll('\\', '\\\\').replaceAll('#', '\\#');
}

// Plain objects and arrays, one line for each of their values.
function isTree(value) {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function yaml(indent, name, value, around) {
  if (around.includes(value)) return `${indent}${name}: '[Circular]'\n`;
  const inner = [...around, value];
  const lines = Object.keys(value).map((key) => {
    const entry = value[key];
    return isTree(entry) ? yaml(`${indent}  `, key, entry, inner) : yamlScalar(`${indent}  `, key, entry);
  });
  return `${indent}${name}:\n${lines.join('')}`;
}

function yamlScalar(indent, name, value) {
  if (value === undefined) return '';
  if (isTree(value)) return yaml(indent, name, value, []);
  const text = inspectWithNoCustom(value);
  if (typeof value === 'string') {
    if (!value.includes('\n')) return `${indent}${name}: ${text}\n`;
    return `${indent}${name}: |-\n${indentLines(value, `${indent}  `)}\n`;
  }
  if (text.includes('\n')) return `${indent}${name}: |-\n${indentLines(text, `${indent}  `)}\n`;
  return `${indent}${name}: ${text}\n`;
}

function resultLine(ok, { name, nesting, testNumber, skip, todo, expectFailure }) {
  let line = `${'    '.repeat(nesting)}${ok ? 'ok' : 'not ok'} ${testNumber} - ${escape(name)}`;
  for (const [word, reason] of [['SKIP', skip], ['TODO', todo], ['EXPECTED FAILURE', expectFailure]]) {
    if (reason === undefined || reason === false) continue;
    line += ` # ${word}${typeof reason === 'string' && reason !== '' ? ` ${escape(reason)}` : ''}`;
    break;
  }
  return `${line}\n`;
}

function details({ details: { duration_ms: duration, type, error }, nesting, file, line, column }) {
  const outer = '    '.repeat(nesting);
  const indent = `${outer}  `;
  let text = `${indent}---\n${indent}duration_ms: ${duration}\n`;
  if (type !== undefined) text += `${indent}type: '${type}'\n`;
  if (error !== undefined) {
    if (file !== undefined) text += yamlScalar(indent, 'location', `${file}:${line}:${column}`);
    text += errorDetails(error, indent);
  }
  return `${text}${indent}...\n`;
}

function errorDetails(error, indent) {
  let text = yamlScalar(indent, 'failureType', error.failureType);
  const cause = error.cause !== null && typeof error.cause === 'object' ? error.cause : error;
  text += yamlScalar(indent, 'error', String((cause.message ?? error.message) || '<unknown error>'));
  text += yamlScalar(indent, 'code', cause.code ?? error.code);
  if (cause !== error && cause.name !== undefined && cause.name !== 'Error') {
    text += yamlScalar(indent, 'name', cause.name);
  }
  if (cause.code === 'ERR_ASSERTION') {
    text += yamlScalar(indent, 'expected', cause.expected);
    text += yamlScalar(indent, 'actual', cause.actual);
    text += yamlScalar(indent, 'operator', cause.operator);
  }
  if (error.exitCode !== undefined) {
    text += yamlScalar(indent, 'exitCode', error.exitCode);
    text += yamlScalar(indent, 'signal', error.signal ?? null);
  }
  if (cause !== error && typeof cause.stack === 'string') {
    const frames = cause.stack.split('\n').filter((line) => /^\s+at /.test(line))
      .map((line) => line.replace(/^\s+at /, ''));
    if (frames.length !== 0) text += `${indent}stack: |-\n${indentLines(frames.join('\n'), `${indent}  `)}\n`;
  }
  return text;
}

class TapFormatter {
  begin() {
    return ['TAP version 13\n'];
  }

  event(type, data) {
    switch (type) {
      case 'test:start':
        return [`${'    '.repeat(data.nesting)}# Subtest: ${escape(data.name)}\n`];
      case 'test:pass':
        return [resultLine(true, data), details(data)];
      case 'test:fail':
        return [resultLine(false, data), details(data)];
      case 'test:plan':
        return [`${'    '.repeat(data.nesting)}1..${data.count}\n`];
      case 'test:diagnostic':
        return [`${'    '.repeat(data.nesting)}# ${escape(data.message)}\n`];
      case 'test:coverage':
        return [require('internal/test_runner/coverage_report').coverageTable(data.summary, { prefix: '# ' })];
      case 'test:stdout':
      case 'test:stderr':
        return data.message.replace(/\n$/, '').split('\n').map((line) => `# ${escape(line)}\n`);
      default:
        return [];
    }
  }

  end() {
    return [];
  }
}

module.exports = TapFormatter;
