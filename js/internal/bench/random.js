'use strict';
// Random numbers that a seed determines, so that two runs have the same load: a counter whose bits are mixed.

function randomFrom(seed) {
  let state = seed >>> 0;
  // In [0, 1).
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

module.exports = { randomFrom };
