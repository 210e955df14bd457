'use strict';
// process.hrtime and process.hrtime.bigint, over one native read of the monotonic clock.

const { hrtime: readClock } = internalBinding('process');

const words = new BigUint64Array(1);
const halves = new Uint32Array(words.buffer);
const NANOS = 1e9;

function hrtime(time) {
  readClock(words);
  // Split without BigInt arithmetic: both halves are exact as doubles, and the clock fits 2^53 for decades.
  const total = halves[1] * 0x100000000 + halves[0];
  const seconds = Math.floor(total / NANOS);
  const nanos = total - seconds * NANOS;
  if (time === undefined) return [seconds, nanos];
  const { validateArray } = require('internal/validators');
  validateArray(time, 'time');
  if (time.length !== 2) {
    const { codes: { ERR_OUT_OF_RANGE } } = require('internal/errors');
    throw new ERR_OUT_OF_RANGE('time', 2, time.length);
  }
  const difference = [seconds - time[0], nanos - time[1]];
  if (difference[1] < 0) {
    difference[0]--;
    difference[1] += NANOS;
  }
  return difference;
}

hrtime.bigint = function bigint() {
  readClock(words);
  return words[0];
};

module.exports = { hrtime };
