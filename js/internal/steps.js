'use strict';

// One policy, two ways to run it: what is done to files or with compression is written as a generator that yields calls as functions of an
// optional callback, `(cb) => binding.stat(path, false, cb)`, and is resumed with their results. Run at once, the functions get no callback and
// answer directly; run asynchronously, they settle a promise.

function runSync(steps) {
  let step = steps.next();
  while (!step.done) {
    let value;
    try {
      value = step.value(undefined);
    } catch (err) {
      step = steps.throw(err);
      continue;
    }
    step = steps.next(value);
  }
  return step.value;
}

async function runAsync(steps) {
  let step = steps.next();
  while (!step.done) {
    const call = step.value;
    let value;
    try {
      value = await new Promise((resolve, reject) => call((err, result) => (err ? reject(err) : resolve(result))));
    } catch (err) {
      step = steps.throw(err);
      continue;
    }
    step = steps.next(value);
  }
  return step.value;
}

// A method of a module that has both forms: `name` with a callback, and `nameSync`.
function call(module, name, ...args) {
  return (cb) => (cb === undefined ? module[`${name}Sync`](...args) : module[name](...args, cb));
}

module.exports = { call, runAsync, runSync };
