'use strict';
// Glob patterns: `*` and `?` within a segment, `**` for any number of segments,
// [classes] with ranges, `!` negation and POSIX names, {alternatives,1..3}, and
// the extended forms ?(a|b) *(a|b) +(a|b) @(a|b) !(a|b).
//
// A pattern is compiled to a list of segments; each is a RegExp, a literal
// string or `globStar`. path.matchesGlob and fs.glob both use it.

const globStar = Symbol('**');

// ---- braces -------------------------------------------------------------

// Finds the brace that closes the one at `open`, and the commas at its level.
function scanBraces(pattern, open) {
  const commas = [];
  let depth = 0;
  for (let i = open; i < pattern.length; i++) {
    switch (pattern[i]) {
      case '\\': i++; break;
      case '{': depth++; break;
      case ',': if (depth === 1) commas.push(i); break;
      case '}':
        if (--depth === 0) return { close: i, commas };
    }
  }
  return undefined;
}

function expandRange(body) {
  const numeric = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/.exec(body);
  const letters = numeric ?? /^([a-zA-Z])\.\.([a-zA-Z])(?:\.\.(-?\d+))?$/.exec(body);
  if (letters === null) return undefined;
  const isNumber = numeric !== null;
  const first = isNumber ? Number(letters[1]) : letters[1].charCodeAt(0);
  const last = isNumber ? Number(letters[2]) : letters[2].charCodeAt(0);
  const step = Math.max(Math.abs(Number(letters[3] ?? 1)), 1);
  const padded = isNumber && /^-?0\d/.test(letters[1].length >= letters[2].length ?
    letters[1] : letters[2]);
  const width = padded ? Math.max(letters[1].length, letters[2].length) : 0;
  const items = [];
  const down = last < first;
  // A pattern must not be able to fill the memory.
  const most = 10_000;
  for (let n = first; (down ? n >= last : n <= last) && items.length < most;
    n += down ? -step : step) {
    items.push(isNumber ? String(n).padStart(width, '0') : String.fromCharCode(n));
  }
  return items;
}

function expandBraces(pattern) {
  for (let i = pattern.indexOf('{'); i !== -1; i = pattern.indexOf('{', i + 1)) {
    if (i > 0 && (pattern[i - 1] === '\\' || pattern[i - 1] === '$')) continue;
    const found = scanBraces(pattern, i);
    if (found === undefined) continue;
    const { close, commas } = found;
    let items;
    if (commas.length === 0) {
      items = expandRange(pattern.slice(i + 1, close));
      if (items === undefined) continue;
    } else {
      items = [];
      let start = i + 1;
      for (const comma of [...commas, close]) {
        items.push(pattern.slice(start, comma));
        start = comma + 1;
      }
    }
    const head = pattern.slice(0, i);
    const tails = expandBraces(pattern.slice(close + 1));
    const expanded = [];
    for (const item of items) {
      for (const middle of expandBraces(item)) {
        for (const tail of tails) expanded.push(head + middle + tail);
      }
    }
    return expanded;
  }
  return [pattern];
}

// ---- segments -----------------------------------------------------------

const posixClasses = {
  '__proto__': null,
  'alnum': '\\p{L}\\p{Nl}\\p{Nd}', 'alpha': '\\p{L}\\p{Nl}', 'ascii': '\\x00-\\x7f',
  'blank': '\\p{Zs}\\t', 'cntrl': '\\p{Cc}', 'digit': '\\p{Nd}',
  'graph': '\\x21-\\x7e', 'lower': '\\p{Ll}', 'print': '\\x20-\\x7e', 'punct': '\\p{P}',
  'space': '\\p{Z}\\t\\r\\n\\v\\f', 'upper': '\\p{Lu}', 'word': '\\p{L}\\p{Nl}\\p{Nd}\\p{Pc}',
  'xdigit': 'A-Fa-f0-9',
};

function escapeLiteral(char) {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}

// A [class] at `start`: its source and where it ends; undefined when it is not
// closed, so that the bracket is a character.
function compileClass(pattern, start) {
  let i = start + 1;
  const negated = pattern[i] === '!' || pattern[i] === '^';
  if (negated) i++;
  let body = '';
  for (let first = true; i < pattern.length; first = false) {
    const char = pattern[i];
    if (char === ']' && !first) {
      return { source: `[${negated ? '^/' : ''}${body}]`, end: i + 1 };
    }
    const named = char === '[' ? /^\[:([a-z]+):\]/.exec(pattern.slice(i, i + 12)) : null;
    if (named !== null && posixClasses[named[1]] !== undefined) {
      body += posixClasses[named[1]];
      i += named[0].length;
      continue;
    }
    let literal = char;
    if (char === '\\' && i + 1 < pattern.length) literal = pattern[++i];
    i++;
    const low = /[\\\]^[-]/.test(literal) ? `\\${literal}` : literal;
    if (pattern[i] === '-' && i + 1 < pattern.length && pattern[i + 1] !== ']') {
      const high = pattern[i + 1];
      i += 2;
      // An empty range matches nothing rather than being an error.
      if (literal <= high) body += `${low}-${/[\\\]^[-]/.test(high) ? `\\${high}` : high}`;
    } else {
      body += low;
    }
  }
  return undefined;
}

function closingParen(pattern, open) {
  let depth = 0;
  for (let i = open; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === '(') depth++;
    else if (pattern[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

function splitAlternatives(body) {
  const items = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < body.length; i++) {
    if (body[i] === '\\') i++;
    else if (body[i] === '(') depth++;
    else if (body[i] === ')') depth--;
    else if (body[i] === '|' && depth === 0) {
      items.push(body.slice(start, i));
      start = i + 1;
    }
  }
  items.push(body.slice(start));
  return items;
}

function segmentSource(pattern) {
  let source = '';
  for (let i = 0; i < pattern.length;) {
    const char = pattern[i];
    if (pattern[i + 1] === '(' && '?*+@!'.includes(char)) {
      const close = closingParen(pattern, i + 1);
      if (close !== -1) {
        const inner = splitAlternatives(pattern.slice(i + 2, close)).map(segmentSource).join('|');
        if (char === '!') {
          source += `(?:(?!(?:${inner})${segmentSource(pattern.slice(close + 1))}$)[^/]*?)`;
        } else {
          source += `(?:${inner})${char === '@' ? '' : char}`;
        }
        i = close + 1;
        continue;
      }
    }
    if (char === '*') {
      while (pattern[i] === '*' && pattern[i + 1] !== '(') i++;
      if (pattern[i] === '*') continue;
      source += '[^/]*?';
    } else if (char === '?') {
      source += '[^/]';
      i++;
    } else if (char === '[') {
      const found = compileClass(pattern, i);
      source += found === undefined ? '\\[' : found.source;
      i = found === undefined ? i + 1 : found.end;
    } else if (char === '\\' && i + 1 < pattern.length) {
      source += escapeLiteral(pattern[i + 1]);
      i += 2;
    } else {
      source += escapeLiteral(char);
      i++;
    }
  }
  return source;
}

const isMagic = /[*?[\]\\]|[+@!]\(/;

function compileSegment(segment, nocase = false) {
  if (segment === '**') return globStar;
  if (!nocase && !isMagic.test(segment)) return segment;
  // A wildcard in front does not match hidden names unless the dot is spelled out.
  const guard = /^(?:[*?[]|[+@!]\()/.test(segment) ?
    (segment[0] === '*' || segment[0] === '?' ? '(?!\\.)(?=.)' : '(?!\\.)') : '';
  return new RegExp(`^${guard}${segmentSource(segment)}$`, nocase ? 'ui' : 'u');
}

// The pattern as alternatives (from braces), each a list of segments.
function compile(pattern, { windows = false, nocase = windows } = {}) {
  if (windows) pattern = pattern.replaceAll('\\', '/');
  return expandBraces(pattern).map((alternative) =>
    alternative.split('/').map((segment) => compileSegment(segment, nocase)));
}

function matchesSegment(segment, name) {
  return typeof segment === 'string' ? segment === name : segment.test(name);
}

function matchesSegments(segments, i, names, j) {
  for (; i < segments.length; i++, j++) {
    const segment = segments[i];
    if (segment === globStar) {
      // At the end it wants something to match, as `a/**` does not match `a`.
      if (i === segments.length - 1) {
        for (let k = j; k < names.length; k++) {
          if (names[k].startsWith('.')) return false;
        }
        return j < names.length || i === 0;
      }
      for (let k = j; k <= names.length; k++) {
        if (matchesSegments(segments, i + 1, names, k)) return true;
        if (k < names.length && names[k].startsWith('.')) return false;
      }
      return false;
    }
    if (j >= names.length || !matchesSegment(segment, names[j])) return false;
  }
  return j === names.length;
}

function matchesPath(path, pattern, windows) {
  const { validateString } = require('internal/validators');
  validateString(path, 'path');
  validateString(pattern, 'pattern');
  const names = (windows ? path.replaceAll('\\', '/') : path).split('/');
  if (names.length > 1 && names[names.length - 1] === '') names.pop();
  for (const segments of compile(pattern, { windows })) {
    if (matchesSegments(segments, 0, names, 0)) return true;
  }
  return false;
}

module.exports = { compile, compileSegment, globStar, matchesPath, matchesSegment, matchesSegments };
