'use strict';
// The source text of the call that failed, for assert.ok's message. V8 keeps
// the source of every script it runs, so that evaluated code has one, too.

const { getCallSites, getFrameSource } = internalBinding('util');
const { isStackTraceLimitWritable } = require('internal/errors');

// Positions of the caller of `fn`: the first frame above it.
function callerSite(fn) {
  if (!isStackTraceLimitWritable()) return undefined;
  const holder = {};
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = 1;
  Error.prepareStackTrace = (_, sites) => sites;
  try {
    Error.captureStackTrace(holder, fn);
    return holder.stack[0];
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}

function offsetOf(source, line, column) {
  let start = 0;
  for (let i = 1; i < line; i++) {
    start = source.indexOf('\n', start) + 1;
    if (start === 0) return -1;
  }
  return start + column - 1;
}

const identifierChar = /[\p{ID_Continue}$\u200c\u200d]/u;

// The start of the expression whose last name is at `offset`: a chain of names,
// member accesses and calls.
function startOfChain(source, offset) {
  let start = offset;
  for (;;) {
    let i = start - 1;
    while (i >= 0 && /\s/.test(source[i])) i--;
    if (i < 0 || source[i] !== '.') return start;
    i--;
    if (source[i] === '?') i--;
    while (i >= 0 && /\s/.test(source[i])) i--;
    while (i >= 0 && (source[i] === ')' || source[i] === ']')) {
      const open = source[i] === ')' ? '(' : '[';
      const close = source[i];
      let depth = 0;
      for (; i >= 0; i--) {
        if (source[i] === close) depth++;
        else if (source[i] === open && --depth === 0) break;
      }
      i--;
    }
    let begin = i;
    while (begin >= 0 && identifierChar.test(source[begin])) begin--;
    if (begin + 1 > i + 1) return start;
    start = begin + 1;
  }
}

// One past a string, template, comment or regular expression at `i`; `i` when
// there is none.
function skipLiteral(source, i, previous) {
  const char = source[i];
  if (char === '"' || char === "'") {
    for (i++; i < source.length && source[i] !== char; i++) {
      if (source[i] === '\\') i++;
    }
    return i + 1;
  }
  if (char === '`') {
    for (i++; i < source.length && source[i] !== '`'; i++) {
      if (source[i] === '\\') i++;
      else if (source[i] === '$' && source[i + 1] === '{') i = closing(source, i + 1) - 1;
    }
    return i + 1;
  }
  if (char !== '/') return i;
  if (source[i + 1] === '/') {
    const end = source.indexOf('\n', i);
    return end === -1 ? source.length : end;
  }
  if (source[i + 1] === '*') {
    const end = source.indexOf('*/', i + 2);
    return end === -1 ? source.length : end + 2;
  }
  // After a value it divides, elsewhere it begins a regular expression.
  if (previous !== '' && (identifierChar.test(previous) || previous === ')' ||
      previous === ']' || previous === '}' || previous === '"' || previous === "'")) {
    return i;
  }
  let inClass = false;
  for (i++; i < source.length && source[i] !== '\n'; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === '[') inClass = true;
    else if (source[i] === ']') inClass = false;
    else if (source[i] === '/' && !inClass) break;
  }
  return i + 1;
}

// One past the bracket that closes the one at `open`; -1 when none does.
function closing(source, open) {
  let depth = 0;
  let previous = '';
  for (let i = open; i < source.length;) {
    const next = skipLiteral(source, i, previous);
    if (next !== i) {
      if (source[i] !== '/' || !'/*'.includes(source[i + 1])) previous = '"';
      i = next;
      continue;
    }
    const char = source[i];
    if (char === '(' || char === '[' || char === '{') depth++;
    else if ((char === ')' || char === ']' || char === '}') && --depth === 0) return i + 1;
    if (!/\s/.test(char)) previous = char;
    i++;
  }
  return -1;
}

function escapeControls(text) {
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, (char) =>
    `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// The text of the call of `fn` that is under way, undefined when the source
// cannot be had.
function callExpression(fn) {
  const site = callerSite(fn);
  if (site === undefined || getFrameSource === undefined) return undefined;
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  const name = site.getScriptNameOrSourceURL() ?? '';
  // A listener, say: the source of built-ins would tell the user nothing.
  if (name.startsWith('node:')) return undefined;
  const sites = getCallSites(30);
  const index = sites.findIndex((frame) => frame.lineNumber === line &&
    frame.column === column && frame.scriptName === name);
  if (index === -1) return undefined;
  const source = getFrameSource(index);
  if (typeof source !== 'string') return undefined;
  const offset = offsetOf(source, line, column);
  if (offset < 0) return undefined;

  const open = source.indexOf('(', offset);
  if (open === -1) return undefined;
  const end = closing(source, open);
  if (end === -1) return undefined;
  const start = startOfChain(source, offset);
  let text = escapeControls(source.slice(start, end)).replaceAll('\r\n', '\n');
  if (text.includes('\n')) {
    // Further lines move left by as much as the first one did.
    const indent = start - (source.lastIndexOf('\n', start - 1) + 1);
    const lines = text.split('\n');
    text = lines[0];
    for (let i = 1; i < lines.length; i++) {
      let cut = 0;
      while (cut < indent && (lines[i][cut] === ' ' || lines[i][cut] === '\t')) cut++;
      text += `\n  ${lines[i].slice(cut)}`;
    }
  }
  return text;
}

function falsyMessage(fn) {
  const text = callExpression(fn);
  return text === undefined ? undefined :
    `The expression evaluated to a falsy value:\n\n  ${text}\n`;
}

module.exports = { falsyMessage };
