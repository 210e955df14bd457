'use strict';
// --trace-promises: where promises are made and settled, on standard error.

const { getCallSites } = internalBinding('util');
const { printError } = internalBinding('process');

const DEEPEST = 32;

const numbers = new WeakMap();
let last = 0;

function numberOf(promise) {
  let number = numbers.get(promise);
  if (number === undefined) numbers.set(promise, number = last++);
  return number;
}

function tell(text) {
  let frames = '';
  for (const { functionName, scriptName, lineNumber, columnNumber } of getCallSites(DEEPEST)) {
    // This file is not part of the story.
    if (scriptName === 'node:internal/process/trace_promises' || scriptName === 'node:internal/promise_hooks') continue;
    const place = `${scriptName}:${lineNumber}:${columnNumber}`;
    frames += `    at ${functionName === '' ? place : `${functionName} (${place})`}\n`;
  }
  printError(`[--trace-promises] ${text}\n${frames}\n`);
}

function start() {
  require('internal/promise_hooks').addPromiseHooks({
    init(promise, parent) {
      const number = numberOf(promise);
      if (parent === undefined) tell(`created promise #${number}`);
      else tell(`promise #${numberOf(parent)} created promise #${number}`);
    },
    settled(promise) {
      tell(`resolved promise #${numberOf(promise)}`);
    },
  });
}

module.exports = { start };
