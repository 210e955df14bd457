// text.mjs OPERATION ENCODING BYTES: Buffer.from(string), buffer.toString(), TextEncoder or TextDecoder; nanoseconds a call.
import { Buffer } from 'node:buffer';
import { duration } from './tasks/duration.mjs';

const [operation, encoding, size] = process.argv.slice(2);
const bytes = Buffer.alloc(Number(size));
for (let i = 0, state = 12345; i < bytes.length; i++) {
  state = (state * 1103515245 + 12345) & 0x7fffffff;
  // Text where it is to be text.
  bytes[i] = encoding === 'utf8' ? 32 + (state >> 16) % 95 : state >> 16;
}
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
