'use strict';

// node:readline.

const { defineLazyValue } = require('internal/lazy');
const { Editor } = require('internal/readline/editor');
const { clearLine, clearScreenDown, cursorTo, moveCursor } = require('internal/readline/callbacks');
const { emitKeypressEvents } = require('internal/readline/keys');
const { AbortError } = require('internal/errors');
const { validateAbortSignal } = require('internal/validators');

const kCustomPromisify = Symbol.for('nodejs.util.promisify.custom');

// Callable without new, as it always was.
function Interface(input, output, completer, terminal) {
  return Reflect.construct(Editor, [input, output, completer, terminal], new.target ?? Interface);
}
Interface.prototype = Object.create(Editor.prototype, {
  constructor: { __proto__: null, value: Interface, configurable: true, enumerable: false, writable: true },
});
Object.setPrototypeOf(Interface, Editor);

// Calls `callback` with the answer, unless options.signal aborts first.
Interface.prototype.question = function question(query, options, callback) {
  callback = typeof options === 'function' ? options : callback;
  if (typeof callback !== 'function') return;
  const signal = typeof options === 'object' && options !== null ? options.signal : undefined;
  if (signal) {
    validateAbortSignal(signal, 'options.signal');
    if (signal.aborted) return;
    const { addAbortListener } = require('internal/events/abort_listener');
    const listener = addAbortListener(signal, () => this._cancelQuestion());
    const answered = callback;
    callback = (answer) => {
      listener[Symbol.dispose]();
      answered(answer);
    };
  }
  this._question(query, callback);
};

Interface.prototype.question[kCustomPromisify] = function question(query, options) {
  const signal = options === null || typeof options !== 'object' ? undefined : options.signal;
  if (signal) {
    try {
      validateAbortSignal(signal, 'signal');
    } catch (err) {
      return Promise.reject(err);
    }
  }
  if (signal?.aborted) return Promise.reject(new AbortError(undefined, { cause: signal.reason }));
  return new Promise((resolve, reject) => {
    let answered = resolve;
    if (signal) {
      const onAbort = () => reject(new AbortError(undefined, { cause: signal.reason }));
      signal.addEventListener('abort', onAbort, { once: true });
      answered = (answer) => {
        signal.removeEventListener('abort', onAbort);
        resolve(answer);
      };
    }
    this.question(query, options, answered);
  });
};

function createInterface(input, output, completer, terminal) {
  return new Interface(input, output, completer, terminal);
}

module.exports = {
  Interface,
  clearLine,
  clearScreenDown,
  createInterface,
  cursorTo,
  emitKeypressEvents,
  moveCursor,
};

defineLazyValue(module.exports, 'promises', () => require('readline/promises'));
