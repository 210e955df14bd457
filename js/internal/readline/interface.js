'use strict';

// readline.Interface without a terminal: options, lines out of a stream,
// questions, history, the life cycle. internal/readline/editor adds what a
// terminal needs. Methods with an underscore are known to programs, which
// override some (_writeToOutput, _refreshLine) to change what is shown.

const EventEmitter = require('events');
const {
  codes: { ERR_INVALID_ARG_VALUE, ERR_USE_AFTER_CLOSE },
} = require('internal/errors');
const {
  validateAbortSignal,
  validateArray,
  validateNumber,
  validateString,
  validateUint32,
} = require('internal/validators');

const DEFAULT_HISTORY_SIZE = 30;
const MIN_CRLF_DELAY = 100;
const LINE_ENDING = /\r\n|[\n\r\u2028\u2029]/g;
const OTHER_ENDINGS = /[\r\u2028\u2029]/;

const kQuestion = Symbol('kQuestion');
const kQuestionReject = Symbol('kQuestionReject');
const kOldPrompt = Symbol('kOldPrompt');
const kDecoder = Symbol('kDecoder');
const kPartialLine = Symbol('kPartialLine');
const kSawReturnAt = Symbol('kSawReturnAt');
const kCleanUp = Symbol('kCleanUp');
const kLineIterator = Symbol('kLineIterator');

// The arguments of createInterface(): an object, or (input, output, completer,
// terminal).
function parseOptions(input, output, completer, terminal) {
  const options = input?.input ? input : { input, output, completer, terminal };
  const given = {
    input: options.input,
    output: options.output,
    completer: options.completer,
    terminal: options.terminal,
    history: options.history,
    historySize: options.historySize,
    removeHistoryDuplicates: Boolean(options.removeHistoryDuplicates),
    prompt: options.prompt ?? '> ',
    crlfDelay: options.crlfDelay,
    escapeCodeTimeout: options.escapeCodeTimeout,
    tabSize: options.tabSize,
    signal: options.signal,
  };
  if (given.signal) validateAbortSignal(given.signal, 'options.signal');
  if (given.completer !== undefined && typeof given.completer !== 'function') {
    throw new ERR_INVALID_ARG_VALUE('completer', given.completer);
  }
  if (given.escapeCodeTimeout !== undefined && !Number.isFinite(given.escapeCodeTimeout)) {
    throw new ERR_INVALID_ARG_VALUE('input.escapeCodeTimeout', given.escapeCodeTimeout);
  }
  if (given.tabSize !== undefined) validateUint32(given.tabSize, 'tabSize', true);
  if (given.history === undefined) given.history = [];
  else validateArray(given.history, 'history');
  if (given.historySize === undefined) given.historySize = DEFAULT_HISTORY_SIZE;
  validateNumber(given.historySize, 'size', 0);
  given.terminal = given.terminal === undefined ? Boolean(given.output?.isTTY) : Boolean(given.terminal);
  return given;
}

class Interface extends EventEmitter {
  constructor(input, output, completer, terminal) {
    super();
    const options = parseOptions(input, output, completer, terminal);
    this.input = options.input;
    this.output = options.output;
    this.terminal = options.terminal;
    this.completer = options.completer;
    this.history = options.history;
    this.historySize = options.historySize;
    this.historyIndex = -1;
    this.removeHistoryDuplicates = options.removeHistoryDuplicates;
    this.crlfDelay = options.crlfDelay ? Math.max(MIN_CRLF_DELAY, options.crlfDelay) : MIN_CRLF_DELAY;
    this.escapeCodeTimeout = options.escapeCodeTimeout ?? require('internal/readline/keys').ESCAPE_TIMEOUT;
    this.tabSize = options.tabSize ?? 8;
    this.line = '';
    this.cursor = 0;
    this.prevRows = 0;
    // Nothing until close(), as in Node.
    this.closed = undefined;
    this.paused = false;
    this.isCompletionEnabled = true;
    this.sawKeyPress = false;
    this[kSawReturnAt] = 0;
    this[kPartialLine] = '';
    this[kQuestion] = null;
    this[kQuestionReject] = null;
    this[kCleanUp] = [];
    this.setPrompt(options.prompt);

    this._attach();
    if (options.signal) this.#closeOnAbort(options.signal);
    this.input.resume();
  }

  #closeOnAbort(signal) {
    if (signal.aborted) {
      process.nextTick(() => this.close());
      return;
    }
    const { addAbortListener } = require('internal/events/abort_listener');
    const listener = addAbortListener(signal, () => this.close());
    this[kCleanUp].push(() => listener[Symbol.dispose]());
  }

  _listen(emitter, event, listener) {
    emitter.on(event, listener);
    this[kCleanUp].push(() => emitter.removeListener(event, listener));
  }

  // Listens to the input.
  _attach() {
    const { StringDecoder } = require('string_decoder');
    this[kDecoder] = new StringDecoder('utf8');
    this._listen(this.input, 'error', (error) => this.emit('error', error));
    this._listen(this.input, 'data', (data) => this._normalWrite(data));
    this._listen(this.input, 'end', () => {
      const rest = this[kPartialLine] + this[kDecoder].end();
      this[kPartialLine] = '';
      if (rest.length > 0) this._onLine(rest);
      this.close();
    });
  }

  get columns() {
    return this.output?.columns ? this.output.columns : Infinity;
  }

  // --- prompts and questions --------------------------------------------------

  setPrompt(prompt) {
    this._prompt = prompt;
  }

  getPrompt() {
    return this._prompt;
  }

  prompt(preserveCursor) {
    this._checkOpen();
    if (this.paused) this.resume();
    if (this.terminal && process.env.TERM !== 'dumb') {
      if (!preserveCursor) this.cursor = 0;
      this._refreshLine();
    } else {
      this._writeToOutput(this._prompt);
    }
  }

  _question(query, callback) {
    this._checkOpen();
    if (this[kQuestion] !== null) {
      this.prompt();
      return;
    }
    this[kOldPrompt] = this._prompt;
    this.setPrompt(query);
    this[kQuestion] = callback;
    this.prompt();
  }

  _cancelQuestion() {
    if (this[kQuestion] === null) return;
    this[kQuestion] = null;
    this.setPrompt(this[kOldPrompt]);
    this.clearLine();
  }

  // What was asked is answered by the next line.
  _onLine(line) {
    const answer = this[kQuestion];
    if (answer === null) {
      this.emit('line', line);
      return;
    }
    this[kQuestion] = null;
    this.setPrompt(this[kOldPrompt]);
    answer(line);
  }

  _writeToOutput(text) {
    validateString(text, 'stringToWrite');
    if (this.output !== null && this.output !== undefined) this.output.write(text);
  }

  clearLine() {
    this._writeToOutput('\r\n');
    this.line = '';
    this.cursor = 0;
    this.prevRows = 0;
  }

  // --- lines of a stream ---------------------------------------------------------

  write(data, key) {
    this._checkOpen();
    if (this.paused) this.resume();
    if (this.terminal) this._ttyWrite(data, key);
    else this._normalWrite(data);
  }

  _normalWrite(data) {
    if (data === undefined) return;
    let text = this[kDecoder].write(data);
    // The second half of a \r\n that came apart.
    if (this[kSawReturnAt] && Date.now() - this[kSawReturnAt] <= this.crlfDelay) {
      if (text.charCodeAt(0) === 10) text = text.slice(1);
      this[kSawReturnAt] = 0;
    }
    if (text.length === 0) return;
    const lines = this.#split(text);
    if (lines === undefined) {
      this[kPartialLine] += text;
      return;
    }
    this[kSawReturnAt] = text.endsWith('\r') ? Date.now() : 0;
    lines[0] = this[kPartialLine] + lines[0];
    this[kPartialLine] = lines.pop();
    for (const line of lines) this._onLine(line);
  }

  // The lines of `text` and what follows the last; undefined if none ends in it.
  #split(text) {
    if (!OTHER_ENDINGS.test(text)) return text.includes('\n') ? text.split('\n') : undefined;
    return text.split(LINE_ENDING);
  }

  // --- history -------------------------------------------------------------------

  // Adds the present line and returns it.
  _addHistory() {
    const { line } = this;
    if (line.length === 0) return '';
    if (!this.history || this.historySize === 0) return line;
    if (line.trim().length === 0) return line;
    if (this.history.length === 0 || this.history[0] !== line) {
      if (this.removeHistoryDuplicates) {
        const at = this.history.indexOf(line);
        if (at !== -1) this.history.splice(at, 1);
      }
      this.history.unshift(line);
      if (this.history.length > this.historySize) this.history.pop();
    }
    this.historyIndex = -1;
    // Listeners may change it, for instance to keep a password out.
    const added = this.history[0];
    this.emit('history', this.history);
    return added;
  }

  // --- life cycle ------------------------------------------------------------------

  close() {
    if (this.closed) return;
    this.pause();
    this._detach();
    this.closed = true;
    this.emit('close');
  }

  _checkOpen() {
    if (this.closed) throw new ERR_USE_AFTER_CLOSE('readline');
  }

  _detach() {
    for (const undo of this[kCleanUp].splice(0)) undo();
  }

  [Symbol.dispose]() {
    this.close();
  }

  pause() {
    this._checkOpen();
    if (this.paused) return this;
    this.input.pause();
    this.paused = true;
    this.emit('pause');
    return this;
  }

  resume() {
    this._checkOpen();
    if (!this.paused) return this;
    this.input.resume();
    this.paused = false;
    this.emit('resume');
    return this;
  }

  [Symbol.asyncIterator]() {
    if (this[kLineIterator] === undefined) {
      const { kFirstEventParam, on } = require('internal/events/promises');
      this[kLineIterator] = on(this, 'line', {
        close: ['close'], highWaterMark: 1024, [kFirstEventParam]: true,
      });
    }
    return this[kLineIterator];
  }
}

module.exports = {
  Interface,
  LINE_ENDING,
  kQuestionReject,
  kSawReturnAt,
};
