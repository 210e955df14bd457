'use strict';
// Weft's own sessions with V8's inspector of the same thread, which answers before a call returns.

const native = internalBinding('inspector');

class OwnSession {
  #id;
  #answer;

  // `onEvent` gets the events of V8's, which mostly are of no interest.
  constructor(onEvent) {
    this.#id = native.connect((text) => {
      if (text.startsWith('{"id":')) this.#answer = text;
      else onEvent?.(JSON.parse(text));
    }, true);
  }

  // The result of a method of the DevTools protocol.
  call(method, params = {}) {
    this.#answer = undefined;
    native.dispatch(this.#id, JSON.stringify({ id: 1, method, params }));
    const { error, result } = JSON.parse(this.#answer);
    if (error !== undefined) {
      const { codes: { ERR_INSPECTOR_COMMAND } } = require('internal/errors');
      throw new ERR_INSPECTOR_COMMAND(error.code, error.message);
    }
    return result;
  }

  close() {
    native.disconnect(this.#id);
  }
}

module.exports = { OwnSession };
