'use strict';

// REPLServer: a readline Interface whose lines are run, and whose results and errors are shown
// (https://nodejs.org/api/repl.html#class-replserver). How text is run is in internal/repl/evaluate, completion in
// internal/repl/complete, the commands that begin with a dot in internal/repl/commands.

const domain = require('domain');
const vm = require('vm');
const { Interface } = require('readline');
const {
  codes: { ERR_INVALID_REPL_EVAL_CONFIG, ERR_INVALID_REPL_INPUT }, headOf, isErrorLike,
} = require('internal/errors');
const { inspect } = require('internal/util/inspect');
const { Recoverable, evaluate, nextName } = require('internal/repl/evaluate');

const REPL_MODE_SLOPPY = Symbol('repl-sloppy');
const REPL_MODE_STRICT = Symbol('repl-strict');

const kBuffered = Symbol('bufferedCommand');
const kLoading = Symbol('loading');
const kWaiting = Symbol('waiting');
const kHandleError = Symbol('handleError');

// The domains of REPLs, in which nobody may listen for uncaught exceptions: they are shown.
const domains = new WeakSet();
let guarded = false;
// The REPL of a `weft` without a script.
let standalone;

function writer(value) {
  return inspect(value, writer.options);
}
writer.options = { ...inspect.defaultOptions, showProxy: true };

// util.inspect.replDefaults: the options of the REPL's writer.
Object.defineProperty(inspect, 'replDefaults', {
  __proto__: null,
  configurable: true,
  enumerable: true,
  get() { return writer.options; },
  set(options) {
    require('internal/validators').validateObject(options, 'options');
    Object.assign(writer.options, options);
  },
});

function guardListeners() {
  if (guarded) return;
  guarded = true;
  process.prependListener('newListener', (event, listener) => {
    if (event !== 'uncaughtException' || !process.domain || !domains.has(process.domain)) return;
    throw new ERR_INVALID_REPL_INPUT('Listeners for `uncaughtException` cannot be used in the REPL');
  });
}

// Options out of start()'s arguments: an object, or (prompt, stream, eval, useGlobal, ignoreUndefined, replMode).
function optionsOf(prompt, stream, eval_, useGlobal, ignoreUndefined, replMode) {
  const options = prompt !== null && typeof prompt === 'object' ? { ...prompt } :
    { prompt, stream, eval: eval_, useGlobal, ignoreUndefined, replMode };
  if (options.stream !== undefined && options.stream !== null) {
    options.input ??= options.stream;
    options.output ??= options.stream;
  }
  if (options.input === undefined || options.output === undefined) {
    options.input ??= process.stdin;
    options.output ??= process.stdout;
  }
  options.prompt ??= '> ';
  if (options.terminal === undefined) options.terminal = Boolean(options.output.isTTY);
  if (options.useColors === undefined) {
    options.useColors = options.terminal && (typeof options.output.hasColors === 'function' ?
      options.output.hasColors() : Boolean(options.output.isTTY));
  }
  if (options.breakEvalOnSigint && options.eval) throw new ERR_INVALID_REPL_EVAL_CONFIG();
  return options;
}

class Server extends Interface {
  // Made when somebody searches.
  #search;
  // What the line being typed would give; on terminals.
  #preview;

  constructor(...args) {
    const options = optionsOf(...args);
    let server;
    super({
      input: options.input,
      output: options.output,
      completer: options.completer ?? ((line, callback) => server.#complete(line, callback)),
      terminal: options.terminal,
      historySize: options.historySize,
      prompt: options.prompt,
    });
    server = this;
    this.#setOptions(options);
    this.resetContext();
    this.commands = { __proto__: null };
    require('internal/repl/commands').define(this);
    this.#listen();
    this.displayPrompt();
  }

  #setOptions(options) {
    this.useColors = Boolean(options.useColors);
    this.useGlobal = Boolean(options.useGlobal);
    this.ignoreUndefined = Boolean(options.ignoreUndefined);
    this.breakEvalOnSigint = Boolean(options.breakEvalOnSigint);
    this.replMode = options.replMode ?? REPL_MODE_SLOPPY;
    this.allowBlockingCompletions = Boolean(options.allowBlockingCompletions);
    this.editorMode = false;
    this.last = undefined;
    this.lastError = undefined;
    this.underscoreAssigned = false;
    this.underscoreErrAssigned = false;
    this._initialPrompt = options.prompt;
    this._domain = options.domain ?? domain.create();
    domains.add(this._domain);
    guardListeners();
    this[kBuffered] = '';
    this[kLoading] = false;
    this[kWaiting] = undefined;
    // What becomes of an error: 'print', 'ignore' or 'unhandled'.
    this[kHandleError] = typeof options.handleError === 'function' ? options.handleError : undefined;
    this.sawInterrupt = false;
    this.sawEndKey = false;
    if (typeof options.eval === 'function') {
      this.eval = (code, context, file, callback) => Reflect.apply(options.eval, this, [code, context, file, callback]);
    } else {
      this.eval = (code, context, file, callback) => evaluate(this, code, context, file, callback);
    }
    // A function of the user's may understand something else by a line.
    const previews = options.preview ?? typeof options.eval !== 'function';
    if (this.terminal && previews) {
      const { Preview } = require('internal/repl/preview');
      this.#preview = new Preview(this);
    }
    this.writer = options.writer ?? writer;
    if (this.writer === writer && this.useColors) {
      const colored = (value) => inspect(value, colored.options);
      colored.options = { ...writer.options, colors: true };
      this.writer = colored;
    }
    for (const [old, name] of [['inputStream', 'input'], ['outputStream', 'output']]) {
      Object.defineProperty(this, old, {
        __proto__: null,
        configurable: true,
        enumerable: false,
        get: () => {
          warnOfStreams();
          return this[name];
        },
        set: (value) => {
          warnOfStreams();
          this[name] = value;
        },
      });
    }
  }

  #listen() {
    this._domain.on('error', (error) => this.#showError(error));
    this.on('line', (line) => this.#onLine(line));
    this.on('SIGINT', () => this.#onInterrupt());
    this.on('SIGCONT', () => {
      if (this.editorMode) {
        this.output.write(`${this._initialPrompt}.editor\n`);
        this.output.write('// Entering editor mode (Ctrl+D to finish, Ctrl+C to cancel)\n');
        this.output.write(`${this[kBuffered]}\n`);
        this.prompt(true);
      } else {
        this.displayPrompt(true);
      }
    });
    this.on('close', () => {
      this.#preview?.close();
      if (this[kWaiting] !== undefined) {
        this[kWaiting].push(['exit']);
      } else {
        this.emit('exit');
      }
    });
  }

  // --- context ---------------------------------------------------------------

  createContext() {
    let context;
    if (this.useGlobal) {
      context = globalThis;
    } else {
      context = this.#preview === undefined ? vm.createContext() : this.#preview.noteContext(() => vm.createContext());
      const own = new Set(vm.runInContext('Object.getOwnPropertyNames(globalThis)', context));
      for (const name of Object.getOwnPropertyNames(globalThis)) {
        if (own.has(name)) continue;
        Object.defineProperty(context, name, {
          __proto__: null, ...Object.getOwnPropertyDescriptor(globalThis, name),
        });
      }
      context.global = context;
      const { Console } = require('console');
      Object.defineProperty(context, 'console', {
        __proto__: null, configurable: true, writable: true, value: new Console(this.output),
      });
    }
    const { Module } = require('internal/modules/cjs_loader');
    const { makeRequireFunction } = require('internal/modules/helpers');
    const mod = new Module('<repl>');
    let directory;
    try {
      directory = process.cwd();
    } catch {
      directory = require('path').sep;
    }
    mod.paths = Module._nodeModulePaths(directory).concat(Module.globalPaths);
    for (const [name, value] of [['module', mod], ['require', makeRequireFunction(mod)]]) {
      Object.defineProperty(context, name, { __proto__: null, configurable: true, writable: true, value });
    }
    this.#defineBuiltins(context);
    return context;
  }

  #defineBuiltins(context) {
    const { builtinModules, loadBuiltin } = require('internal/modules/helpers');
    for (const id of builtinModules()) {
      if (/[:/]|^(?:_|console$|module$|process$)/.test(id)) continue;
      const define = (value) => Object.defineProperty(context, id, {
        __proto__: null, configurable: true, enumerable: false, writable: true, value,
      });
      Object.defineProperty(context, id, {
        __proto__: null,
        configurable: true,
        enumerable: false,
        get() {
          const value = loadBuiltin(id);
          define(value);
          return value;
        },
        set: define,
      });
    }
  }

  resetContext() {
    this.context = this.createContext();
    this.underscoreAssigned = false;
    this.underscoreErrAssigned = false;
    this.lines = [];
    this.lines.level = [];
    this.#remember('_', 'last', 'underscoreAssigned');
    this.#remember('_error', 'lastError', 'underscoreErrAssigned');
    // A context of the user's is no longer ours to fill.
    this.emit('reset', this.context);
  }

  // `name` in the context is the latest of `kept`, until somebody assigns to it.
  #remember(name, kept, assigned) {
    Object.defineProperty(this.context, name, {
      __proto__: null,
      configurable: true,
      get: () => this[kept],
      set: (value) => {
        this[kept] = value;
        if (this[assigned]) return;
        this[assigned] = true;
        this.output.write(`Expression assignment to ${name} now disabled.\n`);
      },
    });
  }

  // --- lines -------------------------------------------------------------------

  #onLine(line) {
    if (this[kWaiting] !== undefined) {
      this[kWaiting].push(['line', line]);
      return;
    }
    line ??= '';
    this.sawInterrupt = false;
    if (this.editorMode) {
      this[kBuffered] += `${line}\n`;
      this.lines.push(line);
      this.#indentLike(line);
      return;
    }
    const trimmed = line.trim();
    // A number may begin with a dot.
    if (trimmed.startsWith('.') && trimmed[1] !== '.' && Number.isNaN(Number.parseFloat(trimmed))) {
      const [, keyword, rest] = /^\.(\S*)\s*(.*)$/s.exec(trimmed) ?? [];
      if (this.#runCommand(keyword, rest)) return;
      if (this[kBuffered] === '') {
        this.output.write('Invalid REPL keyword\n');
        this.displayPrompt();
        return;
      }
    }
    this.#run(line);
  }

  // In the editor a line begins as far to the right as the one before.
  #indentLike(line) {
    if (!this.terminal || this[kLoading]) return;
    const indent = /^\s+/.exec(line)?.[0];
    if (indent === undefined) return;
    this.write(indent);
    this.line = indent;
    this.cursor = indent.length;
  }

  #runCommand(keyword, rest) {
    const command = this.commands[keyword];
    if (command === undefined) return false;
    this._domain.enter();
    try {
      Reflect.apply(command.action, this, [rest]);
    } catch (error) {
      this.#showError(error);
    } finally {
      this._domain.exit();
    }
    return true;
  }

  #run(line) {
    const code = `${this[kBuffered]}${line}\n`;
    let answered = false;
    const finish = (...outcome) => {
      if (answered && this[kWaiting] === undefined) return;
      answered = true;
      this.#finish(line, outcome);
    };
    this._domain.enter();
    try {
      this.eval(code, this.context, nextName(), finish);
    } catch (error) {
      answered = true;
      this.#showError(error);
    } finally {
      this._domain.exit();
    }
    // What is typed before the answer comes has to wait.
    if (!answered && this.#isAwaiting) this[kWaiting] = [];
  }

  #isAwaiting = false;

  // evaluate() says that the answer comes later.
  awaitAnswer() {
    this.#isAwaiting = true;
  }

  #finish(line, outcome) {
    const [error, value] = outcome;
    this.#isAwaiting = false;
    this.lines.push(line);
    if (error && this[kBuffered] === '' && line.trim().startsWith('npm ')) {
      this.output.write('npm should be run outside of the REPL, in your normal shell.\n' +
        '(Press Ctrl+D to exit.)\n');
      this.displayPrompt();
      return;
    }
    if (error) {
      if (error instanceof Recoverable && !this.sawEndKey) {
        this[kBuffered] += `${line}\n`;
        this.displayPrompt();
        return;
      }
      const ran = 'err' in Object(error);
      this.#showError(ran ? error.err : error, ran);
      this.#release();
      return;
    }
    this.clearBufferedCommand();
    this.sawEndKey = false;
    if (outcome.length === 2 && (!this.ignoreUndefined || value !== undefined)) {
      if (!this.underscoreAssigned) this.last = value;
      this.output.write(`${this.writer(value)}\n`);
    }
    if (!this.closed) this.displayPrompt();
    this.#release();
  }

  // Lines that came while one was awaited.
  #release() {
    const waiting = this[kWaiting];
    if (waiting === undefined) return;
    this[kWaiting] = undefined;
    for (const [event, line] of waiting) {
      if (this[kWaiting] !== undefined) this[kWaiting].push([event, line]);
      else if (event === 'line') this.#onLine(line);
      else this.emit('exit');
    }
  }

  // --- errors --------------------------------------------------------------------

  // `ran`: it was thrown by what was typed, which compiled.
  #showError(error, ran = false) {
    let text = '';
    const decision = this[kHandleError]?.(error);
    if (decision === 'ignore') {
      this.clearBufferedCommand();
      this.sawEndKey = false;
      return;
    }
    if (decision === 'unhandled') {
      process.nextTick(() => internalBinding('process').triggerUncaught(error, false));
      return;
    }
    if (isErrorLike(error)) {
      // What the domain noted at it is of no interest here.
      delete error.domain;
      delete error.domainThrown;
      readStack(error, this.context);
      text = this.#textOf(error, ran);
    }
    if (!this.underscoreErrAssigned) this.lastError = error;
    if (standalone === this && process.listenerCount('uncaughtException') > 0) {
      process.nextTick(() => {
        process.emit('uncaughtException', error);
        this.clearBufferedCommand();
        if (!this.closed) this.displayPrompt();
      });
      return;
    }
    if (text === '') text = this.writer(error);
    this.output.write(announce(text, this.writer.options?.breakLength ?? Infinity));
    this.clearBufferedCommand();
    this.sawEndKey = false;
    if (!this.closed) this.displayPrompt();
  }

  #textOf(error, ran) {
    if (typeof error.stack === 'string' && error.name === 'SyntaxError') {
      // The place in what was typed is above it; the frames are the REPL's own.
      const arrow = internalBinding('module_wrap').attachedArrow(error) ?? '';
      let whole = error.stack.startsWith(arrow) ? error.stack : `${arrow}\n${error.stack}`;
      // Text that the program made (eval, JSON) is not what was typed.
      if (ran && /^(?:<anonymous_script>|REPL\d+):/.test(arrow)) whole = error.stack.slice(error.stack.startsWith(arrow) ? arrow.length : 0).trimStart();
      let stack = whole.replace(/^\s+at\s.*\n?/gm, '').replace(/^REPL\d+:\d+\r?\n/, '');
      if (stack.includes('Cannot use import statement')) {
        const instead = require('internal/repl/imports').asDynamicImport(this.lines.at(-1) ?? '');
        stack = stack.replace('outside a module', `inside the REPL, alternatively use dynamic import${instead}`);
      }
      error.stack = stack;
    }
    const text = this.writer(error);
    return typeof text === 'string' && text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  }

  #onInterrupt() {
    const empty = this.line.length === 0;
    this.clearLine();
    this.leaveEditor();
    if (this[kBuffered] === '' && empty) {
      if (this.sawInterrupt) {
        this.close();
        return;
      }
      this.output.write('(To exit, press Ctrl+C again or Ctrl+D or type .exit)\n');
      this.clearBufferedCommand();
      this.displayPrompt();
      this.sawInterrupt = true;
      return;
    }
    this.clearBufferedCommand();
    this.displayPrompt();
  }

  // --- what programs call -----------------------------------------------------------

  clearBufferedCommand() {
    this[kBuffered] = '';
    this.lines.level = [];
  }

  displayPrompt(preserveCursor) {
    // What was evaluated may have closed it.
    if (this.closed) return;
    super.setPrompt(this[kBuffered] === '' ? this._initialPrompt : '... ');
    this.prompt(preserveCursor);
  }

  setPrompt(prompt) {
    this._initialPrompt = prompt;
    super.setPrompt(prompt);
  }

  defineCommand(keyword, command) {
    const { validateFunction } = require('internal/validators');
    if (typeof command === 'function') command = { action: command };
    else validateFunction(command.action, 'cmd.action');
    this.commands[keyword] = command;
  }

  complete(...args) {
    Reflect.apply(this.completer, this, args);
  }

  #complete(line, callback) {
    const { complete, commonPrefix } = require('internal/repl/complete');
    if (!this.editorMode) {
      complete(this, line, callback);
      return;
    }
    complete(this, line, (error, [found, on] = []) => {
      if (error || found.length === 0) {
        callback(error, [found ?? [], on]);
        return;
      }
      // In the editor there is no place for a list.
      const lower = on.toLowerCase();
      const fitting = found.filter((each) => each.toLowerCase().startsWith(lower));
      callback(null, [fitting.length === 0 ? [] : [commonPrefix(fitting)], on]);
    });
  }

  setupHistory(file, callback) {
    require('internal/repl/history').setUp(this, file, callback);
  }

  // --- editor ---------------------------------------------------------------------

  enterEditor() {
    this.editorMode = true;
    super.setPrompt('');
  }

  leaveEditor() {
    this.editorMode = false;
    super.setPrompt(this._initialPrompt);
  }

  // Runs the text as if it had been typed.
  load(text) {
    this.enterEditor();
    this[kLoading] = true;
    this.write(text);
    this[kLoading] = false;
    this.leaveEditor();
    this.write('\n');
  }

  // Whether the key belongs to a search of the history.
  #searches(text, key) {
    if (this.#search === undefined) {
      if (!key.ctrl || (key.name !== 'r' && key.name !== 's')) return false;
      const { HistorySearch } = require('internal/repl/search');
      this.#search = new HistorySearch(this);
    }
    return this.#search.takes(text, key);
  }

  // A key outside of the editor.
  #typed(text, key) {
    const searched = this.#search?.isUnderWay === true;
    if (!searched && this.#preview?.takes(key)) {
      this.#preview.later();
      return;
    }
    if (this.terminal && this.#searches(text, key)) return;
    super._ttyWrite(text, key);
    // Of a line alone: what came before it is not run again.
    if (this[kBuffered] === '' && this[kWaiting] === undefined && !this.editorMode) this.#preview?.later();
  }

  _ttyWrite(text, key) {
    key ||= {};
    if (!this.editorMode || !this.terminal) {
      this.#typed(text, key);
      return;
    }
    if (key.ctrl && !key.shift && key.name === 'd') {
      this.leaveEditor();
      this.sawEndKey = true;
      super._ttyWrite(text, { name: 'return' });
      return;
    }
    // The history has no place among the lines of the editor.
    if ((key.ctrl && (key.name === 'n' || key.name === 'p')) || key.name === 'up' || key.name === 'down') return;
    if (key.name === 'tab') this._previousKey = undefined;
    super._ttyWrite(text, key);
  }
}

let streamsWarned = false;
function warnOfStreams() {
  if (streamsWarned || !require('internal/options').getOptionValue('--pending-deprecation')) return;
  streamsWarned = true;
  process.emitWarning('repl.inputStream and repl.outputStream are deprecated. Use repl.input and repl.output instead',
    'DeprecationWarning', 'DEP0141');
}

// Has V8 format the stack, if nobody read it before, without the frames below what was typed.
function readStack(error, context) {
  let ContextError;
  if (context !== globalThis && context !== null && typeof context === 'object' && vm.isContext(context)) {
    ContextError = vm.runInContext('Error', context);
  }
  const classes = [Error];
  if (typeof ContextError === 'function' && ContextError !== Error) classes.push(ContextError);
  const { prepareStackTrace: users } = Error;
  const kept = classes.map((Class) => Object.getOwnPropertyDescriptor(Class, 'prepareStackTrace'));
  const prepare = (which, sites) => {
    const from = sites.findLastIndex((site) => site.getFunctionName() === null && /^REPL\d+$/.test(site.getFileName()));
    const frames = from === -1 ? sites : sites.slice(0, from);
    if (typeof users === 'function') return Reflect.apply(users, Error, [which, frames]);
    const head = headOf(which);
    return frames.length === 0 ? head : `${head}\n    at ${frames.join('\n    at ')}`;
  };
  try {
    classes.forEach((Class) => {
      Object.defineProperty(Class, 'prepareStackTrace', {
        __proto__: null, configurable: true, enumerable: true, writable: true, value: prepare,
      });
    });
    error.stack; // eslint-disable-line no-unused-expressions
  } catch { /* A frozen class, or a stack that throws: it is shown as it is. */
  } finally {
    classes.forEach((Class, i) => {
      try {
        delete Class.prepareStackTrace;
        if (kept[i] !== undefined) Object.defineProperty(Class, 'prepareStackTrace', kept[i]);
      } catch { /* As above. */ }
    });
  }
}

// Puts "Uncaught" before the line that names the error.
function announce(text, breakLength) {
  const lines = `${text}`.split(/(?<=\n)/);
  const at = lines.findIndex((line) => /^\[?([A-Z][a-z0-9_]*)*Error/.test(line));
  let shown;
  if (at === -1) {
    shown = `Uncaught${lines.length === 1 ? ' ' : ':\n'}${text}`;
  } else {
    lines[at] = breakLength >= lines[at].length ? `Uncaught ${lines[at]}` : `Uncaught:\n${lines[at]}`;
    shown = lines.join('');
  }
  return shown.endsWith('\n') ? shown : `${shown}\n`;
}

// Callable without new, as it always was.
function REPLServer(...args) {
  return Reflect.construct(Server, args, new.target ?? REPLServer);
}
REPLServer.prototype = Server.prototype;
Object.defineProperty(Server.prototype, 'constructor', { __proto__: null, value: REPLServer });
Object.setPrototypeOf(REPLServer, Interface);

module.exports = {
  REPLServer,
  REPL_MODE_SLOPPY,
  REPL_MODE_STRICT,
  setStandalone(server) {
    standalone = server;
    domains.delete(server._domain);
  },
  writer,
};
