'use strict';
const assert = require('node:assert');
const readline = require('node:readline');
const promises = require('node:readline/promises');
const { PassThrough, Readable } = require('node:stream');
const { setImmediate: turn } = require('node:timers/promises');

async function edit(keys, options) {
  const input = new PassThrough();
  const output = new PassThrough();
  const lines = [];
  const editor = readline.createInterface({ input, output, terminal: true, ...options });
  editor.on('line', (line) => lines.push(line));
  for (const key of keys) {
    input.write(key);
    await turn();
  }
  editor.close();
  return lines;
}

(async () => {
  // Moving, killing and yanking.
  assert.deepStrictEqual(
    await edit([...'one two', '\x17', ...'three', '\x01', '\x0b', '\x19', '!', '\r']), ['one three!']);
  // Undo.
  assert.deepStrictEqual(await edit(['a', 'b', 'c', '\x1f', '\x1f', 'd', '\r']), ['ad']);
  // History by prefix.
  assert.deepStrictEqual(
    await edit(['g', '\x1b[A', '\r'], { history: ['help', 'git push', 'git pull'] }), ['git push']);
  // Completion.
  const completer = (line) => [['alpha', 'alpine'].filter((word) => word.startsWith(line)), line];
  assert.deepStrictEqual(await edit(['a', '\t', 'h', '\t', '\r'], { completer }), ['alpha']);

  // Lines of a stream, whatever ends them and wherever its chunks do.
  const input = Readable.from(['a\r', '\nb', '\n\nc\u2028d', '\re'].map((text) => Buffer.from(text)));
  const lines = [];
  for await (const line of readline.createInterface({ input })) lines.push(line);
  assert.deepStrictEqual(lines, ['a', 'b', '', 'c', 'd', 'e']);

  // Questions.
  const typed = new PassThrough();
  const asker = promises.createInterface({ input: typed, output: new PassThrough() });
  const answer = asker.question('name? ');
  typed.write('weft\n');
  assert.strictEqual(await answer, 'weft');
  const controller = new AbortController();
  const refused = asker.question('again? ', { signal: controller.signal });
  controller.abort();
  await assert.rejects(refused, { name: 'AbortError', code: 'ABORT_ERR' });
  asker.close();
})();
