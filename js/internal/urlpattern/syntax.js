'use strict';
// The pattern language of https://urlpattern.spec.whatwg.org/: text to tokens,
// tokens to parts, and parts to a regular expression or back to text.
//
// A token is { type, index, value }, its index counted in code points. A part
// is { type, value, modifier, name, prefix, suffix }.

const kDefault = { __proto__: null, delimiter: '', prefix: '' };
const kHostname = { __proto__: null, delimiter: '.', prefix: '' };
const kPathname = { __proto__: null, delimiter: '/', prefix: '/' };

const nameStart = /^[$_\p{ID_Start}]$/u;
const nameContinue = /^[$\u200c\u200d\p{ID_Continue}]$/u;
const ascii = /^[\0-\x7f]$/;

const kSingle = {
  '__proto__': null,
  '*': 'asterisk',
  '+': 'other-modifier',
  '?': 'other-modifier',
  '{': 'open',
  '}': 'close',
};

// Where the group ends that starts after the parenthesis at `start - 1`: the
// position behind its closing parenthesis, or -1 if it is not well formed.
function endOfGroup(points, start) {
  let depth = 1;
  for (let i = start; i < points.length; i++) {
    const point = points[i];
    if (!ascii.test(point) || (i === start && point === '?')) return -1;
    if (point === '\\') {
      i++;
      if (i >= points.length || !ascii.test(points[i])) return -1;
    } else if (point === ')') {
      if (--depth === 0) return i - start === 0 ? -1 : i + 1;
    } else if (point === '(') {
      depth++;
      // Capturing groups of one's own would upset the numbering.
      if (points[i + 1] !== '?') return -1;
    }
  }
  return -1;
}

// Lenient: what is wrong becomes a token 'invalid-char' instead of an error.
function tokenize(points, lenient) {
  const tokens = [];
  let index = 0;

  function add(type, start, end, next) {
    tokens.push({ type, index, value: points.slice(start, end).join('') });
    index = next;
  }

  function invalid(end, start) {
    if (!lenient) throw new TypeError(`Invalid pattern at position ${index}`);
    add('invalid-char', start, end, end);
  }

  while (index < points.length) {
    const point = points[index];
    const next = index + 1;
    const single = kSingle[point];
    if (single !== undefined) {
      add(single, index, next, next);
    } else if (point === '\\') {
      if (next === points.length) invalid(next, index);
      else add('escaped-char', next, next + 1, next + 1);
    } else if (point === ':') {
      let end = next;
      while (end < points.length && (end === next ? nameStart : nameContinue).test(points[end])) end++;
      if (end === next) invalid(next, index);
      else add('name', next, end, end);
    } else if (point === '(') {
      const end = endOfGroup(points, next);
      if (end === -1) invalid(next, index);
      else add('regexp', next, end - 1, end);
    } else {
      add('char', index, next, next);
    }
  }
  tokens.push({ type: 'end', index, value: '' });
  return tokens;
}

function escapeRegExp(text) {
  return text.replace(/[.+*?^${}()[\]|/\\]/g, '\\$&');
}

function escapePattern(text) {
  return text.replace(/[+*?:{}()\\]/g, '\\$&');
}

function segmentWildcard(options) {
  return `[^${escapeRegExp(options.delimiter)}]+?`;
}

function modifierOf(token) {
  return token === null ? '' : token.value;
}

// The parts of a pattern; `encode` brings literal text to its canonical form.
function parsePattern(pattern, options, encode) {
  const tokens = tokenize(Array.from(pattern), false);
  const wildcard = segmentWildcard(options);
  const parts = [];
  const names = new Set();
  let position = 0;
  let numericName = 0;
  let literal = '';

  function take(type) {
    return tokens[position].type === type ? tokens[position++] : null;
  }

  function need(type) {
    if (take(type) === null) throw new TypeError(`Invalid pattern: missing ${type}`);
  }

  function takeText() {
    let text = '';
    for (;;) {
      const token = take('char') ?? take('escaped-char');
      if (token === null) return text;
      text += token.value;
    }
  }

  function takeMatcher(name) {
    return take('regexp') ?? (name === null ? take('asterisk') : null);
  }

  function takeModifier() {
    return modifierOf(take('other-modifier') ?? take('asterisk'));
  }

  function addLiteral(text, modifier) {
    parts.push({ type: 'fixed-text', value: encode(text), modifier, name: '', prefix: '', suffix: '' });
  }

  function flush() {
    if (literal === '') return;
    const text = literal;
    literal = '';
    addLiteral(text, '');
  }

  function addPart(prefix, nameToken, matcher, suffix, modifier) {
    if (nameToken === null && matcher === null && modifier === '') {
      literal += prefix;
      return;
    }
    flush();
    if (nameToken === null && matcher === null) {
      if (prefix !== '') addLiteral(prefix, modifier);
      return;
    }
    let type = 'regexp';
    let value = matcher === null ? wildcard : matcher.type === 'asterisk' ? '.*' : matcher.value;
    if (value === wildcard) {
      type = 'segment-wildcard';
      value = '';
    } else if (value === '.*') {
      type = 'full-wildcard';
      value = '';
    }
    const name = nameToken === null ? String(numericName++) : nameToken.value;
    if (names.has(name)) throw new TypeError(`Invalid pattern: duplicate name '${name}'`);
    names.add(name);
    parts.push({ type, value, modifier, name, prefix: encode(prefix), suffix: encode(suffix) });
  }

  while (position < tokens.length) {
    const char = take('char');
    const name = take('name');
    const matcher = takeMatcher(name);
    if (name !== null || matcher !== null) {
      let prefix = char === null ? '' : char.value;
      if (prefix !== options.prefix) {
        literal += prefix;
        prefix = '';
      }
      flush();
      addPart(prefix, name, matcher, '', takeModifier());
      continue;
    }
    const fixed = char ?? take('escaped-char');
    if (fixed !== null) {
      literal += fixed.value;
      continue;
    }
    if (take('open') !== null) {
      const prefix = takeText();
      const groupName = take('name');
      const groupMatcher = takeMatcher(groupName);
      const suffix = takeText();
      need('close');
      addPart(prefix, groupName, groupMatcher, suffix, takeModifier());
      continue;
    }
    flush();
    need('end');
  }
  return parts;
}

// Source of the regular expression of `parts`, and the names of its groups.
function toRegExpSource(parts, options) {
  const names = [];
  let source = '^';
  for (const part of parts) {
    const { modifier } = part;
    if (part.type === 'fixed-text') {
      const text = escapeRegExp(part.value);
      source += modifier === '' ? text : `(?:${text})${modifier}`;
      continue;
    }
    names.push(part.name);
    const value = part.type === 'segment-wildcard' ? segmentWildcard(options) :
      part.type === 'full-wildcard' ? '.*' : part.value;
    const once = modifier === '' || modifier === '?';
    const prefix = escapeRegExp(part.prefix);
    const suffix = escapeRegExp(part.suffix);
    if (prefix === '' && suffix === '') {
      source += once ? `(${value})${modifier}` : `((?:${value})${modifier})`;
    } else if (once) {
      source += `(?:${prefix}(${value})${suffix})${modifier}`;
    } else {
      // Repetitions stand between prefix and suffix and are joined by both.
      source += `(?:${prefix}((?:${value})(?:${suffix}${prefix}(?:${value}))*)${suffix})${modifier === '*' ? '?' : ''}`;
    }
  }
  return { source: `${source}$`, names };
}

function isNumeric(name) {
  return name >= '0' && name < ':';
}

function firstContinuesName(text) {
  return nameContinue.test(String.fromCodePoint(text.codePointAt(0)));
}

// Whether `part` has to stand in braces to mean the same again.
function needsBraces(part, previous, next, options) {
  if (part.suffix !== '' || (part.prefix !== '' && part.prefix !== options.prefix)) return true;
  if (!isNumeric(part.name) && part.type === 'segment-wildcard' && part.modifier === '' &&
      next !== undefined && next.prefix === '' && next.suffix === '') {
    const braces = next.type === 'fixed-text' ? firstContinuesName(next.value) : isNumeric(next.name);
    if (braces) return true;
  }
  return part.prefix === '' && previous !== undefined && previous.type === 'fixed-text' &&
    options.prefix !== '' && previous.value.endsWith(options.prefix);
}

// The pattern's normal form.
function toPatternString(parts, options) {
  let text = '';
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (part.type === 'fixed-text') {
      const value = escapePattern(part.value);
      text += part.modifier === '' ? value : `{${value}}${part.modifier}`;
      continue;
    }
    const previous = parts[i - 1];
    const named = !isNumeric(part.name);
    const braces = needsBraces(part, previous, parts[i + 1], options);
    if (braces) text += '{';
    text += escapePattern(part.prefix);
    if (named) text += `:${part.name}`;
    if (part.type === 'regexp') {
      text += `(${part.value})`;
    } else if (part.type === 'segment-wildcard') {
      if (!named) text += `(${segmentWildcard(options)})`;
    } else {
      const star = !named && (previous === undefined || previous.type === 'fixed-text' ||
        previous.modifier !== '' || braces || part.prefix !== '');
      text += star ? '*' : '(.*)';
    }
    if (part.type === 'segment-wildcard' && named && part.suffix !== '' && firstContinuesName(part.suffix)) {
      text += '\\';
    }
    text += escapePattern(part.suffix);
    if (braces) text += '}';
    text += part.modifier;
  }
  return text;
}

// One component of a URLPattern, ready to match.
function compileComponent(pattern, encode, options, ignoreCase) {
  const parts = parsePattern(pattern, options, encode);
  const { source, names } = toRegExpSource(parts, options);
  return {
    pattern: toPatternString(parts, options),
    regexp: new RegExp(source, ignoreCase ? 'vi' : 'v'),
    names,
    hasRegExpGroups: parts.some((part) => part.type === 'regexp'),
  };
}

module.exports = { compileComponent, escapePattern, kDefault, kHostname, kPathname, tokenize };
