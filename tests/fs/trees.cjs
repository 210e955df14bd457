'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');

async function main() {
  assert.strictEqual(fs.mkdirSync('a/b/c', { recursive: true }), 'a');
  assert.strictEqual(fs.mkdirSync('a/b/c', { recursive: true }), undefined);
  const made = await Promise.all(Array.from({ length: 20 }, () => fs.promises.mkdir('p/q/r', { recursive: true })));
  assert.ok(made.some((first) => first === 'p' || first === 'p/q' || first === 'p/q/r'));
  fs.writeFileSync('a/x.js', '1');
  fs.writeFileSync('a/b/y.js', '2');
  fs.writeFileSync('a/b/.hidden', '');
  fs.symlinkSync('x.js', 'a/link');

  // Listings.
  assert.deepStrictEqual(fs.readdirSync('a', { recursive: true }).sort(), ['b', 'b/.hidden', 'b/c', 'b/y.js', 'link', 'x.js']);
  const entries = await fs.promises.readdir('a', { recursive: true, withFileTypes: true });
  const found = entries.map((e) => `${e.parentPath}|${e.name}|${e.isDirectory()}|${e.isSymbolicLink()}`).sort();
  assert.deepStrictEqual(found, [
    'a/b|.hidden|false|false', 'a/b|c|true|false', 'a/b|y.js|false|false',
    'a|b|true|false', 'a|link|false|true', 'a|x.js|false|false',
  ]);
  const seen = [];
  for await (const entry of await fs.promises.opendir('a', { bufferSize: 1 })) seen.push(entry.name);
  assert.deepStrictEqual(seen.sort(), ['b', 'link', 'x.js']);

  // Patterns.
  assert.deepStrictEqual(fs.globSync('a/**/*.js').sort(), ['a/b/y.js', 'a/x.js']);
  assert.deepStrictEqual(fs.globSync(['a/{x,q}.js', 'a/b/?.js']), ['a/x.js', 'a/b/y.js']);
  assert.deepStrictEqual(fs.globSync('**/y.js', { cwd: 'a', exclude: (name) => name === 'b' }), []);
  const globbed = [];
  for await (const name of fs.promises.glob('*/[xy].js', { cwd: path.resolve('a', '..') })) globbed.push(name);
  assert.deepStrictEqual(globbed, ['a/x.js']);

  // Copies.
  fs.cpSync('a', 'copy', { recursive: true });
  assert.strictEqual(fs.readFileSync('copy/b/y.js', 'utf8'), '2');
  assert.strictEqual(fs.readlinkSync('copy/link'), path.resolve('a/x.js'));
  await fs.promises.cp('a', 'some', { recursive: true, filter: async (src) => !src.endsWith('y.js') });
  assert.deepStrictEqual(fs.readdirSync('some', { recursive: true }).sort(), ['b', 'b/.hidden', 'b/c', 'link', 'x.js']);
  assert.throws(() => fs.cpSync('a', 'a/b/d', { recursive: true }), { code: 'ERR_FS_CP_EINVAL' });
  assert.throws(() => fs.cpSync('a/x.js', 'copy/x.js', { force: false, errorOnExist: true }), { code: 'ERR_FS_CP_EEXIST' });
  assert.throws(() => fs.cpSync('a', 'other'), { code: 'ERR_FS_EISDIR' });
  fs.copyFileSync('a/x.js', 'x', fs.constants.COPYFILE_EXCL);
  assert.throws(() => fs.copyFileSync('a/x.js', 'x', fs.constants.COPYFILE_EXCL), { code: 'EEXIST', dest: 'x' });

  // Times and modes.
  fs.utimesSync('x', 1.5, new Date(2500));
  const stats = fs.statSync('x', { bigint: true });
  assert.deepStrictEqual([stats.atimeNs, stats.mtimeNs], [1_500_000_000n, 2_500_000_000n]);
  fs.chmodSync('x', '640');
  assert.strictEqual(fs.statSync('x').mode & 0o777, 0o640);

  // Removal does not follow links.
  fs.symlinkSync(path.resolve('a'), 'copy/out');
  fs.rmSync('copy', { recursive: true });
  assert.ok(fs.existsSync('a/x.js') && !fs.existsSync('copy'));
  if (fs.mkdtempDisposableSync) {
    const temporary = fs.mkdtempDisposableSync('tmp-');
    fs.writeFileSync(path.join(temporary.path, 'x'), '');
    temporary.remove();
    assert.strictEqual(fs.existsSync(temporary.path), false);
  }
  assert.throws(() => fs.rmSync('a'), { code: 'ERR_FS_EISDIR' });
  await fs.promises.rm('nothing', { force: true });
  await assert.rejects(fs.promises.rm('nothing'), { code: 'ENOENT' });
}

main();
