'use strict';
const assert = require('node:assert');
const fs = require('node:fs');

fs.mkdirSync('s/a/b', { recursive: true });
for (const name of ['s/f', 's/a/g', 's/a/b/h']) fs.writeFileSync(name, '');
fs.symlinkSync('a', 's/ld');
const glob = (pattern, options) => fs.globSync(pattern, options).sort();
const shown = (pattern, options) => fs.globSync(pattern, { withFileTypes: true, ...options })
  .map((entry) => `${entry.parentPath}|${entry.name}`).sort();

// What is found is named by the shortest path, once.
assert.deepStrictEqual(glob('./s/*'), ['s/a', 's/f', 's/ld']);
assert.deepStrictEqual(glob(['s/a/../f', 's/f', 's/']), ['s', 's/f']);
assert.deepStrictEqual(glob('**/'), ['.', 's', 's/a', 's/a/b']);
assert.deepStrictEqual(glob('s/**/..'), ['.', 's', 's/a']);
assert.deepStrictEqual(glob(''), []);
assert.deepStrictEqual(shown('*/a'), ['s|a']);
assert.deepStrictEqual(shown('*', { cwd: 's' }), ['s|a', 's|f', 's|ld']);
assert.deepStrictEqual(shown(`${process.cwd()}/s/f`), [`${process.cwd()}/s|f`]);
assert.ok(!Object.hasOwn(fs.readdirSync('.', { withFileTypes: true })[0], 'path'));

// Links a pattern names are followed, those it matches on request.
assert.deepStrictEqual(glob('*/ld/*'), ['s/ld/b', 's/ld/g']);
assert.deepStrictEqual(glob('s/*/*'), ['s/a/b', 's/a/g']);
assert.deepStrictEqual(glob('s/*/'), ['s/a']);
assert.deepStrictEqual(glob('s/*/*', { followSymlinks: true }), ['s/a/b', 's/a/g', 's/ld/b', 's/ld/g']);
fs.symlinkSync('..', 's/a/up');
assert.deepStrictEqual(glob('**/h', { followSymlinks: true }), ['s/a/b/h', 's/ld/b/h']);
fs.unlinkSync('s/a/up');

// What is not wanted, by patterns from the root and by names or paths.
assert.deepStrictEqual(glob('**', { exclude: ['s/a/**'] }), ['.', 's', 's/f', 's/ld']);
assert.deepStrictEqual(glob(`${process.cwd()}/s/*`, { exclude: ['s/f', `${process.cwd()}/s/a`] }), [`${process.cwd()}/s/ld`]);
assert.deepStrictEqual(glob('**', { exclude: (name) => name === 'b' }), ['.', 's', 's/a', 's/a/g', 's/f', 's/ld']);
assert.throws(() => glob('*', { exclude: 5 }), { message: /must be of type function or string\[\]/ });
assert.throws(() => glob('*', { followSymlinks: 5 }), { code: 'ERR_INVALID_ARG_TYPE' });

// Listings of trees follow links; circles end.
fs.symlinkSync('..', 's/a/up');
assert.deepStrictEqual(fs.readdirSync('s', { recursive: true }).sort(), [
  'a', 'a/b', 'a/b/h', 'a/g', 'a/up', 'f', 'ld', 'ld/b', 'ld/b/h', 'ld/g', 'ld/up',
]);
fs.mkdirSync('t');
assert.throws(() => fs.cpSync('s/a', 't', { recursive: true, errorOnExist: true, force: false }), { code: 'ERR_FS_CP_EEXIST' });
assert.deepStrictEqual(fs.readdirSync('s/a', { encoding: '' }), ['b', 'g', 'up']);
assert.rejects(fs.promises.stat('s', null), { code: 'ERR_INVALID_ARG_TYPE' }).then(() => console.log('ok'));
