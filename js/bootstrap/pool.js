'use strict';
// The isolate of a thread of the pool. `runJob` runs one job (src/workers/pooled_isolate.rs): its tasks one after the
// other, without a turn of the loop between them unless one returns a promise; results go back in as few parts as
// possible.

require('bootstrap/node');

const execution = require('internal/process/execution');
require('internal/worker/messaging');
const { thread } = require('internal/worker/thread');
const { FUNCTION, SLICE, VALUE, ERROR, VALUES } = require('internal/pool/protocol');
const native = internalBinding('pool');

thread.isMainThread = false;

// What each code became: a function of (task) or of (item, index), or the promise of one where a module is loading.
const codes = new Map();

// The job that is under way; a part that comes from an older one, cancelled while it awaited something, is dropped.
let serial = 0;

// An error nobody caught belongs to the job that runs, if one does.
let position = 0;
execution.setThreadHooks({
  // Termination takes effect where JavaScript next looks for interrupts; nothing of the user's may run until then.
  leave() {
    native.exit();
    for (;;);
  },
  reportFatal(error) { settleError(position, error); },
});

// Code for a function: the names it captures, a newline, its text.
function compileFunction(source) {
  const newline = source.indexOf('\n');
  const names = source.slice(0, newline);
  const text = source.slice(newline + 1);
  const indirect = eval;
  let factory;
  try {
    factory = indirect(`(function(${names}) { return (${text}\n); })`);
  } catch (error) {
    // A method, whose text is no expression by itself.
    try {
      factory = indirect(`(function(${names}) { const o = { ${text}\n }; return Object.values(o)[0]; })`);
    } catch {
      throw error;
    }
  }
  return names === '' ? { call: factory(), factory: undefined } : { call: undefined, factory };
}

async function loadModule(href, name) {
  const { importModule } = require('internal/modules/esm_loader');
  const namespace = await importModule(href, undefined);
  let exported = namespace[name];
  if (exported === undefined && namespace.default !== null && namespace.default !== undefined) {
    exported = namespace.default[name];
  }
  // A CommonJS module compiled from ES modules has its default one level deeper.
  if (typeof exported !== 'function' && typeof exported?.default === 'function') exported = exported.default;
  if (typeof exported !== 'function') {
    const error = new TypeError(`The module ${href} has no exported function '${name}'`);
    error.code = 'ERR_POOL_NO_SUCH_EXPORT';
    throw error;
  }
  return { call: exported, factory: undefined, module: true };
}

function settleValue(start, value) {
  try {
    native.settle(VALUE, start, value);
  } catch (error) {
    settleError(start, error);
  }
}

function settleError(start, error) {
  try {
    native.settle(ERROR, start, error);
  } catch {
    const text = require('internal/util/inspect').inspect(error);
    native.settle(ERROR, start, new Error(`The task threw something that cannot be cloned: ${text}`));
  }
}

function settleValues(start, values) {
  if (values.length === 0) return;
  if (values.length === 1) {
    settleValue(start, values[0]);
    return;
  }
  try {
    native.settle(VALUES, start, values);
  } catch {
    // One that cannot be cloned must not spoil the others.
    for (let i = 0; i < values.length; i++) settleValue(start + i, values[i]);
  }
}

function isPromise(value) {
  return value !== null && typeof value === 'object' && typeof value.then === 'function';
}

// What calls the code for task `index` of the payload.
function callerOf(code, form, payload) {
  if (form === SLICE) {
    const [items, first, captured] = payload;
    const fn = code.factory === undefined ? code.call : code.factory(...captured);
    return { size: items.length, call: (index) => fn(items[index], first + index) };
  }
  if (code.module) {
    const { call } = code;
    return { size: payload.length, call: (index) => call(payload[index]) };
  }
  return {
    size: payload.length,
    call(index) {
      const [args, captured] = payload[index];
      const fn = code.factory === undefined ? code.call : code.factory(...captured);
      return fn(...args);
    },
  };
}

// Runs tasks from `index` on until all are done, or one gives a promise: then goes on when that is settled.
function runTasks(caller, index, mine) {
  let values = [];
  let start = index;
  while (index < caller.size) {
    position = index;
    let value;
    try {
      value = caller.call(index);
    } catch (error) {
      settleValues(start, values);
      settleError(index, error);
      values = [];
      start = ++index;
      continue;
    }
    if (isPromise(value)) {
      settleValues(start, values);
      const at = index;
      const next = (settle, outcome) => {
        if (mine !== serial) return;
        settle(at, outcome);
        runTasks(caller, at + 1, mine);
      };
      Promise.resolve(value).then((result) => next(settleValue, result), (error) => next(settleError, error));
      return;
    }
    values.push(value);
    index++;
  }
  settleValues(start, values);
  native.done();
}

function failAll(payload, form, error) {
  const size = form === SLICE ? 1 : payload?.length ?? 1;
  for (let i = 0; i < size; i++) settleError(i, error);
  native.done();
}

function begin(code, form, payload, mine) {
  let caller;
  try {
    caller = callerOf(code, form, payload);
  } catch (error) {
    failAll(payload, form, error);
    return;
  }
  runTasks(caller, 0, mine);
}

// `source` and `name` come only with the first job of a code. `failure` says why the payload could not be read.
function runJob(id, kind, source, name, form, payload, failure) {
  const mine = ++serial;
  position = 0;
  let code = codes.get(id);
  if (code === undefined) {
    try {
      code = kind === FUNCTION ? compileFunction(source) : loadModule(source, name);
    } catch (error) {
      code = { failed: error };
    }
    codes.set(id, code);
  }
  if (failure !== undefined) {
    failAll(payload, form, failure);
  } else if (code instanceof Promise) {
    code.then((loaded) => {
      codes.set(id, loaded);
      if (mine === serial) begin(loaded, form, payload, mine);
    }, (error) => {
      codes.set(id, { failed: error });
      if (mine === serial) failAll(payload, form, error);
    });
  } else if (code.failed !== undefined) {
    failAll(payload, form, code.failed);
  } else {
    begin(code, form, payload, mine);
  }
}

module.exports = { runJob };
