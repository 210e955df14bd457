'use strict';
// ErrorEvent, after the HTML standard (section 8.1.4.8).

const { Event } = require('web/event');
const { codes: { ERR_INVALID_THIS, ERR_MISSING_ARGS } } = require('internal/errors');

class ErrorEvent extends Event {
  #fields;

  constructor(type, init = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('type');
    super(type, init);
    const { message = '', filename = '', lineno = 0, colno = 0, error } = init ?? {};
    this.#fields = { message: `${message}`, filename: `${filename}`, lineno: lineno >>> 0, colno: colno >>> 0, error };
  }

  static read(event, name) {
    if (event === null || typeof event !== 'object' || !(#fields in event)) throw new ERR_INVALID_THIS('ErrorEvent');
    return event.#fields[name];
  }
}

const { read } = ErrorEvent;
delete ErrorEvent.read;

for (const name of ['message', 'filename', 'lineno', 'colno', 'error']) {
  const { get } = Object.getOwnPropertyDescriptor({ get [name]() { return read(this, name); } }, name);
  Object.defineProperty(ErrorEvent.prototype, name, { __proto__: null, get, enumerable: true, configurable: true });
}
Object.defineProperty(ErrorEvent.prototype, Symbol.toStringTag, {
  __proto__: null, value: 'ErrorEvent', writable: false, enumerable: false, configurable: true,
});

// The event of something that was thrown. The place is read from the first line of its stack that has one.
function errorEventOf(error) {
  const isError = error !== null && typeof error === 'object';
  const message = isError ? `${error.name ?? 'Error'}: ${error.message ?? ''}` : `${String(error)}`;
  const place = isError ? /^\s+at (?:.*\()?(.+?):(\d+):(\d+)\)?$/m.exec(error.stack) : null;
  return new ErrorEvent('error', {
    cancelable: true,
    message: `Uncaught ${message}`,
    filename: place?.[1] ?? '',
    lineno: Number(place?.[2] ?? 0),
    colno: Number(place?.[3] ?? 0),
    error,
  });
}

module.exports = { ErrorEvent, errorEventOf };
