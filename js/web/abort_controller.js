'use strict';

// AbortController and AbortSignal, after the DOM standard (section 3), and the
// functions util offers around them.
//
// Who keeps whom alive: a signal made by any() holds its sources, a source
// holds such signals weakly - and strongly as long as somebody listens to them.
// A timeout's timer holds its signal weakly, and strongly once somebody listens
// to it or to a signal made of it. So what nobody could notice is collected.

const {
  codes: {
    ERR_ILLEGAL_CONSTRUCTOR,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_THIS,
  },
} = require('internal/errors');
const {
  kValidateObjectAllowObjects,
  validateAbortSignal,
  validateObject,
  validateUint32,
} = require('internal/validators');
const {
  Event,
  EventTarget,
  defineEventHandler,
  kEvents,
  kMaxEventTargetListeners,
  kNewListener,
  kRemoveListener,
  kResistStopPropagation,
  kTrustEvent,
  kWeakHandler,
} = require('web/event_target');

const customInspect = Symbol.for('nodejs.util.inspect.custom');

const kAborted = Symbol('kAborted');
const kReason = Symbol('kReason');
// Of a signal made by any(): the signals it follows.
const kSourceSignals = Symbol('kSourceSignals');
// Of a source: WeakRefs of the signals that follow it, and those listened to.
const kDependantSignals = Symbol('kDependantSignals');
const kHeldSignals = Symbol('kHeldSignals');
// Of a signal made by timeout(): what its timer knows.
const kTimeout = Symbol('kTimeout');
const kCreate = Symbol('kCreate');

function makeAbortError() {
  const { DOMException } = require('web/dom_exception');
  return new DOMException('This operation was aborted', 'AbortError');
}

function checkSignal(signal) {
  if (signal?.[kAborted] === undefined) throw new ERR_INVALID_THIS('AbortSignal');
}

function inspectAs(self, properties, depth, options) {
  const { name } = self.constructor;
  // The object itself: shown as any other, as in Node.
  if (depth < 0) return self;
  const inner = { ...options, depth: options.depth == null ? null : options.depth - 1 };
  return `${name} ${require('internal/util/inspect').inspect(properties, inner)}`;
}

let dependantsRegistry;
let timersRegistry;

class AbortSignal extends EventTarget {
  constructor(secret = undefined) {
    if (secret !== kCreate) throw new ERR_ILLEGAL_CONSTRUCTOR();
    super();
    this[kMaxEventTargetListeners] = 0;
    this[kAborted] = false;
    this[kReason] = undefined;
    this[kDependantSignals] = undefined;
  }

  get aborted() {
    checkSignal(this);
    return this[kAborted];
  }

  get reason() {
    checkSignal(this);
    return this[kReason];
  }

  throwIfAborted() {
    checkSignal(this);
    if (this[kAborted]) throw this[kReason];
  }

  static abort(reason = makeAbortError()) {
    const signal = new AbortSignal(kCreate);
    signal[kAborted] = true;
    signal[kReason] = reason;
    return signal;
  }

  static timeout(delay) {
    validateUint32(delay, 'delay', false);
    const signal = new AbortSignal(kCreate);
    const state = { weak: new WeakRef(signal), strong: undefined };
    signal[kTimeout] = state;
    const { setTimeout, clearTimeout } = require('timers');
    const timer = setTimeout(onTimeout, delay, state);
    timer.unref();
    timersRegistry ??= new FinalizationRegistry(clearTimeout);
    timersRegistry.register(signal, timer);
    return signal;
  }

  static any(signals) {
    const list = signalsOf(signals);
    const result = new AbortSignal(kCreate);
    for (const signal of list) {
      if (signal.aborted) {
        result[kAborted] = true;
        result[kReason] = signal.reason;
        return result;
      }
    }
    const sources = new Set();
    for (const signal of list) {
      // Links are never deeper than one: a made signal stands for its sources.
      if (signal[kSourceSignals] === undefined) sources.add(signal);
      else for (const source of signal[kSourceSignals]) sources.add(source);
    }
    result[kSourceSignals] = sources;
    follow(result, sources);
    return result;
  }

  [kNewListener](size, type, listener, once, capture, passive, weak) {
    super[kNewListener](size, type, listener, once, capture, passive, weak);
    if (type === 'abort' && !this[kAborted] && !weak) hold(this);
  }

  [kRemoveListener](size, type) {
    if (type === 'abort' && size === 0) release(this);
  }

  [customInspect](depth, options) {
    return inspectAs(this, { aborted: this.aborted }, depth, options);
  }
}

// Web IDL's conversion to a sequence of signals, with its messages.
function signalsOf(value) {
  const fail = (message) => {
    const error = new TypeError(message);
    error.code = 'ERR_INVALID_ARG_TYPE';
    return error;
  };
  if (value === null || (typeof value !== 'object' && typeof value !== 'function') ||
      typeof value[Symbol.iterator] !== 'function') {
    throw fail('signals cannot be converted to sequence.');
  }
  const list = Array.from(value);
  for (let i = 0; i < list.length; i++) {
    if (!(list[i] instanceof AbortSignal)) throw fail(`signals[${i}] is not of type AbortSignal.`);
  }
  return list;
}

function follow(signal, sources) {
  dependantsRegistry ??= new FinalizationRegistry(({ weak, sources: refs }) => {
    for (const ref of refs) ref.deref()?.[kDependantSignals]?.delete(weak);
  });
  const weak = new WeakRef(signal);
  const refs = [];
  for (const source of sources) {
    source[kDependantSignals] ??= new Set();
    source[kDependantSignals].add(weak);
    refs.push(new WeakRef(source));
  }
  dependantsRegistry.register(signal, { weak, sources: refs });
}

// Somebody listens to `signal`: whatever may abort it keeps it alive now.
function hold(signal) {
  if (signal[kTimeout] !== undefined) signal[kTimeout].strong = signal;
  if (signal[kSourceSignals] === undefined) return;
  for (const source of signal[kSourceSignals]) {
    source[kHeldSignals] ??= new Set();
    source[kHeldSignals].add(signal);
    if (source[kTimeout] !== undefined) source[kTimeout].strong = source;
  }
}

function isHeld(signal) {
  return (signal[kEvents] !== null && signal[kEvents].has('abort')) || signal[kHeldSignals]?.size > 0;
}

function release(signal) {
  if (signal[kTimeout] !== undefined && !isHeld(signal)) signal[kTimeout].strong = undefined;
  if (signal[kSourceSignals] === undefined) return;
  for (const source of signal[kSourceSignals]) {
    source[kHeldSignals]?.delete(signal);
    if (source[kTimeout] !== undefined && !isHeld(source)) source[kTimeout].strong = undefined;
  }
}

function onTimeout(state) {
  const signal = state.weak.deref();
  if (signal === undefined) return;
  const { DOMException } = require('web/dom_exception');
  abortSignal(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
}

function abortSignal(signal, reason) {
  if (signal[kAborted]) return;
  signal[kAborted] = true;
  signal[kReason] = reason;
  // All are aborted before the first listener runs.
  let following;
  const dependants = signal[kDependantSignals];
  if (dependants !== undefined && dependants.size > 0) {
    following = [];
    for (const weak of dependants) {
      const dependant = weak.deref();
      if (dependant === undefined || dependant[kAborted]) continue;
      dependant[kAborted] = true;
      dependant[kReason] = reason;
      following.push(dependant);
    }
    dependants.clear();
  }
  runAbortSteps(signal);
  if (following !== undefined) {
    for (const dependant of following) runAbortSteps(dependant);
  }
}

function runAbortSteps(signal) {
  if (signal[kEvents] !== null) {
    signal.dispatchEvent(new Event('abort', { [kTrustEvent]: true }));
  }
  release(signal);
  if (signal[kSourceSignals] !== undefined) signal[kSourceSignals] = new Set();
}

function defineClass(Class, names) {
  for (const name of names) Object.defineProperty(Class.prototype, name, { __proto__: null, enumerable: true });
  Object.defineProperty(Class.prototype, Symbol.toStringTag, {
    __proto__: null, value: Class.name, writable: false, enumerable: false, configurable: true,
  });
}

// The other two are not enumerable in Node either.
defineClass(AbortSignal, ['aborted']);
defineEventHandler(AbortSignal.prototype, 'abort');

class AbortController {
  #signal;

  // Made when first wanted: many controllers are passed on but never asked.
  get signal() {
    if (!(#signal in this)) throw new ERR_INVALID_THIS('AbortController');
    this.#signal ??= new AbortSignal(kCreate);
    return this.#signal;
  }

  abort(reason = makeAbortError()) {
    if (!(#signal in this)) throw new ERR_INVALID_THIS('AbortController');
    this.#signal ??= new AbortSignal(kCreate);
    abortSignal(this.#signal, reason);
  }

  [customInspect](depth, options) {
    return inspectAs(this, { signal: this.signal }, depth, options);
  }
}
defineClass(AbortController, ['signal', 'abort']);

// util.aborted(): a promise that is resolved when `signal` aborts, as long as
// `resource` is alive.
async function aborted(signal, resource) {
  if (signal === undefined) throw new ERR_INVALID_ARG_TYPE('signal', 'AbortSignal', signal);
  validateAbortSignal(signal, 'signal');
  validateObject(resource, 'resource', kValidateObjectAllowObjects);
  if (signal.aborted) return undefined;
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), {
      __proto__: null, [kWeakHandler]: resource, once: true, [kResistStopPropagation]: true,
    });
  });
}

// util.transferableAbortSignal()
function transferableAbortSignal(signal) {
  if (signal?.[kAborted] === undefined) throw new ERR_INVALID_ARG_TYPE('signal', 'AbortSignal', signal);
  require('internal/abort_transfer').makeTransferable(signal);
  return signal;
}

// util.transferableAbortController()
function transferableAbortController() {
  const controller = new AbortController();
  require('internal/abort_transfer').makeTransferable(controller.signal);
  return controller;
}

function createAbortSignal() {
  return new AbortSignal(kCreate);
}

module.exports = {
  AbortController,
  AbortSignal,
  aborted,
  abortSignal,
  createAbortSignal,
  transferableAbortController,
  transferableAbortSignal,
};
