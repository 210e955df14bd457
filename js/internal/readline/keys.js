'use strict';

// Keys out of what a terminal sends: bytes become 'keypress' events with a
// character and a { sequence, name, ctrl, meta, shift } description. The escape
// sequences are those of ECMA-48 as used by xterm, gnome-terminal, rxvt, putty,
// Cygwin and the VT terminals.

const ESC = '\x1b';
const ESCAPE_TIMEOUT = 500;

const kDecoder = Symbol('keypress-decoder');
const kText = Symbol('text-decoder');

// What follows ESC, without modifiers -> name.
const NAMES = new Map(Object.entries({
  // xterm ESC [ letter, xterm and gnome ESC O letter.
  '[P': 'f1', '[Q': 'f2', '[R': 'f3', '[S': 'f4',
  'OP': 'f1', 'OQ': 'f2', 'OR': 'f3', 'OS': 'f4',
  '[A': 'up', '[B': 'down', '[C': 'right', '[D': 'left', '[E': 'clear', '[F': 'end', '[H': 'home',
  'OA': 'up', 'OB': 'down', 'OC': 'right', 'OD': 'left', 'OE': 'clear', 'OF': 'end', 'OH': 'home',
  // xterm and rxvt ESC [ number ~.
  '[11~': 'f1', '[12~': 'f2', '[13~': 'f3', '[14~': 'f4', '[15~': 'f5', '[17~': 'f6', '[18~': 'f7', '[19~': 'f8',
  '[20~': 'f9', '[21~': 'f10', '[23~': 'f11', '[24~': 'f12',
  '[1~': 'home', '[2~': 'insert', '[3~': 'delete', '[4~': 'end', '[5~': 'pageup', '[6~': 'pagedown',
  '[7~': 'home', '[8~': 'end',
  // Cygwin and putty.
  '[[A': 'f1', '[[B': 'f2', '[[C': 'f3', '[[D': 'f4', '[[E': 'f5', '[[5~': 'pageup', '[[6~': 'pagedown',
  // Bracketed paste.
  '[200~': 'paste-start', '[201~': 'paste-end',
  // rxvt: the final byte tells the modifier.
  '[a': 'up', '[b': 'down', '[c': 'right', '[d': 'left', '[e': 'clear',
  'Oa': 'up', 'Ob': 'down', 'Oc': 'right', 'Od': 'left', 'Oe': 'clear',
  '[2$': 'insert', '[3$': 'delete', '[5$': 'pageup', '[6$': 'pagedown', '[7$': 'home', '[8$': 'end',
  '[2^': 'insert', '[3^': 'delete', '[5^': 'pageup', '[6^': 'pagedown', '[7^': 'home', '[8^': 'end',
  '[Z': 'tab',
}));
const SHIFTED = /^\[(?:[a-eZ]|\d\$)$/;
const CONTROLLED = /^(?:O[a-e]|\[\d\^)$/;

const isDigit = (ch) => ch >= '0' && ch <= '9';

function codePointLength(text, at) {
  return text.codePointAt(at) > 0xffff ? 2 : 1;
}

// Reads an escape sequence whose first character is `ch`; gives what it read,
// the code without modifiers, and the modifiers as xterm numbers them: one more
// than the sum of 1 for shift, 2 for alt, 4 for control, 8 for meta.
function* readSequence(ch) {
  let text = '';
  let code = ch;
  let modifier = 0;
  if (ch === 'O') {
    // ESC O letter, or ESC O modifier letter.
    text += (ch = yield);
    if (isDigit(ch)) {
      modifier = Number(ch) - 1;
      text += (ch = yield);
    }
    return { text, code: code + ch, modifier };
  }

  // ESC [ letter, ESC [ modifier letter, ESC [ 1 ; modifier letter,
  // ESC [ number ; modifier final, where `[` may be doubled.
  text += (ch = yield);
  if (ch === '[') {
    code += ch;
    text += (ch = yield);
  }
  let command = ch;
  // Up to three digits: 200 and 201 mark a paste.
  for (let digits = 0; isDigit(ch) && digits < 3; digits++) {
    text += (ch = yield);
    command += ch;
  }
  if (ch === ';') {
    text += (ch = yield);
    command += ch;
    while (isDigit(ch)) {
      text += (ch = yield);
      command += ch;
    }
  }
  let match;
  if ((match = /^(\d\d?)(?:;(\d+))?([~^$])$/.exec(command)) !== null) {
    code += match[1] + match[3];
    modifier = Number(match[2] || 1) - 1;
  } else if ((match = /^(?:\d;)?(\d*)([A-Za-z])$/.exec(command)) !== null && match[1].length < 2) {
    code += match[2];
    modifier = Number(match[1] || 1) - 1;
  } else {
    code += command;
  }
  return { text, code, modifier };
}

function* decode(stream) {
  for (;;) {
    let ch = yield;
    let sequence = ch;
    let escaped = false;
    const key = { sequence: null, name: undefined, ctrl: false, meta: false, shift: false };

    if (ch === ESC) {
      escaped = true;
      sequence += (ch = yield);
      if (ch === ESC) sequence += (ch = yield);
    }

    if (escaped && (ch === 'O' || ch === '[')) {
      const { text, code, modifier } = yield* readSequence(ch);
      sequence += text;
      key.ctrl = (modifier & 4) !== 0 || CONTROLLED.test(code);
      key.meta = (modifier & 10) !== 0;
      key.shift = (modifier & 1) !== 0 || SHIFTED.test(code);
      key.code = code;
      // A string: the key is known to be one, but not which.
      key.name = NAMES.get(code) ?? 'undefined';
    } else if (ch === '\r') {
      key.name = 'return';
      key.meta = escaped;
    } else if (ch === '\n') {
      key.name = 'enter';
      key.meta = escaped;
    } else if (ch === '\t') {
      key.name = 'tab';
      key.meta = escaped;
    } else if (ch === '\b' || ch === '\x7f') {
      key.name = 'backspace';
      key.meta = escaped;
    } else if (ch === ESC) {
      key.name = 'escape';
      key.meta = escaped;
    } else if (ch === ' ') {
      key.name = 'space';
      key.meta = escaped;
    } else if (!escaped && ch <= '\x1a') {
      key.name = String.fromCharCode(ch.charCodeAt(0) + 96);
      key.ctrl = true;
    } else if (/^[0-9A-Za-z]$/.test(ch)) {
      key.name = ch.toLowerCase();
      key.shift = /^[A-Z]$/.test(ch);
      key.meta = escaped;
    } else if (escaped) {
      // Nothing came after it in time: the escape key itself.
      key.name = ch.length > 0 ? undefined : 'escape';
      key.meta = true;
    }

    key.sequence = sequence;
    if (sequence.length !== 0 && (key.name !== undefined || escaped)) {
      stream.emit('keypress', escaped ? undefined : sequence, key);
    } else if (sequence.length !== 0 && codePointLength(sequence, 0) === sequence.length) {
      stream.emit('keypress', sequence, key);
    }
  }
}

function startDecoder(stream) {
  stream[kDecoder] = decode(stream);
  stream[kDecoder].next();
}

// Makes `stream` emit 'keypress' as long as anybody listens to it. The
// interface, if any, is told of pastes: completion happens only where a
// tabulator ends what was typed.
function emitKeypressEvents(stream, iface = {}) {
  if (stream[kDecoder]) return;
  const { StringDecoder } = require('string_decoder');
  stream[kText] = new StringDecoder('utf8');
  startDecoder(stream);

  const { clearTimeout, setTimeout } = require('timers');
  let timer;
  const onEscapeTimeout = () => stream[kDecoder].next('');

  function onData(input) {
    if (stream.listenerCount('keypress') === 0) {
      // Nobody listens any more: until somebody does again, leave the data alone.
      stream.removeListener('data', onData);
      stream.on('newListener', onNewListener);
      return;
    }
    const text = stream[kText].write(input);
    if (!text) return;
    clearTimeout(timer);
    iface.sawKeyPress = codePointLength(text, 0) === text.length;
    iface.isCompletionEnabled = false;
    let at = 0;
    for (const character of text) {
      at += character.length;
      if (at === text.length) iface.isCompletionEnabled = true;
      try {
        stream[kDecoder].next(character);
        if (at === text.length && character === ESC) {
          timer = setTimeout(onEscapeTimeout, iface.escapeCodeTimeout ?? ESCAPE_TIMEOUT);
        }
      } catch (error) {
        // What a listener threw has ended the decoder.
        startDecoder(stream);
        throw error;
      }
    }
  }

  function onNewListener(event) {
    if (event !== 'keypress') return;
    stream.on('data', onData);
    stream.removeListener('newListener', onNewListener);
  }

  if (stream.listenerCount('keypress') > 0) stream.on('data', onData);
  else stream.on('newListener', onNewListener);
}

module.exports = { ESCAPE_TIMEOUT, emitKeypressEvents };
