'use strict';
// Text helpers of the inspector: quoting of strings, escape sequences, how many
// terminal columns a string takes, and the table of styles.

// ---- quoting ------------------------------------------------------------

// What cannot stand in a quoted string as it is: controls, the quote itself,
// the backslash, C1 controls and surrogates without partner.
const mustEscape = /[\x00-\x1f'\\\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const mustEscapeAll = new RegExp(mustEscape.source, 'g');
// The same when another quote than ' is around the text.
const mustEscapeButQuote = /[\x00-\x1f\\\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const mustEscapeButQuoteAll = new RegExp(mustEscapeButQuote.source, 'g');

const shortEscapes = {
  '__proto__': null,
  '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', "'": "\\'", '\\': '\\\\',
};

function escapeOne(char) {
  const short = shortEscapes[char];
  if (short !== undefined) return short;
  const code = char.charCodeAt(0);
  if (code > 0xff) return `\\u${code.toString(16)}`;
  return `\\x${code < 16 ? '0' : ''}${code.toString(16).toUpperCase()}`;
}

// Whether a short text consists of printable ASCII without quote and backslash. For so few characters that is faster than asking the
// expression.
function isClean(text) {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e || code === 0x27 || code === 0x5c) return false;
  }
  return true;
}

// Quotes a string as a literal, with the quote that needs least escaping.
function quote(text) {
  if (text.length <= 24 && isClean(text)) return `'${text}'`;
  if (!text.includes("'")) {
    return mustEscape.test(text) ? `'${text.replace(mustEscapeAll, escapeOne)}'` : `'${text}'`;
  }
  let mark;
  if (!text.includes('"')) mark = '"';
  else if (!text.includes('`') && !text.includes('${')) mark = '`';
  else return `'${text.replace(mustEscapeAll, escapeOne)}'`;
  if (mustEscapeButQuote.test(text)) text = text.replace(mustEscapeButQuoteAll, escapeOne);
  return mark + text + mark;
}

// Escapes a symbol's text or a property name shown in brackets.
function escapeName(text) {
  return mustEscape.test(text) ? text.replace(mustEscapeAll, escapeOne) : text;
}

// ---- escape sequences ---------------------------------------------------

// ECMA-48: operating system commands up to their terminator (BEL, ESC \ or ST),
// control sequences (parameters, intermediates, final byte; also by the one-byte
// introducer), and the remaining two-byte escapes.
const controlSequences =
  /(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]/g;

function stripVTControlCharacters(text) {
  require('internal/validators').validateString(text, 'str');
  return text.includes('\x1b') || text.includes('\x9b') ?
    text.replace(controlSequences, '') : text;
}

// ---- width --------------------------------------------------------------

// East Asian Wide and Fullwidth (UAX #11) and emoji with default emoji
// presentation: pairs of first and last code point, in order.
const wideRanges = [
  0x1100, 0x115f, 0x231a, 0x231b, 0x2329, 0x232a, 0x23e9, 0x23ec, 0x23f0, 0x23f0,
  0x23f3, 0x23f3, 0x25fd, 0x25fe, 0x2614, 0x2615, 0x2648, 0x2653, 0x267f, 0x267f,
  0x2693, 0x2693, 0x26a1, 0x26a1, 0x26aa, 0x26ab, 0x26bd, 0x26be, 0x26c4, 0x26c5,
  0x26ce, 0x26ce, 0x26d4, 0x26d4, 0x26ea, 0x26ea, 0x26f2, 0x26f3, 0x26f5, 0x26f5,
  0x26fa, 0x26fa, 0x26fd, 0x26fd, 0x2705, 0x2705, 0x270a, 0x270b, 0x2728, 0x2728,
  0x274c, 0x274c, 0x274e, 0x274e, 0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797,
  0x27b0, 0x27b0, 0x27bf, 0x27bf, 0x2b1b, 0x2b1c, 0x2b50, 0x2b50, 0x2b55, 0x2b55,
  0x2e80, 0x2e99, 0x2e9b, 0x2ef3, 0x2f00, 0x2fd5, 0x2ff0, 0x303e, 0x3041, 0x3096,
  0x3099, 0x30ff, 0x3105, 0x312f, 0x3131, 0x318e, 0x3190, 0x31e3, 0x31ef, 0x321e,
  0x3220, 0x3247, 0x3250, 0x4dbf, 0x4e00, 0xa48c, 0xa490, 0xa4c6, 0xa960, 0xa97c,
  0xac00, 0xd7a3, 0xf900, 0xfaff, 0xfe10, 0xfe19, 0xfe30, 0xfe52, 0xfe54, 0xfe66,
  0xfe68, 0xfe6b, 0xff01, 0xff60, 0xffe0, 0xffe6, 0x16fe0, 0x16fe4, 0x16ff0, 0x16ff1,
  0x17000, 0x187f7, 0x18800, 0x18cd5, 0x18d00, 0x18d08, 0x1aff0, 0x1affe, 0x1b000, 0x1b122,
  0x1b132, 0x1b132, 0x1b150, 0x1b152, 0x1b155, 0x1b155, 0x1b164, 0x1b167, 0x1b170, 0x1b2fb,
  0x1f004, 0x1f004, 0x1f0cf, 0x1f0cf, 0x1f18e, 0x1f18e, 0x1f191, 0x1f19a, 0x1f1e6, 0x1f202,
  0x1f210, 0x1f23b, 0x1f240, 0x1f248, 0x1f250, 0x1f251, 0x1f260, 0x1f265, 0x1f300, 0x1f320,
  0x1f32d, 0x1f335, 0x1f337, 0x1f37c, 0x1f37e, 0x1f393, 0x1f3a0, 0x1f3ca, 0x1f3cf, 0x1f3d3,
  0x1f3e0, 0x1f3f0, 0x1f3f4, 0x1f3f4, 0x1f3f8, 0x1f43e, 0x1f440, 0x1f440, 0x1f442, 0x1f4fc,
  0x1f4ff, 0x1f53d, 0x1f54b, 0x1f54e, 0x1f550, 0x1f567, 0x1f57a, 0x1f57a, 0x1f595, 0x1f596,
  0x1f5a4, 0x1f5a4, 0x1f5fb, 0x1f64f, 0x1f680, 0x1f6c5, 0x1f6cc, 0x1f6cc, 0x1f6d0, 0x1f6d2,
  0x1f6d5, 0x1f6d7, 0x1f6dc, 0x1f6df, 0x1f6eb, 0x1f6ec, 0x1f6f4, 0x1f6fc, 0x1f7e0, 0x1f7eb,
  0x1f7f0, 0x1f7f0, 0x1f90c, 0x1f93a, 0x1f93c, 0x1f945, 0x1f947, 0x1f9ff, 0x1fa70, 0x1fa7c,
  0x1fa80, 0x1fa89, 0x1fa8f, 0x1fac6, 0x1face, 0x1fadc, 0x1fadf, 0x1fae9, 0x1faf0, 0x1faf8,
  0x20000, 0x2fffd, 0x30000, 0x3fffd,
];

function isWide(code) {
  if (code < 0x1100) return false;
  let low = 0;
  let high = wideRanges.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (code < wideRanges[2 * middle]) high = middle - 1;
    else if (code > wideRanges[2 * middle + 1]) low = middle + 1;
    else return true;
  }
  return false;
}

// Controls, combining and enclosing marks, formatting characters (zero width
// space and joiners, byte order mark), variation selectors.
const zeroWidth = /^[\p{Cc}\p{Me}\p{Mn}\p{Cf}]$/u;
const printableAscii = /^[\x20-\x7e]*$/;

function charWidth(char) {
  const code = char.codePointAt(0);
  // Soft hyphen is a format character that terminals do show.
  if (code === 0xad) return 1;
  if (isWide(code)) return 2;
  return zeroWidth.test(char) ? 0 : 1;
}

// Columns a terminal uses for `text`; escape sequences take none unless
// `removeControlChars` is false.
function getStringWidth(text, removeControlChars = true) {
  if (printableAscii.test(text)) return text.length;
  if (removeControlChars && (text.includes('\x1b') || text.includes('\x9b'))) {
    text = stripVTControlCharacters(text);
    if (printableAscii.test(text)) return text.length;
  }
  let width = 0;
  for (const char of text.normalize('NFC')) width += charWidth(char);
  return width;
}

// ---- styles -------------------------------------------------------------

// SGR codes: [switch on, switch off]. Foreground colours are reset by 39,
// backgrounds by 49.
const foreground = 39;
const background = 49;
const colors = {
  __proto__: null,
  reset: [0, 0],
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  blink: [5, 25],
  inverse: [7, 27],
  hidden: [8, 28],
  strikethrough: [9, 29],
  doubleunderline: [21, 24],
  black: [30, foreground],
  red: [31, foreground],
  green: [32, foreground],
  yellow: [33, foreground],
  blue: [34, foreground],
  magenta: [35, foreground],
  cyan: [36, foreground],
  white: [37, foreground],
  bgBlack: [40, background],
  bgRed: [41, background],
  bgGreen: [42, background],
  bgYellow: [43, background],
  bgBlue: [44, background],
  bgMagenta: [45, background],
  bgCyan: [46, background],
  bgWhite: [47, background],
  framed: [51, 54],
  overlined: [53, 55],
  gray: [90, foreground],
  redBright: [91, foreground],
  greenBright: [92, foreground],
  yellowBright: [93, foreground],
  blueBright: [94, foreground],
  magentaBright: [95, foreground],
  cyanBright: [96, foreground],
  whiteBright: [97, foreground],
  bgGray: [100, background],
  bgRedBright: [101, background],
  bgGreenBright: [102, background],
  bgYellowBright: [103, background],
  bgBlueBright: [104, background],
  bgMagentaBright: [105, background],
  bgCyanBright: [106, background],
  bgWhiteBright: [107, background],
};

// Other spellings; they follow when the user redefines the colour itself.
const aliases = {
  gray: ['grey', 'blackBright'],
  bgGray: ['bgGrey', 'bgBlackBright'],
  dim: ['faint'],
  strikethrough: ['crossedout', 'strikeThrough', 'crossedOut'],
  hidden: ['conceal'],
  inverse: ['swapColors', 'swapcolors'],
  doubleunderline: ['doubleUnderline'],
};
for (const target of Object.keys(aliases)) {
  for (const alias of aliases[target]) {
    Object.defineProperty(colors, alias, {
      __proto__: null,
      get() { return this[target]; },
      set(value) { this[target] = value; },
      configurable: true,
      enumerable: false,
    });
  }
}

// The colours for the parts of a regular expression; a program may change `highlightRegExp.colors`, not these.
const regExpColors = ['green', 'red', 'yellow', 'cyan', 'magenta'];

function highlightRegExp(regexpString) {
  return require('internal/util/inspect_regexp').highlight(`${regexpString}`, highlightRegExp.colors);
}
highlightRegExp.colors = regExpColors.slice();

const styles = Object.assign({ __proto__: null }, {
  special: 'cyan',
  number: 'yellow',
  bigint: 'yellow',
  boolean: 'yellow',
  undefined: 'grey',
  null: 'bold',
  string: 'green',
  symbol: 'green',
  date: 'magenta',
  // `name` has no style on purpose: property names stay plain.
  regexp: highlightRegExp,
  module: 'underline',
});

module.exports = {
  colors,
  escapeName,
  getStringWidth,
  isWide,
  quote,
  regExpColors,
  stripVTControlCharacters,
  styles,
};
