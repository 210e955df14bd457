'use strict';

// node:domain - error handling by groups of operations (deprecated, but used).
//
// The stack of entered domains is part of the async context: whatever carries
// that (timers, ticks, promises, native callbacks) carries the domains with it.
// An exception nobody caught is offered to the innermost domain of the context
// in which it was thrown.

const EventEmitter = require('events');
const {
  codes: { ERR_DOMAIN_CALLBACK_NOT_AVAILABLE, ERR_INVALID_ARG_TYPE, ERR_UNHANDLED_ERROR },
} = require('internal/errors');
const { current, enter, indexOf, withValue, without } = require('internal/async_context');
const { executionAsyncId } = require('internal/async_ids');
const execution = require('internal/process/execution');

if (execution.hasUncaughtExceptionCaptureCallback()) throw new ERR_DOMAIN_CALLBACK_NOT_AVAILABLE();

const ENTERED = {};

// What the frame has for ENTERED: a domain, what was entered before it, and the
// operation that was running then. An operation that was started inside several
// domains belongs to the innermost alone, so a node of another operation ends
// the stack.
class Node {
  constructor(domain, outer) {
    this.domain = domain;
    this.outer = outer;
    this.asyncId = executionAsyncId();
  }
}

function getTop() {
  const frame = current();
  const at = frame === undefined ? -1 : indexOf(frame, ENTERED);
  return at === -1 ? undefined : frame[at + 1];
}

// The entered domains, innermost last.
function getStack() {
  const stack = [];
  const id = executionAsyncId();
  for (let node = getTop(); node !== undefined; node = node.outer) {
    stack.push(node.domain);
    if (node.asyncId !== id) break;
  }
  return stack.reverse();
}

function setStack(stack) {
  let node;
  for (const domain of stack) node = new Node(domain, node);
  enter(node === undefined ? without(current(), ENTERED) : withValue(current(), ENTERED, node));
}

function getActive() {
  return getTop()?.domain;
}

function tag(error, properties) {
  if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return;
  for (const key of Object.keys(properties)) {
    Object.defineProperty(error, key, {
      __proto__: null, configurable: true, enumerable: key !== 'domain', value: properties[key], writable: true,
    });
  }
}

class Domain extends EventEmitter {
  constructor() {
    super();
    this.members = [];
  }

  // Errors of `emitter` go to this domain from now on.
  add(emitter) {
    if (emitter.domain === this) return;
    if (emitter.domain) emitter.domain.remove(emitter);
    // Domains in each other would pass an error round for ever.
    if (this.domain && emitter instanceof Domain) {
      for (let each = this.domain; each; each = each.domain) {
        if (emitter === each) return;
      }
    }
    Object.defineProperty(emitter, 'domain', {
      __proto__: null, configurable: true, enumerable: false, value: this, writable: true,
    });
    this.members.push(emitter);
  }

  remove(emitter) {
    emitter.domain = null;
    const at = this.members.indexOf(emitter);
    if (at !== -1) this.members.splice(at, 1);
  }

  enter() {
    enter(withValue(current(), ENTERED, new Node(this, getTop())));
  }

  // Leaves this domain and those entered after it.
  exit() {
    const stack = getStack();
    const at = stack.lastIndexOf(this);
    if (at !== -1) setStack(stack.slice(0, at));
  }

  // What `fn` throws leaves the domain entered: that is how it is found.
  run(fn, ...args) {
    this.enter();
    const result = Reflect.apply(fn, this, args);
    this.exit();
    return result;
  }

  bind(callback) {
    const self = this;
    function runBound(...args) {
      self.enter();
      const result = Reflect.apply(callback, this, args);
      self.exit();
      return result;
    }
    Object.defineProperty(runBound, 'domain', {
      __proto__: null, configurable: true, enumerable: false, value: this, writable: true,
    });
    return runBound;
  }

  // As bind(), for callbacks whose first argument is an error: it goes to the
  // domain and the callback gets the rest.
  intercept(callback) {
    const self = this;
    return function runIntercepted(error, ...args) {
      if (error instanceof Error) {
        tag(error, { domainBound: callback, domainThrown: false, domain: self });
        self.emit('error', error);
        return undefined;
      }
      self.enter();
      const result = Reflect.apply(callback, this, args);
      self.exit();
      return result;
    };
  }

  // Offers an exception to this domain and then to those around it. Whether one
  // of them took it.
  _errorHandler(error) {
    tag(error, { domain: this, domainThrown: true });
    let stack = getStack();
    // It may have been entered several times over.
    while (stack.length > 0 && stack[stack.length - 1] === this) stack = stack.slice(0, -1);
    setStack(stack);
    if (stack.length === 0) {
      // Nobody is left to take what the handler throws: it is uncaught.
      if (this.listenerCount('error') === 0) return false;
      return this.emit('error', error);
    }
    let taken;
    try {
      taken = this.emit('error', error);
    } catch (thrown) {
      return getActive()._errorHandler(thrown);
    }
    setStack([]);
    return taken;
  }
}

execution.setDomainHandler((error) => {
  const stack = getStack();
  // Without a handler anywhere the exception takes the usual course.
  if (stack.every((domain) => domain.listenerCount('error') === 0)) return false;
  getActive()._errorHandler(error);
  return true;
});

// --- emitters belong to the domain they are made in ---------------------------------

const { emit: plainEmit, init: plainInit } = { emit: EventEmitter.prototype.emit, init: EventEmitter.init };

EventEmitter.usingDomains = true;

EventEmitter.init = function(options) {
  Object.defineProperty(this, 'domain', {
    __proto__: null, configurable: true, enumerable: false, value: null, writable: true,
  });
  const active = getActive();
  if (active && !(this instanceof Domain)) this.domain = active;
  return Reflect.apply(plainInit, this, [options]);
};

EventEmitter.prototype.emit = function emit(type, ...args) {
  const { domain } = this;
  if (domain === null || domain === undefined || this === process ||
      (type === 'error' && this.listenerCount(type) > 0)) {
    return Reflect.apply(plainEmit, this, [type, ...args]);
  }
  if (type === 'error') {
    const error = args[0] ? args[0] : new ERR_UNHANDLED_ERROR(args[0]);
    if (typeof error === 'object') {
      tag(error, { domainEmitter: this, domainThrown: false, domain });
    }
    // The handler runs outside of the domain, so that what it throws does not
    // come back to it.
    const before = getStack();
    let outer = before;
    while (outer.length > 0 && outer[outer.length - 1] === getActive()) outer = outer.slice(0, -1);
    setStack(outer);
    domain.emit('error', error);
    setStack(before);
    return false;
  }
  domain.enter();
  const result = Reflect.apply(plainEmit, this, [type, ...args]);
  domain.exit();
  return result;
};

Object.defineProperty(process, 'domain', {
  __proto__: null,
  configurable: true,
  enumerable: true,
  get: getActive,
  set(domain) {
    if (domain === null || domain === undefined) setStack(getStack().slice(0, -1));
    else if (domain instanceof Domain) setStack([...getStack().slice(0, -1), domain]);
    else throw new ERR_INVALID_ARG_TYPE('process.domain', 'Domain', domain);
  },
});

function createDomain() {
  return new Domain();
}

module.exports = { Domain, create: createDomain, createDomain };

Object.defineProperties(module.exports, {
  active: { __proto__: null, enumerable: true, get: getActive },
  _stack: { __proto__: null, enumerable: true, get: getStack },
});
