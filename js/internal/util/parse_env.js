'use strict';
// util.parseEnv: the text of a .env file as an object.
//
// A line is NAME=value, maybe after `export`. Values may be quoted with ', " or
// `, then they may span lines; in "" the sequence \n is a line feed. An unquoted
// value ends at the end of its line or at a #, without blanks around it.

function parseEnv(content) {
  const result = {};
  const text = content.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  const { length } = text;
  let position = 0;

  const endOfLine = (from) => {
    const end = text.indexOf('\n', from);
    return end === -1 ? length : end;
  };

  while (position < length) {
    const char = text[position];
    if (char === ' ' || char === '\t' || char === '\n') {
      position++;
      continue;
    }
    const lineEnd = endOfLine(position);
    if (char === '#') {
      position = lineEnd + 1;
      continue;
    }
    const equal = text.indexOf('=', position);
    if (equal === -1) break;
    if (equal > lineEnd) {
      // A line without '=' says nothing.
      position = lineEnd + 1;
      continue;
    }
    let name = text.slice(position, equal).trim();
    if (name.startsWith('export ')) name = name.slice(7).trim();
    if (name === '') {
      position = lineEnd + 1;
      continue;
    }

    let start = equal + 1;
    while (start < lineEnd && (text[start] === ' ' || text[start] === '\t')) start++;
    const quote = text[start];
    if (quote === '"' || quote === "'" || quote === '`') {
      const close = text.indexOf(quote, start + 1);
      if (close !== -1) {
        const value = text.slice(start + 1, close);
        result[name] = quote === '"' ? value.replaceAll('\\n', '\n') : value;
        position = endOfLine(close) + 1;
        continue;
      }
    }
    let value = text.slice(start, lineEnd);
    const comment = value.indexOf('#');
    if (comment !== -1) value = value.slice(0, comment);
    result[name] = value.trim();
    position = lineEnd + 1;
  }
  return result;
}

module.exports = { parseEnv };
