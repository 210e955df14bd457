'use strict';

// Exports that load something when they are first looked at. They are data properties from the start, so that programs
// and test doubles that replace functions by their descriptors find what is there in Node.

const { lazyProperty } = internalBinding('realm');

// As V8 numbers attributes of a property.
const READ_ONLY = 1;
const DONT_ENUM = 2;

// The names of each object that nobody has looked at yet.
const unread = new WeakMap();

function defineLazyValue(target, name, make, enumerable = true, writable = true) {
  let names = unread.get(target);
  if (names === undefined) unread.set(target, names = new Set());
  names.add(name);
  lazyProperty(target, name, () => {
    names.delete(name);
    return make();
  }, (enumerable ? 0 : DONT_ENUM) | (writable ? 0 : READ_ONLY));
}

function isUnread(target, name) {
  return unread.get(target)?.has(name) === true;
}

module.exports = { defineLazyValue, isUnread };
