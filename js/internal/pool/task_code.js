'use strict';
// Inside an isolate of a pool: what the code of tasks becomes, compiled once and kept. A compiled code is
//   { call }            a function, of the task's arguments or of (item, index)
//   { factory }         a function that makes it from the values it captures
//   { call, module }    a function a module exports, of the task itself
//   { failed }          the error that all its tasks get
// or the promise of one, where a module is loading.

const { FUNCTION } = require('internal/pool/protocol');
const native = internalBinding('pool_task');

const codes = new Map();

// The function whose text `source` is, after the names it captures and a newline; job `number` is the first with it.
function compileFunction(number, source) {
  // import() inside it needs the loader; nothing is lost where the word stands for something else.
  if (source.includes('import')) require('internal/modules/cjs_loader');
  let factory;
  try {
    factory = native.compile(number, false);
  } catch (error) {
    // A method, getter or setter, whose text is no expression by itself.
    try {
      factory = native.compile(number, true);
    } catch {
      throw error;
    }
  }
  return source.startsWith('\n') ? { call: factory() } : { factory };
}

async function loadModule(href, name) {
  const { importModule } = require('internal/modules/esm_loader');
  const namespace = await importModule(href, undefined);
  let exported = namespace[name];
  if (exported === undefined && namespace.default !== null && namespace.default !== undefined) {
    exported = namespace.default[name];
  }
  // A CommonJS module compiled from ES modules has its default one level deeper.
  if (typeof exported !== 'function' && typeof exported?.default === 'function') exported = exported.default;
  if (typeof exported !== 'function') {
    const error = new TypeError(`The module ${href} has no exported function '${name}'`);
    error.code = 'ERR_POOL_NO_SUCH_EXPORT';
    throw error;
  }
  return { call: exported, module: true };
}

// The compiled code of number `id`, for job `number`. `source` and `name` come only with its first job here.
function compiled(number, id, kind, source, name) {
  let code = codes.get(id);
  if (code !== undefined) return code;
  try {
    code = kind === FUNCTION ? compileFunction(number, source) : loadModule(source, name);
  } catch (error) {
    code = { failed: error };
  }
  codes.set(id, code);
  if (code instanceof Promise) {
    code = code.catch((error) => ({ failed: error })).then((loaded) => {
      codes.set(id, loaded);
      return loaded;
    });
    codes.set(id, code);
  }
  return code;
}

// Whether any is being loaded.
function isLoading() {
  for (const code of codes.values()) if (code instanceof Promise) return true;
  return false;
}

module.exports = { compiled, isLoading };
