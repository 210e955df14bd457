'use strict';
// How the inspector shows errors: the stack as it is, its first line corrected
// where class and name tell different things, frames shared with the cause
// folded, and with colours on, frames of built-ins and the working directory
// dimmed and the names of installed packages underlined.

const { isError } = require('internal/util');
const { indentText } = require('internal/util/inspect_layout');

const errorToString = Error.prototype.toString;

function stackOf(ins, error) {
  let stack;
  try {
    ({ stack } = error);
  } catch {
    // The program's Error.prepareStackTrace, or a getter. The error is shown without what these would say.
  }
  if (typeof stack === 'string' && stack !== '') return stack;
  const head = Reflect.apply(errorToString, error, []);
  if (!stack) return head;
  // Error.prepareStackTrace made something else of it.
  ins.seen.push(error);
  ins.indent += 4;
  // At no depth that the layout could compare: each of its properties gets a line.
  const shown = ins.format(stack, NaN);
  ins.indent -= 4;
  ins.seen.pop();
  return `${head}\n    ${shown}`;
}

const frameStart = '\n    at';

// The longest run of frames that both stacks have at the same distance from
// their end: how far into `frames`, and how many.
function commonTail(frames, other) {
  for (let i = 0; i < frames.length - 3; i++) {
    const at = other.indexOf(frames[i]);
    if (at === -1) continue;
    const rest = other.length - at;
    if (rest <= 3) continue;
    let length = 1;
    const most = Math.min(frames.length - i, rest);
    while (length < most && frames[i + length] === other[at + length]) length++;
    if (length > 3) return { length, offset: i };
  }
  return { length: 0, offset: 0 };
}

function framesOf(ins, error, text) {
  const frames = text.split('\n');
  let cause;
  try {
    ({ cause } = error);
  } catch {
    // A getter that throws means: no cause to compare with.
  }
  if (cause === undefined || cause === null || !isError(cause)) return frames;
  const causeStack = stackOf(ins, cause);
  const start = causeStack.indexOf(frameStart);
  if (start === -1) return frames;
  const { length, offset } = commonTail(frames, causeStack.slice(start + 1).split('\n'));
  if (length > 3) {
    // The first and the last of them stay, so that the eye finds the place.
    const skipped = length - 2;
    frames.splice(offset + 1, skipped, ins.stylize(
      `    ... ${skipped} lines matching cause stack trace ...`, 'undefined'));
  }
  return frames;
}

// Own enumerable name, message and stack say nothing new when the stack
// contains them already.
function dropRepeatedKeys(ins, keys, error, stack) {
  if (ins.showHidden || keys.length === 0) return;
  for (const name of ['name', 'message', 'stack']) {
    const index = keys.indexOf(name);
    if (index === -1) continue;
    const value = error[name];
    if (typeof value !== 'string' || stack.includes(value)) keys.splice(index, 1);
  }
}

// The stack's first line carries the name the error had when it was made. When
// that is not the name of its class, show the class (and its tag) too.
function correctFirstLine(stack, constructor, name, tag, prefixOf) {
  const { length } = name;
  const startsWithName = name.endsWith('Error') && stack.startsWith(name) &&
    (stack.length === length || stack[length] === ':' || stack[length] === '\n');
  if (constructor !== null && !startsWithName) return stack;

  let fallback = 'Error';
  let shownLength = length;
  if (constructor === null) {
    // Nothing but the text is left to tell what kind of error it was.
    const start = /^([A-Z][a-z_ A-Z0-9[\]()-]+)(?::|\n\s+at)/.exec(stack) ??
      /^([a-z_A-Z0-9-]*Error)$/.exec(stack);
    const found = start === null ? '' : start[1];
    shownLength = found.length;
    if (found !== '') fallback = found;
  }
  const prefix = prefixOf(constructor, tag, fallback).slice(0, -1);
  if (name === prefix) return stack;
  if (!prefix.includes(name)) return `${prefix} [${name}]${stack.slice(shownLength)}`;
  return shownLength === 0 ? `${prefix}: ${stack}` : `${prefix}${stack.slice(shownLength)}`;
}

// ---- colours ------------------------------------------------------------

const builtinFrame = /^ {4}at (?:[^/\\(]+ \(|)node:(.+):\d+:\d+(?:\)|$)/;

function underlinePackages(ins, line) {
  let out = '';
  let done = 0;
  let search = 0;
  for (;;) {
    const at = line.indexOf('node_modules', search);
    if (at === -1) break;
    search = at + 12;
    const separator = line[at - 1];
    const after = line[search];
    if ((after !== '/' && after !== '\\') || (separator !== '/' && separator !== '\\')) continue;
    const start = search + 1;
    out += line.slice(done, start);
    let end = line.indexOf(separator, start);
    // A scope belongs to the name.
    if (line[start] === '@' && end !== -1) end = line.indexOf(separator, end + 1);
    if (end === -1) end = line.length;
    out += ins.stylize(line.slice(start, end), 'module');
    done = end;
    search = end;
  }
  return done === 0 ? line : out + line.slice(done);
}

function dimDirectory(ins, line, directory) {
  let start = line.indexOf(directory);
  if (start === -1) return line;
  let { length } = directory;
  if (line.slice(start - 7, start) === 'file://') {
    start -= 7;
    length += 7;
  }
  const end = start + length + 1;
  const open = line[start - 1] === '(' ? start - 1 : start;
  const closes = open !== start && line.endsWith(')');
  return line.slice(0, open) + ins.stylize(line.slice(open, end), 'undefined') +
    line.slice(end, closes ? -1 : line.length) + (closes ? ins.stylize(')', 'undefined') : '');
}

function currentDirectory() {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

function colorFrames(ins, lines) {
  const directory = currentDirectory();
  let esm;
  let text = '';
  for (const line of lines) {
    text += '\n';
    if (builtinFrame.test(line)) {
      text += ins.stylize(line, 'undefined');
      continue;
    }
    let shown = underlinePackages(ins, line);
    if (directory !== undefined) {
      let dimmed = dimDirectory(ins, shown, directory);
      if (dimmed === shown && shown.includes('file://')) {
        // In URLs the directory may be percent-encoded.
        esm ??= encodeURI(directory);
        dimmed = dimDirectory(ins, shown, esm);
      }
      shown = dimmed;
    }
    text += shown;
  }
  return text;
}

// The error's base text; adds to `keys` what Node shows though it is not
// enumerable (cause, errors).
function describeError(ins, error, constructor, tag, keys, prefixOf) {
  const { name: rawName } = error;
  const name = rawName !== undefined && rawName !== null ? String(rawName) : 'Error';
  let stack = stackOf(ins, error);
  dropRepeatedKeys(ins, keys, error, stack);
  if ('cause' in error && !keys.includes('cause')) keys.push('cause');
  if (Array.isArray(error.errors) && !keys.includes('errors')) keys.push('errors');
  stack = correctFirstLine(stack, constructor, name, tag, prefixOf);

  // The message itself may contain what looks like frames.
  const { message } = error;
  let position = message ? stack.indexOf(message) : -1;
  if (position !== -1) position += message.length;
  const start = stack.indexOf(frameStart, position === -1 ? 0 : position);
  if (start === -1) {
    stack = `[${stack}]`;
  } else {
    const lines = framesOf(ins, error, stack.slice(start + 1));
    stack = stack.slice(0, start) +
      (ins.colors ? colorFrames(ins, lines) : `\n${lines.join('\n')}`);
  }
  if (ins.indent !== 0) stack = stack.replaceAll('\n', `\n${indentText(ins.indent)}`);
  return stack;
}

module.exports = { describeError };
