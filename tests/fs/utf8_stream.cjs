// fs.Utf8Stream, on real files and on a file system that fails.
'use strict';
const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const { Utf8Stream } = fs;

const read = (file) => fs.readFileSync(file, 'utf8');
const failing = (code) => Object.assign(new Error(code), { code });

// A file system whose first `count` writes fail.
function fails(code, count) {
  return {
    write(...args) {
      if (count-- > 0) process.nextTick(args.at(-1), failing(code));
      else fs.write(...args);
    },
    writeSync(...args) {
      if (count-- > 0) throw failing(code);
      return fs.writeSync(...args);
    },
  };
}

// Writes two bytes at most.
const stingy = {
  write(fd, data, ...rest) {
    const bytes = Buffer.from(data);
    fs.write(fd, bytes, 0, Math.min(2, bytes.length), null, rest.at(-1));
  },
  writeSync(fd, data) {
    const bytes = Buffer.from(data);
    return fs.writeSync(fd, bytes, 0, Math.min(2, bytes.length));
  },
};

async function main() {
  for (const sync of [false, true]) {
    const name = (what) => `${what}-${sync}`;

    // Written in order, and closed when all is written.
    {
      const stream = new Utf8Stream({ dest: name('deep/er/plain'), mkdir: true, mode: 0o600, sync });
      assert.strictEqual(stream.write('hello '), true);
      stream.write('w\u00f6rld');
      stream.end();
      await once(stream, 'close');
      assert.strictEqual(read(name('deep/er/plain')), 'hello w\u00f6rld');
      assert.strictEqual(fs.statSync(name('deep/er/plain')).mode & 0o777, 0o600);
      assert.throws(() => stream.write('x'), { code: 'ERR_INVALID_STATE' });
      assert.throws(() => stream.end(), { code: 'ERR_INVALID_STATE' });
    }

    // Up to minLength it waits, until somebody flushes; what exceeds maxLength is dropped.
    {
      const file = name('waits');
      const stream = new Utf8Stream({ dest: file, minLength: 10, maxLength: 15, sync });
      await once(stream, 'ready');
      stream.write('12345678');
      assert.strictEqual(read(file), '');
      const dropped = once(stream, 'drop');
      assert.strictEqual(stream.write('too much'), true);
      assert.deepStrictEqual(await dropped, ['too much']);
      assert.strictEqual(await new Promise((resolve) => stream.flush(resolve)), null);
      assert.strictEqual(read(file), '12345678');
      stream.write('9');
      stream.flushSync();
      assert.strictEqual(read(file), '123456789');
      stream.write('lost');
      stream.destroy();
      await once(stream, 'close');
      assert.strictEqual(read(file), '123456789');
      assert.throws(() => stream.flush(), { code: 'ERR_INVALID_STATE' });
    }

    // A log that is rotated.
    {
      const file = name('log');
      const stream = new Utf8Stream({ dest: file, sync });
      stream.write('old');
      await once(stream, 'drain');
      fs.renameSync(file, `${file}.1`);
      stream.reopen();
      stream.write('new');
      stream.end();
      await once(stream, 'close');
      assert.deepStrictEqual([read(`${file}.1`), read(file)], ['old', 'new']);
    }

    // Partial writes may end within a character.
    {
      const stream = new Utf8Stream({ dest: name('partial'), fs: stingy, sync });
      stream.write('a\u20acb\u20ac\u{1f600}');
      stream.write('cd');
      stream.end();
      await once(stream, 'close');
      assert.strictEqual(read(name('partial')), 'a\u20acb\u20ac\u{1f600}cd');
      const flushed = new Utf8Stream({ dest: name('partial2'), fs: stingy, sync, minLength: 100 });
      await once(flushed, 'ready');
      flushed.write('a\u20acb');
      flushed.flushSync();
      assert.strictEqual(read(name('partial2')), 'a\u20acb');
      flushed.destroy();
    }

    // A busy file is tried again, unless that is refused; nothing is lost by an error.
    {
      const stream = new Utf8Stream({ dest: name('busy'), fs: fails('EAGAIN', 2), sync });
      stream.write('abc');
      stream.end();
      await once(stream, 'close');
      assert.strictEqual(read(name('busy')), 'abc');

      const asked = [];
      const refusing = new Utf8Stream({
        dest: name('refused'), fs: fails('EBUSY', 1), sync,
        retryEAGAIN: (error, ...lengths) => { asked.push([error.code, ...lengths]); return false; },
      });
      await once(refusing, 'ready');
      const failed = once(refusing, 'error');
      refusing.write('abc');
      assert.strictEqual((await failed)[0].code, 'EBUSY');
      assert.deepStrictEqual(asked, [['EBUSY', 3, 0]]);
      refusing.write('def');
      refusing.end();
      await once(refusing, 'close');
      assert.strictEqual(read(name('refused')), 'abcdef');
    }

    // Buffers.
    {
      const stream = new Utf8Stream({ dest: name('bytes'), contentMode: 'buffer', sync });
      stream.write(Buffer.from([0xff, 1]));
      stream.write(Buffer.from([2]));
      assert.throws(() => stream.write('text'), { code: 'ERR_INVALID_ARG_TYPE' });
      stream.end();
      await once(stream, 'close');
      assert.deepStrictEqual([...fs.readFileSync(name('bytes'))], [0xff, 1, 2]);
    }

    // Flushed from time to time.
    {
      const stream = new Utf8Stream({ dest: name('periodic'), minLength: 100, periodicFlush: 5, sync });
      stream.write('abc');
      const alive = setInterval(() => {}, 1000);
      await once(stream, 'drain');
      clearInterval(alive);
      assert.strictEqual(read(name('periodic')), 'abc');
      stream[Symbol.dispose]();
    }
  }

  const late = new Utf8Stream({ dest: 'missing/folder/file' });
  assert.strictEqual((await once(late, 'error'))[0].code, 'ENOENT');
  assert.throws(() => new Utf8Stream({ dest: 'missing/folder/file', sync: true }), { code: 'ENOENT' });
  assert.throws(() => new Utf8Stream({}), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => new Utf8Stream({ fd: 1, contentMode: 'x' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => new Utf8Stream({ fd: 1, minLength: 10, maxWrite: 5 }), { name: 'RangeError' });
  // What is falsy is no wish.
  const plain = new Utf8Stream({ dest: 'plain', append: 0, sync: true, mkdir: null, fsync: '', minLength: NaN, retryEAGAIN: false });
  assert.deepStrictEqual([plain.append, plain.mkdir, plain.fsync, plain.minLength], [false, false, false, 0]);
  plain.destroy();
  const given = new Utf8Stream({ fd: fs.openSync('given', 'w') });
  assert.throws(() => given.reopen(), { code: 'ERR_OPERATION_FAILED' });
  given.end();
}

main();
