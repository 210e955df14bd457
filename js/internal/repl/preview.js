'use strict';
// What the REPL shows dimmed while a line is typed: behind the cursor the rest of the word, where all completions go on alike, and
// below the line what it would give, if V8 can run it without side effects (https://nodejs.org/api/repl.html, option `preview`).
//
// Drawn when all keys that came together have been acted upon, and taken away before the next one is.

const { clearLine, cursorTo, moveCursor } = require('internal/readline/callbacks');
const { getStringWidth, inspect } = require('internal/util/inspect');
const { OwnSession } = require('internal/inspector_session');

// What is still running after so many milliseconds has no preview.
const kLongest = 333;
const kMostColumns = 250;

// Where the inspector, which knows only what a program can name, leaves the value.
const kExchange = Symbol('weft.preview');
const TAKE = 'function() { "use strict"; globalThis[Object.getOwnPropertySymbols(globalThis)' +
  '.find((symbol) => symbol.description === "weft.preview")].value = this; }';

// Keys that take the completion when they would otherwise move beyond the end.
const isOnward = ({ name, ctrl, meta, shift }) => !meta && !shift &&
  (ctrl ? name === 'e' || name === 'f' : name === 'right' || name === 'end');

class Preview {
  #server;
  #pending;
  #completion = '';
  // The value below the line is that of the line with the completion.
  #completes = false;
  // Rows from the cursor down to the value; 0 for none.
  #below = 0;
  // The line at which Escape was pressed, which Enter then leaves as it is.
  #declined;
  // Of the REPL's context, where that is not the main one.
  #contextId;

  constructor(server) {
    this.#server = server;
  }

  // Makes a context that the inspector knows; `create` does it.
  noteContext(create) {
    const ids = [];
    const session = new OwnSession(({ method, params }) => {
      if (method === 'Runtime.executionContextCreated') ids.push(params.context.id);
    });
    try {
      session.call('Runtime.enable');
      const context = create();
      this.#contextId = ids.at(-1);
      return context;
    } finally {
      session.close();
    }
  }

  // Before a key is acted upon. Whether that was all the key is for.
  takes(key) {
    this.#cancel();
    const server = this.#server;
    const completion = this.#completion;
    const completes = this.#completes;
    this.#erase();
    if (key.name === 'escape') this.#declined = server.line;
    if (completion === '' || server.cursor !== server.line.length) return false;
    if (isOnward(key)) {
      server._insertString(completion);
      return true;
    }
    // Enter runs the line whose value is shown.
    if ((key.name === 'return' || key.name === 'enter') && completes && !key.ctrl && !key.meta &&
        this.#declined !== server.line) {
      server._insertString(completion);
    }
    return false;
  }

  // After a key was.
  later() {
    this.#pending ??= setImmediate(() => {
      this.#pending = undefined;
      this.#show();
    });
  }

  close() {
    this.#cancel();
  }

  #cancel() {
    clearImmediate(this.#pending);
    this.#pending = undefined;
  }

  #erase() {
    const { output } = this.#server;
    if (this.#below > 0) {
      moveCursor(output, 0, this.#below);
      clearLine(output, 0);
      moveCursor(output, 0, -this.#below);
      this.#below = 0;
    }
    if (this.#completion !== '') clearLine(output, 1);
    this.#completion = '';
    this.#completes = false;
  }

  #show() {
    const server = this.#server;
    const { line, cursor } = server;
    if (server.closed || !server.isCompletionEnabled || line.trim() === '') return;
    if (cursor === line.length) this.#showCompletion(line);
    let shown = this.#valueOf(line);
    // Half a name is nothing yet.
    if ((shown === undefined || shown === 'undefined') && this.#completion !== '') {
      const completed = this.#valueOf(line + this.#completion);
      this.#completes = completed !== undefined;
      shown = completed ?? shown;
    }
    if (shown !== undefined && shown !== line.trim()) this.#showValue(shown);
  }

  #dimmed(text) {
    return this.#server.useColors ? `\x1b[90m${text}\x1b[39m` : `// ${text}`;
  }

  #showCompletion(line) {
    const server = this.#server;
    let answered = false;
    server.completer(line, (error, [found, on] = []) => {
      // A completer of the user's may take its time; what it says then is of an older line.
      if (answered || error || !on || found.length === 0) return;
      answered = true;
      const prefix = require('internal/repl/complete').commonPrefix(found.filter((each) => each !== ''));
      if (prefix.length <= on.length || !prefix.startsWith(on)) return;
      const rest = prefix.slice(on.length);
      const text = server.useColors ? this.#dimmed(rest) : ` ${this.#dimmed(rest)}`;
      const { cols } = server.getCursorPos();
      if (cols + getStringWidth(text) >= server.columns) return;
      server._writeToOutput(text);
      cursorTo(server.output, cols);
      this.#completion = rest;
    });
    answered = true;
  }

  #showValue(shown) {
    const server = this.#server;
    const text = firstRow(shown, Math.min(server.columns, kMostColumns) - (server.useColors ? 0 : 3));
    const end = server._getDisplayPos(server._prompt + server.line);
    const cursor = server.getCursorPos();
    this.#below = end.rows - cursor.rows + 1;
    if (this.#below > 1) moveCursor(server.output, 0, this.#below - 1);
    server._writeToOutput(`\n${this.#dimmed(text)}`);
    cursorTo(server.output, cursor.cols);
    moveCursor(server.output, 0, -this.#below);
  }

  // What evaluating the text gives, as one line; undefined if that has side effects, takes long or fails.
  #valueOf(text) {
    const { textFor } = require('internal/repl/evaluate');
    const server = this.#server;
    const session = new OwnSession();
    const { context } = server;
    const exchange = { value: undefined };
    try {
      Object.defineProperty(context, kExchange, { __proto__: null, value: exchange, configurable: true });
      const { result, exceptionDetails } = session.call('Runtime.evaluate', {
        expression: textFor(text, server.replMode === require('repl').REPL_MODE_STRICT),
        throwOnSideEffect: true, silent: true, timeout: kLongest,
        ...this.#contextId === undefined || server.useGlobal ? {} : { contextId: this.#contextId },
      });
      if (exceptionDetails !== undefined) return undefined;
      if (result.type === 'undefined') return server.ignoreUndefined ? undefined : 'undefined';
      if (result.unserializableValue !== undefined) return result.unserializableValue;
      if (result.objectId === undefined) return this.#inspect(result.value);
      session.call('Runtime.callFunctionOn', { objectId: result.objectId, functionDeclaration: TAKE, silent: true });
      return this.#inspect(exchange.value);
    } catch {
      // The context may be one that nobody can define anything in, or gone.
      return undefined;
    } finally {
      delete context[kExchange];
      session.close();
    }
  }

  #inspect(value) {
    // How an object of the user's shows itself may have side effects.
    if (typeof value === 'object' && value !== null && typeof value[inspect.custom] === 'function') return undefined;
    return inspect(value, {
      ...this.#server.writer.options, colors: false, compact: true, breakLength: Infinity, depth: 1, maxArrayLength: 100,
      customInspect: false, getters: false,
    });
  }
}

// As much of the text's first line as fits `columns`.
function firstRow(text, columns) {
  let end = text.search(/[\r\n\v]/);
  if (end === -1) end = text.length;
  let row = text.slice(0, end);
  if (getStringWidth(row) > columns) {
    row = row.slice(0, columns - 3);
    while (getStringWidth(row) > columns - 3) row = row.slice(0, -1);
    end = 0;
  }
  return end === text.length ? row : `${row}...`;
}

module.exports = { Preview };
