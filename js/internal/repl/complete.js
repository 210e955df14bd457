'use strict';

// The REPL's completion: commands, names of modules and files inside of require(), import() and calls of fs, properties
// of what is before a dot, and names in scope.

const path = require('path');
const { getOwnNonIndexProperties } = internalBinding('util');

const ALL_PROPERTIES = 0;
const ONLY_ENUMERABLE = 2;
const LONG = 1e5;

const KEYWORDS = ('async await break case catch const continue debugger default delete do else export false ' +
  'finally for function if import in instanceof let new null return switch this throw true try typeof var void ' +
  'while with yield').split(' ');

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
const COMMAND = /^\s*\.(\w*)$/;
const REQUIRE = /\brequire\s*\(\s*['"`](([\w@./:-]+\/)?(?:[\w@./:-]*))(?![^'"`])$/;
const IMPORT = /\bimport\s*\(\s*['"`](([\w@./:-]+\/)?(?:[\w@./:-]*))(?![^'"`])$/;
const FILE_CALL = /fs(?:\.promises)?\.\s*[a-z][a-zA-Z]+\(\s*["'](.*)/;
// Names and empty literals joined by dots, and the beginning of a name.
const EXPRESSION = /(?:(?:[a-zA-Z_$][\w$]*|""|''|``|\(""\)|\(''\)|\[\]|\{\})\??\.)*(?:[a-zA-Z_$][\w$]*\??\.?)?$/;

// `callback(error, [candidates, what they complete])`. Candidates come in groups with '' between them.
function complete(server, line, callback) {
  const answer = (groups, on, filter) => callback(null, [merge(groups, filter), on]);
  const command = COMMAND.exec(line);
  if (command !== null) {
    answer([Object.keys(server.commands)], command[1], command[1]);
    return;
  }
  const required = REQUIRE.exec(line);
  if (required !== null) {
    completeModule(server, required, Object.keys(server.context.require?.extensions ?? { '.js': 1 }), false, answer);
    return;
  }
  const imported = IMPORT.exec(line);
  if (imported !== null) {
    completeModule(server, imported, [], true, answer);
    return;
  }
  const file = server.allowBlockingCompletions ? FILE_CALL.exec(line) : null;
  if (file !== null) {
    const { 0: names, 1: on } = filesFor(file[1]);
    callback(null, [names, on]);
    return;
  }
  if (/\b(?:require|import)\s*\(\s*['"`][^'"`]*['"`]$/.test(line)) {
    callback(null, [[], undefined]);
    return;
  }
  const trimmed = line.trim();
  const match = EXPRESSION.exec(line);
  // A property of something that would have to be run to know it.
  const isProperty = line[match.index - 1] === '.' && !match[0].includes('.');
  if (isProperty || (trimmed.length > 0 && match[0] === '')) {
    callback(null, [[], undefined]);
    return;
  }
  completeExpression(server, match[0], answer);
}

// --- names of modules -----------------------------------------------------------

function completeModule(server, match, extensions, isImport, answer) {
  const { 1: on, 2: folder = '' } = match;
  const groups = [];
  if (on === '.') {
    answer([['./', '../']], on);
    return;
  }
  if (on === '..') {
    answer([['../']], on);
    return;
  }
  if (/^\.\.?\//.test(on)) {
    groups.push(entriesOf(path.resolve(folder), folder, extensions, isImport));
    answer(groups, on, on);
    return;
  }
  const { paths = [], } = server.context.module ?? {};
  const found = [];
  for (const base of paths) found.push(...entriesOf(path.resolve(base, folder), folder, extensions, isImport));
  groups.push(found);
  if (folder === '' || on.startsWith('node:')) {
    const { builtinModules } = require('repl');
    const { isBuiltin } = require('module');
    const plain = builtinModules.filter((name) => !name.startsWith('node:'));
    const scheme = builtinModules.filter((name) => isBuiltin(name) && !name.startsWith('weft:'))
      .map((name) => (name.startsWith('node:') ? name : `node:${name}`));
    groups.push(plain, scheme);
  }
  answer(groups, on, on);
}

// What can be loaded from `directory`, each with `prefix` before it.
function entriesOf(directory, prefix, extensions, isImport) {
  const names = [];
  let entries;
  try {
    entries = require('fs').readdirSync(directory, { withFileTypes: true });
  } catch {
    return names;
  }
  for (const entry of entries) {
    const { name } = entry;
    const extension = path.extname(name);
    const base = name.slice(0, name.length - extension.length);
    if (/-\d+\.\d+(?:\.\d+)?/.test(base) || name === '.npm') continue;
    if (!entry.isDirectory() && !entry.isSymbolicLink()) {
      if (isImport) {
        if (/^\.(?:[cm]?js|json|wasm|node|[cm]?ts)$/.test(extension)) names.push(`${prefix}${name}`);
      } else if (extensions.includes(extension) && (prefix === '' || base !== 'index')) {
        names.push(`${prefix}${base}`);
      }
      continue;
    }
    names.push(`${prefix}${name}/`);
    if (!isImport || prefix === '' || /^@/.test(prefix)) {
      let inside;
      try {
        inside = require('fs').readdirSync(path.join(directory, name));
      } catch {
        continue;
      }
      const indexes = isImport ? ['package.json', 'index.js'] : ['.js', '.json', '.node'].map((ext) => `index${ext}`);
      if (inside.some((each) => indexes.includes(each)) || inside.includes('package.json')) {
        names.push(`${prefix}${name}`);
      }
    }
  }
  return names;
}

function filesFor(text) {
  let base = text;
  let names;
  let filter = '';
  const read = (directory) => require('fs').readdirSync(directory, { withFileTypes: true });
  try {
    names = read(base === '' ? '.' : base);
  } catch {
    filter = path.basename(text);
    base = path.dirname(text);
    try {
      names = read(base);
    } catch {
      return [[], filter];
    }
  }
  return [names.map((entry) => entry.name).filter((name) => name.startsWith(filter)).sort(), filter];
}

// --- properties and names in scope --------------------------------------------------

function completeExpression(server, text, answer) {
  const dot = text.lastIndexOf('.');
  if (dot === -1) {
    const groups = [namesInScope(server)];
    for (let proto = Object.getPrototypeOf(server.context); proto !== null; proto = Object.getPrototypeOf(proto)) {
      groups.push(ownNames(proto));
    }
    const own = ownNames(server.context);
    if (!server.useGlobal) own.push(...contextBuiltins(server));
    groups.push(own);
    if (text !== '') groups.push(KEYWORDS);
    answer(groups, text, text);
    return;
  }
  const chained = text[dot - 1] === '?';
  const expression = text.slice(0, chained ? dot - 1 : dot);
  const prefix = text.slice(0, dot + 1);
  const filter = text.slice(dot + 1);
  server.eval(`try { ${expression} } catch {}`, server.context, 'repl-complete', (error, value) => {
    if (error || value === null || value === undefined) {
      answer([], text);
      return;
    }
    const groups = [];
    try {
      let from;
      if (typeof value === 'object' || typeof value === 'function') {
        groups.push(ownNames(value));
        from = Object.getPrototypeOf(value);
      } else {
        from = Object.getPrototypeOf(Object(value));
      }
      // Some chains have no end.
      for (let steps = 0; from !== null && steps < 5; steps++) {
        groups.push(ownNames(from));
        from = Object.getPrototypeOf(from);
      }
    } catch { /* A proxy that refuses. */ }
    const named = groups.map((group) => group.map((name) => `${prefix}${name}`));
    answer(named, text, `${prefix}${filter}`);
  });
}

function ownNames(object) {
  let names;
  try {
    // The properties of a long array are shown, its elements are not.
    names = getOwnNonIndexProperties(object, object.length > LONG ? ONLY_ENUMERABLE : ALL_PROPERTIES);
  } catch {
    names = Object.getOwnPropertyNames(object);
  }
  return names.filter((name) => typeof name === 'string' && IDENTIFIER.test(name) &&
    !/^__(?:define|lookup)[GS]etter__$/.test(name));
}

// JavaScript's own objects, which a vm context has behind its global.
function contextBuiltins(server) {
  const { runInContext } = require('vm');
  try {
    return runInContext('Object.getOwnPropertyNames(globalThis)', server.context)
      .filter((name) => IDENTIFIER.test(name));
  } catch {
    return [];
  }
}

// Names that let, const and class gave, which no object lists: those that were typed.
function namesInScope(server) {
  if (!process.features.inspector) return [];
  const { scan } = require('internal/repl/scanner');
  const { tokens } = scan(server.lines.join('\n'));
  const names = [];
  tokens.forEach((token, i) => {
    if (token.depth === 0 && /^(?:let|const|class)$/.test(token.text) && tokens[i + 1]?.type === 'word') {
      names.push(tokens[i + 1].text);
    }
  });
  return names;
}

// --- groups ------------------------------------------------------------------------

// One sorted list of all groups, the last one first; '' stands between two.
function merge(groups, filter) {
  const seen = new Set(['']);
  const merged = [];
  const lower = filter?.toLowerCase();
  for (const group of groups) {
    const fresh = group.filter((name) => !seen.has(name) &&
      (lower === undefined || name.toLowerCase().startsWith(lower)));
    const unique = [...new Set(fresh)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    if (unique.length === 0) continue;
    unique.forEach((name) => seen.add(name));
    if (merged.length > 0) merged.unshift('');
    merged.unshift(...unique);
  }
  return merged;
}

function commonPrefix(names) {
  let prefix = names[0];
  for (const name of names) {
    while (!name.startsWith(prefix)) prefix = prefix.slice(0, -1);
  }
  return prefix;
}

module.exports = { commonPrefix, complete };
