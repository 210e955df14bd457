import { Buffer } from 'node:buffer';
// Text to be compressed: lines of JSON, `length` bytes of them.
export function rows(length) {
  const lines = [];
  for (let i = 0, size = 0; size < length; i++) {
    const line = JSON.stringify({ id: i, name: `user ${i * 7919 % 1000}`, value: Math.sin(i).toFixed(6), tags: [`a${i % 13}`, `b${i % 7}`] });
    lines.push(line);
    size += line.length + 1;
  }
  return Buffer.from(lines.join('\n')).subarray(0, length);
}
