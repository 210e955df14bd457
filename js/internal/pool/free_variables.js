'use strict';
// Says before a function leaves whether its text can stand alone: what it refers to must be its own, captured, or a global
// of the runtime. src/ops/free_variables.rs reads the text.

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

function freeVariableError(fn, name, line) {
  const place = native.location(fn);
  const where = place === undefined || place[0] === '' ? `line ${line} of its text` : `${place[0]}:${place[1] + line - 1}`;
  const who = fn.name === '' ? 'The task' : `The task ${fn.name}()`;
  const error = new ReferenceError(
    `${who} refers to '${name}' (${where}), which is neither its own, nor among its captures, nor a global${HINTS[name] ?? ''}`);
  error.code = 'ERR_POOL_FREE_VARIABLE';
  error.variable = name;
  error.line = line;
  return error;
}

// Throws where `fn`, of that text, refers to what it will not find.
function checkFreeVariables(fn, text, captureNames) {
  // undefined: V8 will say in the isolate what is wrong with the text.
  const found = native.freeVariables(text);
  if (found === undefined) return;
  for (let i = 0; i < found.length; i += 2) {
    const name = found[i];
    if (!captureNames.includes(name) && !isRuntimeGlobal(name)) throw freeVariableError(fn, name, found[i + 1]);
  }
}

module.exports = { checkFreeVariables };
