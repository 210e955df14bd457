'use strict';
// Whether an isolate whose JavaScript was terminated can serve on. Termination runs no `finally`; what it interrupts for ever
// are modules, built-in ones and the user's, that were just being evaluated: whoever wanted them next would get half of one.

const taskCode = require('internal/pool/task_code');
const { isLoading, loaded } = require('internal/realm');
const wrap = internalBinding('module_wrap');

// Evaluations of ES modules that began and did not return.
let evaluating = 0;

// From here on they are counted.
function watchModules() {
  const { evaluate } = wrap;
  wrap.evaluate = function(...args) {
    evaluating++;
    let result;
    try {
      result = Reflect.apply(evaluate, wrap, args);
    } catch (error) {
      evaluating--;
      throw error;
    }
    evaluating--;
    return result;
  };
}

// To be asked where no JavaScript is on the stack, after a termination.
function isSound() {
  loaded('internal/pool/scheduler')?.Scheduler.revive();
  if (evaluating !== 0 || isLoading() || taskCode.isLoading()) return false;
  const cache = loaded('internal/modules/cjs_loader')?.Module?._cache;
  for (const name in cache) {
    if (cache[name]?.loaded === false) return false;
  }
  return true;
}

module.exports = { isSound, watchModules };
