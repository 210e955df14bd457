// The pool's side of wordfreq.mjs: counts the words of some files, and merges such counts.
import { readFileSync } from 'node:fs';

const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}'_]*/gu;

// [bytes read, words seen, counts by part]: every word belongs to one of `parts` parts, so that the parts can be merged
// side by side. A part is its words as one string and their counts as one flat array: both cross the channel as plain
// bytes, where a Map would be rebuilt entry by entry on the main loop, which only passes them on.
export default function countWords({ paths, parts }) {
  const counts = new Map();
  let bytes = 0;
  let total = 0;
  for (const path of paths) {
    const data = readFileSync(path);
    bytes += data.length;
    if (data.includes(0)) continue; // not text
    for (const word of data.toString('utf8').toLowerCase().match(WORD) ?? []) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      total++;
    }
  }
  const words = Array.from({ length: parts }, () => []);
  const numbers = Array.from({ length: parts }, () => []);
  for (const [word, count] of counts) {
    const part = (31 * word.charCodeAt(word.length - 1) + word.length) % parts;
    words[part].push(word);
    numbers[part].push(count);
  }
  return [bytes, total, words.map((list, i) => [list.join(' '), Uint32Array.from(numbers[i])])];
}

// [different words, the `top` most frequent with their counts] of what countWords gave for one part of several batches.
export function mergeCounts({ counted, top }) {
  const sum = new Map();
  for (const [text, counts] of counted) {
    if (counts.length === 0) continue;
    const words = text.split(' ');
    for (let i = 0; i < words.length; i++) sum.set(words[i], (sum.get(words[i]) ?? 0) + counts[i]);
  }
  const best = [];
  for (const entry of sum) {
    if (best.length === top && byFrequency(entry, best.at(-1)) > 0) continue;
    const place = best.findIndex((other) => byFrequency(entry, other) < 0);
    best.splice(place < 0 ? best.length : place, 0, entry);
    if (best.length > top) best.pop();
  }
  return [sum.size, best];
}

// Most frequent first; words of the same frequency in the order of their characters.
export const byFrequency = ([a, n], [b, m]) => m - n || (a < b ? -1 : 1);
