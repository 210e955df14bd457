'use strict';

// node:readline/promises.

const { Editor } = require('internal/readline/editor');
const { kQuestionReject } = require('internal/readline/interface');
const {
  AbortError,
  codes: { ERR_INVALID_ARG_TYPE },
} = require('internal/errors');
const { validateAbortSignal, validateBoolean, validateInteger } = require('internal/validators');

const CSI = '\x1b[';

class Interface extends Editor {
  // A promise of the answer.
  question(query, options = undefined) {
    return new Promise((resolve, reject) => {
      let answered = resolve;
      const signal = options?.signal;
      if (signal) {
        validateAbortSignal(signal, 'options.signal');
        if (signal.aborted) {
          reject(new AbortError(undefined, { cause: signal.reason }));
          return;
        }
        const { addAbortListener } = require('internal/events/abort_listener');
        const listener = addAbortListener(signal, () => {
          this._cancelQuestion();
          reject(new AbortError(undefined, { cause: signal.reason }));
        });
        answered = (answer) => {
          listener[Symbol.dispose]();
          resolve(answer);
        };
      }
      this._question(query, answered);
      this[kQuestionReject] = reject;
    });
  }
}

function createInterface(input, output, completer, terminal) {
  return new Interface(input, output, completer, terminal);
}

// Terminal actions that are collected and written together.
class Readline {
  #stream;
  #autoCommit = false;
  #pending = [];

  constructor(stream, options = undefined) {
    const { isWritable } = require('internal/streams/utils');
    if (!isWritable(stream)) throw new ERR_INVALID_ARG_TYPE('stream', 'Writable', stream);
    this.#stream = stream;
    if (options?.autoCommit !== undefined) {
      validateBoolean(options.autoCommit, 'options.autoCommit');
      this.#autoCommit = options.autoCommit;
    }
  }

  #add(text) {
    if (this.#autoCommit) process.nextTick(() => this.#stream.write(text));
    else this.#pending.push(text);
    return this;
  }

  cursorTo(x, y = undefined) {
    validateInteger(x, 'x');
    if (y === undefined || y === null) return this.#add(`${CSI}${x + 1}G`);
    validateInteger(y, 'y');
    return this.#add(`${CSI}${y + 1};${x + 1}H`);
  }

  moveCursor(dx, dy) {
    if (!dx && !dy) return this;
    validateInteger(dx, 'dx');
    validateInteger(dy, 'dy');
    let text = '';
    if (dx !== 0) text += dx < 0 ? `${CSI}${-dx}D` : `${CSI}${dx}C`;
    if (dy !== 0) text += dy < 0 ? `${CSI}${-dy}A` : `${CSI}${dy}B`;
    return this.#add(text);
  }

  clearLine(direction) {
    validateInteger(direction, 'dir', -1, 1);
    return this.#add(`${CSI}${direction < 0 ? '1' : direction > 0 ? '0' : '2'}K`);
  }

  clearScreenDown() {
    return this.#add(`${CSI}0J`);
  }

  commit() {
    return new Promise((resolve) => {
      this.#stream.write(this.#pending.join(''), resolve);
      this.#pending = [];
    });
  }

  rollback() {
    this.#pending = [];
    return this;
  }
}

module.exports = { Interface, Readline, createInterface };
