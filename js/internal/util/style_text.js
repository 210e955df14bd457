'use strict';
// util.styleText: text between the escape sequences of one or more styles.

const { inspect } = require('internal/util/inspect');
const { validateBoolean, validateOneOf, validateString } = require('internal/validators');
const { codes: { ERR_INVALID_ARG_TYPE } } = require('internal/errors');

const hexColor = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

function escape(code) {
  return `\x1b[${code}m`;
}

// [switch on, switch off] of a style's name or of '#rgb' and '#rrggbb'.
function codesOf(style) {
  if (typeof style === 'string' && hexColor.test(style)) {
    const digits = style.length === 4 ?
      style.slice(1).replace(/./g, '$&$&') : style.slice(1);
    const value = Number.parseInt(digits, 16);
    return [`38;2;${value >> 16};${(value >> 8) & 255};${value & 255}`, 39];
  }
  const codes = inspect.colors[style];
  if (codes === undefined || codes === null) {
    validateOneOf(style, 'format', Object.keys(inspect.colors));
  }
  return codes;
}

function isStream(value) {
  if (value === null || typeof value !== 'object') return false;
  return typeof value.write === 'function' || typeof value.pipe === 'function' ||
    typeof value.getWriter === 'function' || typeof value.getReader === 'function';
}

function styleText(format, text, { validateStream = true, stream = process.stdout } = {}) {
  validateString(text, 'text');
  validateBoolean(validateStream, 'options.validateStream');
  let plain = false;
  if (validateStream) {
    if (!isStream(stream)) {
      throw new ERR_INVALID_ARG_TYPE('stream', ['ReadableStream', 'WritableStream', 'Stream'],
                                     stream);
    }
    plain = !require('internal/util/colors').shouldColorize(stream);
  }
  const styles = Array.isArray(format) ? format : [format];
  let before = '';
  let after = '';
  for (const style of styles) {
    if (style === 'none') continue;
    const [on, off] = codesOf(style);
    before += escape(on);
    after = escape(off) + after;
    // Where the text itself switches the style off, ours must go on.
    if (!plain && text.includes(escape(off))) {
      // Bold and dim share their end, so that ending one has to keep the other.
      text = text.replaceAll(escape(off), off === 22 ? escape(off) + escape(on) : escape(on));
    }
  }
  return plain ? text : `${before}${text}${after}`;
}

module.exports = { styleText };
