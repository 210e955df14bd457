'use strict';

// Event and CustomEvent, after the DOM standard (section 2.2) as far as there
// is no tree of nodes: an event has one target, at which it is dispatched.

const {
  codes: { ERR_INVALID_THIS, ERR_MISSING_ARGS },
} = require('internal/errors');
const { kValidateObjectAllowObjects, validateObject } = require('internal/validators');

const kType = Symbol('type');
const kState = Symbol('kState');
const kTarget = Symbol('kTarget');
const kTimeStamp = Symbol('kTimeStamp');
const kDetail = Symbol('kDetail');
// Option of the constructor by which the runtime makes events of its own.
const kTrustEvent = Symbol('kTrustEvent');

const customInspect = Symbol.for('nodejs.util.inspect.custom');

// Bits of kState.
const CANCELABLE = 1;
const BUBBLES = 2;
const COMPOSED = 4;
const CANCELED = 8;
const STOPPED = 16;
const STOPPED_AT_ONCE = 32;
const DISPATCHING = 64;
const IN_PASSIVE_LISTENER = 128;
const TRUSTED = 256;

let now;
function timeStamp() {
  now ??= internalBinding('performance').now;
  return now();
}

function check(event, name = 'Event') {
  if (event?.[kState] === undefined) throw new ERR_INVALID_THIS(name);
}

class Event {
  constructor(type, options = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('type');
    let state = 0;
    if (options !== undefined && options !== null) {
      validateObject(options, 'options', kValidateObjectAllowObjects);
      if (options.bubbles) state |= BUBBLES;
      if (options.cancelable) state |= CANCELABLE;
      if (options.composed) state |= COMPOSED;
      if (options[kTrustEvent]) state |= TRUSTED;
    }
    this[kType] = `${type}`;
    this[kState] = state;
    this[kTarget] = null;
    this[kTimeStamp] = timeStamp();
  }

  initEvent(type, bubbles = false, cancelable = false) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('type');
    if (this[kState] & DISPATCHING) return;
    const kept = this[kState] & COMPOSED;
    this[kType] = `${type}`;
    this[kState] = kept | (bubbles ? BUBBLES : 0) | (cancelable ? CANCELABLE : 0);
    this[kTarget] = null;
  }

  get type() {
    check(this);
    return this[kType];
  }

  get target() {
    check(this);
    return this[kTarget];
  }

  get srcElement() {
    check(this);
    return this[kTarget];
  }

  get currentTarget() {
    check(this);
    return this[kState] & DISPATCHING ? this[kTarget] : null;
  }

  composedPath() {
    check(this);
    return this[kState] & DISPATCHING ? [this[kTarget]] : [];
  }

  get eventPhase() {
    check(this);
    return this[kState] & DISPATCHING ? Event.AT_TARGET : Event.NONE;
  }

  stopPropagation() {
    check(this);
    this[kState] |= STOPPED;
  }

  get cancelBubble() {
    check(this);
    return (this[kState] & STOPPED) !== 0;
  }

  set cancelBubble(value) {
    check(this);
    if (value) this[kState] |= STOPPED;
  }

  stopImmediatePropagation() {
    check(this);
    this[kState] |= STOPPED | STOPPED_AT_ONCE;
  }

  get bubbles() {
    check(this);
    return (this[kState] & BUBBLES) !== 0;
  }

  get cancelable() {
    check(this);
    return (this[kState] & CANCELABLE) !== 0;
  }

  get returnValue() {
    check(this);
    return (this[kState] & CANCELED) === 0;
  }

  set returnValue(value) {
    check(this);
    if (!value) cancel(this);
  }

  preventDefault() {
    check(this);
    cancel(this);
  }

  get defaultPrevented() {
    check(this);
    return (this[kState] & CANCELED) !== 0;
  }

  get composed() {
    check(this);
    return (this[kState] & COMPOSED) !== 0;
  }

  get timeStamp() {
    check(this);
    return this[kTimeStamp];
  }

  [customInspect](depth, options) {
    check(this);
    const { name } = this.constructor;
    if (depth < 0) return name;
    const inner = { ...options, depth: Number.isInteger(options.depth) ? options.depth - 1 : options.depth };
    const { inspect } = require('internal/util/inspect');
    return `${name} ${inspect({
      type: this[kType],
      defaultPrevented: this.defaultPrevented,
      cancelable: this.cancelable,
      timeStamp: this.timeStamp,
    }, inner)}`;
  }

  static NONE = 0;
  static CAPTURING_PHASE = 1;
  static AT_TARGET = 2;
  static BUBBLING_PHASE = 3;
}

function cancel(event) {
  const state = event[kState];
  if (state & CANCELABLE && !(state & IN_PASSIVE_LISTENER)) event[kState] = state | CANCELED;
}

const enumerable = { __proto__: null, enumerable: true };

function publish(Class, names) {
  for (const name of names) Object.defineProperty(Class.prototype, name, enumerable);
  Object.defineProperty(Class.prototype, Symbol.toStringTag, {
    __proto__: null, value: Class.name, writable: false, enumerable: false, configurable: true,
  });
}

publish(Event, [
  'initEvent', 'stopImmediatePropagation', 'preventDefault', 'target', 'currentTarget', 'srcElement', 'type',
  'cancelable', 'defaultPrevented', 'timeStamp', 'composedPath', 'returnValue', 'bubbles', 'composed', 'eventPhase',
  'cancelBubble', 'stopPropagation',
]);
// The standard makes this one unforgeable.
Object.defineProperty(Event.prototype, 'isTrusted', {
  __proto__: null,
  get: Object.getOwnPropertyDescriptor({
    get isTrusted() {
      check(this);
      return (this[kState] & TRUSTED) !== 0;
    },
  }, 'isTrusted').get,
  enumerable: true,
  configurable: false,
});
for (const [name, value] of [['NONE', 0], ['CAPTURING_PHASE', 1], ['AT_TARGET', 2], ['BUBBLING_PHASE', 3]]) {
  const constant = { __proto__: null, value, writable: false, enumerable: true, configurable: false };
  Object.defineProperty(Event, name, constant);
  Object.defineProperty(Event.prototype, name, constant);
}

class CustomEvent extends Event {
  constructor(type, options = undefined) {
    if (arguments.length === 0) throw new ERR_MISSING_ARGS('type');
    super(type, options);
    this[kDetail] = options?.detail ?? null;
  }

  get detail() {
    check(this, 'CustomEvent');
    if (this[kDetail] === undefined) throw new ERR_INVALID_THIS('CustomEvent');
    return this[kDetail];
  }
}
publish(CustomEvent, ['detail']);

module.exports = {
  CANCELED,
  CustomEvent,
  DISPATCHING,
  Event,
  IN_PASSIVE_LISTENER,
  STOPPED,
  STOPPED_AT_ONCE,
  kState,
  kTarget,
  kTrustEvent,
  kType,
};
