'use strict';
// --test-randomize: files and tests in an order that the seed alone decides, so that it can be had again.

const MAX_SEED = 2 ** 32 - 1;

// Numbers below 1 that look random (the "mulberry32" generator: a counter whose bits are mixed).
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// A copy of the list in the order that belongs to the seed; without one the list itself.
function shuffled(list, seed) {
  if (seed === undefined) return list;
  const random = generator(seed);
  const copy = list.slice();
  for (let i = copy.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [copy[i], copy[other]] = [copy[other], copy[i]];
  }
  return copy;
}

// The same for `tests` of `parent` whose turn has not come: they take each other's places among its children, where they
// are reported.
function shuffledChildren(parent, tests, seed) {
  if (seed === undefined) return tests;
  const { children } = parent;
  const places = tests.map((test) => children.indexOf(test));
  const order = shuffled(tests, seed);
  order.forEach((test, i) => {
    children[places[i]] = test;
    test.number = places[i] + 1;
  });
  return order;
}

function newSeed() {
  return require('crypto').randomBytes(4).readUInt32LE();
}

// The seed that the command line gives or asks for; undefined for no shuffling.
function seedOfFlags(getOptionValue) {
  const seed = getOptionValue('--test-random-seed');
  if (seed === undefined) return getOptionValue('--test-randomize') ? newSeed() : undefined;
  require('internal/validators').validateInteger(seed, '--test-random-seed', 0, MAX_SEED);
  return seed;
}

module.exports = { MAX_SEED, newSeed, seedOfFlags, shuffled, shuffledChildren };
