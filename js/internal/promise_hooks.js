'use strict';

// V8's promise hooks, shared by async_hooks and v8.promiseHooks. Each kind of
// hook is one function for V8, put together from those that are wanted.

const { setPromiseHooks } = internalBinding('async_context');

const KINDS = ['init', 'before', 'after', 'settled'];
const wanted = { init: [], before: [], after: [], settled: [] };

function combined(list) {
  switch (list.length) {
    case 0: return undefined;
    case 1: return list[0];
    default:
      return (promise, parent) => {
        for (let i = 0; i < list.length; i++) list[i](promise, parent);
      };
  }
}

function update() {
  setPromiseHooks(combined(wanted.init), combined(wanted.before), combined(wanted.after), combined(wanted.settled));
}

// `hooks` is { init(promise, parent), before(promise), after(promise),
// settled(promise) }, all optional. Returns what removes them again.
function addPromiseHooks(hooks) {
  for (const kind of KINDS) {
    // Replaced, not changed: it may be being walked.
    if (hooks[kind] !== undefined) wanted[kind] = [...wanted[kind], hooks[kind]];
  }
  update();
  let stopped = false;
  return function stop() {
    if (stopped) return;
    stopped = true;
    for (const kind of KINDS) {
      if (hooks[kind] !== undefined) wanted[kind] = wanted[kind].filter((hook) => hook !== hooks[kind]);
    }
    update();
  };
}

// --- v8.promiseHooks -----------------------------------------------------------------

// V8 has nobody to give an exception of a hook to: it is uncaught.
function guarded(hook) {
  return (promise, parent) => {
    try {
      hook(promise, parent);
    } catch (error) {
      internalBinding('process').triggerUncaught(error, false);
    }
  };
}

function checked(hooks) {
  const { validatePlainFunction } = require('internal/validators');
  const out = {};
  for (const kind of KINDS) {
    const hook = hooks[kind];
    if (hook === undefined) continue;
    validatePlainFunction(hook, `${kind}Hook`);
    out[kind] = guarded(hook);
  }
  return out;
}

function onlyKind(kind) {
  return (hook) => {
    require('internal/validators').validatePlainFunction(hook, `${kind}Hook`);
    return addPromiseHooks({ [kind]: guarded(hook) });
  };
}

const promiseHooks = Object.freeze({
  createHook(hooks = {}) { return addPromiseHooks(checked(hooks)); },
  onInit: onlyKind('init'),
  onBefore: onlyKind('before'),
  onAfter: onlyKind('after'),
  onSettled: onlyKind('settled'),
});

module.exports = { addPromiseHooks, promiseHooks };
