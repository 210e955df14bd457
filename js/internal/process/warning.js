'use strict';
// process.emitWarning and the default printing of warnings (Node's documentation, "Event: 'warning'").

const { printError } = internalBinding('process');
const { getOptionValue } = require('internal/options');

let disabled;

function isDisabled(warning) {
  disabled ??= new Set(getOptionValue('--disable-warning') ?? []);
  return disabled.has(warning.name) || (warning.code !== undefined && disabled.has(warning.code));
}

let toldHowToTrace = false;

function onWarning(warning) {
  if (getOptionValue('--warnings') === false || process.env.NODE_NO_WARNINGS === '1') return;
  if (!(warning instanceof Error) || isDisabled(warning)) return;
  const isDeprecation = warning.name === 'DeprecationWarning';
  if (isDeprecation && process.noDeprecation) return;
  const trace = process.traceProcessWarnings || (isDeprecation && process.traceDeprecation);
  let text = `(node:${process.pid}) `;
  if (warning.code) text += `[${warning.code}] `;
  if (trace && warning.stack) {
    text += warning.stack;
  } else {
    const show = typeof warning.toString === 'function' ? warning : Error.prototype;
    text += show.toString.call(warning);
  }
  if (typeof warning.detail === 'string') text += `\n${warning.detail}`;
  if (!trace && !toldHowToTrace) {
    const flag = isDeprecation ? '--trace-deprecation' : '--trace-warnings';
    text += `\n(Use \`weft ${flag} ...\` to show where the warning was created)`;
    toldHowToTrace = true;
  }
  write(`${text}\n`);
}

function write(text) {
  const file = getOptionValue('--redirect-warnings') ?? process.env.NODE_REDIRECT_WARNINGS;
  if (file) {
    try {
      require('fs').appendFileSync(file, text);
      return;
    } catch { /* Standard error will do. */ }
  }
  try {
    // The stream and not the descriptor: programs replace process.stderr.write to see warnings.
    process.stderr.write(text);
  } catch {
    printError(text);
  }
}

function createWarning(warning, type, code, above, detail) {
  // Captured here and not by `new Error`, so that the trace starts at whoever emitted the warning.
  const make = () => new Error(warning);
  const isBrief = type === 'DeprecationWarning' && !process.traceDeprecation && !process.throwDeprecation &&
    !process.traceProcessWarnings && process.listenerCount('warning') <= 1;
  const error = isBrief ? require('internal/errors').withoutStack(make) : make();
  error.name = String(type || 'Warning');
  if (code !== undefined) error.code = code;
  if (detail !== undefined) error.detail = detail;
  Error.captureStackTrace(error, above);
  return error;
}

function emitWarning(warning, type, code, above) {
  const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');
  const { validateString } = require('internal/validators');
  if (type === 'DeprecationWarning' && process.noDeprecation) return;
  let detail;
  if (type !== null && typeof type === 'object' && !Array.isArray(type)) {
    above = type.ctor;
    code = type.code;
    if (typeof type.detail === 'string') detail = type.detail;
    type = type.type || 'Warning';
  } else if (typeof type === 'function') {
    above = type;
    code = undefined;
    type = 'Warning';
  }
  if (type !== undefined) validateString(type, 'type');
  if (typeof code === 'function') {
    above = code;
    code = undefined;
  } else if (code !== undefined) {
    validateString(code, 'code');
  }
  if (typeof warning === 'string') {
    warning = createWarning(warning, type, code, above || emitWarning, detail);
  } else if (!(warning instanceof Error)) {
    throw new ERR_INVALID_ARG_TYPE('warning', ['Error', 'string'], warning);
  }
  if (warning.name === 'DeprecationWarning') {
    if (process.noDeprecation) return;
    if (process.throwDeprecation) {
      // In a tick of its own, so that a try around the deprecated call does not swallow it.
      process.nextTick(() => { throw warning; });
      return;
    }
  }
  process.nextTick(deliver, warning);
}

function deliver(warning) {
  process.emit('warning', warning);
}

// At once: for what is told right before the process ends.
function emitWarningNow(text) {
  deliver(createWarning(text, undefined, undefined, emitWarningNow));
}

module.exports = { emitWarning, emitWarningNow, onWarning };
