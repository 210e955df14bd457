'use strict';

// Editing a line in a terminal: what the keys of readline.Interface do (Node's
// documentation, "TTY keybindings").

const { AbortError } = require('internal/errors');
const { Interface, LINE_ENDING, kQuestionReject, kSawReturnAt } = require('internal/readline/interface');
const { clearScreenDown, cursorTo, moveCursor } = require('internal/readline/callbacks');
const { getStringWidth, stripVTControlCharacters } = require('internal/util/inspect');

const MAX_UNDO = 2048;
const MAX_KILLED = 32;

const kUndo = Symbol('kUndo');
const kRedo = Symbol('kRedo');
const kKilled = Symbol('kKilled');
const kYanked = Symbol('kYanked');
const kSearch = Symbol('kSearch');

// Behaves as its base as long as there is no terminal.
class Editor extends Interface {
  _attach() {
    if (!this.terminal) {
      super._attach();
      return;
    }
    this[kUndo] = [];
    this[kRedo] = [];
    // Text that was cut, latest first, and where the last yank put which.
    this[kKilled] = [];
    this[kYanked] = undefined;
    this[kSearch] = undefined;

    const { emitKeypressEvents } = require('internal/readline/keys');
    this._listen(this.input, 'error', (error) => this.emit('error', error));
    emitKeypressEvents(this.input, this);
    this._listen(this.input, 'keypress', (text, key) => {
      this._ttyWrite(text, key);
      if (key?.sequence) {
        // Half of a surrogate pair cannot be shown; the line is drawn anew.
        const code = key.sequence.codePointAt(0);
        if (code >= 0xd800 && code <= 0xdfff) this._refreshLine();
      }
    });
    this._listen(this.input, 'end', () => {
      if (typeof this.line === 'string' && this.line.length > 0) this._onLine(this.line);
      this.close();
    });
    this._setRawMode(true);
    if (this.output !== null && this.output !== undefined) {
      this._listen(this.output, 'resize', () => this._refreshLine());
    }
  }

  _detach() {
    super._detach();
    if (this.terminal) this._setRawMode(false);
  }

  _setRawMode(mode) {
    const before = this.input.isRaw;
    if (typeof this.input.setRawMode === 'function') this.input.setRawMode(mode);
    return before;
  }

  // --- drawing ----------------------------------------------------------------------

  // Where the cursor is after `text`, from the start of the prompt.
  _getDisplayPos(text) {
    const { columns } = this;
    let offset = 0;
    let rows = 0;
    for (const ch of stripVTControlCharacters(text)) {
      if (ch === '\n') {
        // A line that is full has wrapped by itself.
        rows += columns === Infinity ? 1 : Math.ceil(offset / columns) || 1;
        offset = 0;
      } else if (ch === '\t') {
        offset += this.tabSize - offset % this.tabSize;
      } else {
        const width = getStringWidth(ch, false);
        // A wide character does not fit into the last column.
        if (width === 2 && (offset + 1) % columns === 0) offset++;
        offset += width;
      }
    }
    const cols = columns === Infinity ? offset : offset % columns;
    if (columns !== Infinity) rows += (offset - cols) / columns;
    return { cols, rows };
  }

  getCursorPos() {
    return this._getDisplayPos(this._prompt + this.line.slice(0, this.cursor));
  }

  _refreshLine() {
    const text = this._prompt + this.line;
    const end = this._getDisplayPos(text);
    const position = this.getCursorPos();
    if (this.prevRows > 0) moveCursor(this.output, 0, -this.prevRows);
    cursorTo(this.output, 0);
    clearScreenDown(this.output);
    this._writeToOutput(text);
    // A line that just fills the terminal needs one more character to wrap.
    if (end.cols === 0) this._writeToOutput(' ');
    cursorTo(this.output, position.cols);
    const up = end.rows - position.rows;
    if (up > 0) moveCursor(this.output, 0, -up);
    this.prevRows = position.rows;
  }

  clearLine() {
    if (this.terminal) this._moveCursor(+Infinity);
    super.clearLine();
  }

  _moveCursor(by) {
    if (by === 0) return;
    const before = this.getCursorPos();
    this.cursor = Math.min(Math.max(this.cursor + by, 0), this.line.length);
    const after = this.getCursorPos();
    if (before.rows === after.rows) moveCursor(this.output, after.cols - before.cols, 0);
    else this._refreshLine();
  }

  // --- changing the line --------------------------------------------------------------

  _remember() {
    this[kUndo].push({ text: this.line, cursor: this.cursor });
    if (this[kUndo].length > MAX_UNDO) this[kUndo].shift();
    this[kRedo].length = 0;
  }

  _restore(from, to) {
    if (from.length === 0) return;
    to.push({ text: this.line, cursor: this.cursor });
    const { text, cursor } = from.pop();
    this.line = text;
    this.cursor = cursor;
    this._refreshLine();
  }

  _insertString(text) {
    this._remember();
    if (this.cursor < this.line.length) {
      this.line = this.line.slice(0, this.cursor) + text + this.line.slice(this.cursor);
      this.cursor += text.length;
      this._refreshLine();
      return;
    }
    const before = this.getCursorPos();
    this.line += text;
    this.cursor += text.length;
    const after = this.getCursorPos();
    if (before.rows < after.rows) this._refreshLine();
    else this._writeToOutput(text);
  }

  // Removes [from, to) of the line and puts the cursor there.
  _cut(from, to, kill) {
    // Cutting to an end of the line draws it anew in any case, as in Node.
    if (from === to && !kill) return;
    this._remember();
    const cut = this.line.slice(from, to);
    this.line = this.line.slice(0, from) + this.line.slice(to);
    this.cursor = from;
    if (kill) this._kill(cut);
    this._refreshLine();
  }

  _kill(text) {
    if (text === '') return;
    const at = this[kKilled].indexOf(text);
    if (at !== -1) this[kKilled].splice(at, 1);
    this[kKilled].unshift(text);
    if (this[kKilled].length > MAX_KILLED) this[kKilled].pop();
  }

  _yank() {
    if (this[kKilled].length === 0) return;
    const text = this[kKilled][0];
    this._insertString(text);
    this[kYanked] = { index: 0, length: text.length };
  }

  // Replaces what was yanked by what was killed before it.
  _yankPop() {
    const yanked = this[kYanked];
    if (yanked === undefined || this[kKilled].length < 2) return;
    const index = (yanked.index + 1) % this[kKilled].length;
    const text = this[kKilled][index];
    const start = this.cursor - yanked.length;
    this.line = this.line.slice(0, start) + text + this.line.slice(this.cursor);
    this.cursor = start + text.length;
    this[kYanked] = { index, length: text.length };
    this._refreshLine();
  }

  // Length of the code point before and after the cursor.
  _lengthLeft() {
    if (this.cursor <= 0) return 0;
    return this.cursor > 1 && this.line.codePointAt(this.cursor - 2) > 0xffff ? 2 : 1;
  }

  _lengthRight() {
    if (this.cursor >= this.line.length) return 0;
    return this.line.codePointAt(this.cursor) > 0xffff ? 2 : 1;
  }

  _wordLeft() {
    const before = this.line.slice(0, this.cursor);
    // A word, or a run of punctuation, with the space behind it.
    return this.cursor - /(?:[^\w\s]+|\w+)?\s*$/.exec(before)[0].length;
  }

  _wordRight() {
    const after = this.line.slice(this.cursor);
    return this.cursor + /^(?:\s+|[^\w\s]+|\w+)\s*/.exec(after)?.[0].length;
  }

  // Ends the line: it is added to the history and told.
  _line() {
    const line = this._addHistory();
    this[kUndo].length = 0;
    this[kRedo].length = 0;
    this.clearLine();
    this._onLine(line);
  }

  // --- history ------------------------------------------------------------------------

  // Goes to the next entry in that direction that begins with what is searched
  // for and is another line; beyond the last one there is the searched text.
  _browse(direction) {
    const search = this[kSearch] ?? '';
    let at = this.historyIndex + direction;
    while (at >= 0 && at < this.history.length &&
           (!this.history[at].startsWith(search) || this.history[at] === this.line)) {
      at += direction;
    }
    this._remember();
    this.line = at >= 0 && at < this.history.length ? this.history[at] : search;
    this.historyIndex = at;
    this.cursor = this.line.length;
    this._refreshLine();
  }

  _historyPrev() {
    if (this.historyIndex < this.history.length && this.history.length > 0) this._browse(1);
  }

  _historyNext() {
    if (this.historyIndex >= 0) this._browse(-1);
  }

  // The arrows look for lines that begin like the present one does, up to the
  // cursor; any other key ends that.
  _updateSearch(key) {
    if ((key.name === 'up' || key.name === 'down') && !key.ctrl && !key.meta && !key.shift) {
      this[kSearch] ??= this.line.slice(0, this.cursor);
    } else if (this[kSearch] !== undefined) {
      this[kSearch] = undefined;
      // Nothing was found: the next search starts at the latest line.
      if (this.historyIndex === this.history.length) this.historyIndex = -1;
    }
  }

  // --- completion ---------------------------------------------------------------------

  _tabComplete(lastKeyWasTab) {
    this.pause();
    const before = this.line.slice(0, this.cursor);
    const done = (error, result) => {
      if (this.closed) return;
      this.resume();
      if (error) {
        this._writeToOutput(`Tab completion error: ${require('internal/util/inspect').inspect(error)}`);
        return;
      }
      this._showCompletions(result, lastKeyWasTab);
    };
    if (this.completer.length === 2) {
      this.completer(before, done);
      return;
    }
    let result;
    try {
      result = this.completer(before);
    } catch (error) {
      done(error);
      return;
    }
    if (typeof result?.then === 'function') result.then((value) => done(null, value), done);
    else done(null, result);
  }

  _showCompletions(result, lastKeyWasTab) {
    const [completions, completeOn] = result ?? [];
    if (!completions || completions.length === 0) return;
    const found = completions.filter((each) => each !== '');
    const prefix = commonPrefix(found);
    if (prefix.startsWith(completeOn) && prefix.length > completeOn.length) {
      this._insertString(prefix.slice(completeOn.length));
      return;
    }
    if (!completeOn.startsWith(prefix)) {
      // The completion replaces what was typed.
      const start = this.cursor - completeOn.length;
      this.line = this.line.slice(0, start) + prefix + this.line.slice(this.cursor);
      this.cursor = start + prefix.length;
      this._refreshLine();
      return;
    }
    if (!lastKeyWasTab) return;
    this._remember();
    this._writeToOutput(`\r\n${this._columnsOf(completions)}\r\n`);
    this._refreshLine();
  }

  // Names side by side; an empty one separates groups.
  _columnsOf(completions) {
    const widths = completions.map((each) => getStringWidth(each));
    const width = Math.max(...widths) + 2;
    // Nobody knows how many fit where the width is not known.
    const perRow = this.columns === Infinity ? 1 : Math.floor(this.columns / width) || 1;
    let out = '';
    let inRow = 0;
    completions.forEach((each, i) => {
      if (each === '') {
        out += inRow > 0 ? '\r\n\r\n' : '\r\n';
        inRow = 0;
        return;
      }
      if (inRow === perRow) {
        out += '\r\n';
        inRow = 0;
      }
      inRow++;
      const last = inRow === perRow || i === completions.length - 1;
      out += last ? each : each + ' '.repeat(width - widths[i]);
    });
    return `${out}\r\n`;
  }

  // --- keys ----------------------------------------------------------------------------

  _ttyWrite(text, key) {
    const previous = this._previousKey;
    key ||= {};
    this._previousKey = key;
    // Any other key ends what these two keep.
    if (!(key.meta && key.name === 'y')) this[kYanked] = undefined;
    this._updateSearch(key);
    if (key.name === 'escape') return;

    // Typed as they are: control with an underscore or a circumflex has no name.
    if (key.sequence === '\x1f') {
      this._restore(this[kUndo], this[kRedo]);
      return;
    }
    if (key.sequence === '\x1e') {
      this._restore(this[kRedo], this[kUndo]);
      return;
    }
    const action = key.ctrl && key.shift ? SHIFTED[key.name] :
      key.ctrl ? CONTROL[key.name] :
        key.meta ? META[key.name] :
          undefined;
    if (key.ctrl || key.meta) {
      if (action !== undefined) action(this, key);
      else if (key.name === 'return' || key.name === 'enter') PLAIN[key.name](this);
      return;
    }
    // A return that no line feed follows ends with any other key.
    if (this[kSawReturnAt] && key.name !== 'enter') this[kSawReturnAt] = 0;
    const plain = PLAIN[key.name];
    if (plain !== undefined) {
      plain(this, key, previous);
      return;
    }
    this._type(text);
  }

  // Characters, of which some may be a whole paste.
  _type(text) {
    if (text instanceof Uint8Array) text = text.toString('utf8');
    if (typeof text !== 'string' || text.length === 0) return;
    LINE_ENDING.lastIndex = 0;
    let start = 0;
    for (const match of text.matchAll(LINE_ENDING)) {
      this._insertString(text.slice(start, match.index));
      this._line();
      start = match.index + match[0].length;
    }
    if (start < text.length) this._insertString(text.slice(start));
  }

  _interrupt() {
    if (this.listenerCount('SIGINT') > 0) {
      this.emit('SIGINT');
      return;
    }
    this.close();
    this._rejectQuestion('Aborted with Ctrl+C');
  }

  _endOfInput() {
    this.close();
    this._rejectQuestion('Aborted with Ctrl+D');
  }

  _rejectQuestion(message) {
    this[kQuestionReject]?.(new AbortError(message));
  }

  _suspend() {
    if (process.platform === 'win32') return;
    if (this.listenerCount('SIGTSTP') > 0) {
      this.emit('SIGTSTP');
      return;
    }
    process.once('SIGCONT', () => {
      if (this.closed) return;
      // Nobody who was paused on purpose is woken.
      if (!this.paused) {
        this.pause();
        this.emit('SIGCONT');
      }
      this._setRawMode(true);
      this._refreshLine();
    });
    this._setRawMode(false);
    process.kill(process.pid, 'SIGTSTP');
  }
}

function commonPrefix(words) {
  if (words.length === 0) return '';
  const sorted = words.slice().sort();
  const first = sorted[0];
  const last = sorted[sorted.length - 1];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  return first.slice(0, length);
}

const toStart = (self) => self._cut(0, self.cursor, true);
const toEnd = (self) => self._cut(self.cursor, self.line.length, true);
const wordLeft = (self) => self._moveCursor(self._wordLeft() - self.cursor);
const wordRight = (self) => {
  if (self.cursor < self.line.length) self._moveCursor(self._wordRight() - self.cursor);
};
const cutWordLeft = (self) => self._cut(self._wordLeft(), self.cursor, false);
const cutWordRight = (self) => {
  if (self.cursor < self.line.length) self._cut(self.cursor, self._wordRight(), false);
};
const cutLeft = (self) => self._cut(self.cursor - self._lengthLeft(), self.cursor, false);
const cutRight = (self) => self._cut(self.cursor, self.cursor + self._lengthRight(), false);

const SHIFTED = { backspace: toStart, delete: toEnd };

const CONTROL = {
  c: (self) => self._interrupt(),
  h: cutLeft,
  d(self) {
    if (self.cursor === 0 && self.line.length === 0) self._endOfInput();
    else if (self.cursor < self.line.length) cutRight(self);
  },
  u: toStart,
  k: toEnd,
  a: (self) => self._moveCursor(-Infinity),
  e: (self) => self._moveCursor(+Infinity),
  b: (self) => self._moveCursor(-self._lengthLeft()),
  f: (self) => self._moveCursor(self._lengthRight()),
  l(self) {
    cursorTo(self.output, 0, 0);
    clearScreenDown(self.output);
    self._refreshLine();
  },
  n: (self) => self._historyNext(),
  p: (self) => self._historyPrev(),
  y: (self) => self._yank(),
  z: (self) => self._suspend(),
  w: cutWordLeft,
  backspace: cutWordLeft,
  delete: cutWordRight,
  left: wordLeft,
  right: wordRight,
};

const META = {
  b: wordLeft,
  f: wordRight,
  d: cutWordRight,
  delete: cutWordRight,
  backspace: cutWordLeft,
  y: (self) => self._yankPop(),
};

const PLAIN = {
  return(self) {
    self[kSawReturnAt] = Date.now();
    self._line();
  },
  // The line feed of \r\n that the terminal sends for one key.
  enter(self) {
    if (!self[kSawReturnAt] || Date.now() - self[kSawReturnAt] > self.crlfDelay) self._line();
    self[kSawReturnAt] = 0;
  },
  backspace: cutLeft,
  delete: cutRight,
  left: (self) => self._moveCursor(-self._lengthLeft()),
  right: (self) => self._moveCursor(self._lengthRight()),
  home: (self) => self._moveCursor(-Infinity),
  end: (self) => self._moveCursor(+Infinity),
  up: (self) => self._historyPrev(),
  down: (self) => self._historyNext(),
  tab(self, key, previous) {
    if (typeof self.completer === 'function' && self.isCompletionEnabled) {
      self._tabComplete(previous !== undefined && previous.name === 'tab');
    } else if (!key.shift) {
      self._type('\t');
    }
  },
};
module.exports = { Editor };
