'use strict';
// util.styleText: text between the escape sequences of one or more styles.

const { inspect } = require('internal/util/inspect');
const { validateBoolean, validateObject, validateOneOf, validateString } = require('internal/validators');
const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE } } = require('internal/errors');

const hexColor = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

function escape(code) {
  return `\x1b[${code}m`;
}

// [switch on, switch off] of a style's name or of '#rgb' and '#rrggbb'.
function codesOf(style) {
  if (typeof style === 'string' && style[0] === '#') {
    if (!hexColor.test(style)) {
      throw new ERR_INVALID_ARG_VALUE('format', style, 'must be a valid hex color (#RGB or #RRGGBB)');
    }
    const digits = style.length === 4 ?
      style.slice(1).replace(/./g, '$&$&') : style.slice(1);
    const value = Number.parseInt(digits, 16);
    return [`38;2;${value >> 16};${(value >> 8) & 255};${value & 255}`, 39];
  }
  const codes = inspect.colors[style];
  if (codes === undefined || codes === null) {
    validateOneOf(style, 'format', Object.getOwnPropertyNames(inspect.colors));
  }
  return codes;
}

function isStream(value) {
  if (value === null || typeof value !== 'object') return false;
  return typeof value.write === 'function' || typeof value.pipe === 'function' ||
    typeof value.getWriter === 'function' || typeof value.getReader === 'function';
}

// Where the text itself switches the style off, ours must go on; not at its very end, where ours ends too.
function resume(text, on, off) {
  const end = escape(off);
  if (!text.includes(end)) return text;
  const kept = text.endsWith(end) ? end : '';
  // Bold and dim share their end, so that ending one has to keep the other.
  const again = off === 22 ? end + escape(on) : escape(on);
  return text.slice(0, text.length - kept.length).replaceAll(end, again) + kept;
}

function styleText(format, text, options = undefined) {
  validateString(text, 'text');
  if (options !== undefined) validateObject(options, 'options');
  const validateStream = options?.validateStream ?? true;
  let plain = false;
  if (validateStream) {
    validateBoolean(validateStream, 'options.validateStream');
    const stream = options?.stream ?? process.stdout;
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
    if (!plain) text = resume(text, on, off);
  }
  return plain ? text : `${before}${text}${after}`;
}

module.exports = { styleText };
