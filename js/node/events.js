'use strict';

// node:events - EventEmitter and the functions around it.
//
// `_events` maps a name to its listener, or to an array of them when there are
// several. Such an array counts the emits that are walking it (kEmitting);
// whoever adds or removes a listener meanwhile replaces it by a changed copy.
// So emit() needs no copy of its own, and a change is not seen by an emit that
// has begun, as Node documents. A listener that throws leaves the count raised,
// which costs the next change one copy and nothing else.

const {
  codes: {
    ERR_INVALID_ARG_TYPE,
    ERR_UNHANDLED_ERROR,
  },
  kEnhanceStackBeforeInspector,
} = require('internal/errors');
const {
  validateBoolean,
  validateFunction,
  validateNumber,
} = require('internal/validators');

const { ownKeys } = Reflect;
const { captureStackTrace } = Error;

const kCapture = Symbol('kCapture');
// Both can be seen by inspect(), and have Node's names.
const kEmitting = Symbol('events.emitting');
const kShapeMode = Symbol('shapeMode');
// The properties in which an EventTarget keeps its limit, and whether it warned.
const kMaxEventTargetListeners = Symbol('events.maxEventTargetListeners');
const kMaxEventTargetListenersWarned = Symbol('events.maxEventTargetListenersWarned');
const kErrorMonitor = Symbol('events.errorMonitor');
const kRejection = Symbol.for('nodejs.rejection');

let defaultMaxListeners = 10;

function inspect(value, options) {
  return require('internal/util/inspect').inspect(value, options);
}

function targets() {
  return require('web/event_target');
}

function EventEmitter(options) {
  EventEmitter.init.call(this, options);
}

module.exports = EventEmitter;
EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;
Object.defineProperty(EventEmitter.prototype, kCapture, {
  __proto__: null, value: false, writable: true, enumerable: false,
});

// Apart from the constructor so that it can be run on objects that have
// EventEmitter mixed in, and again on one whose prototype is an emitter.
function init(options) {
  // Whether the constructor has made `_events`, with names it expects.
  let shaped = true;
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = { __proto__: null };
    this._eventsCount = 0;
    shaped = false;
  }
  this._maxListeners = this._maxListeners || undefined;
  this[kShapeMode] = shaped;
  if (options?.captureRejections) {
    validateBoolean(options.captureRejections, 'options.captureRejections');
    this[kCapture] = true;
  } else {
    this[kCapture] = EventEmitter.prototype[kCapture];
  }
}

// --- emit ---------------------------------------------------------------------

EventEmitter.prototype.emit = function emit(type, ...args) {
  const events = this._events;
  if (type === 'error') prepareError(this, events, args);
  else if (events === undefined) return false;
  const listeners = events[type];
  if (listeners === undefined) return false;

  if (typeof listeners === 'function') {
    const result = listeners.apply(this, args);
    // Only a listener that returned something can have failed asynchronously.
    if (result !== undefined && result !== null) watchResult(this, result, type, args);
    return true;
  }

  // Calls with few arguments are spelled out: unlike apply() they need no array.
  const { length } = listeners;
  listeners[kEmitting]++;
  for (let i = 0; i < length; i++) {
    const listener = listeners[i];
    let result;
    switch (args.length) {
      case 0: result = listener.call(this); break;
      case 1: result = listener.call(this, args[0]); break;
      case 2: result = listener.call(this, args[0], args[1]); break;
      default: result = listener.apply(this, args);
    }
    if (result !== undefined && result !== null) watchResult(this, result, type, args);
  }
  listeners[kEmitting]--;
  return true;
};

// The monitor hears of every error; one that nobody else listens to is thrown.
function prepareError(emitter, events, args) {
  if (events !== undefined && events[kErrorMonitor] !== undefined) emitter.emit(kErrorMonitor, ...args);
  if (events === undefined || events.error === undefined) throwUnhandled(emitter, args);
}

function throwUnhandled(emitter, args) {
  const error = args.length > 0 ? args[0] : undefined;
  if (error instanceof Error) {
    try {
      const capture = {};
      captureStackTrace(capture, EventEmitter.prototype.emit);
      Object.defineProperty(error, kEnhanceStackBeforeInspector, {
        __proto__: null,
        value() { return stackWithEmitter(emitter, error, capture); },
        configurable: true,
      });
    } catch {
      // A frozen error keeps the stack it has.
    }
    throw error;
  }
  let shown;
  try {
    shown = inspect(error);
  } catch {
    shown = error;
  }
  const unhandled = new ERR_UNHANDLED_ERROR(shown);
  unhandled.context = error;
  throw unhandled;
}

// For the report of an error that ends the process: its stack followed by the
// place where it was emitted, without the frames that both have in common.
function stackWithEmitter(emitter, error, capture) {
  let name = '';
  try {
    const { constructor } = emitter;
    if (constructor.name !== 'EventEmitter') name = ` on ${constructor.name} instance`;
  } catch {
    // An emitter without a constructor has no name to tell.
  }
  const own = (error.stack.match(/\n\s+at.*/g) || []).map((line) => line.slice(1));
  const emitted = capture.stack.split('\n').slice(1);
  let shared = 0;
  while (shared < own.length && shared < emitted.length &&
         own[own.length - 1 - shared] === emitted[emitted.length - 1 - shared]) {
    shared++;
  }
  if (shared > 3) {
    emitted.splice(emitted.length - shared + 1, shared - 2, '    [... lines matching original stack trace ...]');
  }
  return `${error.stack}\nEmitted 'error' event${name} at:\n${emitted.join('\n')}`;
}

// captureRejections: what an async listener rejects with is an 'error' event.
function watchResult(emitter, result, type, args) {
  if (!emitter[kCapture]) return;
  try {
    const { then } = result;
    if (typeof then === 'function') {
      then.call(result, undefined, (error) => {
        // Outside the promise, so that what an 'error' listener throws is an
        // uncaught exception.
        process.nextTick(emitRejection, emitter, error, type, args);
      });
    }
  } catch (error) {
    emitter.emit('error', error);
  }
}

function emitRejection(emitter, error, type, args) {
  if (typeof emitter[kRejection] === 'function') {
    emitter[kRejection](error, type, ...args);
    return;
  }
  // An async 'error' listener that rejects must not come back here.
  const before = emitter[kCapture];
  try {
    emitter[kCapture] = false;
    emitter.emit('error', error);
  } finally {
    emitter[kCapture] = before;
  }
}

// --- adding and removing --------------------------------------------------------

function makeList(first, second) {
  const list = [first, second];
  list[kEmitting] = 0;
  return list;
}

// The list to change: itself, or a copy that has taken its place.
function listForChange(events, type, list) {
  if (list[kEmitting] === 0) return list;
  const copy = list.slice();
  copy[kEmitting] = 0;
  if (list.warned) copy.warned = true;
  events[type] = copy;
  return copy;
}

function maxListenersOf(emitter) {
  return emitter._maxListeners === undefined ? defaultMaxListeners : emitter._maxListeners;
}

function add(emitter, type, listener, prepend) {
  validateFunction(listener, 'listener');
  let events = emitter._events;
  let existing;
  if (events === undefined) {
    events = emitter._events = { __proto__: null };
    emitter._eventsCount = 0;
  } else {
    if (events.newListener !== undefined) {
      emitter.emit('newListener', type, listener.listener ?? listener);
      // A listener of that event may have removed all the others.
      events = emitter._events;
    }
    existing = events[type];
  }

  if (existing === undefined) {
    events[type] = listener;
    emitter._eventsCount++;
    return emitter;
  }
  let list;
  if (typeof existing === 'function') {
    list = events[type] = prepend ? makeList(listener, existing) : makeList(existing, listener);
  } else {
    list = listForChange(events, type, existing);
    if (prepend) list.unshift(listener);
    else list.push(listener);
  }
  const max = maxListenersOf(emitter);
  if (max > 0 && list.length > max && !list.warned) {
    list.warned = true;
    warnOfLeak(emitter, type, list.length, max);
  }
  return emitter;
}

function warnOfLeak(emitter, type, count, max) {
  const warning = new Error(
    `Possible EventEmitter memory leak detected. ${count} ${String(type)} listeners added to ` +
    `${inspect(emitter, { depth: -1 })}. MaxListeners is ${max}. Use emitter.setMaxListeners() to increase limit`);
  warning.name = 'MaxListenersExceededWarning';
  warning.emitter = emitter;
  warning.type = type;
  warning.count = count;
  process.emitWarning(warning);
}

EventEmitter.prototype.addListener = function addListener(type, listener) {
  return add(this, type, listener, false);
};

EventEmitter.prototype.on = EventEmitter.prototype.addListener;

EventEmitter.prototype.prependListener = function prependListener(type, listener) {
  return add(this, type, listener, true);
};

// The function that stands in for a listener that is to run once; its
// `listener` is what removeListener() and listeners() know it by.
function onceWrapper(emitter, type, listener) {
  let fired = false;
  function wrapper(...args) {
    if (fired) return undefined;
    fired = true;
    emitter.removeListener(type, wrapper);
    return listener.apply(emitter, args);
  }
  wrapper.listener = listener;
  return wrapper;
}

EventEmitter.prototype.once = function once(type, listener) {
  validateFunction(listener, 'listener');
  return this.on(type, onceWrapper(this, type, listener));
};

EventEmitter.prototype.prependOnceListener = function prependOnceListener(type, listener) {
  validateFunction(listener, 'listener');
  return this.prependListener(type, onceWrapper(this, type, listener));
};

function removeName(emitter, events, type) {
  if (--emitter._eventsCount === 0) emitter._events = { __proto__: null };
  else delete events[type];
}

EventEmitter.prototype.removeListener = function removeListener(type, listener) {
  validateFunction(listener, 'listener');
  const events = this._events;
  if (events === undefined) return this;
  const existing = events[type];
  if (existing === undefined) return this;

  if (existing === listener || existing.listener === listener) {
    removeName(this, events, type);
    if (events.removeListener !== undefined) this.emit('removeListener', type, existing.listener || listener);
    return this;
  }
  if (typeof existing === 'function') return this;

  // The one added last goes first.
  let at = existing.length - 1;
  while (at >= 0 && existing[at] !== listener && existing[at].listener !== listener) at--;
  if (at < 0) return this;
  if (existing.length === 2) {
    events[type] = existing[1 - at];
  } else {
    const list = listForChange(events, type, existing);
    if (at === 0) list.shift();
    else if (at === list.length - 1) list.pop();
    else list.splice(at, 1);
  }
  if (events.removeListener !== undefined) this.emit('removeListener', type, listener);
  return this;
};

EventEmitter.prototype.off = EventEmitter.prototype.removeListener;

EventEmitter.prototype.removeAllListeners = function removeAllListeners(type) {
  const events = this._events;
  if (events === undefined) return this;

  if (events.removeListener === undefined) {
    // Nobody wants to know, so nothing has to be removed one by one.
    if (arguments.length === 0) {
      this._events = { __proto__: null };
      this._eventsCount = 0;
    } else if (events[type] !== undefined) {
      removeName(this, events, type);
    }
    return this;
  }

  if (arguments.length === 0) {
    for (const key of ownKeys(events)) {
      if (key !== 'removeListener') this.removeAllListeners(key);
    }
    this.removeAllListeners('removeListener');
    this._events = { __proto__: null };
    this._eventsCount = 0;
    return this;
  }

  const listeners = events[type];
  if (typeof listeners === 'function') {
    this.removeListener(type, listeners);
  } else if (listeners !== undefined) {
    const all = listeners.slice();
    for (let i = all.length - 1; i >= 0; i--) this.removeListener(type, all[i]);
  }
  return this;
};

// --- looking --------------------------------------------------------------------

EventEmitter.prototype.listeners = function listeners(type) {
  const existing = this._events?.[type];
  if (existing === undefined) return [];
  if (typeof existing === 'function') return [existing.listener || existing];
  const out = new Array(existing.length);
  for (let i = 0; i < existing.length; i++) out[i] = existing[i].listener || existing[i];
  return out;
};

EventEmitter.prototype.rawListeners = function rawListeners(type) {
  const existing = this._events?.[type];
  if (existing === undefined) return [];
  return typeof existing === 'function' ? [existing] : existing.slice();
};

// With `listener`: how often that one is registered.
EventEmitter.prototype.listenerCount = function listenerCount(type, listener) {
  const existing = this._events?.[type];
  if (existing === undefined) return 0;
  if (typeof existing === 'function') {
    return listener == null || existing === listener || existing.listener === listener ? 1 : 0;
  }
  if (listener == null) return existing.length;
  let count = 0;
  for (let i = 0; i < existing.length; i++) {
    if (existing[i] === listener || existing[i].listener === listener) count++;
  }
  return count;
};

EventEmitter.prototype.eventNames = function eventNames() {
  return this._eventsCount > 0 ? ownKeys(this._events) : [];
};

EventEmitter.prototype.setMaxListeners = function setMaxListeners(n) {
  validateNumber(n, 'setMaxListeners', 0);
  this._maxListeners = n;
  return this;
};

EventEmitter.prototype.getMaxListeners = function getMaxListeners() {
  return maxListenersOf(this);
};

// --- functions for emitters and event targets alike -------------------------------

function notATarget(name, value) {
  return new ERR_INVALID_ARG_TYPE(name, ['EventEmitter', 'EventTarget'], value);
}

// Without targets this sets the default of all emitters.
function setMaxListeners(n = defaultMaxListeners, ...emitters) {
  validateNumber(n, 'setMaxListeners', 0);
  if (emitters.length === 0) {
    defaultMaxListeners = n;
    return;
  }
  const { isEventTarget } = targets();
  for (const emitter of emitters) {
    if (isEventTarget(emitter)) {
      emitter[kMaxEventTargetListeners] = n;
      emitter[kMaxEventTargetListenersWarned] = false;
    } else if (typeof emitter?.setMaxListeners === 'function') {
      emitter.setMaxListeners(n);
    } else {
      throw notATarget('eventTargets', emitter);
    }
  }
}

function getMaxListeners(emitter) {
  if (typeof emitter?.getMaxListeners === 'function') return maxListenersOf(emitter);
  const { isEventTarget } = targets();
  if (isEventTarget(emitter)) return emitter[kMaxEventTargetListeners] ?? defaultMaxListeners;
  throw notATarget('emitter', emitter);
}

function getEventListeners(emitter, type) {
  if (typeof emitter?.listeners === 'function') return emitter.listeners(type);
  const { isEventTarget, listenersOf } = targets();
  if (isEventTarget(emitter)) return listenersOf(emitter, type);
  throw notATarget('emitter', emitter);
}

function listenerCount(emitter, type) {
  if (typeof emitter?.listenerCount === 'function') return emitter.listenerCount(type);
  const { isEventTarget, listenersOf } = targets();
  if (isEventTarget(emitter)) return listenersOf(emitter, type).length;
  throw notATarget('emitter', emitter);
}

// --- statics ----------------------------------------------------------------------

EventEmitter.addAbortListener = function addAbortListener(signal, listener) {
  return require('internal/events/abort_listener').addAbortListener(signal, listener);
};
EventEmitter.once = function once(emitter, name, options = undefined) {
  return require('internal/events/promises').once(emitter, name, options);
};
EventEmitter.on = function on(emitter, event, options = undefined) {
  return require('internal/events/promises').on(emitter, event, options);
};
// In Node's order, which Object.keys() shows.
EventEmitter.getEventListeners = getEventListeners;
EventEmitter.getMaxListeners = getMaxListeners;
EventEmitter.listenerCount = listenerCount;
EventEmitter.EventEmitter = EventEmitter;
EventEmitter.usingDomains = false;
EventEmitter.captureRejectionSymbol = kRejection;

Object.defineProperties(EventEmitter, {
  captureRejections: {
    __proto__: null,
    get() { return EventEmitter.prototype[kCapture]; },
    set(value) {
      validateBoolean(value, 'EventEmitter.captureRejections');
      EventEmitter.prototype[kCapture] = value;
    },
    enumerable: true,
    configurable: false,
  },
  EventEmitterAsyncResource: {
    __proto__: null,
    get() { return require('internal/events/async_resource').EventEmitterAsyncResource; },
    set: undefined,
    enumerable: true,
    configurable: true,
  },
});

EventEmitter.errorMonitor = kErrorMonitor;
Object.defineProperty(EventEmitter, 'defaultMaxListeners', {
  __proto__: null,
  get() { return defaultMaxListeners; },
  set(value) {
    validateNumber(value, 'defaultMaxListeners', 0);
    defaultMaxListeners = value;
  },
  enumerable: true,
});

Object.defineProperties(EventEmitter, {
  kMaxEventTargetListeners: { __proto__: null, value: kMaxEventTargetListeners },
  kMaxEventTargetListenersWarned: { __proto__: null, value: kMaxEventTargetListenersWarned },
});

EventEmitter.setMaxListeners = setMaxListeners;
EventEmitter.init = init;
