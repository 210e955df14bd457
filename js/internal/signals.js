'use strict';

// Signal names and numbers of this system, from the native table (src/ops/signals.rs), read when first asked for.

let numbers;

// { SIGHUP: 1, ... }
function signalNumbers() {
  if (numbers === undefined) {
    numbers = { __proto__: null };
    const list = internalBinding('signals').numbers();
    for (let i = 0; i < list.length; i += 2) numbers[list[i]] = list[i + 1];
  }
  return numbers;
}

// The first name of a number (SIGABRT, not SIGIOT).
function signalName(number) {
  const known = signalNumbers();
  for (const name in known) if (known[name] === number) return name;
  return undefined;
}

module.exports = { signalName, signalNumbers };
