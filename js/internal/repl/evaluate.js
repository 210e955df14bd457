'use strict';

// How the REPL runs what was typed: as an expression if it can be one, as a program otherwise; with `await`; and
// knowing whether a program that does not compile is only not finished yet.

const vm = require('vm');
const { closersOf, scan } = require('internal/repl/scanner');

// Says that more lines are to come.
class Recoverable extends SyntaxError {
  constructor(error) {
    super();
    this.err = error;
  }
}

function compiles(text) {
  try {
    new vm.Script(text, { filename: 'repl-check' });
    return undefined;
  } catch (error) {
    return error;
  }
}

// Whether `source`, which failed with `error`, could become a program by further lines.
function isUnfinished(error, source) {
  if (error?.name !== 'SyntaxError') return false;
  const { message } = error;
  const { open, unfinished } = scan(source);
  if (unfinished !== undefined) return true;
  if (/^(?:Unexpected end of input|Unterminated template literal|Missing } in template expression)/i.test(message)) {
    return true;
  }
  if (message.startsWith('Missing catch or finally after try') || message.startsWith('missing ) after')) {
    // At the end of the text, or in its middle? There, closing what is open does not help.
    const tail = message.startsWith('missing') ? closersOf(open) : ' finally {}';
    return open.length > 0 || !message.startsWith('missing') ?
      compiles(`${source}${tail}`)?.message !== message : false;
  }
  return false;
}

let serial = 0;

// The name of the next piece of code, as stacks show it.
function nextName() {
  return `REPL${++serial}`;
}

// The REPL's way of import(): relative to the working directory.
const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;

function inMode(body, strict) {
  return strict && body.trim() !== '' ? `'use strict'; void 0;\n${body}` : body;
}

function compile(text, filename, strict, wrapped) {
  return new vm.Script(inMode(wrapped ? `(${text.trim()})\n` : text, strict), {
    filename, importModuleDynamically, lineOffset: strict ? -1 : 0,
  });
}

// An object rather than a block with labels.
const looksLikeObject = (source) => /^\s*{/.test(source) && !/;\s*$/.test(source);

// The program that a line without `await` is, before anything is known of what it declares.
function textFor(source, strict) {
  const wrapped = `(${source.trim()})`;
  return inMode(looksLikeObject(source) && compiles(wrapped) === undefined ? wrapped : source, strict);
}

// { script, awaits } of the text. Throws its SyntaxError, or a Recoverable.
function prepare(source, filename, strict) {
  const isObject = looksLikeObject(source);
  if (/\bawait\b/.test(source) && require('internal/options').getOptionValue('--experimental-repl-await') !== false) {
    const { transformAwait } = require('internal/repl/await');
    const text = transformAwait(source) ?? (isObject ? transformAwait(`(${source.trim()})`) : undefined);
    if (text !== undefined) {
      const error = compiles(text);
      if (error === undefined) return { script: compile(text, filename, strict, false), awaits: true };
      const { open, unfinished } = scan(source);
      if (open.length > 0 || unfinished !== undefined) throw new Recoverable(error);
      // Its own error reads better than that of the text made out of it, unless it is that of the await.
      const own = compiles(source);
      if (own !== undefined && !/\bawait\b/.test(own.message)) {
        if (isUnfinished(own, source)) throw new Recoverable(own);
        return { script: compile(source, filename, strict, false), awaits: false };
      }
      throw error;
    }
  }
  if (isObject) {
    try {
      return { script: compile(source, filename, strict, true), awaits: false };
    } catch { /* It is no expression. */ }
  }
  try {
    return { script: compile(source, filename, strict, false), awaits: false };
  } catch (error) {
    if (isUnfinished(error, source)) throw new Recoverable(error);
    throw error;
  }
}

// Waits for `promise` with SIGINT in force: the terminal is given back its keys meanwhile.
async function waitFor(server, promise) {
  let interrupt;
  const interrupted = new Promise((resolve, reject) => {
    interrupt = () => {
      const { codes: { ERR_SCRIPT_EXECUTION_INTERRUPTED } } = require('internal/errors');
      reject(new ERR_SCRIPT_EXECUTION_INTERRUPTED());
    };
  });
  const raw = server.terminal && server.breakEvalOnSigint ? server._setRawMode(false) : undefined;
  if (server.breakEvalOnSigint) process.once('SIGINT', interrupt);
  try {
    return (await Promise.race([promise, interrupted]))?.value;
  } finally {
    if (server.breakEvalOnSigint) process.removeListener('SIGINT', interrupt);
    if (raw !== undefined) server._setRawMode(raw);
  }
}

// The default of the option `eval`: calls `callback(error, value)`.
function evaluate(server, source, context, filename, callback) {
  if (source.trim() === '') {
    callback(null);
    return;
  }
  let prepared;
  try {
    prepared = prepare(source, filename, server.replMode === require('repl').REPL_MODE_STRICT);
  } catch (error) {
    callback(error);
    return;
  }
  const options = { displayErrors: false, breakOnSigint: Boolean(server.breakEvalOnSigint) };
  const raw = options.breakOnSigint && server.terminal ? server._setRawMode(false) : undefined;
  let value;
  let failure;
  let failed = false;
  try {
    value = server.useGlobal ? prepared.script.runInThisContext(options) :
      prepared.script.runInContext(context, options);
  } catch (error) {
    failed = true;
    failure = error;
  } finally {
    if (raw !== undefined) server._setRawMode(raw);
  }
  if (failed) {
    callback({ err: failure });
    return;
  }
  if (!prepared.awaits) {
    callback(null, value);
    return;
  }
  server.awaitAnswer?.();
  waitFor(server, value).then((result) => callback(null, result), (error) => callback({ err: error }));
}

module.exports = { Recoverable, evaluate, isUnfinished, nextName, textFor };
