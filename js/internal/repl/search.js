'use strict';
// Searching the REPL's history: Ctrl+R backwards, Ctrl+S forwards, a key that means something else takes what was found,
// Escape and Ctrl+C give it up (https://nodejs.org/api/repl.html#reverse-i-search).

const { cursorTo, moveCursor } = require('internal/readline/callbacks');

const BACKWARD = 1;
const FORWARD = -1;
const LABELS = { [BACKWARD]: 'bck-i-search', [FORWARD]: 'fwd-i-search' };
const DIRECTIONS = { __proto__: null, r: BACKWARD, s: FORWARD };

class HistorySearch {
  #server;
  // What was being typed, while a search is under way.
  #before;
  #text = '';
  #direction = BACKWARD;
  // Of the entry that is shown; -1 for none yet.
  #index = -1;
  #failed = false;

  constructor(server) {
    this.#server = server;
  }

  get isUnderWay() {
    return this.#before !== undefined;
  }

  // Whether the key was the search's.
  takes(text, key) {
    const direction = key.ctrl && !key.meta && !key.shift ? DIRECTIONS[key.name] : undefined;
    if (this.#before === undefined) {
      if (direction === undefined) return false;
      this.#begin(direction);
      return true;
    }
    if (direction !== undefined) {
      this.#direction = direction;
      this.#find(this.#index + direction);
      return true;
    }
    if (key.name === 'escape' || (key.ctrl && key.name === 'c')) {
      this.#end(this.#before);
      return true;
    }
    if (key.name === 'backspace' && !key.ctrl && !key.meta) {
      this.#text = this.#text.slice(0, -1);
      this.#find(this.#direction === BACKWARD ? 0 : this.#server.history.length - 1);
      return true;
    }
    if (isText(text, key)) {
      this.#text += text;
      this.#find(Math.max(this.#index, 0));
      return true;
    }
    const { cursor, line } = this.#server;
    this.#end({ cursor, line });
    return false;
  }

  #begin(direction) {
    const { cursor, line } = this.#server;
    this.#before = { cursor, line };
    this.#text = '';
    this.#direction = direction;
    this.#index = -1;
    this.#failed = false;
    this.#draw();
  }

  #end({ cursor, line }) {
    const server = this.#server;
    this.#before = undefined;
    server.line = line;
    server.cursor = cursor;
    if (this.#index !== -1) server.historyIndex = this.#index;
    server._refreshLine();
  }

  // Shows the first entry from `at` on that holds the text and is not the one that is shown.
  #find(at) {
    const server = this.#server;
    const { history } = server;
    if (this.#text === '') {
      this.#index = -1;
      this.#failed = false;
      server.line = this.#before.line;
      server.cursor = this.#before.cursor;
      this.#draw();
      return;
    }
    const moved = at !== this.#index;
    while (at >= 0 && at < history.length &&
           (!history[at].includes(this.#text) || (moved && this.#index !== -1 && history[at] === server.line))) {
      at += this.#direction;
    }
    this.#failed = at < 0 || at >= history.length;
    if (!this.#failed) {
      this.#index = at;
      server.line = history[at];
      server.cursor = history[at].indexOf(this.#text);
    }
    this.#draw();
  }

  // The line with what was found, and below it what is searched for.
  #draw() {
    const server = this.#server;
    server._refreshLine();
    const end = server._getDisplayPos(server._prompt + server.line);
    const cursor = server.getCursorPos();
    const down = end.rows - cursor.rows;
    if (down > 0) moveCursor(server.output, 0, down);
    server._writeToOutput(`\r\n${this.#failed ? 'failed-' : ''}${LABELS[this.#direction]}: ${this.#text}_`);
    moveCursor(server.output, 0, -down - 1);
    cursorTo(server.output, cursor.cols);
  }
}

function isText(text, key) {
  return typeof text === 'string' && text !== '' && !key.ctrl && !key.meta && !/[\0-\x1f\x7f]/.test(text);
}

module.exports = { HistorySearch };
