'use strict';

// One policy, two ways to run it: a walk over the file system is written as a generator that yields native calls as functions of an optional
// callback, `(cb) => binding.stat(path, false, cb)`, and is resumed with their results. Run at once, the functions get no callback and answer
// directly; run asynchronously, they settle a promise.

function runSync(walk) {
  let step = walk.next();
  while (!step.done) {
    let value;
    try {
      value = step.value(undefined);
    } catch (err) {
      step = walk.throw(err);
      continue;
    }
    step = walk.next(value);
  }
  return step.value;
}

async function runAsync(walk) {
  let step = walk.next();
  while (!step.done) {
    const call = step.value;
    let value;
    try {
      value = await new Promise((resolve, reject) => call((err, result) => (err ? reject(err) : resolve(result))));
    } catch (err) {
      step = walk.throw(err);
      continue;
    }
    step = walk.next(value);
  }
  return step.value;
}

module.exports = { runAsync, runSync };
