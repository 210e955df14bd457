'use strict';
// process.env: strings only, as the operating system has them. The main isolate works on the process's environment
// itself; a Worker on a copy, unless it asked to share.

const { envGet, envSet, envDelete, envKeys } = internalBinding('process');

function toText(value) {
  if (typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
  const type = typeof value;
  if (type !== 'string' && type !== 'number' && type !== 'boolean') {
    const { getOptionValue } = require('internal/options');
    if (getOptionValue('--pending-deprecation')) {
      process.emitWarning(
        'Assigning any value other than a string, number, or boolean to a process.env property is deprecated. ' +
        'Please make sure to convert the value to a string before setting process.env with it.',
        'DeprecationWarning', 'DEP0104');
    }
  }
  return `${value}`;
}

const native = { get: envGet, set: envSet, delete: envDelete, keys: envKeys };

function fromMap(map) {
  return {
    get(name) { return map.get(name); },
    set(name, value) { map.set(name, value); },
    delete(name) { map.delete(name); },
    keys() { return [...map.keys()]; },
  };
}

// The exotic object over a store { get, set, delete, keys }.
function createEnv(store) {
  return new Proxy(Object.create(Object.prototype), {
    get(target, name) {
      if (typeof name === 'symbol') return target[name];
      const value = store.get(name);
      return value !== undefined ? value : target[name];
    },
    set(target, name, value) {
      if (typeof name === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
      store.set(name, toText(value));
      return true;
    },
    has(target, name) {
      return typeof name === 'string' && store.get(name) !== undefined;
    },
    deleteProperty(target, name) {
      if (typeof name === 'string') store.delete(name);
      return true;
    },
    ownKeys() {
      return store.keys();
    },
    getOwnPropertyDescriptor(target, name) {
      const value = typeof name === 'string' ? store.get(name) : undefined;
      if (value === undefined) return undefined;
      return { value, writable: true, enumerable: true, configurable: true };
    },
    defineProperty(target, name, descriptor) {
      const { codes: { ERR_INVALID_OBJECT_DEFINE_PROPERTY } } = require('internal/errors');
      if ('value' in descriptor) {
        if (!descriptor.configurable || !descriptor.writable || !descriptor.enumerable) {
          throw new ERR_INVALID_OBJECT_DEFINE_PROPERTY(
            "'process.env' only accepts a configurable, writable, and enumerable data descriptor");
        }
        if (typeof name === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
        store.set(name, toText(descriptor.value));
        return true;
      }
      if ('get' in descriptor || 'set' in descriptor) {
        throw new ERR_INVALID_OBJECT_DEFINE_PROPERTY(
          "'process.env' does not accept an accessor(getter/setter) descriptor");
      }
      throw new ERR_INVALID_OBJECT_DEFINE_PROPERTY(
        "'process.env' only accepts a configurable, writable, and enumerable data descriptor");
    },
  });
}

module.exports = {
  createProcessEnv() { return createEnv(native); },
  createEnvFrom(entries) { return createEnv(fromMap(new Map(Object.entries(entries)))); },
};
