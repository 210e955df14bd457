'use strict';
// AssertionError and the texts it makes: which operator failed, and how the two
// values differ, line by line of their inspected form.

const { isStackTraceLimitWritable } = require('internal/errors');
const { inspect } = require('internal/util/inspect');
const { isError, removeColors } = require('internal/util');

const headlines = {
  '__proto__': null,
  'deepStrictEqual': 'Expected values to be strictly deep-equal:',
  'partialDeepStrictEqual': 'Expected values to be partially and strictly deep-equal:',
  'strictEqual': 'Expected values to be strictly equal:',
  'strictEqualObject': 'Expected "actual" to be reference-equal to "expected":',
  'deepEqual': 'Expected values to be loosely deep-equal:',
  'notDeepStrictEqual': 'Expected "actual" not to be strictly deep-equal to:',
  'notStrictEqual': 'Expected "actual" to be strictly unequal to:',
  'notStrictEqualObject': 'Expected "actual" not to be reference-equal to "expected":',
  'notDeepEqual': 'Expected "actual" not to be loosely deep-equal to:',
  'notIdentical': 'Values have same structure but are not reference-equal:',
  'notDeepEqualUnequal': 'Expected values not to be loosely deep-equal:',
};

// Primitives whose texts are together this long are shown as `a !== b`.
const maxShortLength = 12;
// Lines of difference after which the rest is left out.
const maxLines = 50;
const maxLongText = 512;

function isObject(value) {
  return value !== null && typeof value === 'object';
}

function inspectValue(value) {
  return inspect(value, {
    compact: false,
    customInspect: false,
    depth: 1000,
    maxArrayLength: Infinity,
    showHidden: false,
    showProxy: false,
    sorted: true,
    getters: true,
  });
}

function currentColors() {
  const { stderr } = process;
  return require('internal/util/colors').colorsFor(stderr);
}

// The message of an error is what counts, not the stack that inspect shows.
function withoutStack(error) {
  const copy = Object.assign({ __proto__: Object.getPrototypeOf(error) }, error);
  Object.defineProperty(copy, 'message', { __proto__: null, value: error.message });
  if (Object.hasOwn(error, 'cause')) {
    let { cause } = error;
    if (isError(cause)) cause = withoutStack(cause);
    Object.defineProperty(copy, 'cause', { __proto__: null, value: cause });
  }
  return copy;
}

// Lines that agree, between lines that do not: of a long run only the first two
// and the last two stay.
class DiffLines {
  constructor(colors, full) {
    this.full = full;      // Nothing is left out.
    this.colors = colors;
    this.text = '';
    this.minus = '';       // Lines of `expected`, held back behind those of `actual`.
    this.run = [];         // Agreeing lines since the last difference.
    this.printed = 0;
    this.skipped = false;
  }

  same(line) {
    this.text += this.minus;
    this.minus = '';
    this.run.push(line);
    if (this.full || this.run.length <= 2) this.#plain(line);
  }

  added(line) {
    this.#endRun();
    this.text += `\n${this.colors.green}+${this.colors.white} ${line}`;
    this.printed++;
  }

  missing(line) {
    this.#endRun();
    this.minus += `\n${this.colors.red}-${this.colors.white} ${line}`;
    this.printed++;
  }

  #plain(line) {
    this.text += `\n  ${line}`;
    this.printed++;
  }

  #endRun() {
    const { run } = this;
    const { length } = run;
    if (this.full) {
      this.run = [];
      return;
    }
    let from = 2;
    if (length > 5) {
      this.text += `\n${this.colors.blue}...${this.colors.white}`;
      this.skipped = true;
      from = length - 2;
    }
    for (let i = from; i < length; i++) this.#plain(run[i]);
    this.run = [];
  }
}

function differ(actualLine, expectedLine) {
  return actualLine !== expectedLine &&
    !(actualLine.endsWith(',') && actualLine.slice(0, -1) === expectedLine);
}

// Where two one-line texts begin to differ, as a line with a caret; '' when
// that is obvious or the line would not fit the terminal.
function caretLine(actual, expected) {
  const { stderr } = process;
  const width = stderr.isTTY ? stderr.columns : 80;
  if (actual.length + expected.length >= width) return '';
  let i = 0;
  while (actual[i] === expected[i]) i++;
  return i > 2 ? `\n  ${' '.repeat(i)}^` : '';
}

function createDiff(actual, expected, operator, full, message) {
  const colors = currentColors();
  const actualText = inspectValue(actual);
  const actualLines = actualText.split('\n');
  const expectedLines = inspectValue(expected).split('\n');

  if (operator === 'strictEqual' && ((isObject(actual) && isObject(expected)) ||
      (typeof actual === 'function' && typeof expected === 'function'))) {
    operator = 'strictEqualObject';
  }
  const headline = message ?? headlines[operator];

  let caret = '';
  if (actualLines.length === 1 && expectedLines.length === 1 &&
      actualLines[0] !== expectedLines[0]) {
    const plain = removeColors(actualLines[0]);
    const plainExpected = removeColors(expectedLines[0]);
    if (plain.length + plainExpected.length <= maxShortLength) {
      // 0 and -0 look too much alike for this form.
      if (!isObject(actual) && !isObject(expected) && (actual !== 0 || expected !== 0)) {
        return `${headline}\n\n${actualLines[0]} !== ${expectedLines[0]}\n`;
      }
    } else if (operator !== 'strictEqualObject') {
      caret = caretLine(plain, plainExpected);
    }
  }

  // The end that both share: its last three lines, and the first of it.
  const tail = [];
  while (actualLines.length !== 0 && expectedLines.length !== 0 &&
         actualLines.at(-1) === expectedLines.at(-1)) {
    tail.push(actualLines.pop());
    expectedLines.pop();
  }
  const lines = Math.max(actualLines.length, expectedLines.length);
  if (lines === 0) {
    const all = actualText.split('\n');
    if (!full && all.length > maxLines) all.splice(46, all.length, `${colors.blue}...${colors.white}`);
    if (message !== undefined && all.length === 1) {
      return `${message}\n${colors.green}+ actual${colors.white} ${colors.red}- expected${colors.white}\n\n` +
        `${colors.green}+${colors.white} ${all[0]}\n${colors.red}-${colors.white} ${all[0]}`;
    }
    return `${message ?? headlines.notIdentical}\n\n${all.join('\n')}\n`;
  }
  let end = '';
  for (let i = 0; i < tail.length && (full || i < 3); i++) end = `\n  ${tail[i]}${end}`;
  let skippedTail = false;
  if (!full && tail.length >= 5) {
    end = `\n${colors.blue}...${colors.white}${end}`;
    skippedTail = true;
  }
  if (!full && tail.length > 3) end = `\n  ${tail.at(-1)}${end}`;

  const diff = new DiffLines(colors, full);
  const start = `${headline}\n${colors.green}+ actual${colors.white} ` +
    `${colors.red}- expected${colors.white}`;
  const skippedNote = ` ${colors.blue}...${colors.white} Lines skipped`;
  for (let i = 0; i < lines; i++) {
    if (i >= expectedLines.length) {
      diff.added(actualLines[i]);
    } else if (i >= actualLines.length) {
      diff.missing(expectedLines[i]);
    } else if (!differ(actualLines[i], expectedLines[i])) {
      diff.same(actualLines[i]);
    } else if (!differ(expectedLines[i], actualLines[i])) {
      // Only the comma is missing, as the last entry has none.
      diff.same(expectedLines[i]);
    } else {
      diff.added(actualLines[i]);
      diff.missing(expectedLines[i]);
    }
    if (!full && diff.printed > maxLines && i < lines - 2) {
      return `${start}${skippedNote}\n${diff.text}\n${colors.blue}...${colors.white}` +
        `${diff.minus}\n${colors.blue}...${colors.white}`;
    }
  }
  return `${start}${diff.skipped || skippedTail ? skippedNote : ''}\n` +
    `${diff.text}${diff.minus}${end}${caret}`;
}

function unequalMessage(actual, operator, full) {
  const colors = currentColors();
  const named = operator === 'notStrictEqual' &&
    (isObject(actual) || typeof actual === 'function') ? 'notStrictEqualObject' : operator;
  const lines = inspectValue(actual).split('\n');
  if (!full && lines.length > maxLines) {
    lines.splice(46, lines.length, `${colors.blue}...${colors.white}`);
  }
  if (lines.length === 1) {
    return `${headlines[named]}${lines[0].length > 5 ? '\n\n' : ' '}${lines[0]}`;
  }
  return `${headlines[named]}\n\n${lines.join('\n')}\n`;
}

function shorten(text, limit) {
  return text.length > limit ? `${text.slice(0, limit - 3)}...` : text;
}

// Operators without a line by line comparison.
function plainMessage(actual, expected, operator) {
  const left = inspectValue(actual);
  const right = inspectValue(expected);
  const headline = headlines[operator];
  if (operator === 'notDeepEqual' && left === right) {
    return shorten(`${headline}\n\n${left}`, 1024);
  }
  const shownLeft = shorten(left, maxLongText);
  const shownRight = shorten(right, maxLongText);
  if (operator === 'deepEqual') {
    return `${headline}\n\n${shownLeft}\n\nshould loosely deep-equal\n\n${shownRight}`;
  }
  if (operator === 'notDeepEqual') {
    return `${headlines.notDeepEqualUnequal}\n\n${shownLeft}\n\n` +
      `should not loosely deep-equal\n\n${shownRight}`;
  }
  return `${shownLeft} ${operator} ${shownRight}`;
}

function makeMessage(actual, expected, operator, full) {
  if (isError(actual) && isError(expected)) {
    actual = withoutStack(actual);
    expected = withoutStack(expected);
  }
  switch (operator) {
    case 'deepStrictEqual':
    case 'strictEqual':
    case 'partialDeepStrictEqual':
      return createDiff(actual, expected, operator, full);
    case 'notDeepStrictEqual':
    case 'notStrictEqual':
      return unequalMessage(actual, operator, full);
    default:
      return plainMessage(actual, expected, operator);
  }
}

function abridge(text) {
  const lines = text.split('\n', 11);
  if (lines.length > 10) {
    lines.length = 10;
    return `${lines.join('\n')}\n...`;
  }
  return text.length > maxLongText ? `${text.slice(0, maxLongText)}...` : text;
}

// Those whose own messages are followed by the lines that differ.
const DIFFERING = new Set(['deepStrictEqual', 'partialDeepStrictEqual', 'strictEqual']);

class AssertionError extends Error {
  constructor(options) {
    require('internal/validators').validateObject(options, 'options');
    const { message, operator, stackStartFn, stackStartFunction, details } = options;
    const { actual, expected } = options;
    const diff = options.diff ?? 'simple';
    const full = diff === 'full';

    // The stack is captured once, below.
    const limit = Error.stackTraceLimit;
    const writable = isStackTraceLimitWritable();
    if (writable) Error.stackTraceLimit = 0;
    try {
      if (message !== undefined && message !== null) {
        super(DIFFERING.has(operator) ?
          createDiff(actual, expected, operator, full, String(message)) : String(message));
      } else {
        super(makeMessage(actual, expected, operator, full));
      }
    } finally {
      if (writable) Error.stackTraceLimit = limit;
    }

    this.generatedMessage = !message;
    // With this name the stack's first line says the code, too.
    Object.defineProperty(this, 'name', {
      __proto__: null,
      value: 'AssertionError [ERR_ASSERTION]',
      enumerable: false,
      writable: true,
      configurable: true,
    });
    this.code = 'ERR_ASSERTION';
    if (details) {
      this.actual = undefined;
      this.expected = undefined;
      this.operator = undefined;
      for (let i = 0; i < details.length; i++) {
        this[`message ${i}`] = details[i].message;
        this[`actual ${i}`] = details[i].actual;
        this[`expected ${i}`] = details[i].expected;
        this[`operator ${i}`] = details[i].operator;
        this[`stack trace ${i}`] = details[i].stack;
      }
    } else {
      this.actual = actual;
      this.expected = expected;
      this.operator = operator;
    }
    this.diff = diff;
    Error.captureStackTrace(this, stackStartFn || stackStartFunction);
    // Reading it fixes the text while the name is the long one.
    void this.stack;
    this.name = 'AssertionError';
  }

  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }

  [inspect.custom](recurseTimes, ctx) {
    // Long texts stand in the message already.
    const { actual, expected } = this;
    if (typeof actual === 'string') this.actual = abridge(actual);
    if (typeof expected === 'string') this.expected = abridge(expected);
    const text = inspect(this, { ...ctx, customInspect: false, depth: 0 });
    this.actual = actual;
    this.expected = expected;
    return text;
  }
}

module.exports = AssertionError;
