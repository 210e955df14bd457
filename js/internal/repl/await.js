'use strict';

// `await` at the outermost level of what was typed: the text is run inside of an async function, and what it declares
// is declared outside of that, so that it stays.

const { scan, statementsOf } = require('internal/repl/scanner');

const NO_EXPRESSION = new Set(['{', ';', 'break', 'class', 'const', 'continue', 'debugger', 'do', 'export', 'for',
  'function', 'if', 'import', 'let', 'return', 'switch', 'throw', 'try', 'var', 'while', 'with']);

// Whether one of the tokens is an await that is in no function's body.
function hasOuterAwait(tokens) {
  const bodies = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    while (bodies.length > 0 && token.depth <= bodies.at(-1) && token.text !== '}') bodies.pop();
    if (token.text === '{' && token.type === 'punctuator' && opensFunction(tokens, i)) bodies.push(token.depth);
    if (token.text === '}' && bodies.at(-1) === token.depth) bodies.pop();
    if (token.type === 'word' && token.text === 'await' && bodies.length === 0 && tokens[i - 1]?.text !== '.' &&
        tokens[i + 1] !== undefined && tokens[i + 1].text !== ':' && !followsArrow(tokens, i)) {
      return true;
    }
  }
  return false;
}

// `async x => await y`: the body is an expression.
function followsArrow(tokens, index) {
  for (let i = index - 1; i >= 0 && tokens[i].depth >= tokens[index].depth; i--) {
    if (tokens[i].depth !== tokens[index].depth) continue;
    if (tokens[i].text === '=>') return true;
    if (tokens[i].text === ';' || tokens[i].text === ',') return false;
  }
  return false;
}

// Whether the brace at `index` begins a function's body.
function opensFunction(tokens, index) {
  const before = tokens[index - 1];
  if (before === undefined) return false;
  if (before.text === '=>') return true;
  if (before.text !== ')') return false;
  let i = index - 2;
  while (i >= 0 && !(tokens[i].text === '(' && tokens[i].depth === before.depth)) i--;
  const head = tokens[i - 1];
  if (head === undefined) return false;
  if (/^(?:if|for|while|switch|with|catch|await)$/.test(head.text)) return false;
  return head.type === 'word' || head.text === '*' || head.text === ']' || head.type === 'string';
}

// Names that the declarators in `tokens` bind, and where those without a value end.
function declarators(tokens) {
  const names = [];
  const bare = [];
  const { depth } = tokens[0];
  let start = 0;
  const finish = (end) => {
    if (end <= start) return;
    const part = tokens.slice(start, end);
    const equals = part.findIndex((token) => token.depth === depth && token.text === '=');
    bindings(equals === -1 ? part : part.slice(0, equals), names);
    if (equals === -1) bare.push(part.at(-1).end);
  };
  tokens.forEach((token, i) => {
    if (token.depth === depth && token.text === ',') {
      finish(i);
      start = i + 1;
    }
  });
  finish(tokens.length);
  return { names, bare };
}

// The names in a binding pattern: words that are neither a property's name nor part of a default value.
function bindings(pattern, names) {
  let skipBelow = -1;
  pattern.forEach((token, i) => {
    if (skipBelow !== -1) {
      if (token.depth > skipBelow || (token.depth === skipBelow && token.text !== ',' && !/^[}\]]$/.test(token.text))) {
        return;
      }
      skipBelow = -1;
    }
    if (token.text === '=' && token.type === 'punctuator') {
      skipBelow = token.depth;
      return;
    }
    if (token.type === 'word' && pattern[i + 1]?.text !== ':') names.push(token.text);
  });
}

// The text to run instead, whose value is a promise of { value }; undefined if there is no await at the outermost level.
function transformAwait(source) {
  const { tokens } = scan(source);
  if (!hasOuterAwait(tokens)) return undefined;
  const edits = [];
  const lexical = [];
  const functions = [];
  const vars = [];
  const replace = (from, to, text) => edits.push({ from, to, text });

  const statements = statementsOf(tokens);
  statements.forEach((statement, index) => {
    const ends = statement.at(-1).text === ';';
    const body = ends ? statement.slice(0, -1) : statement;
    if (body.length === 0) return;
    const [first, second] = body;
    const last = body.at(-1);
    if (/^(?:const|let|var)$/.test(first.text) && second !== undefined) {
      const { names, bare } = declarators(body.slice(1));
      (first.text === 'var' ? vars : lexical).push(...names);
      replace(first.start, first.end, ';void (');
      for (const end of bare) replace(end, end, '=undefined');
      replace(last.end, ends ? statement.at(-1).end : last.end, ');');
      return;
    }
    if (first.text === 'class' && second?.type === 'word' && second.text !== 'extends') {
      lexical.push(second.text);
      replace(first.start, first.start, `;${second.text}=`);
      replace(last.end, last.end, ';');
      return;
    }
    const keyword = first.text === 'async' && second?.text === 'function' ? 1 : 0;
    if (body[keyword].text === 'function') {
      const name = body[keyword + 1]?.text === '*' ? body[keyword + 2] : body[keyword + 1];
      if (name?.type === 'word') functions.push(name.text);
      return;
    }
    if (index === statements.length - 1 && !NO_EXPRESSION.has(first.text)) {
      replace(first.start, first.start, ';return { __proto__: null, value: (');
      replace(last.end, ends ? statement.at(-1).end : last.end, '\n) };');
    }
  });

  let text = '';
  let from = 0;
  for (const edit of edits.sort((a, b) => a.from - b.from)) {
    text += source.slice(from, edit.from) + edit.text;
    from = edit.to;
  }
  text += source.slice(from);
  const declared = (lexical.length > 0 ? `let ${lexical.join(', ')};` : '') +
    (vars.length + functions.length > 0 ? `var ${vars.concat(functions).join(', ')};` : '');
  const hoisted = functions.map((name) => `this.${name} = ${name};`).join('');
  return `${declared} (async () => { ${hoisted}${text}\n})()`;
}

module.exports = { transformAwait };
