'use strict';

// EventTarget after the DOM standard (section 2.7), and NodeEventTarget, which
// has the usual methods of EventEmitter besides (MessagePort is one).
//
// A target keeps { type: [listener, ...] }, made with the first listener. An
// array that is being walked by a dispatch is not changed but replaced, so a
// dispatch sees the listeners it began with; removed ones are marked, because
// the standard does not call a listener that was removed meanwhile.

const {
  codes: {
    ERR_EVENT_RECURSION,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_THIS,
    ERR_MISSING_ARGS,
  },
} = require('internal/errors');
const {
  kValidateObjectAllowObjects,
  validateAbortSignal,
  validateObject,
  validateString,
} = require('internal/validators');
const {
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
} = require('web/event');

const customInspect = Symbol.for('nodejs.util.inspect.custom');

const kEvents = Symbol('kEvents');
const kHandlers = Symbol('kHandlers');
const { kMaxEventTargetListeners, kMaxEventTargetListenersWarned } = require('events');
// Methods a subclass may have to learn of listeners coming and going:
// [kNewListener](count, type, listener, once, capture, passive, weak) and
// [kRemoveListener](count, type, listener, capture).
const kNewListener = Symbol('kNewListener');
const kRemoveListener = Symbol('kRemoveListener');
// Dispatch of a value that becomes an Event (by [kCreateEvent](value, type))
// only if some listener wants one.
const kHybridDispatch = Symbol.for('nodejs.internal.kHybridDispatch');
const kCreateEvent = Symbol('kCreateEvent');
// Listener options of the runtime. kWeakHandler: an object; the listener lives
// as long as that does, the target does not hold it. kResistStopPropagation:
// called even after stopImmediatePropagation().
const kIsNodeStyleListener = Symbol('kIsNodeStyleListener');
const kWeakHandler = Symbol('kWeak');
const kResistStopPropagation = Symbol('kResistStopPropagation');

class Listener {
  constructor(callback, once, capture, passive, nodeStyle, weak, resist) {
    this.once = once;
    this.capture = capture;
    this.passive = passive;
    this.nodeStyle = nodeStyle;
    this.resist = resist;
    this.removed = false;
    // Not held here either: the keeper's life is what the listener's hangs on.
    this.weak = weak ? new WeakRef(weak) : undefined;
    this.callback = weak ? new WeakRef(callback) : callback;
  }

  get() {
    return this.weak ? this.callback.deref() : this.callback;
  }

  is(callback, capture) {
    return this.capture === capture && (this.weak ? this.callback.deref() : this.callback) === callback;
  }
}
// Assigning a field runs no setter that a program put on Object.prototype.
Object.setPrototypeOf(Listener.prototype, null);

// Weak listeners: who keeps each alive, and the removal of those that died.
let weakKeepers;
let weakRegistry;
function keepAlive(keeper, callback, target, type, listener) {
  if (weakKeepers === undefined) {
    weakKeepers = new WeakMap();
    weakRegistry = new FinalizationRegistry(({ target: ref, type: name, listener: dead }) => {
      const owner = ref.deref();
      if (owner !== undefined) removeFrom(owner, name, dead);
    });
  }
  const kept = weakKeepers.get(keeper);
  if (kept === undefined) weakKeepers.set(keeper, [callback]);
  else kept.push(callback);
  weakRegistry.register(callback, { target: new WeakRef(target), type, listener }, listener);
}

function forgetKept(keeper, callback, listener) {
  weakRegistry.unregister(listener);
  const kept = keeper === undefined ? undefined : weakKeepers.get(keeper);
  const at = kept === undefined ? -1 : kept.indexOf(callback);
  if (at !== -1) kept.splice(at, 1);
}

function isEventTarget(value) {
  return value?.[kEvents] !== undefined;
}

function isNodeEventTarget(value) {
  return isEventTarget(value) && value instanceof NodeEventTarget;
}

function initEventTarget(self) {
  self[kEvents] = null;
  self[kMaxEventTargetListeners] = undefined;
  self[kMaxEventTargetListenersWarned] = false;
}

function listIn(target, type) {
  const map = target[kEvents];
  return map === null ? undefined : map.get(type);
}

// A list to change: the one there is, or its replacement during a dispatch.
function listForChange(target, type, list) {
  if (list.dispatching === 0) return list;
  const copy = list.slice();
  copy.dispatching = 0;
  target[kEvents].set(type, copy);
  return copy;
}

function removeFrom(target, type, listener) {
  const list = listIn(target, type);
  const at = list === undefined ? -1 : list.indexOf(listener);
  if (at === -1) return;
  listener.removed = true;
  const changed = listForChange(target, type, list);
  changed.splice(at, 1);
  if (changed.length === 0) target[kEvents].delete(type);
  const callback = listener.get();
  if (listener.weak && callback !== undefined) forgetKept(listener.weak.deref(), callback, listener);
  target[kRemoveListener](changed.length, type, callback, listener.capture);
}

// The functions listening to `type`, for events.getEventListeners().
function listenersOf(target, type) {
  const list = listIn(target, type);
  if (list === undefined) return [];
  const out = [];
  for (const listener of list) {
    const callback = listener.get();
    if (callback !== undefined) out.push(callback);
  }
  return out;
}

class ListenerOptions {
  constructor(options) {
    this.capture = Boolean(options.capture);
    this.once = Boolean(options.once);
    this.passive = Boolean(options.passive);
    this.signal = options.signal;
    this.nodeStyle = Boolean(options[kIsNodeStyleListener]);
    this.weak = options[kWeakHandler];
    this.resist = options[kResistStopPropagation] ?? false;
  }
}
Object.setPrototypeOf(ListenerOptions.prototype, null);

const noOptions = { capture: false, once: false, passive: false, signal: undefined,
                    nodeStyle: false, weak: undefined, resist: false };
const captureOptions = { ...noOptions, capture: true };

function parseOptions(options) {
  if (options === undefined || options === null || options === false) return noOptions;
  if (options === true) return captureOptions;
  validateObject(options, 'options', kValidateObjectAllowObjects);
  return new ListenerOptions(options);
}

function isListener(listener) {
  if (typeof listener === 'function' || (typeof listener === 'object' && listener !== null)) return true;
  if (listener === undefined || listener === null) return false;
  throw new ERR_INVALID_ARG_TYPE('listener', 'EventListener', listener);
}

class EventTarget {
  // By this, libraries know event targets of other realms in Node.
  static [Symbol.for('nodejs.event_target')] = true;

  constructor() {
    initEventTarget(this);
  }

  // How a subclass hears of listeners; see the symbols above.
  [kNewListener](size, type) {
    if (size < 2) return;
    const max = this[kMaxEventTargetListeners] ?? require('events').defaultMaxListeners;
    if (max > 0 && size > max && !this[kMaxEventTargetListenersWarned]) {
      this[kMaxEventTargetListenersWarned] = true;
      warnOfLeak(this, type, size, max);
    }
  }

  [kRemoveListener]() {}

  addEventListener(type, listener, options = undefined) {
    if (!isEventTarget(this)) throw new ERR_INVALID_THIS('EventTarget');
    if (arguments.length < 2) throw new ERR_MISSING_ARGS('type', 'listener');
    const parsed = parseOptions(options);
    const { signal } = parsed;
    if (signal !== undefined) validateAbortSignal(signal, 'options.signal');

    if (!isListener(listener)) {
      const warning = new Error(`addEventListener called with ${listener} which has no effect.`);
      warning.name = 'AddEventListenerArgumentTypeWarning';
      warning.target = this;
      warning.type = type;
      process.emitWarning(warning);
      return;
    }
    type = `${type}`;

    if (signal !== undefined) {
      if (signal.aborted) return;
      // Weak, with this target as the keeper: a signal that is never aborted
      // does not keep everything alive that ever listened for it.
      signal.addEventListener('abort', () => {
        this.removeEventListener(type, listener, options);
      }, { __proto__: null, once: true, [kWeakHandler]: this, [kResistStopPropagation]: true });
    }
    addListener(this, type, listener, parsed);
  }

  removeEventListener(type, listener, options = undefined) {
    if (!isEventTarget(this)) throw new ERR_INVALID_THIS('EventTarget');
    if (arguments.length < 2) throw new ERR_MISSING_ARGS('type', 'listener');
    if (!isListener(listener)) return;
    type = `${type}`;
    const capture = typeof options === 'boolean' ? options : Boolean(options?.capture);
    const list = listIn(this, type);
    if (list === undefined) return;
    for (let i = 0; i < list.length; i++) {
      if (list[i].is(listener, capture)) {
        removeFrom(this, type, list[i]);
        return;
      }
    }
  }

  dispatchEvent(event) {
    if (!isEventTarget(this)) throw new ERR_INVALID_THIS('EventTarget');
    if (arguments.length < 1) throw new ERR_MISSING_ARGS('event');
    if (!(event instanceof Event)) throw new ERR_INVALID_ARG_TYPE('event', 'Event', event);
    if (event[kState] & DISPATCHING) throw new ERR_EVENT_RECURSION(event[kType]);
    dispatch(this, event, event[kType], event);
    return (event[kState] & CANCELED) === 0;
  }

  [kHybridDispatch](value, type, event) {
    dispatch(this, value, type, event);
    return event === undefined || (event[kState] & CANCELED) === 0;
  }

  [kCreateEvent](value, type) {
    const { codes: { ERR_METHOD_NOT_IMPLEMENTED } } = require('internal/errors');
    throw new ERR_METHOD_NOT_IMPLEMENTED('kCreateEvent');
  }

  [customInspect](depth, options) {
    if (!isEventTarget(this)) throw new ERR_INVALID_THIS('EventTarget');
    const { name } = this.constructor;
    if (depth < 0) return name;
    const inner = { ...options, depth: Number.isInteger(options.depth) ? options.depth - 1 : options.depth };
    return `${name} ${require('internal/util/inspect').inspect({}, inner)}`;
  }
}

function addListener(target, type, callback, options) {
  target[kEvents] ??= new Map();
  let list = target[kEvents].get(type);
  if (list === undefined) {
    list = [];
    list.dispatching = 0;
    target[kEvents].set(type, list);
  } else {
    for (let i = 0; i < list.length; i++) {
      if (list[i].is(callback, options.capture)) return;
    }
    list = listForChange(target, type, list);
  }
  const listener = new Listener(
    callback, options.once, options.capture, options.passive, options.nodeStyle, options.weak, options.resist);
  if (options.weak) keepAlive(options.weak, callback, target, type, listener);
  // Defined, since a program may have given Array.prototype setters of indexes.
  Object.defineProperty(list, list.length, {
    __proto__: null, value: listener, writable: true, enumerable: true, configurable: true,
  });
  target[kNewListener](list.length, type, callback, options.once, options.capture, options.passive, options.weak);
}

// `value` is what listeners of the Node style get; `event` is made out of it
// when another kind of listener comes up and there is none yet.
function dispatch(target, value, type, event) {
  if (event !== undefined) {
    event[kTarget] = target;
    event[kState] |= DISPATCHING;
  }
  const list = listIn(target, type);
  if (list !== undefined) {
    // At the target the capturing listeners run first.
    list.dispatching++;
    let captures = false;
    for (let i = 0; i < list.length; i++) {
      if (list[i].capture) captures = true;
    }
    if (captures) {
      event = callListeners(target, list, value, type, event, true);
      event = callListeners(target, list, value, type, event, false);
    } else {
      event = callListeners(target, list, value, type, event, false);
    }
    list.dispatching--;
  }
  if (event !== undefined) event[kState] &= ~(DISPATCHING | STOPPED | STOPPED_AT_ONCE);
}

function callListeners(target, list, value, type, event, capture) {
  // stopPropagation() of an earlier phase, or before the dispatch, ends it;
  // stopImmediatePropagation() ends the present phase too.
  let mask = STOPPED;
  for (let i = 0; i < list.length; i++) {
    const listener = list[i];
    if (listener.capture !== capture || listener.removed) continue;
    if (event !== undefined && event[kState] & mask && !listener.resist) continue;
    // Listeners of one phase do not stop each other by stopPropagation().
    mask = STOPPED_AT_ONCE;
    const callback = listener.get();
    if (listener.once) removeFrom(target, type, listener);
    if (callback === undefined) continue;

    let argument;
    if (listener.nodeStyle) {
      argument = value;
    } else {
      if (event === undefined) {
        event = target[kCreateEvent](value, type);
        event[kTarget] = target;
        event[kState] |= DISPATCHING;
      }
      argument = event;
    }
    if (listener.passive && event !== undefined) event[kState] |= IN_PASSIVE_LISTENER;
    try {
      let result;
      if (typeof callback === 'function') {
        result = callback.call(target, argument);
      } else {
        const { handleEvent } = callback;
        // Looked up at each call, and allowed not to be there.
        if (handleEvent !== undefined && handleEvent !== null) result = handleEvent.call(callback, argument);
      }
      if (result !== undefined && result !== null) watchResult(result);
    } catch (error) {
      reportUncaught(error);
    }
    if (listener.passive && event !== undefined) event[kState] &= ~IN_PASSIVE_LISTENER;
  }
  return event;
}

// What a listener throws, or its promise rejects with, does not stop the other
// listeners: it becomes an uncaught exception afterwards.
function reportUncaught(error) {
  process.nextTick(() => { throw error; });
}

function watchResult(result) {
  let then;
  try {
    ({ then } = result);
    if (typeof then === 'function') then.call(result, undefined, reportUncaught);
  } catch (error) {
    reportUncaught(error);
  }
}

function warnOfLeak(target, type, count, max) {
  const { inspect } = require('internal/util/inspect');
  const warning = new Error(
    `Possible EventTarget memory leak detected. ${count} ${type} listeners added to ` +
    `${inspect(target, { depth: -1 })}. MaxListeners is ${max}. Use events.setMaxListeners() to increase limit`);
  warning.name = 'MaxListenersExceededWarning';
  warning.target = target;
  warning.type = type;
  warning.count = count;
  process.emitWarning(warning);
}

const enumerable = { __proto__: null, enumerable: true };
for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent']) {
  Object.defineProperty(EventTarget.prototype, name, enumerable);
}
Object.defineProperty(EventTarget.prototype, Symbol.toStringTag, {
  __proto__: null, value: 'EventTarget', writable: false, enumerable: false, configurable: true,
});

// --- NodeEventTarget ------------------------------------------------------------

function check(value) {
  if (!isNodeEventTarget(value)) throw new ERR_INVALID_THIS('NodeEventTarget');
}

class NodeEventTarget extends EventTarget {
  static defaultMaxListeners = 10;

  setMaxListeners(n) {
    check(this);
    require('events').setMaxListeners(n, this);
  }

  getMaxListeners() {
    check(this);
    return this[kMaxEventTargetListeners] ?? require('events').defaultMaxListeners;
  }

  eventNames() {
    check(this);
    return this[kEvents] === null ? [] : Array.from(this[kEvents].keys());
  }

  listenerCount(type) {
    check(this);
    return listIn(this, String(type))?.length ?? 0;
  }

  off(type, listener, options) {
    check(this);
    this.removeEventListener(type, listener, options);
    return this;
  }

  removeListener(type, listener, options) {
    check(this);
    this.removeEventListener(type, listener, options);
    return this;
  }

  on(type, listener) {
    check(this);
    this.addEventListener(type, listener, { __proto__: null, [kIsNodeStyleListener]: true });
    return this;
  }

  addListener(type, listener) {
    check(this);
    this.addEventListener(type, listener, { __proto__: null, [kIsNodeStyleListener]: true });
    return this;
  }

  emit(type, arg) {
    check(this);
    validateString(type, 'type');
    const had = this.listenerCount(type) > 0;
    this[kHybridDispatch](arg, type);
    return had;
  }

  once(type, listener) {
    check(this);
    this.addEventListener(type, listener, { __proto__: null, once: true, [kIsNodeStyleListener]: true });
    return this;
  }

  removeAllListeners(type) {
    check(this);
    if (this[kEvents] === null) return this;
    const types = type === undefined ? Array.from(this[kEvents].keys()) : [String(type)];
    for (const name of types) {
      for (const listener of (listIn(this, name) ?? []).slice()) removeFrom(this, name, listener);
    }
    return this;
  }
}
for (const name of ['setMaxListeners', 'getMaxListeners', 'eventNames', 'listenerCount', 'off', 'removeListener',
                    'on', 'addListener', 'once', 'emit', 'removeAllListeners']) {
  Object.defineProperty(NodeEventTarget.prototype, name, enumerable);
}

// --- on<event> attributes -----------------------------------------------------------

// Gives `emitter` (a prototype) the attribute `on${name}` for events of the
// type `event`. The listener keeps its place among the others when the handler
// is replaced.
function defineEventHandler(emitter, name, event = name) {
  const attribute = `on${name}`;
  const { get, set } = Object.getOwnPropertyDescriptor({
    get [attribute]() {
      return this[kHandlers]?.get(event)?.handler ?? null;
    },
    set [attribute](value) {
      const handler = typeof value === 'function' || (typeof value === 'object' && value !== null) ? value : null;
      this[kHandlers] ??= new Map();
      const existing = this[kHandlers].get(event);
      if (existing === undefined) {
        if (handler === null) return;
        const listener = function(...args) {
          if (typeof listener.handler === 'function') return listener.handler.apply(this, args);
          return undefined;
        };
        listener.handler = handler;
        this[kHandlers].set(event, listener);
        this.addEventListener(event, listener);
        return;
      }
      // A subclass that counts listeners has to see handlers come and go.
      if (existing.handler === null && handler !== null) {
        existing.handler = handler;
        this[kNewListener](listIn(this, event)?.length ?? 0, event, handler, false, false, false);
      } else if (existing.handler !== null && handler === null) {
        existing.handler = null;
        this[kRemoveListener]((listIn(this, event)?.length ?? 1) - 1, event, existing, false);
      } else {
        existing.handler = handler;
      }
    },
  }, attribute);
  Object.defineProperty(emitter, attribute, {
    __proto__: null, get, set, configurable: true, enumerable: true,
  });
}

module.exports = {
  CustomEvent,
  Event,
  EventTarget,
  NodeEventTarget,
  defineEventHandler,
  initEventTarget,
  initNodeEventTarget: initEventTarget,
  isEventTarget,
  kCreateEvent,
  kEvents,
  kHybridDispatch,
  kIsNodeStyleListener,
  kMaxEventTargetListeners,
  kMaxEventTargetListenersWarned,
  kNewListener,
  kRemoveListener,
  kResistStopPropagation,
  kTrustEvent,
  kWeakHandler,
  listenersOf,
};
