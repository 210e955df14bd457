'use strict';
// Says before a function leaves whether its text can stand alone: what it refers to must be its own, captured, or a global
// of the runtime, and meant as one. src/ops/free_variables.rs reads the text, src/ops/surroundings.rs the file around it.

const native = internalBinding('free_variables');

// A program's own globals are enumerable, since assignment makes them so; of the runtime's only these are.
// tests/pool_library.rs holds the list against what a fresh isolate has.
const ENUMERABLE_GLOBALS = new Set([
  'global', 'clearImmediate', 'setImmediate', 'clearInterval', 'clearTimeout', 'setInterval', 'setTimeout',
  'queueMicrotask', 'structuredClone', 'atob', 'btoa', 'performance', 'fetch', 'navigator', 'crypto', 'localStorage',
  'sessionStorage', 'WebAssembly', 'gc',
]);

const HINTS = {
  '__proto__': null,
  'require': '; import() and process.getBuiltinModule() work everywhere',
  'module': '; only the function itself travels',
  'this': ', since an arrow function has that of its surroundings',
  'arguments': ', since an arrow function has those of its surroundings',
  'super': ', since a method leaves its object behind',
};

function isRuntimeGlobal(name) {
  if (ENUMERABLE_GLOBALS.has(name)) return name in globalThis;
  const descriptor = Reflect.getOwnPropertyDescriptor(globalThis, name);
  return descriptor === undefined ? name in globalThis : !descriptor.enumerable;
}

function freeVariableError(fn, name, line, shadows) {
  const place = native.location(fn);
  const where = place === undefined || place[0] === '' ? `line ${line} of its text` : `${place[0]}:${place[1] + line - 1}`;
  const who = fn.name === '' ? 'The task' : `The task ${fn.name}()`;
  const what = shadows ?
    `which is a variable around it and would be the global of that name; capture it, or say globalThis.${name}` :
    `which is neither its own, nor among its captures, nor a global${HINTS[name] ?? ''}`;
  const error = new ReferenceError(`${who} refers to '${name}' (${where}), ${what}`);
  error.code = 'ERR_POOL_FREE_VARIABLE';
  error.variable = name;
  error.line = line;
  return error;
}

// The text of the file that V8 calls `script`, as it was compiled; undefined where there is none to be found.
function sourceOf(script) {
  const { hrefToPath } = require('internal/modules/paths');
  try {
    const path = script.startsWith('file:') ? hrefToPath(script) : script;
    if (!require('path').isAbsolute(path)) return undefined;
    const source = internalBinding('modules').readSource(path);
    return /\.[cm]?ts$/.test(path) ? require('internal/modules/typescript').stripTypes(source) : source;
  } catch {
    return undefined;
  }
}

// The first of `names`, all of which globals have, that is a variable of the surroundings of `fn`.
function findShadowing(fn, text, names) {
  const place = native.location(fn);
  const source = place === undefined ? undefined : sourceOf(place[0]);
  if (source === undefined) return undefined;
  return native.declaredAround(source, text, place[1] - 1, place[2], names)?.[0];
}

// Throws where `fn`, of that text, refers to what it will not find.
function checkFreeVariables(fn, text, captureNames) {
  // undefined: V8 will say in the isolate what is wrong with the text.
  const found = native.freeVariables(text);
  if (found === undefined) return;
  const globals = [];
  for (let i = 0; i < found.length; i += 2) {
    const name = found[i];
    if (captureNames.includes(name)) continue;
    if (!isRuntimeGlobal(name)) throw freeVariableError(fn, name, found[i + 1], false);
    if (name !== 'undefined') globals.push(name);
  }
  if (globals.length === 0) return;
  const shadowing = findShadowing(fn, text, globals);
  if (shadowing !== undefined) throw freeVariableError(fn, shadowing, found[found.indexOf(shadowing) + 1], true);
}

module.exports = { checkFreeVariables };
