// text.mjs OPERATION ENCODING BYTES: Buffer.from(string), buffer.toString(), TextEncoder or TextDecoder; nanoseconds a call.
// As encodings, `accents` and `wide` are UTF-8 of text that is not ASCII: of Latin-1 with every tenth letter accented, of Greek.
import { Buffer } from 'node:buffer';
import { duration } from './tasks/duration.mjs';

const [operation, kind, size] = process.argv.slice(2);
const letters = { accents: 'an accent\u00e9', wide: '\u03b1\u03b2\u03b3 ' }[kind];
const encoding = letters === undefined ? kind : 'utf8';
const bytes = letters === undefined ? randomBytes(Number(size)) : Buffer.from(letters.repeat(Math.ceil(Number(size) / letters.length)));
const text = bytes.toString(encoding);
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const call = {
  from: () => Buffer.from(text, encoding),
  toString: () => bytes.toString(encoding),
  encode: () => encoder.encode(text),
  decode: () => decoder.decode(bytes),
}[operation];

console.log(duration(call));

function randomBytes(length) {
  const bytes = Buffer.alloc(length);
  for (let i = 0, state = 12345; i < length; i++) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    // Text where it is to be text.
    bytes[i] = encoding === 'utf8' ? 32 + (state >> 16) % 95 : state >> 16;
  }
  return bytes;
}
