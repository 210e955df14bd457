'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const { errno } = require('node:os').constants;

fs.writeFileSync('file', '');
fs.mkdirSync('folder');

const cases = [
  [() => fs.openSync('none'), 'ENOENT: no such file or directory, open \'none\'', 'none'],
  [() => fs.readFileSync('folder'), 'EISDIR: illegal operation on a directory, read', undefined],
  [() => fs.readdirSync('file'), 'ENOTDIR: not a directory, scandir \'file\'', 'file'],
  [() => fs.mkdirSync('folder'), 'EEXIST: file already exists, mkdir \'folder\'', 'folder'],
  [() => fs.mkdirSync('file/x', { recursive: true }), 'ENOTDIR: not a directory, mkdir \'file/x\'', 'file/x'],
  [() => fs.renameSync('none', 'x'), 'ENOENT: no such file or directory, rename \'none\' -> \'x\'', 'none', 'x'],
  [() => fs.realpathSync.native('none'), 'ENOENT: no such file or directory, realpath \'none\'', 'none'],
  [() => fs.mkdtempSync('none/x'), 'ENOENT: no such file or directory, mkdtemp \'none/xXXXXXX\'', 'none/xXXXXXX'],
  [() => fs.closeSync(9999), 'EBADF: bad file descriptor, close', undefined],
];
for (const [call, message, path, dest] of cases) {
  assert.throws(call, (err) => {
    assert.strictEqual(err.message, message);
    assert.strictEqual(err.errno, -errno[err.code]);
    assert.strictEqual(err.path, path);
    assert.strictEqual(err.dest, dest);
    return true;
  });
}

assert.strictEqual(fs.statSync('none', { throwIfNoEntry: false }), undefined);
assert.strictEqual(fs.existsSync('bad\0name'), false);
assert.throws(() => fs.statSync('bad\0name'), { code: 'ERR_INVALID_ARG_VALUE' });
assert.rejects(fs.promises.stat('bad\0name'), { code: 'ERR_INVALID_ARG_VALUE' });
assert.throws(() => fs.openSync('file', 'rw'), { code: 'ERR_INVALID_ARG_VALUE' });
assert.throws(() => fs.readSync(0, Buffer.alloc(4), 0, 5), { code: 'ERR_OUT_OF_RANGE' });
assert.throws(() => fs.readFile('file'), { code: 'ERR_INVALID_ARG_TYPE' });

// Who is told later is told what was read.
const message = 'EISDIR: illegal operation on a directory, read \'folder\'';
assert.rejects(fs.promises.readFile('folder'), { message, path: 'folder' });
fs.readFile('folder', 'utf8', (err) => assert.deepStrictEqual([err.message, err.path], [message, 'folder']));

// A callback sees one argument for an error and none beyond the null where there is no value.
fs.access('none', (...args) => assert.strictEqual(args.length, 1));
fs.access('file', (...args) => assert.deepStrictEqual(args, [null]));
