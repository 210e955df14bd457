'use strict';
const assert = require('node:assert');
const fs = require('node:fs');

function next(emitter, wanted) {
  return new Promise((resolve) => {
    emitter.on('change', (...args) => {
      if (wanted(...args)) resolve(args);
    });
  });
}

async function main() {
  fs.mkdirSync('tree/deep', { recursive: true });
  fs.writeFileSync('file', 'a');

  // A recursive watcher sees what is there, what comes, and what comes inside of what comes.
  const tree = fs.watch('tree', { recursive: true });
  const deep = next(tree, (type, name) => type === 'rename' && name === 'deep/new');
  const fresh = next(tree, (type, name) => type === 'rename' && name === 'fresh/inner');
  const written = next(tree, (type, name) => type === 'change' && name === 'deep/new');
  fs.writeFileSync('tree/deep/new', '');
  fs.mkdirSync('tree/fresh');
  fs.writeFileSync('tree/fresh/inner', '');
  await Promise.all([deep, fresh]);
  fs.writeFileSync('tree/deep/new', 'more');
  await written;
  tree.close();

  // Two watchers of one file: closing one leaves the other.
  const first = fs.watch('file');
  const second = fs.watch('file');
  first.close();
  const changed = next(second, (type, name) => type === 'change' && name === 'file');
  fs.appendFileSync('file', 'b');
  await changed;
  second.close();

  const control = new AbortController();
  const seen = (async () => {
    for await (const event of fs.promises.watch('.', { signal: control.signal })) {
      if (event.filename === 'other') control.abort();
    }
  })();
  setImmediate(() => fs.writeFileSync('other', ''));
  await assert.rejects(seen, { name: 'AbortError' });

  // Polling tells of a file that appears.
  const appears = new Promise((resolve) => {
    fs.watchFile('later', { interval: 20 }, (now, before) => {
      if (now.ino !== 0) resolve([now, before]);
    });
  });
  setTimeout(() => fs.writeFileSync('later', 'x'), 50);
  const [now, before] = await appears;
  assert.deepStrictEqual([now.size, before.size], [1, 0]);
  fs.unwatchFile('later');

  // Neither of these keeps the process alive.
  fs.watch('.', { persistent: false });
  fs.watch('.').unref();
  fs.watchFile('file', { persistent: false }, () => {});
}

main();
