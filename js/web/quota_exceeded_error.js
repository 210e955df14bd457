'use strict';
// QuotaExceededError: https://webidl.spec.whatwg.org/#quotaexceedederror

const { DOMException } = require('web/dom_exception');

function readLimit(options, name) {
  if (!(name in options) || options[name] === undefined) return null;
  const value = +options[name];
  if (!Number.isFinite(value)) {
    throw new TypeError(`Cannot convert options.${name} to a double: the value is ${value}`);
  }
  if (value < 0) throw new RangeError(`options.${name} must not be negative`);
  return value;
}

class QuotaExceededError extends DOMException {
  #quota = null;
  #requested = null;

  constructor(message = '', options = {}) {
    super(message, 'QuotaExceededError');
    if (options === null || (typeof options !== 'object' && typeof options !== 'function')) {
      const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
      throw new ERR_INVALID_ARG_TYPE('options', 'Object', options);
    }
    this.#quota = readLimit(options, 'quota');
    this.#requested = readLimit(options, 'requested');
    if (this.#quota !== null && this.#requested !== null && this.#requested < this.#quota) {
      throw new RangeError('options.requested must not be less than options.quota');
    }
  }

  get quota() {
    return this.#quota;
  }

  get requested() {
    return this.#requested;
  }
}

for (const name of ['quota', 'requested']) {
  Object.defineProperty(QuotaExceededError.prototype, name, { __proto__: null, enumerable: true });
}
Object.defineProperty(QuotaExceededError.prototype, Symbol.toStringTag, {
  __proto__: null, value: 'QuotaExceededError', writable: false, enumerable: false, configurable: true,
});

const { kClone, kDeserialize } = require('internal/worker/js_transferable');
Object.defineProperty(QuotaExceededError.prototype, kClone, {
  __proto__: null,
  value() {
    const { message, quota, requested, stack } = this;
    return { data: { message, quota, requested, stack }, deserializeInfo: 'web/quota_exceeded_error:QuotaExceededError' };
  },
});
Object.defineProperty(QuotaExceededError, kDeserialize, {
  __proto__: null,
  value({ message, quota, requested, stack }) {
    const error = new QuotaExceededError(message, { quota: quota ?? undefined, requested: requested ?? undefined });
    Object.defineProperty(error, 'stack', { __proto__: null, value: stack, configurable: true, writable: true });
    return error;
  },
});

module.exports = { QuotaExceededError };
