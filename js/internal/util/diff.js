'use strict';
// The shortest edit script between two sequences, by Myers' greedy algorithm
// (An O(ND) Difference Algorithm and Its Variations, 1986). util.diff shows it
// as it is; assertion errors print it.

const kEqual = 0;
const kInsert = 1;
const kDelete = -1;

// With this many steps the trace would need gigabytes.
const maxTrace = 2 ** 27;

// The furthest x on each diagonal k, for every number of edits d: enough to
// walk the path back from the end.
function trace(actual, expected, same) {
  const total = actual.length + expected.length;
  const steps = [];
  const reach = new Int32Array(2 * total + 2);
  let stored = 0;
  for (let d = 0; d <= total; d++) {
    stored += 2 * d + 1;
    if (stored > maxTrace) {
      const { ERR_OUT_OF_RANGE } = require('internal/errors').codes;
      throw new ERR_OUT_OF_RANGE('myersDiff input size', '< 2^31', total);
    }
    steps.push(reach.slice(total - d, total + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && reach[total + k - 1] < reach[total + k + 1]);
      let x = down ? reach[total + k + 1] : reach[total + k - 1] + 1;
      let y = x - k;
      while (x < actual.length && y < expected.length && same(actual[x], expected[y])) {
        x++;
        y++;
      }
      reach[total + k] = x;
      if (x >= actual.length && y >= expected.length) return steps;
    }
  }
  return steps;
}

function strictlySame(a, b) {
  return a === b;
}

// [[operation, item] ...] that leads from `expected` to `actual`, last first:
// kInsert for what only actual has, kDelete for what only expected has.
function myersDiff(actual, expected, same = strictlySame) {
  const steps = trace(actual, expected, same);
  const script = [];
  let x = actual.length;
  let y = expected.length;
  for (let d = steps.length - 1; d >= 0; d--) {
    const reach = steps[d];
    // reach[i] holds diagonal i - d.
    const k = x - y;
    const at = (diagonal) => reach[diagonal + d];
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const previous = down ? k + 1 : k - 1;
    const fromX = d === 0 ? 0 : at(previous);
    const fromY = d === 0 ? 0 : fromX - previous;
    while (x > fromX && y > fromY) {
      x--;
      y--;
      script.push([kEqual, actual[x]]);
    }
    if (d > 0) {
      if (x > fromX) script.push([kInsert, actual[--x]]);
      else script.push([kDelete, expected[--y]]);
    }
  }
  return script;
}

function checkInput(value, name) {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      require('internal/validators').validateString(value[i], `${name}[${i}]`);
    }
  } else if (typeof value !== 'string') {
    const { ERR_INVALID_ARG_TYPE } = require('internal/errors').codes;
    throw new ERR_INVALID_ARG_TYPE(name, 'string', value);
  }
}

function diff(actual, expected) {
  if (actual === expected) return [];
  checkInput(actual, 'actual');
  checkInput(expected, 'expected');
  return myersDiff(actual, expected).reverse();
}

module.exports = { diff, kDelete, kEqual, kInsert, myersDiff };
