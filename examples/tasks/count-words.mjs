// The pool's side of wordfreq.mjs: counts the words of some files.
import { readFileSync } from 'node:fs';

const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}'_]*/gu;

// [bytes read, words seen, words, their counts]: two flat arrays cross the channel faster than a Map.
export default function countWords(paths) {
  const counts = new Map();
  let bytes = 0;
  let total = 0;
  for (const path of paths) {
    const data = readFileSync(path);
    bytes += data.length;
    if (data.includes(0)) continue; // not text
    for (const [word] of data.toString('utf8').toLowerCase().matchAll(WORD)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      total++;
    }
  }
  return [bytes, total, [...counts.keys()], Uint32Array.from(counts.values())];
}
