'use strict';

// Tokens of JavaScript text, well enough to know where statements begin, which brackets are open, and whether the text
// stops inside of a comment, a string or a template. V8 judges the syntax; this only finds places in it.

const KEYWORDS_BEFORE_REGEXP = new Set(['await', 'case', 'delete', 'do', 'else', 'in', 'instanceof', 'new', 'of',
  'return', 'throw', 'typeof', 'void', 'yield']);
const PUNCTUATOR = /^(?:\.\.\.|=>|\?\.(?!\d)|\?\?=?|\*\*=?|>>>=|>>>|<<=|>>=|<<|>>|&&=?|\|\|=?|[=!]==?|[-+*/%&|^<>]=|\+\+|--|[\s\S])/;
const CLOSERS = { '(': ')', '[': ']', '{': '}' };

// Whether a slash after `token` begins a regular expression.
function regexpMayFollow(token) {
  if (token === undefined) return true;
  switch (token.type) {
    case 'word': return KEYWORDS_BEFORE_REGEXP.has(token.text);
    case 'punctuator': return !/^(?:[)\]}]|\+\+|--)$/.test(token.text);
    default: return false;
  }
}

// { tokens, open, unfinished }: each token { type, text, start, end, depth, newline }, with the number of brackets
// around it and whether a line ended before it; the brackets that are open at the end; and in what the text stops:
// 'comment', 'template', 'string' (after a backslash at the end of its line) or undefined.
function scan(source) {
  const tokens = [];
  const open = [];
  // Depths at which the substitution of a template began.
  const templates = [];
  let unfinished;
  let newline = false;
  let at = 0;

  const push = (type, start) => {
    tokens.push({ type, text: source.slice(start, at), start, end: at, depth: open.length, newline });
    newline = false;
  };

  // Reads on in a template from `at`; stops behind its end or behind `${`.
  const template = (start) => {
    while (at < source.length) {
      if (source[at] === '\\') {
        at += 2;
      } else if (source[at] === '`') {
        at++;
        push('template', start);
        return;
      } else if (source[at] === '$' && source[at + 1] === '{') {
        at += 2;
        push('template', start);
        templates.push(open.length);
        open.push('{');
        return;
      } else {
        at++;
      }
    }
    at = source.length;
    push('template', start);
    unfinished = 'template';
  };

  while (at < source.length) {
    const start = at;
    const rest = source.slice(at, at + 2);
    const ch = source[at];
    if (/\s/.test(ch)) {
      if (ch === '\n' || ch === '\r') newline = true;
      at++;
    } else if (rest === '//' || (at === 0 && rest === '#!')) {
      const end = source.indexOf('\n', at);
      at = end === -1 ? source.length : end;
    } else if (rest === '/*') {
      const end = source.indexOf('*/', at + 2);
      if (end === -1) {
        unfinished = 'comment';
        break;
      }
      if (source.slice(at, end).includes('\n')) newline = true;
      at = end + 2;
    } else if (ch === '"' || ch === "'") {
      at++;
      while (at < source.length && source[at] !== ch && source[at] !== '\n') at += source[at] === '\\' ? 2 : 1;
      if (at >= source.length && /\\\r?\n?$/.test(source)) unfinished = 'string';
      at = Math.min(at + 1, source.length);
      push('string', start);
    } else if (ch === '`') {
      at++;
      template(start);
    } else if (/[\p{ID_Start}$_#\\]/u.test(ch) || ch >= '\ud800') {
      at++;
      while (at < source.length && (/[\p{ID_Continue}$\u200c\u200d\\]/u.test(source[at]) || source[at] >= '\ud800')) at++;
      push('word', start);
    } else if (/[0-9]/.test(ch) || (ch === '.' && /[0-9]/.test(source[at + 1] ?? ''))) {
      at += /^(?:0[xXoObB][\da-fA-F_]+n?|[\d_]*\.?[\d_]*(?:[eE][-+]?\d+)?n?)/.exec(source.slice(at, at + 400))[0].length || 1;
      push('number', start);
    } else if (ch === '/' && regexpMayFollow(tokens.at(-1))) {
      const match = /^\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[\w$]*/.exec(source.slice(at));
      at += match === null ? 1 : match[0].length;
      push(match === null ? 'punctuator' : 'regexp', start);
    } else {
      const text = PUNCTUATOR.exec(source.slice(at, at + 4))[0];
      at += text.length;
      if (text === ')' || text === ']' || text === '}') {
        if (open.length > 0 && CLOSERS[open.at(-1)] === text) open.pop();
        if (text === '}' && templates.length > 0 && templates.at(-1) === open.length) {
          templates.pop();
          template(start);
          continue;
        }
        push('punctuator', start);
      } else {
        push('punctuator', start);
        if (CLOSERS[text] !== undefined) open.push(text);
      }
    }
  }
  return { tokens, open, unfinished };
}

// The brackets that would close everything that is open.
function closersOf(open) {
  return open.slice().reverse().map((bracket) => CLOSERS[bracket]).join('');
}

const CONTINUES_LINE = new Set(['in', 'instanceof', 'of', 'else', 'catch', 'finally']);

// Whether a statement ends between two tokens that stand on different lines, at the outermost level.
function endsStatement(before, after) {
  if (before.type === 'punctuator' && !/^(?:[)\]}]|\+\+|--)$/.test(before.text)) return false;
  if (before.type === 'word' && KEYWORDS_BEFORE_REGEXP.has(before.text)) return false;
  if (after.type === 'punctuator') return /^(?:\+\+|--|\{|[)\]}]|!|~)$/.test(after.text);
  if (after.type === 'template') return false;
  return !(after.type === 'word' && CONTINUES_LINE.has(after.text));
}

const BLOCKS = new Set(['if', 'for', 'while', 'do', 'switch', 'try', 'with', 'function', 'class', '{']);

// The statements of the outermost level, as arrays of tokens; the semicolon that ends one belongs to it.
function statementsOf(tokens) {
  const statements = [];
  let current = [];
  const finish = () => {
    if (current.length > 0) statements.push(current);
    current = [];
  };
  tokens.forEach((token, i) => {
    const before = tokens[i - 1];
    if (current.length > 0 && token.depth === 0 && before.depth === 0) {
      const first = isBlock(current);
      const follows = token.type === 'word' && /^(?:else|catch|finally)$/.test(token.text);
      if (before.text === '}' && before.type === 'punctuator' && first && !follows &&
          !(current[0].text === 'do' && token.text === 'while')) {
        finish();
      } else if (token.newline && endsStatement(before, token) && !(first && !hasBody(current))) {
        finish();
      }
    }
    current.push(token);
    if (token.depth === 0 && token.text === ';') finish();
  });
  finish();
  return statements;
}

function isBlock(statement) {
  const { text } = statement[0];
  return BLOCKS.has(text) || (text === 'async' && statement[1]?.text === 'function');
}

function hasBody(statement) {
  return statement.some((token) => token.depth === 0 && (token.text === '}' || token.text === ';'));
}

module.exports = { closersOf, scan, statementsOf };
