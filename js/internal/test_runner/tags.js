'use strict';
// Tags of tests, and the expressions that choose tests by them.

const { codes: { ERR_INVALID_ARG_VALUE } } = require('internal/errors');
const { validateArray, validateString } = require('internal/validators');

const NONE = Object.freeze([]);
const FORBIDDEN = /[\s&|!()*]/;
const RESERVED = new Set(['and', 'or', 'not']);

// The tags a test is given and those of what it is in, in lower case, each once.
function tagsOf(given, inherited = NONE) {
  if (given === undefined) return inherited;
  validateArray(given, 'options.tags');
  const tags = new Set(inherited);
  given.forEach((tag, i) => tags.add(validated(tag, `options.tags[${i}]`)));
  if (given.length > 0) require('internal/util').emitExperimentalWarning('Test tags');
  return [...tags];
}

function validated(tag, name) {
  validateString(tag, name);
  if (tag === '') throw new ERR_INVALID_ARG_VALUE(name, tag, 'must not be empty');
  if (FORBIDDEN.test(tag)) {
    throw new ERR_INVALID_ARG_VALUE(name, tag, 'contains a forbidden character. Tags must not contain whitespace, ' +
      "operator characters (&, |, !, (, ), *), or be the reserved words 'and', 'or', or 'not'");
  }
  const lower = tag.toLowerCase();
  if (RESERVED.has(lower)) {
    throw new ERR_INVALID_ARG_VALUE(name, tag, "must not be the reserved word 'and', 'or', or 'not'");
  }
  return lower;
}

const WORDS = { __proto__: null, 'and': 'AND', 'or': 'OR', 'not': 'NOT' };
const SIGNS = { __proto__: null, '&&': 'AND', '||': 'OR', '!': 'NOT', '(': 'LPAREN', ')': 'RPAREN' };

function tokensOf(text, fail) {
  const tokens = [];
  const pattern = /\s+|&&|\|\||[&|!()]|[^\s&|!()]+/gy;
  for (let match; (match = pattern.exec(text)) !== null;) {
    const [token] = match;
    const position = match.index;
    if (token.trim() === '') continue;
    if (token === '&' || token === '|') {
      fail(`unexpected '${token}' at position ${position}; use '${token}${token}' or '${token === '&' ? 'and' : 'or'}'`);
    }
    tokens.push({ kind: SIGNS[token] ?? WORDS[token.toLowerCase()] ?? 'TAG', token, position });
  }
  tokens.push({ kind: 'EOF', token: '', position: text.length });
  return tokens;
}

// A tag, or a pattern of tags in which * stands for anything.
function hasTag(pattern) {
  const lower = pattern.toLowerCase();
  if (!lower.includes('*')) return (tags) => tags.includes(lower);
  const source = lower.split('*').map((part) => part.replace(/[\\^$.+?[\]{}]/g, '\\$&')).join('.*');
  const expression = new RegExp(`^${source}$`);
  return (tags) => tags.some((tag) => expression.test(tag));
}

// An expression of tags, `and`, `or`, `not` and brackets, as a function that says whether a list of tags satisfies it.
function parseFilter(text, name) {
  validateString(text, name);
  const fail = (reason) => { throw new ERR_INVALID_ARG_VALUE(name, text, reason); };
  if (text.trim() === '') fail('must not be empty');
  const tokens = tokensOf(text, fail);
  let at = 0;
  const takes = (kind) => tokens[at].kind === kind && (at++, true);

  const operand = () => {
    const { kind, position, token } = tokens[at];
    if (takes('TAG')) return hasTag(token);
    if (takes('NOT')) {
      if (!['TAG', 'NOT', 'LPAREN'].includes(tokens[at].kind)) fail(`expected operand after 'not' at position ${position}`);
      const negated = operand();
      return (tags) => !negated(tags);
    }
    if (takes('LPAREN')) {
      if (tokens[at].kind === 'EOF') fail(`unmatched '(' at position ${position}`);
      const inner = either();
      if (!takes('RPAREN')) fail(`unmatched '(' at position ${position}`);
      return inner;
    }
    return fail(`unexpected token '${kind}' at position ${position}`);
  };
  const both = () => {
    let left = operand();
    while (takes('AND')) {
      const first = left;
      const second = operand();
      left = (tags) => first(tags) && second(tags);
    }
    return left;
  };
  const either = () => {
    let left = both();
    while (takes('OR')) {
      const first = left;
      const second = both();
      left = (tags) => first(tags) || second(tags);
    }
    return left;
  };
  const satisfies = either();
  if (tokens[at].kind !== 'EOF') fail(`unexpected token at position ${tokens[at].position}`);
  return satisfies;
}

module.exports = { parseFilter, tagsOf };
