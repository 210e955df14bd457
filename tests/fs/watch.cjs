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

// Names told until `last` is: what was to be told of a name before it would have come before.
async function told(options, names, last) {
  const seen = new Set();
  const watcher = fs.watch('ignoring', options);
  const end = next(watcher, (type, name) => {
    if (names.includes(name) || name === last) seen.add(name);
    return name === last;
  });
  for (const name of [...names, last]) fs.writeFileSync(`ignoring/${name}`, '');
  await end;
  watcher.close();
  for (const name of [...names, last]) fs.unlinkSync(`ignoring/${name}`);
  return [...seen].sort();
}

async function ignoredNamesAreNotTold() {
  fs.mkdirSync('ignoring/sub/deep', { recursive: true });
  const names = ['a.log', '.b.log', 'x.txt'];
  assert.deepStrictEqual(await told({ ignore: '*.log' }, names, 'end'), ['.b.log', 'end', 'x.txt']);
  assert.deepStrictEqual(await told({ ignore: ['**/*.log', /^x/, (name) => name.startsWith('.')] }, names, 'end'), ['end']);
  assert.deepStrictEqual(await told({ ignore: [], encoding: 'latin1' }, names, 'end'), ['.b.log', 'a.log', 'end', 'x.txt']);
  assert.deepStrictEqual(await told({ ignore: null, encoding: '' }, [], 'end'), ['end']);

  const deep = ['a.log', 'sub/b.log', 'sub/deep/c.txt', 'sub/d.txt'];
  const recursive = true;
  const found = async (ignore) => (await told({ recursive, ignore }, deep, 'end')).filter((name) => name.includes('.'));
  assert.deepStrictEqual(await found('*.log'), ['sub/d.txt', 'sub/deep/c.txt']);
  assert.deepStrictEqual(await found('sub'), ['a.log']);
  assert.deepStrictEqual(await found('**/deep'), ['a.log', 'sub/b.log', 'sub/d.txt']);
  assert.deepStrictEqual(await found('sub/*.log'), ['a.log', 'sub/d.txt', 'sub/deep/c.txt']);

  for (const [ignore, message] of [
    [1, /"options\.ignore" property must be one of type string or function or an instance of RegExp/],
    ['', /'options\.ignore' must be a non-empty string/],
    [['a', 1], /"options\.ignore\[1\]"/],
  ]) {
    assert.throws(() => fs.watch('.', { ignore }), { name: 'TypeError', message });
    await assert.rejects(fs.promises.watch('.', { ignore }).next(), { name: 'TypeError', message });
  }
}

async function absentFilesMayBeWatched() {
  assert.throws(() => fs.watch('absent', { recursive: true }), { code: 'ENOENT' });
  for (const recursive of [false, true]) {
    const watcher = fs.watch('absent', { recursive, throwIfNoEntry: false });
    const closed = new Promise((resolve) => watcher.on('close', resolve));
    watcher.close();
    await closed;
  }
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

  await ignoredNamesAreNotTold();
  await absentFilesMayBeWatched();

  const control = new AbortController();
  const seen = (async () => {
    for await (const event of fs.promises.watch('.', { signal: control.signal })) {
      if (event.filename === 'other') control.abort();
    }
  })();
  setImmediate(() => fs.writeFileSync('other', ''));
  await assert.rejects(seen, { name: 'AbortError' });

  // Polling tells of a file that appears.
  const polled = [];
  let polledOnce;
  fs.watchFile('later', { interval: 20 }, (now, before) => {
    polled.push([now.size, before.size]);
    polledOnce?.();
  });
  // Each change is made when the one before was told, and at once: no poll sees a half of it.
  fs.writeFileSync('one', '1');
  fs.writeFileSync('three', '333');
  const changes = [null, () => fs.linkSync('one', 'later'), () => fs.unlinkSync('later'), () => fs.linkSync('three', 'later')];
  for (const change of changes) {
    const told = new Promise((resolve) => { polledOnce = resolve; });
    change?.();
    await told;
  }
  fs.unwatchFile('later');
  // What comes back is compared with what went away.
  assert.deepStrictEqual(polled, [[0, 0], [1, 0], [0, 1], [3, 1]]);

  // Neither of these keeps the process alive.
  fs.watch('.', { persistent: false });
  fs.watch('.').unref();
  fs.watchFile('file', { persistent: false }, () => {});
}

main();
