'use strict';

// The current async context: a frame that maps AsyncLocalStorage instances to
// their stores. V8 carries it over promise reactions (as its "continuation
// preserved embedder data"); ticks, timers and native callbacks carry it
// themselves.
//
// A frame is an array [key, value, key, value, ...] that is never changed, or
// undefined when there is nothing in it. Few storages are in use at a time, so
// a linear search beats a Map, and a new frame is one small copy.

// While a program runs these are V8's own builtins, which get inlined.
const { get: current, set: enter } = internalBinding('async_context');

function indexOf(frame, key) {
  for (let i = 0; i < frame.length; i += 2) {
    if (frame[i] === key) return i;
  }
  return -1;
}

// The frame that has `value` for `key` and is like `frame` otherwise.
function withValue(frame, key, value) {
  if (frame === undefined) return [key, value];
  const copy = frame.slice();
  const at = indexOf(frame, key);
  if (at === -1) copy.push(key, value);
  else copy[at + 1] = value;
  return copy;
}

// The frame without `key`.
function without(frame, key) {
  const at = frame === undefined ? -1 : indexOf(frame, key);
  if (at === -1) return frame;
  if (frame.length === 2) return undefined;
  const copy = frame.slice();
  copy.splice(at, 2);
  return copy;
}

module.exports = { current, enter, indexOf, withValue, without };
