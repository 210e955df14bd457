'use strict';

// libuv's error numbers by name, from the native table: `uvCode('EPIPE')` is -32 on Linux. The table is read once,
// when the first number is asked for; nothing happens at load.

let numbers;

function uvCode(name) {
  if (numbers === undefined) {
    numbers = new Map();
    for (const { 0: number, 1: entry } of require('internal/util').lazyErrorMap()) numbers.set(entry[0], number);
  }
  return numbers.get(name);
}

module.exports = { uvCode };
