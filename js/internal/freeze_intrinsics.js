'use strict';

// --frozen-intrinsics: JavaScript's own objects, and console, cannot be changed. Programs that assign to an object of
// their own a name that its prototype has (`o.toString = ...`) go on working, although a frozen prototype would forbid
// it: what prototypes have becomes accessors, whose setters define the property on the object itself.

const { defineProperty, freeze, getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { ownKeys } = Reflect;

// Objects that literals and syntax give, which no global names.
function hiddenIntrinsics() {
  const arrayIterator = getPrototypeOf([][Symbol.iterator]());
  const asyncGenerator = getPrototypeOf(async function* () {});
  return [
    arrayIterator, getPrototypeOf(arrayIterator), getPrototypeOf(new Map()[Symbol.iterator]()),
    getPrototypeOf(new Set()[Symbol.iterator]()), getPrototypeOf(''[Symbol.iterator]()),
    getPrototypeOf(/x/[Symbol.matchAll]('')), getPrototypeOf(Uint8Array), getPrototypeOf(function* () {}),
    getPrototypeOf(async () => {}), asyncGenerator,
  ];
}

function namesOfJavaScript() {
  return ownKeys(require('vm').runInNewContext('globalThis')).concat(
    require('vm').runInNewContext('Object.getOwnPropertyNames(globalThis)'));
}

function shown(object) {
  try {
    return String(object);
  } catch {
    return Object.prototype.toString.call(object);
  }
}

// Lets objects below `prototype` have `key` of their own by assignment.
function makeOverridable(prototype, key, descriptor) {
  const { value } = descriptor;
  defineProperty(prototype, key, {
    __proto__: null,
    configurable: false,
    enumerable: descriptor.enumerable,
    get: function get() { return value; },
    set: function set(replacement) {
      if (this === prototype) {
        throw new TypeError(`Cannot assign to read only property '${String(key)}' of object '${shown(prototype)}'`);
      }
      const own = getOwnPropertyDescriptor(this, key);
      if (own !== undefined && 'value' in own) {
        this[key] = replacement;
        return;
      }
      defineProperty(this, key, {
        __proto__: null, configurable: true, enumerable: true, value: replacement, writable: true,
      });
    },
  });
}

function freezeIntrinsics() {
  // Spelled as Node spells it.
  require('internal/util').emitExperimentalWarning('Frozen intristics');
  const names = new Set(namesOfJavaScript());
  const roots = hiddenIntrinsics();
  for (const name of names) {
    const value = globalThis[name];
    if (name !== 'globalThis') roots.push(value);
  }
  // Loaded first: what a getter makes later could not be kept.
  roots.push(globalThis.console);
  const seen = new Set([globalThis]);
  const reached = [];
  const queue = roots.filter((value) => value !== null && (typeof value === 'object' || typeof value === 'function'));
  const add = (value) => {
    if (value !== null && (typeof value === 'object' || typeof value === 'function') && !seen.has(value)) {
      seen.add(value);
      queue.push(value);
    }
  };
  queue.forEach((value) => seen.add(value));
  while (queue.length > 0) {
    const object = queue.pop();
    reached.push(object);
    // The console's streams belong to the process.
    if (object === globalThis.console) continue;
    add(getPrototypeOf(object));
    for (const key of ownKeys(object)) {
      const descriptor = getOwnPropertyDescriptor(object, key);
      if ('value' in descriptor) {
        add(descriptor.value);
      } else {
        add(descriptor.get);
        add(descriptor.set);
      }
    }
  }
  const prototypes = new Set(reached.map((object) => {
    const { value } = typeof object === 'function' ? getOwnPropertyDescriptor(object, 'prototype') ?? {} : {};
    return value;
  }));
  hiddenIntrinsics().forEach((object) => prototypes.add(object));
  for (const prototype of prototypes) {
    if (prototype === undefined || !seen.has(prototype)) continue;
    for (const key of ownKeys(prototype)) {
      const descriptor = getOwnPropertyDescriptor(prototype, key);
      if (descriptor.configurable && 'value' in descriptor) makeOverridable(prototype, key, descriptor);
    }
  }
  reached.forEach((object) => freeze(object));
  for (const name of names) {
    const descriptor = getOwnPropertyDescriptor(globalThis, name);
    if (descriptor?.configurable) defineProperty(globalThis, name, { __proto__: null, configurable: false, writable: false });
  }
  defineProperty(globalThis, 'globalThis', {
    __proto__: null, configurable: false, writable: false, enumerable: false, value: globalThis,
  });
}

module.exports = { freezeIntrinsics };
