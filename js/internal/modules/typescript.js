'use strict';

// TypeScript by type stripping. The eraser is native; errors and module.stripTypeScriptTypes() are here.

const { stripTypes: erase } = internalBinding('typescript');

// JavaScript text of the same size and places, types blanked.
// Throws ERR_INVALID_TYPESCRIPT_SYNTAX, or ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX for syntax that needs code generation.
function stripTypes(source, filename) {
  if (filename !== undefined && isUnderNodeModules(filename)) {
    const { coded } = require('internal/modules/errors');
    throw coded(Error, 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
      `Stripping types is currently unsupported for files under node_modules, for "${filename}"`);
  }
  const result = erase(source);
  if (typeof result === 'string') return result;
  throw syntaxError(result, filename);
}

function isUnderNodeModules(filename) {
  return /(^|[\\/])node_modules[\\/]/.test(filename);
}

function syntaxError([unsupported, message, line, column, sourceLine, width], filename) {
  const { coded } = require('internal/modules/errors');
  const error = coded(SyntaxError,
    unsupported ? 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' : 'ERR_INVALID_TYPESCRIPT_SYNTAX', message);
  if (line > 0) {
    const indent = sourceLine.slice(0, column).replace(/[^\t]/g, ' ');
    const place = `${filename ?? '<anonymous>'}:${line}\n${sourceLine}\n${indent}${'^'.repeat(width)}`;
    error.stack = `${place}\n\n${error.stack}`;
  }
  return error;
}

// module.stripTypeScriptTypes().
function stripTypeScriptTypes(code, options = {}) {
  const { validateObject, validateOneOf, validateString } = require('internal/validators');
  validateString(code, 'code');
  validateObject(options, 'options');
  const { mode = 'strip', sourceMap = false, sourceUrl = '' } = options;
  validateOneOf(mode, 'options.mode', ['strip']);
  validateString(sourceUrl, 'options.sourceUrl');
  validateOneOf(sourceMap, 'options.sourceMap', [false, undefined]);
  const result = erase(code);
  if (typeof result !== 'string') throw syntaxError(result, sourceUrl || undefined);
  return sourceUrl ? `${result}\n\n//# sourceURL=${sourceUrl}` : result;
}

module.exports = { stripTypeScriptTypes, stripTypes };
