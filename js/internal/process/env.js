'use strict';
// process.env: strings only, as the operating system has them; the object itself is native (src/ops/process_env.rs).
// The main isolate works on the process's environment; a Worker on a copy, unless it asked to share its parent's.

const { createEnv, envStore, setWarn } = internalBinding('process_env');

function create(entries, store) {
  if (require('internal/options').getOptionValue('--pending-deprecation')) setWarn(warnOfConversion);
  return createEnv(entries, store);
}

function warnOfConversion() {
  process.emitWarning(
    'Assigning any value other than a string, number, or boolean to a process.env property is deprecated. ' +
    'Please make sure to convert the value to a string before setting process.env with it.',
    'DeprecationWarning', 'DEP0104');
}

module.exports = {
  createProcessEnv() { return create(undefined, 0); },
  // An environment of its own with the properties of an object of strings.
  createEnvFrom(values) { return create(Object.entries(values).flat(), 0); },
  // One of its own with what this isolate's has now.
  createEnvCopy() { return create(null, 0); },
  // The environment another isolate told the number of (sharedEnvNumber).
  createSharedEnv(number) { return create(undefined, number); },
  // The number under which a Worker that shares this isolate's environment finds it.
  sharedEnvNumber: envStore,
  // What structured clone makes of process.env: the plain object it was given.
  get Copy() {
    const { kDeserialize } = require('internal/worker/js_transferable');
    class Copy {
      static [kDeserialize](values) { return values; }
    }
    return Copy;
  },
};
