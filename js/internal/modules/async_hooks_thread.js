'use strict';

// The thread of the hooks that module.register() names: loads them, runs their chains, answers the loader of the
// thread that started it (internal/modules/async_hooks_client).

const { defaultLoad, defaultResolve, invalidReturn } = require('internal/modules/hooks');

// { resolve, load } of every registered module, the latest last.
const chain = [];

async function register(specifier, parentURL, data) {
  const { importModule } = require('internal/modules/esm_loader');
  const namespace = await importModule(specifier, parentURL);
  const hook = (name) => {
    const value = namespace[name] ?? undefined;
    if (value !== undefined) require('internal/validators').validateFunction(value, name);
    return value;
  };
  const initialize = hook('initialize');
  const entry = { resolve: hook('resolve'), load: hook('load') };
  const result = await initialize?.(data);
  chain.push(entry);
  return result;
}

// Runs the hooks of `kind`, the latest first; `last` is the loader's own step.
function run(kind, subject, context, last) {
  const hooks = chain.map((entry) => entry[kind]).filter((hook) => hook !== undefined);
  const step = async (index, current, currentContext) => {
    if (index < 0) return last(current, currentContext);
    let passedOn = false;
    const next = (nextSubject = current, nextContext = undefined) => {
      passedOn = true;
      return step(index - 1, `${nextSubject}`, { ...currentContext, ...nextContext });
    };
    const result = await hooks[index](current, currentContext, next);
    if (typeof result !== 'object' || result === null) throw invalidReturn(kind, undefined, result);
    if (!passedOn && result.shortCircuit !== true) {
      throw require('internal/modules/hooks').incompleteChain(kind);
    }
    return result;
  };
  return step(hooks.length - 1, subject, context);
}

async function answer({ kind, args }) {
  switch (kind) {
    case 'register':
      return register(...args);
    case 'resolve': {
      const { url, format, importAttributes } = await run('resolve', ...args, defaultResolve);
      if (typeof url !== 'string') throw invalidReturn('resolve', 'url', url);
      return { url, format, importAttributes };
    }
    default: {
      const { format, source } = await run('load', ...args, defaultLoad);
      return { format, source };
    }
  }
}

function flatten(error) {
  if (!require('internal/errors').isErrorLike(error)) return { isError: false, value: error };
  const { code, message, name, stack, url } = error;
  return { isError: true, code, message: `${message}`, name, stack: `${stack}`, url };
}

function start({ answers, port }) {
  port.on('message', async (question) => {
    let reply;
    try {
      reply = { value: await answer(question) };
    } catch (error) {
      reply = { error: flatten(error) };
    }
    try {
      port.postMessage(reply);
    } catch (error) {
      port.postMessage({ error: flatten(error) });
    }
    Atomics.add(answers, 0, 1);
    Atomics.notify(answers, 0);
  });
}

module.exports = { start };
