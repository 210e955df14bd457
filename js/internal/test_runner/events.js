'use strict';
// What happens in a run of tests, as events: a stream of them for reporters and users, and the form in which a test
// file's process sends them to the one that started it (JSON, one event a line, on a descriptor of its own).

const { Readable } = require('stream');

// Descriptor on which a child writes its events, in this variable of its environment.
const EVENTS_FD = 'WEFT_TEST_EVENTS_FD';

class TestsStream extends Readable {
  constructor() {
    super({ objectMode: true, highWaterMark: Number.MAX_SAFE_INTEGER });
  }

  _read() {}

  send(type, data) {
    this.emit(type, data);
    this.push({ __proto__: null, type, data });
  }

  end() {
    this.push(null);
  }
}

// --- events between processes -----------------------------------------------

const OWN = [
  'generatedMessage', 'code', 'failureType', 'exitCode', 'signal', 'actual', 'expected', 'operator', 'diff', 'input',
];

// A value that JSON can carry; what it cannot is sent as V8 writes it, or as it looks.
function flatten(value) {
  if (value === undefined) return { u: 1 };
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') {
    return { v: value };
  }
  const { inspect } = require('internal/util/inspect');
  if (!require('internal/errors').isErrorLike(value)) {
    try {
      return { s: require('v8').serialize(value).toString('base64') };
    } catch {
      return { i: inspect(value, { customInspect: false, breakLength: Infinity }) };
    }
  }
  const own = {};
  for (const key of OWN) {
    if (key in value && typeof value[key] !== 'function') own[key] = flatten(value[key]);
  }
  return {
    e: {
      name: `${value.name}`,
      message: `${value.message}`,
      stack: typeof value.stack === 'string' ? value.stack : undefined,
      text: inspect(value),
      cause: value.cause === undefined ? undefined : flatten(value.cause),
      showsCause: Object.prototype.propertyIsEnumerable.call(value, 'cause'),
      own,
    },
  };
}

// Something of another process that shows as it did there.
class Remote {
  constructor(text) {
    this.text = text;
  }

  [Symbol.for('nodejs.util.inspect.custom')]() {
    return this.text;
  }

  toString() {
    return this.text;
  }
}

function revive(value) {
  if ('v' in value) return value.v;
  if ('s' in value) return require('v8').deserialize(require('buffer').Buffer.from(value.s, 'base64'));
  if ('i' in value) return new Remote(value.i);
  if (!('e' in value)) return undefined;
  const { cause, message, name, own, showsCause, stack, text } = value.e;
  const error = new Error(message);
  Object.defineProperty(error, 'name', { __proto__: null, value: name, configurable: true, writable: true });
  Object.defineProperty(error, 'stack', { __proto__: null, value: stack, configurable: true, writable: true });
  for (const key of Object.keys(own)) {
    error[key] = revive(own[key]);
  }
  if (cause !== undefined) {
    Object.defineProperty(error, 'cause', {
      __proto__: null, value: revive(cause), configurable: true, enumerable: showsCause, writable: true,
    });
  }
  Object.defineProperty(error, Symbol.for('nodejs.util.inspect.custom'), {
    __proto__: null, value: () => text, configurable: true,
  });
  return error;
}

function serialize(type, data) {
  const { details } = data;
  const sent = details?.error === undefined ? data :
    { ...data, details: { ...details, error: flatten(details.error) } };
  return `${JSON.stringify([type, sent])}\n`;
}

function deserialize(line) {
  const [type, data] = JSON.parse(line);
  if (data.details?.error !== undefined) data.details.error = revive(data.details.error);
  return { type, data };
}

// The function that sends events to the process that started this one; undefined if none waits for them.
function senderToParent() {
  const fd = Number(process.env[EVENTS_FD]);
  if (process.env[EVENTS_FD] === undefined || !Number.isInteger(fd)) return undefined;
  const { writeSync } = require('fs');
  return (type, data) => {
    let bytes = require('buffer').Buffer.from(serialize(type, data));
    while (bytes.length > 0) {
      try {
        bytes = bytes.subarray(writeSync(fd, bytes));
      } catch (error) {
        if (error.code !== 'EAGAIN') return;
      }
    }
  };
}

module.exports = { EVENTS_FD, TestsStream, deserialize, senderToParent };
