'use strict';
// The parts of a regular expression in colours, for util.inspect: what `util.inspect.styles.regexp` is by itself (Node's documentation, "Customizing
// util.inspect colors"). Its colours are taken in turn as groups lie in one another.

const { colors: codes, regExpColors } = require('internal/util/inspect_text');

// Which colour a part has, counted from the depth of its group.
const kEdge = 0;        // The slashes; a reference to a named group, up to its name.
const kBracket = 1;     // Brackets of every kind, and flags.
const kText = 2;        // Characters, classes such as \d, names.
const kInside = 3;      // Numbers of a quantifier, what joins a range, any character.
const kOperator = 4;    // Quantifiers, alternatives, beginning and end.

// How a group begins, behind its parenthesis.
const prefixes = /\?(?:<[=!]|[:=!<])/y;
// An escape: with a name or a property in braces, a reference to a named group, or by its length.
const escapes = /\\(?:[upP]\{[^}]*\}|k<[^>]*>|\d+|x[^]{0,2}|[^]?)/uy;
const classEscapes = /\\(?:[upP]\{[^}]*\}|\d+|x[^]{0,2}|[^]?)/uy;
const numbers = /\d+/y;

class Highlighter {
  constructor(text, palette) {
    this.text = text;
    this.palette = palette;
    this.at = 0;
    this.depth = 0;
    this.result = '';
  }

  put(part, place, depth = this.depth) {
    const [on, off] = this.palette[(depth + place) % this.palette.length];
    this.result += `\x1b[${on}m${part}\x1b[${off}m`;
    this.at += part.length;
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.[0];
  }

  // A whole character, be it two units.
  character() {
    return String.fromCodePoint(this.text.codePointAt(this.at));
  }

  all() {
    const { text } = this;
    this.put(text[0], kEdge);
    while (this.at < text.length && text[this.at] !== '/') this.term();
    // What a group that does not end would lie in is over.
    this.depth = 0;
    if (this.at < text.length) this.put('/', kEdge);
    if (this.at < text.length) this.put(text.slice(this.at), kBracket);
    return this.result;
  }

  term() {
    const character = this.text[this.at];
    switch (character) {
      case '\\': return this.escape(this.match(escapes), this.depth);
      case '[': return this.characterClass();
      case '(': return this.group();
      case ')':
        this.depth = Math.max(this.depth - 1, 0);
        return this.put(character, kBracket);
      case '{': return this.quantifier();
      case '.': return this.put(character, kInside);
      case '*': case '+': case '?': case '|': case '^': case '$':
        return this.put(character, kOperator);
      default: return this.put(this.character(), kText);
    }
  }

  group() {
    this.put('(', kBracket);
    const prefix = this.match(prefixes);
    if (prefix !== undefined) this.put(prefix, kBracket);
    if (prefix === '?<') {
      const end = this.text.indexOf('>', this.at);
      if (end !== -1) {
        this.put(this.text.slice(this.at, end), kText);
        this.put('>', kBracket);
      }
    }
    this.depth++;
    // Modifiers follow (`(?i:`), as text.
    if (prefix === undefined && this.text[this.at] === '?') this.put('?', kBracket);
  }

  quantifier() {
    const next = this.text[this.at + 1];
    if (next !== ',' && !(next >= '0' && next <= '9')) return this.put('{', kText);
    this.put('{', kBracket);
    while (this.at < this.text.length) {
      const count = this.match(numbers);
      const character = this.text[this.at];
      if (count !== undefined) this.put(count, kInside);
      else if (character === ',') this.put(character, kText);
      else break;
    }
    if (this.text[this.at] === '}') this.put('}', kBracket);
  }

  escape(escape, depth) {
    const open = escape.length > 3 && (escape[2] === '{' || escape[2] === '<');
    if (!open) return this.put(escape, kText);
    const place = escape[2] === '{' ? kBracket : kEdge;
    this.put(escape.slice(0, 3), place, depth);
    this.put(escape.slice(3, -1), place + 1, depth);
    this.put(escape.at(-1), place, depth);
  }

  characterClass() {
    this.put('[', kBracket);
    const start = this.at;
    const { text } = this;
    while (this.at < text.length && text[this.at] !== ']') {
      const character = text[this.at];
      if (character === '\\') {
        this.escape(this.match(classEscapes), this.depth + 1);
      } else {
        const joins = character === '-' && this.at > start && text[this.at + 1] !== ']';
        this.put(this.character(), joins ? kInside : kText);
      }
    }
    if (this.at < text.length) this.put(']', kBracket);
  }
}

// The colours of which there are codes; the ones it begins with where there are none.
function paletteOf(names) {
  const known = (list) => list.map((name) => codes[name]).filter((pair) => pair !== undefined);
  const palette = Array.isArray(names) ? known(names) : [];
  return palette.length > 0 ? palette : known(regExpColors);
}

// `text` as RegExp.prototype.toString() has it, in the colours of these names.
function highlight(text, names) {
  return text === '' ? text : new Highlighter(text, paletteOf(names)).all();
}

module.exports = { highlight };
