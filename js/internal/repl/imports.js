'use strict';

// What to type in the place of an import statement, which a script cannot have.

const STATEMENT = /^\s*import\s*(?:(?<what>[^'"]+?)\s*from\s*)?(?<source>'[^']*'|"[^"]*")/;

// ": const { default: fs } = await import("fs");", or nothing where the text is no statement that is understood.
function asDynamicImport(text) {
  const found = STATEMENT.exec(text);
  if (found === null) return '';
  const { what, source } = found.groups;
  const call = `await import(${JSON.stringify(source.slice(1, -1))});`;
  if (what === undefined) return `: ${call}`;
  const namespace = /\*\s*as\s+([\w$]+)$/.exec(what);
  const list = /\{([^}]*)\}/.exec(what);
  const first = /^[\w$]+/.exec(what);
  const names = first === null ? [] : [`default: ${first[0]}`];
  for (const part of list?.[1].split(',') ?? []) {
    const name = part.trim();
    if (name !== '') names.push(name.replace(/\s+as\s+/, ': '));
  }
  if (namespace !== null) return names.length === 0 ? `: const ${namespace[1]} = ${call}` : '';
  return names.length === 0 ? '' : `: const { ${names.join(', ')} } = ${call}`;
}

module.exports = { asDynamicImport };
