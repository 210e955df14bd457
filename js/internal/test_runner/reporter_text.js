'use strict';
// Text helpers that the reporters share.

const { inspect } = require('internal/util/inspect');

function inspectWithNoCustom(value) {
  return inspect(value, { customInspect: false, breakLength: Infinity });
}

function indentLines(text, indent) {
  return text.split('\n').map((line) => `${indent}${line}`).join('\n');
}

module.exports = { indentLines, inspectWithNoCustom };
