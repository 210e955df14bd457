'use strict';

// node:repl (https://nodejs.org/api/repl.html).

const {
  REPLServer, REPL_MODE_SLOPPY, REPL_MODE_STRICT, writer,
} = require('internal/repl/server');
const { Recoverable } = require('internal/repl/evaluate');
const { builtinModules } = require('module');

function start(prompt, source, eval_, useGlobal, ignoreUndefined, replMode) {
  return new REPLServer(prompt, source, eval_, useGlobal, ignoreUndefined, replMode);
}

function compiles(compile) {
  try {
    compile();
    return true;
  } catch (error) {
    if (error?.name !== 'SyntaxError') throw error;
    return false;
  }
}

// Whether the text could be run here: as a script, which may await.
function isValidSyntax(input) {
  const text = `${input}`;
  if (compiles(() => new (require('vm').Script)(text))) return true;
  if (!text.includes('await')) return false;
  return compiles(() => new (require('internal/vm/module').SourceTextModule)(text));
}

module.exports = {
  REPLServer,
  REPL_MODE_SLOPPY,
  REPL_MODE_STRICT,
  Recoverable,
  isValidSyntax,
  start,
  writer,
};

function deprecated(name, code, message, value) {
  let warned = false;
  Object.defineProperty(module.exports, name, {
    __proto__: null,
    configurable: true,
    enumerable: false,
    get() {
      if (!warned && require('internal/options').getOptionValue('--pending-deprecation')) {
        warned = true;
        process.emitWarning(message, 'DeprecationWarning', code);
      }
      return value();
    },
    set(replacement) {
      value = () => replacement;
    },
  });
}

const publicModules = builtinModules.filter((name) => !name.startsWith('_'));
Object.defineProperty(module.exports, 'builtinModules', {
  __proto__: null, configurable: true, enumerable: true, writable: false, value: publicModules,
});
deprecated('_builtinLibs', 'DEP0142', 'repl._builtinLibs is deprecated. Check module.builtinModules instead',
           () => publicModules);
// An old mode that behaved as the sloppy one.
Object.defineProperty(module.exports, 'REPL_MODE_MAGIC', {
  __proto__: null, configurable: true, enumerable: false, writable: true, value: REPL_MODE_SLOPPY,
});
